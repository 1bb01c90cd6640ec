#include "plan/transcode.h"

#include "base/alloc.h"
#include "plan/knapsack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PCM_PACKS 0.65 /* of plain samples is what FLAC leaves, about */

/* ---- the menu ------------------------------------------------------------------------------- */

static bool carries(const struct qf_network *net, const struct qf_recipe *r)
{
	return net->most_kbps == 0 || (r->kbps && r->kbps <= net->most_kbps);
}

/* Worth of a set of rungs, and which of them are the best on some network. */
static double judge(const struct qf_menu *m, unsigned set, unsigned *used)
{
	double sum = 0;

	*used = 0;
	for (size_t i = 0; i < qf_n_networks; i++) {
		const struct qf_rung *best = NULL;

		for (size_t j = 0; j < m->rungs; j++) {
			const struct qf_rung *r = &m->rung[j];

			if (set >> j & 1 && carries(&qf_networks[i], &r->recipe) && (!best || r->worth > best->worth))
				best = r;
		}
		if (best) {
			*used |= 1u << (best - m->rung);
			sum += qf_networks[i].share * best->worth;
		}
	}
	return sum;
}

enum qf_status qf_menu_init(struct qf_menu *m, const struct qf_rung *rung, size_t n, struct qf_err *e)
{
	*m = (struct qf_menu){ .rung = rung, .rungs = n };
	if (n > QF_LADDER_MAX)
		return qf_fail(e, QF_EINVAL, "a ladder of %zu rungs: %d are the most", n, QF_LADDER_MAX);
	for (unsigned set = 0; set < 1u << n; set++) {
		unsigned used;

		m->worth[set] = judge(m, set, &used);
		if (used == set)
			m->set[m->sets++] = (uint8_t)set;
	}
	return QF_OK;
}

bool qf_rung_recipe(const struct qf_rung *r, const struct qf_source *s, struct qf_recipe *out)
{
	*out = r->recipe;
	if (s->lossless)
		return true;
	if (out->kbps == 0 || s->kbps == 0)
		return false;
	if (out->seconds > 0 && out->kbps > s->kbps)
		out->kbps = s->kbps;
	return out->seconds > 0 || out->kbps < s->kbps;
}

/* Of a cover's bytes. In Ogg it is base64, 4/3, in pages, 1.005. */
static const double cover_grows[QF_CODECS] = {
	[QF_CODEC_FLAC] = 1, [QF_CODEC_MP3] = 1, [QF_CODEC_OPUS] = 1.35, [QF_CODEC_VORBIS] = 1.35, [QF_CODEC_AAC] = 1,
};

int64_t qf_recipe_bytes(const struct qf_recipe *r, const struct qf_source *s)
{
	double seconds = (double)s->duration_ms / 1000, kbps = r->kbps;

	if (r->seconds > 0 && r->seconds < seconds)
		seconds = r->seconds;
	if (r->kbps == 0)
		kbps = (s->kbps ? s->kbps : 1411) * (s->packed ? 1 : PCM_PACKS);
	return (int64_t)(seconds * kbps * 125 * 1.01 + (double)s->cover_bytes * cover_grows[r->codec]) + 8192;
}

/* ---- what a plan works on: the bytes of each rung of each track ---------------------------------- */

struct work {
	const struct qf_menu *m;
	const struct qf_source *s;
	size_t n;
	int64_t (*bytes)[QF_LADDER_MAX]; /* [n] -1: not to be had */
};

static enum qf_status weigh(struct work *w, struct qf_err *e)
{
	w->bytes = qf_alloc(w->n, sizeof *w->bytes);
	if (!w->bytes)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", w->n);
	for (size_t i = 0; i < w->n; i++)
		for (size_t j = 0; j < w->m->rungs; j++) {
			struct qf_recipe r;

			if (w->s[i].have >> j & 1)
				w->bytes[i][j] = w->s[i].have_bytes[j];
			else
				w->bytes[i][j] = qf_rung_recipe(&w->m->rung[j], &w->s[i], &r) ? qf_recipe_bytes(&r, &w->s[i]) : -1;
		}
	return QF_OK;
}

/* False: some rung of the set is not to be had. */
static bool bytes_of(const struct work *w, size_t i, unsigned set, int64_t *bytes)
{
	*bytes = 0;
	for (size_t j = 0; j < w->m->rungs; j++)
		if (set >> j & 1) {
			if (w->bytes[i][j] < 0)
				return false;
			*bytes += w->bytes[i][j];
		}
	return true;
}

/* What a track has must not all go: without any rung of the ladder its other renditions stay, or its smallest one. */
static unsigned least_set(const struct work *w, size_t i, int64_t *bytes)
{
	const struct qf_source *s = &w->s[i];
	size_t best = 0;

	*bytes = s->other_bytes;
	if (!s->have || s->other_bytes)
		return 0;
	while (!(s->have >> best & 1))
		best++;
	for (size_t j = best + 1; j < w->m->rungs; j++)
		if (s->have >> j & 1 && s->have_bytes[j] < s->have_bytes[best])
			best = j;
	*bytes = s->have_bytes[best];
	return 1u << best;
}

static double value_of(const struct work *w, size_t i, unsigned set)
{
	return w->s[i].weight * w->m->worth[set];
}

/* ---- the knapsack --------------------------------------------------------------------------------- */

struct choices {
	struct qf_knapsack k;
	size_t *first;
	struct qf_option *option;
	uint8_t *set; /* of each option */
	uint16_t *choice;
};

static void choices_free(struct choices *c)
{
	qf_free(c->first);
	qf_free(c->option);
	qf_free(c->set);
	qf_free(c->choice);
}

static enum qf_status choices_make(struct choices *c, const struct work *w, struct qf_err *e)
{
	size_t n = 0, room = w->n;

	for (size_t i = 0; i < w->n; i++) /* how many at most: with the empty set each */
		for (size_t j = 0; j < w->m->sets; j++) {
			int64_t bytes;

			room += bytes_of(w, i, w->m->set[j], &bytes);
		}
	c->first = qf_alloc(w->n + 1, sizeof *c->first);
	c->option = qf_alloc(room, sizeof *c->option);
	c->set = qf_alloc(room, sizeof *c->set);
	c->choice = qf_alloc(w->n, sizeof *c->choice);
	if (!c->first || !c->option || !c->set || !c->choice)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu options", room);
	for (size_t i = 0; i < w->n; i++) {
		int64_t bytes;
		unsigned least = least_set(w, i, &bytes);

		c->first[i] = n;
		c->set[n] = (uint8_t)least;
		c->option[n++] = (struct qf_option){ bytes, value_of(w, i, least) };
		for (size_t j = 0; j < w->m->sets; j++)
			if (w->m->set[j] && w->m->set[j] != least && bytes_of(w, i, w->m->set[j], &bytes)) {
				c->set[n] = w->m->set[j];
				c->option[n++] = (struct qf_option){ bytes, value_of(w, i, w->m->set[j]) };
			}
	}
	c->first[w->n] = n;
	c->k = (struct qf_knapsack){ w->n, c->first, c->option };
	return QF_OK;
}

static enum qf_status by_knapsack(const struct work *w, int64_t budget, struct qf_transcode *out, struct qf_err *e)
{
	struct choices c = { 0 };
	struct qf_packed p;
	enum qf_status rc = choices_make(&c, w, e);

	if (rc == QF_OK)
		rc = qf_knapsack_solve(&c.k, budget, c.choice, &p, e);
	for (size_t i = 0; rc == QF_OK && i < w->n; i++)
		out->mask[i] = c.set[c.first[i] + c.choice[i]];
	if (rc == QF_OK) {
		out->bytes = p.bytes;
		out->value = p.value;
		out->bound = p.bound;
		out->optimal = p.optimal;
	}
	choices_free(&c);
	return rc;
}

/* ---- the rules --------------------------------------------------------------------------------------- */

struct ranked {
	double plays;
	size_t i;
};

static int most_played(const void *pa, const void *pb)
{
	const struct ranked *a = pa, *b = pb;

	if (a->plays != b->plays)
		return a->plays > b->plays ? -1 : 1;
	return a->i < b->i ? -1 : 1;
}

static unsigned tiers_of(enum qf_store how, double plays)
{
	unsigned tiers = 0;

	if (how == QF_STORE_TIERS)
		return (1u << QF_TIERS) - 1;
	for (size_t i = 0; i < qf_n_bands; i++)
		if (plays >= qf_bands[i].plays)
			tiers = qf_bands[i].tiers;
	return tiers;
}

struct room { /* what is left of the budget, and of each tier's share */
	int64_t all, tier[QF_TIERS];
};

/* The rungs that the rule wants for a track, as far as there is room; the least that must stay is paid for already. */
static unsigned fill(const struct work *w, size_t i, unsigned tiers, struct room *room, int64_t *wanted)
{
	int64_t least;
	unsigned mask = 0, kept = least_set(w, i, &least);

	room->all += least;
	for (size_t j = 0; j < w->m->rungs; j++) {
		enum qf_tier t = w->m->rung[j].tier;
		int64_t bytes = w->bytes[i][j];

		if (bytes < 0 || !(tiers >> t & 1))
			continue;
		*wanted += bytes;
		if (bytes > room->all || bytes > room->tier[t])
			continue;
		room->all -= bytes;
		room->tier[t] -= bytes;
		mask |= 1u << j;
	}
	if (mask == 0) {
		room->all -= least;
		return kept;
	}
	return mask;
}

static enum qf_status by_rule(const struct work *w, enum qf_store how, int64_t budget, struct qf_transcode *out, struct qf_err *e)
{
	struct ranked *order = qf_alloc(w->n, sizeof *order);
	struct room room = { .all = budget };

	if (!order)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", w->n);
	for (int t = 0; t < QF_TIERS; t++)
		room.tier[t] = how == QF_STORE_TIERS ? (int64_t)(qf_tier_shares[t] * (double)budget) : budget;
	for (size_t i = 0; i < w->n; i++) {
		int64_t least;

		least_set(w, i, &least);
		room.all -= least;
		order[i] = (struct ranked){ w->s[i].plays, i };
	}
	qsort(order, w->n, sizeof *order, most_played);
	out->value = 0;
	out->wanted = 0;
	out->optimal = false;
	for (size_t q = 0; q < w->n; q++) {
		size_t i = order[q].i;
		unsigned mask = fill(w, i, tiers_of(how, w->s[i].plays), &room, &out->wanted);

		out->mask[i] = (uint8_t)mask;
		out->value += value_of(w, i, mask);
	}
	out->bytes = budget - room.all;
	qf_free(order);
	return QF_OK;
}

enum qf_status qf_transcode_plan(const struct qf_menu *m, enum qf_store how, const struct qf_source *s, size_t n, int64_t budget,
				 struct qf_transcode *out, struct qf_err *e)
{
	struct work w = { .m = m, .s = s, .n = n };
	enum qf_status rc;

	*out = (struct qf_transcode){ .mask = qf_zalloc(n, 1) };
	if (!out->mask)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", n);
	rc = weigh(&w, e);
	for (size_t i = 0; rc == QF_OK && i < n; i++)
		for (size_t j = 0; j < m->rungs; j++)
			out->wanted += w.bytes[i][j] > 0 ? w.bytes[i][j] : 0;
	if (rc == QF_OK)
		rc = by_knapsack(&w, budget, out, e); /* the rules are measured against its bound */
	if (rc == QF_OK && how != QF_STORE_KNAPSACK)
		rc = by_rule(&w, how, budget, out, e);
	qf_free(w.bytes);
	return rc;
}

void qf_transcode_free(struct qf_transcode *t)
{
	qf_free(t->mask);
	t->mask = NULL;
}

double qf_transcode_regret(const struct qf_transcode *t)
{
	return t->bound > 0 ? (t->bound - t->value) / t->bound : 0;
}

double qf_transcode_gain(double loudness_lufs, double true_peak_dbtp, double target_lufs, double ceiling_dbtp, double *shortfall)
{
	double gain = target_lufs - loudness_lufs, most = ceiling_dbtp - true_peak_dbtp;

	*shortfall = 0;
	if (!isfinite(gain))
		return 0;
	if (!isfinite(most) || gain <= most)
		return gain;
	*shortfall = gain - most;
	return most;
}
