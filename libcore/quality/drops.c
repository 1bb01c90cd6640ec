#include "quality/drops.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING 1e-12

struct spoilt {
	double weight; /* INFINITY: refused */
	size_t member;
};

struct list {
	struct spoilt *v; /* [n] by weight, the greatest first */
	size_t n;
	struct qf_member *left; /* [of the set] */
	bool *out;              /* [of the set] */
};

static int by_weight(const void *a, const void *b)
{
	const struct spoilt *x = a, *y = b;

	if (x->weight < y->weight || x->weight > y->weight)
		return x->weight > y->weight ? -1 : 1;
	return (x->member > y->member) - (x->member < y->member);
}

static double weight_of(const struct qf_member *m, const struct qf_rules *r, bool any_licence)
{
	const char *licence = m->licence ? m->licence : "";
	enum qf_defect worst = qf_member_worst(m, r);
	struct qf_licence verdict;

	if (!any_licence) {
		qf_licence_judge(licence, strlen(licence), &verdict);
		if (!verdict.open)
			return INFINITY;
	}
	return worst < QF_DEFECTS ? r->defect[worst] : 0;
}

static enum qf_status make_list(struct list *l, const struct qf_set *s, const struct qf_rules *r, bool any_licence, struct qf_err *e)
{
	*l = (struct list){ .v = qf_alloc(s->n, sizeof *l->v), .left = qf_alloc(s->n, sizeof *l->left), .out = qf_zalloc(s->n, sizeof *l->out) };
	if (!l->v || !l->left || !l->out)
		return qf_fail(e, QF_ENOMEM, "quality: out of memory for what to leave out of %zu files", s->n);
	for (size_t i = 0; i < s->n; i++) {
		double weight = weight_of(&s->member[i], r, any_licence);

		if (weight > 0)
			l->v[l->n++] = (struct spoilt){ weight, i };
	}
	if (l->n)
		qsort(l->v, l->n, sizeof *l->v, by_weight);
	return QF_OK;
}

/* The score of the set without the first n of the list. */
static enum qf_status judge_without(struct list *l, const struct qf_set *s, const struct qf_rules *r, size_t n, double *score, struct qf_err *e)
{
	struct qf_set rest = *s;
	struct qf_report rep;
	enum qf_status rc;

	for (size_t i = 0; i < n; i++)
		l->out[l->v[i].member] = true;
	rest.member = l->left;
	rest.n = 0;
	for (size_t i = 0; i < s->n; i++)
		if (!l->out[i])
			l->left[rest.n++] = s->member[i];
	rc = qf_quality_judge(&rest, r, &rep, e);
	*score = rep.score;
	qf_report_free(&rep);
	return rc;
}

static enum qf_status try_classes(struct list *l, const struct qf_set *s, const struct qf_rules *r, double target, struct qf_drops *out,
				  struct qf_err *e)
{
	for (size_t end = 0; end < l->n && !out->reached;) {
		double weight = l->v[end].weight, score;
		enum qf_status rc;

		while (end < l->n && !(l->v[end].weight < weight))
			end++;
		if (end == s->n)
			break;
		rc = judge_without(l, s, r, end, &score, e);
		if (rc != QF_OK)
			return rc;
		if (score <= out->score)
			continue;
		*out = (struct qf_drops){ .n = end, .score = score, .reached = score >= target - ROUNDING };
	}
	return QF_OK;
}

enum qf_status qf_quality_drops(const struct qf_set *s, const struct qf_rules *r, const struct qf_report *rep, double target,
				bool any_licence, struct qf_drops *out, struct qf_err *e)
{
	struct list l;
	enum qf_status rc = make_list(&l, s, r, any_licence, e);

	*out = (struct qf_drops){ .score = rep->refused && !any_licence ? -1 : rep->score };
	if (rc == QF_OK)
		rc = try_classes(&l, s, r, target, out, e);
	if (rc == QF_OK && !(out->member = qf_alloc(out->n, sizeof *out->member)))
		rc = qf_fail(e, QF_ENOMEM, "quality: out of memory for what to leave out of %zu files", s->n);
	for (size_t i = 0; rc == QF_OK && i < out->n; i++)
		out->member[i] = l.v[i].member;
	qf_free(l.v);
	qf_free(l.left);
	qf_free(l.out);
	return rc;
}

void qf_drops_free(struct qf_drops *d)
{
	qf_free(d->member);
	*d = (struct qf_drops){ .n = 0 };
}
