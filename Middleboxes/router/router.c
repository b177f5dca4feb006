// An IPv4 router (RFC 1812): the longest prefix that covers a destination tells where to, a static table tells to which station.
//
// Routes and neighbours are set by control operations. What has no route or no neighbour is dropped, as is what may not be
// forwarded: frames to other stations and to groups, packets whose time to live is used up, addresses that mean nothing on the
// way. No ICMP messages are sent, and nothing is delivered to the router itself.
#include <gravel/middlebox.h>
#include <string.h>

enum port { west, north, east, south };
#define PORTS 4

struct station {
    uint8_t octets[6];
};

struct configuration {
    struct station stations[PORTS]; // the router's own, a port each
};
CONFIGURATION(config);

struct prefix {
    ipv4_address address; // the bits behind the prefix are zero
    uint32_t length;      // 0 to 32
};

struct route {
    ipv4_address gateway; // 0: the destinations are neighbours themselves
    uint32_t port;
};

struct neighbour {
    ipv4_address address;
    uint32_t port;
};

#define FOREVER UINT32_MAX // 136 years

MAP(routes, struct prefix, struct route, 65536);
MAP(neighbours, struct neighbour, struct station, 8192);

static ipv4_address mask_of(uint32_t length) { return length == 0 ? 0 : htonl(UINT32_MAX << (32 - length)); }

struct new_route {
    ipv4_address address;
    uint32_t length;
    ipv4_address gateway;
    uint32_t port;
};

// A prefix with bits behind its length is refused, as `ip route add` does. A route to the same prefix is replaced.
CONTROL_OPERATION(add_route, const struct new_route *argument) {
    if (argument->length > 32 || argument->port >= PORTS) return;
    if ((argument->address & mask_of(argument->length)) != argument->address) return;
    struct prefix prefix = {argument->address, argument->length};
    struct route route = {argument->gateway, argument->port};
    map_insert(&routes, &prefix, &route, FOREVER);
}

CONTROL_OPERATION(remove_route, const struct prefix *argument) { map_remove(&routes, argument); }

struct new_neighbour {
    ipv4_address address;
    uint32_t port;
    struct station station;
};

CONTROL_OPERATION(add_neighbour, const struct new_neighbour *argument) {
    struct neighbour neighbour = {argument->address, argument->port};
    map_insert(&neighbours, &neighbour, &argument->station, FOREVER);
}

CONTROL_OPERATION(remove_neighbour, const struct neighbour *argument) { map_remove(&neighbours, argument); }

// Longest prefixes first.
static const struct route *route_to(ipv4_address destination) {
    for (uint32_t length = 33; length-- > 0;) {
        struct prefix prefix = {destination & mask_of(length), length};
        const struct route *route = map_find(&routes, &prefix);
        if (route != NULL) return route;
    }
    return NULL;
}

static uint8_t first_octet(ipv4_address address) { return (uint8_t)address; }

// RFC 1812 section 5.3.7: networks 0 and 127, groups, what is reserved. Nothing is forwarded that comes from there or goes there.
static bool is_martian(ipv4_address address) {
    return first_octet(address) == 0 || first_octet(address) == 127 || first_octet(address) >= 224;
}

static void forward(struct packet *packet, struct ethernet_header *ethernet, struct ipv4_header *ipv4) {
    const struct route *route = route_to(ipv4->destination);
    if (route == NULL) return packet_drop(packet);
    struct neighbour hop = {route->gateway != 0 ? route->gateway : ipv4->destination, route->port};
    const struct station *station = map_find(&neighbours, &hop);
    if (station == NULL) return packet_drop(packet);
    memcpy(ethernet->source, config.stations[route->port].octets, sizeof ethernet->source);
    memcpy(ethernet->destination, station->octets, sizeof ethernet->destination);
    // The time to live and the protocol are one word of the header. RFC 1812 section 5.3.1
    be16 before = htons((uint16_t)(ipv4->time_to_live << 8 | ipv4->protocol));
    ipv4->time_to_live--;
    be16 after = htons((uint16_t)(ipv4->time_to_live << 8 | ipv4->protocol));
    ipv4->header_checksum = checksum_replace_16(ipv4->header_checksum, before, after);
    packet_emit(packet, route->port);
}

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
    if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
    if (memcmp(ethernet->destination, config.stations[packet->port].octets, sizeof ethernet->destination) != 0)
        return packet_drop(packet);
    uint32_t available = packet->length - sizeof *ethernet;
    struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    // RFC 1812 section 5.2.2
    uint32_t header_length = ipv4_header_length(ipv4);
    uint32_t total_length = ntohs(ipv4->total_length);
    if (ipv4_version(ipv4) != 4 || header_length < sizeof *ipv4 || total_length < header_length || total_length > available)
        return packet_drop(packet);
    if (is_martian(ipv4->source) || is_martian(ipv4->destination)) return packet_drop(packet);
    if (ipv4->time_to_live <= 1) return packet_drop(packet);
    forward(packet, ethernet, ipv4);
}
