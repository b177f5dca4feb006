// A transparent redirect: what clients send to one TCP port, of whatever server, goes to a proxy; what the proxy answers comes
// back with the address and port of the server that the client meant. All else goes through untouched.
//
// The proxy is on the side of the network, and its own connections do not come by here. Later fragments of TCP from clients are
// dropped: they do not tell their port, and would get past the proxy.
#include <gravel/middlebox.h>

enum port { clients, network };

struct configuration {
    uint16_t intercepted_port;
    ipv4_address proxy_address;
    uint16_t proxy_port;
    seconds lifetime; // of a connection that says nothing
};
CONFIGURATION(config);

struct endpoint {
    ipv4_address address;
    be16 port;
} PACKED; // as keys of maps have no padding

#define CONNECTIONS 65536

// By the client's endpoint, the server that it means. To the proxy, all its connections look alike but for that endpoint, so that
// there is one at a time.
MAP(servers, struct endpoint, struct endpoint, CONNECTIONS);

static uint32_t other_side(const struct packet *packet) { return packet->port == clients ? network : clients; }

static bool is_proxy(const struct endpoint *endpoint) {
    return endpoint->address == config.proxy_address && endpoint->port == htons(config.proxy_port);
}

// Gives one end of the segment, and the checksums with it, a new address and port.
static void rewrite(struct ipv4_header *ipv4, ipv4_address *address, be16 *port, be16 *checksum,
                    const struct endpoint *replacement) {
    be16 updated = checksum_replace_16(*checksum, *port, replacement->port);
    *checksum = checksum_replace_32(updated, *address, replacement->address);
    ipv4->header_checksum = checksum_replace_32(ipv4->header_checksum, *address, replacement->address);
    *address = replacement->address;
    *port = replacement->port;
}

static void to_proxy(struct packet *packet, struct ipv4_header *ipv4, struct tcp_header *tcp) {
    struct endpoint client = {ipv4->source, tcp->source_port};
    struct endpoint server = {ipv4->destination, tcp->destination_port};
    const struct endpoint *known = map_find(&servers, &client);
    if (known == NULL) {
        if (!map_insert(&servers, &client, &server, config.lifetime)) return packet_drop(packet);
    } else {
        if (known->address != server.address || known->port != server.port) return packet_drop(packet);
        map_refresh(&servers, &client, config.lifetime);
    }
    struct endpoint proxy = {config.proxy_address, htons(config.proxy_port)};
    rewrite(ipv4, &ipv4->destination, &tcp->destination_port, &tcp->checksum, &proxy);
    packet_emit(packet, network);
}

static void from_proxy(struct packet *packet, struct ipv4_header *ipv4, struct tcp_header *tcp) {
    struct endpoint client = {ipv4->destination, tcp->destination_port};
    const struct endpoint *server = map_find(&servers, &client);
    if (server == NULL) return packet_drop(packet);
    rewrite(ipv4, &ipv4->source, &tcp->source_port, &tcp->checksum, server);
    map_refresh(&servers, &client, config.lifetime);
    packet_emit(packet, clients);
}

static void direct_tcp(struct packet *packet, struct ipv4_header *ipv4, struct tcp_header *tcp) {
    struct endpoint source = {ipv4->source, tcp->source_port}, destination = {ipv4->destination, tcp->destination_port};
    if (packet->port == network && is_proxy(&source)) return from_proxy(packet, ipv4, tcp);
    if (packet->port == clients && tcp->destination_port == htons(config.intercepted_port)) return to_proxy(packet, ipv4, tcp);
    // Who knows the proxy and asks it itself would get answers that are meant for others.
    if (packet->port == clients && is_proxy(&destination)) return packet_drop(packet);
    packet_emit(packet, other_side(packet));
}

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
    if (ethernet == NULL) return packet_drop(packet);
    if (ethernet->type != htons(ETHERTYPE_IPV4)) return packet_emit(packet, other_side(packet));
    struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
    if (ipv4 == NULL || ipv4_version(ipv4) != 4 || ipv4_header_length(ipv4) < sizeof *ipv4) return packet_drop(packet);
    if (ipv4->protocol != PROTOCOL_TCP) return packet_emit(packet, other_side(packet));
    if (ipv4_fragment_offset(ipv4) != 0) {
        if (packet->port == clients) return packet_drop(packet);
        return packet_emit(packet, other_side(packet));
    }
    uint32_t offset = sizeof *ethernet + ipv4_header_length(ipv4);
    struct tcp_header *tcp = packet_bytes(packet, offset, sizeof *tcp);
    if (tcp == NULL || tcp_header_length(tcp) < sizeof *tcp) return packet_drop(packet);
    if (packet_bytes(packet, offset, tcp_header_length(tcp)) == NULL) return packet_drop(packet);
    direct_tcp(packet, ipv4, tcp);
}
