// Counts how often each function is entered. Belongs to the library only where functions are counted: compiled with
// -finstrument-functions, which makes every function call the first of these, also where it is inlined.
#include "run.h"

struct gravel_entry gravel_entries[gravel_entries_capacity];

extern const char __ehdr_start __attribute__((visibility("hidden"))); // the library's first byte, by the linker

// Open addressing. There are far fewer functions than places; one too many would not be counted.
__attribute__((no_instrument_function)) void __cyg_profile_func_enter(void *function, void *caller);
__attribute__((no_instrument_function)) void __cyg_profile_func_enter(void *function, void *caller) {
    (void)caller;
    uint64_t offset = (uint64_t)((uintptr_t)function - (uintptr_t)&__ehdr_start);
    uint64_t hash = offset * 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < gravel_entries_capacity; i++) {
        struct gravel_entry *entry = &gravel_entries[(hash >> 32 ^ i) % gravel_entries_capacity];
        if (entry->count == 0) entry->function = offset;
        if (entry->function != offset) continue;
        entry->count++;
        return;
    }
}

__attribute__((no_instrument_function)) void __cyg_profile_func_exit(void *function, void *caller);
__attribute__((no_instrument_function)) void __cyg_profile_func_exit(void *function, void *caller) {
    (void)function;
    (void)caller;
}
