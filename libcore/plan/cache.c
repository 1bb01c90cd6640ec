#include "plan/cache.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const qf_cache_names[QF_CACHE_POLICIES] = { "gdsf", "lfu-da", "lru", "least-played", "belady" };

#define NEVER UINT32_MAX

struct cache {
	const struct qf_cache_trace *t;
	const struct qf_cache_rules *rules;
	enum qf_cache_policy policy;
	uint32_t *heap, *place;  /* items by priority, the lowest first; where each stands, NEVER: it is out */
	size_t n;
	double *priority;        /* [items] */
	uint32_t *plays, *here;  /* [items] of all the history so far, and since it came in */
	uint32_t *after;         /* [t->n] when the item of a play is played next; Belady only */
	uint32_t *sorted;        /* [items] for pins */
	bool *pinned;            /* [items] */
	int64_t used;
	double mean, age;        /* bytes of an item; L */
};

/* ---- the heap ---------------------------------------------------------------------------------- */

static bool before(const struct cache *c, uint32_t a, uint32_t b)
{
	return c->priority[a] < c->priority[b] || (c->priority[a] == c->priority[b] && a < b);
}

static void put_at(struct cache *c, size_t at, uint32_t item)
{
	c->heap[at] = item;
	c->place[item] = (uint32_t)at;
}

/* Move the item that belongs about here to where it belongs. */
static void sift(struct cache *c, size_t at, uint32_t item)
{
	for (size_t up; at > 0 && before(c, item, c->heap[up = (at - 1) / 2]); at = up)
		put_at(c, at, c->heap[up]);
	for (size_t down; (down = 2 * at + 1) < c->n; at = down) {
		if (down + 1 < c->n && before(c, c->heap[down + 1], c->heap[down]))
			down++;
		if (!before(c, c->heap[down], item))
			break;
		put_at(c, at, c->heap[down]);
	}
	put_at(c, at, item);
}

static void push(struct cache *c, uint32_t item)
{
	sift(c, c->n++, item);
}

static uint32_t pop(struct cache *c)
{
	uint32_t first = c->heap[0];

	c->place[first] = NEVER;
	if (--c->n)
		sift(c, 0, c->heap[c->n]);
	return first;
}

/* ---- policies --------------------------------------------------------------------------------------- */

static double priority(const struct cache *c, uint32_t item, size_t now)
{
	switch (c->policy) {
	case QF_CACHE_GDSF:
		return c->age + c->here[item] * c->mean / (double)c->t->bytes[item];
	case QF_CACHE_LFU_DA:
		return c->age + c->here[item];
	case QF_CACHE_LRU:
		return (double)now;
	case QF_CACHE_LEAST_PLAYED:
		return c->plays[item] + (double)now / (double)(c->t->n + 1);
	default:
		return -(double)c->after[now];
	}
}

/* The order of qsort() cannot be handed the cache; plays in the upper half of a key, the item in the lower. */
static int by_plays(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a > b ? -1 : a < b;
}

/* Who of those in the cache is pinned now. */
static enum qf_status pin(struct cache *c, struct qf_err *e)
{
	int64_t room = (int64_t)(c->rules->pin_share * (double)c->rules->capacity);
	uint64_t *key;

	if (c->rules->pins == 0 || c->policy == QF_CACHE_BELADY)
		return QF_OK;
	key = qf_alloc(c->n, sizeof *key);
	if (!key)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", c->n);
	for (size_t i = 0; i < c->n; i++) {
		key[i] = (uint64_t)c->plays[c->heap[i]] << 32 | (UINT32_MAX - c->heap[i]);
		c->pinned[c->heap[i]] = false;
	}
	qsort(key, c->n, sizeof *key, by_plays);
	for (size_t i = 0; i < c->n && i < c->rules->pins; i++) {
		uint32_t item = UINT32_MAX - (uint32_t)key[i];

		room -= c->t->bytes[item];
		if (room < 0)
			break;
		c->pinned[item] = true;
	}
	qf_free(key);
	return QF_OK;
}

/* Make room for `bytes` more, down to `low` in all. */
static enum qf_status evict(struct cache *c, int64_t bytes, struct qf_err *e)
{
	int64_t to = c->policy == QF_CACHE_BELADY ? c->rules->capacity : c->rules->low;
	size_t aside = 0;
	enum qf_status rc;

	if (c->used + bytes <= c->rules->capacity)
		return QF_OK;
	rc = pin(c, e);
	while (rc == QF_OK && c->n && c->used + bytes > to) {
		uint32_t out = pop(c);

		if (c->pinned[out]) {
			c->sorted[aside++] = out;
			continue;
		}
		c->used -= c->t->bytes[out];
		c->here[out] = 0;
		if (c->policy <= QF_CACHE_LFU_DA)
			c->age = c->priority[out];
	}
	while (aside)
		push(c, c->sorted[--aside]);
	return rc;
}

/* Belady looks whether the newcomer is wanted sooner than the one that would go. */
static bool worth_it(const struct cache *c, uint32_t item, size_t now)
{
	if (c->t->bytes[item] > c->rules->capacity)
		return false;
	if (c->policy != QF_CACHE_BELADY)
		return true;
	return c->after[now] != NEVER && (c->used + c->t->bytes[item] <= c->rules->capacity || -(double)c->after[now] > c->priority[c->heap[0]]);
}

static enum qf_status play(struct cache *c, size_t now, struct qf_cache_result *out, struct qf_err *e)
{
	uint32_t item = c->t->item[now];
	bool hit = c->place[item] != NEVER, counted = now >= c->t->warm;
	enum qf_status rc = QF_OK;

	c->plays[item]++;
	out->plays += counted;
	out->bytes += counted ? c->t->bytes[item] : 0;
	if (hit) {
		out->hits += counted;
		out->hit_bytes += counted ? c->t->bytes[item] : 0;
		c->here[item]++;
		c->priority[item] = priority(c, item, now);
		sift(c, c->place[item], item);
		return QF_OK;
	}
	if (!worth_it(c, item, now))
		return QF_OK;
	rc = evict(c, c->t->bytes[item], e);
	if (rc != QF_OK || c->used + c->t->bytes[item] > c->rules->capacity)
		return rc;
	c->here[item] = 1;
	c->priority[item] = priority(c, item, now);
	push(c, item);
	c->used += c->t->bytes[item];
	out->written += counted ? c->t->bytes[item] : 0;
	return QF_OK;
}

/* ---- a whole history ----------------------------------------------------------------------------------- */

static void look_ahead(struct cache *c)
{
	for (size_t i = 0; i < c->t->items; i++)
		c->sorted[i] = NEVER;
	for (size_t i = c->t->n; i-- > 0;) {
		c->after[i] = c->sorted[c->t->item[i]];
		c->sorted[c->t->item[i]] = (uint32_t)i;
	}
}

static enum qf_status cache_open(struct cache *c, struct qf_err *e)
{
	size_t items = c->t->items;
	double sum = 0;

	c->heap = qf_alloc(items, sizeof *c->heap);
	c->place = qf_alloc(items, sizeof *c->place);
	c->priority = qf_zalloc(items, sizeof *c->priority);
	c->plays = qf_zalloc(items, sizeof *c->plays);
	c->here = qf_zalloc(items, sizeof *c->here);
	c->sorted = qf_zalloc(items, sizeof *c->sorted);
	c->pinned = qf_zalloc(items, sizeof *c->pinned);
	c->after = qf_alloc(c->t->n, sizeof *c->after);
	if (!c->heap || !c->place || !c->priority || !c->plays || !c->here || !c->sorted || !c->pinned || !c->after)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks and %zu plays", items, c->t->n);
	for (size_t i = 0; i < items; i++) {
		c->place[i] = NEVER;
		sum += (double)c->t->bytes[i];
	}
	c->mean = items ? sum / (double)items : 1;
	if (c->policy == QF_CACHE_BELADY)
		look_ahead(c);
	return QF_OK;
}

static void cache_close(struct cache *c)
{
	qf_free(c->heap);
	qf_free(c->place);
	qf_free(c->priority);
	qf_free(c->plays);
	qf_free(c->here);
	qf_free(c->sorted);
	qf_free(c->pinned);
	qf_free(c->after);
}

static enum qf_status tell_state(struct cache *c, uint8_t *state, uint32_t *next, size_t *n_next, struct qf_err *e)
{
	enum qf_status rc = pin(c, e);

	for (size_t i = 0; rc == QF_OK && i < c->t->items; i++)
		state[i] = c->place[i] == NEVER ? QF_CACHE_OUT : c->pinned[i] ? QF_CACHE_PINNED : QF_CACHE_IN;
	for (*n_next = 0; rc == QF_OK && c->n;) {
		uint32_t item = pop(c);

		if (!c->pinned[item])
			next[(*n_next)++] = item;
	}
	return rc;
}

enum qf_status qf_cache_run(enum qf_cache_policy policy, const struct qf_cache_rules *rules, const struct qf_cache_trace *t,
			    struct qf_cache_result *out, uint8_t *state, uint32_t *next, size_t *n_next, struct qf_err *e)
{
	struct cache c = { .t = t, .rules = rules, .policy = policy };
	enum qf_status rc = cache_open(&c, e);

	*out = (struct qf_cache_result){ 0 };
	for (size_t i = 0; rc == QF_OK && i < t->n; i++)
		rc = play(&c, i, out, e);
	if (rc == QF_OK && state)
		rc = tell_state(&c, state, next, n_next, e);
	cache_close(&c);
	return rc;
}

void qf_cache_endless(const struct qf_cache_trace *t, bool *seen, struct qf_cache_result *out)
{
	*out = (struct qf_cache_result){ 0 };
	for (size_t i = 0; i < t->n; i++) {
		uint32_t item = t->item[i];
		int64_t bytes = i >= t->warm ? t->bytes[item] : 0;

		out->plays += i >= t->warm;
		out->bytes += bytes;
		if (seen[item]) {
			out->hits += i >= t->warm;
			out->hit_bytes += bytes;
		} else {
			out->written += bytes;
		}
		seen[item] = true;
	}
}
