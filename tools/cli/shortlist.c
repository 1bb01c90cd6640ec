#include "cli/shortlist.h"

#include "base/alloc.h"
#include "catalog/change.h"
#include "cli/codes.h"
#include "cli/idlist.h"
#include "cli/leaning.h"
#include "cli/listening.h"
#include "model/scan.h"

#include <math.h>
#include <string.h>

enum {
	TILE = QF_SCAN_TILE,
	ACTS_MOST = 200000,  /* of the user */
	KNOWN_PART = 6       /* of the library one in so many is by artists that the user met; with more it is quicker read whole */
};

/* ---- one user against all codes ------------------------------------------------------- */

struct view { /* listening, or sound */
	bool there;
	float *row;           /* of the user */
	struct qf_query query;
	double away;          /* taken off each value: profile.average */
	float *about, *within; /* [n] of each track; about NAN: it has no such view */
	double lo, hi;        /* the best value of a candidate lies between; 0, 0: nothing above 0 */
};

struct search {
	struct cli_learned *l; /* the user's own tracks and those that changed */
	const struct cli_wish *wish;
	struct cli_ids own, changed, skipped, chosen; /* skipped: barred or changed */
	struct cli_ids artists, known; /* that the user met, if discovery asks; the tracks of these, and the user's */
	uint32_t *item;
	float *c;
	size_t n_history;
	int64_t *id; /* [n] every track that the codes know, rising */
	bool *skip;  /* [n] */
	size_t n, room, skips, onlys, knowns; /* of `skipped`, wish->only and known, those that were met */
	struct view factor, sound;
	bool unsuited; /* the codes cannot answer: read the whole library */
};

static void close_search(struct search *s)
{
	cli_ids_free(&s->own);
	cli_ids_free(&s->changed);
	cli_ids_free(&s->skipped);
	cli_ids_free(&s->chosen);
	cli_ids_free(&s->artists);
	cli_ids_free(&s->known);
	qf_free(s->item);
	qf_free(s->c);
	qf_free(s->id);
	qf_free(s->skip);
	qf_free(s->factor.row);
	qf_free(s->factor.about);
	qf_free(s->factor.within);
	qf_free(s->sound.row);
	qf_free(s->sound.about);
	qf_free(s->sound.within);
}

static enum qf_status take_act(void *arg, const struct qf_act_row *a, struct qf_err *e)
{
	return cli_ids_add(&((struct search *)arg)->own, a->track, e);
}

static enum qf_status take_change(void *arg, const struct qf_change *ch, struct qf_err *e)
{
	return cli_ids_add(&((struct search *)arg)->changed, ch->track, e);
}

/* Exactly as recommend weighs a history. */
static enum qf_status take_history(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	struct search *s = arg;

	s->item = qf_alloc(t->n, sizeof *s->item);
	s->c = qf_alloc(t->n, sizeof *s->c);
	if (!s->item || !s->c)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", t->n);
	for (size_t i = 0; i < t->n; i++) {
		const struct cli_heard *h = &t->heard[i];

		if ((h->barred || !s->wish->known_too) && cli_ids_add(&s->skipped, s->l->lib.id[h->item], e))
			return e->code;
		if (s->wish->discovery >= 0 && (cli_ids_add(&s->artists, s->l->lib.artist[h->item], e) ||
						cli_ids_add(&s->known, s->l->lib.id[h->item], e)))
			return e->code;
		if (h->barred || h->weight <= 0)
			continue;
		s->item[s->n_history] = h->item;
		s->c[s->n_history++] = cli_confidence(h, s->l->settings.scale, s->l->settings.eps);
	}
	return QF_OK;
}

static enum qf_status set_queries(struct search *s, struct qf_err *e)
{
	const struct qf_model *m = &s->l->model;
	const struct qf_history h = { s->item, s->c, s->n_history };
	struct view *f = &s->factor, *g = &s->sound;

	f->row = qf_alloc(m->factor.k, sizeof *f->row);
	g->row = qf_alloc(QF_SOUND_DIM, sizeof *g->row);
	if (!f->row || !g->row)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (qf_recommend_views(m, &h, f->row, &f->there, g->row, &g->there, e))
		return e->code;
	if (f->there)
		qf_query_set(&f->query, f->row, (size_t)s->l->settings.rank);
	if (g->there && s->l->average) {
		qf_query_set(&g->query, g->row, QF_SOUND_DIM);
		g->away = qf_linear_dot(g->row, s->l->average, QF_SOUND_DIM);
	}
	s->unsuited = (!f->there && !g->there) || (g->there && !s->l->average);
	return QF_OK;
}

static enum qf_status grow(void **p, size_t n, size_t size, struct qf_err *e)
{
	void *more = qf_realloc(*p, n, size);

	if (!more)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", n);
	*p = more;
	return QF_OK;
}

static enum qf_status make_room(struct search *s, size_t n, struct qf_err *e)
{
	if (n <= s->room)
		return QF_OK;
	s->room = n < 2 * s->room ? 2 * s->room : n;
	if (grow((void **)&s->id, s->room, sizeof *s->id, e) || grow((void **)&s->skip, s->room, sizeof *s->skip, e) ||
	    grow((void **)&s->factor.about, s->room, sizeof(float), e) || grow((void **)&s->factor.within, s->room, sizeof(float), e) ||
	    grow((void **)&s->sound.about, s->room, sizeof(float), e) || grow((void **)&s->sound.within, s->room, sizeof(float), e))
		return e->code;
	return QF_OK;
}

/* A candidate whose value lies between the two. */
static void meet(struct view *v, double lo, double hi)
{
	v->lo = lo > v->lo ? lo : v->lo;
	v->hi = hi > v->hi ? hi : v->hi;
}

/* The values of one view for the page that begins at `first`, and how far the best may reach. */
static void scan_view(struct view *v, const struct qf_codes *codes, const bool *skip, size_t first)
{
	float *about = v->about + first, *within = v->within + first;

	if (v->there)
		qf_scan(&v->query, codes, 0, codes->rows, about, within);
	for (size_t i = 0; i < codes->rows; i++) {
		if (!v->there || (codes->scale[i] == 0 && codes->rest[i] == 0)) {
			about[i] = NAN;
			continue;
		}
		about[i] = (float)((double)about[i] - v->away);
		within[i] += 1e-6F * (fabsf(about[i]) + fabsf((float)v->away)); /* that subtraction in float32 */
		if (!skip[first + i])
			meet(v, (double)about[i] - (double)within[i], (double)about[i] + (double)within[i]);
	}
}

/* Whether it stands there, for rising numbers one after the other; *at is how far the list was gone through. */
static bool stands_in(const struct cli_ids *l, size_t *at, int64_t id)
{
	while (*at < l->n && l->id[*at] < id)
		++*at;
	return *at < l->n && l->id[*at] == id;
}

static bool is_wanted(struct search *s, int64_t id)
{
	double d = s->wish->discovery;
	bool known = d >= 0 && stands_in(&s->known, &s->knowns, id);

	if ((d >= 1 && known) || (d >= 0 && d <= 0 && !known))
		return false;
	return !s->wish->only || stands_in(s->wish->only, &s->onlys, id);
}

static enum qf_status take_page(void *arg, const int64_t *id, size_t n, const void *bytes, size_t len, struct qf_err *e)
{
	struct search *s = arg;
	struct cli_codes p = cli_codes_at((uint8_t *)bytes, n, (size_t)s->l->settings.rank);

	if (len != cli_codes_bytes(n, (size_t)s->l->settings.rank))
		return qf_fail(e, QF_ECORRUPT, "catalog: a page of codes is damaged; `qfzz train --force` makes new ones");
	if (make_room(s, s->n + n, e))
		return e->code;
	for (size_t i = 0; i < n; i++) {
		s->id[s->n + i] = id[i];
		s->skip[s->n + i] = stands_in(&s->skipped, &s->skips, id[i]) || !is_wanted(s, id[i]);
	}
	scan_view(&s->factor, &p.factor, s->skip, s->n);
	scan_view(&s->sound, &p.sound, s->skip, s->n);
	s->n += n;
	return QF_OK;
}

/* Tracks that changed may be the best of a view, too: they are known exactly. One that is no
 * candidate after all only widens the bounds. */
static void meet_changed(struct search *s)
{
	const struct cli_learned *l = s->l;

	for (size_t i = 0; i < s->changed.n; i++) {
		size_t at = qf_library_find(&l->lib, s->changed.id[i]);
		double f, g;

		if (at == SIZE_MAX)
			continue;
		f = s->factor.there ? qf_linear_dot(s->factor.row, qf_matrix_row(&l->model.factor, at), l->model.factor.k) : 0;
		g = s->sound.there ? qf_linear_dot(s->sound.row, l->lib.sound + at * QF_SOUND_DIM, QF_SOUND_DIM) - s->sound.away : 0;
		meet(&s->factor, 0, f);
		meet(&s->sound, 0, g);
	}
}

/* ---- the scores ----------------------------------------------------------------------- */

/* 1 / best, between its bounds: the middle and how far it may be off. */
struct inverse {
	double middle, off;
};

static struct inverse inverse_of(const struct view *v)
{
	if (!(v->hi > 0))
		return (struct inverse){ 0 };
	return (struct inverse){ (1 / v->lo + 1 / v->hi) / 2, (1 / v->lo - 1 / v->hi) / 2 };
}

static void add_part(const struct view *v, size_t i, double weight, const struct inverse *inv, double *about, double *within)
{
	double a = (double)v->about[i], w = (double)v->within[i];

	*about += weight * a * inv->middle;
	*within += weight * (w * (inv->middle + inv->off) + fabs(a) * inv->off);
}

/* As score_item() of model/recommend.c, with bounds. */
static void bound_scores(struct search *s, size_t first, size_t n, float *about, float *within)
{
	double w = qf_listening_weight(s->l->model.users);
	struct inverse factor = inverse_of(&s->factor), sound = inverse_of(&s->sound);

	for (size_t i = 0; i < n; i++) {
		bool f = factor.middle > 0 && !isnan(s->factor.about[first + i]), g = sound.middle > 0 && !isnan(s->sound.about[first + i]);
		double a = 0, off = 0;

		if (f)
			add_part(&s->factor, first + i, g ? w : 1, &factor, &a, &off);
		if (g)
			add_part(&s->sound, first + i, f ? 1 - w : 1, &sound, &a, &off);
		about[i] = (float)a;
		within[i] = (float)(off * (1 + 1e-6) + 1e-6 * fabs(a));
	}
}

/* Those that might be the best of a view, by which scores are measured. */
static enum qf_status add_best(struct search *s, const struct view *v, struct qf_err *e)
{
	for (size_t i = 0; v->hi > 0 && i < s->n; i++)
		if (!s->skip[i] && (double)v->about[i] + (double)v->within[i] >= v->lo && cli_ids_add(&s->chosen, s->id[i], e))
			return e->code;
	return QF_OK;
}

static enum qf_status choose(struct search *s, bool *all, struct qf_err *e)
{
	float about[TILE], within[TILE];
	struct qf_top top;
	enum qf_status rc = qf_top_open(&top, s->wish->best, e);
	size_t candidates = 0;

	for (size_t at = 0; rc == QF_OK && at < s->n; at += TILE) {
		size_t n = s->n - at < TILE ? s->n - at : TILE;

		bound_scores(s, at, n, about, within);
		rc = qf_top_offer(&top, at, n, about, within, s->skip, e);
	}
	qf_top_close_in(&top);
	for (size_t i = 0; rc == QF_OK && i < top.n_rows; i++)
		rc = cli_ids_add(&s->chosen, s->id[top.row[i].row], e);
	for (size_t i = 0; i < s->n; i++)
		candidates += !s->skip[i];
	*all = top.n_rows == candidates;
	qf_top_close(&top);
	return rc;
}

static enum qf_status search(struct search *s, struct qf_catalog *c, bool *all, struct qf_err *e)
{
	if (set_queries(s, e) || s->unsuited || qf_catalog_pages(c, s->l->row.id, "codes", take_page, s, e))
		return e->code;
	meet_changed(s);
	s->unsuited = (s->factor.hi > 0 && !(s->factor.lo > 0)) || (s->sound.hi > 0 && !(s->sound.lo > 0)) ||
		      (!(s->factor.hi > 0) && !(s->sound.hi > 0)) || s->known.n > s->n / KNOWN_PART;
	if (s->unsuited || choose(s, all, e) || add_best(s, &s->factor, e) || add_best(s, &s->sound, e) ||
	    cli_ids_append(&s->chosen, &s->own, e) || cli_ids_append(&s->chosen, &s->known, e))
		return e->code;
	cli_ids_sort(&s->chosen);
	return QF_OK;
}

/* What the user heard lately is no candidate. */
static enum qf_status skip_recent(struct search *s, struct qf_catalog *c, struct qf_err *e)
{
	const struct qf_library *lib = &s->l->lib;
	bool *barred = qf_zalloc(lib->n, sizeof *barred);
	enum qf_status rc = barred ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", lib->n);

	if (rc == QF_OK)
		rc = cli_bar_recent(c, lib, s->wish->user, s->wish->not_since, s->wish->now, barred, e);
	for (size_t i = 0; rc == QF_OK && i < lib->n; i++)
		if (barred[i])
			rc = cli_ids_add(&s->skipped, lib->id[i], e);
	qf_free(barred);
	return rc;
}

static enum qf_status take_known(void *arg, int64_t track, struct qf_err *e)
{
	return cli_ids_add(&((struct search *)arg)->known, track, e);
}

static enum qf_status find_known(struct search *s, struct qf_catalog *c, struct qf_err *e)
{
	cli_ids_sort(&s->artists);
	for (size_t i = 0; i < s->artists.n; i++)
		if (s->artists.id[i] > 0 && qf_catalog_tracks_by(c, s->artists.id[i], take_known, s, e))
			return e->code;
	cli_ids_sort(&s->known);
	return QF_OK;
}

/* The user's own tracks and those that changed into `own`, and the model with them. */
static enum qf_status open_own(struct search *s, struct qf_catalog *c, int64_t seq, struct qf_err *e)
{
	const struct cli_wish *w = s->wish;

	if (qf_catalog_changes(c, seq, take_change, s, e) || qf_catalog_acts(c, w->user, take_act, s, e))
		return e->code;
	s->unsuited = s->changed.n > CLI_CODES_CHANGED || s->own.n > ACTS_MOST;
	if (s->unsuited || cli_ids_append(&s->own, &s->changed, e) || cli_ids_append(&s->skipped, &s->changed, e))
		return e->code;
	cli_ids_sort(&s->own);
	if (cli_learned_open_of(s->l, c, s->own.id, s->own.n, e) ||
	    cli_listening(c, &s->l->lib, w->user, w->now, s->l->settings.half_life_days, take_history, s, e) ||
	    find_known(s, c, e) || (w->not_since && skip_recent(s, c, e)))
		return e->code;
	cli_ids_sort(&s->skipped);
	return QF_OK;
}

enum qf_status cli_shortlist_open(struct cli_learned *l, struct qf_catalog *c, const struct cli_wish *w, bool *all, struct qf_err *e)
{
	struct search s = { .l = l, .wish = w };
	int64_t seq;
	enum qf_status rc = cli_codes_there(c, &seq, e);

	*all = false;
	memset(l, 0, sizeof *l);
	s.unsuited = seq < 0 || !w->user || !w->best;
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
