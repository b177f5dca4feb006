// What the parts of the native runtime share with one another. No part of a middlebox's interface.
#ifndef GRAVEL_RUNTIME_H
#define GRAVEL_RUNTIME_H

#include "run.h"

#include <gravel/middlebox.h>

// The arrival time of the packet that is under way: the `now` of every contract. It never runs backwards.
extern nanoseconds gravel_now;

// The key of the hash function. Set by whoever loads the library, before the first packet; no result depends on it.
extern uint64_t gravel_hash_key[gravel_hash_words];

// A deadline cannot overflow: now < 2^63, and 2^32 seconds are less than 2^63 nanoseconds.
static inline nanoseconds gravel_deadline(seconds lifetime) { return gravel_now + (nanoseconds)lifetime * 1000000000u; }

#endif
