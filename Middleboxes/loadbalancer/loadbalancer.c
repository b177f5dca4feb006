// A load balancer at layer 4: clients open connections to one service address, and each goes to one of up to 8 backends, where
// it stays. Answers come back from the service address. Or, as configured, the packets go to the backends inside of others (IP in
// IP), and backends answer their clients themselves.
//
// A new connection's hash names a slot of a table, and the slot a backend. Each slot has an order of preference of its own among
// all backends, and names the first one that is there. So when a backend comes or goes, only the slots that it wins or loses
// change, and a connection that is known stays where it is, whatever its slot names by then.
//
// TCP or UDP over IPv4 with any header length. What belongs to no service goes through untouched, or nowhere, as configured.
#include <gravel/middlebox.h>

enum port { clients, servers };

struct configuration {
    ipv4_address service_address;
    be16 service_port;
    uint8_t service_protocol;    // PROTOCOL_TCP or PROTOCOL_UDP
    bool passes_others;          // what is not for the service, nor an answer from it
    bool encapsulates;           // rather than to rewrite addresses
    ipv4_address tunnel_address; // where encapsulated packets come from
    seconds lifetime;            // of a connection without packets
};
CONFIGURATION(config);

#define BACKENDS 8
#define SLOTS 32

struct backend {
    ipv4_address address; // 0: there is none
};

static struct backend backends[BACKENDS];
static uint8_t slots[SLOTS]; // a backend each, while there are any

struct client {
    ipv4_address address;
    be16 port;
    uint16_t protocol;
};

struct connection {
    ipv4_address backend;
    uint32_t index; // where it was when the connection was opened
};

#define CONNECTIONS 65536

MAP(connections, struct client, struct connection, CONNECTIONS);

// Spreads what is alike over all numbers (the finaliser of MurmurHash3).
static uint32_t mix(uint32_t x) {
    x ^= x >> 16;
    x *= 0x85EBCA6Bu;
    x ^= x >> 13;
    x *= 0xC2B2AE35u;
    return x ^ x >> 16;
}

// The first backend that is there, in the slot's order of preference: an odd step comes to each of them once.
static uint32_t preferred(uint32_t slot) {
    uint32_t first = mix(slot), step = mix(~slot) | 1;
    for (uint32_t i = 0; i < BACKENDS; i++) {
        uint32_t index = (first + i * step) % BACKENDS;
        if (backends[index].address != 0) return index;
    }
    return 0;
}

static void fill_slots(void) {
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        slots[slot] = (uint8_t)preferred(slot);
}

struct named_backend {
    uint32_t index;
    ipv4_address address;
};

// Refused where there is one: it has to be removed first.
CONTROL_OPERATION(add_backend, const struct named_backend *argument) {
    if (argument->index >= BACKENDS || backends[argument->index].address != 0) return;
    backends[argument->index].address = argument->address;
    fill_slots();
}

// Refused where another one is there.
CONTROL_OPERATION(remove_backend, const struct named_backend *argument) {
    if (argument->index >= BACKENDS || backends[argument->index].address != argument->address) return;
    backends[argument->index].address = 0;
    fill_slots();
}

// Gives one end of the packet, and the checksums with it, a new address.
static void rewrite(struct ipv4_header *ipv4, ipv4_address *address, be16 *checksum, ipv4_address replacement) {
    if (checksum != NULL) {
        be16 updated = checksum_replace_32(*checksum, *address, replacement);
        if (ipv4->protocol == PROTOCOL_UDP && updated == 0) updated = 0xFFFF; // RFC 768: 0 would mean "none"
        *checksum = updated;
    }
    ipv4->header_checksum = checksum_replace_32(ipv4->header_checksum, *address, replacement);
    *address = replacement;
}

static void pass(struct packet *packet) {
    if (!config.passes_others) return packet_drop(packet);
    packet_emit(packet, packet->port == clients ? servers : clients);
}

// RFC 2003: the packet as it came in, inside of one to the backend.
static void encapsulate(struct packet *packet, const struct ipv4_header *ipv4, ipv4_address backend) {
    struct ethernet_header link = *(const struct ethernet_header *)packet->data;
    uint32_t length = ntohs(ipv4->total_length) + sizeof(struct ipv4_header);
    uint8_t type_of_service = ipv4->type_of_service;
    if (!packet_push(packet, sizeof(struct ipv4_header))) return packet_drop(packet);
    struct ethernet_header *ethernet = (struct ethernet_header *)packet->data;
    struct ipv4_header *outer = (struct ipv4_header *)(ethernet + 1);
    *ethernet = link;
    *outer = (struct ipv4_header){
        .version_and_header_length = 0x45,
        .type_of_service = type_of_service,
        .total_length = htons((uint16_t)length),
        .flags_and_fragment_offset = htons(IPV4_DONT_FRAGMENT), // so that it needs no identification: RFC 6864 section 4.1
        .time_to_live = 64,
        .protocol = PROTOCOL_IPV4,
        .source = config.tunnel_address,
        .destination = backend,
    };
    outer->header_checksum = checksum_of(outer, sizeof *outer);
    packet_emit(packet, servers);
}

static void forward(struct packet *packet, struct ipv4_header *ipv4, be16 *checksum, ipv4_address backend) {
    if (config.encapsulates) return encapsulate(packet, ipv4, backend);
    rewrite(ipv4, &ipv4->destination, checksum, backend);
    packet_emit(packet, servers);
}

static void to_backend(struct packet *packet, struct ipv4_header *ipv4, be16 source_port, be16 *checksum) {
    struct client client = {ipv4->source, source_port, ipv4->protocol};
    const struct connection *known = map_find(&connections, &client);
    if (known != NULL && backends[known->index].address == known->backend) {
        map_refresh(&connections, &client, config.lifetime);
        return forward(packet, ipv4, checksum, known->backend);
    }
    uint32_t index = slots[mix(client.address ^ mix(client.port)) % SLOTS];
    ipv4_address backend = backends[index].address;
    if (backend == 0) return packet_drop(packet);
    // Where there is no room, the slot decides again next time.
    struct connection connection = {backend, index};
    map_insert(&connections, &client, &connection, config.lifetime);
    forward(packet, ipv4, checksum, backend);
}

static void from_server(struct packet *packet, struct ipv4_header *ipv4, be16 source_port, be16 destination_port,
                        be16 *checksum) {
    struct client client = {ipv4->destination, destination_port, ipv4->protocol};
    const struct connection *known = map_find(&connections, &client);
    if (source_port != config.service_port || known == NULL || known->backend != ipv4->source) return pass(packet);
    rewrite(ipv4, &ipv4->source, checksum, config.service_address);
    packet_emit(packet, clients);
}

static void direct(struct packet *packet, struct ipv4_header *ipv4, be16 source_port, be16 destination_port, be16 *checksum) {
    if (ipv4->protocol != config.service_protocol) return pass(packet);
    if (packet->port == servers && config.encapsulates) return pass(packet);
    if (packet->port == servers) return from_server(packet, ipv4, source_port, destination_port, checksum);
    if (ipv4->destination != config.service_address || destination_port != config.service_port) return pass(packet);
    to_backend(packet, ipv4, source_port, checksum);
}

static void classify_tcp(struct packet *packet, struct ipv4_header *ipv4, uint32_t offset, uint32_t length) {
    struct tcp_header *tcp = packet_bytes(packet, offset, sizeof *tcp);
    if (tcp == NULL || tcp_header_length(tcp) < sizeof *tcp || tcp_header_length(tcp) > length) return packet_drop(packet);
    direct(packet, ipv4, tcp->source_port, tcp->destination_port, &tcp->checksum);
}

static void classify_udp(struct packet *packet, struct ipv4_header *ipv4, uint32_t offset, uint32_t length) {
    struct udp_header *udp = packet_bytes(packet, offset, sizeof *udp);
    if (udp == NULL || ntohs(udp->length) < sizeof *udp) return packet_drop(packet);
    // A first fragment carries the length of the whole datagram.
    bool first_fragment = (ntohs(ipv4->flags_and_fragment_offset) & IPV4_MORE_FRAGMENTS) != 0;
    if (length < sizeof *udp || (!first_fragment && ntohs(udp->length) > length)) return packet_drop(packet);
    direct(packet, ipv4, udp->source_port, udp->destination_port, udp->checksum != 0 ? &udp->checksum : NULL);
}

// IPv4 with all its lengths in order, and not a later fragment, whose ports are elsewhere.
static void classify_ipv4(struct packet *packet, struct ipv4_header *ipv4) {
    uint32_t available = packet->length - sizeof(struct ethernet_header);
    uint32_t header_length = ipv4_header_length(ipv4);
    uint32_t total_length = ntohs(ipv4->total_length);
    if (ipv4_version(ipv4) != 4 || header_length < sizeof *ipv4 || total_length < header_length || total_length > available)
        return packet_drop(packet);
    if (ipv4_fragment_offset(ipv4) != 0) return pass(packet);
    uint32_t offset = sizeof(struct ethernet_header) + header_length;
    switch (ipv4->protocol) {
    case PROTOCOL_TCP: return classify_tcp(packet, ipv4, offset, total_length - header_length);
    case PROTOCOL_UDP: return classify_udp(packet, ipv4, offset, total_length - header_length);
    default: return pass(packet);
    }
}

void packet_arrives(struct packet *packet) {
    const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
    if (ethernet == NULL) return packet_drop(packet);
    if (ethernet->type != htons(ETHERTYPE_IPV4)) return pass(packet);
    struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    classify_ipv4(packet, ipv4);
}
