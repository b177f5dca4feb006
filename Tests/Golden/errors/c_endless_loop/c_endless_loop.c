#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    if (packet->length == 60) {
        while (1) {
        }
    }
    packet_emit(packet, outside);
}
