// The loop that feeds a middlebox: the contract stands in run.h.
#include "run.h"
#include "runtime.h"
#include "under_way.h"
#include "watch.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#if GRAVEL_IS_WATCHED
#include <dlfcn.h>
#include <execinfo.h>
#endif

_Static_assert((int)gravel_longest_packet == PACKET_LONGEST, "packets are as long as their contract says");
_Static_assert((int)gravel_least_headroom == PACKET_HEADROOM, "packets have the room that their contract says");

extern void packet_arrives(struct packet *packet); // the middlebox

static const struct gravel_arrival *under_way;
static uint32_t arrival; // the index of `under_way` in its batch
static struct gravel_outcome *outcome;
static bool has_ended;    // the packet under way
static uint32_t headroom; // by how many bytes the packet under way can still grow in front

// The memory in which the packet under way lies, and may be sent from.
static struct region {
    uint8_t *start;
    size_t size;
} region;
struct gravel_ports gravel_ports;

// The last is that of a timer which who calls may have set.
static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGVTALRM};
enum { crash_signal_count = sizeof crash_signals / sizeof crash_signals[0] };
enum { given_up = -1 }; // instead of a signal's number

static _Thread_local volatile sig_atomic_t can_recover;
static _Thread_local sigjmp_buf recovery;

#if GRAVEL_IS_WATCHED
static uint64_t library_base(const void *address) {
    Dl_info found;
    return dladdr(address, &found) != 0 ? (uint64_t)(uintptr_t)found.dli_fbase : 0;
}
#endif

// Notes where the middlebox stands. A return address is behind the call that is meant; `interrupted` is the instruction itself.
__attribute__((no_sanitize("memory"))) static void note_places(const void *interrupted) {
#if GRAVEL_IS_WATCHED
    void *frames[64];
    int count = backtrace(frames, sizeof frames / sizeof frames[0]);
    uint64_t base = library_base((const void *)(uintptr_t)gravel_run);
    outcome->places_count = 0;
    for (int i = 0; i < count && outcome->places_count < gravel_most_places; i++) {
        if (library_base(frames[i]) != base) continue;
        uint64_t offset = (uint64_t)(uintptr_t)frames[i] - base;
        outcome->places[outcome->places_count++] = frames[i] == interrupted ? offset : offset - 1;
    }
#else
    (void)interrupted;
#endif
}

// Not by returning: the middlebox may be in a loop that never ends.
_Noreturn void gravel_stop(enum gravel_status status) {
    outcome->status = status;
    note_places(NULL);
    siglongjmp(recovery, given_up);
}

// Of a packet that has arrived: its bytes and the room around them.
static struct region arrived_in(const struct gravel_arrival *packet) {
    return (struct region){packet->data - packet->headroom, (size_t)packet->headroom + packet->length + packet->tailroom};
}

static bool lies_in(const void *address, struct region memory) {
    return (uintptr_t)address - (uintptr_t)memory.start < memory.size;
}

#if GRAVEL_WATCHES_MEMORY
// Where memory is watched, a packet that is resized goes to another room, so that pointers to where it was are found out: those
// of the last few times, as then the first room is in use again.
enum { room_before = 16 }; // bytes in front of a packet that nobody may touch
static _Alignas(16) uint8_t rooms[8][room_before + PACKET_LONGEST + 1];
static uint32_t room; // the next

static struct region all_rooms(void) { return (struct region){rooms[0], sizeof rooms}; }

static uint8_t *relocated(uint8_t *kept, uint32_t kept_length, uint32_t pushed) {
    struct region next = {rooms[room], sizeof rooms[room]};
    room = (room + 1) % (sizeof rooms / sizeof rooms[0]);
    uint8_t *target = next.start + room_before;
    gravel_forbid(next.start, next.size);
    gravel_allow(target, (size_t)pushed + kept_length);
    memcpy(target + pushed, kept, kept_length);
    gravel_forbid(region.start, region.size);
    region = next;
    return target;
}
#else
static struct region all_rooms(void) { return region; }

static uint8_t *relocated(uint8_t *kept, uint32_t kept_length, uint32_t pushed) {
    (void)kept_length;
    return kept - pushed;
}
#endif

void gravel_found_memory_error(const void *address) {
    if (!can_recover) return;
    bool is_packet = lies_in(address, arrived_in(under_way)) || lies_in(address, all_rooms());
    gravel_stop(is_packet && has_ended ? gravel_touched_after_end : gravel_memory_error);
}

#if __has_feature(memory_sanitizer)
// Instead of MemorySanitizer's own, which tells it to people. Called where something depends on a value that was never written.
__attribute__((no_sanitize("memory"))) _Noreturn void __msan_warning_noreturn(void);
__attribute__((no_sanitize("memory"))) _Noreturn void __msan_warning_noreturn(void) { gravel_stop(gravel_uninitialised); }
#endif

static void begin_packet(void) {
    has_ended = false;
    headroom = PACKET_HEADROOM;
    region = arrived_in(under_way);
    gravel_forbid(under_way->data - under_way->headroom, under_way->headroom);
    gravel_allow(under_way->data, under_way->length);
    gravel_forbid(under_way->data + under_way->length, under_way->tailroom);
}

static void end_packet(void) {
    has_ended = true;
    gravel_forbid(region.start, region.size);
}

// Its memory is the caller's again.
static void hand_back_packet(void) {
    gravel_allow(region.start, region.size);
    struct region memory = arrived_in(under_way);
    gravel_allow(memory.start, memory.size);
}

// An operation has no packet.
static void require_packet(void) {
    if (under_way->operation != NULL) gravel_stop(gravel_broke_contract);
}

static void require_unended_packet(void) {
    require_packet();
    if (GRAVEL_IS_WATCHED && has_ended) gravel_stop(gravel_touched_after_end);
}

bool gravel_push(uint8_t **data, uint32_t *length, uint32_t size) {
    require_unended_packet();
    if (size > headroom || size > PACKET_LONGEST - *length) return false;
    *data = relocated(*data, *length, size);
    memset(*data, 0, size);
    *length += size;
    headroom -= size;
    return true;
}

bool gravel_pull(uint8_t **data, uint32_t *length, uint32_t size) {
    require_unended_packet();
    if (size > *length) return false;
    *data = relocated(*data + size, *length - size, 0);
    *length -= size;
    headroom += size;
    return true;
}

static bool is_known_port(uint32_t port) {
    for (uint32_t i = 0; i < gravel_ports.count; i++)
        if (gravel_ports.numbers[i] == port) return true;
    return gravel_ports.count == 0;
}

static struct gravel_ending *next_ending(void) {
    if (outcome->endings_count == outcome->endings_capacity) gravel_stop(gravel_too_many_endings);
    struct gravel_ending *ending = &outcome->endings[outcome->endings_count++];
    *ending = (struct gravel_ending){.arrival = arrival};
    return ending;
}

void gravel_end_dropped(void) {
    require_packet();
    next_ending()->kind = gravel_dropped;
    end_packet();
}

static void send(const uint8_t *data, uint32_t length, uint32_t port, enum gravel_ending_kind kind) {
    require_packet();
    size_t offset = (uintptr_t)data - (uintptr_t)region.start;
    if (offset > region.size || length > region.size - offset) gravel_stop(gravel_outside_packet);
    if (GRAVEL_IS_WATCHED && !is_known_port(port)) gravel_stop(gravel_unknown_port);
    if (!gravel_is_initialised(data, length)) gravel_stop(gravel_uninitialised);
    struct gravel_ending *ending = next_ending();
    ending->kind = kind;
    ending->port = port;
    ending->length = length;
    if (outcome->bytes == NULL) return;
    if (length > outcome->bytes_capacity - outcome->bytes_count) {
        outcome->endings_count--;
        gravel_stop(gravel_too_many_endings);
    }
    ending->offset = outcome->bytes_count;
    gravel_allow(data, length); // when it is emitted once more
    memcpy(outcome->bytes + outcome->bytes_count, data, length);
    outcome->bytes_count += length;
}

void gravel_end(const uint8_t *data, uint32_t length, uint32_t port) {
    send(data, length, port, gravel_emitted);
    end_packet();
}

void gravel_send_copy(const uint8_t *data, uint32_t length, uint32_t port) {
    // A packet that has ended is not there any more to be copied.
    if (GRAVEL_IS_WATCHED && has_ended) gravel_stop(gravel_touched_after_end);
    send(data, length, port, gravel_copied);
}

static const void *interrupted_instruction(const ucontext_t *context) {
#if defined(__x86_64__)
    return (const void *)(uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (const void *)(uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    return NULL;
#endif
}

static struct {
    struct sigaction actions[crash_signal_count];
    stack_t stack;
} handlers_before;
static bool has_handlers;

// The handler that was there before this library's: that of another library, or of the program.
static const struct sigaction *handler_before(int signal_number) {
    for (int i = 0; i < crash_signal_count; i++) {
        const struct sigaction *action = &handlers_before.actions[i];
        if (crash_signals[i] == signal_number && (action->sa_flags & SA_SIGINFO) != 0) return action;
    }
    return NULL;
}

// Runs on a stack of its own, as the middlebox may have used up the other.
static void recover(int signal_number, siginfo_t *information, void *context) {
    if (can_recover) {
        note_places(interrupted_instruction(context));
        siglongjmp(recovery, signal_number);
    }
    // Another thread's: it runs another library, or it crashes as it would have.
    const struct sigaction *before = handler_before(signal_number);
    if (before != NULL) return before->sa_sigaction(signal_number, information, context);
    signal(signal_number, SIG_DFL);
}

static _Alignas(16) uint8_t recovery_stack[1 << 17];

void gravel_enter_thread(void) {
    stack_t stack = {.ss_sp = recovery_stack, .ss_size = sizeof recovery_stack};
    sigaltstack(&stack, NULL);
}

void gravel_enter(void) {
    stack_t stack = {.ss_sp = recovery_stack, .ss_size = sizeof recovery_stack};
    sigaltstack(&stack, &handlers_before.stack);
    struct sigaction action = {.sa_sigaction = recover, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < crash_signal_count; i++)
        sigaction(crash_signals[i], &action, &handlers_before.actions[i]);
    has_handlers = true;
}

void gravel_leave(void) {
    for (int i = 0; i < crash_signal_count; i++)
        sigaction(crash_signals[i], &handlers_before.actions[i], NULL);
    sigaltstack(&handlers_before.stack, NULL);
    has_handlers = false;
}

static uint64_t clock_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void run_one(const struct gravel_arrival *next) {
    under_way = next;
    gravel_now = next->time;
    if (next->operation != NULL) {
        has_ended = false;
        next->operation(next->data);
        return;
    }
    struct packet packet = {next->data, next->length, next->port, next->time};
    begin_packet();
    packet_arrives(&packet);
    hand_back_packet();
}

static void run_all(const struct gravel_arrival *arrivals, uint32_t count) {
    uint64_t start = clock_nanoseconds();
    if (outcome->durations == NULL) {
        for (arrival = 0; arrival < count; outcome->completed = ++arrival)
            run_one(&arrivals[arrival]);
    } else {
        uint64_t before = start;
        for (arrival = 0; arrival < count; outcome->completed = ++arrival) {
            run_one(&arrivals[arrival]);
            uint64_t after = clock_nanoseconds();
            outcome->durations[arrival] = after - before;
            before = after;
        }
    }
    outcome->nanoseconds = clock_nanoseconds() - start;
}

void gravel_run(const struct gravel_arrival *arrivals, uint32_t count, struct gravel_outcome *result) {
    outcome = result;
    outcome->endings_count = outcome->bytes_count = outcome->completed = outcome->nanoseconds = 0;
    outcome->status = gravel_ran;
    outcome->signal = 0;
    outcome->places_count = 0;
    const bool is_alone = !has_handlers;
    if (is_alone) gravel_enter();
    // The mask of signals is as it was: the handler blocks none.
    int signal_number = sigsetjmp(recovery, 0);
    if (signal_number == 0) {
        can_recover = 1;
        run_all(arrivals, count);
    } else if (signal_number != given_up) {
        outcome->status = signal_number == SIGVTALRM ? gravel_endless : gravel_crashed;
        outcome->signal = signal_number;
    }
    can_recover = 0;
    if (outcome->status != gravel_ran) hand_back_packet();
    if (is_alone) gravel_leave();
}

void gravel_use_large_pages(void) {
#if !GRAVEL_IS_WATCHED
    extern uint8_t begins __asm__("__bss_start") __attribute__((visibility("hidden"))); // by the linker
    extern uint8_t ends __asm__("_end") __attribute__((visibility("hidden")));
    const uintptr_t page = 4096;
    uintptr_t start = ((uintptr_t)&begins + page - 1) & ~(page - 1), end = (uintptr_t)&ends & ~(page - 1);
    if (end > start) madvise((void *)start, end - start, MADV_HUGEPAGE);
#endif
}
