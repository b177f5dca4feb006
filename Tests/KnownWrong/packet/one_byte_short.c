// The check allows one byte less than is read.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    if (packet->length < 13) return packet_drop(packet);
#else
    if (packet->length < 14) return packet_drop(packet);
#endif
    be16 type = *(const be16 *)(packet->data + 12); // refuted: memory_safe
    if (type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
    packet_emit(packet, outside);
}
