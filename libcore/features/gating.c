#include "features/gating.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK 4   /* tenths: 400 ms */
#define WINDOW 30 /* tenths: 3 s */
#define RELATIVE_BLOCK 0.1   /* -10 LU */
#define RELATIVE_WINDOW 0.01 /* -20 LU */

static double lufs(double energy)
{
	return 10 * log10(energy) - 0.691;
}

static double absolute_gate(void)
{
	return pow(10, (-70 + 0.691) / 10);
}

static double mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

/* The mean of all blocks that are at least `gate`; NaN if there is none. */
static double gated_mean(const double *tenth, size_t n, double gate)
{
	double sum = 0;
	size_t count = 0;

	for (size_t i = 0; i + BLOCK <= n; i++) {
		double energy = mean(tenth + i, BLOCK);

		if (energy >= gate) {
			sum += energy;
			count++;
		}
	}
	return count ? sum / (double)count : NAN;
}

double qf_gating_integrated(const double *tenth, size_t n)
{
	double gate = absolute_gate(), loud = gated_mean(tenth, n, gate);

	if (isnan(loud))
		return NAN;
	return lufs(gated_mean(tenth, n, fmax(gate, loud * RELATIVE_BLOCK)));
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Windows over the absolute gate, in time order; returns how many. */
static size_t loud_windows(const double *tenth, size_t n, double *out)
{
	double gate = absolute_gate();
	size_t count = 0;

	for (size_t i = 0; i + WINDOW <= n; i++) {
		double energy = mean(tenth + i, WINDOW);

		if (energy >= gate)
			out[count++] = energy;
	}
	return count;
}

enum qf_status qf_gating_range(const double *tenth, size_t n, double *out, struct qf_err *e)
{
	double *w = qf_alloc(n, sizeof *w), gate;
	size_t count, first = 0;

	*out = NAN;
	if (!w)
		return qf_fail(e, QF_ENOMEM, "loudness: out of memory for the range");
	count = loud_windows(tenth, n, w);
	if (count) {
		gate = mean(w, count) * RELATIVE_WINDOW;
		qsort(w, count, sizeof *w, by_size);
		while (w[first] < gate) /* ends: the largest is not under the mean */
			first++;
		count -= first;
		*out = lufs(w[first + (size_t)((double)(count - 1) * 0.95 + 0.5)]) -
		       lufs(w[first + (size_t)((double)(count - 1) * 0.10 + 0.5)]);
	}
	qf_free(w);
	return QF_OK;
}
