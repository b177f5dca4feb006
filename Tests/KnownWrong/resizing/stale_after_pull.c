// A tag is taken away, and its content looked at afterwards.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint8_t *tag = packet_bytes(packet, 0, 4);
    if (tag == NULL) return packet_drop(packet);
#ifdef WRONG
    if (!packet_pull(packet, 4)) return packet_drop(packet);
    if (tag[3] == 1) return packet_drop(packet); // refuted: memory_safe
#else
    bool is_first = tag[3] == 1;
    if (!packet_pull(packet, 4)) return packet_drop(packet);
    if (is_first) return packet_drop(packet);
#endif
    packet_emit(packet, outside);
}
