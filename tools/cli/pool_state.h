/* pool_state.h - inside the pool: what pool.c, pool_answers.c and pool_turns.c share.
 *
 * Jobs live in a ring, by sequence number, from the one whose result is due next to the
 * newest. A job waits, is with a worker, or is done; results leave from the front of
 * the ring only, which is what keeps the order. A worker that is lost gives its queue
 * back: the first job of it has failed, the others wait again. A job that failed with the
 * first program waits once more, for the second.
 *
 * Each program has as many places for workers as may work at the same time; a place is
 * only given work while fewer than that are busy in all. */
#ifndef QFZZ_CLI_POOL_STATE_H
#define QFZZ_CLI_POOL_STATE_H

#include "cli/pool.h"
#include "cli/pool_reply.h"
#include "cli/pool_worker.h"

#include <limits.h>
#include <poll.h>

#define POOL_START_TRIES 8                   /* in a row, in vain */
#define POOL_PARKED_MAX ((size_t)64 << 20)   /* bytes of replies that wait for an earlier one */

enum job_state { JOB_WAITS, JOB_SENT, JOB_DONE };

struct job {
	enum job_state state;
	int fd; /* -1 once done */
	char name[WORKER_NAME + 1];
	struct pool_limit limit;
	uint8_t audio_id[WORKER_AUDIO_ID];
	void *user;
	int program;  /* that it waits for or is with */
	bool retried; /* it was with a worker that was lost for something before it */
	struct pool_verdict v, first; /* first: the first program's, once it is with the second */
	char *reply; /* owned */
	size_t reply_n;
};

struct pool {
	struct pool_opts o;
	char path[2][PATH_MAX];  /* of the programs */
	struct job *ring;        /* [cap], by sequence number % cap */
	size_t cap, parked;
	size_t waiting[2];       /* jobs, for each program */
	uint64_t first, next; /* due next; to be given to the next job */
	bool handed_out;      /* the first one's result is with the caller */
	struct pool_worker *workers; /* [n_workers], those of the second program behind the others */
	struct pollfd *polls;
	int n_workers;
	bool unsealed, warned;
	int unsent;           /* sendings in a row that failed */
	int started_in_vain;  /* workers in a row that went before they greeted */
	double clock;         /* when the workers were last looked at */
};

double pool_now_s(void);                             /* on a clock that only goes forward */
struct job *pool_job(struct pool *p, uint64_t id);   /* the one with this sequence number */
const char *pool_name_of(const struct pool *p, const struct pool_worker *w); /* of its program */

/* ---- pool_answers.c: what comes back, and what becomes of a worker that is of no more use ---- */

/* What the worker has said, or that it is gone. QF_EIO, QF_ENOMEM, QF_EUNSUPPORTED: fatal. */
enum qf_status pool_take_replies(struct pool *p, struct pool_worker *w, struct qf_err *e);

/* End it. Its current job fails with v (NULL: the fault is not that job's), the others wait again. */
void pool_lose(struct pool *p, struct pool_worker *w, const struct pool_verdict *v);
void pool_lose_for(struct pool *p, struct pool_worker *w, const char *class, const char *text);

/* It did not live to greet: that is no file's fault, but it cannot go on like that. QF_EIO when it is too often. */
enum qf_status pool_stillborn(struct pool *p, const struct pool_worker *w, const char *text, struct qf_err *e);

/* ---- pool_turns.c: work for the workers, and their time ---- */

enum qf_status pool_dispatch(struct pool *p, struct qf_err *e); /* to all that should have some. As pool_take_replies() */

/* Hand out work, take in answers, keep the time. Waits only if `wait`. As pool_take_replies() */
enum qf_status pool_turn(struct pool *p, bool wait, struct qf_err *e);

#endif
