// The contract stands in <gravel/checksum.h>.
#include <gravel/checksum.h>

be16 checksum_replace_16(be16 checksum, be16 before, be16 after) {
    uint32_t sum = (uint32_t)(uint16_t)~checksum + (uint16_t)~before + after;
    sum = (sum & 0xFFFF) + (sum >> 16); // at most 0xFFFF + 2
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (be16)~sum;
}
