// A learning bridge (IEEE 802.1D): it learns behind which port each station is, and forwards its frames there alone.
//
// Frames to stations that it does not know, and to groups, go out at every other port. What it has learnt ages.
#include <gravel/middlebox.h>
#include <string.h>

enum port { port1, port2, port3, port4 };
#define PORTS 4

struct configuration {
    seconds ageing_time; // IEEE 802.1D table 7-5: 10 to 1 000 000, 300 recommended
};
CONFIGURATION(config);

struct address {
    uint8_t octets[6];
};

struct place {
    uint32_t port;
};

#define STATIONS 8192

MAP(stations, struct address, struct place, STATIONS);

static bool is_group(const struct address *address) { return address->octets[0] & 1; }

// 01-80-C2-00-00-00 to 0F: never forwarded (IEEE 802.1D table 7-10).
static bool is_reserved(const struct address *address) {
    static const uint8_t reserved[5] = {0x01, 0x80, 0xC2, 0x00, 0x00};
    return memcmp(address->octets, reserved, sizeof reserved) == 0 && address->octets[5] <= 0x0F;
}

// IEEE 802.1D clause 7.8. A station that moves is learnt anew at once; where the table is full, a new one is not.
static void learn(const struct address *source, uint32_t port) {
    if (is_group(source)) return;
    struct place place = {port};
    map_insert(&stations, source, &place, config.ageing_time);
}

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
    if (ethernet == NULL) return packet_drop(packet);
    struct address source, destination;
    memcpy(&source, ethernet->source, sizeof source);
    memcpy(&destination, ethernet->destination, sizeof destination);
    learn(&source, packet->port);
    if (is_reserved(&destination)) return packet_drop(packet);
    if (is_group(&destination)) return packet_flood(packet, PORTS);
    struct place *place = map_find(&stations, &destination);
    if (place == NULL) return packet_flood(packet, PORTS);
    if (place->port == packet->port) return packet_drop(packet);
    packet_emit(packet, place->port);
}
