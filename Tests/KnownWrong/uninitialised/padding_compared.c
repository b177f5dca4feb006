// Structs are compared with what lies between their members.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

struct tuple {
    ipv4_address address;
    uint8_t protocol;
};

static void read(struct tuple *tuple, const ipv4_address *address, uint8_t protocol) {
    tuple->address = *address;
    tuple->protocol = protocol;
}

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    struct tuple from, to;
    read(&from, &ipv4->source, ipv4->protocol);
    read(&to, &ipv4->destination, PROTOCOL_UDP);
#ifdef WRONG
    if (memcmp(&from, &to, sizeof from) == 0) return packet_drop(packet); // refuted: no_uninitialised_memory
#else
    if (from.address == to.address && from.protocol == to.protocol) return packet_drop(packet);
#endif
    packet_emit(packet, outside);
}
