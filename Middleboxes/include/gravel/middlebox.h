// What a middlebox is written against. One file to include; each part carries its contract beside its declarations.
//
//     #include <gravel/middlebox.h>
//
//     enum port { inside, outside };                 // the ports, by name: the spec and the configuration use the same
//     void packet_arrives(struct packet *packet) { … }  // the entry point; control.h has others
//
// Under `verify`, what the headers only declare is a primitive of the proof: the verifier implements the contract.
// Under `replay`, it is the C code in Middleboxes/runtime, which the tests hold to the same contract.
#ifndef GRAVEL_MIDDLEBOX_H
#define GRAVEL_MIDDLEBOX_H

#include <gravel/checksum.h>
#include <gravel/configuration.h>
#include <gravel/control.h>
#include <gravel/headers.h>
#include <gravel/map.h>
#include <gravel/packet.h>
#include <gravel/pool.h>
#include <gravel/types.h>

#endif
