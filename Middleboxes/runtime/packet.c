// Where packets end and are resized, and the time. The contracts stand in <gravel/packet.h> and <gravel/types.h>.
#include "runtime.h"
#include "under_way.h"

nanoseconds gravel_now;
uint64_t gravel_hash_key[gravel_hash_words];

void packet_emit(struct packet *packet, uint32_t port) { gravel_end(packet->data, packet->length, port); }

void packet_emit_copy(const struct packet *packet, uint32_t port) { gravel_send_copy(packet->data, packet->length, port); }

void packet_drop(struct packet *packet) {
    (void)packet;
    gravel_end_dropped();
}

bool packet_push(struct packet *packet, uint32_t size) { return gravel_push(&packet->data, &packet->length, size); }

bool packet_pull(struct packet *packet, uint32_t size) { return gravel_pull(&packet->data, &packet->length, size); }
