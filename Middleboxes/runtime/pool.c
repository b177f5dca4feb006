// The contract stands in <gravel/pool.h>.
#include "runtime.h"
#include "watch.h"

static bool is_allocated(const struct pool *pool, uint32_t index) { return gravel_now < pool->deadlines[index]; }

// The first free index from `from` up to, but not including, `to`; `to` when there is none.
static uint32_t first_free(const struct pool *pool, uint32_t from, uint32_t to) {
    while (from < to && is_allocated(pool, from))
        from++;
    return from;
}

uint32_t pool_allocate(struct pool *pool, uint32_t first, uint32_t count, seconds lifetime) {
    gravel_require(first <= pool->capacity && count <= pool->capacity - first);
    uint32_t end = first + count;
    uint32_t start = pool->last >= first && pool->last < end ? pool->last : first;
    uint32_t index = first_free(pool, start, end);
    if (index == end) {
        index = first_free(pool, first, start);
        if (index == start) return POOL_EXHAUSTED;
    }
    pool->deadlines[index] = gravel_deadline(lifetime);
    pool->last = index;
    return index;
}

bool pool_refresh(struct pool *pool, uint32_t index, seconds lifetime) {
    gravel_require(index < pool->capacity);
    if (!is_allocated(pool, index)) return false;
    pool->deadlines[index] = gravel_deadline(lifetime);
    return true;
}

bool pool_release(struct pool *pool, uint32_t index) {
    gravel_require(index < pool->capacity);
    if (!is_allocated(pool, index)) return false;
    pool->deadlines[index] = 0;
    return true;
}
