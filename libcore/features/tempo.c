#include "features/tempo.h"

#include "base/alloc.h"
#include "dsp/stats.h"
#include "features/repeats.h"

#include <math.h>

#define WINDOW 1024          /* 12 s: a tempo of its own */
#define LONG_WINDOW 4096     /* 48 s: phrases that come again */
#define PHRASE_WEIGHT 0.3    /* beside the comb */
#define BPM_MIN 40.0
#define BPM_MAX 240.0
#define CENTRE_BPM 118.0
#define WIDTH_OCTAVES 1.2
#define RATIO 1.004           /* from one candidate to the next */
#define CANDIDATES 450        /* ln(240 / 40) / ln(1.004), rounded up */
#define APART 1.08            /* another tempo is at least so far away */
#define FULL_STRENGTH 0.25    /* comb and phrase of a click track have more */
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
	struct qf_repeats *beats;
	double bpm[CANDIDATES], prior[CANDIDATES], phrase[CANDIDATES];
	double all[WINDOW], bass[WINDOW], far[LONG_WINDOW]; /* mean autocorrelations: of the curve, of low, of the curve in long windows */
	size_t windows, heard;
	double strength; /* comb and phrase of the winner over FULL_STRENGTH */
	float *best; /* best[windows]: the tempo of each, 0 where nothing happens */
};

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

		if (lag >= WINDOW - 1)
			continue;
		sum += teeth[i].weight * at_lag(acf, lag);
		weights += teeth[i].beats < 1 ? 0 : teeth[i].weight; /* the half beat is a bonus */
	}
	return weights > 0 && sum > 0 ? sum / weights : 0;
}

/* The far autocorrelation, made up for the part of a window that has nothing so far behind it. */
static double after(const struct search *s, double lag)
{
	double window = (double)(s->n < LONG_WINDOW ? s->n : LONG_WINDOW);

	return lag < 0.75 * window ? at_lag(s->far, lag) / (1 - lag / window) : 0;
}

/* 0 to about 1: how strongly the curve repeats after phrases: 8 and 16 beats or, where bars have three, 6 and 12. */
static double phrase(const struct search *s, double beat)
{
	double of_four = after(s, 8 * beat) + after(s, 16 * beat), of_three = after(s, 6 * beat) + after(s, 12 * beat);

	return fmax(fmax(of_four, of_three) / 2, 0);
}

/* The score of every candidate by its comb and so much of its phrase; returns the best. */
static size_t score_all(const struct search *s, const double *acf, double phrases, double score[CANDIDATES])
{
	size_t best = 0;

	for (size_t i = 0; i < CANDIDATES; i++) {
		score[i] = (comb(acf, 60 * s->fps / s->bpm[i]) + phrases * s->phrase[i]) * s->prior[i];
		if (score[i] > score[best])
			best = i;
	}
	return best;
}

/* The mean autocorrelation of the curve, and the tempo of each window. */
static enum qf_status listen_to_beats(struct search *s, struct qf_err *e)
{
	double score[CANDIDATES];
	size_t best;

	s->windows = qf_repeats_windows(s->beats, s->n);
	s->best = qf_zalloc(s->windows, sizeof *s->best);
	if (!s->best)
		return qf_fail(e, QF_ENOMEM, "tempo: out of memory");
	for (size_t i = 0; i < s->windows; i++) {
		const double *acf = qf_repeats_window(s->beats, s->curve, s->n, i);

		if (!acf)
			continue;
		for (size_t k = 0; k < WINDOW; k++)
			s->all[k] += acf[k] / (double)s->windows;
		best = score_all(s, acf, 0, score);
		if (score[best] > 0)
			s->best[i] = (float)s->bpm[best];
		s->heard++;
	}
	return QF_OK;
}

static enum qf_status listen_to_phrases(struct search *s, struct qf_err *e)
{
	struct qf_repeats *r;

	if (qf_repeats_open(&r, LONG_WINDOW, e) != QF_OK)
		return e->code;
	qf_repeats_mean(r, s->curve, s->n, s->far);
	qf_repeats_close(r);
	for (size_t i = 0; i < CANDIDATES; i++)
		s->phrase[i] = phrase(s, 60 * s->fps / s->bpm[i]);
	return QF_OK;
}

static enum qf_status listen_to_bass(struct search *s, struct qf_err *e)
{
	float *low = qf_alloc(s->n, sizeof *low);

	if (!low)
		return qf_fail(e, QF_ENOMEM, "tempo: out of memory for the bass");
	for (size_t i = 0; i < s->n; i++)
		low[i] = (float)s->low[i] / 8;
	qf_repeats_mean(s->beats, low, s->n, s->bass);
	qf_free(low);
	return QF_OK;
}

static int apart(double a, double b)
{
	return a > b * APART || a * APART < b;
}

/* The best tempo that is apart from those chosen before and a peak among its neighbours. */
static void choose(struct search *s, struct qf_tempo *out)
{
	double score[CANDIDATES], first, strongest;
	size_t best = score_all(s, s->all, PHRASE_WEIGHT, score);

	first = score[best];
	strongest = first / s->prior[best];
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
			s->strength = strongest / FULL_STRENGTH;
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

static enum qf_status choose_octave(struct search *s, struct qf_tempo *t, struct qf_err *e)
{
	double beat = 60 * s->fps / t->bpm;

	t->single_bpm = t->bpm;
	if (2 * t->bpm > BPM_MAX)
		return QF_OK;
	if (listen_to_bass(s, e) != QF_OK)
		return e->code;
	qf_octave_terms(at_lag(s->bass, beat / 4), at_lag(s->bass, beat / 2), beat < WINDOW - 1 ? at_lag(s->bass, beat) : 0, t->bpm,
			t->octave);
	if (qf_octave_double(t->octave) > 0.5)
		prefer(t, 2 * t->bpm);
	return QF_OK;
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
	return qf_repeats_open(&s->beats, WINDOW, e);
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
	if (st == QF_OK)
		st = listen_to_beats(s, e);
	if (st == QF_OK)
		st = listen_to_phrases(s, e);
	if (st == QF_OK)
		choose(s, out);
	if (st == QF_OK && s->heard && s->strength >= least_strength(s)) {
		refine_all(s, out);
		st = choose_octave(s, out, e);
		out->stability = stability(s, out->bpm);
	} else
		*out = none;
	qf_free(s->best);
	qf_repeats_close(s->beats);
	qf_free(s);
	return st;
}
