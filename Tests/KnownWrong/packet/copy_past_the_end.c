// The addresses are copied from a packet that may have only one.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    uint8_t *data = packet_bytes(packet, 0, 6);
#else
    uint8_t *data = packet_bytes(packet, 0, 12);
#endif
    if (data == NULL) return packet_drop(packet);
    uint8_t source[6];
    memcpy(source, data + 6, 6); // refuted: memory_safe
    memcpy(data, source, 6);
    packet_emit(packet, outside);
}
