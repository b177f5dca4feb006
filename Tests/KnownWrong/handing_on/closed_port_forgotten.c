// Whatever may not pass is dropped, but for one port that all forgot.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t is_closed[2];

CONTROL_OPERATION(close_inside) { is_closed[inside] = 1; }

void packet_arrives(struct packet *packet) {
    if (packet->port > outside) return packet_drop(packet);
    if (!is_closed[packet->port]) return packet_emit(packet, 1 - packet->port);
#ifndef WRONG
    packet_drop(packet);
#endif
} // refuted: handed_on_exactly_once
