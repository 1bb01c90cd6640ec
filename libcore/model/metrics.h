/* metrics.h - how good a ranked list is, against what was held back.
 *
 * T is the held-out set of one user, ranks count from 1. Equal scores count
 * against the recommender: among them the tracks that were not held back come
 * first, so that a constant score is worth nothing. Mean them over users with at
 * least one held-out track. */
#ifndef QF_MODEL_METRICS_H
#define QF_MODEL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* rank[n] of each held-out track truth[n] (distinct) among the tracks that are not
 * barred (NULL: all count), held-out ones never being barred:
 *     1 + others with a higher score + others not held out with the same score
 *       + held-out ones with the same score and a lower number. */
void qf_metrics_ranks(const double *score, size_t items, const bool *barred, const uint32_t *truth, size_t n, size_t *rank);

/* Of the ranks of all n > 0 held-out tracks: hits in the first k by n, and by
 * min(k, n) ("calibrated": what the papers of Mult-VAE and iALS call recall). */
double qf_metrics_recall(const size_t *rank, size_t n, size_t k);
double qf_metrics_crecall(const size_t *rank, size_t n, size_t k);

/* sum over hits in the first k of 1 / log2(rank + 1), by the same sum for the best
 * list: hits at 1 to min(k, n). Jarvelin, Kekalainen, TOIS 2002, binary gain. */
double qf_metrics_ndcg(const size_t *rank, size_t n, size_t k);

#endif
