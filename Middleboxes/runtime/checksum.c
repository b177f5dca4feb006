// The contracts stand in <gravel/checksum.h>.
#include <gravel/checksum.h>

be16 checksum_of(const void *bytes, uint32_t size) {
    const uint8_t *byte = bytes;
    uint64_t sum = 0; // no overflow: fewer than 2^32 words
    for (uint32_t i = 0; i < size; i++)
        sum += i % 2 == 0 ? (uint32_t)byte[i] << 8 : byte[i];
    while (sum > 0xFFFF)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return htons((uint16_t)~sum);
}

be16 checksum_replace_16(be16 checksum, be16 before, be16 after) {
    uint32_t sum = (uint32_t)(uint16_t)~checksum + (uint16_t)~before + after;
    sum = (sum & 0xFFFF) + (sum >> 16); // at most 0xFFFF + 2
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (be16)~sum;
}
