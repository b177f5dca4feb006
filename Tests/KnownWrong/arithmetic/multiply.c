// The product of two 16-bit numbers is one of signed integers, without anyone having written a sign.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const struct tcp_header *tcp = packet_bytes(packet, 34, sizeof *tcp);
    if (tcp == NULL) return packet_drop(packet);
    uint16_t window = ntohs(tcp->window), urgent = ntohs(tcp->urgent_pointer);
#ifdef WRONG
    uint32_t product = window * urgent; // refuted: no_undefined_behaviour
#else
    uint32_t product = (uint32_t)window * urgent;
#endif
    packet_emit(packet, product > 1000000 ? inside : outside);
}
