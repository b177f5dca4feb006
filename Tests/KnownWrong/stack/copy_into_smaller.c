// A header with options is copied into a buffer for one without.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

static void copy(void *to, const void *from) {
    memcpy(to, from, 24); // refuted: memory_safe
}

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, 24);
    if (ipv4 == NULL) return packet_drop(packet);
#ifdef WRONG
    uint8_t header[20];
#else
    uint8_t header[24];
#endif
    copy(header, ipv4);
    packet_emit(packet, header[9] == PROTOCOL_TCP ? inside : outside);
}
