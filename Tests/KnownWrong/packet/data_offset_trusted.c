// The TCP data offset points behind the packet.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const struct tcp_header *tcp = packet_bytes(packet, 34, sizeof *tcp);
    if (tcp == NULL || tcp_header_length(tcp) < sizeof *tcp) return packet_drop(packet);
    uint32_t payload = 34 + tcp_header_length(tcp);
#ifdef WRONG
    if (packet->length == 34 + sizeof *tcp) return packet_drop(packet);
#else
    if (packet->length <= payload) return packet_drop(packet);
#endif
    if (packet->data[payload] == 'G') return packet_drop(packet); // refuted: memory_safe
    packet_emit(packet, outside);
}
