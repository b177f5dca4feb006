// One past the last counter is counted. Its address may be taken, so that only the access is wrong.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint32_t packets[256];

void packet_arrives(struct packet *packet) {
    const uint8_t *protocol = packet_bytes(packet, 23, 1);
    if (protocol == NULL) return packet_drop(packet);
#ifdef WRONG
    packets[*protocol + 1]++; // refuted: memory_safe
#else
    packets[*protocol]++;
#endif
    packet_emit(packet, outside);
}
