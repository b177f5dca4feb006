// The old address is put into the state before it is read from the packet.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

static uint8_t last[6];

static void read(const struct packet *packet, uint8_t *address) {
    const uint8_t *data = packet_bytes(packet, 6, 6);
    if (data != NULL) memcpy(address, data, 6);
}

void packet_arrives(struct packet *packet) {
    uint8_t address[6];
#ifdef WRONG
    memcpy(last, address + 0, packet->length < 12 ? 6 : 6); // refuted: no_uninitialised_memory
    read(packet, address);
#else
    if (packet->length < 12) return packet_drop(packet);
    read(packet, address);
    memcpy(last, address, 6);
#endif
    packet_emit(packet, last[0] & 1);
}
