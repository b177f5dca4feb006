// More is copied out of an entry than its value has.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

struct station {
    uint8_t address[6];
};
MAP(stations, uint32_t, struct station, 16);

static void read(uint8_t *to, const struct station *station) {
#ifdef WRONG
    memcpy(to, station, 8); // refuted: memory_safe
#else
    memcpy(to, station, sizeof *station);
#endif
}

void packet_arrives(struct packet *packet) {
    uint8_t *data = packet_bytes(packet, 0, 14);
    uint32_t key = packet->port;
    struct station self = {{2, 0, 0, 0, 0, 1}};
    if (data == NULL || !map_insert(&stations, &key, &self, 60)) return packet_drop(packet);
    const struct station *station = map_find(&stations, &key);
    read(data, station);
    packet_emit(packet, outside);
}
