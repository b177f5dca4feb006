// Exact-match map whose entries have a lifetime. At file scope:
//
//     MAP(outbound, struct endpoint, struct endpoint, 65536);
//
// An entry is *present* from its insertion until its deadline: at the packet time `now` it is present exactly if
// now < deadline. One that is past its deadline is absent, whether or not its memory has been reclaimed.
// Key types must have no padding: all bytes of a key count.
#ifndef GRAVEL_MAP_H
#define GRAVEL_MAP_H

#include <gravel/types.h>

struct map {
    uint32_t key_size;
    uint32_t value_size;
    uint32_t capacity;
    uint32_t index_size;  // slots of the open-addressed index: a power of two, at least twice the used entries
    uint32_t *index;      // all zero: empty
    uint8_t *entries;     // `capacity` entries of MAP_ENTRY_SIZE bytes
    uint32_t used;        // entries that were ever used
    uint32_t free;        // first of the reclaimed entries, plus one; 0: none
    nanoseconds earliest; // no entry in the index has a deadline before this
};

#define GRAVEL_ROUND_UP_8(size) (((size) + 7u) & ~7u)
// deadline (in a reclaimed entry: the next one), key, value
#define MAP_ENTRY_SIZE(key_size, value_size) (8u + GRAVEL_ROUND_UP_8(key_size) + GRAVEL_ROUND_UP_8(value_size))
#define GRAVEL_ONES_1(x) ((x) | (x) >> 1)
#define GRAVEL_ONES_2(x) (GRAVEL_ONES_1(x) | GRAVEL_ONES_1(x) >> 2)
#define GRAVEL_ONES_4(x) (GRAVEL_ONES_2(x) | GRAVEL_ONES_2(x) >> 4)
#define GRAVEL_ONES_8(x) (GRAVEL_ONES_4(x) | GRAVEL_ONES_4(x) >> 8)
#define GRAVEL_ONES_16(x) (GRAVEL_ONES_8(x) | GRAVEL_ONES_8(x) >> 16)
// The smallest power of two that is at least 2 * capacity.
#define MAP_INDEX_SIZE(capacity) (GRAVEL_ONES_16(2u * (capacity) - 1u) + 1u)

// That it has at first.
#define MAP_FIRST_INDEX_SIZE(capacity) (MAP_INDEX_SIZE(capacity) < 32768u ? MAP_INDEX_SIZE(capacity) : 32768u)

// The members `key` and `value` take no memory: they keep the types in the debug information and let the compiler check calls.
#define MAP(name, key_type, value_type, capacity_)                                                                               \
    _Static_assert((capacity_) >= 1 && (capacity_) <= 1 << 30, "capacity of a map: 1 to 2^30");                                  \
    _Static_assert(_Alignof(key_type) <= 8 && _Alignof(value_type) <= 8, "keys and values: at most 8-aligned");                  \
    static uint32_t name##_index[MAP_INDEX_SIZE(capacity_)];                                                                     \
    static uint64_t name##_entries[(capacity_) * (MAP_ENTRY_SIZE(sizeof(key_type), sizeof(value_type)) / 8u)];                   \
    static struct {                                                                                                              \
        struct map map;                                                                                                          \
        key_type key[0];                                                                                                         \
        value_type value[0];                                                                                                     \
    } name = {.map = {.key_size = sizeof(key_type),                                                                              \
                      .value_size = sizeof(value_type),                                                                          \
                      .capacity = (capacity_),                                                                                   \
                      .index_size = MAP_FIRST_INDEX_SIZE(capacity_),                                                             \
                      .index = name##_index,                                                                                     \
                      .entries = (uint8_t *)name##_entries}}

// value_type *map_find(&name, const key_type *key)
// The value stored under the key, or NULL when no entry of that key is present. The pointer may be read and written through
// until the entry is removed or replaced, at most until the end of this packet.
#define map_find(map_, key_) ((__typeof__(&(map_)->value[0]))gravel_map_find(&(map_)->map, GRAVEL_KEY(map_, key_)))

// bool map_insert(&name, const key_type *key, const value_type *value, seconds lifetime)
// Makes the entry present with this value until now + lifetime, in place of any entry of the same key. Returns false, and changes
// nothing, exactly if no entry of the key is present and `capacity` entries are.
#define map_insert(map_, key_, value_, lifetime_)                                                                                \
    gravel_map_insert(&(map_)->map, GRAVEL_KEY(map_, key_), GRAVEL_VALUE(map_, value_), lifetime_)

// bool map_refresh(&name, const key_type *key, seconds lifetime)
// Sets the deadline of the key's entry to now + lifetime. Returns false, and changes nothing, if none is present.
#define map_refresh(map_, key_, lifetime_) gravel_map_refresh(&(map_)->map, GRAVEL_KEY(map_, key_), lifetime_)

// bool map_remove(&name, const key_type *key)
// Makes the key's entry absent. Returns whether one was present.
#define map_remove(map_, key_) gravel_map_remove(&(map_)->map, GRAVEL_KEY(map_, key_))

void *gravel_map_find(struct map *map, const void *key);
bool gravel_map_insert(struct map *map, const void *key, const void *value, seconds lifetime);
bool gravel_map_refresh(struct map *map, const void *key, seconds lifetime);
bool gravel_map_remove(struct map *map, const void *key);

// The conditional makes a pointer of another type a compile-time warning (an error under -Werror, which is always on).
#define GRAVEL_KEY(map_, key_) (1 ? (key_) : (const __typeof__((map_)->key[0]) *)0)
#define GRAVEL_VALUE(map_, value_) (1 ? (value_) : (const __typeof__((map_)->value[0]) *)0)

#endif
