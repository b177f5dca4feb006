// A traditional NAT (NAPT, RFC 3022) with the behaviour that RFC 4787, RFC 5382 and RFC 5508 require: endpoint-independent
// mapping and filtering, no port overloading, hairpinning. TCP, UDP and ICMP echo over IPv4 with any header length.
//
// ARP and every other EtherType are not its business and are dropped, as are malformed packets and non-first fragments.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    ipv4_address external_address;
    uint16_t first_port; // of the external ports, inclusive
    uint16_t last_port;  // inclusive
    seconds tcp_lifetime;
    seconds udp_lifetime;
    seconds icmp_lifetime;
};
CONFIGURATION(config);

// Where a transport packet comes from or goes to. ICMP queries have their identifier in the place of the port (RFC 3022
// section 2.2).
struct endpoint {
    ipv4_address address;
    be16 port;
    uint16_t protocol;
};

#define MAPPINGS 65536

MAP(outbound, struct endpoint, struct endpoint, MAPPINGS); // inside endpoint -> its external endpoint
MAP(inbound, struct endpoint, struct endpoint, MAPPINGS);  // external endpoint -> the inside endpoint it stands for
POOL(ports, (PROTOCOL_UDP + 1) << 16);                     // protocol << 16 | external port

// The places in the packet that translation reads and writes.
//   source, destination: the transport ports, or the ICMP query identifier
//   checksum:            of the transport header, NULL when there is none to update
// They are handed from element to element as pointers into the packet.

static seconds lifetime_of(uint16_t protocol) {
    switch (protocol) {
    case PROTOCOL_TCP: return config.tcp_lifetime;
    case PROTOCOL_UDP: return config.udp_lifetime;
    default: return config.icmp_lifetime;
    }
}

static uint32_t port_index(const struct endpoint *external) { return (uint32_t)external->protocol << 16 | ntohs(external->port); }

// Gives one endpoint of the packet, and the checksums with it, a new address and port.
static void rewrite(struct ipv4_header *ipv4, ipv4_address *address, be16 *port, be16 *checksum,
                    const struct endpoint *replacement) {
    if (checksum != NULL) {
        be16 updated = checksum_replace_16(*checksum, *port, replacement->port);
        if (ipv4->protocol != PROTOCOL_ICMP) // its checksum does not cover the addresses
            updated = checksum_replace_32(updated, *address, replacement->address);
        if (ipv4->protocol == PROTOCOL_UDP && updated == 0) updated = 0xFFFF; // RFC 768: 0 would mean "none"
        *checksum = updated;
    }
    ipv4->header_checksum = checksum_replace_32(ipv4->header_checksum, *address, replacement->address);
    *address = replacement->address;
    *port = replacement->port;
}

// From outside, or from inside to the external address (hairpinning): to the inside endpoint, if there is a mapping.
static void translate_destination(struct packet *packet, struct ipv4_header *ipv4, be16 *destination, be16 *checksum) {
    struct endpoint external = {ipv4->destination, *destination, ipv4->protocol};
    const struct endpoint *internal = map_find(&inbound, &external);
    if (internal == NULL) return packet_drop(packet);
    rewrite(ipv4, &ipv4->destination, destination, checksum, internal);
    packet_emit(packet, inside);
}

// The external endpoint of an inside endpoint that has none yet. Returns false when there is no port or no room left.
static bool create_mapping(const struct endpoint *internal, seconds lifetime, struct endpoint *external) {
    uint32_t base = (uint32_t)internal->protocol << 16;
    uint32_t count = (uint32_t)config.last_port - config.first_port + 1;
    uint32_t index = pool_allocate(&ports, base + config.first_port, count, lifetime);
    if (index == POOL_EXHAUSTED) return false;
    *external = (struct endpoint){config.external_address, htons((uint16_t)index), internal->protocol};
    if (map_insert(&outbound, internal, external, lifetime)) {
        if (map_insert(&inbound, external, internal, lifetime)) return true;
        map_remove(&outbound, internal);
    }
    pool_release(&ports, index);
    return false;
}

// From inside: the source becomes the mapping's external endpoint, which every such packet keeps alive (RFC 4787 REQ-6).
static void translate_source(struct packet *packet, struct ipv4_header *ipv4, be16 *source, be16 *destination, be16 *checksum) {
    struct endpoint internal = {ipv4->source, *source, ipv4->protocol};
    seconds lifetime = lifetime_of(ipv4->protocol);
    struct endpoint external;
    const struct endpoint *mapped = map_find(&outbound, &internal);
    if (mapped != NULL) {
        external = *mapped;
        map_refresh(&outbound, &internal, lifetime);
        map_refresh(&inbound, &external, lifetime);
        pool_refresh(&ports, port_index(&external), lifetime);
    } else if (!create_mapping(&internal, lifetime, &external)) {
        return packet_drop(packet);
    }
    rewrite(ipv4, &ipv4->source, source, checksum, &external);
    if (ipv4->destination == config.external_address) return translate_destination(packet, ipv4, destination, checksum);
    packet_emit(packet, outside);
}

static void direct(struct packet *packet, struct ipv4_header *ipv4, be16 *source, be16 *destination, be16 *checksum) {
    if (packet->port == inside) return translate_source(packet, ipv4, source, destination, checksum);
    translate_destination(packet, ipv4, destination, checksum);
}

static void classify_tcp(struct packet *packet, struct ipv4_header *ipv4, uint32_t offset, uint32_t length) {
    struct tcp_header *tcp = packet_bytes(packet, offset, sizeof *tcp);
    if (tcp == NULL || tcp_header_length(tcp) < sizeof *tcp || tcp_header_length(tcp) > length) return packet_drop(packet);
    direct(packet, ipv4, &tcp->source_port, &tcp->destination_port, &tcp->checksum);
}

static void classify_udp(struct packet *packet, struct ipv4_header *ipv4, uint32_t offset, uint32_t length) {
    struct udp_header *udp = packet_bytes(packet, offset, sizeof *udp);
    if (udp == NULL || ntohs(udp->length) < sizeof *udp) return packet_drop(packet);
    // A first fragment carries the length of the whole datagram.
    bool first_fragment = (ntohs(ipv4->flags_and_fragment_offset) & IPV4_MORE_FRAGMENTS) != 0;
    if (length < sizeof *udp || (!first_fragment && ntohs(udp->length) > length)) return packet_drop(packet);
    direct(packet, ipv4, &udp->source_port, &udp->destination_port, udp->checksum != 0 ? &udp->checksum : NULL);
}

// Echo requests go out, echo replies come in; no hairpin, as a request to the external address asks the NAT itself.
static void classify_icmp(struct packet *packet, struct ipv4_header *ipv4, uint32_t offset, uint32_t length) {
    struct icmp_echo_header *icmp = packet_bytes(packet, offset, sizeof *icmp);
    if (icmp == NULL || length < sizeof *icmp || icmp->code != 0) return packet_drop(packet);
    if (icmp->type != (packet->port == inside ? ICMP_ECHO_REQUEST : ICMP_ECHO_REPLY)) return packet_drop(packet);
    if (packet->port == inside && ipv4->destination == config.external_address) return packet_drop(packet);
    direct(packet, ipv4, &icmp->identifier, &icmp->identifier, &icmp->checksum);
}

// IPv4 with all its lengths in order, and not a later fragment, whose ports are elsewhere.
static void classify_ipv4(struct packet *packet, struct ipv4_header *ipv4) {
    uint32_t available = packet->length - sizeof(struct ethernet_header);
    uint32_t header_length = ipv4_header_length(ipv4);
    uint32_t total_length = ntohs(ipv4->total_length);
    if (ipv4_version(ipv4) != 4 || header_length < sizeof *ipv4 || total_length < header_length || total_length > available)
        return packet_drop(packet);
    if (ipv4_fragment_offset(ipv4) != 0) return packet_drop(packet);
    uint32_t offset = sizeof(struct ethernet_header) + header_length;
    switch (ipv4->protocol) {
    case PROTOCOL_TCP: return classify_tcp(packet, ipv4, offset, total_length - header_length);
    case PROTOCOL_UDP: return classify_udp(packet, ipv4, offset, total_length - header_length);
    case PROTOCOL_ICMP: return classify_icmp(packet, ipv4, offset, total_length - header_length);
    default: return packet_drop(packet);
    }
}

void packet_arrives(struct packet *packet) {
    const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
    if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
    struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    classify_ipv4(packet, ipv4);
}
