// Read before the C files of a middlebox where speed is what counts: each operation on a map is compiled for that map's keys and
// values. What it does is the same.
#ifndef GRAVEL_SPECIALISED_H
#define GRAVEL_SPECIALISED_H

#include "map_operations.h"

#undef map_find
#undef map_insert
#undef map_refresh
#undef map_remove

#define GRAVEL_SHAPE(map_) ((struct gravel_shape){sizeof((map_)->key[0]), sizeof((map_)->value[0])})

// The operations that are not always inlined are given a copy of the key, so that the key itself can stay in registers.
#define GRAVEL_COPY(map_, key_) ((__typeof__((map_)->key[0])[1]){*GRAVEL_KEY(map_, key_)})

#define map_find(map_, key_)                                                                                                     \
    ((__typeof__(&(map_)->value[0]))gravel_find(&(map_)->map, GRAVEL_SHAPE(map_), GRAVEL_KEY(map_, key_)))
#define map_insert(map_, key_, value_, lifetime_)                                                                                \
    gravel_insert(&(map_)->map, GRAVEL_SHAPE(map_), GRAVEL_COPY(map_, key_), GRAVEL_VALUE(map_, value_), lifetime_)
#define map_refresh(map_, key_, lifetime_) gravel_refresh(&(map_)->map, GRAVEL_SHAPE(map_), GRAVEL_KEY(map_, key_), lifetime_)
#define map_remove(map_, key_) gravel_remove(&(map_)->map, GRAVEL_SHAPE(map_), GRAVEL_COPY(map_, key_))

#endif
