/* prune.h - a model of factors for a small device: int8 rows, the most played ones as far as they fit.
 *
 * The file: "QFM1", then k and the number of rows (uint32, little endian), then for each row the track's number
 * (uint32), its scale (float32) and k int8 codes; the factor is scale times code. */
#ifndef QF_PLAN_PRUNE_H
#define QF_PLAN_PRUNE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_PRUNE_HEAD 12 /* bytes */
#define QF_PRUNE_TOP 10  /* tracks of a list, for recall */

struct qf_small { /* rows of an int8 model */
	size_t n, k;
	float *scale; /* [n] */
	int8_t *code; /* [n * k] */
	bool *keep;   /* [n] */
	size_t kept;
};

static inline size_t qf_small_row(size_t k)
{
	return 8 + k;
}

/* Codes of factor[n * stride], k of each row, and of them the rows to keep within `bytes` of a file: those of the greatest weight[n], then
 * by number. Rows without any factor (all zero) and rows of negative weight are never kept. To be freed, also after an error. QF_ENOMEM. */
enum qf_status qf_small_make(struct qf_small *s, const float *factor, size_t n, size_t k, size_t stride, const float *weight,
			     int64_t bytes, struct qf_err *e);
void qf_small_free(struct qf_small *s);

/* Of the QF_PRUNE_TOP best rows for p[k] by the factors how many (0 to 1) are among as many by codes, of kept rows alone if `pruned`; rows that
 * are barred[n] (may be NULL) are not looked at. NaN: there are no rows. */
double qf_small_recall(const struct qf_small *s, const float *factor, size_t stride, const float *p, const bool *barred, bool pruned);

/* The file, appended; id[n] are the tracks' numbers. QF_EINVAL: one of them is no uint32; QF_ENOMEM. */
enum qf_status qf_small_put(struct qf_buf *out, const struct qf_small *s, const int64_t *id, struct qf_err *e);

#endif
