// Internet checksums (RFC 1071), computed and updated incrementally (RFC 1624).
#ifndef GRAVEL_CHECKSUM_H
#define GRAVEL_CHECKSUM_H

#include <gravel/types.h>

// The checksum over `size` bytes: the one's complement of the one's complement sum of their 16-bit words, an odd last byte being
// the first of its word. As a number modulo 65535, minus the sum; it is 0xFFFF only where all bytes are 0. Where the bytes hold a
// checksum over themselves, that is to be 0.
be16 checksum_of(const void *bytes, uint32_t size);

// The checksum after one 16-bit word that it covers changes from `before` to `after`: RFC 1624 equation 3,
// HC' = ~(~HC + ~m + m') in one's complement. All three are taken from the packet as they are; the byte order does not matter as
// long as it is the same for all (RFC 1071 section 2 (B)). As numbers modulo 65535: result = checksum + before - after,
// and the result is 0xFFFF only where checksum = before = 0xFFFF and after = 0.
be16 checksum_replace_16(be16 checksum, be16 before, be16 after);

// The same for two adjacent words, as an IPv4 address is.
static inline be16 checksum_replace_32(be16 checksum, be32 before, be32 after) {
    checksum = checksum_replace_16(checksum, (be16)before, (be16)after);
    return checksum_replace_16(checksum, (be16)(before >> 16), (be16)(after >> 16));
}

#endif
