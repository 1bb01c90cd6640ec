#include "dsp/peak4x.h"

#include "dsp/stats.h"

#include <math.h>

#define TAPS QF_PEAK4X_TAPS
#define TILE QF_PEAK4X_TILE

void qf_peak4x_init(struct qf_peak4x *p)
{
	double bound = 1;

	for (int phase = 0; phase < 3; phase++) {
		double h[TAPS], sum = 0, norm = 0;

		for (int k = 0; k < TAPS; k++) {
			double t = k - (TAPS / 2 - 1) - (phase + 1) / 4.0;

			h[k] = sin(QF_PI * t) / (QF_PI * t) * (0.5 + 0.5 * cos(2 * QF_PI * t / (TAPS + 1)));
			sum += h[k];
		}
		for (int k = 0; k < TAPS; k++) {
			p->h[phase][k] = (float)(h[k] / sum);
			norm += fabs(h[k] / sum);
		}
		bound = norm > bound ? norm : bound;
	}
	p->bound = (float)(bound * 1.0001);
}

static float largest(const float *x, size_t n)
{
	float m = 0;

	for (size_t i = 0; i < n; i++) {
		float a = fabsf(x[i]);

		m = a > m ? a : m;
	}
	return m;
}

/* One tile, one phase: vertical sums, so that they need no reordering to run in
 * vector registers. */
static float interpolate(const float *h, const float *x)
{
	float y[TILE] = {0};

	for (size_t k = 0; k < TAPS; k++)
		for (size_t i = 0; i < TILE; i++)
			y[i] += h[k] * x[i + k];
	return largest(y, TILE);
}

float qf_peak4x_run(const struct qf_peak4x *p, const float *x, size_t tiles, float peak)
{
	for (size_t t = 0; t < tiles; t++, x += TILE) {
		float sample = largest(x, TILE + TAPS - 1);

		peak = sample > peak ? sample : peak;
		if (sample * p->bound <= peak)
			continue;
		for (int phase = 0; phase < 3; phase++) {
			float y = interpolate(p->h[phase], x);

			peak = y > peak ? y : peak;
		}
	}
	return peak;
}
