// Which table is meant is set for two kinds of packets, and used for all.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint32_t sizes[4];

static void choose(uint8_t protocol, uint32_t *table) {
    switch (protocol) {
    case PROTOCOL_TCP: *table = 0; break;
    case PROTOCOL_UDP: *table = 1; break;
    default:
#ifndef WRONG
        *table = 2;
#endif
        break;
    }
}

void packet_arrives(struct packet *packet) {
    const uint8_t *protocol = packet_bytes(packet, 23, 1);
    if (protocol == NULL) return packet_drop(packet);
    uint32_t table;
    choose(*protocol, &table);
    sizes[table & 3] = packet->length; // refuted: no_uninitialised_memory
    packet_emit(packet, outside);
}
