#include "model/pick.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

struct candidate {
	double score;
	uint32_t item;
};

static int best_first(const struct candidate *x, const struct candidate *y)
{
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

/* --- caps: how many of each artist, of each album ----------------------------------------- */

struct cap { /* picks by number, in a hash table at most half full */
	const uint32_t *of; /* [items]; NULL: no cap */
	size_t most, slots; /* slots: a power of 2 */
	uint32_t *key;
	uint32_t *count; /* 0: the slot is free */
};

static bool open_cap(struct cap *c, const uint32_t *of, size_t most, size_t picks)
{
	*c = (struct cap){ .of = most ? of : NULL, .most = most, .slots = 2 };
	if (!c->of)
		return true;
	while (c->slots < 2 * picks)
		c->slots *= 2;
	c->key = qf_alloc(c->slots, sizeof *c->key);
	c->count = qf_zalloc(c->slots, sizeof *c->count);
	return c->key && c->count;
}

static void close_cap(struct cap *c)
{
	qf_free(c->key);
	qf_free(c->count);
}

/* The slot of the item's number: of its picks so far, or a free one. */
static size_t slot_of(const struct cap *c, uint32_t item)
{
	size_t at = (size_t)c->of[item] * 2654435761U & (c->slots - 1);

	while (c->count[at] && c->key[at] != c->of[item])
		at = (at + 1) & (c->slots - 1);
	return at;
}

static bool below_cap(const struct cap *c, uint32_t item)
{
	return !c->of || c->of[item] == UINT32_MAX || c->count[slot_of(c, item)] < c->most;
}

static void count_one(struct cap *c, uint32_t item)
{
	size_t at;

	if (!c->of || c->of[item] == UINT32_MAX)
		return;
	at = slot_of(c, item);
	c->key[at] = c->of[item];
	c->count[at]++;
}

/* --- a choice under way ------------------------------------------------------------------- */

struct choice {
	const struct qf_pick_rules *rules;
	struct candidate *heap; /* [left], the best on top: a million tracks are not sorted for a list of two hundred */
	size_t left, popped;
	bool unsure; /* more would have to be looked at than is sure to be there */
	struct cap artist, album;
	uint32_t *out;
	size_t found;
};

static bool allowed(const struct choice *c, uint32_t item)
{
	return below_cap(&c->artist, item) && below_cap(&c->album, item);
}

static void take(struct choice *c, uint32_t item)
{
	count_one(&c->artist, item);
	count_one(&c->album, item);
	c->out[c->found++] = item;
}

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

static void gather(struct choice *c, const double *score, size_t items)
{
	for (size_t i = 0; i < items; i++) {
		double s = score[i] + (c->rules->lean ? c->rules->lean[i] : 0);

		if (isfinite(s) && !(c->rules->barred && c->rules->barred[i]))
			c->heap[c->left++] = (struct candidate){ .score = s, .item = (uint32_t)i };
	}
	for (size_t i = c->left / 2; i-- > 0;)
		sink(c->heap, c->left, i);
}

/* The best of those left that is allowed. */
static bool pop(struct choice *c, struct candidate *best)
{
	while (c->left) {
		c->unsure = c->rules->sure && c->popped == c->rules->sure;
		if (c->unsure)
			return false;
		c->popped++;
		*best = c->heap[0];
		c->heap[0] = c->heap[--c->left];
		sink(c->heap, c->left, 0);
		if (allowed(c, best->item))
			return true;
	}
	return false;
}

/* --- rounds ------------------------------------------------------------------------------- */

struct round {
	struct candidate pool[QF_PICK_POOL]; /* best first */
	uint32_t item[QF_PICK_POOL];
	bool taken[QF_PICK_POOL];
	size_t n;
	struct qf_spread spread;
	struct qf_calibration mix;
	bool spreads, calibrates;
};

/* What may still be taken stays, the best of the heap follow: never better than those. */
static void fill(struct choice *c, struct round *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!r->taken[i] && allowed(c, r->pool[i].item))
			r->pool[n++] = r->pool[i];
	while (n < QF_PICK_POOL && pop(c, &r->pool[n]))
		n++;
	for (size_t i = 0; i < n; i++) {
		r->item[i] = r->pool[i].item;
		r->taken[i] = false;
	}
	r->n = n;
	if (r->spreads)
		qf_spread_start(&r->spread, r->item, n);
}

static double worth(const struct choice *c, const struct round *r, size_t i)
{
	double w = r->pool[i].score, v = c->rules->variety, k = c->rules->calibrate;

	if (r->spreads)
		w = (1 - v) * w - v * qf_spread_loss(&r->spread, i);
	return r->calibrates ? (1 - k) * w - k * qf_calibration_with(&r->mix, r->item[i]) : w;
}

static bool take_one(struct choice *c, struct round *r)
{
	size_t best = SIZE_MAX;
	double most = 0;

	for (size_t i = 0; i < r->n; i++) {
		double w;

		if (r->taken[i] || !allowed(c, r->item[i]))
			continue;
		w = worth(c, r, i);
		if (best != SIZE_MAX && w <= most)
			continue;
		best = i;
		most = w;
	}
	if (best == SIZE_MAX)
		return false;
	take(c, r->item[best]);
	r->taken[best] = true;
	if (r->spreads)
		qf_spread_take(&r->spread, best);
	if (r->calibrates)
		qf_calibration_take(&r->mix, r->item[best]);
	return true;
}

static enum qf_status take_in_rounds(struct choice *c, struct round *r, struct qf_err *e)
{
	if (r->spreads && qf_spread_open(&r->spread, &c->rules->diversity, QF_PICK_POOL, QF_PICK_ROUND, e))
		return e->code;
	if (r->calibrates && qf_calibration_open(&r->mix, c->rules->mix, e))
		return e->code;
	for (fill(c, r); r->n && !c->unsure && c->found < c->rules->n; fill(c, r))
		for (size_t i = 0; i < QF_PICK_ROUND && c->found < c->rules->n && take_one(c, r); i++)
			;
	return QF_OK;
}

static enum qf_status choose(struct choice *c, struct qf_err *e)
{
	const struct qf_pick_rules *rules = c->rules;
	bool spreads = rules->variety > 0 && rules->diversity.alike, calibrates = rules->calibrate > 0 && rules->mix;
	struct candidate best;
	struct round *r;
	enum qf_status rc;

	if (!spreads && !calibrates) {
		while (c->found < rules->n && pop(c, &best))
			take(c, best.item);
		return QF_OK;
	}
	r = qf_zalloc(1, sizeof *r);
	if (!r)
		return qf_fail(e, QF_ENOMEM, "out of memory for a round of picks");
	r->spreads = spreads;
	r->calibrates = calibrates;
	rc = take_in_rounds(c, r, e);
	qf_spread_close(&r->spread);
	qf_calibration_close(&r->mix);
	qf_free(r);
	return rc;
}

enum qf_status qf_pick(const double *score, size_t items, const struct qf_pick_rules *rules, uint32_t *out, size_t *found,
		       struct qf_err *e)
{
	struct choice c = { .rules = rules, .out = out, .heap = qf_alloc(items, sizeof *c.heap) };
	size_t picks = rules->n < items ? rules->n : items;
	bool room = open_cap(&c.artist, rules->artist, rules->max_per_artist, picks);
	enum qf_status rc;

	room = open_cap(&c.album, rules->album, rules->max_per_album, picks) && room;
	if (c.heap && room) {
		gather(&c, score, items);
		rc = choose(&c, e);
	} else {
		rc = qf_fail(e, QF_ENOMEM, "out of memory for the scores of %zu tracks", items);
	}
	*found = c.found;
	close_cap(&c.artist);
	close_cap(&c.album);
	qf_free(c.heap);
	return rc;
}
