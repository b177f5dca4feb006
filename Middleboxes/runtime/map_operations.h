// The operations of a map. The contract stands in <gravel/map.h>.
//
// They are here and not in map.c so that a middlebox is compiled with them: what is known of its keys and values where it calls,
// their sizes, is then known in here (see specialised.h).
//
// Entries lie in one array and never move, so that pointers to values stay good. An open-addressed index with linear probing
// leads from a key to its entry; it is at most half full, and a slot that becomes empty is closed at once by moving later ones
// back (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm R), so that there are no tombstones and chains
// do not grow with age. A lookup touches two cache lines: that of the key's slot, and that of its entry.
//
// While few entries are used, the index of a large map is small, so that its slots lie close together in the cache. It grows to
// its full size at once, when it is half full for the first time: a fraction of a millisecond, once.
//
// An entry past its deadline is absent but stays in the index until its memory is wanted: by an insertion of the same key, or,
// when no entry is free, by a sweep that reclaims all of them. `earliest` makes a sweep that could find nothing unnecessary.
#ifndef GRAVEL_MAP_OPERATIONS_H
#define GRAVEL_MAP_OPERATIONS_H

#include "runtime.h"
#include "watch.h"

// What the operations do depends on these. Constants, where they are inlined.
struct gravel_shape {
    uint32_t key_size;
    uint32_t value_size;
};

// An entry: its deadline, its key, its value, the latter two at multiples of 8. In a reclaimed entry the deadline's place
// holds the number of the next reclaimed one, plus one; 0: there is none.
static inline uint8_t *gravel_entry_at(const struct map *map, struct gravel_shape shape, uint32_t number) {
    return map->entries + (size_t)number * MAP_ENTRY_SIZE(shape.key_size, shape.value_size);
}

static inline nanoseconds *gravel_deadline_of(uint8_t *entry) { return (nanoseconds *)entry; }

static inline uint8_t *gravel_key_of(uint8_t *entry) { return entry + 8; }

static inline uint8_t *gravel_value_of(struct gravel_shape shape, uint8_t *entry) {
    return entry + 8 + GRAVEL_ROUND_UP_8(shape.key_size);
}

static inline bool gravel_is_present(uint8_t *entry) { return gravel_now < *gravel_deadline_of(entry); }

static inline uint32_t gravel_load_word(const uint8_t *bytes, uint32_t size) {
    uint32_t word = 0;
    if (size >= 4)
        __builtin_memcpy(&word, bytes, 4);
    else
        __builtin_memcpy(&word, bytes, size);
    return word;
}

// Where this file is proved to do what the contract says (Tests/RuntimeContracts), that is done for any hash function.
#ifndef GRAVEL_OWN_HASH
// One to one. Hashes of keys that count up do so, too; where such keys would follow one another in the index, and end up in one
// long chain, they do not after this.
static inline uint32_t gravel_mixed(uint32_t hash) {
    hash ^= hash >> 16;
    hash *= 0x9E3779B1u;
    return hash ^ hash >> 16;
}

// A keyed hash, so that who sends the packets cannot choose keys that collide: multilinear hashing with half the multiplications
// (Lemire and Kaser, "Strongly universal string hashing is fast", The Computer Journal, 2014). Of a random key, the hashes of two
// keys that differ are independent, and so collide with a probability of 2^-32; longer ones, whose blocks are hashed one after
// the other, with as much for each block.
static inline uint32_t gravel_hash(struct gravel_shape shape, const void *key) {
    enum { block = 4 * (gravel_hash_words - 2) }; // bytes: the first word is added, the last is for the blocks before
    const uint8_t *bytes = key;
    uint32_t hash = 0;
    for (uint32_t start = 0; start < shape.key_size; start += block) {
        uint32_t size = shape.key_size - start < block ? shape.key_size - start : block;
        uint64_t sum = gravel_hash_key[0] + (start == 0 ? 0 : gravel_hash_key[gravel_hash_words - 1] * hash);
        for (uint32_t i = 0; i < size; i += 8) {
            uint32_t low = gravel_load_word(bytes + start + i, size - i);
            uint32_t high = i + 4 < size ? gravel_load_word(bytes + start + i + 4, size - i - 4) : 0;
            sum += (gravel_hash_key[1 + i / 4] + low) * (gravel_hash_key[2 + i / 4] + high);
        }
        hash = (uint32_t)(sum >> 32);
    }
    return gravel_mixed(hash);
}
#endif

// Not memcmp: where the sizes are known, a key that was just put together need not go through memory to be compared.
static inline bool gravel_same_key(struct gravel_shape shape, const uint8_t *a, const uint8_t *b) {
    uint32_t difference = 0;
    for (uint32_t i = 0; i < shape.key_size; i += 4)
        difference |= gravel_load_word(a + i, shape.key_size - i) ^ gravel_load_word(b + i, shape.key_size - i);
    return difference == 0;
}

// A slot of the index: 0 when empty. Otherwise the entry's number plus one in the low bits, which hold it as capacity is at most
// half of the index size, and above those of the key's hash, so that most other keys are told apart without a look at their
// entry.
static inline uint32_t gravel_slot_mask(const struct map *map) { return map->index_size - 1; }

static inline uint32_t gravel_home_of(const struct map *map, uint32_t hash) { return hash & gravel_slot_mask(map); }

static inline uint32_t gravel_tag_of(const struct map *map, uint32_t hash) { return hash & ~gravel_slot_mask(map); }

static inline uint32_t gravel_number_in(const struct map *map, uint32_t slot) { return (slot & gravel_slot_mask(map)) - 1; }

static inline bool gravel_leads_to(const struct map *map, struct gravel_shape shape, uint32_t slot, const void *key,
                                   uint32_t hash) {
    return (slot & ~gravel_slot_mask(map)) == gravel_tag_of(map, hash) &&
           gravel_same_key(shape, gravel_key_of(gravel_entry_at(map, shape, gravel_number_in(map, slot))), key);
}

// The place in the index of the key's slot, or of the empty slot where it would go.
static inline uint32_t gravel_place_of_key(const struct map *map, struct gravel_shape shape, const void *key, uint32_t hash) {
    uint32_t place = gravel_home_of(map, hash);
    while (map->index[place] != 0 && !gravel_leads_to(map, shape, map->index[place], key, hash))
        place = (place + 1) & gravel_slot_mask(map);
    return place;
}

// The key's entry, be it present or past its deadline; NULL when the index has none.
static inline uint8_t *gravel_entry_of_key(const struct map *map, struct gravel_shape shape, const void *key) {
    uint32_t slot = map->index[gravel_place_of_key(map, shape, key, gravel_hash(shape, key))];
    return slot == 0 ? NULL : gravel_entry_at(map, shape, gravel_number_in(map, slot));
}

// Empties a slot, and moves back into the gap whatever could not be found behind it.
static inline void gravel_close_slot(struct map *map, struct gravel_shape shape, uint32_t gap) {
    uint32_t mask = gravel_slot_mask(map);
    for (uint32_t place = (gap + 1) & mask; map->index[place] != 0; place = (place + 1) & mask) {
        const uint8_t *key = gravel_key_of(gravel_entry_at(map, shape, gravel_number_in(map, map->index[place])));
        uint32_t home = gravel_home_of(map, gravel_hash(shape, key));
        // Its way from home to here leads over the gap?
        if (((place - home) & mask) >= ((place - gap) & mask)) {
            map->index[gap] = map->index[place];
            gap = place;
        }
    }
    map->index[gap] = 0;
}

static inline void gravel_reclaim(struct map *map, struct gravel_shape shape, uint32_t place) {
    uint32_t number = gravel_number_in(map, map->index[place]);
    uint8_t *entry = gravel_entry_at(map, shape, number);
    gravel_close_slot(map, shape, place);
    *gravel_deadline_of(entry) = map->free;
    map->free = number + 1;
    gravel_forbid(gravel_value_of(shape, entry), GRAVEL_ROUND_UP_8(shape.value_size));
}

// Reclaims every entry that is past its deadline. Called when all entries are in the index.
static inline void gravel_sweep(struct map *map, struct gravel_shape shape) {
    nanoseconds earliest = UINT64_MAX;
    for (uint32_t number = 0; number < map->capacity; number++) {
        uint8_t *entry = gravel_entry_at(map, shape, number);
        if (gravel_is_present(entry)) {
            if (*gravel_deadline_of(entry) < earliest) earliest = *gravel_deadline_of(entry);
        } else {
            const uint8_t *key = gravel_key_of(entry);
            gravel_reclaim(map, shape, gravel_place_of_key(map, shape, key, gravel_hash(shape, key)));
        }
    }
    map->earliest = earliest;
}

// Makes the index as large as it gets. Called when all used entries are in it.
static inline void gravel_grow_index(struct map *map, struct gravel_shape shape) {
    __builtin_memset(map->index, 0, map->index_size * sizeof map->index[0]);
    map->index_size = MAP_INDEX_SIZE(map->capacity);
    for (uint32_t number = 0; number < map->used; number++) {
        const uint8_t *key = gravel_key_of(gravel_entry_at(map, shape, number));
        uint32_t hash = gravel_hash(shape, key);
        map->index[gravel_place_of_key(map, shape, key, hash)] = gravel_tag_of(map, hash) | (number + 1);
    }
}

// Whether the index is too small for one more entry that was never used.
static inline bool gravel_must_grow(const struct map *map) { return 2 * (map->used + 1) > map->index_size; }

// An entry that was never used. Called when there is one; and when all used ones are in the index, where it must grow.
static inline uint32_t gravel_next_entry(struct map *map, struct gravel_shape shape) {
    if (gravel_must_grow(map)) gravel_grow_index(map, shape);
    return map->used++;
}

// Takes a free entry. Returns false exactly if all entries are present.
static inline bool gravel_take_entry(struct map *map, struct gravel_shape shape, uint32_t *number) {
    if (map->free == 0 && map->used == map->capacity && map->earliest <= gravel_now) gravel_sweep(map, shape);
    if (map->free != 0) {
        *number = map->free - 1;
        map->free = (uint32_t)*gravel_deadline_of(gravel_entry_at(map, shape, *number));
        return true;
    }
    if (map->used == map->capacity) return false;
    *number = gravel_next_entry(map, shape);
    return true;
}

// Where memory is watched, the value of an entry may be touched only while the entry is present.
static inline void gravel_set_deadline(struct map *map, struct gravel_shape shape, uint8_t *entry, seconds lifetime) {
    nanoseconds deadline = gravel_deadline(lifetime);
    *gravel_deadline_of(entry) = deadline;
    if (deadline < map->earliest) map->earliest = deadline;
    gravel_forbid(gravel_value_of(shape, entry), GRAVEL_ROUND_UP_8(shape.value_size));
    if (lifetime > 0) gravel_allow(gravel_value_of(shape, entry), shape.value_size);
}

// Where memory is watched, the entry that takes the place of one of the same key lies elsewhere if there is room: so that a
// pointer to the one that was replaced leads to what must not be touched.
static inline uint8_t *gravel_move_away(struct map *map, struct gravel_shape shape, uint8_t *entry, const void *key) {
    if (!GRAVEL_WATCHES_MEMORY || map->used == map->capacity) return entry;
    if (map->free != 0 && gravel_must_grow(map)) return entry;
    uint32_t number = gravel_next_entry(map, shape);
    uint8_t *moved = gravel_entry_at(map, shape, number);
    __builtin_memcpy(gravel_key_of(moved), key, shape.key_size);
    uint32_t *slot = &map->index[gravel_place_of_key(map, shape, key, gravel_hash(shape, key))];
    *gravel_deadline_of(entry) = map->free;
    map->free = gravel_number_in(map, *slot) + 1;
    *slot = (*slot & ~gravel_slot_mask(map)) | (number + 1);
    return moved;
}

static inline void *gravel_find(struct map *map, struct gravel_shape shape, const void *key) {
    uint8_t *entry = gravel_entry_of_key(map, shape, key);
    return entry != NULL && gravel_is_present(entry) ? gravel_value_of(shape, entry) : NULL;
}

static inline bool gravel_insert(struct map *map, struct gravel_shape shape, const void *key, const void *value,
                                 seconds lifetime) {
    uint8_t *entry = gravel_entry_of_key(map, shape, key), *replaced = NULL;
    if (entry == NULL) {
        uint32_t number;
        if (!gravel_take_entry(map, shape, &number)) return false;
        entry = gravel_entry_at(map, shape, number);
        __builtin_memcpy(gravel_key_of(entry), key, shape.key_size);
        uint32_t hash = gravel_hash(shape, key);
        // Only now: a sweep moves slots.
        map->index[gravel_place_of_key(map, shape, key, hash)] = gravel_tag_of(map, hash) | (number + 1);
    } else {
        replaced = entry;
        entry = gravel_move_away(map, shape, entry, key);
    }
    gravel_allow(gravel_value_of(shape, entry), shape.value_size);
    __builtin_memmove(gravel_value_of(shape, entry), value, shape.value_size); // the value may be the replaced entry's own
    if (replaced != NULL && replaced != entry)
        gravel_forbid(gravel_value_of(shape, replaced), GRAVEL_ROUND_UP_8(shape.value_size));
    gravel_set_deadline(map, shape, entry, lifetime);
    return true;
}

static inline bool gravel_refresh(struct map *map, struct gravel_shape shape, const void *key, seconds lifetime) {
    uint8_t *entry = gravel_entry_of_key(map, shape, key);
    if (entry == NULL || !gravel_is_present(entry)) return false;
    gravel_set_deadline(map, shape, entry, lifetime);
    return true;
}

static inline bool gravel_remove(struct map *map, struct gravel_shape shape, const void *key) {
    uint32_t place = gravel_place_of_key(map, shape, key, gravel_hash(shape, key));
    if (map->index[place] == 0) return false;
    bool was_present = gravel_is_present(gravel_entry_at(map, shape, gravel_number_in(map, map->index[place])));
    gravel_reclaim(map, shape, place);
    return was_present;
}

#endif
