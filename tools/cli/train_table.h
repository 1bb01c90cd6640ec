/* train_table.h - the training of qfzz train on a table in place of the catalog, so that its
 * speed and its factors can be looked at on public data. */
#ifndef QFZZ_CLI_TRAIN_TABLE_H
#define QFZZ_CLI_TRAIN_TABLE_H

#include "base/err.h"
#include "cli/learned.h"

#include <stddef.h>
#include <stdint.h>

struct cli_table_training {
	const char *path;    /* as tools/cli/tsv.h reads it */
	const char *factors; /* write them there: side ("user" or "item"), name and numbers a line, tabs between; or NULL */
	const struct cli_settings *s;
	uint64_t seed;
	int64_t now;
};

/* Train and print a row model.v1; with cli.dry_run only read and say what would be trained. An interrupt ends it
 * without a file. Errors of tsv.h and ials.h; QF_ENOTFOUND for an empty table. */
enum qf_status cli_train_table(const struct cli_table_training *t, struct qf_err *e);

#endif
