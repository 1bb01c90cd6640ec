/* intake.h - files go to the tag readers, what they say goes into the catalog.
 *
 * Replies are stored in the order in which the files were submitted, in transactions of bounded size. One file's
 * trouble is a row of `failure` and, the first time, a line on stderr. */
#ifndef QFZZ_CLI_INTAKE_H
#define QFZZ_CLI_INTAKE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "catalog/vanish.h"
#include "cli/batch.h"
#include "cli/pool.h"
#include "cli/walk.h"

#include <stdbool.h>
#include <stdint.h>

struct intake { /* all zero, with the first five set, is ready for intake_open() */
	struct qf_catalog *catalog; /* NULL: a dry run without a catalog */
	const char *dataset_name;   /* to put every file into; may be NULL */
	bool follow;                /* symbolic links */
	bool require_sandbox;       /* of the workers, see pool.h */
	int64_t now;                /* seconds since the epoch */
	struct batch batch;
	struct pool *pool;
	int64_t dataset, first_new; /* tracks after number first_new are new in this run */
	struct qf_arena scratch;
	struct { uint64_t files, added, changed, moved, back, gone, failed, known_failures, unchanged; } count;
};

struct intake_file {
	int64_t root;
	const char *path; /* absolute; copied */
	size_t rel;       /* where in path the part behind the root begins */
	struct qf_looks looks;
	int64_t known_id;    /* of the track that it is, 0: what the path says */
	bool had_failure;
	struct qf_span row;  /* to be passed on once it is stored, or empty; copied */
};

enum qf_status intake_open(struct intake *in, struct qf_err *e);
void intake_close(struct intake *in); /* what is not committed is lost; the catalog stays open */

/* Be in a transaction, the dataset known. */
enum qf_status intake_begin(struct intake *in, struct qf_err *e);

/* Have a file read and stored. */
enum qf_status intake_submit(struct intake *in, const struct intake_file *f, struct qf_err *e);

/* Wait for all that were submitted and store them. */
enum qf_status intake_drain(struct intake *in, struct qf_err *e);

/* Put a known track into the dataset of this run, if there is one. */
enum qf_status intake_into_dataset(struct intake *in, int64_t track, struct qf_err *e);

#endif
