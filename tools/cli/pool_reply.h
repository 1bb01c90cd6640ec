/* pool_reply.h - inside the pool: what a worker's lines say, and how a worker ended. Nothing in a line is
 * believed unchecked. */
#ifndef QFZZ_CLI_POOL_REPLY_H
#define QFZZ_CLI_POOL_REPLY_H

#include "base/err.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct pool_verdict { /* on one file */
	bool ok;
	char class[24];         /* !ok: as pool.h says */
	char text[QF_ERR_TEXT]; /* !ok: one sentence */
};

void pool_verdict_set(struct pool_verdict *v, const char *class, const char *text); /* not ok */

/* Whether another decoder may do better: "unsupported", "broken", "limit" and "crashed". */
bool pool_verdict_may_retry(const struct pool_verdict *v);

/* Both programs failed: the graver class, both sentences. One for which the first was "unsupported" is
 * the second's affair alone. */
void pool_verdict_join(struct pool_verdict *second, const struct pool_verdict *first);

/* The worker called `name` ended with this wait status, so many seconds after it began with the file. */
void pool_verdict_ended(struct pool_verdict *v, const char *name, int status, double after_s);

struct pool_greeting {
	char worker[64], sandbox[16];
	int64_t protocol;
};

bool pool_reply_greeting(struct qf_span line, struct pool_greeting *out);
bool pool_reply_is_for(struct qf_span line, uint64_t id);

/* NULL, or what is wrong with the line as the answer to file id; then *v is not changed. */
const char *pool_reply_read(struct qf_span line, uint64_t id, struct pool_verdict *v);

#endif
