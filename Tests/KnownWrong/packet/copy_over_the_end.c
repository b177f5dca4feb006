// An answer that is longer than the question is written over its end.
#include <gravel/middlebox.h>
#include <string.h>

enum port { inside, outside };

struct answer {
    be16 identifier;
    uint8_t text[14];
};
static const struct answer answer = {0x0100, "not available"};

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    uint8_t *body = packet_bytes(packet, 42, sizeof answer.text);
#else
    uint8_t *body = packet_bytes(packet, 42, sizeof answer);
#endif
    if (body == NULL) return packet_drop(packet);
    memcpy(body, &answer, sizeof answer); // refuted: memory_safe
    packet_emit(packet, packet->port);
}
