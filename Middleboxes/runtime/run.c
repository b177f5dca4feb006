// The loop that feeds a middlebox: the contract stands in run.h.
#include "run.h"
#include "ending.h"
#include "runtime.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <time.h>

extern void packet_arrives(struct packet *packet); // the middlebox

static const struct gravel_arrival *under_way;
static uint32_t arrival; // the index of `under_way` in its batch
static struct gravel_outcome *outcome;

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
enum { crash_signal_count = sizeof crash_signals / sizeof crash_signals[0] };
enum { given_up = -1 }; // instead of a signal's number

static _Thread_local volatile sig_atomic_t can_recover;
static _Thread_local sigjmp_buf recovery;

// Leaves the middlebox there and then: it may be in a loop that never ends.
static _Noreturn void give_up(enum gravel_status status) {
    outcome->status = status;
    siglongjmp(recovery, given_up);
}

static struct gravel_ending *next_ending(void) {
    if (outcome->endings_count == outcome->endings_capacity) give_up(gravel_too_many_endings);
    struct gravel_ending *ending = &outcome->endings[outcome->endings_count++];
    *ending = (struct gravel_ending){.arrival = arrival};
    return ending;
}

void gravel_end_dropped(void) { next_ending()->is_drop = 1; }

void gravel_end(const uint8_t *data, uint32_t length, uint32_t port) {
    uintptr_t memory = (uintptr_t)under_way->data - under_way->headroom;
    uintptr_t memory_end = (uintptr_t)under_way->data + under_way->length + under_way->tailroom;
    uintptr_t start = (uintptr_t)data;
    if (start < memory || start > memory_end || length > memory_end - start) give_up(gravel_outside_packet);
    struct gravel_ending *ending = next_ending();
    ending->port = port;
    ending->length = length;
    if (outcome->bytes == NULL) return;
    if (length > outcome->bytes_capacity - outcome->bytes_count) {
        outcome->endings_count--;
        give_up(gravel_too_many_endings);
    }
    ending->offset = outcome->bytes_count;
    memcpy(outcome->bytes + outcome->bytes_count, data, length);
    outcome->bytes_count += length;
}

// Runs on a stack of its own, as the middlebox may have used up the other.
static void recover(int signal_number) {
    if (can_recover) siglongjmp(recovery, signal_number);
    signal(signal_number, SIG_DFL); // another thread's: it crashes as it would have
}

struct handlers {
    struct sigaction actions[crash_signal_count];
    stack_t stack;
};

static _Alignas(16) uint8_t recovery_stack[1 << 16];

static void install_handlers(struct handlers *before) {
    stack_t stack = {.ss_sp = recovery_stack, .ss_size = sizeof recovery_stack};
    sigaltstack(&stack, &before->stack);
    struct sigaction action = {.sa_handler = recover, .sa_flags = SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < crash_signal_count; i++)
        sigaction(crash_signals[i], &action, &before->actions[i]);
}

static void restore_handlers(const struct handlers *before) {
    for (int i = 0; i < crash_signal_count; i++)
        sigaction(crash_signals[i], &before->actions[i], NULL);
    sigaltstack(&before->stack, NULL);
}

static uint64_t clock_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void run_all(const struct gravel_arrival *arrivals, uint32_t count) {
    uint64_t clock = outcome->durations != NULL ? clock_nanoseconds() : 0;
    for (arrival = 0; arrival < count; arrival++) {
        under_way = &arrivals[arrival];
        gravel_now = under_way->time;
        struct packet packet = {under_way->data, under_way->length, under_way->port, under_way->time};
        packet_arrives(&packet);
        outcome->completed = arrival + 1;
        if (outcome->durations != NULL) {
            uint64_t later = clock_nanoseconds();
            outcome->durations[arrival] = later - clock;
            clock = later;
        }
    }
}

void gravel_run(const struct gravel_arrival *arrivals, uint32_t count, struct gravel_outcome *result) {
    outcome = result;
    outcome->endings_count = outcome->bytes_count = outcome->completed = 0;
    outcome->status = gravel_ran;
    outcome->signal = 0;
    struct handlers before;
    install_handlers(&before);
    int signal_number = sigsetjmp(recovery, 1);
    if (signal_number == 0) {
        can_recover = 1;
        run_all(arrivals, count);
    } else if (signal_number != given_up) {
        outcome->status = gravel_crashed;
        outcome->signal = signal_number;
    }
    can_recover = 0;
    restore_handlers(&before);
}
