// The last TCP option may be cut off behind its kind.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const struct tcp_header *tcp = packet_bytes(packet, 34, sizeof *tcp);
    if (tcp == NULL || packet->length < 34 + tcp_header_length(tcp)) return packet_drop(packet);
    uint32_t option = 34 + sizeof *tcp, end = 34 + tcp_header_length(tcp);
    while (option < end && packet->data[option] == 1)
        option++; // no operation
#ifdef WRONG
    if (option >= end) return packet_drop(packet);
#else
    if (option + 4 > end) return packet_drop(packet);
#endif
    if (packet->data[option] != 2) return packet_drop(packet);
    packet->data[option + 3] = 0; // refuted: memory_safe
    packet_emit(packet, outside);
}
