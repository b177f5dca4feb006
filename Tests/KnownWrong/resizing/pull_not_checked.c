// What a packet does not have cannot be taken away, and then nothing is.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    if (packet->length < 20) return packet_drop(packet);
    uint32_t header = (packet->data[0] & 15u) * 4;
#ifdef WRONG
    packet_pull(packet, header);
    uint32_t left = packet->length;
    if (header < 20) return packet_drop(packet);
    packet->data[left - header] = 1; // refuted: memory_safe
#else
    if (header < 20 || !packet_pull(packet, header)) return packet_drop(packet);
    if (packet->length > 0) packet->data[packet->length - 1] = 1;
#endif
    packet_emit(packet, outside);
}
