// What the harnesses of the runtime's functions share. A harness is a middlebox that includes the C code of one of them under
// another name, so that `verify` executes it like any code and not as the primitive that it is: each packet is a sequence of
// operations, and whatever they give must be what the contract says, or the code runs into a trap. `verify` proves that no packet
// does.
#ifndef CONTRACT_H
#define CONTRACT_H

#define gravel_now tested_now
#include <gravel/middlebox.h>

enum port { inside };

nanoseconds tested_now;

static inline void require(bool condition) {
    if (!condition) __builtin_trap();
}

static inline nanoseconds deadline_after(seconds lifetime) { return tested_now + (nanoseconds)lifetime * 1000000000u; }

#endif
