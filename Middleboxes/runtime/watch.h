// What the strict libraries watch a middlebox for. They are compiled with AddressSanitizer (memory that must not be touched) or
// with MemorySanitizer (values that were never written). In the others all of this is nothing.
#ifndef GRAVEL_WATCH_H
#define GRAVEL_WATCH_H

#include "run.h"

#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define GRAVEL_IS_WATCHED 1
#define GRAVEL_WATCHES_MEMORY 1
#define gravel_forbid(address, size) __asan_poison_memory_region(address, size)
#define gravel_allow(address, size) __asan_unpoison_memory_region(address, size)
#else
#define GRAVEL_WATCHES_MEMORY 0
#define gravel_forbid(address, size) ((void)(address), (void)(size))
#define gravel_allow(address, size) ((void)(address), (void)(size))
#endif

#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define GRAVEL_IS_WATCHED 1
// Whether each of the bytes has been written.
#define gravel_is_initialised(address, size) (__msan_test_shadow(address, size) < 0)
#else
#define gravel_is_initialised(address, size) ((void)(address), (void)(size), 1)
#endif

#ifndef GRAVEL_IS_WATCHED
#define GRAVEL_IS_WATCHED 0
#endif

// Leaves the middlebox there and then.
_Noreturn void gravel_stop(enum gravel_status status);

// What a contract requires of who calls.
#define gravel_require(condition)                                                                                                \
    do {                                                                                                                         \
        if (GRAVEL_IS_WATCHED && !(condition)) gravel_stop(gravel_broke_contract);                                               \
    } while (0)

#endif
