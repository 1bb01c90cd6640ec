#include "features/codecgrid.h"

#include "base/alloc.h"
#include "features/codeclines.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LOOK QF_CODECLINES_LOOK
#define HOP QF_CODECLINES_STARTS
#define EXCERPTS 72
#define FOR_STEPS 8         /* of the brightest excerpts */
#define PARTS 4             /* of an excerpt; the dullest of them counts */
#define DIM 6e-9f           /* brightness; rounding to 16 bits alone has 5.4e-9 */
#define GRANULE 576
#define LONG_BLOCK 1024
#define SHIFT 128           /* half a short block of Vorbis */
#define MOST 4.5f           /* evidence of zeros in one look */
#define MOST_STEPS 15.0f    /* and of steps */
#define LEAST_LINES 8192    /* that a starting point is to have over all looks */
#define NINE_TENTHS 1.2816  /* of normal deviates are under it */

struct excerpt {
	uint64_t from;      /* its first frame */
	float brightness;
	float left[LOOK], side[LOOK];
};

struct tally {
	int kind;             /* of codeclines.h */
	size_t block, period; /* block is a multiple of period */
	float most;
};

static const struct tally tallies[] = {
	{QF_CODECLINES_SINE, LONG_BLOCK, LONG_BLOCK, MOST},     {QF_CODECLINES_SINE, LONG_BLOCK, SHIFT, MOST},
	{QF_CODECLINES_BELL, LONG_BLOCK, LONG_BLOCK, MOST},     {QF_CODECLINES_BELL, LONG_BLOCK, SHIFT, MOST},
	{QF_CODECLINES_HYBRID, GRANULE, GRANULE, MOST},         {QF_CODECLINES_STEPS, GRANULE, GRANULE, MOST_STEPS},
};
#define TALLIES (sizeof tallies / sizeof *tallies)

struct qf_codecgrid {
	uint64_t at; /* frames fed */
	size_t excerpts, filled;
	struct excerpt *excerpt[EXCERPTS + 1]; /* the brightest first; behind them the one that is being filled */
	struct excerpt store[EXCERPTS + 1];
	struct qf_codeclines_found found;
	double lines; /* heard at a starting point of AAC and Vorbis */
	double sum[TALLIES][LONG_BLOCK]; /* over looks, by starting point modulo period */
};

enum qf_status qf_codecgrid_open(struct qf_codecgrid **out, struct qf_err *e)
{
	struct qf_codecgrid *g = qf_zalloc(1, sizeof *g);

	*out = g;
	if (!g)
		return qf_fail(e, QF_ENOMEM, "codecgrid: out of memory");
	for (size_t i = 0; i <= EXCERPTS; i++)
		g->excerpt[i] = &g->store[i];
	return QF_OK;
}

void qf_codecgrid_close(struct qf_codecgrid *g)
{
	qf_free(g);
}

/* ---- which excerpts --------------------------------------------------------------------- */

/* Mean square of the fourth differences: 1 kHz is damped by 68 dB, 8 kHz not, 15 kHz raised by 20. Of the dullest
 * part, since encoders take short blocks for an attack. Once that is under `enough` the rest is not looked at. */
static float brightness(const float *x, float enough)
{
	float least = INFINITY;

	for (size_t from = 0; from < LOOK && least > enough; from += LOOK / PARTS) {
		float sum = 0;

		for (size_t i = from + 4; i < from + LOOK / PARTS; i++) {
			float d = x[i] - 4 * x[i - 1] + 6 * x[i - 2] - 4 * x[i - 3] + x[i - 4];

			sum += d * d;
		}
		least = fminf(least, sum / (LOOK / PARTS));
	}
	return least;
}

/* The excerpt that is full goes to its place among the others; the dullest is given up when there are too many. */
static void rank(struct qf_codecgrid *g)
{
	struct excerpt *x = g->excerpt[g->excerpts];
	size_t i = g->excerpts;
	float enough = i == EXCERPTS ? g->excerpt[i - 1]->brightness : DIM;

	x->from = g->at - LOOK;
	x->brightness = fmaxf(brightness(x->left, enough), brightness(x->side, enough));
	if (x->brightness <= enough)
		return;
	if (g->excerpts == EXCERPTS)
		g->excerpt[EXCERPTS] = g->excerpt[--i];
	else
		g->excerpts++;
	for (; i && g->excerpt[i - 1]->brightness < x->brightness; i--)
		g->excerpt[i] = g->excerpt[i - 1];
	g->excerpt[i] = x;
}

/* The next excerpt begins where the starting points of the last one, x, ended. */
static void go_on_from(struct qf_codecgrid *g, const struct excerpt *x)
{
	struct excerpt *next = g->excerpt[g->excerpts];

	g->filled = LOOK - HOP;
	memmove(next->left, x->left + HOP, g->filled * sizeof *x->left);
	memmove(next->side, x->side + HOP, g->filled * sizeof *x->side);
}

void qf_codecgrid_feed(struct qf_codecgrid *g, const float *pcm, size_t frames, size_t channels)
{
	while (frames) {
		size_t some = LOOK - g->filled < frames ? LOOK - g->filled : frames;
		struct excerpt *x = g->excerpt[g->excerpts];

		for (size_t i = 0; i < some; i++, pcm += channels) {
			x->left[g->filled + i] = pcm[0];
			x->side[g->filled + i] = channels > 1 ? (pcm[0] - pcm[1]) / 2 : 0;
		}
		g->at += some;
		g->filled += some;
		frames -= some;
		if (g->filled == LOOK) {
			rank(g);
			go_on_from(g, x);
		}
	}
}

/* ---- what they say ---------------------------------------------------------------------- */

/* Add what the starting points from `first` on gave, a block of them. */
static void settle(const struct tally *t, double *sum, const float *evidence, uint64_t from, size_t first)
{
	for (size_t i = first; i < first + t->period; i++) {
		float best = evidence[i];

		for (size_t k = i; k < first + t->block; k += t->period)
			best = evidence[k] > best ? evidence[k] : best;
		sum[(from + i) % t->period] += (double)(best < t->most ? best : t->most);
	}
}

static void look(struct qf_codecgrid *g, struct qf_codeclines *l, const float *samples, uint64_t from, bool steps)
{
	if (brightness(samples, DIM) <= DIM)
		return;
	qf_codeclines_look(l, samples, steps, &g->found);
	g->lines += (double)g->found.lines[QF_CODECLINES_SINE];
	for (size_t t = 0; t < TALLIES; t++)
		for (size_t first = 0; first + tallies[t].block <= QF_CODECLINES_STARTS; first += tallies[t].block)
			if (g->found.heard[tallies[t].kind])
				settle(&tallies[t], g->sum[t], g->found.evidence[tallies[t].kind], from, first);
}

static int rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How far the largest of n sums is above their median, in standard deviations as the upper nine tenths tell them;
 * sorts them. */
static double stands_out(double *sum, size_t n)
{
	double spread;

	qsort(sum, n, sizeof *sum, rising);
	spread = (sum[n * 9 / 10] - sum[n / 2]) / NINE_TENTHS;
	return spread > 1e-9 ? (sum[n - 1] - sum[n / 2]) / spread : 0;
}

enum qf_status qf_codecgrid_finish(struct qf_codecgrid *g, double *lead, struct qf_err *e)
{
	struct qf_codeclines *l;
	enum qf_status st = qf_codeclines_open(&l, e);

	*lead = NAN;
	if (st != QF_OK)
		return st;
	for (size_t i = 0; i < g->excerpts; i++) {
		look(g, l, g->excerpt[i]->left, g->excerpt[i]->from, i < FOR_STEPS);
		look(g, l, g->excerpt[i]->side, g->excerpt[i]->from, i < FOR_STEPS);
	}
	for (size_t t = 0; t < TALLIES && g->lines >= LEAST_LINES; t++)
		*lead = fmax(*lead, stands_out(g->sum[t], tallies[t].period));
	qf_codeclines_close(l);
	return QF_OK;
}
