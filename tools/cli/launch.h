/* launch.h - starting a worker for one order: a process of its own, with the descriptors it needs and no other. */
#ifndef QFZZ_CLI_LAUNCH_H
#define QFZZ_CLI_LAUNCH_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

#define LAUNCH_FDS 32

struct launch {
	const char *path;    /* of the program (pool_find_program()) */
	struct qf_buf *order; /* what it reads as its standard input */
	int out;             /* its standard output */
	const int *fds;      /* [n], 3 … in the worker; its standard error is ours */
	size_t n;            /* at most LAUNCH_FDS - 2 */
};

/* All descriptors stay the caller's. QF_EIO, QF_ENOMEM. */
enum qf_status launch(pid_t *pid, const struct launch *l, struct qf_err *e);

#endif
