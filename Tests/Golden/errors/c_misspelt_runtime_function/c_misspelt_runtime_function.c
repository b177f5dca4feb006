#include <gravel/middlebox.h>

enum port { inside, outside };

void packets_drop(struct packet *packet);

void packet_arrives(struct packet *packet) {
    if (packet->length < 60 && packet->port == inside) return packets_drop(packet);
    packet_emit(packet, outside);
}
