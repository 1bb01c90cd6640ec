/* sandbox.h - what a worker may do once it is locked in: read what it was handed, answer, and think.
 *
 *     sandbox_limit(0);             // first of all
 *     … warm up: open what the libraries will want to open …
 *     how = sandbox_lock();         // no way back
 *     for each file: sandbox_cpu(seconds); …
 *
 * Limits hold everywhere: 1 GiB of address space, no file may grow (or only so far), no core file, a few
 * descriptors, no new process (not for root, whom the kernel does not bind), processor time for each file.
 * The lock is two walls of the kernel's, each put up where it exists:
 *
 *   seccomp   system calls that decoding needs, and no other: whoever tries to
 *             fork, connect or send a signal is killed at once. To open a file by name is answered with
 *             "no such file", because libraries look for their settings as they go.
 *   Landlock  (Linux 5.13) an empty set of rules: no file, no folder, no port.
 *
 * No lock under AddressSanitizer or valgrind, which need more, nor with QFZZ_SANDBOX=off. */
#ifndef QFZZ_WORKER_SANDBOX_H
#define QFZZ_WORKER_SANDBOX_H

#include <stdint.h>

/* Files may grow to so many bytes; 0: none may. */
void sandbox_limit(uint64_t file_bytes);

/* What stands now, as the greeting names it (static):
 *   "full"     seccomp and Landlock
 *   "seccomp"  a kernel without Landlock
 *   "limits"   a kernel without seccomp filters: only the limits hold
 *   "off"      not wanted */
const char *sandbox_lock(void);

/* From now on this process may use so many more seconds of processor time (rounded up), then
 * SIGXCPU ends it. 0: as many as it likes. */
void sandbox_cpu(unsigned seconds);

#endif
