#include "dsp/peak4x.h"

#include "dsp/stats.h"
#include "dsp/wide.h"

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

float qf_peak4x_run(const struct qf_peak4x *p, const float *x, size_t tiles, float peak)
{
	const struct qf_wide *w = qf_wide_best();

	for (size_t t = 0; t < tiles; t++, x += TILE) {
		float sample = w->largest(x, TILE + TAPS - 1);

		peak = sample > peak ? sample : peak;
		if (sample * p->bound <= peak)
			continue;
		for (int phase = 0; phase < 3; phase++) {
			float y[TILE] = {0}, most;

			w->add(y, p->h[phase], TAPS, x, 1);
			most = w->largest(y, TILE);
			peak = most > peak ? most : peak;
		}
	}
	return peak;
}
