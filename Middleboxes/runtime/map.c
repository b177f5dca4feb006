// The contract stands in <gravel/map.h>.
//
// Entries lie in one array and never move, so that pointers to values stay good. An open-addressed index with linear probing
// leads from a key to its entry; it is at most half full, and a slot that becomes empty is closed at once by moving later ones
// back (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm R), so that there are no tombstones and chains
// do not grow with age.
//
// An entry past its deadline is absent but stays in the index until its memory is wanted: by an insertion of the same key, or,
// when no entry is free, by a sweep that reclaims all of them. `earliest` makes a sweep that could find nothing unnecessary.
#include "runtime.h"
#include "watch.h"

#include <string.h>

// An entry: its deadline, its key, its value, the latter two at multiples of 8. In a reclaimed entry the deadline's place
// holds the number of the next reclaimed one, plus one; 0: there is none.
static uint32_t entry_size(const struct map *map) { return MAP_ENTRY_SIZE(map->key_size, map->value_size); }

static uint8_t *entry_at(const struct map *map, uint32_t number) { return map->entries + (size_t)number * entry_size(map); }

static nanoseconds *deadline_of(uint8_t *entry) { return (nanoseconds *)entry; }

static uint8_t *key_of(uint8_t *entry) { return entry + 8; }

static uint8_t *value_of(const struct map *map, uint8_t *entry) { return entry + 8 + GRAVEL_ROUND_UP_8(map->key_size); }

static bool is_present(uint8_t *entry) { return gravel_now < *deadline_of(entry); }

static uint64_t load_word(const uint8_t *bytes, uint32_t size) {
    uint64_t word = 0;
    if (size >= 8)
        memcpy(&word, bytes, 8);
    else
        memcpy(&word, bytes, size);
    return word;
}

// Where this file is proved to do what the contract says (Tests/RuntimeContracts), that is done for any hash function.
#ifndef GRAVEL_OWN_HASH
// The product's two halves folded into one: each bit of the result depends on all bits of both factors.
static uint64_t fold_multiply(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// A keyed hash, so that who sends the packets cannot choose keys that collide.
static uint64_t hash(const struct map *map, const void *key) {
    const uint8_t *bytes = key;
    uint64_t state = gravel_hash_key[0];
    for (uint32_t left = map->key_size; left > 0;) {
        uint32_t step = left < 8 ? left : 8;
        state = fold_multiply(state ^ load_word(bytes, step), gravel_hash_key[1]);
        bytes += step;
        left -= step;
    }
    return fold_multiply(state ^ gravel_hash_key[1], 0x9E3779B97F4A7C15u ^ map->key_size);
}
#endif

static bool same_key(const struct map *map, const void *a, const void *b) {
    if (map->key_size == 8) return load_word(a, 8) == load_word(b, 8);
    return memcmp(a, b, map->key_size) == 0;
}

// A slot of the index: 0 when empty. Otherwise the entry's number plus one in the low bits, which hold it as capacity is at most
// half of the index size, and bits of the key's hash above, so that most other keys are told apart without a look at their entry.
static uint32_t slot_mask(const struct map *map) { return map->index_size - 1; }

static uint32_t home_of(const struct map *map, uint64_t hash) { return (uint32_t)hash & slot_mask(map); }

static uint32_t tag_of(const struct map *map, uint64_t hash) { return (uint32_t)(hash >> 32) & ~slot_mask(map); }

static uint32_t number_in(const struct map *map, uint32_t slot) { return (slot & slot_mask(map)) - 1; }

// The place in the index of the key's slot, or of the empty slot where it would go.
static uint32_t place_of_key(const struct map *map, const void *key, uint64_t hash) {
    uint32_t tag = tag_of(map, hash);
    uint32_t place = home_of(map, hash);
    for (;; place = (place + 1) & slot_mask(map)) {
        uint32_t slot = map->index[place];
        if (slot == 0) return place;
        if ((slot & ~slot_mask(map)) == tag && same_key(map, key_of(entry_at(map, number_in(map, slot))), key)) return place;
    }
}

// The key's entry, be it present or past its deadline; NULL when the index has none.
static uint8_t *entry_of_key(const struct map *map, const void *key) {
    uint32_t slot = map->index[place_of_key(map, key, hash(map, key))];
    return slot == 0 ? NULL : entry_at(map, number_in(map, slot));
}

// Empties a slot, and moves back into the gap whatever could not be found behind it.
static void close_slot(struct map *map, uint32_t gap) {
    for (uint32_t place = (gap + 1) & slot_mask(map); map->index[place] != 0; place = (place + 1) & slot_mask(map)) {
        const uint8_t *key = key_of(entry_at(map, number_in(map, map->index[place])));
        uint32_t home = home_of(map, hash(map, key));
        // Its way from home to here leads over the gap?
        if (((place - home) & slot_mask(map)) >= ((place - gap) & slot_mask(map))) {
            map->index[gap] = map->index[place];
            gap = place;
        }
    }
    map->index[gap] = 0;
}

static void reclaim(struct map *map, uint32_t place) {
    uint32_t number = number_in(map, map->index[place]);
    close_slot(map, place);
    *deadline_of(entry_at(map, number)) = map->free;
    map->free = number + 1;
    gravel_forbid(value_of(map, entry_at(map, number)), GRAVEL_ROUND_UP_8(map->value_size));
}

// Reclaims every entry that is past its deadline. Called when all entries are in the index.
static void sweep(struct map *map) {
    nanoseconds earliest = UINT64_MAX;
    for (uint32_t number = 0; number < map->capacity; number++) {
        uint8_t *entry = entry_at(map, number);
        if (is_present(entry)) {
            if (*deadline_of(entry) < earliest) earliest = *deadline_of(entry);
        } else {
            reclaim(map, place_of_key(map, key_of(entry), hash(map, key_of(entry))));
        }
    }
    map->earliest = earliest;
}

// Takes a free entry. Returns false exactly if all entries are present.
static bool take_entry(struct map *map, uint32_t *number) {
    if (map->free == 0 && map->used == map->capacity && map->earliest <= gravel_now) sweep(map);
    if (map->free != 0) {
        *number = map->free - 1;
        map->free = (uint32_t)*deadline_of(entry_at(map, *number));
        return true;
    }
    if (map->used == map->capacity) return false;
    *number = map->used++;
    return true;
}

// Where memory is watched, the value of an entry may be touched only while the entry is present.
static void set_deadline(struct map *map, uint8_t *entry, seconds lifetime) {
    nanoseconds deadline = gravel_deadline(lifetime);
    *deadline_of(entry) = deadline;
    if (deadline < map->earliest) map->earliest = deadline;
    gravel_forbid(value_of(map, entry), GRAVEL_ROUND_UP_8(map->value_size));
    if (lifetime > 0) gravel_allow(value_of(map, entry), map->value_size);
}

// Where memory is watched, the entry that takes the place of one of the same key lies elsewhere if there is room: so that a
// pointer to the one that was replaced leads to what must not be touched.
static uint8_t *move_away(struct map *map, uint8_t *entry, const void *key) {
    if (!GRAVEL_WATCHES_MEMORY || map->used == map->capacity) return entry;
    uint32_t number = map->used++;
    uint8_t *moved = entry_at(map, number);
    memcpy(key_of(moved), key, map->key_size);
    uint32_t *slot = &map->index[place_of_key(map, key, hash(map, key))];
    *deadline_of(entry) = map->free;
    map->free = number_in(map, *slot) + 1;
    *slot = (*slot & ~slot_mask(map)) | (number + 1);
    return moved;
}

void *gravel_map_find(struct map *map, const void *key) {
    uint8_t *entry = entry_of_key(map, key);
    return entry != NULL && is_present(entry) ? value_of(map, entry) : NULL;
}

bool gravel_map_insert(struct map *map, const void *key, const void *value, seconds lifetime) {
    uint8_t *entry = entry_of_key(map, key), *replaced = NULL;
    if (entry == NULL) {
        uint32_t number;
        if (!take_entry(map, &number)) return false;
        entry = entry_at(map, number);
        memcpy(key_of(entry), key, map->key_size);
        uint64_t key_hash = hash(map, key);
        // Only now: a sweep moves slots.
        map->index[place_of_key(map, key, key_hash)] = tag_of(map, key_hash) | (number + 1);
    } else {
        replaced = entry;
        entry = move_away(map, entry, key);
    }
    gravel_allow(value_of(map, entry), map->value_size);
    memmove(value_of(map, entry), value, map->value_size); // the value may be the replaced entry's own
    if (replaced != NULL && replaced != entry) gravel_forbid(value_of(map, replaced), GRAVEL_ROUND_UP_8(map->value_size));
    set_deadline(map, entry, lifetime);
    return true;
}

bool gravel_map_refresh(struct map *map, const void *key, seconds lifetime) {
    uint8_t *entry = entry_of_key(map, key);
    if (entry == NULL || !is_present(entry)) return false;
    set_deadline(map, entry, lifetime);
    return true;
}

bool gravel_map_remove(struct map *map, const void *key) {
    uint32_t place = place_of_key(map, key, hash(map, key));
    if (map->index[place] == 0) return false;
    bool was_present = is_present(entry_at(map, number_in(map, map->index[place])));
    reclaim(map, place);
    return was_present;
}
