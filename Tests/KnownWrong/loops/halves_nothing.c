// The search halves the interval, and an interval of one stays as it is.
#include <gravel/middlebox.h>

enum port { inside, outside };

static const uint16_t bounds[4] = {0, 256, 1024, 49152};

void packet_arrives(struct packet *packet) {
    const be16 *port = packet_bytes(packet, 36, sizeof *port);
    if (port == NULL) return packet_drop(packet);
    uint32_t low = 0, high = 4;
#ifdef WRONG
    while (low < high) { // refuted: loops_end
#else
    while (low + 1 < high) {
#endif
        uint32_t middle = (low + high) / 2;
        if (bounds[middle] <= ntohs(*port))
            low = middle;
        else
            high = middle;
    }
    packet_emit(packet, low & 1);
}
