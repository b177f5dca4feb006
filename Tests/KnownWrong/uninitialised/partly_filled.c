// Four of the six bytes of an address are filled, all are sent.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    uint8_t *data = packet_bytes(packet, 0, 12);
    if (data == NULL) return packet_drop(packet);
    uint8_t address[6];
#ifdef WRONG
    for (int i = 0; i < 4; i++)
#else
    for (int i = 0; i < 6; i++)
#endif
        address[i] = data[6 + i] ^ 2;
    memcpy(data, address, 6); // refuted: no_uninitialised_memory
    packet_emit(packet, outside);
}
