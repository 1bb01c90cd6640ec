#include "cli/nearlist.h"

#include "base/alloc.h"
#include "catalog/change.h"
#include "cli/codes.h"
#include "cli/idlist.h"
#include "model/scan.h"

#include <math.h>
#include <string.h>

enum {
	TILE = QF_SCAN_TILE,
	SEEDS_MOST = 200,   /* a scan for each */
	BEST_MOST = 20000,
	OWN_MOST = 50000
};
#define SLACK 4e-6F /* of a cosine: what float32 adds to the bounds of the codes, and to qf_alike_dot() */

struct seed { /* queries of length 1 */
	bool heard, sounds;
	float listeners;
	struct qf_query factor, sound;
};

struct search {
	struct cli_learned *l; /* seeds, the user's own tracks and those that changed */
	const struct cli_near *wish;
	struct cli_ids own, chosen; /* own: all that are on the list in any case */
	struct seed *seed;          /* [seeds] */
	size_t seeds;
	float *length;              /* [3 * n_lengths], page by page as in the catalog */
	size_t n_lengths, lengths_room;
	int64_t *id;                /* [n] every track that the codes know, rising */
	bool *skip;                 /* [n] is in own */
	size_t n, room, skips;
	struct qf_top top;
	bool unsuited;              /* the codes cannot answer: read the whole library */
};

static void close_search(struct search *s)
{
	cli_ids_free(&s->own);
	cli_ids_free(&s->chosen);
	qf_free(s->seed);
	qf_free(s->length);
	qf_free(s->id);
	qf_free(s->skip);
	qf_top_close(&s->top);
}

/* ---- the seeds -------------------------------------------------------------------------- */

static enum qf_status take_act(void *arg, const struct qf_act_row *a, struct qf_err *e)
{
	return cli_ids_add(&((struct search *)arg)->own, a->track, e);
}

static enum qf_status take_change(void *arg, const struct qf_change *ch, struct qf_err *e)
{
	return cli_ids_add(&((struct search *)arg)->own, ch->track, e);
}

static bool set_query(struct qf_query *q, const float *v, size_t n)
{
	float unit[QF_RANK_MAX];
	double length = sqrt(qf_linear_dot(v, v, n));

	if (!(length > 0))
		return false;
	for (size_t i = 0; i < n; i++)
		unit[i] = (float)((double)v[i] / length);
	qf_query_set(q, unit, n);
	return true;
}

static enum qf_status set_seeds(struct search *s, struct qf_err *e)
{
	const struct cli_learned *l = s->l;

	s->seed = qf_zalloc(s->wish->seeds, sizeof *s->seed);
	if (!s->seed)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu seeds", s->wish->seeds);
	for (size_t i = 0; i < s->wish->seeds; i++) {
		struct seed *to = &s->seed[s->seeds];
		size_t at = qf_library_find(&l->lib, s->wish->seed[i]);

		if (at == SIZE_MAX)
			continue;
		to->heard = set_query(&to->factor, qf_matrix_row(&l->model.factor, at), (size_t)l->settings.rank);
		to->sounds = set_query(&to->sound, l->lib.sound + at * QF_SOUND_DIM, QF_SOUND_DIM);
		to->listeners = l->listeners[at];
		s->seeds += to->heard || to->sounds;
	}
	return QF_OK;
}

/* Seeds, the user's own tracks and those that changed into `own`, and the model with them. */
static enum qf_status open_own(struct search *s, struct qf_catalog *c, int64_t seq, struct qf_err *e)
{
	const struct cli_near *w = s->wish;

	if (qf_catalog_changes(c, seq, take_change, s, e))
		return e->code;
	s->unsuited = s->own.n > CLI_CODES_CHANGED;
	if (s->unsuited || (w->user && qf_catalog_acts(c, w->user, take_act, s, e)))
		return e->code;
	for (size_t i = 0; i < w->seeds; i++)
		if (cli_ids_add(&s->own, w->seed[i], e))
			return e->code;
	cli_ids_sort(&s->own);
	s->unsuited = s->own.n > OWN_MOST;
	if (s->unsuited || cli_learned_open_of(s->l, c, s->own.id, s->own.n, e))
		return e->code;
	return set_seeds(s, e);
}

/* ---- all others against them ------------------------------------------------------------ */

static enum qf_status grow(void **p, size_t n, size_t size, struct qf_err *e)
{
	void *more = qf_realloc(*p, n, size);

	if (!more)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", n);
	*p = more;
	return QF_OK;
}

static enum qf_status damaged(struct qf_err *e)
{
	return qf_fail(e, QF_ECORRUPT, "catalog: a page of codes is damaged; `qfzz train --force` makes new ones");
}

static enum qf_status take_lengths(void *arg, const int64_t *id, size_t n, const void *bytes, size_t len, struct qf_err *e)
{
	struct search *s = arg;

	(void)id;
	if (len != 3 * n * sizeof *s->length)
		return damaged(e);
	if (s->n_lengths + n > s->lengths_room) {
		s->lengths_room = 2 * (s->n_lengths + n);
		if (grow((void **)&s->length, s->lengths_room, 3 * sizeof *s->length, e))
			return e->code;
	}
	memcpy(s->length + 3 * s->n_lengths, bytes, len);
	s->n_lengths += n;
	return QF_OK;
}

/* One view of a seed in all rows of a page: cosine[n] and how far it may be off. */
static void cosines(const struct qf_query *q, const struct qf_codes *codes, const float *length, float *about, float *within)
{
	qf_scan(q, codes, 0, codes->rows, about, within);
	for (size_t i = 0; i < codes->rows; i++) {
		float by = length[i] > 0 ? 1 / length[i] : 0;

		about[i] *= by;
		within[i] = within[i] * by + SLACK;
	}
}

/* As qf_alike_parts() weighs the two, for one seed; added to sum[n] and off[n]. */
static void add_seed(const struct seed *s, const struct cli_codes *p, const float *length, double *sum, double *off)
{
	size_t n = p->factor.rows;
	float f[TILE], f_off[TILE], g[TILE], g_off[TILE];
	const float *g_length = length + n, *listeners = length + 2 * n;

	if (s->heard)
		cosines(&s->factor, &p->factor, length, f, f_off);
	if (s->sounds)
		cosines(&s->sound, &p->sound, g_length, g, g_off);
	for (size_t i = 0; i < n; i++) {
		bool heard = s->heard && length[i] > 0, sounds = s->sounds && g_length[i] > 0;
		float both = listeners[i] < s->listeners ? listeners[i] : s->listeners;
		float w = !heard || !sounds ? (float)heard : both / (both + QF_BLEND_LISTENERS);

		sum[i] += (double)((heard ? w * f[i] : 0) + (sounds ? (1 - w) * g[i] : 0));
		off[i] += (double)((heard ? w * f_off[i] : 0) + (sounds ? (1 - w) * g_off[i] : 0) + SLACK);
	}
}

static enum qf_status note_page(struct search *s, const int64_t *id, size_t n, struct qf_err *e)
{
	if (s->n + n > s->room) {
		s->room = 2 * (s->n + n);
		if (grow((void **)&s->id, s->room, sizeof *s->id, e) || grow((void **)&s->skip, s->room, sizeof *s->skip, e))
			return e->code;
	}
	for (size_t i = 0; i < n; i++) {
		while (s->skips < s->own.n && s->own.id[s->skips] < id[i])
			s->skips++;
		s->id[s->n + i] = id[i];
		s->skip[s->n + i] = s->skips < s->own.n && s->own.id[s->skips] == id[i];
	}
	return QF_OK;
}

static enum qf_status take_page(void *arg, const int64_t *id, size_t n, const void *bytes, size_t len, struct qf_err *e)
{
	struct search *s = arg;
	size_t rank = (size_t)s->l->settings.rank;
	struct cli_codes p = cli_codes_at((uint8_t *)bytes, n, rank);
	double sum[TILE] = { 0 }, off[TILE] = { 0 };
	float about[TILE], within[TILE];

	if (n > TILE || len != cli_codes_bytes(n, rank) || s->n + n > s->n_lengths)
		return damaged(e);
	if (note_page(s, id, n, e))
		return e->code;
	for (size_t i = 0; i < s->seeds; i++)
		add_seed(&s->seed[i], &p, s->length + 3 * s->n, sum, off);
	for (size_t i = 0; i < n; i++) {
		about[i] = (float)sum[i];
		within[i] = (float)off[i];
	}
	if (qf_top_offer(&s->top, s->n, n, about, within, s->skip, e))
		return e->code;
	s->n += n;
	return QF_OK;
}

static enum qf_status search(struct search *s, struct qf_catalog *c, bool *all, struct qf_err *e)
{
	size_t candidates = 0;

	if (qf_catalog_pages(c, s->l->row.id, "lengths", take_lengths, s, e))
		return e->code;
	s->unsuited = s->seeds == 0 || s->n_lengths == 0; /* nothing to compare with; trained by a version before */
	if (s->unsuited || qf_top_open(&s->top, s->wish->best, e) || qf_catalog_pages(c, s->l->row.id, "codes", take_page, s, e))
		return e->code;
	qf_top_close_in(&s->top);
	for (size_t i = 0; i < s->top.n_rows; i++)
		if (cli_ids_add(&s->chosen, s->id[s->top.row[i].row], e))
			return e->code;
	for (size_t i = 0; i < s->n; i++)
		candidates += !s->skip[i];
	*all = s->top.n_rows == candidates;
	if (cli_ids_append(&s->chosen, &s->own, e))
		return e->code;
	cli_ids_sort(&s->chosen);
	return QF_OK;
}

enum qf_status cli_nearlist_open(struct cli_learned *l, struct qf_catalog *c, const struct cli_near *w, bool *all, struct qf_err *e)
{
	struct search s = { .l = l, .wish = w };
	int64_t seq;
	enum qf_status rc = cli_codes_there(c, &seq, e);

	*all = false;
	memset(l, 0, sizeof *l);
	s.unsuited = seq < 0 || w->seeds == 0 || w->seeds > SEEDS_MOST || w->best == 0 || w->best > BEST_MOST;
	if (rc == QF_OK && !s.unsuited)
		rc = open_own(&s, c, seq, e);
	if (rc == QF_OK && !s.unsuited)
		rc = search(&s, c, all, e);
	if (rc == QF_OK) {
		cli_learned_close(l);
		*all = *all || s.unsuited;
		rc = s.unsuited ? cli_learned_open(l, c, w->now, e) : cli_learned_open_of(l, c, s.chosen.id, s.chosen.n, e);
	}
	close_search(&s);
	return rc;
}
