#include "dsp/kweight.h"

#include "dsp/stats.h"

#include <math.h>

static void make_shelf(struct qf_kweight *k, double rate_hz)
{
	const double hz = 1681.974450955533, gain_db = 3.999843853973347, q = 0.7071752369554196;
	double t = tan(QF_PI * hz / rate_hz), high = pow(10, gain_db / 20), band = pow(high, 0.4996667741545416);
	double a0 = 1 + t / q + t * t;

	*k = (struct qf_kweight){.b0 = 1};
	if (hz > 0.45 * rate_hz)
		return; /* what it raises lies above the signal */
	k->b0 = (high + band * t / q + t * t) / a0;
	k->b1 = 2 * (t * t - high) / a0;
	k->b2 = (high - band * t / q + t * t) / a0;
	k->a1 = 2 * (t * t - 1) / a0;
	k->a2 = (1 - t / q + t * t) / a0;
}

void qf_kweight_init(struct qf_kweight *k, double rate_hz)
{
	const double hz = 38.13547087602444, q = 0.5003270373238773;
	double t = tan(QF_PI * hz / rate_hz), a0 = 1 + t / q + t * t;

	make_shelf(k, rate_hz);
	k->c1 = 2 * (t * t - 1) / a0;
	k->c2 = (1 - t / q + t * t) / a0;
}

/* Two lanes side by side, transposed direct form 2: one vector of two doubles does
 * both channels for the latency of one. */
void qf_kweight_run(const struct qf_kweight *k, struct qf_kweight_pair *p, const float *x, size_t stride, size_t second,
		    size_t frames, double energy[2])
{
	struct qf_kweight q = *k;
	double z0[2], z1[2], z2[2], z3[2], sum[2] = {0};

	for (size_t j = 0; j < 2; j++) {
		z0[j] = p->z[0][j];
		z1[j] = p->z[1][j];
		z2[j] = p->z[2][j];
		z3[j] = p->z[3][j];
	}
	for (size_t i = 0; i < frames; i++, x += stride) {
		double in[2] = {(double)x[0], (double)x[second]};

		for (size_t j = 0; j < 2; j++) {
			double y = q.b0 * in[j] + z0[j], w = y + z2[j];

			z0[j] = (q.b1 * in[j] + z1[j]) - q.a1 * y;
			z1[j] = q.b2 * in[j] - q.a2 * y;
			z2[j] = (z3[j] - 2 * y) - q.c1 * w;
			z3[j] = y - q.c2 * w;
			sum[j] += w * w;
		}
	}
	for (size_t j = 0; j < 2; j++) { /* what fades out ends at 0 before it gets slow to compute with */
		p->z[0][j] = fabs(z0[j]) < 1e-30 ? 0 : z0[j];
		p->z[1][j] = fabs(z1[j]) < 1e-30 ? 0 : z1[j];
		p->z[2][j] = fabs(z2[j]) < 1e-30 ? 0 : z2[j];
		p->z[3][j] = fabs(z3[j]) < 1e-30 ? 0 : z3[j];
		energy[j] += sum[j];
	}
}
