#include "features/codeclines.h"

#include "base/alloc.h"
#include "dsp/fft.h"
#include "dsp/stats.h"
#include "dsp/wide.h"

#include <math.h>
#include <string.h>

#define FRAME 2048          /* of the transform, and a long block of AAC and Vorbis */
#define HALF (FRAME / 2)
#define BINS (HALF + 1)
#define STEP QF_WIDE_ROW    /* starting points that one transform does for */
#define NEAR 0.06           /* of the magnitude */
#define ROUNDING 7.76e-11   /* mean square of rounding to 16 bits */
#define CLEAR 100.0         /* so far above it lines are that count */
#define LEAST_LINES 20

#define MDCT_FROM 128
#define MDCT_LINES 800
#define REACH 3             /* bins to either side of a line */

#define GRANULE 576
#define SUBBANDS 29
#define INNER_FROM 4        /* of a subband's 18 lines; the outer ones hold the neighbour's image */
#define INNER 10
#define HYBRID_LINES (SUBBANDS * INNER)
#define TAPS 10             /* bins that make a line */
#define SLOTS 36            /* values of a subband that make a block */

#define UNIT (12 * 1.41421356237309505) /* what 1 in a bitstream of MP3 is in an orthonormal transform */
#define STEPS 80            /* of rounding, from 2^(-14/4) on: finer ones drown in rounding to 16 bits */
#define STEPS_TRIED 16
#define LEAST_STEPS 1.5f    /* that the largest line is to have, for an opinion */
#define CHANCE 5.0f         /* what the best of all steps often gives to a subband */

static const double shapes[2][REACH] = {{1, 0, 0}, {0.98855, 0.10623, -0.10680}};

struct qf_codeclines {
	struct qf_fft *fft;
	const struct qf_wide *wide;
	float re[BINS], im[BINS];
	float mdct_tap[2][2 * REACH][2], mdct_turn[MDCT_LINES][2][STEP];
	size_t first[HYBRID_LINES];
	float tap[HYBRID_LINES][TAPS][2], turn[HYBRID_LINES][2][STEP], least[HYBRID_LINES], units[HYBRID_LINES];
	float line[HYBRID_LINES][2]; /* what the last transform gave */
	float step[STEPS];           /* rising */
};

/* ---- plans ------------------------------------------------------------------------------ */

/* cos and -sin of phase + per_sample t, t from -STEP/2. */
static void set_turn(float turn[2][STEP], double phase, double per_sample)
{
	double c = cos(phase - STEP / 2 * per_sample), s = sin(phase - STEP / 2 * per_sample);
	double dc = cos(per_sample), ds = sin(per_sample);

	for (int i = 0; i < STEP; i++) {
		double next = c * dc - s * ds;

		turn[0][i] = (float)c;
		turn[1][i] = (float)-s;
		s = s * dc + c * ds;
		c = next;
	}
}

/* sum w(n) x(n) cos(pi / N (n + 1/2 + N/2)(k + 1/2)) over 2 N samples is the real part of the
 * bins around k, each times the window's transform there, turned by the phase of line k. */
static void plan_mdct(struct qf_codeclines *l)
{
	const double n = HALF;

	for (int b = 0; b < 2; b++)
		for (int i = 0; i < 2 * REACH; i++) {
			int bin = i - REACH + 1; /* less the line */
			double a = shapes[b][bin > 0 ? bin - 1 : -bin], turn = QF_PI * (bin - 0.5) * (n - 0.5) / n;

			l->mdct_tap[b][i][0] = (float)(a * cos(turn));
			l->mdct_tap[b][i][1] = (float)(a * sin(turn));
		}
	for (size_t i = 0; i < MDCT_LINES; i++) {
		double k = (double)(MDCT_FROM + i) + 0.5;

		set_turn(l->mdct_turn[i], -QF_PI * (0.5 + n / 2) * k / n, QF_PI * k / n);
	}
}

/* What bin `bin` gives to line i of an even or odd subband, that is, to a block of values of the
 * subband 32 samples apart, windowed and transformed; odd ones run backwards. */
static void through_block(size_t bin, int odd, const double line[SLOTS], const double turn[64][2], double out[2])
{
	out[0] = out[1] = 0;
	for (size_t s = 0; s < SLOTS; s++) {
		double u = odd && s % 2 ? -line[s] : line[s];

		out[0] += u * turn[bin * s % 64][0];
		out[1] += u * turn[bin * s % 64][1];
	}
}

/* Inside a subband its prototype filter is flat: what is left of it is delay. */
static void plan_line(struct qf_codeclines *l, size_t line, size_t subband, size_t i, const double block[SLOTS],
		      const double turn[64][2])
{
	double k = 18 * (double)subband + (double)i + 0.5, energy = 0;

	l->first[line] = (size_t)(k * HALF / GRANULE) - TAPS / 2 + 1;
	for (size_t t = 0; t < TAPS; t++) {
		size_t bin = l->first[line] + t;
		double v[2], phase = QF_PI * ((double)bin * 448 / HALF + (2 * (double)subband + 1) * 240 / 64);
		double c = cos(phase), s = sin(phase);

		through_block(bin, subband % 2, block, turn, v);
		l->tap[line][t][0] = (float)(v[0] * c - v[1] * s);
		l->tap[line][t][1] = (float)(v[0] * s + v[1] * c);
		energy += v[0] * v[0] + v[1] * v[1];
	}
	set_turn(l->turn[line], 0, QF_PI * k / GRANULE);
	energy *= FRAME / 2.0; /* of the line, where each sample has 1 */
	l->least[line] = (float)(2 * CLEAR * ROUNDING * energy);
	l->units[line] = (float)(32768 / UNIT / sqrt(energy));
}

static void plan_hybrid(struct qf_codeclines *l)
{
	double turn[64][2], block[INNER][SLOTS];

	for (int i = 0; i < INNER; i++)
		for (int s = 0; s < SLOTS; s++)
			block[i][s] = sin(QF_PI / SLOTS * (s + 0.5)) * cos(QF_PI / SLOTS * (s + 9.5) * (2 * (INNER_FROM + i) + 1));
	for (int i = 0; i < 64; i++) {
		turn[i][0] = cos(QF_PI * i / 32);
		turn[i][1] = sin(QF_PI * i / 32);
	}
	for (size_t i = 0; i < HYBRID_LINES; i++)
		plan_line(l, i, i / INNER, INNER_FROM + i % INNER, block[i % INNER],
			  (const double (*)[2])turn);
}

enum qf_status qf_codeclines_open(struct qf_codeclines **out, struct qf_err *e)
{
	struct qf_codeclines *l = qf_zalloc(1, sizeof *l);

	*out = NULL;
	if (!l)
		return qf_fail(e, QF_ENOMEM, "codeclines: out of memory");
	if (qf_fft_open(&l->fft, FRAME, e) != QF_OK) {
		qf_free(l);
		return QF_ENOMEM;
	}
	l->wide = qf_wide_best();
	plan_mdct(l);
	plan_hybrid(l);
	for (int i = 0; i < STEPS; i++)
		l->step[i] = (float)pow(2, 3.0 / 16 * (i - 14)); /* lines are rounded in their power 3/4 */
	*out = l;
	return QF_OK;
}

void qf_codeclines_close(struct qf_codeclines *l)
{
	if (!l)
		return;
	qf_fft_close(l->fft);
	qf_free(l);
}

/* ---- zeros ------------------------------------------------------------------------------ */

struct hits { /* of starting points in a row */
	float sum[STEP], weights, squares;
	size_t lines;
};

/* Add weight for each starting point at which the line re, im is next to zero. */
static void count(float re, float im, const float turn[2][STEP], float weight, struct hits *h)
{
	float limit = (float)(NEAR * NEAR) * (re * re + im * im);

	for (int i = 0; i < STEP; i++) {
		float x = re * turn[0][i] + im * turn[1][i];

		h->sum[i] += x * x < limit ? weight : 0.0f;
	}
	h->weights += weight;
	h->squares += weight * weight;
	h->lines++;
}

/* From hits to evidence; returns how many lines counted. */
static size_t note(const struct hits *h, float evidence[STEP])
{
	double chance = 2 / QF_PI * asin(NEAR), spread = sqrt(chance * (1 - chance) * (double)h->squares) + 1e-9;

	for (size_t i = 0; i < STEP; i++)
		evidence[i] = (float)(((double)h->sum[i] - chance * (double)h->weights) / spread);
	return h->lines;
}

static size_t count_mdct(struct qf_codeclines *l, int window, float evidence[STEP])
{
	float re[MDCT_LINES] = {0}, im[MDCT_LINES] = {0};
	struct hits h = {{0}, 0, 0, 0};
	const float least = (float)(CLEAR * ROUNDING * FRAME);

	for (size_t t = 0; t < 2 * REACH; t++) {
		float c = l->mdct_tap[window][t][0], s = l->mdct_tap[window][t][1];
		const float *a = l->re + MDCT_FROM - REACH + 1 + t, *b = l->im + MDCT_FROM - REACH + 1 + t;

		for (size_t i = 0; (c != 0 || s != 0) && i < MDCT_LINES; i++) {
			re[i] += a[i] * c - b[i] * s;
			im[i] += a[i] * s + b[i] * c;
		}
	}
	for (size_t i = 0; i < MDCT_LINES; i++)
		if (re[i] * re[i] + im[i] * im[i] > least)
			count(re[i], im[i], (const float (*)[STEP])l->mdct_turn[i], (float)(MDCT_FROM + i) / HALF, &h);
	return note(&h, evidence);
}

static void hybrid_lines(struct qf_codeclines *l)
{
	for (size_t i = 0; i < HYBRID_LINES; i++) {
		const float *a = l->re + l->first[i], *b = l->im + l->first[i];
		float re = 0, im = 0;

		for (size_t t = 0; t < TAPS; t++) {
			re += a[t] * l->tap[i][t][0] - b[t] * l->tap[i][t][1];
			im += a[t] * l->tap[i][t][1] + b[t] * l->tap[i][t][0];
		}
		l->line[i][0] = re;
		l->line[i][1] = im;
	}
}

static size_t count_hybrid(const struct qf_codeclines *l, float evidence[STEP])
{
	struct hits h = {{0}, 0, 0, 0};

	for (size_t i = 0; i < HYBRID_LINES; i++) {
		float re = l->line[i][0], im = l->line[i][1];

		if (re * re + im * im > l->least[i])
			count(re, im, (const float (*)[STEP])l->turn[i], (float)l->first[i] / HALF, &h);
	}
	return note(&h, evidence);
}

/* ---- steps ------------------------------------------------------------------------------ */

/* The inner lines of a subband, to the power 3/4, for each starting point; returns the largest that any has. */
static float line_powers(const struct qf_codeclines *l, size_t subband, float u[INNER * STEP])
{
	float top = 0;

	for (size_t k = 0; k < INNER; k++) {
		size_t i = subband * INNER + k;
		float re = l->line[i][0] * l->units[i], im = l->line[i][1] * l->units[i];

		top = fmaxf(top, re * re + im * im);
		for (int s = 0; s < STEP; s++) {
			float x = fabsf(re * l->turn[i][0][s] + im * l->turn[i][1][s]);

			u[k * STEP + (size_t)s] = sqrtf(x * sqrtf(x));
		}
	}
	top = sqrtf(top);
	return sqrtf(top * sqrtf(top));
}

/* How well the lines of a subband are whole numbers of the best step; returns whether any can be tried. */
static bool fit_steps(const struct qf_codeclines *l, size_t subband, float evidence[STEP])
{
	float u[INNER * STEP], best[STEP] = {0}, top = line_powers(l, subband, u);
	int k = -1;

	while (k + 1 < STEPS && l->step[k + 1] * LEAST_STEPS <= top)
		k++;
	for (int n = 0; n < STEPS_TRIED && k - n >= 0; n++) {
		float sum[STEP] = {0};

		l->wide->waves(sum, u, INNER, 1 / l->step[k - n]);
		for (int s = 0; s < STEP; s++)
			best[s] = sum[s] > best[s] ? sum[s] : best[s];
	}
	for (int s = 0; s < STEP; s++)
		evidence[s] += best[s] > CHANCE ? best[s] - CHANCE : 0.0f;
	return k >= 0;
}

void qf_codeclines_look(struct qf_codeclines *l, const float samples[QF_CODECLINES_LOOK], bool steps, struct qf_codeclines_found *f)
{
	size_t lines[QF_CODECLINES_STEPS] = {0};

	memset(f, 0, sizeof *f);
	for (size_t start = 0; start < QF_CODECLINES_STARTS; start += STEP) {
		memcpy(qf_fft_input(l->fft), samples + start + STEP / 2, FRAME * sizeof *samples);
		qf_fft_complex(l->fft, l->re, l->im);
		for (int w = QF_CODECLINES_SINE; w <= QF_CODECLINES_BELL && start < HALF; w++)
			lines[w] += count_mdct(l, w, f->evidence[w] + start);
		hybrid_lines(l);
		lines[QF_CODECLINES_HYBRID] += count_hybrid(l, f->evidence[QF_CODECLINES_HYBRID] + start);
		for (size_t b = 0; steps && b < SUBBANDS; b++)
			f->heard[QF_CODECLINES_STEPS] |= fit_steps(l, b, f->evidence[QF_CODECLINES_STEPS] + start);
	}
	for (int b = 0; b < QF_CODECLINES_STEPS; b++) {
		f->lines[b] = (float)(lines[b] * STEP) / (b == QF_CODECLINES_HYBRID ? QF_CODECLINES_STARTS : HALF);
		f->heard[b] = f->lines[b] >= LEAST_LINES;
	}
}
