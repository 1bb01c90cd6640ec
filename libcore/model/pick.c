#include "model/pick.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

struct candidate {
	double score, nearest; /* nearest: of those picked, how alike */
	uint32_t item;
	bool taken;
};

static int best_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

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

static void take_in_order(struct choice *c, struct candidate *x, size_t n)
{
	for (size_t i = 0; i < n && c->found < c->rules->n; i++)
		if (allowed(c, x[i].item))
			take(c, &x[i]);
}

static void take_varied(struct choice *c, struct candidate *x, size_t n)
{
	double variety = c->rules->variety;

	while (c->found < c->rules->n) {
		struct candidate *best = NULL;
		double best_worth = 0;

		for (size_t i = 0; i < n; i++) {
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
	qsort(x, n, sizeof *x, best_first);
	if (rules->variety > 0 && rules->alike)
		take_varied(&c, x, n < 10 * rules->n + 100 ? n : 10 * rules->n + 100);
	else
		take_in_order(&c, x, n);
	*found = c.found;
	qf_free(x);
	qf_free(c.count);
	return QF_OK;
}
