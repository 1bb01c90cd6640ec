/* tsv.h - listening from plain tables, so that public data sets are read without a catalog.
 *
 * A line is USER, ITEM and, if there are, WEIGHT and TIME (seconds since 1970), with tabs
 * between them, or with commas where the line has no tab; more columns are left alone, empty
 * lines and those that begin with '#' are skipped. A first line whose first column begins with
 * "user" or "uid" is the heading. Anything else that cannot be read ends the reading: a
 * measurement on half of the data would be worth nothing. */
#ifndef QFZZ_CLI_TSV_H
#define QFZZ_CLI_TSV_H

#include "base/err.h"
#include "cli/names.h"
#include "model/listens.h"
#include "model/split.h"

#include <stdbool.h>
#include <stddef.h>

struct cli_rows { /* all zero is an empty one */
	struct qf_listen *l;
	size_t n, room;
	bool times; /* any has one */
	double *score; /* [n] of cli_tsv_scores() only: that of row i has the place l[i].at */
	size_t score_room;
};

/* Call fn with each line of a file; names get numbers as they are met. Anything but QF_OK from fn
 * ends the walk. Errors as below. */
enum qf_status cli_tsv_walk(const char *path, bool weights, struct cli_names *users, struct cli_names *items,
			    enum qf_status (*fn)(void *arg, const struct qf_listen *l, struct qf_err *e), void *arg, struct qf_err *e);

/* Append what a file says; names get numbers as they are met. without weights: the third and
 * later columns are not looked at. QF_EIO, QF_EFORMAT with file and line, QF_ENOMEM. */
enum qf_status cli_tsv_read(struct cli_rows *rows, const char *path, bool weights, struct cli_names *users, struct cli_names *items,
			    struct qf_err *e);

/* Lists of candidates: USER and any number of ITEMs a line. "(USER,ITEM)" in the first column is a user
 * and a candidate, as the files of "Neural collaborative filtering" (He et al. 2017) have it. */
enum qf_status cli_tsv_candidates(struct cli_rows *rows, const char *path, struct cli_names *users, struct cli_names *items,
				  struct qf_err *e);

/* Scores of another recommender: USER, ITEM and SCORE, higher is better; without a score the lines of a user are in
 * order, the best first. A pair that stands twice is QF_EFORMAT at cli_tsv_scored(). */
enum qf_status cli_tsv_scores(struct cli_rows *rows, const char *path, struct cli_names *users, struct cli_names *items,
			      struct qf_err *e);

/* Those rows, settled, as a table of users[n_users]; its arrays are the caller's to qf_free(). */
enum qf_status cli_tsv_scored(struct qf_scores *out, const struct cli_rows *rows, const char *path, size_t n_users, struct qf_err *e);

/* What is known of the items: ITEM, NAME and, if there is, WEIGHT. Rows have the item as user and the name
 * as item; lines about other items than those of `items` are left out. */
enum qf_status cli_tsv_features(struct cli_rows *rows, const char *path, const struct cli_names *items, struct cli_names *features,
				struct qf_err *e);

/* Give users and items the numbers of their order by name, in every one of rows[n], and put these in order. */
enum qf_status cli_tsv_settle(struct cli_rows *const *rows, size_t n, struct cli_names *users, struct cli_names *items, struct qf_err *e);

void cli_rows_free(struct cli_rows *rows);

#endif
