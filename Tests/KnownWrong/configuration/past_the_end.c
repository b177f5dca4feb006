// A pointer into the configuration goes on behind its end.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    uint8_t gateway[6];
};
CONFIGURATION(config);

void packet_arrives(struct packet *packet) {
    uint8_t *data = packet_bytes(packet, 0, 8);
    if (data == NULL) return packet_drop(packet);
    const uint8_t *from = config.gateway;
#ifdef WRONG
    for (int i = 0; i < 8; i++)
#else
    for (int i = 0; i < 6; i++)
#endif
        data[i] = from[i]; // refuted: memory_safe
    packet_emit(packet, outside);
}
