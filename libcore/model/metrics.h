/* metrics.h - how good a ranked list is, against what was held back.
 *
 * T is the held-out set of one user, n > 0 its size, ranks count from 1, k >= 1 is the
 * cut-off. Equal scores count against the recommender: among them the tracks that were
 * not held back come first, then the lower number, so that a constant score is worth
 * nothing. Mean them over users with at least one held-out track. */
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

/* The same order as a list of the first `most` > 0 candidates, and the ranks of the held-out
 * tracks in it: list[most], hit[most] rising. mark[items] says of each track what it is; a
 * score that is not a number is never shown. Returns the length of the list. */
enum { QF_CANDIDATE = 1, QF_HELD_OUT = 2 /* of the candidates */ };
size_t qf_metrics_list(const double *score, size_t items, const uint8_t *mark, size_t most, uint32_t *list, size_t *hit,
		       size_t *hits);

/* All below: rank[hits] of those held-out tracks whose rank is known, rising for mrr and map;
 * the others count as never found.
 *
 *     recall     hits in the first k / n            (LightGCN, implicit)
 *     crecall    hits in the first k / min(k, n)    ("calibrated": what the papers of Mult-VAE and iALS call recall)
 *     precision  hits in the first k / k
 *     hr         1 if there is any
 *     ndcg       sum over hits of 1 / log2(rank + 1), by the same sum for hits at 1 to min(k, n)
 *                (Jarvelin, Kekalainen, TOIS 2002, binary gain)
 *     mrr        1 / rank of the first hit
 *     map        sum over hits of (hits so far / rank), by min(k, n) */
double qf_metrics_recall(const size_t *rank, size_t hits, size_t n, size_t k);
double qf_metrics_crecall(const size_t *rank, size_t hits, size_t n, size_t k);
double qf_metrics_precision(const size_t *rank, size_t hits, size_t n, size_t k);
double qf_metrics_hr(const size_t *rank, size_t hits, size_t n, size_t k);
double qf_metrics_ndcg(const size_t *rank, size_t hits, size_t n, size_t k);
double qf_metrics_mrr(const size_t *rank, size_t hits, size_t n, size_t k);
double qf_metrics_map(const size_t *rank, size_t hits, size_t n, size_t k);

/* Of how often each of n items was shown: the share that was shown at all, and
 *     gini = sum_i (2 i - n - 1) x_i / (n sum x),  x rising, i from 1:
 * 0 when all are shown alike, (n - 1) / n when one alone is; NaN when nothing is shown.
 * gini sorts shown[n]. */
double qf_metrics_coverage(const uint32_t *shown, size_t n);
double qf_metrics_gini(uint32_t *shown, size_t n);

#endif
