// Nobody says that the configured port exists.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    uint8_t uplink;
};
CONFIGURATION(config);

void packet_arrives(struct packet *packet) {
#ifndef WRONG
    if (config.uplink > outside) return packet_drop(packet);
#endif
    packet_emit(packet, config.uplink); // refuted: no_undefined_behaviour
}
