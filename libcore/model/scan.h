/* scan.h - the best of a million rows by inner product, exactly, at the price of
 * reading one byte for each number.
 *
 *     qf_codes_set(&codes, row, v)          int8 copies of all rows, once
 *     qf_query_set(&q, p, k)                a user's row, per question
 *     for each tile of rows:
 *         qf_scan(&q, &codes, first, n, about, within);
 *         qf_top_offer(&top, first, n, about, within, barred, &e);
 *     qf_top_close_in(&top);                the few rows among which the best ones are
 *
 * A row v is kept as v_j = scale * (code_j - 128) + r_j, with the length of the rest r
 * beside it; the query as 14 bit integers. By Cauchy and Schwarz the true p.v lies
 * within |p| |r| (and what rounding the query and float32 add) of what the codes say:
 * rows whose upper bound is below the n-th greatest lower bound cannot be among the
 * best n. What is left, a few times n, is scored in float32 by the caller. So the
 * answer is that of a full scan, whatever the factors look like.
 *
 * Integer sums: the same bits with plain C, AVX2 and AVX-512 VNNI. */
#ifndef QF_MODEL_SCAN_H
#define QF_MODEL_SCAN_H

#include "base/err.h"
#include "model/linear.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_CODE_LINE 64   /* bytes: rows of codes are filled up to whole lines */
#define QF_SCAN_TILE 4096 /* rows that a caller does well to scan at once */

static inline size_t qf_code_stride(size_t k)
{
	return (k + QF_CODE_LINE - 1) / QF_CODE_LINE * QF_CODE_LINE;
}

struct qf_codes { /* rows of k numbers; all zero is an empty one. May also be a view of memory from elsewhere */
	size_t rows, k, stride;
	uint8_t *code; /* [rows * stride], 128 means 0; on a line if it was opened here */
	float *scale;  /* [rows] > 0, 0 for a row of zeros */
	float *rest;   /* [rows] length of what the codes leave out */
	void *base;    /* what qf_alloc gave */
};

enum qf_status qf_codes_open(struct qf_codes *c, size_t rows, size_t k, struct qf_err *e); /* all rows 0; QF_ENOMEM */
void qf_codes_set(struct qf_codes *c, size_t row, const float *v); /* v[k], finite */
void qf_codes_close(struct qf_codes *c); /* all zero again */

struct qf_query { /* one row to score against all */
	size_t k;
	int16_t v[QF_RANK_MAX];              /* p_j in units of `step`, -8128 to 8128 */
	int8_t high[QF_RANK_MAX], low[QF_RANK_MAX]; /* v = 64 high + low, for VNNI */
	int32_t offset;                      /* 128 times their sum */
	float step;
	float by_scale, by_rest;             /* the error of a row: by_scale * scale + by_rest * rest */
};

/* p[k], finite, k <= QF_RANK_MAX. */
void qf_query_set(struct qf_query *q, const float *p, size_t k);

/* For the rows first to first + n - 1: about[i] is near p.v, at most within[i] off. */
void qf_scan(const struct qf_query *q, const struct qf_codes *c, size_t first, size_t n, float *about, float *within);

/* The same with the kernel of every x86-64, for tests. */
void qf_scan_plain(const struct qf_query *q, const struct qf_codes *c, size_t first, size_t n, float *about, float *within);

/* --- the best n of what is offered ----------------------------------------- */

struct qf_top_row {
	uint32_t row;
	float about, within;
};

struct qf_top {
	struct qf_top_row *row; /* [n_rows], in the order of the offers: the best n are among them */
	size_t n_rows;
	/* private */
	size_t n, room, floors;
	float *floor, threshold;
};

enum qf_status qf_top_open(struct qf_top *t, size_t n, struct qf_err *e); /* n > 0; QF_ENOMEM */

/* Rows first to first + n - 1; barred[row], if not NULL, is looked at for those that
 * might count only. QF_ENOMEM. */
enum qf_status qf_top_offer(struct qf_top *t, size_t first, size_t n, const float *about, const float *within,
			    const bool *barred, struct qf_err *e);
void qf_top_close_in(struct qf_top *t); /* after the last offer: drop what cannot be among the best n */
void qf_top_close(struct qf_top *t);    /* all zero again */

#endif
