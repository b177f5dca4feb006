// What lies between the members of a struct leaves with the packet.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

struct report {
    uint8_t kind;
    uint32_t length;
};

void packet_arrives(struct packet *packet) {
    void *body = packet_bytes(packet, 42, sizeof(struct report));
    if (body == NULL) return packet_drop(packet);
    struct report report;
#ifndef WRONG
    memset(&report, 0, sizeof report);
#endif
    report.kind = 1;
    report.length = packet->length;
    memcpy(body, &report, sizeof report); // refuted: no_uninitialised_memory
    packet_emit(packet, packet->port);
}
