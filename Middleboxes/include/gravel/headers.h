// Headers as they lie in the packet. Packed: they may start at any byte.
#ifndef GRAVEL_HEADERS_H
#define GRAVEL_HEADERS_H

#include <gravel/types.h>

#define PACKED __attribute__((packed))

struct ethernet_header {
    uint8_t destination[6];
    uint8_t source[6];
    be16 type;
} PACKED;

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IPV6 0x86DD

struct ipv4_header { // RFC 791 section 3.1
    uint8_t version_and_header_length;
    uint8_t type_of_service;
    be16 total_length;
    be16 identification;
    be16 flags_and_fragment_offset;
    uint8_t time_to_live;
    uint8_t protocol;
    be16 header_checksum;
    ipv4_address source;
    ipv4_address destination;
} PACKED;

#define IPV4_FRAGMENT_OFFSET 0x1FFF // in units of 8 bytes
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_DONT_FRAGMENT 0x4000

static inline uint8_t ipv4_version(const struct ipv4_header *ipv4) { return ipv4->version_and_header_length >> 4; }

// In bytes: 0 to 60. Less than 20 is malformed.
static inline uint32_t ipv4_header_length(const struct ipv4_header *ipv4) {
    return (ipv4->version_and_header_length & 0x0Fu) * 4u;
}

static inline uint16_t ipv4_fragment_offset(const struct ipv4_header *ipv4) {
    return ntohs(ipv4->flags_and_fragment_offset) & IPV4_FRAGMENT_OFFSET;
}

#define PROTOCOL_ICMP 1
#define PROTOCOL_IPV4 4 // RFC 2003, IP in IP
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

struct tcp_header { // RFC 9293 section 3.1
    be16 source_port;
    be16 destination_port;
    be32 sequence_number;
    be32 acknowledgment_number;
    uint8_t data_offset_and_reserved;
    uint8_t flags;
    be16 window;
    be16 checksum;
    be16 urgent_pointer;
} PACKED;

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

// In bytes: 0 to 60. Less than 20 is malformed.
static inline uint32_t tcp_header_length(const struct tcp_header *tcp) { return (tcp->data_offset_and_reserved >> 4) * 4u; }

struct udp_header { // RFC 768
    be16 source_port;
    be16 destination_port;
    be16 length;
    be16 checksum; // 0: none was computed
} PACKED;

struct icmp_echo_header { // RFC 792, echo or echo reply message
    uint8_t type;
    uint8_t code;
    be16 checksum;
    be16 identifier;
    be16 sequence_number;
} PACKED;

#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO_REQUEST 8

#endif
