/* fitting.h - a model of a lesson: trained whole, or an earlier one with what is new folded in;
 * and how good it is. */
#ifndef QFZZ_CLI_FITTING_H
#define QFZZ_CLI_FITTING_H

#include "base/err.h"
#include "cli/learned.h"
#include "cli/lesson.h"
#include "model/ials.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_fitted { /* all zero is an empty one */
	struct qf_pairs x;
	struct qf_ials *m;     /* of the lesson's users and items; NULL with ease */
	struct qf_matrix gram; /* of its items */
	struct qf_ease ease;   /* of its items, if the settings say so */
};

struct cli_fitting {
	const struct cli_settings *s;
	uint64_t seed;
	const struct cli_earlier *earlier;  /* begin there, or NULL */
	size_t epochs_before, epochs_in_all; /* of the progress bar */
};

/* A model that was stored: where a warm start and an update begin. */
struct cli_earlier { /* all zero is an empty one */
	struct qf_vectors track, map, played;
	size_t changed; /* pairs folded in since it was trained whole */
};
enum qf_status cli_earlier_open(struct cli_earlier *w, struct qf_catalog *c, const struct qf_model_row *row, struct qf_err *e);
void cli_earlier_free(struct cli_earlier *w);

/* What settings mean to ials.h, with the jobs that were asked for. */
struct qf_ials_params cli_ials_params(const struct cli_settings *s, uint64_t seed);

/* All epochs, without what the lesson holds back if `checking`. To be freed also after an error. */
enum qf_status cli_fit(struct cli_fitted *t, const struct cli_lesson *d, const struct cli_fitting *f, bool checking, struct qf_err *e);

struct cli_folded {
	size_t tracks; /* solved anew, since their listeners have changed, or they are new */
	size_t pairs;  /* that came or went since the earlier model; at least */
};

/* From the tracks of the earlier model, those that changed since folded in first (qf_ials_update). Nothing is left
 * to chance. */
enum qf_status cli_fit_update(struct cli_fitted *t, const struct cli_lesson *d, const struct cli_fitting *f, struct cli_folded *n,
			      struct qf_err *e);
void cli_fitted_free(struct cli_fitted *t);

struct cli_check {
	size_t users;
	double recall, ndcg, popularity; /* sums over users: recall@20, NDCG@100, recall@20 of popularity */
};

/* Train without each user's newest track and look where it comes in the user's list, for 1,000 users at most. */
enum qf_status cli_fit_check(struct cli_check *k, const struct cli_lesson *d, const struct cli_fitting *f, struct qf_err *e);

#endif
