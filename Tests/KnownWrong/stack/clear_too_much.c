// The bytes of a local are cleared that an array of the same length, but of bigger elements, would have.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

static void clear(void *what, size_t size) {
    memset(what, 0, size); // refuted: memory_safe
}

void packet_arrives(struct packet *packet) {
    uint16_t ports[4];
#ifdef WRONG
    clear(ports, 4 * sizeof(uint32_t));
#else
    clear(ports, 4 * sizeof(uint16_t));
#endif
    packet_emit(packet, ports[3]);
}
