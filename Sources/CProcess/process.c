#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int limit_memory(int process, unsigned long long bytes) {
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
    return prlimit(process, RLIMIT_AS, &limit, NULL);
}

int has_ended(int process) {
    siginfo_t information = {0};
    if (waitid(P_PID, (id_t)process, &information, WEXITED | WNOHANG | WNOWAIT) != 0) return 1;
    return information.si_pid == process;
}

int stay_on_processor(unsigned number) {
    cpu_set_t usable, one;
    if (sched_getaffinity(getpid(), sizeof usable, &usable) != 0) return -1;
    number %= (unsigned)CPU_COUNT(&usable);
    int processor = 0;
    while (!CPU_ISSET(processor, &usable) || number-- > 0)
        processor++;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    return sched_setaffinity(0, sizeof one, &one); // of the thread that calls
}

static int stop_pipe[2];
static volatile sig_atomic_t is_told;

static void note_stop(int signal_number) {
    if (is_told) { // once more: what it is at does not end
        signal(signal_number, SIG_DFL);
        raise(signal_number);
        return;
    }
    is_told = 1;
    int before = errno;
    if (write(stop_pipe[1], "", 1) < 0) { /* it is full: whoever waits is told already */
    }
    errno = before;
}

int stop_descriptor(void) {
    if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    struct sigaction action = {.sa_handler = note_stop, .sa_flags = SA_RESTART};
    if (sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0) return -1;
    return stop_pipe[0];
}

int die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL); }

/* Segments that nobody may write to are as they are in the file: what is forgotten of them comes back when it is read. */
static int forget_segments(struct dl_phdr_info *library, size_t size, void *part_of_name) {
    const uintptr_t page = 4096;
    (void)size;
    if (!strstr(library->dlpi_name, (const char *)part_of_name)) return 0;
    for (int i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        uintptr_t start = library->dlpi_addr + segment->p_vaddr;
        uintptr_t first = (start + page - 1) & ~(page - 1), end = (start + segment->p_memsz) & ~(page - 1);
        if (first < end) madvise((void *)first, end - first, MADV_DONTNEED);
    }
    return 0;
}

void forget_library(const char *part_of_name) { dl_iterate_phdr(forget_segments, (void *)part_of_name); }
