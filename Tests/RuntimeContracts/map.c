// Sequences of operations on a map of two entries, at times and for lifetimes of up to three seconds, whatever the hash function
// gives. SEQUENCE says what kind each is of.
#define gravel_map_find tested_map_find
#define gravel_map_insert tested_map_insert
#define gravel_map_refresh tested_map_refresh
#define gravel_map_remove tested_map_remove
#include "contract.h"

enum kind { insert, find, refresh, remove, any };

// Of the index at first: half of what it grows to, or as much.
#ifndef INDEX_SIZE
#define INDEX_SIZE MAP_INDEX_SIZE(CAPACITY)
#endif

#ifndef SEQUENCE
#define SEQUENCE any, any
#endif

static const uint8_t sequence[] = {SEQUENCE};

enum { CAPACITY = 2, KEYS = CAPACITY + 1, OPERATIONS = sizeof sequence };

static uint32_t hashes[KEYS];

// In the place of the runtime's own.
#define GRAVEL_OWN_HASH
struct gravel_shape;
static uint32_t gravel_hash(struct gravel_shape shape, const void *key);

#include "../runtime/map.c"

static uint32_t gravel_hash(struct gravel_shape shape, const void *key) {
    (void)shape;
    return hashes[*(const uint32_t *)key];
}

struct operation {
    uint8_t later, lifetime; // seconds, modulo 4
    uint32_t value;
    uint8_t kind, key;
} __attribute__((packed));

struct input {
    uint32_t hashes[KEYS];
    struct operation operations[OPERATIONS];
} __attribute__((packed));

// What has been inserted until when.
struct expected {
    nanoseconds deadlines[KEYS];
    uint32_t values[KEYS];
};

static bool is_full(const struct expected *expected) {
    uint32_t count = 0;
    for (uint32_t key = 0; key < KEYS; key++)
        count += tested_now < expected->deadlines[key];
    return count == CAPACITY;
}

void packet_arrives(struct packet *packet) {
    if (packet->port != inside) return packet_drop(packet);
    const struct input *input = packet_bytes(packet, 0, sizeof *input);
    if (input == NULL) return packet_drop(packet);
    for (uint32_t key = 0; key < KEYS; key++)
        hashes[key] = input->hashes[key];
    struct expected expected = {{0}, {0}};
    uint32_t index[MAP_INDEX_SIZE(CAPACITY)] = {0};
    uint64_t entries[CAPACITY * MAP_ENTRY_SIZE(sizeof(uint32_t), sizeof(uint32_t)) / 8] = {0};
    struct map map = {.key_size = sizeof(uint32_t),
                      .value_size = sizeof(uint32_t),
                      .capacity = CAPACITY,
                      .index_size = INDEX_SIZE,
                      .index = index,
                      .entries = (uint8_t *)entries};
    tested_now = 0;
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        const struct operation *operation = &input->operations[i];
        uint32_t kind = sequence[i] == any ? operation->kind : sequence[i], value = operation->value;
        // Keys are told apart by nothing but their hashes: two that are inserted at first may be called 0 and 1.
        uint32_t key = sequence[i] == insert ? i : operation->key;
        if (key >= KEYS) return packet_drop(packet);
        seconds lifetime = operation->lifetime % 4;
        tested_now += operation->later % 4 * 1000000000u;
        bool is_present_now = tested_now < expected.deadlines[key];
        if (kind == insert) {
            bool succeeds = is_present_now || !is_full(&expected);
            require(gravel_map_insert(&map, &key, &value, lifetime) == succeeds);
            if (!succeeds) continue;
            expected.deadlines[key] = deadline_after(lifetime);
            expected.values[key] = value;
        } else if (kind == find) {
            uint32_t *found = gravel_map_find(&map, &key);
            require((found != NULL) == is_present_now);
            if (found == NULL) continue;
            require(*found == expected.values[key]);
            *found = value;
            expected.values[key] = value;
        } else if (kind == refresh) {
            require(gravel_map_refresh(&map, &key, lifetime) == is_present_now);
            if (is_present_now) expected.deadlines[key] = deadline_after(lifetime);
        } else {
            require(gravel_map_remove(&map, &key) == is_present_now);
            expected.deadlines[key] = 0;
        }
    }
    packet_drop(packet);
}
