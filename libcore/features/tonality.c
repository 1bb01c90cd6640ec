#include "features/tonality.h"

#include "base/alloc.h"
#include "dsp/fft.h"
#include "dsp/stats.h"
#include "dsp/window.h"
#include "features/key.h"

#include <math.h>
#include <string.h>

#define FRAME 8192
#define BINS (FRAME / 2 + 1)
#define TOP_HZ 2150.0     /* above the highest band, B6 */
#define AUDIBLE 3.16e-4f  /* amplitude, -70 dBFS */
#define LOWEST_PITCH 24   /* C1 as a MIDI number */
#define BANDS 72
#define BAND_SEMITONES 0.8
#define LEAST_CLARITY 1.04

struct qf_tonality {
	double rate_hz;
	size_t frame, hop, bins; /* bins up to TOP_HZ */
	struct qf_fft *fft;
	float window[FRAME], ring[FRAME], power[BINS];
	size_t filled, frames, loud_frames;
	double plain[BINS], soft[BINS];
};

enum qf_status qf_tonality_open(struct qf_tonality **out, double rate_hz, struct qf_err *e)
{
	struct qf_tonality *t;

	*out = NULL;
	if (!(rate_hz >= 500 && rate_hz <= 8000))
		return qf_fail(e, QF_EINVAL, "tonality: a rate of %g Hz", rate_hz);
	t = qf_zalloc(1, sizeof *t);
	if (!t)
		return qf_fail(e, QF_ENOMEM, "tonality: out of memory");
	t->rate_hz = rate_hz;
	for (t->frame = FRAME; rate_hz * FRAME / (double)t->frame < 4000; )
		t->frame /= 2;
	t->hop = t->frame / 4;
	t->bins = (size_t)fmin(TOP_HZ * (double)t->frame / rate_hz, (double)t->frame / 2 - 1) + 1;
	qf_window_hann(t->window, t->frame, 4.0 / (double)t->frame);
	if (qf_fft_open(&t->fft, t->frame, e) != QF_OK) {
		qf_free(t);
		return QF_ENOMEM;
	}
	*out = t;
	return QF_OK;
}

void qf_tonality_close(struct qf_tonality *t)
{
	if (!t)
		return;
	qf_fft_close(t->fft);
	qf_free(t);
}

static void take_frame(struct qf_tonality *t)
{
	float *in = qf_fft_input(t->fft), most = 0, scale;

	t->frames++;
	for (size_t i = 0; i < t->frame; i++)
		in[i] = t->ring[i] * t->window[i];
	qf_fft_power(t->fft, t->power);
	for (size_t k = 9; k < t->bins; k++)
		most = t->power[k] > most ? t->power[k] : most;
	if (most < AUDIBLE * AUDIBLE)
		return;
	t->loud_frames++;
	scale = 1 / sqrtf(most);
	for (size_t k = 0; k < t->bins; k++) {
		float mag = sqrtf(t->power[k]);

		t->plain[k] += (double)mag;
		t->soft[k] += (double)sqrtf(mag * scale);
	}
}

void qf_tonality_feed(struct qf_tonality *t, const float *mono, size_t n)
{
	while (n) {
		size_t room = t->frame - t->filled, some = n < room ? n : room;

		memcpy(t->ring + t->filled, mono, some * sizeof *mono);
		t->filled += some;
		mono += some;
		n -= some;
		if (t->filled < t->frame)
			break;
		take_frame(t);
		memmove(t->ring, t->ring + t->hop, (t->frame - t->hop) * sizeof *t->ring);
		t->filled = t->frame - t->hop;
	}
}

/* In semitones from the nearest of A4 = 440 Hz, -0.5 to 0.5; NaN without peaks. */
static double tuning(const struct qf_tonality *t)
{
	double per_bin = t->rate_hz / (double)t->frame, re = 0, im = 0;
	size_t top = (size_t)fmin(1500 / per_bin, (double)t->bins - 1);
	const double *s = t->soft;

	for (size_t k = (size_t)(110 / per_bin) + 1; k < top; k++) {
		double a, b, c, hz, turn;

		if (!(s[k] > s[k - 1] && s[k] >= s[k + 1]))
			continue;
		a = log(s[k - 1] + 1e-9);
		b = log(s[k] + 1e-9);
		c = log(s[k + 1] + 1e-9);
		hz = ((double)k + 0.5 * (a - c) / (a - 2 * b + c - 1e-12)) * per_bin;
		turn = 2 * QF_PI * 12 * log2(hz / 440);
		re += t->plain[k] * cos(turn);
		im += t->plain[k] * sin(turn);
	}
	return re != 0 || im != 0 ? atan2(im, re) / (2 * QF_PI) : NAN;
}

/* The mean of sum[] under the raised cosine around hz. */
static double band(const struct qf_tonality *t, const double *sum, double hz)
{
	double per_bin = t->rate_hz / (double)t->frame, centre = hz / per_bin, total = 0, weights = 0;
	double width = fmax(2, centre * BAND_SEMITONES * (exp2(1.0 / 12) - 1)), left = centre - width / 2;

	if (centre + width / 2 > (double)t->bins - 1)
		return 0;
	for (size_t k = (size_t)ceil(left); (double)k <= centre + width / 2; k++) {
		double w = 1 - cos(2 * QF_PI * ((double)k - left) / width);

		total += w * sum[k];
		weights += w;
	}
	return total / weights;
}

static void fold(const struct qf_tonality *t, const double *sum, double tune, double classes[12])
{
	static const double octave[BANDS / 12] = {.5, .8, 1, 1, .8, .5};

	for (int i = 0; i < 12; i++)
		classes[i] = 0;
	for (int b = 0; b < BANDS; b++)
		classes[b % 12] += octave[b / 12] * band(t, sum, 440 * exp2((LOWEST_PITCH + b - 69 + tune) / 12));
}

/* What is in tune over what is a quarter tone off. */
static double clarity(const struct qf_tonality *t, double tune, const double classes[12])
{
	double beside[12], in = 0, off = 0;

	fold(t, t->plain, tune + 0.5, beside);
	for (int i = 0; i < 12; i++) {
		in += classes[i];
		off += beside[i];
	}
	return in / (off + 1e-300);
}

static enum qf_status set_key(struct qf_features *f, struct qf_key k, struct qf_err *e)
{
	f->key = qf_strdup(qf_key_name(k));
	f->camelot = qf_strdup(qf_key_camelot(k));
	f->key_second = qf_strdup(qf_key_name_second(k));
	f->key_strength = k.strength;
	return f->key && f->camelot && f->key_second ? QF_OK : qf_fail(e, QF_ENOMEM, "tonality: out of memory");
}

enum qf_status qf_tonality_finish(struct qf_tonality *t, struct qf_features *f, struct qf_err *e)
{
	double plain[12], soft[12], tune, most = 0;

	f->key_strength = 0;
	if (t->frames == 0) {
		memset(t->ring + t->filled, 0, (t->frame - t->filled) * sizeof *t->ring);
		take_frame(t);
	}
	tune = t->loud_frames ? tuning(t) : NAN;
	if (isnan(tune))
		return QF_OK;
	f->tuning_cents = 100 * tune;
	fold(t, t->plain, tune, plain);
	fold(t, t->soft, tune, soft);
	for (int i = 0; i < 12; i++)
		most = fmax(most, plain[i]);
	if (!(most > 0))
		return QF_OK;
	for (int i = 0; i < 12; i++)
		f->chroma[i] = (float)(plain[i] / most);
	return clarity(t, tune, plain) < LEAST_CLARITY ? QF_OK : set_key(f, qf_key_find(soft, plain), e);
}
