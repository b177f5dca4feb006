// What is paid in adds up to more than the biggest number.
#include <gravel/middlebox.h>

enum port { inside, outside };

static int32_t balance;

struct amount {
    int32_t bytes;
};

CONTROL_OPERATION(pay, const struct amount *argument) {
#ifdef WRONG
    balance += argument->bytes; // refuted: no_undefined_behaviour
#else
    if (argument->bytes > 0 && balance <= INT32_MAX - argument->bytes) balance += argument->bytes;
#endif
}

void packet_arrives(struct packet *packet) {
    if (balance <= 0) return packet_drop(packet);
    packet_emit(packet, outside);
}
