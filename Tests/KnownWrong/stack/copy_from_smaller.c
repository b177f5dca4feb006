// 8 bytes are copied from an address of 6.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

struct station {
    uint8_t address[6];
};

static void answer(uint8_t *to, const struct station *station) {
#ifdef WRONG
    memcpy(to, station, 8); // refuted: memory_safe
#else
    memcpy(to, station, sizeof *station);
#endif
}

void packet_arrives(struct packet *packet) {
    uint8_t *data = packet_bytes(packet, 0, 14);
    if (data == NULL) return packet_drop(packet);
    struct station station = {{2, 0, 0, 0, 0, 1}};
    answer(data, &station);
    packet_emit(packet, outside);
}
