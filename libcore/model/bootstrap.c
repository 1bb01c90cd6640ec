#include "model/bootstrap.h"

#include "base/alloc.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void qf_means(const double *value, size_t n, size_t columns, double *mean)
{
	for (size_t c = 0; c < columns; c++) {
		double sum = 0, users = 0;

		for (size_t i = 0; i < n; i++)
			if (!isnan(value[i * columns + c])) {
				sum += value[i * columns + c];
				users++;
			}
		mean[c] = users > 0 ? sum / users : (double)NAN;
	}
}

static int rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Between the two values that enclose the share q of a sorted row. */
static double quantile(const double *v, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[i];
}

/* Values without NaN, and 1 where there was one to count: plain sums, which vectorize. */
struct plain {
	double *v, *w;     /* [n * columns] */
	double *sum, *got; /* [columns] */
};

static void close_plain(struct plain *p)
{
	qf_free(p->v);
	qf_free(p->w);
	qf_free(p->sum);
	qf_free(p->got);
}

static enum qf_status open_plain(struct plain *p, const double *value, size_t n, size_t columns, struct qf_err *e)
{
	p->v = qf_alloc(n, columns * sizeof *p->v);
	p->w = qf_alloc(n, columns * sizeof *p->w);
	p->sum = qf_alloc(columns, sizeof *p->sum);
	p->got = qf_alloc(columns, sizeof *p->got);
	if (!p->v || !p->w || !p->sum || !p->got) {
		close_plain(p);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu x %zu values", n, columns);
	}
	for (size_t i = 0; i < n * columns; i++) {
		p->w[i] = !isnan(value[i]);
		p->v[i] = isnan(value[i]) ? 0 : value[i];
	}
	return QF_OK;
}

/* The sums of one sample: first how often each user is drawn, then one pass in their order. */
static void draw(struct plain *p, double *times, size_t n, size_t columns, uint64_t key)
{
	memset(times, 0, n * sizeof *times);
	for (size_t i = 0; i < n; i++)
		times[qf_random_below(key, i, (uint32_t)n)]++;
	memset(p->sum, 0, columns * sizeof *p->sum);
	memset(p->got, 0, columns * sizeof *p->got);
	for (size_t i = 0; i < n; i++) {
		const double *v = p->v + i * columns, *w = p->w + i * columns;

		for (size_t c = 0; times[i] > 0 && c < columns; c++) {
			p->sum[c] += times[i] * v[c];
			p->got[c] += times[i] * w[c];
		}
	}
}

enum qf_status qf_bootstrap(const double *value, size_t n, size_t columns, size_t resamples, uint64_t seed, double *low,
			    double *high, struct qf_err *e)
{
	struct plain p = { 0 };
	double *mean = qf_alloc(resamples, columns * sizeof *mean); /* [columns][resamples] */
	double *times = qf_alloc(n, sizeof *times);
	size_t got;

	if (!mean || !times || open_plain(&p, value, n, columns, e)) {
		qf_free(mean);
		qf_free(times);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu resamples", resamples);
	}
	for (size_t r = 0; r < resamples; r++) {
		draw(&p, times, n, columns, qf_mix64(seed + r));
		for (size_t c = 0; c < columns; c++)
			mean[c * resamples + r] = p.got[c] > 0 ? p.sum[c] / p.got[c] : (double)NAN;
	}
	for (size_t c = 0; c < columns; c++) {
		double *row = mean + c * resamples;

		got = 0;
		for (size_t r = 0; r < resamples; r++)
			if (!isnan(row[r]))
				row[got++] = row[r];
		qsort(row, got, sizeof *row, rising);
		low[c] = got ? quantile(row, got, 0.025) : (double)NAN;
		high[c] = got ? quantile(row, got, 0.975) : (double)NAN;
	}
	close_plain(&p);
	qf_free(mean);
	qf_free(times);
	return QF_OK;
}

/* The sums with the signs that the bits of a toss give. */
static void toss(struct plain *p, size_t n, size_t columns, uint64_t (*bits)(uint64_t seed, uint64_t word), uint64_t seed)
{
	memset(p->sum, 0, columns * sizeof *p->sum);
	for (size_t i = 0; i < n; i++) {
		double sign = bits(seed, i / 64) >> i % 64 & 1 ? -1 : 1;

		for (size_t c = 0; c < columns; c++)
			p->sum[c] += sign * p->v[i * columns + c];
	}
}

static uint64_t counted(uint64_t seed, uint64_t word)
{
	(void)word;
	return seed;
}

enum qf_status qf_permutation(const double *difference, size_t n, size_t columns, size_t resamples, uint64_t seed, double *p,
			      struct qf_err *e)
{
	struct plain t = { 0 };
	bool exact = n < 32 && (size_t)1 << n <= resamples;
	size_t tosses = exact ? (size_t)1 << n : resamples;
	double *seen, *far;

	if (open_plain(&t, difference, n, columns, e))
		return e->code;
	seen = t.got;
	far = p;
	toss(&t, n, columns, counted, 0);
	memcpy(seen, t.sum, columns * sizeof *seen);
	memset(far, 0, columns * sizeof *far);
	for (size_t r = 0; r < tosses; r++) {
		toss(&t, n, columns, exact ? counted : qf_random, exact ? r : qf_mix64(seed + r));
		for (size_t c = 0; c < columns; c++) /* sums in another order may differ in their last bits */
			far[c] += fabs(t.sum[c]) >= fabs(seen[c]) * (1 - 1e-12);
	}
	for (size_t c = 0; c < columns; c++) {
		size_t applies = 0;

		for (size_t i = 0; i < n; i++)
			applies += t.w[i * columns + c] > 0;
		p[c] = applies == 0 ? (double)NAN : exact ? far[c] / (double)tosses : (far[c] + 1) / (double)(tosses + 1);
	}
	close_plain(&t);
	return QF_OK;
}
