/* serve.h - the frame of a worker: limits, the protocol, one call for each file.
 *
 *     int main(void) { return worker_serve("qfzz-read", answer, &state); }
 */
#ifndef QFZZ_WORKER_SERVE_H
#define QFZZ_WORKER_SERVE_H

#include "base/buf.h"

#include <stdint.h>

/* Append the reply to a file to out: one JSON object, without a newline. fd is closed by the
 * frame afterwards. name is a hint. */
typedef void worker_answer(void *user, uint64_t id, int fd, const char *name, struct qf_buf *out);

/* Before the first file: no core files, no file may be written, at most 2 GiB of
 * memory (not under a sanitizer), death with the parent; SIGINT is ignored, since the
 * parent decides what it means; stdout and stderr go to /dev/null unless
 * QFZZ_WORKER_DEBUG is set. Returns the exit code: 0 when the parent hung up. */
int worker_serve(const char *program, worker_answer *answer, void *user);

/* Open a reply, {"id":N,"ok":…, to be closed with qf_json_close(out, '}'); or write a whole failed one. */
void worker_begin(struct qf_buf *out, uint64_t id, int ok);
void worker_failed(struct qf_buf *out, uint64_t id, const char *class, const char *text);

#endif
