// A UDP length below 8 makes a payload of almost 2^32 bytes.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint32_t start = 34;
    const struct udp_header *udp = packet_bytes(packet, start, sizeof *udp);
    if (udp == NULL || ntohs(udp->length) > packet->length - start) return packet_drop(packet);
#ifndef WRONG
    if (ntohs(udp->length) <= sizeof *udp) return packet_drop(packet);
#endif
    uint32_t payload = ntohs(udp->length) - (uint32_t)sizeof *udp;
    const uint8_t *last = (const uint8_t *)(udp + 1) + payload - 1;
    if (*last == '\n') return packet_drop(packet); // refuted: memory_safe
    packet_emit(packet, outside);
}
