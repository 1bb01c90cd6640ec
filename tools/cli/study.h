/* study.h - the listening that is measured on, from files or from the catalog, and what is
 * known of its tracks. */
#ifndef QFZZ_CLI_STUDY_H
#define QFZZ_CLI_STUDY_H

#include "base/err.h"
#include "catalog/catalog.h"
#include "cli/names.h"
#include "cli/tsv.h"
#include "model/interactions.h"
#include "model/split.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_files { /* what --train and the like name; NULL: not given */
	const char *train, *fold_in, *held_out, *candidates, *features, *scores;
};

struct cli_study { /* all zero is an empty one */
	struct cli_names users, items; /* items: of files only */
	struct cli_rows train, fold_in, held_out, candidates, scored;
	struct qf_scores scores;       /* users 0: none */
	size_t n_items;
	uint64_t *item_key;            /* [n_items] */
	float *features;               /* [n_items * dim] of length 1 or 0, or NULL */
	size_t dim;
	struct qf_interactions vector; /* items x dimensions, for the distance of two tracks */
	struct qf_interactions class;  /* items x classes, for calibration; rows 0: none */
};

/* From files; users and items are numbered by their names. features: the names that the most items have become
 * dimensions, 256 at most, each log(1 + weight) log(items / items that have it), and all names are classes.
 * Without features two tracks are compared by who has them (of many users some 2,000). To be freed also after an error, as below.
 * Errors of tsv.h. */
enum qf_status cli_study_from_files(struct cli_study *s, const struct cli_files *f, struct qf_err *e);

/* From the events of the catalog up to `now`: every track is an item, features are the embeddings, classes the genres or
 * (eras) the decades. A skip takes a play away again, what is disliked at the end is left out. */
enum qf_status cli_study_from_catalog(struct cli_study *s, struct qf_catalog *c, int64_t now, bool eras, struct qf_err *e);

/* A test split of it: the given one if there are held-out files, else one by the rules (their keys are filled in). */
enum qf_status cli_study_split(struct qf_task *t, const struct cli_study *s, const struct qf_split_rules *rules, struct qf_err *e);

/* The train part of a task split again: for choosing numbers without a look at the test. */
enum qf_status cli_study_again(struct qf_task *t, const struct cli_study *s, const struct qf_task *from, const struct qf_split_rules *rules,
			       struct qf_err *e);

void cli_study_free(struct cli_study *s);

/* For study_catalog.c and study.c: vectors of `dim` numbers as the rows of a matrix, and who has each item. */
enum qf_status cli_dense_rows(struct qf_interactions *out, const float *v, size_t rows, size_t dim, struct qf_err *e);
enum qf_status cli_who_has(struct qf_interactions *out, const struct cli_study *s, struct qf_err *e);

#endif
