// A stateful firewall: hosts inside open connections where the rules allow it, and what belongs to an open connection passes in
// both directions, untouched. Nothing else comes in.
//
// The rules are an ordered list; the first one that matches decides, and what none matches is denied. TCP, UDP and ICMP echo over
// IPv4 with any header length; ARP and every other EtherType are not its business and are dropped, as are malformed packets and
// non-first fragments, whose ports are elsewhere.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct rule {
    bool allow;
    uint8_t protocol; // 0: any
    ipv4_address source;
    ipv4_address source_mask; // 255.255.255.0 for a prefix of 24
    ipv4_address destination;
    ipv4_address destination_mask;
    uint16_t first_source_port; // of ICMP echo: the identifier, here and below
    uint16_t last_source_port;  // inclusive
    uint16_t first_destination_port;
    uint16_t last_destination_port; // inclusive
};

#define RULES 64

struct configuration {
    ipv4_address inside_network;
    ipv4_address inside_mask;
    seconds opening_lifetime; // of a TCP connection that nobody has answered
    seconds tcp_lifetime;     // of one that is established
    seconds closing_lifetime; // of one that a FIN has been seen of
    seconds udp_lifetime;
    seconds icmp_lifetime;
    uint32_t rule_count;
    struct rule rules[RULES];
};
CONFIGURATION(config);

// Both ends of a connection. ICMP queries have their identifier in the place of both ports.
struct flow {
    ipv4_address inside_address;
    ipv4_address outside_address;
    be16 inside_port;
    be16 outside_port;
    uint32_t protocol;
};

enum phase { opening, established, closing };

struct connection {
    enum phase phase; // of TCP; others are established at once
};

#define CONNECTIONS 65536

MAP(connections, struct flow, struct connection, CONNECTIONS);

static bool matches(const struct rule *rule, const struct flow *flow) {
    if (rule->protocol != 0 && rule->protocol != flow->protocol) return false;
    if ((flow->inside_address & rule->source_mask) != (rule->source & rule->source_mask)) return false;
    if ((flow->outside_address & rule->destination_mask) != (rule->destination & rule->destination_mask)) return false;
    uint16_t source_port = ntohs(flow->inside_port), destination_port = ntohs(flow->outside_port);
    if (source_port < rule->first_source_port || source_port > rule->last_source_port) return false;
    return destination_port >= rule->first_destination_port && destination_port <= rule->last_destination_port;
}

// What the first rule that matches says.
static bool is_allowed(const struct flow *flow) {
    for (uint32_t i = 0; i < RULES && i < config.rule_count; i++)
        if (matches(&config.rules[i], flow)) return config.rules[i].allow;
    return false;
}

static bool is_inside(ipv4_address address) {
    return (address & config.inside_mask) == (config.inside_network & config.inside_mask);
}

static seconds lifetime_of(uint32_t protocol, enum phase phase) {
    if (protocol == PROTOCOL_UDP) return config.udp_lifetime;
    if (protocol == PROTOCOL_ICMP) return config.icmp_lifetime;
    if (phase == opening) return config.opening_lifetime;
    return phase == established ? config.tcp_lifetime : config.closing_lifetime;
}

// A packet of the connection has passed. A RST ends it; a FIN will; an answer establishes it.
static void follow(const struct flow *flow, struct connection *connection, const struct tcp_header *tcp, bool is_answer) {
    if (tcp != NULL && (tcp->flags & TCP_RST) != 0) {
        map_remove(&connections, flow);
        return;
    }
    if (tcp != NULL && (tcp->flags & TCP_FIN) != 0)
        connection->phase = closing;
    else if (is_answer && connection->phase == opening)
        connection->phase = established;
    map_refresh(&connections, flow, lifetime_of(flow->protocol, connection->phase));
}

static bool opens(const struct tcp_header *tcp) { return (tcp->flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) == TCP_SYN; }

static void goes_out(struct packet *packet, const struct ipv4_header *ipv4, const be16 *source, const be16 *destination,
                     const struct tcp_header *tcp) {
    if (!is_inside(ipv4->source)) return packet_drop(packet);
    struct flow flow = {ipv4->source, ipv4->destination, *source, *destination, ipv4->protocol};
    struct connection *connection = map_find(&connections, &flow);
    if (connection != NULL) {
        follow(&flow, connection, tcp, false);
        return packet_emit(packet, outside);
    }
    if (tcp != NULL && !opens(tcp)) return packet_drop(packet);
    if (!is_allowed(&flow)) return packet_drop(packet);
    struct connection first = {tcp != NULL ? opening : established};
    if (!map_insert(&connections, &flow, &first, lifetime_of(ipv4->protocol, first.phase))) return packet_drop(packet);
    packet_emit(packet, outside);
}

static void comes_in(struct packet *packet, const struct ipv4_header *ipv4, const be16 *source, const be16 *destination,
                     const struct tcp_header *tcp) {
    if (is_inside(ipv4->source)) return packet_drop(packet);
    struct flow flow = {ipv4->destination, ipv4->source, *destination, *source, ipv4->protocol};
    struct connection *connection = map_find(&connections, &flow);
    if (connection == NULL) return packet_drop(packet);
    follow(&flow, connection, tcp, true);
    packet_emit(packet, inside);
}

static void direct(struct packet *packet, const struct ipv4_header *ipv4, const be16 *source, const be16 *destination,
                   const struct tcp_header *tcp) {
    if (packet->port == inside) return goes_out(packet, ipv4, source, destination, tcp);
    comes_in(packet, ipv4, source, destination, tcp);
}

static void classify_tcp(struct packet *packet, const struct ipv4_header *ipv4, uint32_t offset, uint32_t length) {
    const struct tcp_header *tcp = packet_bytes(packet, offset, sizeof *tcp);
    if (tcp == NULL || tcp_header_length(tcp) < sizeof *tcp || tcp_header_length(tcp) > length) return packet_drop(packet);
    direct(packet, ipv4, &tcp->source_port, &tcp->destination_port, tcp);
}

static void classify_udp(struct packet *packet, const struct ipv4_header *ipv4, uint32_t offset, uint32_t length) {
    const struct udp_header *udp = packet_bytes(packet, offset, sizeof *udp);
    if (udp == NULL || length < sizeof *udp) return packet_drop(packet);
    direct(packet, ipv4, &udp->source_port, &udp->destination_port, NULL);
}

// Echo requests go out, echo replies come in.
static void classify_icmp(struct packet *packet, const struct ipv4_header *ipv4, uint32_t offset, uint32_t length) {
    const struct icmp_echo_header *icmp = packet_bytes(packet, offset, sizeof *icmp);
    if (icmp == NULL || length < sizeof *icmp || icmp->code != 0) return packet_drop(packet);
    if (icmp->type != (packet->port == inside ? ICMP_ECHO_REQUEST : ICMP_ECHO_REPLY)) return packet_drop(packet);
    direct(packet, ipv4, &icmp->identifier, &icmp->identifier, NULL);
}

static void classify_ipv4(struct packet *packet, const struct ipv4_header *ipv4) {
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
    const struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    classify_ipv4(packet, ipv4);
}
