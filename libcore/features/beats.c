#include "features/beats.h"

#include "base/alloc.h"

#include <math.h>
#include <stdint.h>

#define PENALTY 100.0

struct tracker {
	const float *curve;
	size_t n, shortest, longest; /* intervals, frames */
	float scale;                 /* 1 / rms of the curve */
	float *cost;                 /* cost[k - shortest] of an interval of k frames */
	float *score;                /* best sequence that ends here */
	uint16_t *back;              /* frames to the beat before; 0: none */
};

static enum qf_status prepare(struct tracker *t, double period)
{
	double squares = 0;

	t->shortest = (size_t)fmax(1, period / 2);
	t->longest = (size_t)fmin(period * 2, UINT16_MAX);
	t->cost = qf_alloc(t->longest - t->shortest + 1, sizeof *t->cost);
	t->score = qf_alloc(t->n, sizeof *t->score);
	t->back = qf_alloc(t->n, sizeof *t->back);
	if (!t->cost || !t->score || !t->back)
		return QF_ENOMEM;
	for (size_t k = t->shortest; k <= t->longest; k++) {
		double q = log((double)k / period);

		t->cost[k - t->shortest] = (float)(PENALTY * q * q);
	}
	for (size_t i = 0; i < t->n; i++)
		squares += (double)(t->curve[i] * t->curve[i]);
	t->scale = (float)(1 / (sqrt(squares / (double)t->n) + 1e-9));
	return QF_OK;
}

static void score_all(struct tracker *t)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t most = i < t->longest ? i : t->longest, interval = 0;
		float best = 0;

		for (size_t k = t->shortest; k <= most; k++) {
			float v = t->score[i - k] - t->cost[k - t->shortest];

			if (v > best) {
				best = v;
				interval = k;
			}
		}
		t->score[i] = t->curve[i] * t->scale + best;
		t->back[i] = (uint16_t)interval;
	}
}

/* Where between its neighbours the peak lies, -0.5 to 0.5 frames. */
static double vertex(const float *x, size_t n, size_t i)
{
	double a, b, c, bend;

	if (i == 0 || i + 1 >= n)
		return 0;
	a = (double)x[i - 1];
	b = (double)x[i];
	c = (double)x[i + 1];
	bend = a - 2 * b + c;
	if (!(bend < 0) || b < a || b < c)
		return 0;
	return 0.5 * (a - c) / bend;
}

static enum qf_status trace(const struct tracker *t, double fps, double period, double offset_s, struct qf_floats *out)
{
	size_t from = t->n > (size_t)period ? t->n - (size_t)period : 0, last = from, count = 1;

	for (size_t i = from; i < t->n; i++)
		if (t->score[i] > t->score[last])
			last = i;
	for (size_t i = last; t->back[i]; i -= t->back[i])
		count++;
	out->v = qf_alloc(count, sizeof *out->v);
	if (!out->v)
		return QF_ENOMEM;
	out->n = count;
	for (size_t i = last; count--; i -= t->back[i])
		out->v[count] = (float)(((double)i + vertex(t->curve, t->n, i)) / fps + offset_s);
	return QF_OK;
}

enum qf_status qf_beats(const float *curve, size_t n, double fps, double bpm, double offset_s, struct qf_floats *out,
			struct qf_err *e)
{
	struct tracker t = {.curve = curve, .n = n};
	double period = 60 * fps / bpm;
	enum qf_status st = QF_OK;

	if (!n)
		return QF_OK;
	st = prepare(&t, period);
	if (st == QF_OK) {
		score_all(&t);
		st = trace(&t, fps, period, offset_s, out);
	}
	qf_free(t.cost);
	qf_free(t.score);
	qf_free(t.back);
	return st == QF_OK ? st : qf_fail(e, QF_ENOMEM, "beats: out of memory for %zu values", n);
}
