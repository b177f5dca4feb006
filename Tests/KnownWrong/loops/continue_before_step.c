// What is skipped is skipped for ever: the step stands behind.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint8_t *address = packet_bytes(packet, 0, 6);
    if (address == NULL) return packet_drop(packet);
    uint32_t sum = 0, i = 0;
    while (i < 6) { // refuted: loops_end
#ifdef WRONG
        if (address[i] == 0xFF) continue;
#else
        if (address[i] == 0xFF) {
            i++;
            continue;
        }
#endif
        sum += address[i++];
    }
    packet_emit(packet, sum & 1);
}
