// A policer: what each IPv4 source sends is held to a contract of `rate` bytes per second, and bursts of `burst` bytes (a token
// bucket per source). What exceeds the contract is dropped; the rest goes in at one port and out at the other, untouched.
//
// A source that has sent nothing for `idle` seconds is forgotten. Its bucket is full by then, as a new one is.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    uint32_t rate;  // bytes per second
    uint32_t burst; // bytes
    seconds idle;   // at least burst / rate
};
CONFIGURATION(config);

// Credit counts in billionths of a byte: `rate` of them come in every nanosecond, so that nothing is lost in divisions.
#define BYTE 1000000000ul

struct bucket {
    uint64_t credit;
    nanoseconds updated;
};

#define SOURCES 65536

MAP(buckets, ipv4_address, struct bucket, SOURCES);

static uint64_t refilled(const struct bucket *bucket, nanoseconds now) {
    uint64_t full = config.burst * BYTE;
    uint64_t credit = bucket->credit + config.rate * (now - bucket->updated);
    return credit < full ? credit : full;
}

// Whether the source may send so many bytes now. If so, they are charged to it.
static bool admits(ipv4_address source, uint32_t length, nanoseconds now) {
    uint64_t charge = length * BYTE;
    struct bucket *bucket = map_find(&buckets, &source);
    if (bucket == NULL) {
        if (length > config.burst) return false;
        struct bucket first = {.credit = config.burst * BYTE - charge, .updated = now};
        return map_insert(&buckets, &source, &first, config.idle);
    }
    bucket->credit = refilled(bucket, now);
    bucket->updated = now;
    map_refresh(&buckets, &source, config.idle);
    if (bucket->credit < charge) return false;
    bucket->credit -= charge;
    return true;
}

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
    if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
    struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    if (!admits(ipv4->source, packet->length, packet->time)) return packet_drop(packet);
    packet_emit(packet, packet->port == inside ? outside : inside);
}
