// A pointer into the table is computed from a hash that is not brought down to the table's size.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t seen[256];

static void mark(uint8_t *table, uint32_t hash) {
#ifndef WRONG
    hash &= 0xFF;
#endif
    table[hash] = 1; // refuted: memory_safe
}

void packet_arrives(struct packet *packet) {
    const be16 *port = packet_bytes(packet, 34, sizeof *port);
    if (port == NULL) return packet_drop(packet);
    mark(seen, *port ^ *port >> 8);
    packet_emit(packet, outside);
}
