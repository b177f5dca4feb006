#include <gravel/middlebox.h>
static uint32_t count;
void second(struct packet *packet);
void second(struct packet *packet) {
    count += 2;
    packet_emit(packet, count > 7 ? 0 : 1);
}
