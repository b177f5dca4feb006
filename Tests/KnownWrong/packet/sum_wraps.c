// Offset and length are added in 16 bits: a sum that wraps round passes the check.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const be16 *fields = packet_bytes(packet, 0, 4);
    if (fields == NULL) return packet_drop(packet);
    uint16_t offset = ntohs(fields[0]), length = ntohs(fields[1]);
#ifdef WRONG
    uint16_t end = offset + length;
#else
    uint32_t end = offset + length;
#endif
    if (length == 0 || end > packet->length) return packet_drop(packet);
    uint32_t last = (uint32_t)offset + length - 1;
    packet->data[last] = 0; // refuted: memory_safe
    packet_emit(packet, outside);
}
