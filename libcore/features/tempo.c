#include "features/tempo.h"

#include "base/alloc.h"
#include "dsp/fft.h"
#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define WINDOW 1024
#define STEP 256
#define LAGS 1024
#define BPM_MIN 40.0
#define BPM_MAX 240.0
#define LEAST_MEAN 0.05f     /* of a window of the sharpened curve; songs have 0.5 to 5 */
#define CENTRE_BPM 118.0
#define WIDTH_OCTAVES 1.2
#define RATIO 1.004           /* from one candidate to the next */
#define CANDIDATES 450        /* ln(240 / 40) / ln(1.004), rounded up */
#define APART 1.08            /* another tempo is at least so far away */
#define FULL_COMB 0.2         /* of a click track */
#define NOISE_STRENGTH 0.12   /* more than noise of 10 s has; it falls with the root of the length */
#define NOISE_S 10.0
#define REFINE_RANGE 0.025
#define REFINE_STEP 0.0005
#define REFINE_STEPS 101      /* from -2.5 to 2.5 % */
#define SEGMENT_S 20
#define AGREE 0.04            /* of tempi that are the same */

struct search {
	const float *curve;
	const uint8_t *low;
	size_t n;
	double fps;
	struct qf_fft *fft;
	float spectrum[WINDOW + 1];
	double bpm[CANDIDATES], prior[CANDIDATES];
	double window[LAGS + 1], all[LAGS + 1], bass[LAGS + 1]; /* autocorrelation of one window; mean of all; of low */
	size_t windows, heard;
	double strength; /* comb of the winner over FULL_COMB */
	float *best; /* best[windows]: the tempo of each, 0 where nothing happens */
};

/* One window, over its value at lag 0: the power to 0.35 is the magnitude to 0.7, and being
 * real and even it goes back by the same transform. False where nothing happens. */
static int correlate(struct search *s, const float *x, size_t n)
{
	float *in = qf_fft_input(s->fft), mean = 0;

	for (size_t i = 0; i < n; i++)
		mean += x[i];
	mean /= (float)n;
	if (mean < LEAST_MEAN)
		return 0;
	memset(in, 0, 2 * WINDOW * sizeof *in);
	for (size_t i = 0; i < n; i++)
		in[i] = x[i] - mean;
	qf_fft_power(s->fft, s->spectrum);
	for (size_t k = 0; k <= WINDOW; k++)
		in[k] = powf(s->spectrum[k], 0.35f);
	for (size_t k = 1; k < WINDOW; k++)
		in[2 * WINDOW - k] = in[k];
	qf_fft_real(s->fft, s->spectrum);
	if (!(s->spectrum[0] > 0))
		return 0;
	for (size_t k = 0; k < LAGS; k++)
		s->window[k] = (double)(s->spectrum[k] / s->spectrum[0]);
	return 1;
}

static double at_lag(const double *acf, double lag)
{
	size_t i = (size_t)lag;

	return acf[i] + (acf[i + 1] - acf[i]) * (lag - (double)i);
}

/* 0 to about 1: how strongly the curve repeats after 1, 2, 4 and half a beat. */
static double comb(const double *acf, double beat)
{
	static const struct { double beats, weight; } teeth[] = {{1, 1}, {2, 0.5}, {4, 0.5}, {0.5, 0.2}};
	double sum = 0, weights = 0;

	for (size_t i = 0; i < sizeof teeth / sizeof *teeth; i++) {
		double lag = beat * teeth[i].beats;

		if (lag >= LAGS - 1)
			continue;
		sum += teeth[i].weight * at_lag(acf, lag);
		weights += teeth[i].beats < 1 ? 0 : teeth[i].weight; /* the half beat is a bonus */
	}
	return weights > 0 && sum > 0 ? sum / weights : 0;
}

/* The score of every candidate; returns the best. */
static size_t score_all(const struct search *s, const double *acf, double score[CANDIDATES])
{
	size_t best = 0;

	for (size_t i = 0; i < CANDIDATES; i++) {
		score[i] = comb(acf, 60 * s->fps / s->bpm[i]) * s->prior[i];
		if (score[i] > score[best])
			best = i;
	}
	return best;
}

static void autocorrelate(struct search *s)
{
	double score[CANDIDATES];

	for (size_t at = 0; at == 0 || at + WINDOW / 2 <= s->n; at += STEP, s->windows++) {
		size_t n = s->n - at < WINDOW ? s->n - at : WINDOW, best;

		s->best[s->windows] = 0;
		if (n < 64 || !correlate(s, s->curve + at, n))
			continue;
		for (size_t k = 0; k < LAGS; k++)
			s->all[k] += s->window[k];
		best = score_all(s, s->window, score);
		if (score[best] > 0)
			s->best[s->windows] = (float)s->bpm[best];
		s->heard++;
	}
	for (size_t k = 0; s->windows && k < LAGS; k++)
		s->all[k] /= (double)s->windows;
}

/* The mean autocorrelation of the low curve. */
static void autocorrelate_bass(struct search *s)
{
	float x[WINDOW];
	size_t windows = 0;

	for (size_t at = 0; at == 0 || at + WINDOW / 2 <= s->n; at += STEP, windows++) {
		size_t n = s->n - at < WINDOW ? s->n - at : WINDOW;

		for (size_t i = 0; i < n; i++)
			x[i] = (float)s->low[at + i] / 8;
		if (n < 64 || !correlate(s, x, n))
			continue;
		for (size_t k = 0; k < LAGS; k++)
			s->bass[k] += s->window[k];
	}
	for (size_t k = 0; k < LAGS; k++)
		s->bass[k] /= (double)windows;
}

static int apart(double a, double b)
{
	return a > b * APART || a * APART < b;
}

/* The best tempo that is apart from those chosen before and a peak among its neighbours. */
static void choose(struct search *s, struct qf_tempo *out)
{
	double score[CANDIDATES], first;
	size_t best = score_all(s, s->all, score);

	first = score[best];
	while (first > 0 && out->candidates < QF_TEMPO_CANDIDATES) {
		double other = 0;

		out->candidate[out->candidates++] = s->bpm[best];
		for (size_t i = 1; i + 1 < CANDIDATES; i++) {
			int fresh = score[i] > other && score[i] >= score[i - 1] && score[i] >= score[i + 1];

			for (size_t k = 0; fresh && k < out->candidates; k++)
				fresh = apart(s->bpm[i], out->candidate[k]);
			if (fresh) {
				other = score[i];
				best = i;
			}
		}
		if (out->candidates == 1) {
			s->strength = comb(s->all, 60 * s->fps / out->candidate[0]) / FULL_COMB;
			out->confidence = qf_clamp(s->strength * (1 - 0.5 * other / first), 0, 1);
		}
		if (other <= 0)
			break;
	}
}

/* Sum over segments of |sum x e^(-2 pi i f t)| at f and 2 f; f in cycles a frame. */
static double periodicity(const struct search *s, double f)
{
	size_t segment = (size_t)(s->fps * SEGMENT_S);
	double total = 0;

	for (int harmonic = 1; harmonic <= 2; harmonic++) {
		double turn = 2 * QF_PI * f * harmonic, c = cos(turn), d = sin(turn);

		for (size_t at = 0; at < s->n; at += segment) {
			size_t end = s->n - at < segment ? s->n : at + segment;
			double re = 0, im = 0, pr = 1, pi = 0;

			for (size_t i = at; i < end; i++) {
				double next = pr * c - pi * d;

				re += (double)s->curve[i] * pr;
				im += (double)s->curve[i] * pi;
				pi = pr * d + pi * c;
				pr = next;
			}
			total += sqrt(re * re + im * im);
		}
	}
	return total;
}

/* The best step, and where between its neighbours the top lies. */
static double refine(const struct search *s, double bpm)
{
	double p[REFINE_STEPS], bend, shift = 0;
	size_t best = 0;

	for (size_t i = 0; i < REFINE_STEPS; i++) {
		p[i] = periodicity(s, bpm * (1 - REFINE_RANGE + (double)i * REFINE_STEP) / 60 / s->fps);
		if (p[i] > p[best])
			best = i;
	}
	if (best > 0 && best + 1 < REFINE_STEPS) {
		bend = p[best - 1] - 2 * p[best] + p[best + 1];
		shift = bend < 0 ? 0.5 * (p[best - 1] - p[best + 1]) / bend : 0;
	}
	return bpm * (1 - REFINE_RANGE + ((double)best + shift) * REFINE_STEP);
}

static const double multiples[] = {1, 2, 3, 1.0 / 2, 1.0 / 3, 3.0 / 2, 2.0 / 3, 4, 1.0 / 4, 4.0 / 3, 3.0 / 4};
#define PLAIN_MULTIPLES 5 /* of a tempo that is felt slower or faster */

/* The multiple of `whole` that bpm is, or 0. */
static double multiple_of(double bpm, double whole, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fabs(bpm / (whole * multiples[i]) - 1) <= AGREE)
			return multiples[i];
	return 0;
}

/* The other candidates follow the refined one where they are multiples of it. */
static void refine_all(const struct search *s, struct qf_tempo *out)
{
	double rough = out->candidate[0];

	out->candidate[0] = out->bpm = refine(s, rough);
	for (size_t i = 1; i < out->candidates; i++) {
		double m = multiple_of(out->candidate[i], rough, sizeof multiples / sizeof *multiples);

		if (m > 0)
			out->candidate[i] = out->bpm * m;
	}
}

/* Put bpm first, and leave out what it stands for or, else, the last. */
static void prefer(struct qf_tempo *t, double bpm)
{
	size_t at = 1;

	while (at < t->candidates && apart(t->candidate[at], bpm))
		at++;
	if (at == t->candidates && at < QF_TEMPO_CANDIDATES)
		t->candidates++;
	for (at = at < QF_TEMPO_CANDIDATES ? at : QF_TEMPO_CANDIDATES - 1; at > 0; at--)
		t->candidate[at] = t->candidate[at - 1];
	t->candidate[0] = t->bpm = bpm;
}

static void choose_octave(struct search *s, struct qf_tempo *t)
{
	double beat = 60 * s->fps / t->bpm;

	t->single_bpm = t->bpm;
	if (2 * t->bpm > BPM_MAX)
		return;
	autocorrelate_bass(s);
	qf_octave_terms(at_lag(s->bass, beat / 4), at_lag(s->bass, beat / 2), beat < LAGS - 1 ? at_lag(s->bass, beat) : 0, t->bpm,
			t->octave);
	if (qf_octave_double(t->octave) > 0.5)
		prefer(t, 2 * t->bpm);
}

static double stability(const struct search *s, double bpm)
{
	size_t agree = 0;

	for (size_t i = 0; i < s->windows; i++)
		agree += s->best[i] > 0 && multiple_of((double)s->best[i], bpm, PLAIN_MULTIPLES) > 0;
	return (double)agree / (double)s->heard;
}

/* What noise of this length does not reach: its autocorrelation is the mean of so many windows. */
static double least_strength(const struct search *s)
{
	return NOISE_STRENGTH * fmin(1, sqrt(NOISE_S * s->fps / (double)s->n));
}

static enum qf_status prepare(struct search *s, struct qf_err *e)
{
	for (size_t i = 0; i < CANDIDATES; i++) {
		double octaves;

		s->bpm[i] = fmin(BPM_MIN * pow(RATIO, (double)i), BPM_MAX);
		octaves = log2(s->bpm[i] / CENTRE_BPM) / WIDTH_OCTAVES;
		s->prior[i] = exp(-0.5 * octaves * octaves);
	}
	s->best = qf_alloc(s->n / STEP + 1, sizeof *s->best);
	if (!s->best)
		return qf_fail(e, QF_ENOMEM, "tempo: out of memory");
	return qf_fft_open(&s->fft, 2 * WINDOW, e);
}

enum qf_status qf_tempo_find(const float *curve, const uint8_t *low, size_t n, double fps, struct qf_tempo *out,
			     struct qf_err *e)
{
	struct search *s = qf_zalloc(1, sizeof *s);
	const struct qf_tempo none = {.bpm = NAN, .stability = NAN, .single_bpm = NAN};
	enum qf_status st;

	*out = none;
	if (!s)
		return qf_fail(e, QF_ENOMEM, "tempo: out of memory");
	s->curve = curve;
	s->low = low;
	s->n = n;
	s->fps = fps;
	st = prepare(s, e);
	if (st == QF_OK) {
		autocorrelate(s);
		choose(s, out);
		if (s->heard && s->strength >= least_strength(s)) {
			refine_all(s, out);
			choose_octave(s, out);
			out->stability = stability(s, out->bpm);
		} else
			*out = none;
	}
	qf_free(s->best);
	qf_fft_close(s->fft);
	qf_free(s);
	return st;
}
