/* evaluate.h - every case of a split asked of an engine, every metric at every cut-off, user
 * by user.
 *
 *     qf_evaluate(&m, &task, kind, state, &how, &e);
 *     m.value[c * m.columns + column]      of case c; NaN where it does not apply
 *     qf_measured_free(&m);
 *
 * For each case the engine's scores of all candidates (what is not in the history, or the
 * given candidates) are ranked as metrics.h says. A case with nothing in its history gets
 * popularity from every engine that goes by histories. */
#ifndef QF_MODEL_EVALUATE_H
#define QF_MODEL_EVALUATE_H

#include "base/err.h"
#include "model/engine.h"
#include "model/split.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one user. p_i is the share of train's users that have track i, at least one; popularity
 * of a track is how many have it.
 *
 *     recall crecall precision hr ndcg mrr map    as in metrics.h
 *     novelty       mean over the list of -log2 p_i             (bits)
 *     arp           mean popularity of the list
 *     pl            arp by the mean popularity of the user's history, less 1: 0 = as popular as what the
 *                   user plays (popularity lift: Abdollahpouri et al., RecSys 2019 workshops)
 *     ild           mean over pairs of the list of 1 - cosine of their vectors; one track: no pair
 *     calibration   KL(p || q~) in nats, p the classes of the history, q~ = 0.99 q + 0.01 p, q those of
 *                   the list (Steck, RecSys 2018); 0: the same mix
 *     recall_head recall_mid recall_tail    recall of those held-out tracks alone that belong to the
 *                   most played tracks which together have a third of all plays, to those of the
 *                   next third, to the rest
 *     tail          share of the list that belongs to that rest */
enum qf_metric {
	QF_RECALL, QF_CRECALL, QF_PRECISION, QF_HR, QF_NDCG, QF_MRR, QF_MAP, QF_NOVELTY, QF_ARP, QF_PL, QF_ILD, QF_CALIBRATION,
	QF_RECALL_HEAD, QF_RECALL_MID, QF_RECALL_TAIL, QF_TAIL, QF_METRICS
};
extern const char *const qf_metric_name[QF_METRICS];

struct qf_evaluation { /* how to measure; all borrowed */
	const size_t *k; /* [n_k] cut-offs, rising, each >= 1 */
	size_t n_k;
	size_t jobs;
	const struct qf_interactions *vector; /* items x dimensions, for ild: rows need not be of length 1; NULL: no ild */
	const struct qf_interactions *class;  /* items x classes, for calibration: the shares of a track; NULL: none */
	bool (*progress)(void *arg, size_t done, size_t cases); /* from any thread; false stops; may be NULL */
	void *arg;
};

struct qf_measured { /* all zero is an empty one */
	size_t cases, columns; /* columns = n_k * QF_METRICS: column k * QF_METRICS + metric */
	double *value;         /* [cases * columns] */
	size_t n_k, items;
	double *coverage, *gini; /* [n_k] of all lists together, see metrics.h */
	bool complete;         /* false: progress stopped it */
};

/* QF_ENOMEM and errors of the engine. To be freed also after an error. */
enum qf_status qf_evaluate(struct qf_measured *m, const struct qf_task *t, const struct qf_engine_kind *kind, void *state,
			   const struct qf_evaluation *how, struct qf_err *e);
void qf_measured_free(struct qf_measured *m);

#endif
