// An 8-bit counter never reaches 256.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t seen[256];

void packet_arrives(struct packet *packet) {
    uint32_t count = 0;
#ifdef WRONG
    uint8_t i = 0;
#else
    uint32_t i = 0;
#endif
    for (; count == 0 && i < 256; i++) { // refuted: loops_end
        if (seen[i]) count++;
    }
    packet_emit(packet, count);
}

CONTROL_OPERATION(see_last) { seen[255] = 1; }
