// Running packets through a middlebox: what a native middlebox's library offers to the program that loads it. C on one side and
// Swift on the other read this one header; it needs nothing of the middlebox's headers.
#ifndef GRAVEL_RUN_H
#define GRAVEL_RUN_H

#include <stdint.h>

// PACKET_LONGEST and PACKET_HEADROOM of <gravel/packet.h>.
enum { gravel_longest_packet = 65535, gravel_least_headroom = 256 };

// One packet that arrives, or one control operation. Around a packet's bytes lies room that belongs to it: `headroom` bytes
// before, at least gravel_least_headroom, and `tailroom` behind.
struct gravel_arrival {
    uint8_t *data;
    uint32_t length;
    uint32_t port;
    uint64_t time; // in nanoseconds; not before that of the arrival before it
    uint32_t headroom;
    uint32_t tailroom;
    // Of a control operation: the function, which is given `data`, its argument, aligned for it. NULL: a packet.
    void (*operation)(const void *argument);
};

// What the middlebox called. A packet should be emitted or dropped exactly once, but nothing keeps a middlebox from other
// numbers.
enum gravel_ending_kind { gravel_emitted, gravel_dropped, gravel_copied };

// A call of packet_emit, packet_drop or packet_emit_copy.
struct gravel_ending {
    uint32_t arrival; // index in the batch
    uint32_t kind;    // enum gravel_ending_kind
    uint32_t port;    // where it was emitted; 0 for a drop
    uint32_t length;  // of the packet as emitted; 0 for a drop
    uint64_t offset;  // of the bytes in `bytes`, where they are kept
};

enum gravel_status {
    gravel_ran,              // all arrivals of the batch
    gravel_crashed,          // a signal stopped it: see `signal`
    gravel_too_many_endings, // one packet caused more than there is room for
    gravel_outside_packet,   // the emitted bytes do not lie in the packet's memory
    gravel_endless,          // SIGVTALRM stopped it: who calls may set that timer, to limit the time that a packet takes

    // These only in libraries that are watched: see watch.h.
    gravel_memory_error,      // memory was touched that is not, or no longer, the middlebox's
    gravel_touched_after_end, // so was the packet, after it was emitted or dropped
    gravel_uninitialised,     // something depends on a value that was never written
    gravel_broke_contract,    // a function of the runtime was called as its contract does not allow
    gravel_unknown_port,      // the packet was emitted on a port that `gravel_ports` does not have
};

enum { gravel_most_places = 24, gravel_most_ports = 256 };

// What comes of a batch. Who calls provides the room.
struct gravel_outcome {
    struct gravel_ending *endings;
    uint64_t endings_capacity;
    uint64_t endings_count;
    uint8_t *bytes; // copies of the emitted packets, made when they are; NULL: only lengths are wanted
    uint64_t bytes_capacity;
    uint64_t bytes_count;
    uint64_t *durations;  // for each arrival the nanoseconds it took, one reading of the clock included; or NULL
    uint64_t nanoseconds; // that the batch took, if it ran to its end
    uint64_t completed;   // arrivals that the middlebox returned from
    uint32_t status;      // enum gravel_status
    int32_t signal;
    // In watched libraries, where it stopped if it did: offsets of instructions in the library, of the innermost function first,
    // of the runtime's own too.
    uint32_t places_count;
    uint64_t places[gravel_most_places];
};

// Runs a batch. Crashes of the middlebox are caught by handlers that are installed for this time, in the whole process: so no two
// threads may run batches at once, of whatever libraries, but as gravel_enter_thread says. After any status but gravel_ran the
// library's state is not to be relied on.
void gravel_run(const struct gravel_arrival *arrivals, uint32_t count, struct gravel_outcome *outcome);
typedef void gravel_run_function(const struct gravel_arrival *, uint32_t, struct gravel_outcome *);
#define GRAVEL_RUN_SYMBOL "gravel_run"

// Around many batches: the handlers are there from the first to the second. Otherwise each batch pays for it, with many calls of
// the system.
void gravel_enter(void);
void gravel_leave(void);
#define GRAVEL_ENTER_SYMBOL "gravel_enter"
#define GRAVEL_LEAVE_SYMBOL "gravel_leave"

// For threads that run batches at once, each of a library of its own: one thread enters all libraries, each of the others calls
// this for its library before its first batch, and ends before the libraries are left, the last that was entered first.
void gravel_enter_thread(void);
#define GRAVEL_ENTER_THREAD_SYMBOL "gravel_enter_thread"

// For the tables, so that an access that misses the cache is not also one that misses the page's address; for who runs so many
// packets that clearing large pages does not count. To be called before the first; where the system has none, all is as it was.
void gravel_use_large_pages(void);
#define GRAVEL_LARGE_PAGES_SYMBOL "gravel_use_large_pages"

// Random words: the key of the maps' hash function. To be set after loading, before the first packet.
enum { gravel_hash_words = 34 };
#define GRAVEL_HASH_KEY_SYMBOL "gravel_hash_key"

// The time of the last arrival: u64, in nanoseconds.
#define GRAVEL_NOW_SYMBOL "gravel_now"

// The ports that there are; count 0: any. To be set after loading.
struct gravel_ports {
    uint32_t count;
    uint32_t numbers[gravel_most_ports];
};
#define GRAVEL_PORTS_SYMBOL "gravel_ports"

// In libraries that count: a function, by where it begins in the library, how often it was entered, and how many packets were
// dropped in it or in functions below it that are not counted; those of which a copy had left are not.
struct gravel_counter {
    uint64_t function;
    uint64_t entered;
    uint64_t dropped;
};

// Counts a function from now on. NULL when there are too many.
enum { gravel_most_counters = 4096 };
struct gravel_counter *gravel_count(uint64_t function);
#define GRAVEL_COUNT_SYMBOL "gravel_count"

// What AddressSanitizer is to tell of an error. Does not return when a batch is under way.
typedef void gravel_memory_error_function(const void *address);
#define GRAVEL_MEMORY_ERROR_SYMBOL "gravel_found_memory_error"

#endif
