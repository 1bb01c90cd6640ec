#include "trust/reputation.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400, MOST_STEPS = 200 };
static const double damping = 0.85, precision = 1e-13;

static const struct { double r, s; } weight_of[QF_DEEDS] = { /* a rating's follow from its stars */
	[QF_INTERACTION] = { 2.0 / 49, 0 },
	[QF_VERIFICATION] = { 3, 0 },
	[QF_REPORT] = { 0, 3 },
};

/* ---- which records count ------------------------------------------------------------------------- */

/* By actor and target, within that by kind, interactions by day, and the last one last. */
static int in_order(const void *a, const void *b)
{
	const struct qf_opinion *x = *(const struct qf_opinion *const *)a, *y = *(const struct qf_opinion *const *)b;
	int64_t dx = x->deed == QF_INTERACTION ? x->ts / DAY : 0, dy = y->deed == QF_INTERACTION ? y->ts / DAY : 0;

	if (x->actor != y->actor)
		return x->actor < y->actor ? -1 : 1;
	if (x->target != y->target)
		return x->target < y->target ? -1 : 1;
	if (x->deed != y->deed)
		return x->deed > y->deed ? -1 : 1; /* retractions first */
	if (dx != dy)
		return dx < dy ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return (x > y) - (x < y);
}

/* Whether y replaces x, which stands just before it. */
static bool replaces(const struct qf_opinion *y, const struct qf_opinion *x)
{
	return x->actor == y->actor && x->target == y->target && x->deed == y->deed &&
	       (x->deed != QF_INTERACTION || x->ts / DAY == y->ts / DAY);
}

/* Those that count, in order, retractions left out; the array is the caller's to free. */
static enum qf_status counting(const struct qf_society *s, const struct qf_opinion ***out, size_t *n, struct qf_err *e)
{
	const struct qf_opinion **p = qf_alloc(s->n, sizeof *p);
	size_t had = 0;
	int64_t taken_back = -1;

	*out = p;
	*n = 0;
	if (!p)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu records", s->n);
	for (size_t i = 0; i < s->n; i++)
		if (s->said[i].ts <= s->as_of)
			p[had++] = &s->said[i];
	qsort(p, had, sizeof *p, in_order);
	for (size_t i = 0; i < had; i++) {
		const struct qf_opinion *o = p[i];

		if (i == 0 || o->actor != p[i - 1]->actor || o->target != p[i - 1]->target)
			taken_back = -1;
		if (o->deed == QF_RETRACTION)
			taken_back = o->seq;
		else if (o->seq > taken_back && !(i + 1 < had && replaces(p[i + 1], o)))
			p[(*n)++] = o; /* *n <= i: what is still to be read stays */
	}
	return QF_OK;
}

/* ---- weights --------------------------------------------------------------------------------------- */

struct graph {
	const struct qf_opinion **edge; /* [n] by actor */
	size_t n;
	bool *liar;   /* [actors] two records with one number */
	size_t *out;  /* [actors] edges that go out */
	double *p, *t, *next;
};

static void find_liars(const struct qf_society *s, bool *liar)
{
	memset(liar, 0, s->actors * sizeof *liar);
	for (size_t i = 1; i < s->n; i++)
		if (s->said[i].actor == s->said[i - 1].actor && s->said[i].seq == s->said[i - 1].seq)
			liar[s->said[i].actor] = true;
}

/* Keep the edges among what counts: from whom, to the person that the target is. One to a pair. */
static void keep_edges(const struct qf_society *s, struct graph *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct qf_opinion *o = g->edge[i];

		if (s->person[o->target] == QF_NOBODY || g->liar[o->actor] || g->liar[s->person[o->target]])
			continue;
		if (o->deed != QF_VOUCH && !(o->deed == QF_VERIFICATION && s->agreed[o->target]))
			continue;
		if (n && g->edge[n - 1]->actor == o->actor && g->edge[n - 1]->target == o->target)
			continue;
		g->edge[n++] = o;
	}
	g->n = n;
	memset(g->out, 0, s->actors * sizeof *g->out);
	for (size_t i = 0; i < n; i++)
		g->out[g->edge[i]->actor]++;
}

/* One step of t = d C' t + (1 - d) p; what actors without edges hold goes to the anchors. The change. */
static double step(const struct qf_society *s, struct graph *g)
{
	double lost = 0, change = 0, *old = g->t;

	memset(g->next, 0, s->actors * sizeof *g->next);
	for (size_t i = 0; i < g->n; i++)
		g->next[s->person[g->edge[i]->target]] += damping * g->t[g->edge[i]->actor] / (double)g->out[g->edge[i]->actor];
	for (size_t a = 0; a < s->actors; a++)
		if (g->out[a] == 0)
			lost += damping * g->t[a];
	for (size_t a = 0; a < s->actors; a++) {
		g->next[a] += (1 - damping + lost) * g->p[a];
		change += fabs(g->next[a] - g->t[a]);
	}
	g->t = g->next;
	g->next = old;
	return change;
}

static void spread(const struct qf_society *s, struct graph *g, double *w, bool *anchored)
{
	double sum = 0, squares = 0;

	for (size_t a = 0; a < s->actors; a++)
		sum += g->p[a] = g->liar[a] ? 0 : s->anchor[a];
	*anchored = sum > 0;
	for (size_t a = 0; a < s->actors; a++)
		g->t[a] = g->p[a] = *anchored ? g->p[a] / sum : 0;
	for (int i = 0; *anchored && i < MOST_STEPS && step(s, g) > precision; i++)
		;
	for (size_t a = 0; a < s->actors; a++)
		squares += g->t[a] * g->t[a];
	for (size_t a = 0; a < s->actors; a++)
		w[a] = g->liar[a] ? 0 : *anchored ? fmin(1, g->t[a] / squares) : 1;
}

enum qf_status qf_reputation_weigh(const struct qf_society *s, double *w, bool *anchored, struct qf_err *e)
{
	struct graph g = {
		.liar = qf_alloc(s->actors, sizeof *g.liar), .out = qf_alloc(s->actors, sizeof *g.out), .p = qf_alloc(s->actors, sizeof *g.p),
		.t = qf_alloc(s->actors, sizeof *g.t), .next = qf_alloc(s->actors, sizeof *g.next),
	};
	enum qf_status rc = g.liar && g.out && g.p && g.t && g.next ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu actors", s->actors);

	if (rc == QF_OK)
		rc = counting(s, &g.edge, &g.n, e);
	if (rc == QF_OK) {
		find_liars(s, g.liar);
		keep_edges(s, &g);
		spread(s, &g, w, anchored);
	}
	qf_free(g.edge);
	qf_free(g.liar);
	qf_free(g.out);
	qf_free(g.p);
	qf_free(g.t);
	qf_free(g.next);
	return rc;
}

/* ---- evidence --------------------------------------------------------------------------------------- */

enum qf_status qf_reputation_judge(const struct qf_society *s, const double *w, struct qf_evidence *out, qf_reputation_why *why, void *ctx,
				   struct qf_err *e)
{
	const struct qf_opinion **o = NULL;
	size_t n = 0;
	enum qf_status rc = counting(s, &o, &n, e);

	memset(out, 0, s->targets * sizeof *out);
	for (size_t i = 0; i < s->n; i++)
		if (s->said[i].ts <= s->as_of) {
			out[s->said[i].target].deltas += s->said[i].delta;
			out[s->said[i].target].records++;
		}
	for (size_t i = 0; i < n; i++) {
		double age = (double)(s->as_of - o[i]->ts), weight = w[o[i]->actor], r = weight_of[o[i]->deed].r, against = weight_of[o[i]->deed].s;

		if (o[i]->deed == QF_VERIFICATION && !s->agreed[o[i]->target])
			continue;
		if (o[i]->deed == QF_RATING) {
			r = (double)(o[i]->delta + 20000) / 40000;
			against = 1 - r;
		}
		if (s->half_life_s > 0)
			weight *= exp2(-age / (double)s->half_life_s);
		out[o[i]->target].r += weight * r;
		out[o[i]->target].s += weight * against;
		if (why && o[i]->deed != QF_VOUCH)
			why(ctx, o[i], weight, weight * r, weight * against);
	}
	qf_free(o);
	return rc;
}

double qf_reputation_trust(const struct qf_evidence *v)
{
	return (1 + v->r) / (2 + v->r + v->s);
}

double qf_reputation_ledger(const struct qf_evidence *v)
{
	return fmin(1, fmax(0, 0.5 + (double)v->deltas / 1e6));
}

/* ---- Beta --------------------------------------------------------------------------------------------- */

/* The continued fraction of the incomplete beta function (Abramowitz & Stegun 26.5.8) by the method of
 * Lentz; it converges fast for x < (a + 1) / (a + b + 2). */
static double fraction(double x, double a, double b)
{
	double c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), f = d;

	for (int m = 1; m < 10000; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double turn;

		d = 1 / (1 + even * d);
		c = 1 + even / c;
		f *= c * d;
		d = 1 / (1 + odd * d);
		c = 1 + odd / c;
		turn = c * d;
		f *= turn;
		if (fabs(turn - 1) < 1e-15)
			break;
	}
	return f;
}

static double below(double x, double a, double b)
{
	double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));

	return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a : 1 - front * fraction(1 - x, b, a) / b;
}

double qf_beta_quantile(double p, double a, double b)
{
	double lo = 0, hi = 1;

	for (int i = 0; i < 60 && hi - lo > 1e-13; i++) {
		double mid = (lo + hi) / 2;

		if (below(mid, a, b) < p)
			lo = mid;
		else
			hi = mid;
	}
	return (lo + hi) / 2;
}

double qf_reputation_creator(const struct qf_evidence *v)
{
	return qf_beta_quantile(0.05, 1 + v->r, 1 + v->s);
}
