#include "dsp/mel.h"

#include "base/alloc.h"
#include "dsp/stats.h"

#include <math.h>

struct band {
	size_t from, count, at; /* bins from..from+count-1, their weights at w[at] */
};

struct qf_mel {
	size_t bands;
	struct band *band;
	float *w;
};

static double mel_of(double hz)
{
	return 2595 * log10(1 + hz / 700);
}

static double hz_of(double mel)
{
	return 700 * (pow(10, mel / 2595) - 1);
}

/* The triangle left, centre, right (in bins) over bins 1 and up; DC is no sound. */
static struct band triangle(double left, double centre, double right, size_t bins, float *w, size_t at)
{
	struct band b = {.at = at};
	size_t last;

	left = fmin(left, centre - 1);
	right = fmax(right, centre + 1);
	b.from = (size_t)fmax(1, ceil(left));
	last = (size_t)fmin((double)bins - 1, floor(right));
	for (size_t k = b.from; k <= last; k++, b.count++) {
		double x = (double)k;

		w[at + b.count] = (float)fmax(0, x <= centre ? (x - left) / (centre - left) : (right - x) / (right - centre));
	}
	return b;
}

enum qf_status qf_mel_open(struct qf_mel **out, size_t bands, size_t bins, double rate_hz, double lo_hz, double hi_hz,
			   struct qf_err *e)
{
	double lo = mel_of(lo_hz), hi = mel_of(hi_hz), per_hz = (double)(bins - 1) * 2 / rate_hz;
	struct qf_mel *m;
	size_t at = 0;

	*out = NULL;
	if (bands < 1 || bins < 2 || bins > (size_t)1 << 24 || !(rate_hz > 0) || !(hi_hz > lo_hz) || lo_hz < 0)
		return qf_fail(e, QF_EINVAL, "mel: %zu bands over %zu bins", bands, bins);
	m = qf_zalloc(1, sizeof *m);
	if (m) {
		m->bands = bands;
		m->band = qf_zalloc(bands, sizeof *m->band);
		m->w = qf_zalloc(2 * bins + 4 * bands, sizeof *m->w); /* two triangles over a bin, and the ends */
	}
	if (!m || !m->band || !m->w) {
		qf_mel_close(m);
		return qf_fail(e, QF_ENOMEM, "mel: out of memory");
	}
	for (size_t b = 0; b < bands; b++) {
		double step = (hi - lo) / (double)(bands + 1), first = lo + step * (double)b;

		m->band[b] = triangle(hz_of(first) * per_hz, hz_of(first + step) * per_hz, hz_of(first + 2 * step) * per_hz, bins,
				      m->w, at);
		at += m->band[b].count;
	}
	*out = m;
	return QF_OK;
}

void qf_mel_close(struct qf_mel *m)
{
	if (!m)
		return;
	qf_free(m->band);
	qf_free(m->w);
	qf_free(m);
}

void qf_mel_run(const struct qf_mel *m, const float *power, float *out)
{
	for (size_t b = 0; b < m->bands; b++)
		out[b] = qf_dot(m->w + m->band[b].at, power + m->band[b].from, m->band[b].count);
}

void qf_mel_dct(float *c, size_t rows, size_t n)
{
	for (size_t j = 0; j < n; j++)
		for (size_t i = 0; i < QF_WIDE; i++)
			c[j * QF_WIDE + i] = i >= rows ? 0 : (float)(sqrt((i ? 2.0 : 1.0) / (double)n) *
								     cos(QF_PI * (double)i * ((double)j + 0.5) / (double)n));
}
