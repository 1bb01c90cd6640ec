#include "dsp/stats.h"

double qf_stat_mean(const struct qf_stat *s)
{
	return s->n ? s->sum / (double)s->n : NAN;
}

double qf_stat_sd(const struct qf_stat *s)
{
	double mean = qf_stat_mean(s), var;

	if (!s->n)
		return NAN;
	var = s->squares / (double)s->n - mean * mean;
	return var > 0 ? sqrt(var) : 0; /* rounding can leave a constant just below 0 */
}

float qf_dot(const float *a, const float *b, size_t n)
{
	float s[4] = {0};
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		for (size_t j = 0; j < 4; j++)
			s[j] += a[i + j] * b[i + j];
	for (; i < n; i++)
		s[0] += a[i] * b[i];
	return (s[0] + s[1]) + (s[2] + s[3]);
}
