#include "plan/knapsack.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct step { /* from one point of a hull to the next */
	double slope;
	uint32_t class;
	uint16_t from, to; /* options of the class */
};

struct state { /* of the core: a combination of the options of its classes */
	int64_t bytes;
	double value;
	uint32_t node; /* of its parent while it is a candidate, its own afterwards */
	uint16_t option;
};

struct node { /* how a state came about */
	uint32_t parent, class;
	uint16_t option;
};
#define NO_NODE UINT32_MAX

struct solver {
	const struct qf_knapsack *k;
	int64_t budget;
	struct step *step;
	size_t steps, at;   /* at: the first step that does not fit */
	uint16_t *base;     /* [n] the choice at the break */
	int64_t bytes;      /* of it */
	double value;
	bool *open;         /* [n] is in the core */
	struct state *now, *next;
	size_t n_now, room;
	struct node *node;
	size_t nodes, node_room;
	double best;
	uint32_t best_node;
	bool improved;      /* best_node is better than the first solution */
};

static const struct qf_option *option(const struct solver *s, size_t class, size_t i)
{
	return &s->k->option[s->k->first[class] + i];
}

/* ---- hulls and the break -------------------------------------------------------------------- */

/* The options of a class by rising bytes, each worth more than all before: *n of them. */
static void sort_class(const struct solver *s, size_t class, uint16_t *order, size_t *n)
{
	size_t count = s->k->first[class + 1] - s->k->first[class], kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct qf_option *o = option(s, class, i);
		size_t j = i;

		for (; j > 0; j--) {
			const struct qf_option *p = option(s, class, order[j - 1]);

			if (p->bytes < o->bytes || (p->bytes == o->bytes && p->value >= o->value))
				break;
			order[j] = order[j - 1];
		}
		order[j] = (uint16_t)i;
	}
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || option(s, class, order[i])->value > option(s, class, order[kept - 1])->value)
			order[kept++] = order[i];
	*n = kept;
}

static double slope(const struct qf_option *a, const struct qf_option *b)
{
	return (b->value - a->value) / (double)(b->bytes - a->bytes);
}

/* Leave of the order only what lies on the upper hull. */
static void hull(const struct solver *s, size_t class, uint16_t *order, size_t *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		const struct qf_option *o = option(s, class, order[i]);

		while (kept >= 2 && slope(option(s, class, order[kept - 2]), option(s, class, order[kept - 1])) <=
					    slope(option(s, class, order[kept - 1]), o))
			kept--;
		order[kept++] = order[i];
	}
	*n = kept;
}

static int by_slope(const void *pa, const void *pb)
{
	const struct step *a = pa, *b = pb;

	if (a->slope != b->slope)
		return a->slope > b->slope ? -1 : 1;
	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	return a->from < b->from ? -1 : a->from > b->from;
}

/* Base choice and the steps of all classes. */
static enum qf_status make_steps(struct solver *s, struct qf_err *e)
{
	size_t most = 0, n;
	uint16_t *order;

	for (size_t i = 0; i < s->k->n; i++)
		if (s->k->first[i + 1] - s->k->first[i] > most)
			most = s->k->first[i + 1] - s->k->first[i];
	order = qf_alloc(most, sizeof *order);
	if (!order)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu options", most);
	for (size_t i = 0; i < s->k->n; i++) {
		sort_class(s, i, order, &n);
		hull(s, i, order, &n);
		s->base[i] = order[0];
		s->bytes += option(s, i, order[0])->bytes;
		s->value += option(s, i, order[0])->value;
		for (size_t j = 1; j < n; j++)
			s->step[s->steps++] = (struct step){ slope(option(s, i, order[j - 1]), option(s, i, order[j])), (uint32_t)i,
							     order[j - 1], order[j] };
	}
	qf_free(order);
	qsort(s->step, s->steps, sizeof *s->step, by_slope);
	return s->bytes <= s->budget ? QF_OK
				     : qf_fail(e, QF_ELIMIT, "what must be kept takes %lld bytes, the budget is %lld", (long long)s->bytes,
					       (long long)s->budget);
}

static bool take_step(const struct solver *s, const struct step *t, uint16_t *choice, int64_t *bytes, double *value)
{
	const struct qf_option *from = option(s, t->class, t->from), *to = option(s, t->class, t->to);

	if (choice[t->class] != t->from || *bytes + to->bytes - from->bytes > s->budget)
		return false;
	choice[t->class] = t->to;
	*bytes += to->bytes - from->bytes;
	*value += to->value - from->value;
	return true;
}

/* Take steps up to the first that does not fit, which gives the bound, then whatever still fits into choice. */
static void greedy(struct solver *s, uint16_t *choice, struct qf_packed *out)
{
	while (s->at < s->steps && take_step(s, &s->step[s->at], s->base, &s->bytes, &s->value))
		s->at++;
	out->bound = s->value;
	if (s->at < s->steps)
		out->bound += s->step[s->at].slope * (double)(s->budget - s->bytes);
	memcpy(choice, s->base, s->k->n * sizeof *choice);
	out->bytes = s->bytes;
	out->value = s->value;
	for (size_t i = s->at + 1; i < s->steps; i++)
		take_step(s, &s->step[i], choice, &out->bytes, &out->value);
}

/* ---- the core ---------------------------------------------------------------------------------- */

static int by_bytes(const void *pa, const void *pb)
{
	const struct state *a = pa, *b = pb;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? -1 : 1;
	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	return a->option < b->option ? -1 : a->option > b->option;
}

/* What a state can still become: room is filled at the best slope ahead, excess shed at the cheapest behind. */
static double bound_of(const struct solver *s, int64_t bytes, double value, double ahead, double behind)
{
	int64_t left = s->budget - bytes;

	return left >= 0 ? value + ahead * (double)left : value + behind * (double)left;
}

/* Of the candidates in next[n] those that are not dominated and can beat the best become states. */
static void keep_states(struct solver *s, size_t n, uint32_t class, double ahead, double behind)
{
	double top = -INFINITY;

	qsort(s->next, n, sizeof *s->next, by_bytes);
	s->n_now = 0;
	for (size_t i = 0; i < n; i++) {
		struct state c = s->next[i];

		if (c.value <= top || bound_of(s, c.bytes, c.value, ahead, behind) <= s->best)
			continue;
		top = c.value;
		s->node[s->nodes] = (struct node){ c.node, class, c.option };
		c.node = (uint32_t)s->nodes++;
		s->now[s->n_now++] = c;
	}
}

/* Combine every state with every option of a class that could be part of something better. *n is 0 when there
 * is no room for that. */
static void combine(struct solver *s, uint32_t class, double at_break, size_t *n)
{
	const struct qf_option *base = option(s, class, s->base[class]);
	size_t count = s->k->first[class + 1] - s->k->first[class];

	*n = 0;
	for (size_t j = 0; j < count; j++) {
		const struct qf_option *o = option(s, class, j);
		int64_t db = o->bytes - base->bytes;
		double dv = o->value - base->value;

		if (s->value + dv + at_break * (double)(s->budget - s->bytes - db) <= s->best)
			continue;
		if (*n + s->n_now > s->room) {
			*n = 0;
			return;
		}
		for (size_t i = 0; i < s->n_now; i++)
			s->next[(*n)++] = (struct state){ s->now[i].bytes + db, s->now[i].value + dv, s->now[i].node, (uint16_t)j };
	}
}

static void note_best(struct solver *s)
{
	for (size_t i = 0; i < s->n_now; i++)
		if (s->now[i].bytes <= s->budget && s->now[i].value > s->best) {
			s->best = s->now[i].value;
			s->best_node = s->now[i].node;
			s->improved = true;
		}
}

/* The next step outwards whose class is still closed; NULL: none. */
static const struct step *ahead_of(const struct solver *s, size_t *i)
{
	while (*i < s->steps && s->open[s->step[*i].class])
		++*i;
	return *i < s->steps ? &s->step[*i] : NULL;
}

static const struct step *behind_of(const struct solver *s, size_t *i)
{
	while (*i > 0 && s->open[s->step[*i - 1].class])
		--*i;
	return *i > 0 ? &s->step[*i - 1] : NULL;
}

/* Open classes around the break until nothing better is possible. True: the best is proven. */
static bool search(struct solver *s)
{
	size_t front = s->at, back = s->at, n, work = 0;
	double at_break = s->step[s->at].slope;
	const struct step *next = &s->step[s->at], *ahead, *behind;
	bool forward = true;

	s->now[0] = (struct state){ s->bytes, s->value, NO_NODE, 0 };
	s->n_now = 1;
	while (next && s->n_now) {
		uint32_t class = next->class;

		s->open[class] = true;
		ahead = ahead_of(s, &front);
		behind = behind_of(s, &back);
		combine(s, class, at_break, &n);
		if ((work += n) > QF_KNAPSACK_WORK || s->nodes + n > s->node_room)
			return false;
		if (n == 0) /* no option of it can be part of something better: proven, or no room */
			return s->n_now * (s->k->first[class + 1] - s->k->first[class]) <= s->room;
		keep_states(s, n, class, ahead ? ahead->slope : 0, behind ? behind->slope : INFINITY);
		note_best(s);
		forward = !forward;
		next = (forward && ahead) || !behind ? ahead : behind;
	}
	return true;
}

static void follow(const struct solver *s, uint16_t *choice, struct qf_packed *out)
{
	memcpy(choice, s->base, s->k->n * sizeof *choice);
	for (uint32_t i = s->best_node; i != NO_NODE; i = s->node[i].parent)
		choice[s->node[i].class] = s->node[i].option;
	out->bytes = 0;
	out->value = 0;
	for (size_t i = 0; i < s->k->n; i++) {
		out->bytes += option(s, i, choice[i])->bytes;
		out->value += option(s, i, choice[i])->value;
	}
}

static void release(struct solver *s)
{
	qf_free(s->step);
	qf_free(s->base);
	qf_free(s->open);
	qf_free(s->now);
	qf_free(s->next);
	qf_free(s->node);
}

static enum qf_status acquire(struct solver *s, struct qf_err *e)
{
	size_t options = s->k->n ? s->k->first[s->k->n] : 0;

	s->room = QF_KNAPSACK_WORK / 4;
	s->node_room = QF_KNAPSACK_WORK;
	s->step = qf_alloc(options, sizeof *s->step);
	s->base = qf_alloc(s->k->n, sizeof *s->base);
	s->open = qf_zalloc(s->k->n, sizeof *s->open);
	s->now = qf_alloc(s->room, sizeof *s->now);
	s->next = qf_alloc(s->room, sizeof *s->next);
	s->node = qf_alloc(s->node_room, sizeof *s->node);
	return s->step && s->base && s->open && s->now && s->next && s->node
		       ? QF_OK
		       : qf_fail(e, QF_ENOMEM, "out of memory for %zu options", options);
}

enum qf_status qf_knapsack_solve(const struct qf_knapsack *k, int64_t budget, uint16_t *choice, struct qf_packed *out, struct qf_err *e)
{
	struct solver s = { .k = k, .budget = budget, .best_node = NO_NODE };
	enum qf_status rc = acquire(&s, e);

	*out = (struct qf_packed){ .optimal = true };
	if (rc == QF_OK)
		rc = make_steps(&s, e);
	if (rc == QF_OK) {
		greedy(&s, choice, out);
		s.best = out->value;
		if (s.at < s.steps)
			out->optimal = search(&s);
		if (s.improved)
			follow(&s, choice, out);
		if (out->bound < out->value) /* by rounding */
			out->bound = out->value;
	}
	release(&s);
	return rc;
}
