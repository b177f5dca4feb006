// Where there is no entry, the member's address is not told from one.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct source {
    ipv4_address address;
};

struct use {
    uint32_t first, count;
};

MAP(uses, struct source, struct use, 64);

static uint32_t *count_of(const struct source *source) {
    struct use *use = map_find(&uses, source);
#ifdef WRONG
    if (use == NULL && source->address == 0) return &use->count; // refuted: no_undefined_behaviour
#endif
    return use == NULL ? NULL : &use->count;
}

void packet_arrives(struct packet *packet) {
    struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    struct source source = {ipv4->source};
    uint32_t *count = count_of(&source);
    if (count == NULL) return packet_drop(packet);
    ++*count;
    packet_emit(packet, outside);
}
