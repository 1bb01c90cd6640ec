/* pool.h - worker processes, from the side of the parent.
 *
 *     struct pool_opts o = { .program = "qfzz-read", .workers = 2, .batch = 32 };
 *     pool_open(&p, &o, &e);
 *     for (;;) {
 *             while (more files && pool_has_room(p))
 *                     pool_submit(p, fd, name, limit, track, &e);
 *             if (pool_next(p, true, &r, &got, &e) != QF_OK || !got) break;
 *             ... r.user, r.ok, r.object ...
 *     }
 *     pool_close(p);
 *
 * Results come in the order of submission, whatever the number of workers. A
 * worker that dies, hangs or lies costs the one file that it was on: that file's
 * result says so, and the other files of its batch go to a new worker. With a second
 * program, a file that the first died of, was too slow for or refused as "unsupported" or
 * "broken" goes to the second, once. Memory and
 * descriptors are bounded: pool_has_room() turns false. A worker is replaced after 500 files, and when it has
 * grown by 64 MiB since its start. One thread only. */
#ifndef QFZZ_CLI_POOL_H
#define QFZZ_CLI_POOL_H

#include "base/buf.h"
#include "base/err.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool; /* opaque */

struct pool_opts {
	const char *program; /* "qfzz-read": found in QFZZ_LIBEXEC, else in ../libexec/qfzz beside this program's folder */
	const char *second;  /* for what the first gives up; NULL: none. Found likewise */
	int workers;         /* processes at work at the same time, 1 to 256 */
	int batch;           /* files sent at once, 1 to 32: many where a file takes a millisecond, 1 where it takes a second */
	bool require_sandbox; /* a worker that no seccomp filter holds is fatal; QFZZ_SANDBOX=require says the same */
	const volatile sig_atomic_t *interrupted; /* may be NULL; once not 0, pool_next() no longer waits */
	void (*drop)(void *user); /* may be NULL; pool_close() gives it each user whose result was not handed out, or NULL */
};

struct pool_limit { /* of one file */
	double wall_s;
	unsigned cpu_s; /* the worker's processor time; 0: any */
};

struct pool_result {
	void *user;
	bool ok;
	const char *class;     /* !ok: "broken", …, as the worker says, or "crashed" (it died or lied), "limit" (it took too long) */
	const char *text;      /* !ok: one sentence, of each worker that had it: which, what happened, after how long */
	struct qf_span object; /* ok: the reply, a checked JSON object */
};

/* The path of a worker's program: in QFZZ_LIBEXEC, else in ../libexec/qfzz beside this program's folder. QF_EIO when it is not there. */
enum qf_status pool_find_program(const char *program, char path[PATH_MAX], struct qf_err *e);

/* Workers are started when there is work for them. QF_EINVAL, QF_ENOMEM, QF_EIO
 * when the program is not there or cannot be run. */
enum qf_status pool_open(struct pool **out, const struct pool_opts *o, struct qf_err *e);

bool pool_has_room(const struct pool *p);
size_t pool_outstanding(const struct pool *p); /* submitted, result not yet handed out */

/* Give one open file to the pool, which owns and closes fd from here on, also after an
 * error; user stays the caller's after one. name is a hint for the decoder (copied; its last bytes
 * count). QF_ELIMIT without room, QF_ENOMEM, QF_EIO. */
enum qf_status pool_submit(struct pool *p, int fd, const char *name, struct pool_limit limit, void *user, struct qf_err *e);

/* The same for a file whose sound may be known already, under this audio id [WORKER_AUDIO_ID] (NULL: not). What a
 * worker makes of that is its own affair. */
enum qf_status pool_submit_known(struct pool *p, int fd, const char *name, struct pool_limit limit, const uint8_t *audio_id, void *user,
				 struct qf_err *e);

/* The next result in the order of submission. *got is false when nothing is
 * outstanding, when `wait` is false and it is not there yet, or when *interrupted
 * was set. What r points to is valid until the next call. QF_EIO, QF_ENOMEM and
 * QF_EUNSUPPORTED are fatal: a worker could not be started, memory ran out, or there is no
 * sandbox and one is required. */
enum qf_status pool_next(struct pool *p, bool wait, struct pool_result *r, bool *got, struct qf_err *e);

/* Say on stderr, once, that only their limits hold the workers, if it is so: the kernel has no seccomp
 * filters. (A sandbox that was switched off is no news.) */
void pool_warn(struct pool *p);

/* Ends and reaps all workers, closes everything that was submitted. NULL is fine. */
void pool_close(struct pool *p);

#endif
