#define _GNU_SOURCE
#include "cli/import.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "catalog/event.h"
#include "catalog/learn.h"
#include "catalog/sticker.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "history/id.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { PIECE = 1 << 16, BUCKETS = 256, USERS = 2048, LOOK_AT_CLOCK = 64 };
#define TRANSACTION_S 2.0

struct listener { /* a name of the file, and who that is in the catalog */
	struct listener *next; /* of the same bucket */
	char *name, *stored;
	int64_t id;
	int64_t from; /* the earliest new event of this transaction that came out of order, INT64_MAX: none */
	/* what follows from order is worked out at once while events come in order */
	bool looked, live;
	int64_t last;
	struct cli_settling settling;
	int64_t before, at, behind; /* the event stored last (0: none) and its neighbours: nothing is between */
};

struct run { /* of one file */
	struct import *in;
	struct listener *users[BUCKETS]; /* by the hash of their names */
	size_t n_users;
	bool open;                    /* a transaction is */
	double since;
	int64_t version;              /* of what the catalog held then */
	unsigned pending;
	const char *folder;           /* of a playlist, resolved; NULL: not known */
	struct qf_buf path;
	struct qf_recent *recent;
};

static int64_t unmatched;

int64_t import_unmatched(void)
{
	return unmatched;
}

static void say_unmatched(const struct import *in, const struct qf_event *ev, size_t line)
{
	struct qf_buf place = { 0 };

	if (++unmatched > IMPORT_NAMED || cli.quiet)
		return;
	if (line)
		qf_buf_printf(&place, " line %zu:", line);
	if (ev->artist && ev->title)
		cli_say("%s:%s no track for %s - %s", in->file, place.p ? place.p : "", ev->artist, ev->title);
	else
		cli_say("%s:%s no track for %s", in->file, place.p ? place.p : "", ev->path ? ev->path : ev->mbid ? ev->mbid : ev->isrc);
	qf_buf_free(&place);
}

/* ---- who ------------------------------------------------------------------------------------- */

enum qf_status import_pseudonym(const struct qf_span *key, const char *name, struct qf_buf *out, struct qf_err *e)
{
	static const char prefix[] = "anon-";
	uint8_t digest[QF_SHA256];

	qf_buf_clear(out);
	if (strlen(name) == sizeof prefix - 1 + 32 && strncmp(name, prefix, sizeof prefix - 1) == 0 &&
	    strspn(name + sizeof prefix - 1, "0123456789abcdef") == 32) {
		qf_buf_puts(out, name);
		return qf_buf_check(out, e);
	}
	qf_hmac_sha256(key->p, key->n, name, strlen(name), digest);
	qf_buf_puts(out, prefix);
	qf_buf_hex(out, digest, 16);
	return qf_buf_check(out, e);
}

/* What follows from the order of the user's events is out of date from here on. */
static enum qf_status unsettle(struct run *r, struct listener *u, struct qf_err *e)
{
	int64_t from = u->from;

	u->from = INT64_MAX;
	return from == INT64_MAX ? QF_OK : qf_catalog_unsettle(r->in->c, u->id, from, e);
}

static void free_listener(struct listener *u)
{
	qf_free(u->name);
	qf_free(u->stored);
	qf_sittings_close(u->settling.sittings);
	qf_free(u);
}

/* Put down what is in memory of the users: `end` also frees it. */
static enum qf_status leave_users(struct run *r, bool write, bool end, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct listener *u = r->users[i], *next; u; u = next) {
			next = u->next;
			if (rc == QF_OK && write)
				rc = unsettle(r, u, e);
			if (end)
				free_listener(u);
		}
	if (end) {
		memset(r->users, 0, sizeof r->users);
		r->n_users = 0;
	}
	return rc;
}

static enum qf_status new_listener(struct run *r, const char *name, struct listener **out, struct qf_err *e)
{
	struct listener *u = qf_zalloc(1, sizeof *u);
	struct qf_buf stored = { 0 };
	enum qf_status rc = u ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");

	if (rc == QF_OK) {
		u->from = INT64_MAX;
		u->settling.zone = r->in->opts->clock;
		rc = qf_sittings_open(&u->settling.sittings, e);
	}
	if (rc == QF_OK && r->in->opts->key)
		rc = import_pseudonym(r->in->opts->key, name, &stored, e);
	if (rc == QF_OK) {
		u->name = qf_strdup(name);
		u->stored = qf_strdup(stored.len ? stored.p : name);
		if (!u->name || !u->stored)
			rc = qf_fail(e, QF_ENOMEM, "out of memory");
	}
	if (rc == QF_OK)
		rc = qf_catalog_user(r->in->c, u->stored, &u->id, e);
	qf_buf_free(&stored);
	if (rc != QF_OK && u) {
		free_listener(u);
		u = NULL;
	}
	*out = u;
	return rc;
}

static enum qf_status listener_of(struct run *r, const char *name, struct listener **out, struct qf_err *e)
{
	unsigned h = 2166136261u;
	enum qf_status rc = QF_OK;

	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	h = (h ^ h >> 16) % BUCKETS;
	for (*out = r->users[h]; *out; *out = (*out)->next)
		if (strcmp((*out)->name, name) == 0)
			return QF_OK;
	if (r->n_users == USERS)
		rc = leave_users(r, !cli.dry_run, true, e);
	if (rc == QF_OK)
		rc = new_listener(r, name, out, e);
	if (rc != QF_OK)
		return rc;
	(*out)->next = r->users[h];
	r->users[h] = *out;
	r->n_users++;
	return QF_OK;
}

/* ---- storing --------------------------------------------------------------------------------- */

static enum qf_status commit(struct run *r, struct qf_err *e)
{
	enum qf_status rc;

	if (!r->open)
		return QF_OK;
	rc = leave_users(r, !cli.dry_run, false, e);
	r->open = false;
	if (rc == QF_OK)
		return qf_catalog_commit(r->in->c, e);
	qf_catalog_rollback(r->in->c);
	return rc;
}

/* Everything happens in one, also the looking up: a lock for each statement would cost more than the statements. */
static enum qf_status open_transaction(struct run *r, struct qf_err *e)
{
	int64_t version = 0;
	enum qf_status rc;

	if (r->open)
		return QF_OK;
	r->since = cli_clock_s();
	r->pending = 0;
	rc = cli.dry_run ? qf_catalog_begin_read(r->in->c, e) : qf_catalog_begin(r->in->c, e);
	r->open = rc == QF_OK;
	if (rc == QF_OK)
		rc = qf_catalog_data_version(r->in->c, &version, e);
	if (rc == QF_OK && version != r->version) /* another tool has written: look at everybody anew */
		rc = leave_users(r, false, true, e);
	if (rc == QF_OK && version != r->version)
		qf_recent_forget(r->recent);
	r->version = version;
	return rc;
}

/* Whether the user's order is known up to now. */
static enum qf_status look_back(struct run *r, struct listener *u, struct qf_err *e)
{
	const struct qf_settler how = cli_settler(&u->settling);

	if (u->looked)
		return QF_OK;
	u->looked = true;
	u->live = false;
	return qf_catalog_resume(r->in->c, u->id, &how, &u->last, &u->live, e);
}

/* Session and action of a new event that comes in order; else it is left to cli_events_settle(). */
static enum qf_status follow(struct run *r, struct listener *u, struct qf_event *ev, struct qf_placed *p, struct qf_err *e)
{
	struct qf_heard h = { .t = ev->t, .ms = ev->ms, .length_ms = ev->dur_ms, .action = ev->action, .derived = ev->derived };
	enum qf_status rc;

	if (!ev->t)
		return QF_OK;
	rc = look_back(r, u, e);
	if (rc != QF_OK)
		return rc;
	u->live = u->live && ev->t >= u->last;
	if (!u->live) {
		u->from = ev->t < u->from ? ev->t : u->from;
		return QF_OK;
	}
	if (!h.length_ms && p->track)
		rc = qf_catalog_track_length(r->in->c, p->track, &h.length_ms, e);
	h.track = qf_event_track_key(p->track, ev);
	p->session = qf_sittings_next(u->settling.sittings, &h, &ev->action);
	u->last = ev->t;
	return rc;
}

/* Whether the time alone tells that the event is not stored: listening has gaps, and histories have an order. */
static bool is_apart(const struct listener *u, int64_t t)
{
	int64_t from = t < u->at ? u->before : u->at, to = t < u->at ? u->at : u->behind;

	return t && u->at && t > from + QF_EVENT_APART_S && t < to - QF_EVENT_APART_S;
}

static enum qf_status note_time(struct run *r, struct listener *u, int64_t t, struct qf_err *e)
{
	int64_t at = u->at;

	if (!t || t == at)
		return QF_OK;
	u->at = t;
	if (!at || t <= u->before || t >= u->behind)
		return qf_catalog_around(r->in->c, u->id, t, &u->before, &u->behind, e);
	*(t < at ? &u->behind : &u->before) = at;
	return QF_OK;
}

static enum qf_status store(struct run *r, struct listener *u, const uint8_t *uid, struct qf_event *ev, struct qf_placed *p,
			    bool *fresh, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	if (!u->id && !cli.dry_run)
		rc = qf_catalog_add_user(r->in->c, u->stored, &u->id, e);
	p->user = u->id;
	if (rc == QF_OK && u->id && !is_apart(u, ev->t))
		rc = qf_catalog_find_copied(r->in->c, ev, p, &p->copy_of, e);
	*fresh = cli.dry_run; /* one that stands twice in the files is counted twice then */
	if (rc == QF_OK && !cli.dry_run && !p->copy_of)
		rc = follow(r, u, ev, p, e);
	if (rc == QF_OK && !cli.dry_run)
		rc = qf_catalog_put_event(r->in->c, uid, ev, p, fresh, e);
	return rc == QF_OK && *fresh && !cli.dry_run && !p->copy_of ? note_time(r, u, ev->t, e) : rc;
}

static void count(struct import *in, const struct qf_event *ev, const struct qf_placed *p, bool fresh, size_t line)
{
	in->read++;
	in->known += !fresh;
	in->fresh += fresh;
	in->copies += fresh && p->copy_of;
	in->matched += fresh && p->track;
	in->unmatched += fresh && !p->track;
	if (fresh && !p->track)
		say_unmatched(in, ev, line);
	cli_progress((uint64_t)in->read, 0, "events");
}

static enum qf_status take_event(struct run *r, struct qf_event ev, size_t line, struct qf_err *e)
{
	struct qf_placed p = { 0 };
	uint8_t uid[QF_EVENT_ID];
	bool known = false, fresh = false;
	struct listener *u;
	enum qf_status rc = open_transaction(r, e);

	if (rc == QF_OK)
		rc = listener_of(r, ev.user, &u, e);
	if (rc != QF_OK)
		return rc;
	ev.user = u->stored;
	rc = qf_event_id(&ev, uid, e);
	if (rc == QF_OK && !is_apart(u, ev.t))
		rc = qf_catalog_has_event(r->in->c, uid, &known, e);
	if (rc == QF_OK && !known)
		rc = cli_event_track(r->in->c, r->recent, &ev, &p.track, e);
	if (rc == QF_OK && !known) {
		cli_event_clock(&ev, r->in->opts->clock, &p.hour, &p.weekday);
		rc = store(r, u, uid, &ev, &p, &fresh, e);
	}
	if (rc != QF_OK)
		return rc;
	count(r->in, &ev, &p, fresh, line);
	return ++r->pending % LOOK_AT_CLOCK == 0 && cli_clock_s() - r->since > TRANSACTION_S ? commit(r, e) : QF_OK;
}

/* ---- events of a history file ------------------------------------------------------------------ */

/* A path in a playlist begins at the playlist's folder; "." and ".." are taken out of it. */
static enum qf_status complete_path(struct run *r, struct qf_event *ev, struct qf_err *e)
{
	const char *p = ev->path;

	qf_buf_clear(&r->path);
	qf_buf_puts(&r->path, r->folder);
	while (*p) {
		size_t n = strcspn(p, "/");

		if (n == 2 && memcmp(p, "..", 2) == 0) {
			while (r->path.len && r->path.p[--r->path.len] != '/')
				;
		} else if (n && !(n == 1 && *p == '.')) {
			qf_buf_putc(&r->path, '/');
			qf_buf_put(&r->path, p, n);
		}
		p += n + (p[n] == '/');
	}
	qf_buf_putc(&r->path, '\0');
	ev->path = r->path.p;
	return qf_buf_check(&r->path, e);
}

static enum qf_status on_event(void *ctx, const struct qf_event *ev, size_t line, struct qf_err *e)
{
	struct run *r = ctx;
	struct qf_event copy = *ev;
	enum qf_status rc = QF_OK;

	if (r->folder && ev->path && ev->path[0] != '/' && strcmp(ev->src, "m3u") == 0)
		rc = complete_path(r, &copy, e);
	if (rc == QF_OK)
		rc = take_event(r, copy, line, e);
	r->in->fatal = rc != QF_OK;
	return rc;
}

static void on_bad(void *ctx, size_t line, const struct qf_err *why)
{
	struct run *r = ctx;

	(void)line;
	r->in->bad++;
	cli_say("%s: %s", r->in->file, why->text);
}

/* Nothing to read right now: others may write meanwhile. */
static enum qf_status let_go(struct run *r, int fd, struct qf_err *e)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	enum qf_status rc;

	if (!r->open || poll(&p, 1, 0) != 0)
		return QF_OK;
	rc = commit(r, e);
	r->in->fatal = rc != QF_OK;
	return rc;
}

static enum qf_status read_all(struct run *r, int fd, struct qf_history *h, struct qf_err *e)
{
	static char piece[PIECE];

	while (!cli.interrupted) {
		enum qf_status rc = let_go(r, fd, e);
		ssize_t n = rc == QF_OK ? read(fd, piece, sizeof piece) : 0;

		if (rc != QF_OK)
			return rc;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return qf_fail_errno(e, "cannot read");
		rc = n ? qf_history_feed(h, piece, (size_t)n, e) : qf_history_end(h, e);
		if (rc != QF_OK || n == 0)
			return rc;
	}
	return QF_OK;
}

static bool ends(const char *name, const char *with)
{
	size_t n = strlen(name), m = strlen(with);

	return n >= m && strcasecmp(name + n - m, with) == 0;
}

static enum qf_status read_history(struct run *r, int fd, struct qf_err *e)
{
	const struct import_opts *o = r->in->opts;
	const bool stream = strcmp(r->in->file, "-") == 0;
	const struct qf_history_opts how = {
		.format = o->format ? o->format : ends(r->in->file, ".m3u") || ends(r->in->file, ".m3u8") ? "m3u" : NULL,
		.user = o->user, .zone = o->zone, .stream = stream,
	};
	const struct qf_history_sink sink = { on_event, on_bad, r };
	struct qf_history *h;
	enum qf_status rc = qf_history_open(&h, &how, &sink, e);

	if (rc == QF_OK)
		rc = read_all(r, fd, h, e);
	if (h)
		r->in->format = qf_history_format(h);
	qf_history_close(h);
	return rc;
}

/* ---- MPD's stickers ---------------------------------------------------------------------------- */

static enum qf_status on_sticker(void *ctx, const struct qf_sticker *s, struct qf_err *e)
{
	struct run *r = ctx;
	/* what was said outright goes before a rating, of which only the ends are clear */
	bool like = s->like >= 0 ? s->like == 2 : s->rating >= 8, dislike = s->like >= 0 ? s->like == 0 : s->rating > 0 && s->rating <= 2;
	const struct qf_event ev = {
		.user = r->in->opts->user, .src = "mpd", .action = like ? QF_ACTION_LIKE : QF_ACTION_DISLIKE, .ms = -1, .path = s->uri,
	};
	enum qf_status rc = QF_OK;

	r->in->plays += s->plays > 0 ? s->plays : 0;
	r->in->skips += s->skips > 0 ? s->skips : 0;
	if (like || dislike)
		rc = take_event(r, ev, 0, e);
	r->in->fatal = rc != QF_OK;
	return rc;
}

static bool is_sqlite(int fd)
{
	static const char magic[] = "SQLite format 3";
	char head[sizeof magic];

	return pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head && memcmp(head, magic, sizeof magic) == 0;
}

/* ---- files ------------------------------------------------------------------------------------- */

static enum qf_status import_fd(struct run *r, int fd, struct qf_err *e)
{
	struct import *in = r->in;
	struct qf_err late = { 0 };
	enum qf_status rc;

	if (in->opts->format ? strcmp(in->opts->format, "mpd") == 0 : is_sqlite(fd)) {
		in->format = "mpd";
		in->counted = true;
		rc = qf_sticker_read(in->file, on_sticker, r, e);
	} else {
		rc = read_history(r, fd, e);
	}
	if (in->fatal) {
		qf_catalog_rollback(in->c);
	} else if (commit(r, &late) != QF_OK) { /* what was read before a damaged end is kept */
		in->fatal = true;
		*e = late;
		rc = late.code;
	}
	return rc;
}

/* The folder of a file, resolved; NULL where that fails. The caller's to free. */
static char *folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *name = slash ? qf_memdup0(file, slash == file ? 1 : (size_t)(slash - file)) : qf_strdup("."), *real;

	real = name ? realpath(name, NULL) : NULL;
	qf_free(name);
	if (real && strcmp(real, "/") == 0)
		*real = '\0';
	return real;
}

enum qf_status import_file(struct import *in, struct qf_err *e)
{
	bool stream = strcmp(in->file, "-") == 0;
	int fd = stream ? STDIN_FILENO : open(in->file, O_RDONLY | O_CLOEXEC);
	struct run *r;
	char *folder;
	enum qf_status rc;

	if (fd < 0) {
		qf_fail_errno(e, "cannot open");
		return qf_err_at(e, in->file);
	}
	r = qf_zalloc(1, sizeof *r);
	folder = stream ? NULL : folder_of(in->file);
	rc = r ? qf_recent_open(&r->recent, e) : qf_fail(e, QF_ENOMEM, "out of memory");
	if (rc == QF_OK) {
		r->in = in;
		r->folder = folder;
		rc = import_fd(r, fd, e);
		leave_users(r, false, true, e);
		qf_buf_free(&r->path);
		qf_recent_close(r->recent);
	}
	free(folder);
	qf_free(r);
	if (!stream)
		close(fd);
	if (rc != QF_OK && !in->fatal)
		qf_err_at(e, in->file);
	return rc;
}
