// The operations of a map as functions, for whatever sizes its keys and values have. The contract stands in <gravel/map.h>.
#include "map_operations.h"

static struct gravel_shape shape_of(const struct map *map) { return (struct gravel_shape){map->key_size, map->value_size}; }

void *gravel_map_find(struct map *map, const void *key) { return gravel_find(map, shape_of(map), key); }

bool gravel_map_insert(struct map *map, const void *key, const void *value, seconds lifetime) {
    return gravel_insert(map, shape_of(map), key, value, lifetime);
}

bool gravel_map_refresh(struct map *map, const void *key, seconds lifetime) {
    return gravel_refresh(map, shape_of(map), key, lifetime);
}

bool gravel_map_remove(struct map *map, const void *key) { return gravel_remove(map, shape_of(map), key); }
