#include <gravel/middlebox.h>

enum port { inside, outside };

MAP(hosts, uint32_t, uint32_t, 16);

void packet_arrives(struct packet *packet) {
    uint64_t key = packet->length;
    if (map_find(&hosts, &key) == NULL) return packet_drop(packet);
    packet_emit(packet, outside);
}
