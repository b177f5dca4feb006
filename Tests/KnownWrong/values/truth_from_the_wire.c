// A byte of the packet is read as a truth value, which is 0 or 1.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct control {
    uint8_t version;
#ifdef WRONG
    bool urgent;
#else
    uint8_t urgent;
#endif
} PACKED;

void packet_arrives(struct packet *packet) {
    const struct control *control = packet_bytes(packet, 14, sizeof *control);
    if (control == NULL) return packet_drop(packet);
    if (control->urgent) return packet_emit(packet, inside); // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
