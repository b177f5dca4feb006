// A process of its own for a middlebox that may crash or never end: the counterexamples' confirmation.
//
//     child LIBRARY CONFIGURATION-SYMBOL < steps > outcomes
//
// Standard input and output are streams of little-endian words and bytes:
//     in:   u64 hash key [2], u32 size and bytes of the configuration, then steps: u64 time, u32 port, u32 length, the bytes
//     out:  for each step u32 status, i32 signal, u32 count of endings, and for each u32 is_drop, u32 port, u32 length, the bytes
// The exit status is 0 also when the middlebox crashed, which the last step tells; 1 with a message when it could not be run at
// all.
//
// The memory behind a packet's last byte is protected, so that reading or writing there is a crash.
#include "run.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { page = 4096, packet_pages = 16 + 1, headroom = 256, most_endings = 64, longest_packet = 65535 };

static void give_up(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void read_exactly(void *target, size_t size) {
    if (fread(target, 1, size, stdin) != size) give_up("input", "ends too early");
}

static void write_exactly(const void *source, size_t size) {
    if (fwrite(source, 1, size, stdout) != size) give_up("output", "cannot be written");
}

static void write_word(uint32_t word) { write_exactly(&word, sizeof word); }

static void *symbol(void *library, const char *name) {
    void *address = dlsym(library, name);
    if (address == NULL) give_up(name, "is not in the library");
    return address;
}

// The end of memory for one packet, with a page behind it that cannot be touched.
static uint8_t *packet_memory_end(void) {
    size_t size = (size_t)packet_pages * page;
    uint8_t *memory = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + size, page, PROT_NONE) != 0) give_up("memory", "cannot be had");
    return memory + size;
}

static void write_outcome(const struct gravel_outcome *outcome) {
    write_word(outcome->status);
    write_word((uint32_t)outcome->signal);
    write_word((uint32_t)outcome->endings_count);
    for (uint64_t i = 0; i < outcome->endings_count; i++) {
        const struct gravel_ending *ending = &outcome->endings[i];
        write_word(ending->is_drop);
        write_word(ending->port);
        write_word(ending->length);
        if (!ending->is_drop) write_exactly(outcome->bytes + ending->offset, ending->length);
    }
    if (fflush(stdout) != 0) give_up("output", "cannot be written");
}

int main(int count, char **arguments) {
    if (count != 3) give_up("usage", "child LIBRARY CONFIGURATION-SYMBOL");
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) give_up(arguments[1], dlerror());
    gravel_run_function *run = (gravel_run_function *)symbol(library, GRAVEL_RUN_SYMBOL);
    read_exactly(symbol(library, GRAVEL_HASH_KEY_SYMBOL), 2 * sizeof(uint64_t));
    uint32_t configuration_size;
    read_exactly(&configuration_size, sizeof configuration_size);
    if (configuration_size > 0) read_exactly(symbol(library, arguments[2]), configuration_size);

    static struct gravel_ending endings[most_endings];
    static uint8_t bytes[most_endings * (longest_packet + 1)];
    uint8_t *memory_end = packet_memory_end();
    uint64_t time;
    while (fread(&time, 1, sizeof time, stdin) == sizeof time) {
        uint32_t header[2]; // port, length
        read_exactly(header, sizeof header);
        if (header[1] > longest_packet) give_up("input", "a packet is too long");
        struct gravel_arrival arrival = {memory_end - header[1], header[1], header[0], time, headroom, 0};
        read_exactly(arrival.data, arrival.length);
        struct gravel_outcome outcome = {
            .endings = endings, .endings_capacity = most_endings, .bytes = bytes, .bytes_capacity = sizeof bytes};
        run(&arrival, 1, &outcome);
        write_outcome(&outcome);
        if (outcome.status != gravel_ran) break;
    }
    while (fread(bytes, 1, sizeof bytes, stdin) > 0) { // who writes must not find the pipe closed
    }
    return 0;
}
