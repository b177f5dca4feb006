// The address of a member, taken where there is an entry: the compiler calculates it also where there is none.
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
    return use == NULL ? NULL : &use->count;
}

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, 60);
    if (ethernet == NULL) return packet_drop(packet);
#ifdef UNREACHED
    bool comes_here = packet->length < 60;
#else
    bool comes_here = ethernet->type == htons(ETHERTYPE_ARP);
#endif
    if (comes_here) {
        struct source source = {packet->length};
        uint32_t *count = count_of(&source); // handled
        if (count != NULL)
            ++*count;
        else
            map_insert(&uses, &source, &((struct use){1, 0}), 5);
    }
    packet_emit(packet, outside);
}
