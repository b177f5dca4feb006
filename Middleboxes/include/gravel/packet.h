// The packet: bytes, length, ingress port, arrival time. It ends in exactly one of: emitted, dropped. Copies of it may leave
// before. Headers can be put in front of it, and taken away there.
#ifndef GRAVEL_PACKET_H
#define GRAVEL_PACKET_H

#include <gravel/types.h>

#define PACKET_LONGEST 65535 // bytes
#define PACKET_HEADROOM 256  // bytes that a packet can grow by, beyond where it began as it came in

struct packet {
    uint8_t *data;    // the first byte of the Ethernet header
    uint32_t length;  // bytes from `data` on; at most 65535
    uint32_t port;    // ingress port: one of the middlebox's `enum port`
    nanoseconds time; // arrival
};

// The `size` bytes from `offset` on, or NULL when the packet does not have them. The usual way to reach a header:
//
//     struct ipv4_header *ipv4 = packet_bytes(packet, sizeof(struct ethernet_header), sizeof *ipv4);
//     if (ipv4 == NULL) return packet_drop(packet);
static inline void *packet_bytes(const struct packet *packet, uint32_t offset, uint32_t size) {
    return offset <= packet->length && size <= packet->length - offset ? packet->data + offset : NULL;
}

// Makes the packet `size` bytes longer, in front: `data` and `length` change, and the new bytes are 0. Pointers into the packet
// from before are not to be used any more.
//
// False where there is no room, and the packet is as it was: it would be longer than PACKET_LONGEST, or begin more than
// PACKET_HEADROOM bytes before where it began as it came in.
bool packet_push(struct packet *packet, uint32_t size);

// Takes the first `size` bytes away: `data` and `length` change, and pointers into the packet from before are not to be used any
// more. False where the packet does not have as many, and is as it was.
bool packet_pull(struct packet *packet, uint32_t size);

// Sends the packet out on `port` (an `enum port` of the middlebox). The packet is not to be touched after this.
void packet_emit(struct packet *packet, uint32_t port);

// Sends a copy of the packet, with the bytes that it has now, out on `port`. The packet itself stays: it may be changed, copied
// again, and has yet to be emitted or dropped.
void packet_emit_copy(const struct packet *packet, uint32_t port);

// Ends the packet. It is not to be touched after this.
void packet_drop(struct packet *packet);

// Sends the packet out on every port from 0 to `ports` - 1 but that by which it came in, and ends it.
static inline void packet_flood(struct packet *packet, uint32_t ports) {
    for (uint32_t port = 0; port < ports; port++)
        if (port != packet->port) packet_emit_copy(packet, port);
    packet_drop(packet);
}

#endif
