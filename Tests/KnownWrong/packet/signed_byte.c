// A length byte is read as a signed one: from 128 on it leads to before the header.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    const int8_t *length = packet_bytes(packet, 16, 1);
#else
    const uint8_t *length = packet_bytes(packet, 16, 1);
#endif
    if (length == NULL || *length > 60 || packet->length < 16 + 61) return packet_drop(packet);
    const uint8_t *last = packet->data + 16 + *length;
    if (*last == 0) return packet_drop(packet); // refuted: memory_safe
    packet_emit(packet, outside);
}
