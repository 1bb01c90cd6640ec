#include "model/station.h"

#include "base/alloc.h"
#include "model/alike.h"
#include "model/pick.h"

#include <string.h>

#define CHANCE 0.05

struct candidate {
	uint32_t item;
	double near, chance;
	bool played;
};

struct show { /* under way */
	const struct qf_station *s;
	struct qf_alike alike;
	const uint32_t *seed;
	size_t seeds;
	struct candidate *pool;
	size_t n;
};

/* 0 to 1 (SplitMix64 of seed and item). */
static double draw(uint64_t seed, uint64_t item)
{
	uint64_t z = seed * 0x9e3779b97f4a7c15u + item * 0xd1342543de82ef95u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (double)(z >> 11) * 0x1p-53;
}

static double nearness(const struct show *w, uint32_t item)
{
	double sum = 0;

	for (size_t i = 0; i < w->seeds; i++)
		sum += qf_alike_of(&w->alike, w->seed[i], item);
	return sum / (double)w->seeds;
}

static void explain(const struct show *w, struct qf_aired *a)
{
	for (size_t i = 0; i < w->seeds; i++) {
		struct qf_reason r = qf_alike_parts(&w->alike, w->seed[i], a->item);

		r.listening /= (double)w->seeds;
		r.sound /= (double)w->seeds;
		a->listening += r.listening;
		a->sound += r.sound;
		if (i == 0 || r.listening + r.sound > a->nearest.listening + a->nearest.sound)
			a->nearest = r;
	}
}

static enum qf_status find_pool(struct show *w, const struct qf_model *m, struct qf_err *e)
{
	const struct qf_station *s = w->s;
	double *near = qf_alloc(m->items, sizeof *near);
	bool *barred = qf_zalloc(m->items, sizeof *barred);
	uint32_t *item = qf_alloc(s->reach, sizeof *item);
	enum qf_status rc = QF_OK;
	size_t n = 0;

	w->pool = qf_alloc(s->reach, sizeof *w->pool);
	if (!near || !barred || !item || !w->pool)
		rc = qf_fail(e, QF_ENOMEM, "radio: out of memory for %zu tracks", m->items);
	if (rc == QF_OK && s->barred)
		memcpy(barred, s->barred, m->items * sizeof *barred);
	for (size_t i = 0; rc == QF_OK && i < w->seeds; i++)
		barred[w->seed[i]] = true;
	for (size_t i = 0; rc == QF_OK && i < m->items; i++)
		near[i] = barred[i] ? 0 : nearness(w, (uint32_t)i);
	if (rc == QF_OK)
		rc = qf_pick(near, m->items, &(struct qf_pick_rules){ .n = s->reach, .barred = barred }, item, &n, e);
	while (w->n < n && (w->n == 0 || near[item[w->n]] > s->least * near[item[0]])) {
		w->pool[w->n] = (struct candidate){ item[w->n], near[item[w->n]], s->seed ? CHANCE * draw(s->seed, s->id ? (uint64_t)s->id[item[w->n]] : item[w->n]) : 0, false };
		w->n++;
	}
	qf_free(near);
	qf_free(barred);
	qf_free(item);
	return rc;
}

/* How many places ago the artist was played; SIZE_MAX: not lately, or nobody is named. */
static size_t since(const struct show *w, const struct qf_aired *out, size_t found, uint32_t item)
{
	uint32_t artist = w->s->artist ? w->s->artist[item] : QF_NO_ARTIST;

	for (size_t back = 1; artist != QF_NO_ARTIST && back <= w->s->spacing && back <= found; back++)
		if (w->s->artist[out[found - back].item] == artist)
			return back;
	return SIZE_MAX;
}

static bool play_one(struct show *w, struct qf_aired *out, size_t found)
{
	struct candidate *best = NULL;
	struct qf_aired next = { 0 };
	size_t longest = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct candidate *c = &w->pool[i];
		double d = w->s->drift;
		struct qf_aired a = { .item = c->item, .chance = c->chance, .seeds = (1 - d) * c->near };
		size_t ago;

		if (c->played)
			continue;
		ago = since(w, out, found, c->item);
		if (best && ago < longest)
			continue;
		a.flow = d * (found && d > 0 ? qf_alike_of(&w->alike, out[found - 1].item, c->item) : c->near);
		a.score = a.seeds + a.flow + a.chance;
		if (best && ago == longest && a.score <= next.score)
			continue;
		best = c;
		next = a;
		longest = ago;
	}
	if (!best)
		return false;
	best->played = true;
	explain(w, &next);
	out[found] = next;
	return true;
}

enum qf_status qf_station_play(const struct qf_station *s, const struct qf_model *m, const uint32_t *seed, size_t seeds,
			       struct qf_aired *out, size_t *found, struct qf_err *e)
{
	struct show w = { .s = s, .seed = seed, .seeds = seeds };
	enum qf_status rc = QF_OK;

	*found = 0;
	for (size_t i = 0; i < seeds; i++)
		if (seed[i] >= m->items)
			return qf_fail(e, QF_EINVAL, "radio: seed %zu is no track of the model", i);
	rc = qf_alike_open(&w.alike, m, e);
	if (rc == QF_OK)
		rc = find_pool(&w, m, e);
	while (rc == QF_OK && *found < s->n && play_one(&w, out, *found))
		++*found;
	qf_alike_close(&w.alike);
	qf_free(w.pool);
	return rc;
}
