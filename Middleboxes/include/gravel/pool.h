// Index pool: hands out indices below its capacity, each for a lifetime. At file scope:
//
//     POOL(ports, 65536);
//
// An index is *allocated* from its allocation until its deadline (now < deadline), as with the entries of a map.
#ifndef GRAVEL_POOL_H
#define GRAVEL_POOL_H

#include <gravel/types.h>

struct pool {
    uint32_t capacity;
    uint32_t last;          // the index that was allocated last, in whatever range; 0 before the first
    nanoseconds *deadlines; // `capacity` of them; all zero: every index is free
};

#define POOL(name, capacity_)                                                                                                    \
    static nanoseconds name##_deadlines[capacity_];                                                                              \
    static struct pool name = {.capacity = (capacity_), .deadlines = name##_deadlines}

#define POOL_EXHAUSTED UINT32_MAX

// Allocates a free index from `first` to `first + count - 1` until now + lifetime and returns it: the first free one from the
// index on that the pool allocated last, counting round within the range; from `first` on, if that index lies outside the range
// or there is none yet. So a fresh pool hands out first, first + 1, and so on. Returns POOL_EXHAUSTED exactly if all of them are
// allocated. Requires first + count <= capacity.
uint32_t pool_allocate(struct pool *pool, uint32_t first, uint32_t count, seconds lifetime);

// Sets the deadline of an allocated index to now + lifetime. Returns false, and changes nothing, if it is not allocated.
// Requires index < capacity.
bool pool_refresh(struct pool *pool, uint32_t index, seconds lifetime);

// Makes the index free. Returns whether it was allocated. Requires index < capacity.
bool pool_release(struct pool *pool, uint32_t index);

#endif
