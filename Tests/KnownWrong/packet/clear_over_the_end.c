// Padding up to the smallest frame is cleared in packets that have none.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    if (packet->length < 46) return packet_drop(packet);
#else
    if (packet->length < 60) return packet_drop(packet);
#endif
    memset(packet->data + 46, 0, 14); // refuted: memory_safe
    packet_emit(packet, outside);
}
