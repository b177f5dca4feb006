// A pointer walks one past the last element.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint32_t sum(const uint8_t *from, const uint8_t *to) {
    uint32_t sum = 0;
#ifdef WRONG
    while (from <= to)
        sum += *from++; // refuted: memory_safe
#else
    while (from < to)
        sum += *from++;
#endif
    return sum;
}

void packet_arrives(struct packet *packet) {
    const uint8_t *data = packet_bytes(packet, 0, 4);
    if (data == NULL) return packet_drop(packet);
    uint8_t address[4] = {data[0], data[1], data[2], data[3]};
    packet_emit(packet, sum(address, address + 4) & 1);
}
