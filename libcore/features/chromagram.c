#include "features/chromagram.h"

#include "base/alloc.h"
#include "dsp/fft.h"
#include "dsp/window.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define FRAME 2048
#define BINS (FRAME / 2 + 1)
#define CLASSES 36
#define LOW_HZ 60.0
#define HIGH_HZ 1000.0
#define AUDIBLE 3.16e-4f /* amplitude, -70 dBFS */

struct qf_chromagram {
	double rate_hz;
	size_t frame, hop, low, high; /* bins low <= k < high */
	struct qf_fft *fft;
	float window[FRAME], ring[FRAME], power[BINS];
	size_t filled, n, cap;
	uint8_t (*kept)[CLASSES];
};

enum qf_status qf_chromagram_open(struct qf_chromagram **out, double rate_hz, struct qf_err *e)
{
	struct qf_chromagram *c;
	double bin;

	*out = NULL;
	if (!(rate_hz >= 500 && rate_hz <= 8000))
		return qf_fail(e, QF_EINVAL, "chromagram: a rate of %g Hz", rate_hz);
	c = qf_zalloc(1, sizeof *c);
	if (!c)
		return qf_fail(e, QF_ENOMEM, "chromagram: out of memory");
	c->rate_hz = rate_hz;
	for (c->frame = FRAME; rate_hz * FRAME / (double)c->frame < 4000; )
		c->frame /= 2;
	c->hop = c->frame / 2;
	bin = rate_hz / (double)c->frame;
	c->low = (size_t)(LOW_HZ / bin) + 1;
	c->high = (size_t)fmin(HIGH_HZ / bin, (double)c->frame / 2 - 1);
	qf_window_hann(c->window, c->frame, 4.0 / (double)c->frame);
	if (qf_fft_open(&c->fft, c->frame, e) != QF_OK) {
		qf_free(c);
		return QF_ENOMEM;
	}
	*out = c;
	return QF_OK;
}

void qf_chromagram_close(struct qf_chromagram *c)
{
	if (!c)
		return;
	qf_fft_close(c->fft);
	qf_free(c->kept);
	qf_free(c);
}

/* Give one peak to the two classes around it. */
static void add_peak(const struct qf_chromagram *c, size_t k, float classes[CLASSES])
{
	float a = logf(c->power[k - 1] + 1e-20f), b = logf(c->power[k] + 1e-20f), d = logf(c->power[k + 1] + 1e-20f);
	float hz = ((float)k + 0.5f * (a - d) / (a - 2 * b + d - 1e-9f)) * (float)(c->rate_hz / (double)c->frame);
	float at = 36 * log2f(hz / 440) + 27 + 36 * 8, part = at - floorf(at); /* A is 9 semitones above C */
	size_t first = (size_t)floorf(at) % CLASSES;
	float strength = sqrtf(c->power[k]);

	classes[first] += strength * (1 - part);
	classes[(first + 1) % CLASSES] += strength * part;
}

static void take_frame(struct qf_chromagram *c, uint8_t kept[CLASSES])
{
	float *in = qf_fft_input(c->fft), most = 0, classes[CLASSES] = {0}, top = 0;
	const float *p = c->power;

	for (size_t i = 0; i < c->frame; i++)
		in[i] = c->ring[i] * c->window[i];
	qf_fft_power(c->fft, c->power);
	for (size_t k = c->low; k < c->high; k++)
		most = p[k] > most ? p[k] : most;
	memset(kept, 0, CLASSES);
	if (most < AUDIBLE * AUDIBLE)
		return;
	for (size_t k = c->low; k < c->high; k++)
		if (p[k] > p[k - 1] && p[k] >= p[k + 1] && p[k] > 1e-4f * most) /* 40 dB under the largest */
			add_peak(c, k, classes);
	for (size_t i = 0; i < CLASSES; i++)
		top = classes[i] > top ? classes[i] : top;
	for (size_t i = 0; top > 0 && i < CLASSES; i++)
		kept[i] = (uint8_t)(classes[i] / top * 255 + 0.5f);
}

static enum qf_status make_room(struct qf_chromagram *c, struct qf_err *e)
{
	size_t cap = c->cap + c->cap / 4 + 256;
	void *p = c->n < c->cap ? c->kept : qf_realloc(c->kept, cap, sizeof *c->kept);

	if (!p)
		return qf_fail(e, QF_ENOMEM, "chromagram: out of memory for %zu frames", cap);
	if (c->n == c->cap)
		c->cap = cap;
	c->kept = p;
	return QF_OK;
}

enum qf_status qf_chromagram_feed(struct qf_chromagram *c, const float *mono, size_t n, struct qf_err *e)
{
	while (n) {
		size_t room = c->frame - c->filled, some = n < room ? n : room;

		memcpy(c->ring + c->filled, mono, some * sizeof *mono);
		c->filled += some;
		mono += some;
		n -= some;
		if (c->filled < c->frame)
			break;
		if (make_room(c, e) != QF_OK)
			return QF_ENOMEM;
		take_frame(c, c->kept[c->n++]);
		memmove(c->ring, c->ring + c->hop, (c->frame - c->hop) * sizeof *c->ring);
		c->filled = c->frame - c->hop;
	}
	return QF_OK;
}

/* Each of the twelve is a triangle around its tuned pitch, two thirds of a semitone to either side. */
static void fold(const double sum[CLASSES], double tuning, float out[12])
{
	for (int p = 0; p < 12; p++) {
		double centre = 3 * (p + tuning), total = 0;

		for (int i = -2; i <= 2; i++) {
			double at = floor(centre + 0.5) + i, w = 1 - fabs(at - centre) / 2;

			if (w > 0)
				total += w * sum[(size_t)((int)at + CLASSES) % CLASSES];
		}
		out[p] = (float)total;
	}
}

void qf_chromagram_read(const struct qf_chromagram *c, double from_s, double to_s, double tuning, float out[12])
{
	double hop_s = (double)c->hop / c->rate_hz, first_s = (double)c->frame / 2 / c->rate_hz, sum[CLASSES] = {0};
	double from = ceil((from_s - first_s) / hop_s), to = ceil((to_s - first_s) / hop_s), last = (double)c->n - 1;

	memset(out, 0, 12 * sizeof *out);
	if (!c->n)
		return;
	if (!(to > from))
		from = floor(((from_s + to_s) / 2 - first_s) / hop_s + 0.5), to = from + 1;
	from = fmax(0, fmin(from, last));
	to = fmax(from + 1, fmin(to, last + 1));
	for (size_t i = (size_t)from; i < (size_t)to; i++)
		for (size_t k = 0; k < CLASSES; k++)
			sum[k] += (double)c->kept[i][k];
	for (size_t k = 0; k < CLASSES; k++)
		sum[k] /= 255 * (to - from);
	fold(sum, isnan(tuning) ? 0 : tuning, out);
}
