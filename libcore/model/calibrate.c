#include "model/calibrate.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define SMOOTH 0.01 /* of p in q~ */

static double term(const struct qf_calibration *c, size_t kind, double count, double n)
{
	double p = c->mix->want[kind], q = (n > 0 ? (1 - SMOOTH) * count / n : 0) + SMOOTH * p;

	return p > 0 ? p * log(p / q) : 0;
}

/* What the next item would do: all terms change with n, one of them with its kind too. */
static void look_ahead(struct qf_calibration *c)
{
	c->kl = c->base = 0;
	for (size_t g = 0; g < c->mix->kinds; g++) {
		double kept = term(c, g, c->count[g], c->n + 1);

		c->kl += term(c, g, c->count[g], c->n);
		c->base += kept;
		c->gain[g] = kept - term(c, g, c->count[g] + 1, c->n + 1);
	}
}

enum qf_status qf_calibration_open(struct qf_calibration *c, const struct qf_mix *mix, struct qf_err *e)
{
	*c = (struct qf_calibration){ .mix = mix };
	c->count = qf_zalloc(mix->kinds, sizeof *c->count);
	c->gain = qf_alloc(mix->kinds, sizeof *c->gain);
	if (!c->count || !c->gain)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu kinds", mix->kinds);
	look_ahead(c);
	return QF_OK;
}

static size_t kinds_of(const struct qf_mix *m, uint32_t item, const uint32_t **kind)
{
	size_t n = 0;

	*kind = m->kind + (size_t)item * QF_KINDS;
	while (n < QF_KINDS && (*kind)[n] != QF_NO_KIND)
		n++;
	return n;
}

double qf_calibration_with(const struct qf_calibration *c, uint32_t item)
{
	const uint32_t *kind;
	size_t n = kinds_of(c->mix, item, &kind);
	double kl = c->base, part = 1 / (double)(n ? n : 1);

	if (n == 1)
		return (c->n + 1) * (kl - c->gain[kind[0]]);
	for (size_t i = 0; i < n; i++)
		kl += term(c, kind[i], c->count[kind[i]] + part, c->n + 1) - term(c, kind[i], c->count[kind[i]], c->n + 1);
	return (c->n + 1) * kl;
}

void qf_calibration_take(struct qf_calibration *c, uint32_t item)
{
	const uint32_t *kind;
	size_t n = kinds_of(c->mix, item, &kind);

	for (size_t i = 0; i < n; i++)
		c->count[kind[i]] += 1 / (double)n;
	c->n++;
	look_ahead(c);
}

void qf_calibration_close(struct qf_calibration *c)
{
	qf_free(c->count);
	qf_free(c->gain);
	memset(c, 0, sizeof *c);
}
