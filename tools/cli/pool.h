/* pool.h - worker processes, from the side of the parent.
 *
 *     struct pool_opts o = { .program = "qfzz-read", .workers = 2, .batch = 32 };
 *     pool_open(&p, &o, &e);
 *     for (;;) {
 *             while (more files && pool_has_room(p))
 *                     pool_submit(p, fd, name, 10, track, &e);
 *             if (pool_next(p, true, &r, &got, &e) != QF_OK || !got) break;
 *             ... r.user, r.ok, r.object ...
 *     }
 *     pool_close(p);
 *
 * Results come in the order of submission, whatever the number of workers. A
 * worker that dies, hangs or lies costs the one file that it was on: that file's
 * result says so, and the other files of its batch go to a new worker. Memory and
 * descriptors are bounded: pool_has_room() turns false. One thread only. */
#ifndef QFZZ_CLI_POOL_H
#define QFZZ_CLI_POOL_H

#include "base/buf.h"
#include "base/err.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct pool; /* opaque */

struct pool_opts {
	const char *program; /* "qfzz-read": found in QFZZ_LIBEXEC, else in ../libexec/qfzz beside this program's folder */
	int workers;         /* processes, 1 to 256 */
	int batch;           /* files sent at once, 1 to 32: many where a file takes a millisecond, 1 where it takes a second */
	const volatile sig_atomic_t *interrupted; /* may be NULL; once not 0, pool_next() no longer waits */
	void (*drop)(void *user); /* may be NULL; pool_close() gives it each user whose result was not handed out */
};

struct pool_result {
	void *user;
	bool ok;
	const char *class;     /* !ok: "format", …, as the worker says, or "crashed" (it died or lied), "limit" (it took too long) */
	const char *text;      /* !ok: one sentence */
	struct qf_span object; /* the reply, a checked JSON object; empty when the worker did not live to send one */
};

/* Workers are started when there is work for them. QF_EINVAL, QF_ENOMEM, QF_EIO
 * when the program is not there or cannot be run. */
enum qf_status pool_open(struct pool **out, const struct pool_opts *o, struct qf_err *e);

bool pool_has_room(const struct pool *p);
size_t pool_outstanding(const struct pool *p); /* submitted, result not yet handed out */

/* Give one open file to the pool, which owns and closes fd from here on, also after an
 * error. name is a hint for the decoder (copied; its last bytes count). deadline_s:
 * wall seconds that this one file may take. QF_ELIMIT without room, QF_ENOMEM, QF_EIO. */
enum qf_status pool_submit(struct pool *p, int fd, const char *name, double deadline_s, void *user, struct qf_err *e);

/* The next result in the order of submission. *got is false when nothing is
 * outstanding, when `wait` is false and it is not there yet, or when *interrupted
 * was set. What r points to is valid until the next call. QF_EIO and QF_ENOMEM are fatal:
 * a worker could not be started, or memory ran out. */
enum qf_status pool_next(struct pool *p, bool wait, struct pool_result *r, bool *got, struct qf_err *e);

/* Ends and reaps all workers, closes everything that was submitted. NULL is fine. */
void pool_close(struct pool *p);

#endif
