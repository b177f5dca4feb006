// Integers with a meaning. The verifier and `replay` know these typedefs by name, from debug information.
#ifndef GRAVEL_TYPES_H
#define GRAVEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Big-endian, as on the wire. Compare and copy them as they are; use ntohs and friends to calculate.
// A spec, a YAML file and a report show the number that the bytes mean.
typedef uint16_t be16;
typedef uint32_t be32;
typedef be32 ipv4_address; // YAML: dotted quad

// A length of time in seconds: what lifetimes are given in.
typedef uint32_t seconds;

// A point in time in nanoseconds. It comes with the packet, never runs backwards, and is below 2^63.
typedef uint64_t nanoseconds;

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Only little-endian machines are supported."
#endif

static inline uint16_t ntohs(be16 value) { return __builtin_bswap16(value); }
static inline uint32_t ntohl(be32 value) { return __builtin_bswap32(value); }
static inline be16 htons(uint16_t value) { return __builtin_bswap16(value); }
static inline be32 htonl(uint32_t value) { return __builtin_bswap32(value); }

#endif
