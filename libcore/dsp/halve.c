#include "dsp/halve.h"

#include "dsp/stats.h"
#include "dsp/wide.h"

#include <math.h>
#include <string.h>

void qf_halve_init(struct qf_halve *h, int taps)
{
	double half = (taps + 1) / 2.0, sum = 0;

	memset(h, 0, sizeof *h);
	h->side = (size_t)(taps + 1) / 2;
	for (size_t i = 0; i < h->side; i++) {
		double t = 2 * (double)i - (taps - 1) / 2;
		double window = 0.42 + 0.5 * cos(QF_PI * t / half) + 0.08 * cos(2 * QF_PI * t / half);

		h->h[i] = (float)(sin(QF_PI * t / 2) / (QF_PI * t) * window);
		sum += h->h[i];
	}
	for (size_t i = 0; i < h->side; i++) /* exactly 1/2 at DC, as the middle one */
		h->h[i] = (float)(h->h[i] * 0.5 / sum);
}

/* Even and odd samples apart, behind the side - 1 of each that stay from before. */
static size_t split(struct qf_halve *h, const float *x, size_t n)
{
	size_t at = h->side - 1, pairs = 0, i = 0;

	if (h->has_left_over && n) {
		h->even[at] = h->left_over;
		h->odd[at] = x[i++];
		h->has_left_over = 0;
		pairs = 1;
	}
	for (; i + 2 <= n; i += 2, pairs++) {
		h->even[at + pairs] = x[i];
		h->odd[at + pairs] = x[i + 1];
	}
	if (i < n) {
		h->left_over = x[i];
		h->has_left_over = 1;
	}
	return pairs;
}

size_t qf_halve_run(struct qf_halve *h, const float *x, size_t n, float *y)
{
	size_t pairs = split(h, x, n), keep = h->side - 1;
	const struct qf_wide *w = qf_wide_best();

	for (size_t m = 0; m < pairs; m += QF_HALVE_TILE) {
		const float *middle = h->odd + m + h->side / 2 - 1;

		for (size_t i = 0; i < QF_HALVE_TILE; i++)
			y[m + i] = 0.5f * middle[i];
		w->add(y + m, h->h, h->side, h->even + m, 1);
	}
	memmove(h->even, h->even + pairs, keep * sizeof *h->even);
	memmove(h->odd, h->odd + pairs, keep * sizeof *h->odd);
	return pairs;
}
