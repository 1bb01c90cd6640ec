#include "features/curve.h"

#include "base/alloc.h"
#include "dsp/stats.h"

#include <math.h>

static int8_t level(double energy)
{
	double lufs = energy > 0 ? 10 * log10(energy) - 0.691 : -INFINITY;

	return (int8_t)lrint(qf_clamp((lufs - QF_CURVE_ZERO) / QF_CURVE_STEP, QF_CURVE_NONE, 127));
}

/* The largest mean of `width` tenths of which the last is one of from..to-1; 0: there is none. */
static double loudest(const double *tenth, size_t from, size_t to, size_t width)
{
	double most = 0;

	for (size_t end = from + 1 > width ? from + 1 : width; end <= to; end++) {
		double sum = 0;

		for (size_t i = end - width; i < end; i++)
			sum += tenth[i];
		most = fmax(most, sum / (double)width);
	}
	return most;
}

enum qf_status qf_curve_draw(const double *tenth, size_t n, struct qf_bytes *out, struct qf_err *e)
{
	if (!n)
		return QF_OK;
	out->v = qf_alloc(2 * QF_CURVE_COLUMNS, 1);
	if (!out->v)
		return qf_fail(e, QF_ENOMEM, "loudness: out of memory for the curve");
	out->n = 2 * QF_CURVE_COLUMNS;
	for (size_t c = 0; c < QF_CURVE_COLUMNS; c++) {
		size_t from = c * n / QF_CURVE_COLUMNS, to = (c + 1) * n / QF_CURVE_COLUMNS;

		to = to > from ? to : from + 1;
		out->v[2 * c] = level(loudest(tenth, from, to, 4));
		out->v[2 * c + 1] = level(loudest(tenth, from, to, 30));
	}
	return QF_OK;
}
