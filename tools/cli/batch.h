/* batch.h - how a tool writes to the catalog: in transactions of bounded size, with one
 * row of `run` for the whole of it, and showing a row only once it is committed, so that
 * what was printed is what is kept. */
#ifndef QFZZ_CLI_BATCH_H
#define QFZZ_CLI_BATCH_H

#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch { /* all zero, with the first three set, is ready for use */
	struct qf_catalog *catalog;
	size_t max;  /* records in a transaction; a second of time ends it as well */
	int64_t now; /* seconds since the epoch, of the run's start */
	struct qf_buf rows; /* whole rows, newline behind each: printed by the commit */
	int64_t run;
	bool open;
	double began;
	size_t n;
};

/* Be in a transaction. The first one writes the run's row. Errors of qf_catalog_begin(). */
enum qf_status batch_begin(struct batch *b, struct qf_err *e);

/* One record is done: commit if that is due. */
enum qf_status batch_count(struct batch *b, struct qf_err *e);
enum qf_status batch_commit(struct batch *b, struct qf_err *e); /* fine without a transaction */

/* Close the run (if it wrote anything) with its exit code and a sentence, and commit. */
enum qf_status batch_end(struct batch *b, int code, const char *summary, struct qf_err *e);

/* Rolls back what is not committed, frees the rows; the catalog stays open. */
void batch_free(struct batch *b);

#endif
