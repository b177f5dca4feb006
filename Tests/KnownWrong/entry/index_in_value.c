// A value has four bytes of flags, and the packet says which one is meant.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct flags {
    uint8_t of_class[4];
};
MAP(sources, uint32_t, struct flags, 16);

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    uint32_t key = ipv4->source;
    struct flags none = {{0}};
    struct flags *found = map_find(&sources, &key);
    if (found == NULL) {
        map_insert(&sources, &key, &none, 60);
        return packet_drop(packet);
    }
#ifdef WRONG
    uint32_t class = ipv4->type_of_service >> 5;
#else
    uint32_t class = ipv4->type_of_service >> 6;
#endif
    found->of_class[class] = 1; // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
