#include "cli/leaning.h"

#include "base/alloc.h"
#include "catalog/facets.h"
#include "cli/asking.h"
#include "cli/duration.h"
#include "cli/zone.h"
#include "history/time.h"
#include "model/activity.h"
#include "model/discovery.h"
#include "model/daytime.h"
#include "model/taste.h"
#include "query/moods.h"

#include <stdlib.h>
#include <string.h>

/* ---- which tracks ------------------------------------------------------------------------- */

static enum qf_status add_selected(void *arg, int64_t track, struct qf_err *e)
{
	return cli_ids_add(arg, track, e);
}

static enum qf_status select_tracks(struct cli_ids *to, struct qf_catalog *c, const char *text, int64_t now, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_query q;
	enum qf_status rc = cli_ask(&q, c, text, now, &a, e);

	if (rc == QF_OK)
		rc = qf_catalog_selected(c, &q, add_selected, to, e);
	cli_ids_sort(to);
	qf_arena_free(&a);
	return rc;
}

static enum qf_status select_mood(struct cli_ids *to, struct qf_catalog *c, const struct cli_wishes *w, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	enum qf_status rc = qf_mood_query(&text, w->mood, e);

	if (rc == QF_OK)
		rc = select_tracks(to, c, text.p, w->now, e);
	qf_buf_free(&text);
	return rc;
}

/* A wish that cannot be read is named by its option. */
static enum qf_status of_option(enum qf_status rc, const char *option, struct qf_err *e)
{
	if (rc == QF_EINVAL)
		qf_err_at(e, option);
	return rc;
}

/* Both rise. */
static void keep_common(struct cli_ids *a, const struct cli_ids *b)
{
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < a->n; i++) {
		while (at < b->n && b->id[at] < a->id[i])
			at++;
		if (at < b->n && b->id[at] == a->id[i])
			a->id[kept++] = a->id[i];
	}
	a->n = kept;
}

enum qf_status cli_wished(struct cli_ids *only, struct qf_catalog *c, const struct cli_wishes *w, struct qf_err *e)
{
	struct cli_ids mood = { 0 };
	enum qf_status rc = QF_OK;

	if (w->where)
		rc = of_option(select_tracks(only, c, w->where, w->now, e), "--where", e);
	if (rc == QF_OK && w->mood)
		rc = of_option(select_mood(w->where ? &mood : only, c, w, e), "--mood", e);
	if (w->where && w->mood)
		keep_common(only, &mood);
	cli_ids_free(&mood);
	return rc;
}

static void bar_others(bool *barred, const struct qf_library *lib, const struct cli_ids *only)
{
	size_t at = 0;

	for (size_t i = 0; i < lib->n; i++) {
		while (at < only->n && only->id[at] < lib->id[i])
			at++;
		barred[i] |= at == only->n || only->id[at] != lib->id[i];
	}
}

/* ---- the user's acts by the clock ------------------------------------------------------------ */

struct diary {
	const struct qf_library *lib;
	int64_t since, now;
	bool *barred; /* [lib->n], or NULL */
	struct qf_act_then *act;
	size_t n, room;
};

static enum qf_status keep_act(struct diary *d, const struct qf_diary_row *r, size_t item, double weight, struct qf_err *e)
{
	if (d->n == d->room) {
		size_t more = d->room ? 2 * d->room : 1024;
		struct qf_act_then *p = qf_realloc(d->act, more, sizeof *p);

		if (!p)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu events", more);
		d->act = p;
		d->room = more;
	}
	d->act[d->n++] = (struct qf_act_then){ (uint32_t)item, r->hour, r->weekday, (float)weight };
	return QF_OK;
}

static enum qf_status take_row(void *arg, const struct qf_diary_row *r, struct qf_err *e)
{
	struct diary *d = arg;
	enum qf_act act = qf_act_named(r->action);
	size_t item = qf_library_find(d->lib, r->track);
	double weight = qf_act_weight(act);

	if (item == SIZE_MAX || act == QF_ACTS || r->at > d->now)
		return QF_OK;
	if (d->barred) {
		d->barred[item] |= r->at > d->since && act != QF_ACT_LIKE && act != QF_ACT_DISLIKE && act != QF_ACT_ADD;
		return QF_OK;
	}
	return r->weekday && weight > 0 ? keep_act(d, r, item, weight, e) : QF_OK;
}

enum qf_status cli_bar_recent(struct qf_catalog *c, const struct qf_library *lib, int64_t user, const char *text, int64_t now,
			      bool *barred, struct qf_err *e)
{
	struct diary d = { .lib = lib, .now = now, .barred = barred };
	int64_t span;

	if (!cli_span(text, &span))
		return qf_fail(e, QF_EINVAL, "'%.40s' is no length of time like 36h, 7d, 2w, 6m or 1y", text);
	d.since = now - span;
	return user ? qf_catalog_diary(c, user, take_row, &d, e) : QF_OK;
}

static enum qf_status lean_to_daytime(struct cli_leaning *l, struct qf_catalog *c, const struct qf_library *lib, int64_t user,
				     const struct cli_wishes *w, struct qf_err *e)
{
	const struct qf_zone *clock = cli_zone(w->tz);
	struct diary d = { .lib = lib, .now = w->now };
	struct qf_daytime m;
	int hour, day;
	enum qf_status rc;

	qf_time_on_clock(w->now, clock->offset_s(clock->ctx, w->now), &hour, &day);
	rc = qf_daytime_read(&m, w->when, hour, day, e);
	if (rc == QF_OK && user)
		rc = qf_catalog_diary(c, user, take_row, &d, e);
	l->timed = d.n;
	if (rc == QF_OK)
		rc = qf_daytime_lift(&m, d.act, d.n, &l->facets, l->part[CLI_LEAN_WHEN], e);
	qf_free(d.act);
	return rc;
}

/* ---- the other wishes --------------------------------------------------------------------------- */

static enum qf_status lean_to_discovery(struct cli_leaning *l, const struct cli_heard *heard, size_t n, double d, struct qf_err *e)
{
	struct qf_met *met = qf_alloc(n, sizeof *met);
	enum qf_status rc = met ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", n);

	for (size_t i = 0; rc == QF_OK && i < n; i++)
		met[i] = (struct qf_met){ heard[i].item, heard[i].weight };
	if (rc == QF_OK)
		rc = qf_discovery(met, n, l->facets.artist, l->facets.n, d, l->part[CLI_LEAN_DISCOVERY], l->barred, e);
	qf_free(met);
	return rc;
}

static enum qf_status lean_to_activity(struct cli_leaning *l, const char *name, struct qf_err *e)
{
	const struct qf_activity *lines;
	size_t n;

	if (qf_activity_find(name, &lines, &n, e))
		return e->code;
	for (size_t i = 0; i < l->facets.n; i++)
		l->part[CLI_LEAN_ACTIVITY][i] = qf_activity_fit(lines, n, l->facets.value + i * QF_FACETS) - 1;
	return QF_OK;
}

/* Shares of genres in what the user likes, by weighted plays. */
static enum qf_status find_mix(struct cli_leaning *l, const struct cli_heard *heard, size_t n, struct qf_err *e)
{
	const struct qf_facets *f = &l->facets;
	double sum = 0;

	l->want = qf_zalloc(f->genres, sizeof *l->want);
	if (!l->want)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu genres", f->genres);
	for (size_t i = 0; i < n; i++) {
		const uint32_t *g = f->genre + heard[i].item * (size_t)QF_GENRES;
		size_t genres = 0;

		if (heard[i].barred || heard[i].weight <= 0)
			continue;
		while (genres < QF_GENRES && g[genres] != QF_NO_NUMBER)
			genres++;
		for (size_t k = 0; k < genres; k++)
			l->want[g[k]] += (double)heard[i].weight / (double)genres;
		sum += (double)heard[i].weight;
	}
	for (size_t g = 0; g < f->genres && sum > 0; g++)
		l->want[g] /= sum;
	if (sum > 0)
		l->mix = (struct qf_mix){ f->genres, l->want, f->genre };
	return QF_OK;
}

static enum qf_status open_parts(struct cli_leaning *l, size_t n, const struct cli_wishes *w, struct qf_err *e)
{
	const bool asked[] = { [CLI_LEAN_DISCOVERY] = w->discovery >= 0, [CLI_LEAN_ACTIVITY] = w->activity, [CLI_LEAN_WHEN] = w->when };
	bool any = false;

	l->barred = qf_alloc(n, sizeof *l->barred);
	for (size_t p = 0; p < CLI_LEAN_PARTS; p++) {
		any = any || asked[p];
		if (asked[p] && !(l->part[p] = qf_zalloc(n, sizeof *l->part[p])))
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", n);
	}
	if (any)
		l->sum = qf_zalloc(n, sizeof *l->sum);
	if (!l->barred || (any && !l->sum))
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", n);
	return QF_OK;
}

static enum qf_status read_facets(struct cli_leaning *l, struct qf_catalog *c, const struct qf_library *lib,
				  const struct cli_wishes *w, struct qf_err *e)
{
	if (!l->sum && !(w->calibrate > 0) && !w->by_album)
		return QF_OK;
	if (lib->part ? qf_catalog_facets_of(c, w->activity || w->when, lib->id, lib->n, &l->facets, e)
		      : qf_catalog_facets(c, w->activity || w->when, &l->facets, e))
		return e->code;
	return l->facets.n == lib->n ? QF_OK : qf_fail(e, QF_ECORRUPT, "catalog: the tracks changed while they were read");
}

enum qf_status cli_leaning_open(struct cli_leaning *l, struct qf_catalog *c, const struct qf_library *lib, int64_t user,
				const struct cli_heard *heard, size_t n, const struct cli_wishes *w, struct qf_err *e)
{
	memset(l, 0, sizeof *l);
	if (open_parts(l, lib->n, w, e))
		return e->code;
	memcpy(l->barred, lib->missing, lib->n * sizeof *l->barred);
	if (w->only)
		bar_others(l->barred, lib, w->only);
	if (read_facets(l, c, lib, w, e) ||
	    (w->not_since && of_option(cli_bar_recent(c, lib, user, w->not_since, w->now, l->barred, e), "--not-since", e)) ||
	    (w->discovery >= 0 && lean_to_discovery(l, heard, n, w->discovery, e)) ||
	    (w->activity && of_option(lean_to_activity(l, w->activity, e), "--activity", e)) ||
	    (w->when && of_option(lean_to_daytime(l, c, lib, user, w, e), "--when", e)) ||
	    (w->calibrate > 0 && find_mix(l, heard, n, e)))
		return e->code;
	for (size_t p = 0; p < CLI_LEAN_PARTS; p++)
		for (size_t i = 0; l->part[p] && i < lib->n; i++)
			l->sum[i] += l->part[p][i];
	return QF_OK;
}

void cli_leaning_close(struct cli_leaning *l)
{
	for (size_t p = 0; p < CLI_LEAN_PARTS; p++)
		qf_free(l->part[p]);
	qf_free(l->sum);
	qf_free(l->barred);
	qf_free(l->want);
	qf_facets_free(&l->facets);
	memset(l, 0, sizeof *l);
}
