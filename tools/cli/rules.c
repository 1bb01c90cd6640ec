#include "cli/rules.h"

#include "base/alloc.h"
#include "catalog/facets.h"
#include "catalog/learn.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "cli/duration.h"
#include "cli/idlist.h"
#include "playlist/fit.h"
#include "playlist/group.h"
#include "playlist/space.h"
#include "query/query.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rules_arc(const char *text, double room[RULES_ARC_MAX], struct qf_order_how *how)
{
	char *end;

	for (const struct qf_arc *a = qf_arcs; a->name; a++)
		if (strcmp(a->name, text) == 0) {
			how->arc = a->points;
			how->n_arc = a->n;
			return true;
		}
	for (how->arc = room, how->n_arc = 0; how->n_arc < RULES_ARC_MAX; text = end + 1) {
		double v = strtod(text, &end);

		if (end == text || !(fabs(v) <= 1e6))
			return false;
		room[how->n_arc++] = v;
		if (*end == '\0')
			return how->n_arc > 1;
		if (*end != ',')
			return false;
	}
	return false;
}

bool rules_want_catalog(const struct rules *r)
{
	return r->not_since || r->clean || r->order->run == qf_order_smooth;
}

static enum qf_status no_memory(size_t n, struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", n);
}

/* ---- what the catalog knows of the tracks ------------------------------------------------------- */

struct known {
	int64_t *id;   /* [l->n] of each entry in this catalog, 0: it does not know it */
	struct qf_library lib; /* of those */
	bool *barred;  /* [lib.n] */
	int64_t since;
};

static enum qf_status find_ids(struct qf_catalog *c, const struct tracklist *l, int64_t *id, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < l->n; i++) {
		const struct qf_entry *t = &l->entries[i];

		id[i] = 0;
		if (t->id && t->catalog && strcmp(t->catalog, qf_catalog_uuid(c)) == 0)
			id[i] = t->id;
		else
			rc = qf_catalog_find_path(c, t->path, &id[i], e);
	}
	return rc;
}

static enum qf_status read_library(struct qf_catalog *c, const struct tracklist *l, struct known *k, struct qf_err *e)
{
	struct cli_ids ids = { 0 };
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < l->n; i++)
		if (k->id[i])
			rc = cli_ids_add(&ids, k->id[i], e);
	cli_ids_sort(&ids);
	if (rc == QF_OK)
		rc = qf_catalog_library_of(c, ids.id, ids.n, &k->lib, e);
	cli_ids_free(&ids);
	return rc;
}

static enum qf_status known_open(struct known *k, struct qf_catalog *c, const struct tracklist *l, struct qf_err *e)
{
	enum qf_status rc;

	k->id = qf_alloc(l->n, sizeof *k->id);
	rc = k->id ? find_ids(c, l, k->id, e) : no_memory(l->n, e);
	if (rc == QF_OK)
		rc = read_library(c, l, k, e);
	if (rc == QF_OK && (k->barred = qf_zalloc(k->lib.n, sizeof *k->barred)) == NULL)
		rc = no_memory(l->n, e);
	return rc;
}

static void known_close(struct known *k)
{
	qf_free(k->id);
	qf_free(k->barred);
	qf_library_free(&k->lib);
}

static enum qf_status bar_track(void *arg, int64_t track, struct qf_err *e)
{
	struct known *k = arg;
	size_t at = qf_library_find(&k->lib, track);

	(void)e;
	if (at != SIZE_MAX)
		k->barred[at] = true;
	return QF_OK;
}

static enum qf_status bar_explicit(struct qf_catalog *c, struct known *k, struct qf_err *e)
{
	static const char text[] = "tag.explicit:1";
	struct qf_arena a = { 0 };
	struct qf_query q;
	enum qf_status rc = qf_query_parse(&q, text, sizeof text - 1, &a, e);

	if (rc == QF_OK)
		rc = qf_catalog_selected(c, &q, bar_track, k, e);
	qf_arena_free(&a);
	return rc;
}

static bool heard(const char *action)
{
	return strcmp(action, "play") == 0 || strcmp(action, "skip") == 0 || strcmp(action, "complete") == 0 || strcmp(action, "replay") == 0;
}

static enum qf_status bar_heard(void *arg, const struct qf_diary_row *r, struct qf_err *e)
{
	struct known *k = arg;

	return r->at > k->since && heard(r->action) ? bar_track(k, r->track, e) : QF_OK;
}

static enum qf_status bar_recent(const struct rules *r, struct qf_catalog *c, struct known *k, struct qf_err *e)
{
	int64_t span, user = 0;

	if (!cli_span(r->not_since, &span))
		return qf_fail(e, QF_EINVAL, "--not-since: '%.40s' is no length of time like 36h, 7d, 2w, 6m or 1y", r->not_since);
	k->since = r->now - span;
	if (qf_catalog_user(c, r->user, &user, e))
		return e->code;
	if (!user)
		cli_say("nobody called '%s' has a history here: nothing is left out", r->user);
	return user ? qf_catalog_diary(c, user, bar_heard, k, e) : QF_OK;
}

/* Leave out what is barred; the others get their sounds. */
static enum qf_status look_up(const struct rules *r, struct tracklist *l, struct qf_catalog *c, struct known *k, struct qf_err *e)
{
	uint32_t *keep = qf_alloc(l->n, sizeof *keep);
	size_t n = 0;
	enum qf_status rc = keep ? known_open(k, c, l, e) : no_memory(l->n, e);

	if (rc == QF_OK && r->clean)
		rc = bar_explicit(c, k, e);
	if (rc == QF_OK && r->not_since)
		rc = bar_recent(r, c, k, e);
	for (size_t i = 0; rc == QF_OK && i < l->n; i++) {
		size_t at = k->id[i] ? qf_library_find(&k->lib, k->id[i]) : SIZE_MAX;

		if (at != SIZE_MAX && k->barred[at])
			continue;
		keep[n++] = (uint32_t)i;
		if (at != SIZE_MAX)
			l->entries[i].sound = k->lib.sound + at * QF_SOUND_DIM;
	}
	if (rc == QF_OK)
		rc = tracklist_take(l, keep, n, e);
	qf_free(keep);
	return rc;
}

/* ---- tracks that must be there, and where --------------------------------------------------------- */

struct wants {
	bool *must;     /* [n] */
	uint32_t *held; /* [n] the entry of each place, or QF_SPACE_FREE */
	int code;
};

static size_t find_track(const struct tracklist *l, int64_t id)
{
	size_t i = 0;

	while (i < l->n && l->entries[i].id != id)
		i++;
	return i;
}

/* "17" or "track:17"; misuse exits. *rest is what follows. */
static int64_t read_track(const char *option, const char *text, const char **rest)
{
	char *end;
	const char *digits = strncmp(text, "track:", 6) == 0 ? text + 6 : text;
	int64_t id = strtoll(digits, &end, 10);

	if (end == digits || id <= 0 || (*end && *end != ','))
		cli_misuse("--%s: '%s' is no track's number", option, text);
	*rest = *end ? end + 1 : end;
	return id;
}

static void take_include(const char *text, const struct tracklist *l, struct wants *w)
{
	while (*text) {
		int64_t id = read_track("include", text, &text);
		size_t i = find_track(l, id);

		if (i < l->n) {
			w->must[i] = true;
			continue;
		}
		cli_say("--include: track %" PRId64 " is not among those that came", id);
		w->code = EXIT_SOME;
	}
}

struct pin {
	int64_t place; /* from 1; from the end below 0 */
	int64_t id;
};

static struct pin read_pin(const char **text)
{
	char *end;
	struct pin p = { .place = strtoll(*text, &end, 10) };

	if (end == *text || *end != '=' || p.place == 0)
		cli_misuse("--at: '%s' is no place and track like 1=17", *text);
	p.id = read_track("at", end + 1, text);
	return p;
}

/* First all pinned tracks become musts; once the list has its final length, they get their places. */
static void take_pins(const char *text, const struct tracklist *l, struct wants *w, bool places)
{
	while (*text) {
		struct pin p = read_pin(&text);
		size_t i = find_track(l, p.id), at = (size_t)(p.place > 0 ? p.place - 1 : (int64_t)l->n + p.place);

		if (!places && i < l->n) {
			w->must[i] = true;
		} else if (!places) {
			cli_say("--at: track %" PRId64 " is not among those that came", p.id);
			w->code = EXIT_SOME;
		} else if (i < l->n && at < l->n && w->held[at] == QF_SPACE_FREE) {
			w->held[at] = (uint32_t)i;
		} else if (i < l->n) {
			cli_say("--at: place %" PRId64 " is %s", p.place, at < l->n ? "taken already" : "beyond the list");
			w->code = EXIT_SOME;
		}
	}
}

/* ---- length ------------------------------------------------------------------------------------------ */

static void say_length(int64_t total_ms, int64_t length_ms)
{
	cli_say("--length: no choice among the tracks that came is nearer to %" PRId64 ":%02d than %" PRId64 ":%02d", length_ms / 60000,
		(int)(length_ms / 1000 % 60), total_ms / 60000, (int)(total_ms / 1000 % 60));
}

static enum qf_status fit(const struct rules *r, struct tracklist *l, struct wants *w, struct qf_err *e)
{
	int64_t *ms = qf_alloc(l->n, sizeof *ms), total = 0;
	bool *chosen = qf_alloc(l->n, sizeof *chosen);
	uint32_t *keep = qf_alloc(l->n, sizeof *keep);
	size_t n = 0;
	enum qf_status rc = ms && chosen && keep ? QF_OK : no_memory(l->n, e);

	for (size_t i = 0; rc == QF_OK && i < l->n; i++)
		ms[i] = l->entries[i].duration_ms;
	if (rc == QF_OK)
		rc = qf_fit(ms, w->must, l->n, r->length_ms, chosen, &total, e);
	for (size_t i = 0; rc == QF_OK && i < l->n; i++)
		if (chosen[i])
			keep[n++] = (uint32_t)i;
	if (rc == QF_OK && fabs((double)(total - r->length_ms)) > QF_FIT_TOLERANCE * (double)r->length_ms) {
		say_length(total, r->length_ms);
		w->code = EXIT_SOME;
	}
	if (rc == QF_OK)
		rc = tracklist_take(l, keep, n, e);
	qf_free(ms);
	qf_free(chosen);
	qf_free(keep);
	return rc;
}

/* ---- order ------------------------------------------------------------------------------------------- */

/* Keep artists apart and pinned tracks in place, in an order that stands. */
static enum qf_status space(const struct rules *r, const struct tracklist *l, struct wants *w, uint32_t *perm, struct qf_err *e)
{
	uint32_t *artist = qf_alloc(l->n, sizeof *artist);
	struct qf_spacing spacing = { artist, r->artist_gap > 0 ? (size_t)r->artist_gap : 0 };
	size_t broken = 0;
	enum qf_status rc = artist ? qf_group_artists(l->entries, l->n, artist, e) : no_memory(l->n, e);

	if (rc == QF_OK)
		rc = qf_space(perm, l->n, w->held, &spacing, 1, &broken, e);
	if (rc == QF_OK && broken) {
		cli_say("--artist-gap: at %zu of %zu places an artist comes again sooner: there are too few others", broken, l->n);
		w->code = EXIT_SOME;
	}
	qf_free(artist);
	return rc;
}

static enum qf_status arrange(const struct rules *r, struct tracklist *l, struct wants *w, struct qf_err *e)
{
	uint32_t *perm = qf_alloc(l->n, sizeof *perm);
	bool spaced = r->at || r->artist_gap > 0;
	enum qf_status rc = perm ? r->order->run(l->entries, l->n, &r->how, perm, e) : no_memory(l->n, e);

	for (size_t i = 0; rc == QF_OK && i < l->n; i++)
		w->held[i] = QF_SPACE_FREE;
	if (rc == QF_OK && r->at)
		take_pins(r->at, l, w, true);
	if (rc == QF_OK && spaced)
		rc = space(r, l, w, perm, e);
	if (rc == QF_OK)
		rc = tracklist_take(l, perm, l->n, e);
	qf_free(perm);
	return rc;
}

int rules_apply(const struct rules *r, struct tracklist *l, struct qf_catalog *c)
{
	struct known k = { 0 };
	struct wants w = { .code = EXIT_OK };
	struct qf_err e = { 0 };
	enum qf_status rc = c && rules_want_catalog(r) ? look_up(r, l, c, &k, &e) : QF_OK;

	w.must = qf_zalloc(l->n, sizeof *w.must);
	w.held = qf_alloc(l->n, sizeof *w.held);
	if (rc == QF_OK && (!w.must || !w.held))
		rc = no_memory(l->n, &e);
	if (rc == QF_OK && r->include)
		take_include(r->include, l, &w);
	if (rc == QF_OK && r->at)
		take_pins(r->at, l, &w, false);
	if (rc == QF_OK && r->length_ms)
		rc = fit(r, l, &w, &e);
	if (rc == QF_OK)
		rc = arrange(r, l, &w, &e);
	if (rc != QF_OK)
		w.code = cli_die(&e);
	qf_free(w.must);
	qf_free(w.held);
	known_close(&k);
	return w.code;
}
