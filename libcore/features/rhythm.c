#include "features/rhythm.h"

#include "base/alloc.h"
#include "dsp/fft.h"
#include "dsp/stats.h"
#include "features/beats.h"

#include <math.h>
#include <string.h>

#define WINDOW 1024
#define STEP 256
#define LAGS 1024
#define BPM_MIN 40.0
#define BPM_MAX 240.0
#define LEAST_MEAN 0.05f     /* of a window of the sharpened curve; songs have 0.5 to 5 */
#define LEAST_ONSET 6.0f     /* sum over 40 bands: 0.15 nepers in each */
#define CENTRE_BPM 118.0
#define WIDTH_OCTAVES 1.2
#define CANDIDATE 1.004     /* ratio from one candidate to the next */
#define CANDIDATES 450      /* ln(240 / 40) / ln(1.004), rounded up */
#define APART 1.08          /* another tempo is at least so far away */
#define FULL_COMB 0.2         /* of a click track */
#define LEAST_CONFIDENCE 0.1
#define REFINE_RANGE 0.025
#define REFINE_STEP 0.0005
#define REFINE_STEPS 101      /* from -2.5 to 2.5 % */
#define SEGMENT_S 20

struct qf_rhythm {
	double fps, offset_s;
	float *curve;
	size_t n, cap;
	struct qf_fft *fft;
	float spectrum[WINDOW + 1];
	double acf[LAGS + 1];
};

enum qf_status qf_rhythm_open(struct qf_rhythm **out, double frame_rate_hz, double offset_s, struct qf_err *e)
{
	struct qf_rhythm *r;

	*out = NULL;
	if (!(frame_rate_hz > 1))
		return qf_fail(e, QF_EINVAL, "rhythm: %g frames a second", frame_rate_hz);
	r = qf_zalloc(1, sizeof *r);
	if (!r)
		return qf_fail(e, QF_ENOMEM, "rhythm: out of memory");
	r->fps = frame_rate_hz;
	r->offset_s = offset_s;
	if (qf_fft_open(&r->fft, 2 * WINDOW, e) != QF_OK) {
		qf_free(r);
		return QF_ENOMEM;
	}
	*out = r;
	return QF_OK;
}

void qf_rhythm_close(struct qf_rhythm *r)
{
	if (!r)
		return;
	qf_fft_close(r->fft);
	qf_free(r->curve);
	qf_free(r);
}

enum qf_status qf_rhythm_feed(struct qf_rhythm *r, const float *novelty, size_t n, struct qf_err *e)
{
	if (n > r->cap - r->n) {
		size_t cap = r->cap + r->cap / 4 + n + 4096;
		float *p = qf_realloc(r->curve, cap, sizeof *p);

		if (!p)
			return qf_fail(e, QF_ENOMEM, "rhythm: out of memory for the onset curve");
		r->curve = p;
		r->cap = cap;
	}
	if (n)
		memcpy(r->curve + r->n, novelty, n * sizeof *novelty);
	r->n += n;
	return QF_OK;
}

/* Take away the mean of half a second to either side, in place: `past` keeps the
 * values that were overwritten and still count. */
static enum qf_status sharpen(struct qf_rhythm *r, struct qf_err *e)
{
	size_t half = (size_t)(r->fps / 2), hi = 0, lo = 0;
	float *past = qf_alloc(half + 1, sizeof *past);
	double sum = 0;

	if (!past)
		return qf_fail(e, QF_ENOMEM, "rhythm: out of memory");
	for (size_t i = 0; i < r->n; i++) {
		float here = r->curve[i], above;

		for (; hi < r->n && hi < i + half; hi++)
			sum += (double)r->curve[hi];
		for (; lo + half < i; lo++)
			sum -= (double)past[lo % (half + 1)];
		past[i % (half + 1)] = here;
		above = here - (float)(sum / (double)(hi - lo));
		r->curve[i] = above > 0 ? above : 0;
	}
	qf_free(past);
	return QF_OK;
}

/* One window into the sum: the power to 0.35 is the magnitude to 0.7, and being
 * real and even it goes back by the same transform. */
static void correlate(struct qf_rhythm *r, const float *x, size_t n)
{
	float *in = qf_fft_input(r->fft), mean = 0;

	for (size_t i = 0; i < n; i++)
		mean += x[i];
	mean /= (float)n;
	if (mean < LEAST_MEAN)
		return;
	memset(in, 0, 2 * WINDOW * sizeof *in);
	for (size_t i = 0; i < n; i++)
		in[i] = x[i] - mean;
	qf_fft_power(r->fft, r->spectrum);
	for (size_t k = 0; k <= WINDOW; k++)
		in[k] = powf(r->spectrum[k], 0.35f);
	for (size_t k = 1; k < WINDOW; k++)
		in[2 * WINDOW - k] = in[k];
	qf_fft_real(r->fft, r->spectrum);
	if (!(r->spectrum[0] > 0))
		return;
	for (size_t k = 0; k < LAGS; k++)
		r->acf[k] += (double)(r->spectrum[k] / r->spectrum[0]);
}

static void autocorrelate(struct qf_rhythm *r)
{
	size_t windows = 0;

	for (size_t at = 0; at == 0 || at + WINDOW / 2 <= r->n; at += STEP, windows++) {
		size_t n = r->n - at < WINDOW ? r->n - at : WINDOW;

		if (n < 64)
			break;
		correlate(r, r->curve + at, n);
	}
	for (size_t k = 0; windows && k < LAGS; k++)
		r->acf[k] /= (double)windows;
}

static double acf_at(const struct qf_rhythm *r, double lag)
{
	size_t i = (size_t)lag;

	return r->acf[i] + (r->acf[i + 1] - r->acf[i]) * (lag - (double)i);
}

/* 0 to about 1: how strongly the curve repeats after 1, 2, 4 and half a beat. */
static double comb(const struct qf_rhythm *r, double bpm)
{
	static const struct { double beats, weight; } teeth[] = {{1, 1}, {2, 0.5}, {4, 0.5}, {0.5, 0.2}};
	double sum = 0, weights = 0, beat = 60 * r->fps / bpm;

	for (size_t i = 0; i < sizeof teeth / sizeof *teeth; i++) {
		double lag = beat * teeth[i].beats;

		if (lag >= LAGS - 1)
			continue;
		sum += teeth[i].weight * acf_at(r, lag);
		weights += teeth[i].beats < 1 ? 0 : teeth[i].weight; /* the half beat is a bonus */
	}
	return weights > 0 && sum > 0 ? sum / weights : 0;
}

struct choice {
	double bpm, confidence;
};

static struct choice choose(const struct qf_rhythm *r)
{
	double score[CANDIDATES], bpm[CANDIDATES], other = 0;
	size_t best = 0;

	for (size_t i = 0; i < CANDIDATES; i++) {
		double octaves;

		bpm[i] = fmin(BPM_MIN * pow(CANDIDATE, (double)i), BPM_MAX);
		octaves = log2(bpm[i] / CENTRE_BPM) / WIDTH_OCTAVES;
		score[i] = comb(r, bpm[i]) * exp(-0.5 * octaves * octaves);
		if (score[i] > score[best])
			best = i;
	}
	if (!(score[best] > 0))
		return (struct choice){.bpm = NAN};
	for (size_t i = 0; i < CANDIDATES; i++)
		if ((bpm[i] > bpm[best] * APART || bpm[i] * APART < bpm[best]) && score[i] > other)
			other = score[i];
	return (struct choice){bpm[best], qf_clamp(comb(r, bpm[best]) / FULL_COMB * (1 - 0.5 * other / score[best]), 0, 1)};
}

/* Sum over segments of |sum x e^(-2 pi i f t)| at f and 2 f; f in cycles a frame. */
static double periodicity(const struct qf_rhythm *r, double f)
{
	size_t segment = (size_t)(r->fps * SEGMENT_S);
	double total = 0;

	for (int harmonic = 1; harmonic <= 2; harmonic++) {
		double turn = 2 * QF_PI * f * harmonic, c = cos(turn), s = sin(turn);

		for (size_t at = 0; at < r->n; at += segment) {
			size_t end = r->n - at < segment ? r->n : at + segment;
			double re = 0, im = 0, pr = 1, pi = 0;

			for (size_t i = at; i < end; i++) {
				double next = pr * c - pi * s;

				re += (double)r->curve[i] * pr;
				im += (double)r->curve[i] * pi;
				pi = pr * s + pi * c;
				pr = next;
			}
			total += sqrt(re * re + im * im);
		}
	}
	return total;
}

/* The best step, and where between its neighbours the top lies. */
static double refine(const struct qf_rhythm *r, double bpm)
{
	double p[REFINE_STEPS], bend, shift = 0;
	size_t best = 0;

	for (size_t i = 0; i < REFINE_STEPS; i++) {
		p[i] = periodicity(r, bpm * (1 - REFINE_RANGE + (double)i * REFINE_STEP) / 60 / r->fps);
		if (p[i] > p[best])
			best = i;
	}
	if (best > 0 && best + 1 < REFINE_STEPS) {
		bend = p[best - 1] - 2 * p[best] + p[best + 1];
		shift = bend < 0 ? 0.5 * (p[best - 1] - p[best + 1]) / bend : 0;
	}
	return bpm * (1 - REFINE_RANGE + ((double)best + shift) * REFINE_STEP);
}

/* Highest within 35 ms and above the threshold; after an onset 50 ms of rest. */
static size_t count_onsets(const struct qf_rhythm *r)
{
	size_t near = (size_t)(0.035 * r->fps + 0.5), rest = (size_t)(0.05 * r->fps + 0.5), count = 0, next = 0;

	for (size_t i = 0; i < r->n; i++) {
		size_t from = i > near ? i - near : 0, to = i + near < r->n ? i + near : r->n - 1;
		int highest = i >= next && r->curve[i] > LEAST_ONSET;

		for (size_t j = from; highest && j <= to; j++)
			highest = j < i ? r->curve[j] < r->curve[i] : r->curve[j] <= r->curve[i];
		if (highest) {
			count++;
			next = i + rest;
		}
	}
	return count;
}

enum qf_status qf_rhythm_finish(struct qf_rhythm *r, double duration_s, struct qf_features *f, struct qf_err *e)
{
	enum qf_status st = sharpen(r, e);
	struct choice c;

	if (st != QF_OK)
		return st;
	f->onset_rate_hz = r->n && duration_s > 0 ? (double)count_onsets(r) / duration_s : 0;
	f->tempo_confidence = 0;
	autocorrelate(r);
	c = choose(r);
	if (!(c.confidence >= LEAST_CONFIDENCE))
		return QF_OK;
	f->tempo_bpm = refine(r, c.bpm);
	f->tempo_confidence = c.confidence;
	return qf_beats(r->curve, r->n, r->fps, f->tempo_bpm, r->offset_s, &f->beats_s, e);
}
