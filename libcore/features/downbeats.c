#include "features/downbeats.h"

#include "dsp/stats.h"

#include <math.h>

#define FULL_LEAD 8.0   /* standard errors */
#define FULL_EFFECT 1.5 /* standard deviations */
#define WALTZ 1.25 /* how much better three must be than four */

struct scale {
	double mean[2], sd[2];
};

static double accent_of(const struct scale *s, const float a[2])
{
	double sum = 0;

	for (int i = 0; i < 2; i++)
		sum += s->sd[i] > 0 ? qf_clamp(((double)a[i] - s->mean[i]) / s->sd[i], -3, 3) : 0;
	return sum;
}

/* First beats against the others, in standard errors. */
static double lead_of(const struct scale *s, const float (*accent)[2], size_t n, size_t beats, size_t phase)
{
	struct qf_stat first = {0}, other = {0};
	double error;

	for (size_t i = 0; i < n; i++)
		qf_stat_add(i % beats == phase ? &first : &other, accent_of(s, accent[i]));
	error = sqrt(pow(qf_stat_sd(&first), 2) / (double)first.n + pow(qf_stat_sd(&other), 2) / (double)other.n);
	return (qf_stat_mean(&first) - qf_stat_mean(&other)) / fmax(error, 1e-3);
}

/* A lead in standard errors grows with the length of the track, one in standard deviations does
 * not: the smaller of the two, each over what is full. */
static double confidence_of(double lead, size_t n, size_t beats)
{
	double b = (double)beats, per_error = sqrt(b * b / (b - 1) / (double)n);

	return qf_clamp(fmin(lead / FULL_LEAD, lead * per_error / FULL_EFFECT), 0, 1);
}

struct qf_bars qf_downbeats_find(const float (*accent)[2], size_t n)
{
	struct scale s;
	struct qf_bars best = {4, 0, 0};
	double best_lead = -INFINITY;

	if (n < 8)
		return best;
	for (int k = 0; k < 2; k++) {
		struct qf_stat all = {0};

		for (size_t i = 0; i < n; i++)
			qf_stat_add(&all, (double)accent[i][k]);
		s.mean[k] = qf_stat_mean(&all);
		s.sd[k] = qf_stat_sd(&all);
	}
	for (size_t beats = 4; beats >= 3; beats--) {
		double first = -INFINITY, second = -INFINITY;
		size_t phase = 0;

		for (size_t p = 0; p < beats; p++) {
			double lead = lead_of(&s, accent, n, beats, p);

			if (lead > first) {
				second = first;
				first = lead;
				phase = p;
			} else if (lead > second)
				second = lead;
		}
		if (first > best_lead * (beats == 3 ? WALTZ : 1)) {
			best_lead = first;
			best = (struct qf_bars){beats, phase, confidence_of(first - fmax(second, 0), n, beats)};
		}
	}
	return best;
}
