// The mean of no packets.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint32_t bytes, packets;

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    uint32_t mean = bytes / packets; // refuted: no_undefined_behaviour
#else
    uint32_t mean = packets == 0 ? 0 : bytes / packets;
#endif
    bytes += packet->length;
    packets++;
    packet_emit(packet, packet->length > mean ? inside : outside);
}
