#include "model/alike.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

enum { LANES = 8 };

double qf_alike_dot(const float *x, const float *y, size_t n)
{
	float lane[LANES] = { 0 };
	double sum = 0;
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			lane[j] += x[i + j] * y[i + j];
	for (size_t j = 0; j < LANES; j++)
		sum += (double)lane[j];
	for (; i < n; i++)
		sum += (double)x[i] * (double)y[i];
	return sum;
}

static float one_by_length(const float *v, size_t n)
{
	double square = qf_linear_dot(v, v, n);

	return square > 0 ? (float)(1 / sqrt(square)) : 0;
}

enum qf_status qf_alike_open(struct qf_alike *a, const struct qf_model *m, struct qf_err *e)
{
	*a = (struct qf_alike){ .m = m, .even = (double)m->users / ((double)m->users + QF_BLEND_LISTENERS) };
	a->by_factor = qf_zalloc(m->items, sizeof *a->by_factor);
	a->by_sound = qf_zalloc(m->items, sizeof *a->by_sound);
	if (!a->by_factor || !a->by_sound)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", m->items);
	for (size_t i = 0; i < m->items; i++) {
		if (m->factor.v)
			a->by_factor[i] = one_by_length(qf_matrix_row(&m->factor, i), m->factor.k);
		if (m->ease)
			a->by_factor[i] = m->ease->spread[i] > 0;
		if (m->sound)
			a->by_sound[i] = one_by_length(m->sound + i * m->dim, m->dim);
	}
	return QF_OK;
}

void qf_alike_close(struct qf_alike *a)
{
	qf_free(a->by_factor);
	qf_free(a->by_sound);
	memset(a, 0, sizeof *a);
}

static double factor_cosine(const struct qf_alike *a, uint32_t x, uint32_t y)
{
	float by = a->by_factor[x] * a->by_factor[y];

	if (a->m->ease)
		return by > 0 ? qf_ease_alike(a->m->ease, x, y) : 0;
	return by > 0 ? (double)by * qf_alike_dot(qf_matrix_row(&a->m->factor, x), qf_matrix_row(&a->m->factor, y), a->m->factor.k) : 0;
}

static double sound_cosine(const struct qf_alike *a, uint32_t x, uint32_t y)
{
	float by = a->by_sound[x] * a->by_sound[y];

	return by > 0 ? (double)by * qf_alike_dot(a->m->sound + x * a->m->dim, a->m->sound + y * a->m->dim, a->m->dim) : 0;
}

struct qf_reason qf_alike_parts(const struct qf_alike *a, uint32_t x, uint32_t y)
{
	const float *listeners = a->m->listeners;
	double n = (double)(listeners[x] < listeners[y] ? listeners[x] : listeners[y]);
	double w = n / (n + QF_BLEND_LISTENERS);
	bool factors = a->by_factor[x] > 0 && a->by_factor[y] > 0, sounds = a->by_sound[x] > 0 && a->by_sound[y] > 0;

	if (!factors || !sounds)
		w = factors ? 1 : 0;
	return (struct qf_reason){ .item = x, .listening = w > 0 ? w * factor_cosine(a, x, y) : 0,
				   .sound = w < 1 ? (1 - w) * sound_cosine(a, x, y) : 0 };
}

double qf_alike_of(const void *alike, uint32_t x, uint32_t y)
{
	struct qf_reason r = qf_alike_parts(alike, x, y);

	return r.listening + r.sound;
}

double qf_alike_even(const void *alike, uint32_t x, uint32_t y)
{
	const struct qf_alike *a = alike;
	double w = a->m->factor.v ? a->m->sound ? a->even : 1 : 0;

	return x == y ? 1 : (w > 0 ? w * factor_cosine(a, x, y) : 0) + (1 - w) * sound_cosine(a, x, y);
}
