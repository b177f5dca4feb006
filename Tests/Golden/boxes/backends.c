#include <gravel/middlebox.h>

enum port { inside, outside };

struct backend_index {
    uint32_t index;
};
static uint8_t is_there[16];

CONTROL_OPERATION(add_backend, const struct backend_index *argument) {
    if (argument->index < 16) is_there[argument->index] = 1;
}

CONTROL_OPERATION(remove_backend, const struct backend_index *argument) {
    if (argument->index < 16) is_there[argument->index] = 0;
}

void packet_arrives(struct packet *packet) {
    if (!is_there[packet->length & 15]) return packet_drop(packet);
    packet_emit(packet, outside);
}
