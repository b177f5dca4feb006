#ifndef CPROCESS_H
#define CPROCESS_H

/* No header of the system here: what Swift sees must not hang on feature macros. */

/* The process is killed when the thread that started it ends, however that comes. Swift does not see functions with "...". */
int die_with_parent(void);

/* What another process may take from the machine; 0 when it is limited. */
int limit_memory(int process, unsigned long long bytes);

/* Whether a process that this one started runs no longer, waited for or not. */
int has_ended(int process);

/* The thread that calls runs on one processor from now on: the one of this number, from 0, among those that the process may use,
   counted round where there are fewer. -1: the system does not allow it. */
int stay_on_processor(unsigned number);

/* A file descriptor that can be read once the process has been told to end, by SIGINT or SIGTERM; it does not end by itself any
   more, but when it is told again. -1: there is none. To be called once. */
int stop_descriptor(void);

/* Gives back the memory that the libraries took when they were loaded, which have this in their names. */
void forget_library(const char *part_of_name);

#endif
