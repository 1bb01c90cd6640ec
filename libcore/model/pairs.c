/* Everything happens in the memory of the triples: they are brought into order by user (each
 * is put where its row is, which moves it once), the rows by item, equal pairs are added up,
 * and then a word at the front replaces the triple further on. */
#include "model/pairs.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum qf_status check(const struct qf_triple *t, size_t n, size_t users, size_t items, struct qf_err *e)
{
	if (users > 1U << QF_PAIR_BITS || items > 1U << QF_PAIR_BITS)
		return qf_fail(e, QF_ELIMIT, "%zu users and %zu tracks: more than %u of either cannot be learned from", users, items,
			       1U << QF_PAIR_BITS);
	for (size_t i = 0; i < n; i++) {
		if (t[i].user >= users || t[i].item >= items)
			return qf_fail(e, QF_EINVAL, "pairs: triple %zu is outside of %zu x %zu", i, users, items);
		if (!isfinite(t[i].weight) || t[i].weight <= 0)
			return qf_fail(e, QF_EINVAL, "pairs: triple %zu weighs %g", i, (double)t[i].weight);
	}
	return QF_OK;
}

/* --- order ----------------------------------------------------------------- */

static int by_item(const void *a, const void *b)
{
	const struct qf_triple *x = a, *y = b;

	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	return x->weight < y->weight ? -1 : x->weight > y->weight;
}

static void sort_row(struct qf_triple *t, size_t n)
{
	size_t i = 1;

	while (i < n && by_item(&t[i - 1], &t[i]) <= 0)
		i++;
	if (i < n)
		qsort(t, n, sizeof *t, by_item);
}

/* next[rows] begins as the places of the rows. */
static void gather_rows(struct qf_triple *t, const size_t *at, size_t *next, size_t rows)
{
	for (size_t r = 0; r < rows; r++)
		while (next[r] < at[r + 1]) {
			struct qf_triple x = t[next[r]];

			while (x.user != r) {
				struct qf_triple *home = &t[next[x.user]++], y = *home;

				*home = x;
				x = y;
			}
			t[next[r]++] = x;
		}
}

/* Rows in order, at[rows + 1] where they are. */
static enum qf_status sort(struct qf_triple *t, size_t n, size_t *at, size_t rows, struct qf_err *e)
{
	size_t *next = qf_alloc(rows, sizeof *next);

	if (!next)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu users", rows);
	for (size_t i = 0; i < n; i++)
		at[t[i].user + 1]++;
	for (size_t r = 0; r < rows; r++) {
		at[r + 1] += at[r];
		next[r] = at[r];
	}
	gather_rows(t, at, next, rows);
	qf_free(next);
	for (size_t r = 0; r < rows; r++)
		sort_row(t + at[r], at[r + 1] - at[r]);
	return QF_OK;
}

/* --- confidences ----------------------------------------------------------- */

struct levels {
	float *level; /* [QF_PAIR_LEVELS] */
	size_t n;     /* different ones so far; more than there is room for: only lo and hi are kept */
	float lo, hi;
};

/* The number of values in v[n], rising, that are less than x. */
static size_t below(const float *v, size_t n, float x)
{
	size_t from = 0;

	while (n) {
		size_t half = n / 2;

		if (v[from + half] < x) {
			from += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return from;
}

static void meet(struct levels *l, float c)
{
	size_t at;

	if (l->n == 0 || c < l->lo)
		l->lo = c;
	if (l->n == 0 || c > l->hi)
		l->hi = c;
	if (l->n > QF_PAIR_LEVELS)
		return;
	at = below(l->level, l->n, c);
	if (at < l->n && l->level[at] <= c) /* it is known */
		return;
	if (l->n++ < QF_PAIR_LEVELS) {
		memmove(l->level + at + 1, l->level + at, (l->n - 1 - at) * sizeof *l->level);
		l->level[at] = c;
	}
}

/* Add equal pairs of a row, the lesser weights first, and turn the sums to confidences. */
static void merge(struct qf_triple *t, struct qf_pairs *p, double scale, double eps, struct levels *l)
{
	size_t to = 0;

	for (size_t r = 0; r < p->rows; r++) {
		size_t i = p->at[r], end = p->at[r + 1];

		p->at[r] = to;
		while (i < end) {
			struct qf_triple x = t[i];
			double sum = 0;

			for (; i < end && t[i].item == x.item; i++)
				sum += (double)t[i].weight;
			x.weight = (float)(1 + scale * log1p(sum / eps));
			meet(l, x.weight);
			t[to++] = x;
		}
	}
	p->at[p->rows] = p->n = to;
}

/* level[] and the places between: bound[i] parts level[i] from the next one. */
static size_t settle(struct levels *l, float *bound)
{
	size_t n = l->n < QF_PAIR_LEVELS ? l->n : QF_PAIR_LEVELS;

	if (l->n > QF_PAIR_LEVELS)
		for (size_t i = 0; i < n; i++)
			l->level[i] = (float)((double)l->lo * exp((double)i / (double)(n - 1) * log((double)l->hi / (double)l->lo)));
	for (size_t i = 0; i + 1 < n; i++)
		bound[i] = l->n > n ? (float)sqrt((double)l->level[i] * (double)l->level[i + 1]) : l->level[i];
	return n;
}

static void pack(struct qf_pairs *p, const struct qf_triple *t, const float *bound, size_t levels)
{
	for (size_t i = 0; i < p->n; i++) {
		uint32_t level = levels ? (uint32_t)below(bound, levels - 1, t[i].weight) : 0, cell = level << QF_PAIR_BITS | t[i].item;

		memcpy(p->cell + i, &cell, sizeof cell); /* the memory of t[i / 3], which has been read */
	}
}

/* --- building -------------------------------------------------------------- */

enum qf_status qf_pairs_build(struct qf_pairs *out, struct qf_triple *t, size_t n, size_t users, size_t items, double scale,
			      double eps, struct qf_err *e)
{
	struct levels l = { .level = out->level };
	float bound[QF_PAIR_LEVELS];
	uint32_t *less;

	memset(out, 0, sizeof *out);
	if (check(t, n, users, items, e)) {
		qf_free(t);
		return e->code;
	}
	out->cell = (void *)t;
	out->rows = users;
	out->cols = items;
	out->at = qf_zalloc(users + 1, sizeof *out->at);
	if (!out->at || sort(t, n, out->at, users, e)) {
		qf_pairs_free(out);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu users", users);
	}
	merge(t, out, scale, eps, &l);
	pack(out, t, bound, settle(&l, bound));
	less = qf_realloc(out->cell, out->n, sizeof *less);
	if (less)
		out->cell = less;
	return QF_OK;
}

enum qf_status qf_pairs_transpose(struct qf_pairs *out, const struct qf_pairs *in, struct qf_err *e)
{
	*out = *in;
	out->rows = in->cols;
	out->cols = in->rows;
	out->at = qf_zalloc(out->rows + 2, sizeof *out->at);
	out->cell = qf_alloc(in->n, sizeof *out->cell);
	if (!out->at || !out->cell) {
		qf_pairs_free(out);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu pairs", in->n);
	}
	for (size_t i = 0; i < in->n; i++) /* row r counts two places on, so that filling it moves at[r + 1] to its end */
		out->at[qf_pairs_col(in, i) + 2]++;
	for (size_t r = 0; r < out->rows; r++)
		out->at[r + 2] += out->at[r + 1];
	for (size_t r = 0; r < in->rows; r++)
		for (size_t i = in->at[r]; i < in->at[r + 1]; i++)
			out->cell[out->at[qf_pairs_col(in, i) + 1]++] = (in->cell[i] >> QF_PAIR_BITS << QF_PAIR_BITS) | (uint32_t)r;
	return QF_OK;
}

size_t qf_pairs_longest(const struct qf_pairs *p)
{
	size_t most = 0;

	for (size_t r = 0; r < p->rows; r++)
		if (qf_pairs_count(p, r) > most)
			most = qf_pairs_count(p, r);
	return most;
}

void qf_pairs_row(const struct qf_pairs *p, size_t row, uint32_t *col, float *confidence)
{
	for (size_t i = p->at[row]; i < p->at[row + 1]; i++) {
		*col++ = qf_pairs_col(p, i);
		*confidence++ = qf_pairs_confidence(p, i);
	}
}

void qf_pairs_free(struct qf_pairs *p)
{
	qf_free(p->at);
	qf_free(p->cell);
	memset(p, 0, sizeof *p);
}
