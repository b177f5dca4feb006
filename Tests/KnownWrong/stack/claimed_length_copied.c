// As many bytes are copied as the packet says, whatever room there is.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint8_t *length = packet_bytes(packet, 0, 1 + 255);
    if (length == NULL) return packet_drop(packet);
    uint8_t name[32] = {0};
#ifndef WRONG
    if (*length > sizeof name) return packet_drop(packet);
#endif
    memcpy(name, length + 1, *length); // refuted: memory_safe
    packet_emit(packet, name[0] == '.' ? inside : outside);
}
