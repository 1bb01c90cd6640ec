#include "cli/events.h"

#include "base/buf.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "history/match.h"
#include "history/time.h"

#include <string.h>

enum { PAGE = 500 };

/* ---- matching -------------------------------------------------------------------------------- */

struct below { /* a relative path, looked for below each root */
	struct qf_catalog *c;
	const char *path;
	int64_t found;
};

static enum qf_status look_below(void *user, const char *root, struct qf_err *e)
{
	struct below *b = user;
	struct qf_buf path = { 0 };
	enum qf_status rc = QF_OK;

	if (b->found)
		return QF_OK;
	qf_buf_printf(&path, "%s/%s", strcmp(root, "/") == 0 ? "" : root, b->path);
	rc = qf_buf_check(&path, e);
	if (rc == QF_OK)
		rc = qf_catalog_find_path(b->c, path.p, &b->found, e);
	qf_buf_free(&path);
	return rc;
}

static enum qf_status by_path(struct qf_catalog *c, const char *path, struct qf_candidate *out, size_t *n, struct qf_err *e)
{
	struct below b = { .c = c, .path = path };
	size_t roots;
	enum qf_status rc = *path == '/' ? qf_catalog_find_path(c, path, &b.found, e) : qf_catalog_roots(c, look_below, &b, &roots, e);

	*out = (struct qf_candidate){ .id = b.found };
	*n = rc == QF_OK && b.found;
	return rc;
}

static enum qf_status find(void *ctx, enum qf_match_key key, const char *a, const char *b, struct qf_candidate *out,
			   size_t cap, size_t *n, struct qf_err *e)
{
	switch (key) {
	case QF_MATCH_MBID: return qf_catalog_tracks_by_mbid(ctx, a, out, cap, n, e);
	case QF_MATCH_ISRC: return qf_catalog_tracks_by_isrc(ctx, a, out, cap, n, e);
	case QF_MATCH_PATH: return by_path(ctx, a, out, n, e);
	default: return qf_catalog_tracks_by_names(ctx, a, b, out, cap, n, e);
	}
}

enum qf_status cli_event_track(struct qf_catalog *c, struct qf_recent *recent, const struct qf_event *ev, int64_t *track, struct qf_err *e)
{
	const struct qf_match_lookup lookup = { find, c };
	enum qf_match_key how;

	return recent ? qf_recent_match(recent, &lookup, ev, track, e) : qf_match_event(&lookup, ev, track, &how, e);
}

/* ---- events that had no track ---------------------------------------------------------------- */

static enum qf_status place(struct qf_catalog *c, const struct qf_unmatched *u, int64_t track, struct cli_rematched *out,
			    struct qf_err *e)
{
	const struct qf_placed p = { .user = u->user, .track = track };
	int64_t of;
	enum qf_status rc = qf_catalog_set_event_track(c, u->id, track, e);

	if (rc == QF_OK)
		rc = qf_catalog_find_copied(c, &u->event, &p, &of, e);
	if (rc == QF_OK && of)
		rc = qf_catalog_make_copy(c, u->id, of, e);
	out->copies += rc == QF_OK && of;
	return rc == QF_OK ? qf_catalog_unsettle(c, u->user, u->event.t, e) : rc;
}

/* One page: a transaction only if there is something to write. */
static enum qf_status rematch_page(struct qf_catalog *c, const struct qf_unmatched *v, size_t n, bool dry_run,
				   struct cli_rematched *out, struct qf_err *e)
{
	enum qf_status rc = QF_OK;
	bool open = false;

	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		int64_t track;

		rc = cli_event_track(c, NULL, &v[i].event, &track, e);
		if (rc != QF_OK)
			break;
		out->read++;
		out->matched += track != 0;
		if (!track || dry_run)
			continue;
		if (!open) {
			rc = qf_catalog_begin(c, e);
			open = rc == QF_OK;
		}
		if (rc == QF_OK)
			rc = place(c, &v[i], track, out, e);
	}
	if (rc == QF_OK)
		return open ? qf_catalog_commit(c, e) : QF_OK;
	qf_catalog_rollback(c);
	return rc;
}

enum qf_status cli_events_rematch(struct qf_catalog *c, bool dry_run, struct cli_rematched *out, struct qf_err *e)
{
	static struct qf_unmatched page[PAGE];
	struct qf_arena arena = { 0 };
	int64_t after = 0;
	size_t n = 0;
	enum qf_status rc;

	memset(out, 0, sizeof *out);
	do {
		qf_arena_reset(&arena);
		rc = qf_catalog_unmatched(c, after, page, PAGE, &n, &arena, e);
		if (rc == QF_OK)
			rc = rematch_page(c, page, n, dry_run, out, e);
		after = n ? page[n - 1].id : after;
		cli_progress((uint64_t)out->read, 0, "events without a track");
	} while (rc == QF_OK && n == PAGE && !cli.interrupted);
	qf_arena_free(&arena);
	return rc;
}

/* ---- what follows from the order ------------------------------------------------------------- */

void cli_event_clock(const struct qf_event *ev, const struct qf_zone *zone, int *hour, int *weekday)
{
	*hour = *weekday = 0;
	if (ev->t)
		qf_time_on_clock(ev->t, ev->zoned ? ev->offset_s : zone->offset_s(zone->ctx, ev->t), hour, weekday);
}

static void begin(void *ctx, int64_t session)
{
	struct cli_settling *s = ctx;

	qf_sittings_begin(s->sittings, session);
}

static void next(void *ctx, struct qf_settling *row)
{
	struct cli_settling *s = ctx;
	const struct qf_heard heard = {
		.t = row->t, .ms = row->ms, .length_ms = row->length_ms, .track = row->track, .action = row->action, .derived = row->derived,
	};

	row->session = qf_sittings_next(s->sittings, &heard, &row->action);
	if (!row->weekday)
		cli_event_clock(&(struct qf_event){ .t = row->t }, s->zone, &row->hour, &row->weekday);
}

struct qf_settler cli_settler(struct cli_settling *s)
{
	return (struct qf_settler){ begin, next, s };
}

static enum qf_status settle_user(struct qf_catalog *c, int64_t user, const struct qf_settler *how, int64_t *changed, struct qf_err *e)
{
	int64_t n = 0;
	enum qf_status rc = qf_catalog_begin(c, e);

	if (rc == QF_OK)
		rc = qf_catalog_settle(c, user, how, &n, e);
	if (rc == QF_OK)
		rc = qf_catalog_commit(c, e);
	else
		qf_catalog_rollback(c);
	*changed += n;
	return rc;
}

enum qf_status cli_events_settle(struct qf_catalog *c, const struct qf_zone *zone, int64_t *changed, struct qf_err *e)
{
	struct cli_settling s = { .zone = zone };
	const struct qf_settler how = cli_settler(&s);
	int64_t user = 0;
	enum qf_status rc = qf_sittings_open(&s.sittings, e);

	*changed = 0;
	while (rc == QF_OK && !cli.interrupted && (rc = qf_catalog_unsettled(c, user, &user, e)) == QF_OK && user)
		rc = settle_user(c, user, &how, changed, e);
	qf_sittings_close(s.sittings);
	return rc;
}
