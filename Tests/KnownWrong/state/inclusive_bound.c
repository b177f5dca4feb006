// An identifier as big as the table is let through.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t is_member[4095];

void packet_arrives(struct packet *packet) {
    const be16 *tag = packet_bytes(packet, 14, sizeof *tag);
    if (tag == NULL) return packet_drop(packet);
    uint32_t vlan = ntohs(*tag) & 0x0FFF;
#ifdef WRONG
    if (vlan > sizeof is_member) return packet_drop(packet);
#else
    if (vlan >= sizeof is_member) return packet_drop(packet);
#endif
    if (!is_member[vlan]) return packet_drop(packet); // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
