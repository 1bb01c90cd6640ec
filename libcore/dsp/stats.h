/* stats.h - sums with a fixed order, so that the same input gives the same bits
 * whatever the compiler makes of the loops. */
#ifndef QF_DSP_STATS_H
#define QF_DSP_STATS_H

#include <math.h>
#include <stddef.h>

#define QF_PI 3.14159265358979323846 /* C11 itself has no name for it */

/* Mean and standard deviation of values that come one by one. All zero is empty. */
struct qf_stat {
	size_t n;
	double sum, squares;
};

static inline void qf_stat_add(struct qf_stat *s, double x)
{
	s->n++;
	s->sum += x;
	s->squares += x * x;
}

double qf_stat_mean(const struct qf_stat *s); /* NaN when empty */
double qf_stat_sd(const struct qf_stat *s);   /* of the population (divided by n); NaN when empty */

/* Sum of a[i] * b[i] over n values, in four interleaved partial sums. */
float qf_dot(const float *a, const float *b, size_t n);

/* x held within lo..hi; NaN becomes lo. */
static inline double qf_clamp(double x, double lo, double hi)
{
	return x > lo ? (x < hi ? x : hi) : lo;
}

/* 1 / (1 + e^-x) */
static inline double qf_logistic(double x)
{
	return 1 / (1 + exp(-x));
}

#endif
