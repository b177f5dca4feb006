// Every operation on a pool of three indices, whatever has been allocated until when: as any state is one that a sequence of
// operations can start from, and as it leaves what the contract says, this is said of sequences of any length.
#define pool_allocate tested_pool_allocate
#define pool_refresh tested_pool_refresh
#define pool_release tested_pool_release
#include "contract.h"

#include "../runtime/pool.c"

enum { CAPACITY = 3 };

struct input {
    nanoseconds now, deadlines[CAPACITY];
    seconds lifetime;
    uint8_t last, kind, first, count;
};

// The index that the contract says, POOL_EXHAUSTED where there is none.
static uint32_t expected_index(const struct input *input, uint32_t first, uint32_t count) {
    uint32_t start = input->last >= first && input->last < first + count ? input->last - first : 0;
    for (uint32_t i = 0; i < CAPACITY; i++) {
        if (i >= count) break;
        uint32_t distance = start + i < count ? start + i : start + i - count;
        if (input->deadlines[first + distance] <= input->now) return first + distance;
    }
    return POOL_EXHAUSTED;
}

void packet_arrives(struct packet *packet) {
    if (packet->port != inside) return packet_drop(packet);
    const struct input *input = packet_bytes(packet, 0, sizeof *input);
    if (input == NULL) return packet_drop(packet);
    tested_now = input->now;
    uint32_t first = input->first, count = input->count;
    seconds lifetime = input->lifetime;
    nanoseconds deadlines[CAPACITY], expected[CAPACITY];
    for (uint32_t i = 0; i < CAPACITY; i++)
        deadlines[i] = expected[i] = input->deadlines[i];
    struct pool pool = {.capacity = CAPACITY, .last = input->last, .deadlines = deadlines};
    uint32_t last = input->last;
    if (input->kind == 0) {
        if (first > CAPACITY || count > CAPACITY - first) return packet_drop(packet);
        uint32_t index = expected_index(input, first, count);
        require(pool_allocate(&pool, first, count, lifetime) == index);
        if (index != POOL_EXHAUSTED) {
            expected[index] = deadline_after(lifetime);
            last = index;
        }
    } else {
        if (first >= CAPACITY) return packet_drop(packet);
        bool was_allocated = input->now < input->deadlines[first];
        if (input->kind == 1) {
            require(pool_refresh(&pool, first, lifetime) == was_allocated);
            if (was_allocated) expected[first] = deadline_after(lifetime);
        } else {
            require(pool_release(&pool, first) == was_allocated);
            if (was_allocated) expected[first] = 0;
        }
    }
    require(pool.last == last);
    for (uint32_t i = 0; i < CAPACITY; i++)
        require(deadlines[i] == expected[i]);
    packet_drop(packet);
}
