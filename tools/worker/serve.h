/* serve.h - the frame of a worker: limits, the lock, the protocol, one call for each file.
 *
 *     static const struct worker w = { .program = "qfzz-read", .warm_up = …, .answer = … };
 *
 *     int main(void) { return worker_serve(&w); }
 */
#ifndef QFZZ_WORKER_SERVE_H
#define QFZZ_WORKER_SERVE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct worker_file {
	uint64_t id;
	int fd;                  /* closed by the frame afterwards */
	const char *name;        /* a hint */
	const uint8_t *audio_id; /* [WORKER_AUDIO_ID] of the sound that is known already, NULL: none */
};

/* Append the reply to a file to out: one JSON object, without a newline. */
typedef void worker_answer(void *user, const struct worker_file *f, struct qf_buf *out);

struct worker {
	const char *program;
	void (*warm_up)(void *user); /* may be NULL: make the libraries open and plan what they will need */
	worker_answer *answer;
	void *user;
};

/* Before the first file: the limits and the lock of sandbox.h, death with the parent; SIGINT is ignored, since the
 * parent decides what it means; stdout and stderr go to /dev/null unless
 * QFZZ_WORKER_DEBUG is set. Returns the exit code: 0 when the parent hung up. */
int worker_serve(const struct worker *w);

/* Open a reply, {"id":N,"ok":…, to be closed with qf_json_close(out, '}'); or write a whole failed one. */
void worker_begin(struct qf_buf *out, uint64_t id, int ok);
void worker_failed(struct qf_buf *out, uint64_t id, const char *class, const char *text);

/* The same for an error: its class is "broken", "unsupported", "limit" (memory too) or "io". */
void worker_refused(struct qf_buf *out, uint64_t id, const struct qf_err *e);

#endif
