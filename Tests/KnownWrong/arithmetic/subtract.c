// Sequence numbers are made signed before their difference is taken, not behind.
#include <gravel/middlebox.h>

enum port { inside, outside };

static bool is_behind(uint32_t a, uint32_t b) {
#ifdef WRONG
    return (int32_t)a - (int32_t)b < 0; // refuted: no_undefined_behaviour
#else
    return (int32_t)(a - b) < 0;
#endif
}

void packet_arrives(struct packet *packet) {
    const struct tcp_header *tcp = packet_bytes(packet, 34, sizeof *tcp);
    if (tcp == NULL) return packet_drop(packet);
    if (is_behind(ntohl(tcp->sequence_number), ntohl(tcp->acknowledgment_number))) return packet_drop(packet);
    packet_emit(packet, outside);
}
