// A parser gives back a pointer to its own local.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct view {
    const uint8_t *address;
};

static bool parse(const struct packet *packet, struct view *view) {
    const uint8_t *data = packet_bytes(packet, 6, 6);
    if (data == NULL) return false;
    uint8_t copy[6];
    for (int i = 0; i < 6; i++)
        copy[i] = data[i];
#ifdef WRONG
    view->address = copy;
#else
    view->address = copy[0] == data[0] ? data : NULL;
#endif
    return view->address != NULL;
}

void packet_arrives(struct packet *packet) {
    struct view view;
    if (!parse(packet, &view)) return packet_drop(packet);
    if (view.address[0] & 1) return packet_drop(packet); // refuted: memory_safe
    packet_emit(packet, outside);
}
