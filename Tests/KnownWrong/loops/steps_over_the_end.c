// Two at a time never come to an odd end.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint8_t *length = packet_bytes(packet, 14, 1);
    if (length == NULL) return packet_drop(packet);
    uint8_t left = *length & 15, pairs = 0;
#ifdef WRONG
    while (left != 0) { // refuted: loops_end
#else
    while (left > 1) {
#endif
        left -= 2;
        pairs ^= 1;
    }
    packet_emit(packet, pairs);
}
