#include "quality/repairs.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING 1e-12

static int by_gain(const void *a, const void *b)
{
	const struct qf_repair *x = a, *y = b;

	if ((x->kind == QF_REPAIR_LICENCE) != (y->kind == QF_REPAIR_LICENCE))
		return x->kind == QF_REPAIR_LICENCE ? -1 : 1;
	if (x->gain > y->gain || x->gain < y->gain)
		return x->gain > y->gain ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	return (x->member > y->member) - (x->member < y->member);
}

struct list {
	const struct qf_set *s;
	const struct qf_rules *r;
	struct qf_repair *v;
	size_t n;
	const char *licence; /* the last one that was judged: neighbours mostly share theirs */
	struct qf_licence verdict;
};

static void add(struct list *l, enum qf_repair_kind kind, size_t what, size_t member, double gain)
{
	if (gain > 0 || kind == QF_REPAIR_LICENCE)
		l->v[l->n++] = (struct qf_repair){ kind, what, member, gain };
}

static void add_fields(struct list *l, const struct qf_report *rep)
{
	double whole = l->r->metric[QF_METRIC_COMPLETENESS];

	for (size_t i = 0; i < QF_FIELDS; i++)
		if (rep->field_missing >> i & 1)
			add(l, QF_REPAIR_FIELD, i, 0, whole * (i < QF_REQUIRED ? l->r->required / QF_REQUIRED : l->r->recommended / QF_RECOMMENDED));
}

/* length: of this file as a share of all. */
static void add_member(struct list *l, size_t i, double length)
{
	const struct qf_member *m = &l->s->member[i];
	const char *licence = m->licence ? m->licence : "";
	uint32_t filled = qf_member_filled(m);
	double fill = l->r->metric[QF_METRIC_COMPLETENESS] * l->r->filled / (double)(QF_FILLEDS * l->s->n);
	enum qf_defect worst = qf_member_worst(m, l->r);

	if (!l->licence || strcmp(l->licence, licence) != 0)
		qf_licence_judge(l->licence = licence, strlen(licence), &l->verdict);
	if (!l->verdict.open)
		add(l, QF_REPAIR_LICENCE, 0, i,
		    l->r->metric[QF_METRIC_LICENCE] * QF_LEAST_OPEN * length + (filled >> QF_FILLED_LICENCE & 1 ? 0 : fill));
	if (worst < QF_DEFECTS)
		add(l, QF_REPAIR_MEND, worst, i, l->r->metric[QF_METRIC_CONSISTENCY] * l->r->defect[worst] / (double)l->s->n);
	for (size_t k = 0; k < QF_FILLEDS; k++)
		if (!(filled >> k & 1) && k != QF_FILLED_LICENCE)
			add(l, QF_REPAIR_FILL, k, i, fill);
}

static void add_members(struct list *l)
{
	double total = 0, mean = 0;
	size_t known = 0;

	for (size_t i = 0; i < l->s->n; i++)
		if (isfinite(l->s->member[i].duration_s) && l->s->member[i].duration_s > 0) {
			total += l->s->member[i].duration_s;
			known++;
		}
	mean = known ? total / (double)known : 1;
	total = mean * (double)l->s->n;
	for (size_t i = 0; i < l->s->n; i++) {
		double d = l->s->member[i].duration_s;

		add_member(l, i, (isfinite(d) && d > 0 ? d : mean) / total);
	}
}

enum qf_status qf_quality_repairs(const struct qf_set *s, const struct qf_rules *r, const struct qf_report *rep, double target,
				  struct qf_repair **out, size_t *n, bool *reached, struct qf_err *e)
{
	struct list l = { .s = s, .r = r };
	double score = rep->score;

	*n = 0;
	*reached = false;
	*out = NULL;
	if (s->n <= SIZE_MAX / (QF_FILLEDS + 1) - QF_FIELDS)
		l.v = qf_alloc(s->n * (QF_FILLEDS + 1) + QF_FIELDS, sizeof *l.v);
	if (!l.v)
		return qf_fail(e, QF_ENOMEM, "quality: out of memory for the repairs of %zu files", s->n);
	add_fields(&l, rep);
	add_members(&l);
	qsort(l.v, l.n, sizeof *l.v, by_gain);
	while (*n < l.n && (l.v[*n].kind == QF_REPAIR_LICENCE || score < target - ROUNDING))
		score += l.v[(*n)++].gain;
	*reached = score >= target - ROUNDING;
	*out = l.v;
	return QF_OK;
}
