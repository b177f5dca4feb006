#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    __asm__ volatile("nop" ::: "memory");
    packet_emit(packet, outside);
}
