#include "plan/prune.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct weighed {
	float weight;
	uint32_t row;
};

static int heaviest(const void *pa, const void *pb)
{
	const struct weighed *a = pa, *b = pb;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return a->row < b->row ? -1 : 1;
}

static void encode(struct qf_small *s, size_t row, const float *v)
{
	float most = 0;

	for (size_t i = 0; i < s->k; i++)
		most = fmaxf(most, fabsf(v[i]));
	s->scale[row] = most / 127;
	for (size_t i = 0; i < s->k; i++)
		s->code[row * s->k + i] = (int8_t)(most > 0 ? lrintf(v[i] / s->scale[row]) : 0);
}

static enum qf_status choose(struct qf_small *s, const float *weight, int64_t bytes, struct qf_err *e)
{
	size_t room = bytes > QF_PRUNE_HEAD ? (size_t)(bytes - QF_PRUNE_HEAD) / qf_small_row(s->k) : 0;
	struct weighed *order = qf_alloc(s->n, sizeof *order);

	if (!order)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", s->n);
	for (size_t i = 0; i < s->n; i++)
		order[i] = (struct weighed){ weight[i], (uint32_t)i };
	qsort(order, s->n, sizeof *order, heaviest);
	for (size_t i = 0; i < s->n && s->kept < room; i++)
		if (s->scale[order[i].row] > 0 && order[i].weight >= 0) {
			s->keep[order[i].row] = true;
			s->kept++;
		}
	qf_free(order);
	return QF_OK;
}

enum qf_status qf_small_make(struct qf_small *s, const float *factor, size_t n, size_t k, size_t stride, const float *weight,
			     int64_t bytes, struct qf_err *e)
{
	*s = (struct qf_small){ .n = n, .k = k, .scale = qf_alloc(n, sizeof *s->scale), .code = qf_alloc(n, k), .keep = qf_zalloc(n, sizeof *s->keep) };
	if (!s->scale || !s->code || !s->keep)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", n);
	for (size_t i = 0; i < n; i++)
		encode(s, i, factor + i * stride);
	return choose(s, weight, bytes, e);
}

void qf_small_free(struct qf_small *s)
{
	qf_free(s->scale);
	qf_free(s->code);
	qf_free(s->keep);
	*s = (struct qf_small){ 0 };
}

struct top { /* the best so far, falling */
	size_t row[QF_PRUNE_TOP], n;
	double score[QF_PRUNE_TOP];
};

static void offer(struct top *t, size_t row, double score)
{
	size_t at = t->n;

	while (at > 0 && score > t->score[at - 1])
		at--;
	if (at == QF_PRUNE_TOP)
		return;
	t->n += t->n < QF_PRUNE_TOP;
	for (size_t i = t->n - 1; i > at; i--) {
		t->row[i] = t->row[i - 1];
		t->score[i] = t->score[i - 1];
	}
	t->row[at] = row;
	t->score[at] = score;
}

double qf_small_recall(const struct qf_small *s, const float *factor, size_t stride, const float *p, const bool *barred, bool pruned)
{
	struct top whole = { .n = 0 }, small = { .n = 0 };
	size_t both = 0;

	for (size_t i = 0; i < s->n; i++) {
		double by_factor = 0, by_code = 0;

		if (s->scale[i] == 0 || (barred && barred[i]))
			continue;
		for (size_t j = 0; j < s->k; j++) {
			by_factor += (double)p[j] * factor[i * stride + j];
			by_code += (double)p[j] * s->code[i * s->k + j];
		}
		offer(&whole, i, by_factor);
		if (!pruned || s->keep[i])
			offer(&small, i, by_code * s->scale[i]);
	}
	for (size_t i = 0; i < whole.n; i++)
		for (size_t j = 0; j < small.n; j++)
			both += whole.row[i] == small.row[j];
	return whole.n ? (double)both / (double)whole.n : NAN;
}

static void put_le32(struct qf_buf *out, uint32_t v)
{
	const unsigned char p[4] = { (unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16), (unsigned char)(v >> 24) };

	qf_buf_put(out, p, sizeof p);
}

enum qf_status qf_small_put(struct qf_buf *out, const struct qf_small *s, const int64_t *id, struct qf_err *e)
{
	qf_buf_puts(out, "QFM1");
	put_le32(out, (uint32_t)s->k);
	put_le32(out, (uint32_t)s->kept);
	for (size_t i = 0; i < s->n; i++) {
		uint32_t scale;

		if (!s->keep[i])
			continue;
		if (id[i] < 0 || id[i] > UINT32_MAX)
			return qf_fail(e, QF_EINVAL, "track %lld does not fit into 32 bits", (long long)id[i]);
		memcpy(&scale, &s->scale[i], sizeof scale);
		put_le32(out, (uint32_t)id[i]);
		put_le32(out, scale);
		qf_buf_put(out, s->code + i * s->k, s->k);
	}
	return qf_buf_check(out, e);
}
