/* pool_worker.h - inside the pool: one worker process and the socket to it.
 *
 * It knows what was sent to the worker and not yet answered, by sequence number, in
 * order; the first of these is the one that the worker is on. */
#ifndef QFZZ_CLI_POOL_WORKER_H
#define QFZZ_CLI_POOL_WORKER_H

#include "base/buf.h"
#include "base/err.h"
#include "worker/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pool_worker {
	int program;   /* 0 or 1: which of the pool's programs runs in this place */
	pid_t pid;     /* 0: not running */
	int fd;        /* -1 likewise */
	bool greeted;
	bool spent;    /* it gets no more files, and is replaced when it has answered for those that it has */
	size_t rss;    /* bytes of memory when it greeted */
	size_t files;  /* sent since it was started */
	uint64_t queue[2 * WORKER_BATCH];
	size_t first, queued;
	uint64_t answered; /* the last one; UINT64_MAX: none yet */
	double since;  /* when the one that it is on began, on the caller's clock */
	struct qf_buf in;
	size_t line;   /* bytes at the front of in that the last line took */
	size_t looked; /* bytes behind that known to hold no newline */
	bool eof;      /* nothing more will come */
};

struct pool_item { /* one file to send */
	uint64_t id;
	int fd;
	const char *name; /* at most WORKER_NAME bytes */
	unsigned cpu_s;
	const uint8_t *audio_id; /* [WORKER_AUDIO_ID], all zero: none */
};

/* Start the program at path. QF_EIO when the system refuses, QF_ENOMEM. */
enum qf_status pool_worker_start(struct pool_worker *w, const char *path, struct qf_err *e);

/* Send 1 to WORKER_BATCH files and queue them; there must be room in the queue. False
 * when the worker takes nothing any more: then nothing was queued. */
bool pool_worker_send(struct pool_worker *w, const struct pool_item *items, size_t n);

/* Take in what has come, without waiting. QF_ENOMEM. */
enum qf_status pool_worker_take(struct pool_worker *w, struct qf_err *e);

/* The next whole line of what was taken in; false: none yet, or too long (*flood). Valid until the next call. */
bool pool_worker_line(struct pool_worker *w, struct qf_span *line, bool *flood);

uint64_t pool_worker_pop(struct pool_worker *w); /* the first of the queue, which is not empty */

size_t pool_worker_rss(const struct pool_worker *w); /* bytes of memory now; 0: cannot tell */

/* End it and collect it; gives its wait status. `gently` lets an idle worker leave by
 * itself for up to a second. The queue stays for the caller to empty. */
int pool_worker_end(struct pool_worker *w, bool gently);

#endif
