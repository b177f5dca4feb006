// A cursor over the packet is kept in a struct while the packet is resized under it.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct cursor {
    uint8_t *next;
    uint32_t left;
};

static bool skip(struct packet *packet, struct cursor *cursor, uint32_t size) {
    if (!packet_pull(packet, size)) return false;
#ifndef WRONG
    cursor->next = packet->data;
#endif
    cursor->left = packet->length;
    return true;
}

void packet_arrives(struct packet *packet) {
    struct cursor cursor = {packet->data, packet->length};
    if (!skip(packet, &cursor, 8) || cursor.left < 2) return packet_drop(packet);
    cursor.next[1] = 0; // refuted: memory_safe
    packet_emit(packet, outside);
}
