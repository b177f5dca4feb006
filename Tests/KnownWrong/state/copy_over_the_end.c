// A frame's first bytes are kept in a buffer that is shorter than what is copied.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

static uint8_t last[14];

static void keep(uint8_t *to, const uint8_t *from, bool with_tag) {
    if (with_tag) {
        memcpy(to, from, 18); // refuted: memory_safe
    } else {
        memcpy(to, from, 14);
    }
}

void packet_arrives(struct packet *packet) {
    const uint8_t *header = packet_bytes(packet, 0, 18);
    if (header == NULL) return packet_drop(packet);
#ifdef WRONG
    keep(last, header, header[12] == 0x81);
#else
    keep(last, header, false);
#endif
    packet_emit(packet, outside);
}
