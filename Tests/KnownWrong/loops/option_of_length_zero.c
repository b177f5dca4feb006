// A TCP option that says it has no length is looked at for ever.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const struct tcp_header *tcp = packet_bytes(packet, 34, 32);
    if (tcp == NULL) return packet_drop(packet);
    const uint8_t *options = (const uint8_t *)(tcp + 1);
    uint32_t offset = 0;
    while (offset + 1 < 12 && options[offset] != 0) { // refuted: loops_end
#ifndef WRONG
        if (options[offset + 1] < 2) return packet_drop(packet);
#endif
        offset += options[offset + 1];
    }
    packet_emit(packet, outside);
}
