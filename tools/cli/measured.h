/* measured.h - what qfzz evaluate found, as rows evaluation.v1 and evaluation-user.v1. */
#ifndef QFZZ_CLI_MEASURED_H
#define QFZZ_CLI_MEASURED_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/models.h"
#include "cli/names.h"
#include "model/evaluate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_study_shown { /* what all rows of a run have in common */
	const char *split;
	const size_t *k; /* [n_k] */
	size_t n_k;
	uint64_t seed;   /* of split, bootstrap and the first training */
	size_t seeds;    /* trainings of an engine that goes by chance */
	size_t resamples;
	bool groups;     /* rows for groups of users as well */
	const struct cli_names *users;
};

struct cli_measured { /* one model; all zero is an empty one */
	struct cli_model model;
	struct qf_buf label;
	struct qf_measured m; /* over seeds: the mean of each value */
	double *by_seed;      /* [seeds * columns] means over users */
	size_t seeds;
};

/* Take one more seed's values in; frees `one`. QF_ENOMEM. */
enum qf_status cli_measured_add(struct cli_measured *to, struct qf_measured *one, struct qf_err *e);
void cli_measured_mean(struct cli_measured *m); /* once all are in */
void cli_measured_free(struct cli_measured *m);

/* Row(s) to stdout; `first` (may be the same, or NULL) is the model that it is compared with. set is "test" or "validation".
 * QF_ENOMEM. */
enum qf_status cli_measured_show(const struct cli_study_shown *shown, const struct qf_task *t, const char *set, const struct cli_measured *m,
				 const struct cli_measured *first, struct qf_err *e);

/* A row for each user, appended. */
void cli_measured_users(struct qf_buf *out, const struct cli_study_shown *shown, const struct qf_task *t, const struct cli_measured *m);

/* The column of "ndcg@100"; SIZE_MAX if there is none. */
size_t cli_measured_column(const struct cli_study_shown *shown, const char *name);

#endif
