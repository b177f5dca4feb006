// A process of its own for a middlebox that may crash or never end: the counterexamples' confirmation.
//
//     child LIBRARY CONFIGURATION-SYMBOL < steps > outcomes
//
// Standard input and output are streams of little-endian words and bytes:
//     in:   u64 hash key [gravel_hash_words], u32 milliseconds of processor time that a packet may take (0: any), u32 count of
//           ports and u32 each (count 0: any), u32 size and bytes of the configuration, u32 count of areas of memory to tell of
//           and for each where an object lies (i64, from the hash key), i64 where in the object the pointer to the area lies
//           (-1: the object is the area) and u64 size, then steps: u64 time, u32 port, u32 length of the name and u32 length,
//           the name of the control operation (of length 0: it is a packet), the bytes of the packet or argument
//     out:  the areas, then for each step u32 status, i32 signal, u32 count of places and u64 each, u32 count of endings, and for
//           each u32 kind, u32 port, u32 length, the bytes; and, where the step ran to its end, the areas: for each u64 start and
//           u64 size of what has changed in it, and the bytes; at first, what is not zero
// The exit status is 0 also when the middlebox crashed, which the last step tells; 1 with a message when it could not be run at
// all.
//
// Memory outside of the packet is protected: behind its last byte by pages that cannot be touched, so that reading or writing
// there is a crash, and where AddressSanitizer is at work, on both sides of it.
#include "run.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif

enum {
    page = 4096,
    packet_pages = 16 + 1,
    guard_pages = 16 + 1,
    most_endings = 2 * gravel_most_ports,
    longest_name = 1024,
    most_areas = 1024
};

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

#if __has_feature(address_sanitizer)
static gravel_memory_error_function *found_memory_error;

// Called by AddressSanitizer, before it tells people.
void __asan_on_error(void);
void __asan_on_error(void) {
    if (found_memory_error != NULL) found_memory_error(__asan_get_report_address());
}

// Signals are left to the library.
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:handle_abort=0:handle_sigtrap=0";
}
#endif
#if __has_feature(memory_sanitizer)
const char *__msan_default_options(void);
const char *__msan_default_options(void) {
    return "handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:handle_abort=0:handle_sigtrap=0";
}
#endif

// AddressSanitizer can protect memory before a packet only from multiples of 8 on.
#if __has_feature(address_sanitizer)
enum { packet_alignment = 8, argument_alignment = 16 };
#else
enum { packet_alignment = 1, argument_alignment = 16 };
#endif

// The configuration is read-only. It shares its pages with what is not, so that a write is seen only afterwards, by what it has
// changed; and only where AddressSanitizer is at work, as elsewhere the program runs as it is in use.
#if __has_feature(address_sanitizer)
static struct {
    const uint8_t *bytes;
    uint8_t *given;
    uint32_t size;
} configuration_kept;

static void keep_configuration(const uint8_t *bytes, uint32_t size) {
    configuration_kept.bytes = bytes;
    configuration_kept.given = malloc(size);
    configuration_kept.size = size;
    if (size > 0 && configuration_kept.given == NULL) give_up("memory", "cannot be had");
    if (size > 0) memcpy(configuration_kept.given, bytes, size);
}

static int configuration_has_changed(void) {
    return configuration_kept.size > 0 &&
           memcmp(configuration_kept.bytes, configuration_kept.given, configuration_kept.size) != 0;
}
#else
static void keep_configuration(const uint8_t *bytes, uint32_t size) { (void)bytes, (void)size; }
static int configuration_has_changed(void) { return 0; }
#endif

static void limit_time(uint32_t milliseconds) {
    struct itimerval timer = {.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000}};
    if (setitimer(ITIMER_VIRTUAL, &timer, NULL) != 0) give_up("timer", "cannot be set");
}

// The end of memory for one packet, with pages behind it that cannot be touched: as many as a packet can be long.
static uint8_t *packet_memory_end(void) {
    size_t size = (size_t)packet_pages * page, guard = (size_t)guard_pages * page;
    uint8_t *memory = mmap(NULL, size + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + size, guard, PROT_NONE) != 0) give_up("memory", "cannot be had");
    return memory + size;
}

// Leaves only these bytes of the packet's memory to be touched.
static void protect_all_but(uint8_t *memory_end, uint8_t *bytes, uint32_t size) {
#if __has_feature(address_sanitizer)
    size_t before = (size_t)packet_pages * page;
    __asan_poison_memory_region(memory_end - before, before + (size_t)guard_pages * page);
    __asan_unpoison_memory_region(bytes, size);
#else
    (void)memory_end, (void)bytes, (void)size;
#endif
}

static void write_outcome(const struct gravel_outcome *outcome) {
    write_word(outcome->status);
    write_word((uint32_t)outcome->signal);
    write_word(outcome->places_count);
    write_exactly(outcome->places, outcome->places_count * sizeof outcome->places[0]);
    write_word((uint32_t)outcome->endings_count);
    for (uint64_t i = 0; i < outcome->endings_count; i++) {
        const struct gravel_ending *ending = &outcome->endings[i];
        write_word(ending->kind);
        write_word(ending->port);
        write_word(ending->length);
        if (ending->kind != gravel_dropped) write_exactly(outcome->bytes + ending->offset, ending->length);
    }
}

// Memory of the middlebox that who started this process wants to know of.
static struct area {
    const uint8_t *bytes;
    uint8_t *told; // what was there when it was told of last
    uint64_t size;
} areas[most_areas];
static uint32_t areas_count;

static void read_areas(const uint8_t *reference) {
    read_exactly(&areas_count, sizeof areas_count);
    if (areas_count > most_areas) give_up("input", "there are too many areas");
    for (uint32_t i = 0; i < areas_count; i++) {
        int64_t place[2]; // of the object, of the pointer in it
        read_exactly(place, sizeof place);
        struct area *area = &areas[i];
        read_exactly(&area->size, sizeof area->size);
        area->bytes = reference + place[0];
        if (place[1] >= 0) memcpy(&area->bytes, area->bytes + place[1], sizeof area->bytes);
        area->told = calloc(area->size, 1);
        if (area->told == NULL) give_up("memory", "cannot be had");
    }
}

static void write_areas(void) {
    for (uint32_t i = 0; i < areas_count; i++) {
        struct area *area = &areas[i];
        uint64_t start = 0, end = area->size;
        while (start < end && area->bytes[start] == area->told[start])
            start++;
        while (start < end && area->bytes[end - 1] == area->told[end - 1])
            end--;
        uint64_t header[2] = {start, end - start};
        write_exactly(header, sizeof header);
        write_exactly(area->bytes + start, end - start);
        memcpy(area->told + start, area->bytes + start, end - start);
    }
}

int main(int count, char **arguments) {
    if (count != 3) give_up("usage", "child LIBRARY CONFIGURATION-SYMBOL");
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) give_up(arguments[1], dlerror());
    gravel_run_function *run = (gravel_run_function *)symbol(library, GRAVEL_RUN_SYMBOL);
    uint64_t *hash_key = symbol(library, GRAVEL_HASH_KEY_SYMBOL);
    read_exactly(hash_key, gravel_hash_words * sizeof *hash_key);
    uint32_t milliseconds;
    read_exactly(&milliseconds, sizeof milliseconds);
    struct gravel_ports *ports = symbol(library, GRAVEL_PORTS_SYMBOL);
    read_exactly(&ports->count, sizeof ports->count);
    if (ports->count > gravel_most_ports) give_up("input", "there are too many ports");
    read_exactly(ports->numbers, ports->count * sizeof ports->numbers[0]);
    uint32_t configuration_size;
    read_exactly(&configuration_size, sizeof configuration_size);
    uint8_t *configuration = configuration_size > 0 ? symbol(library, arguments[2]) : NULL;
    if (configuration_size > 0) read_exactly(configuration, configuration_size);
    keep_configuration(configuration, configuration_size);
    read_areas((const uint8_t *)hash_key);

#if __has_feature(address_sanitizer)
    found_memory_error = (gravel_memory_error_function *)symbol(library, GRAVEL_MEMORY_ERROR_SYMBOL);
#endif

    static struct gravel_ending endings[most_endings];
    static uint8_t bytes[most_endings * (gravel_longest_packet + 1)];
    uint8_t *memory_end = packet_memory_end();
    write_areas();
    uint64_t time;
    while (fread(&time, 1, sizeof time, stdin) == sizeof time) {
        uint32_t header[3]; // port, length of the name, length
        read_exactly(header, sizeof header);
        char name[longest_name + 1] = "";
        if (header[1] > longest_name || header[2] > gravel_longest_packet) give_up("input", "a packet or a name is too long");
        read_exactly(name, header[1]);
        uint32_t alignment = header[1] > 0 ? argument_alignment : packet_alignment;
        uint32_t room = (header[2] + alignment - 1) / alignment * alignment;
        struct gravel_arrival arrival = {memory_end - room,     header[2],        header[0], time,
                                         gravel_least_headroom, room - header[2], NULL};
        if (header[1] > 0) arrival.operation = (void (*)(const void *))symbol(library, name);
        protect_all_but(memory_end, arrival.data, arrival.length);
        read_exactly(arrival.data, arrival.length);
        struct gravel_outcome outcome = {
            .endings = endings, .endings_capacity = most_endings, .bytes = bytes, .bytes_capacity = sizeof bytes};
        limit_time(milliseconds);
        run(&arrival, 1, &outcome);
        limit_time(0);
        if (outcome.status == gravel_ran && configuration_has_changed()) outcome.status = gravel_memory_error;
        write_outcome(&outcome);
        if (outcome.status == gravel_ran) write_areas();
        if (fflush(stdout) != 0) give_up("output", "cannot be written");
        if (outcome.status != gravel_ran) break;
    }
    while (fread(bytes, 1, sizeof bytes, stdin) > 0) { // who writes must not find the pipe closed
    }
    _exit(0); // not by way of a sanitizer that may have been stopped in the middle
}
