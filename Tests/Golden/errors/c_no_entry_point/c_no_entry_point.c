#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrive(struct packet *packet) {
    packet_emit(packet, packet->port == inside ? outside : inside);
}
