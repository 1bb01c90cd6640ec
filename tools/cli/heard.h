/* heard.h - what the workers of `qfzz features` heard of a track: kept in the catalog, passed on with its row, or told
 * as a failure. */
#ifndef QFZZ_CLI_HEARD_H
#define QFZZ_CLI_HEARD_H

#include "base/arena.h"
#include "catalog/track.h"
#include "cli/batch.h"
#include "cli/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heard { /* of a run; all zero, with the batch set, is ready for use */
	struct batch *batch; /* without a catalog: files of nobody's */
	uint64_t done, failed, known_failures;
	struct qf_arena scratch; /* of one result */
};

struct heard_job { /* a track under way */
	struct qf_pending p; /* id 0: not in the catalog; p.path is owned */
	char *row;           /* owned: to be passed on with the features; NULL: print nothing */
	size_t row_len;
	bool known;          /* the worker was told what was heard before */
};

/* A copy of p and of row (p NULL: none). QF_ENOMEM. */
enum qf_status heard_job_new(struct heard_job **out, const struct qf_pending *p, struct qf_span row, struct qf_err *e);
void heard_job_free(void *job); /* NULL is fine */

/* A worker's answer, its user a heard_job, which is freed. What is wrong with the track is a failure of it; errors are
 * those of the catalog, and QF_ENOMEM. */
enum qf_status heard_take(struct heard *h, const struct pool_result *r, struct qf_err *e);

/* The track cannot be heard: kept, told once, and counted. Errors of the catalog's. */
enum qf_status heard_fail(struct heard *h, const struct heard_job *j, const char *class_name, const char *text, struct qf_err *e);

#endif
