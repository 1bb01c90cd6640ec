#include "model/listens.h"

#include "base/alloc.h"
#include "model/taste.h"

#include <stdlib.h>

static int in_order(const void *a, const void *b)
{
	const struct qf_listen *x = a, *y = b;

	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->weight < y->weight ? -1 : x->weight > y->weight;
}

void qf_listens_sort(struct qf_listen *l, size_t n)
{
	size_t i = 1;

	while (i < n && in_order(&l[i - 1], &l[i]) <= 0)
		i++;
	if (i < n)
		qsort(l, n, sizeof *l, in_order);
}

static struct qf_triple *faded(const struct qf_listen *l, size_t n, const struct qf_weighing *w, struct qf_err *e)
{
	struct qf_triple *t = qf_alloc(n, sizeof *t);

	if (!t)
		qf_fail(e, QF_ENOMEM, "out of memory for %zu pairs of users and tracks", n);
	for (size_t i = 0; t && i < n; i++)
		t[i] = (struct qf_triple){ l[i].user, l[i].item, qf_listens_faded(l[i].weight, l[i].at, w) };
	return t;
}

float qf_listens_faded(float weight, int64_t at, const struct qf_weighing *w)
{
	double left = (double)weight * qf_decay(at, w->now, w->half_life_days);

	return (float)(left > 1e-30 ? left : 1e-30);
}

enum qf_status qf_listens_matrix(struct qf_interactions *out, const struct qf_listen *l, size_t n, size_t users, size_t items,
				 const struct qf_weighing *w, struct qf_err *e)
{
	struct qf_triple *t = faded(l, n, w, e);

	*out = (struct qf_interactions){ 0 };
	if (!t)
		return e->code;
	qf_interactions_build(out, t, n, users, items, e);
	qf_free(t);
	if (!out->at)
		return e->code;
	qf_interactions_confidence(out, w->scale, w->eps);
	return QF_OK;
}

enum qf_status qf_listens_pairs(struct qf_pairs *out, const struct qf_listen *l, size_t n, size_t users, size_t items,
				const struct qf_weighing *w, struct qf_err *e)
{
	struct qf_triple *t = faded(l, n, w, e);

	*out = (struct qf_pairs){ 0 };
	return t ? qf_pairs_build(out, t, n, users, items, w->scale, w->eps, e) : e->code;
}
