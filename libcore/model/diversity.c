#include "model/diversity.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define LEAST 1e-6 /* d^2: below it the rounding of sums decides */

enum qf_status qf_spread_open(struct qf_spread *s, const struct qf_diversity *d, size_t room, size_t picks, struct qf_err *e)
{
	*s = (struct qf_spread){ .d = d, .room = room, .picks = picks };
	s->loss = qf_alloc(room, sizeof *s->loss);
	s->left = qf_alloc(room, sizeof *s->left);
	s->c = d->kind == QF_DPP ? qf_alloc(room, picks * sizeof *s->c) : NULL;
	if (!s->loss || !s->left || (d->kind == QF_DPP && !s->c))
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu candidates", room);
	return QF_OK;
}

void qf_spread_start(struct qf_spread *s, const uint32_t *item, size_t n)
{
	s->item = item;
	s->n = n;
	s->taken = 0;
	for (size_t i = 0; i < n; i++) {
		s->loss[i] = 0;
		s->left[i] = 1;
	}
}

static double product(const float *x, const float *y, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)y[i];
	return sum;
}

static void span_one_more(struct qf_spread *s, size_t i, size_t pick, double alike)
{
	float *own = s->c + i * s->picks;
	const float *other = s->c + pick * s->picks;
	double d = sqrt(s->left[pick] > LEAST ? s->left[pick] : LEAST);
	double part = (alike - product(own, other, s->taken)) / d;

	own[s->taken] = (float)part;
	s->left[i] -= part * part;
	s->loss[i] = -log(s->left[i] > LEAST ? s->left[i] : LEAST);
}

void qf_spread_take(struct qf_spread *s, size_t pick)
{
	for (size_t i = 0; i < s->n; i++) {
		double alike;

		if (i == pick)
			continue;
		alike = s->d->alike(s->d->arg, s->item[pick], s->item[i]);
		if (s->d->kind == QF_DPP)
			span_one_more(s, i, pick, alike);
		else if (s->taken == 0 || alike > s->loss[i])
			s->loss[i] = alike;
	}
	s->taken++;
}

void qf_spread_close(struct qf_spread *s)
{
	qf_free(s->loss);
	qf_free(s->left);
	qf_free(s->c);
	memset(s, 0, sizeof *s);
}
