// The element before the first: nothing was found, and the index is one less.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t element(const uint8_t *elements, int32_t index) {
    return elements[index]; // refuted: memory_safe
}

void packet_arrives(struct packet *packet) {
    const uint8_t *data = packet_bytes(packet, 0, 4);
    if (data == NULL) return packet_drop(packet);
    uint8_t copy[4] = {data[0], data[1], data[2], data[3]};
    int32_t zeros = 0;
    while (zeros < 4 && copy[zeros] == 0)
        zeros++;
#ifdef WRONG
    int32_t last = zeros - 1;
#else
    int32_t last = zeros == 0 ? 0 : zeros - 1;
#endif
    packet_emit(packet, element(copy, last) == 0 ? inside : outside);
}
