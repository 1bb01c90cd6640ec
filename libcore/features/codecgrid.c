#include "features/codecgrid.h"

#include "base/alloc.h"
#include "dsp/fft.h"
#include "dsp/stats.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define FRAME 2048          /* of the transform, and a long block of AAC and Vorbis */
#define HALF (FRAME / 2)
#define BINS (HALF + 1)
#define STARTS 1152         /* two granules of MP3 */
#define LOOK (FRAME + STARTS) /* samples */
#define LOOKS 8
#define FEW_LOOKS 3.0         /* fewer count as so many: chance is not normal in one */
#define STEP 16             /* starting points that one transform does for */
#define BRIGHT 1e-6f        /* brightness for a look at once ... */
#define DIM 2e-8f           /* ... and after PATIENCE; rounding to 16 bits alone has 5.4e-9 */
#define PATIENCE_S 3.0
#define SIDE_BRIGHT 1e-7f
#define NEAR 0.06           /* of the magnitude */
#define ROUNDING 7.76e-11   /* mean square of rounding to 16 bits */
#define CLEAR 400.0         /* so far above it lines are that count */
#define LEAST_LINES 20
#define MOST 4.5            /* evidence of one look */

#define MDCT_FROM 128
#define MDCT_LINES 800
#define MDCT_PERIOD 128     /* half a short block of Vorbis */
#define REACH 3             /* bins to either side of a line */

#define GRANULE 576
#define SUBBAND_FROM 4
#define SUBBANDS 25
#define INNER_FROM 4        /* of a subband's 18 lines; the outer ones hold the neighbour's image */
#define INNER 10
#define HYBRID_LINES (SUBBANDS * INNER)
#define TAPS 10             /* bins that make a line */
#define SLOTS 36            /* values of a subband that make a block */

enum bank { SINE, BELL, HYBRID, BANKS };

static const double looks_s[LOOKS] = {2, 5, 8, 11, 14, 18, 22, 40};

/* The windows' transforms 1/2, 3/2 and 5/2 bins from the middle, over HALF. */
static const double shapes[HYBRID][REACH] = {{1, 0, 0}, {0.98855, 0.10623, -0.10680}};

struct tally {
	size_t block, period;    /* block is a multiple of period */
	double expected, spread; /* of the best of block / period normal deviates */
	float now[STARTS];       /* evidence of a look, by starting point */
	double sum[GRANULE];     /* over looks, by starting point modulo period */
	size_t looks;
};

struct qf_codecgrid {
	double rate_hz;
	struct qf_fft *fft;
	uint64_t at;              /* frames fed */
	size_t look, filled;
	float left[LOOK], side[LOOK];
	float re[BINS], im[BINS];
	float mdct_tap[HYBRID][2 * REACH][2], mdct_turn[MDCT_LINES][2][STEP];
	size_t first[HYBRID_LINES];
	float tap[HYBRID_LINES][TAPS][2], turn[HYBRID_LINES][2][STEP], least[HYBRID_LINES];
	struct tally tally[BANKS];
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
static void plan_mdct(struct qf_codecgrid *g)
{
	const double n = HALF;

	for (int b = 0; b < HYBRID; b++)
		for (int i = 0; i < 2 * REACH; i++) {
			int bin = i - REACH + 1; /* less the line */
			double a = shapes[b][bin > 0 ? bin - 1 : -bin], turn = QF_PI * (bin - 0.5) * (n - 0.5) / n;

			g->mdct_tap[b][i][0] = (float)(a * cos(turn));
			g->mdct_tap[b][i][1] = (float)(a * sin(turn));
		}
	for (size_t i = 0; i < MDCT_LINES; i++) {
		double k = (double)(MDCT_FROM + i) + 0.5;

		set_turn(g->mdct_turn[i], -QF_PI * (0.5 + n / 2) * k / n, QF_PI * k / n);
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
static void plan_line(struct qf_codecgrid *g, size_t line, size_t subband, size_t i, const double block[SLOTS],
		      const double turn[64][2])
{
	double k = 18 * (double)subband + (double)i + 0.5, energy = 0;

	g->first[line] = (size_t)(k * HALF / GRANULE) - TAPS / 2 + 1;
	for (size_t t = 0; t < TAPS; t++) {
		size_t bin = g->first[line] + t;
		double v[2], phase = QF_PI * ((double)bin * 448 / HALF + (2 * (double)subband + 1) * 240 / 64);
		double c = cos(phase), s = sin(phase);

		through_block(bin, subband % 2, block, turn, v);
		g->tap[line][t][0] = (float)(v[0] * c - v[1] * s);
		g->tap[line][t][1] = (float)(v[0] * s + v[1] * c);
		energy += v[0] * v[0] + v[1] * v[1];
	}
	set_turn(g->turn[line], 0, QF_PI * k / GRANULE);
	g->least[line] = (float)(CLEAR * ROUNDING * FRAME * energy);
}

static void plan_hybrid(struct qf_codecgrid *g)
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
		plan_line(g, i, SUBBAND_FROM + i / INNER, INNER_FROM + i % INNER, block[i % INNER],
			  (const double (*)[2])turn);
}

enum qf_status qf_codecgrid_open(struct qf_codecgrid **out, double rate_hz, struct qf_err *e)
{
	struct qf_codecgrid *g = qf_zalloc(1, sizeof *g);

	*out = NULL;
	if (!g)
		return qf_fail(e, QF_ENOMEM, "codecgrid: out of memory");
	if (qf_fft_open(&g->fft, FRAME, e) != QF_OK) {
		qf_free(g);
		return QF_ENOMEM;
	}
	g->rate_hz = rate_hz;
	plan_mdct(g);
	plan_hybrid(g);
	g->tally[SINE].block = g->tally[BELL].block = HALF;
	g->tally[SINE].period = g->tally[BELL].period = MDCT_PERIOD;
	g->tally[SINE].expected = g->tally[BELL].expected = 1.4236;
	g->tally[SINE].spread = g->tally[BELL].spread = 0.6107;
	g->tally[HYBRID].block = g->tally[HYBRID].period = GRANULE;
	g->tally[HYBRID].spread = 1;
	*out = g;
	return QF_OK;
}

void qf_codecgrid_close(struct qf_codecgrid *g)
{
	if (!g)
		return;
	qf_fft_close(g->fft);
	qf_free(g);
}

struct hits { /* of starting points in a row */
	float sum[STEP], weights, squares;
	size_t lines;
};

/* ---- a look ----------------------------------------------------------------------------- */

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
static size_t note(struct tally *t, size_t start, const struct hits *h)
{
	double chance = 2 / QF_PI * asin(NEAR), spread = sqrt(chance * (1 - chance) * (double)h->squares) + 1e-9;

	for (size_t i = 0; i < STEP; i++)
		t->now[start + i] = (float)(((double)h->sum[i] - chance * (double)h->weights) / spread);
	return h->lines;
}

static size_t count_mdct(struct qf_codecgrid *g, enum bank bank, size_t start)
{
	float re[MDCT_LINES] = {0}, im[MDCT_LINES] = {0};
	struct hits h = {{0}, 0, 0, 0};
	const float least = (float)(CLEAR * ROUNDING * FRAME);

	for (size_t t = 0; t < 2 * REACH; t++) {
		float c = g->mdct_tap[bank][t][0], s = g->mdct_tap[bank][t][1];
		const float *a = g->re + MDCT_FROM - REACH + 1 + t, *b = g->im + MDCT_FROM - REACH + 1 + t;

		for (size_t i = 0; (c != 0 || s != 0) && i < MDCT_LINES; i++) {
			re[i] += a[i] * c - b[i] * s;
			im[i] += a[i] * s + b[i] * c;
		}
	}
	for (size_t i = 0; i < MDCT_LINES; i++)
		if (re[i] * re[i] + im[i] * im[i] > least)
			count(re[i], im[i], (const float (*)[STEP])g->mdct_turn[i], (float)(MDCT_FROM + i) / HALF, &h);
	return note(&g->tally[bank], start, &h);
}

static size_t count_hybrid(struct qf_codecgrid *g, size_t start)
{
	struct hits h = {{0}, 0, 0, 0};

	for (size_t i = 0; i < HYBRID_LINES; i++) {
		const float *a = g->re + g->first[i], *b = g->im + g->first[i];
		float re = 0, im = 0;

		for (size_t t = 0; t < TAPS; t++) {
			re += a[t] * g->tap[i][t][0] - b[t] * g->tap[i][t][1];
			im += a[t] * g->tap[i][t][1] + b[t] * g->tap[i][t][0];
		}
		if (re * re + im * im > g->least[i])
			count(re, im, (const float (*)[STEP])g->turn[i], (float)g->first[i] / HALF, &h);
	}
	return note(&g->tally[HYBRID], start, &h);
}

/* Add what the starting points from `first` on gave, a block of them; sample 0 of the look is
 * sample `from` of the track. */
static void settle(struct tally *t, uint64_t from, size_t first)
{
	for (size_t i = first; i < first + t->period; i++) {
		float best = t->now[i];

		for (size_t k = i; k < first + t->block; k += t->period)
			best = t->now[k] > best ? t->now[k] : best;
		t->sum[(from + i) % t->period] += (fmin((double)best, MOST) - t->expected) / t->spread;
	}
	t->looks++;
}

static void look(struct qf_codecgrid *g, const float *samples)
{
	size_t lines[BANKS] = {0};

	for (size_t start = 0; start < STARTS; start += STEP) {
		memcpy(qf_fft_input(g->fft), samples + start + STEP / 2, FRAME * sizeof *samples);
		qf_fft_complex(g->fft, g->re, g->im);
		for (enum bank b = SINE; b < HYBRID && start < HALF; b++)
			lines[b] += count_mdct(g, b, start);
		lines[HYBRID] += count_hybrid(g, start);
	}
	for (enum bank b = SINE; b < BANKS; b++)
		for (size_t first = 0; first + g->tally[b].block <= STARTS; first += g->tally[b].block)
			if (lines[b] * STEP >= LEAST_LINES * g->tally[b].block)
				settle(&g->tally[b], g->at - LOOK, first);
}

/* Mean square of the fourth differences: 1 kHz is damped by 68 dB, 8 kHz not, 15 kHz raised by 20. */
static float brightness(const float *x)
{
	float sum = 0;

	for (size_t i = 4; i < LOOK; i++) {
		float d = x[i] - 4 * x[i - 1] + 6 * x[i - 2] - 4 * x[i - 3] + x[i - 4];

		sum += d * d;
	}
	return sum / LOOK;
}

static void collect(struct qf_codecgrid *g, const float *pcm, size_t n, size_t channels)
{
	for (size_t i = 0; i < n; i++) {
		const float *x = pcm + i * channels;

		g->left[g->filled] = x[0];
		g->side[g->filled++] = channels > 1 ? (x[0] - x[1]) / 2 : 0;
	}
}

void qf_codecgrid_feed(struct qf_codecgrid *g, const float *pcm, size_t frames, size_t channels)
{
	while (frames && g->look < LOOKS) {
		uint64_t from = (uint64_t)(looks_s[g->look] * g->rate_hz);
		size_t some = LOOK - g->filled < frames ? LOOK - g->filled : frames;

		if (g->at < from)
			some = from - g->at < frames ? (size_t)(from - g->at) : frames;
		else
			collect(g, pcm, some, channels);
		g->at += some;
		pcm += some * channels;
		frames -= some;
		if (g->filled == LOOK) {
			g->filled = 0;
			if (brightness(g->left) > ((double)(g->at - from) < PATIENCE_S * g->rate_hz ? BRIGHT : DIM)) {
				look(g, g->look % 2 == 0 && brightness(g->side) > SIDE_BRIGHT ? g->side : g->left);
				g->look++;
			}
		}
	}
}

double qf_codecgrid_lead(const struct qf_codecgrid *g)
{
	double lead = 0;

	for (enum bank b = SINE; b < BANKS; b++)
		for (size_t i = 0; g->tally[b].looks && i < g->tally[b].period; i++)
			lead = fmax(lead, g->tally[b].sum[i] / sqrt(fmax((double)g->tally[b].looks, FEW_LOOKS)));
	return lead;
}
