#include "model/pick.h"

#include "base/alloc.h"

#include <math.h>

struct candidate {
	double score, nearest; /* nearest: of those picked, how alike */
	uint32_t item;
	bool taken;
};

static int best_first(const struct candidate *x, const struct candidate *y)
{
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

struct count { /* of picks by artist: few, so a plain list */
	uint32_t artist;
	size_t n;
};

struct choice {
	const struct qf_pick_rules *rules;
	struct count *count; /* [rules->n] */
	size_t artists;
	uint32_t *out;
	size_t found;
};

static struct count *count_of(struct choice *c, uint32_t item)
{
	uint32_t artist = c->rules->artist ? c->rules->artist[item] : QF_NO_ARTIST;

	if (artist == QF_NO_ARTIST || c->rules->max_per_artist == 0)
		return NULL;
	for (size_t i = 0; i < c->artists; i++)
		if (c->count[i].artist == artist)
			return &c->count[i];
	c->count[c->artists] = (struct count){ .artist = artist }; /* counts only once it is taken */
	return &c->count[c->artists];
}

static bool allowed(struct choice *c, uint32_t item)
{
	const struct count *count = count_of(c, item);

	return !count || count->n < c->rules->max_per_artist;
}

static void take(struct choice *c, struct candidate *x)
{
	struct count *count = count_of(c, x->item);

	if (count && count->n++ == 0)
		c->artists++;
	x->taken = true;
	c->out[c->found++] = x->item;
}

/* The candidates as a heap, best on top: a million tracks are not sorted for a list of
 * two hundred. */
static void sink(struct candidate *x, size_t n, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		struct candidate swap = x[at];

		if (child + 1 < n && best_first(&x[child + 1], &x[child]) < 0)
			child++;
		if (best_first(&x[at], &x[child]) <= 0)
			return;
		x[at] = x[child];
		x[child] = swap;
	}
}

static void make_heap(struct candidate *x, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sink(x, n, i);
}

/* The best goes behind the end of the heap, which has n - 1 then. */
static struct candidate *pop(struct candidate *x, size_t n)
{
	struct candidate best = x[0];

	x[0] = x[n - 1];
	x[n - 1] = best;
	sink(x, n - 1, 0);
	return &x[n - 1];
}

static void take_in_order(struct choice *c, struct candidate *x, size_t n)
{
	for (; n && c->found < c->rules->n; n--) {
		struct candidate *best = pop(x, n);

		if (allowed(c, best->item))
			take(c, best);
	}
}

static void take_varied(struct choice *c, struct candidate *x, size_t n)
{
	double variety = c->rules->variety;

	while (c->found < c->rules->n) {
		struct candidate *best = NULL;
		double best_worth = 0;

		for (size_t i = n; i-- > 0;) { /* popped: the best stand last */
			double worth = (1 - variety) * x[i].score - (c->found ? variety * x[i].nearest : 0);

			if (x[i].taken || (best && worth <= best_worth) || !allowed(c, x[i].item))
				continue;
			best = &x[i];
			best_worth = worth;
		}
		if (!best)
			return;
		take(c, best);
		for (size_t i = 0; i < n; i++) {
			double alike = x[i].taken ? 0 : c->rules->alike(c->rules->alike_arg, best->item, x[i].item);

			if (c->found == 1 || alike > x[i].nearest)
				x[i].nearest = alike;
		}
	}
}

enum qf_status qf_pick(const double *score, size_t items, const struct qf_pick_rules *rules, uint32_t *out, size_t *found,
		       struct qf_err *e)
{
	struct candidate *x = qf_alloc(items, sizeof *x);
	struct choice c = { .rules = rules, .count = qf_alloc(rules->n + 1, sizeof *c.count), .out = out };
	size_t n = 0;

	*found = 0;
	if (!x || !c.count) {
		qf_free(x);
		qf_free(c.count);
		return qf_fail(e, QF_ENOMEM, "out of memory for the scores of %zu tracks", items);
	}
	for (size_t i = 0; i < items; i++)
		if (isfinite(score[i]) && !(rules->barred && rules->barred[i]))
			x[n++] = (struct candidate){ .score = score[i], .item = (uint32_t)i };
	make_heap(x, n);
	if (rules->variety > 0 && rules->alike) {
		size_t pool = n < QF_VARIETY_POOL(rules->n) ? n : QF_VARIETY_POOL(rules->n);

		for (size_t i = 0; i < pool; i++)
			pop(x, n - i);
		take_varied(&c, x + n - pool, pool);
	} else {
		take_in_order(&c, x, n);
	}
	*found = c.found;
	qf_free(x);
	qf_free(c.count);
	return QF_OK;
}
