// The C library's functions on memory, where MemorySanitizer watches: its own versions tell people, not the run that is under
// way. Who compiles a middlebox to be watched so gives the functions these names.
#include "watch.h"

#include <stddef.h>

#if __has_feature(memory_sanitizer)
int gravel_memcmp(const void *a, const void *b, size_t size);

// All bytes are compared (C17 7.24.4.1), whether or not earlier ones differ.
__attribute__((no_sanitize("memory"))) int gravel_memcmp(const void *a, const void *b, size_t size) {
    if (!gravel_is_initialised(a, size) || !gravel_is_initialised(b, size)) gravel_stop(gravel_uninitialised);
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    return 0;
}
#else
typedef int gravel_no_functions; // ISO C wants something in a file
#endif
