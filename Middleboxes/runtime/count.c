// Counts how often functions are entered, and in which of them packets are dropped. Belongs to the library only where that is
// asked for: compiled with -finstrument-functions, which makes every function call the hooks here, also where it is inlined.
#include "run.h"
#include "runtime.h"
#include "under_way.h"

#define NOT_COUNTED __attribute__((no_instrument_function))

extern void packet_arrives(struct packet *packet); // the middlebox

// Open addressing, by where the function begins in the library.
static struct gravel_counter counters[gravel_most_counters];

// Of each function that has been entered and not left its counter, if it has one.
enum { most_frames = 1024 };
static struct gravel_counter *frames[most_frames];
static uint32_t depth;
static bool has_left; // the packet under way, or a copy of it

NOT_COUNTED static uint64_t offset_of(const void *function) {
    extern const char __ehdr_start __attribute__((visibility("hidden"))); // the library's first byte, by the linker
    return (uint64_t)((uintptr_t)function - (uintptr_t)&__ehdr_start);
}

NOT_COUNTED static struct gravel_counter *place_of(uint64_t function) {
    uint64_t hash = function * 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < gravel_most_counters; i++) {
        struct gravel_counter *counter = &counters[(hash >> 32 ^ i) % gravel_most_counters];
        if (counter->function == function || counter->function == 0) return counter;
    }
    return NULL;
}

NOT_COUNTED struct gravel_counter *gravel_count(uint64_t function) {
    struct gravel_counter *counter = place_of(function);
    if (counter != NULL) counter->function = function;
    return counter;
}

NOT_COUNTED static void note_drop(void) {
    if (has_left) return;
    for (uint32_t i = depth < most_frames ? depth : most_frames; i > 0; i--) {
        if (frames[i - 1] == NULL) continue;
        frames[i - 1]->dropped++;
        return;
    }
}

NOT_COUNTED void __cyg_profile_func_enter(void *function, void *caller);
NOT_COUNTED void __cyg_profile_func_enter(void *function, void *caller) {
    (void)caller;
    if (function == (void *)packet_arrives) has_left = false, depth = 0;
    if (function == (void *)gravel_end || function == (void *)gravel_send_copy) has_left = true;
    if (function == (void *)gravel_end_dropped) note_drop();
    struct gravel_counter *counter = place_of(offset_of(function));
    if (counter != NULL && counter->function == 0) counter = NULL;
    if (counter != NULL) counter->entered++;
    if (depth < most_frames) frames[depth] = counter;
    depth++;
}

NOT_COUNTED void __cyg_profile_func_exit(void *function, void *caller);
NOT_COUNTED void __cyg_profile_func_exit(void *function, void *caller) {
    (void)function;
    (void)caller;
    if (depth > 0) depth--;
}
