#define _GNU_SOURCE
#include "cli/person.h"

#include "base/file.h"
#include "catalog/dataset.h"
#include "catalog/person.h"
#include "catalog/playlist.h"
#include "catalog/trust.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "cli/import.h"
#include "history/id.h"
#include "rows/rows.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { KEY = 32, KEY_LEAST = 16, KEY_MOST = 4096 }; /* bytes */

static void begin_person(struct qf_buf *b, const char *act, const char *name, const struct qf_person *p)
{
	qf_json_open(b, '{');
	qf_json_put_str(b, "type", "person.v1");
	qf_json_opt_str(b, "act", act);
	qf_json_opt_str(b, "user", name);
	qf_json_put_int(b, "events", p->events);
	qf_json_put_int(b, "copies", p->copies);
}

/* ---- export ------------------------------------------------------------------------------------ */

struct exporting {
	const char *name, *catalog;
	struct qf_arena arena;
};

static void put_uid(struct qf_buf *b, const char *key, const uint8_t uid[QF_EVENT_UID])
{
	struct qf_buf hex = { 0 };

	qf_buf_hex(&hex, uid, QF_EVENT_UID);
	qf_json_opt_str(b, key, hex.p);
	qf_buf_free(&hex);
}

static enum qf_status put_event(void *ctx, const struct qf_held *h, struct qf_err *e)
{
	const struct exporting *x = ctx;
	const struct qf_event *ev = &h->event;
	struct qf_buf b = { 0 };

	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "event.v1");
	qf_json_opt_str(&b, "user", x->name);
	qf_json_opt_int(&b, "t", ev->t);
	qf_json_opt_str(&b, "action", qf_action_name(ev->action));
	if (ev->ms >= 0)
		qf_json_put_int(&b, "ms", ev->ms);
	qf_json_opt_int(&b, "dur", ev->dur_ms);
	qf_json_opt_str(&b, "src", ev->src);
	qf_json_opt_str(&b, "artist", ev->artist);
	qf_json_opt_str(&b, "title", ev->title);
	qf_json_opt_str(&b, "album", ev->album);
	qf_json_opt_str(&b, "mbid", ev->mbid);
	qf_json_opt_str(&b, "isrc", ev->isrc);
	if (ev->path)
		qf_row_put_path(&b, ev->path);
	if (ev->derived)
		qf_json_put_bool(&b, "derived", true);
	qf_json_opt_int(&b, "precision_s", ev->precision_s);
	put_uid(&b, "uid", h->uid);
	if (h->is_copy)
		put_uid(&b, "copy_of", h->copy_of);
	if (h->track) {
		qf_json_opt_str(&b, "catalog", x->catalog);
		qf_json_put_int(&b, "track", h->track);
	}
	qf_json_opt_int(&b, "session", h->session);
	if (h->weekday) {
		qf_json_put_int(&b, "local_hour", h->hour);
		qf_json_put_int(&b, "local_weekday", h->weekday);
	}
	return cli_row_end(&b, e);
}

static enum qf_status put_profile(const char *name, const struct qf_person *p, struct qf_err *e)
{
	struct qf_buf b = { 0 };

	begin_person(&b, "export", name, p);
	if (p->last) {
		qf_json_put_int(&b, "first", p->first);
		qf_json_put_int(&b, "last", p->last);
		qf_json_put_int(&b, "sessions", p->sessions);
	}
	qf_json_put_int(&b, "models", p->models);
	return cli_row_end(&b, e);
}

static enum qf_status put_playlist(void *ctx, const struct qf_kept *k, struct qf_err *e)
{
	const struct exporting *x = ctx;
	struct qf_buf b = { 0 };

	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "playlist.v1");
	qf_json_opt_str(&b, "playlist", k->name);
	qf_json_put_int(&b, "version", k->number);
	qf_json_opt_str(&b, "user", x->name);
	qf_json_put_int(&b, "at", k->at);
	qf_json_put_int(&b, "tracks", k->n);
	qf_json_key(&b, "how");
	qf_json_raw(&b, (struct qf_span){ k->how, strlen(k->how) });
	return cli_row_end(&b, e);
}

static enum qf_status put_rating(void *ctx, const struct qf_rating *r, struct qf_err *e)
{
	const struct exporting *x = ctx;
	struct qf_buf b = { 0 };

	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "rating.v1");
	qf_json_opt_str(&b, "user", x->name);
	qf_json_opt_str(&b, "dataset", r->dataset);
	qf_json_put_int(&b, "stars", r->stars);
	qf_json_opt_str(&b, "note", r->note);
	qf_json_put_int(&b, "at", r->at);
	return cli_row_end(&b, e);
}

int person_export(struct qf_catalog *c, const char *name)
{
	struct exporting x = { .name = name, .catalog = qf_catalog_uuid(c) };
	struct qf_person p;
	struct qf_err e = { 0 };
	enum qf_status rc = qf_catalog_begin_read(c, &e);

	if (rc == QF_OK)
		rc = qf_catalog_person(c, name, &p, &e);
	if (rc == QF_OK)
		rc = put_profile(name, &p, &e);
	if (rc == QF_OK)
		rc = qf_catalog_held(c, p.id, put_event, &x, &e);
	if (rc == QF_OK)
		rc = qf_catalog_playlists(c, p.id, put_playlist, &x, &e);
	if (rc == QF_OK)
		rc = qf_catalog_dataset_ratings(c, p.id, put_rating, &x, &e);
	qf_catalog_rollback(c);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}

/* ---- forget ------------------------------------------------------------------------------------ */

/* How these tools name copies that they leave behind: backups, and damaged files that were set aside. */
static bool is_backup(const char *name, const char *of)
{
	static const char *const kinds[] = { ".backup-", ".damaged-", ".recovered-" };
	size_t n = strlen(of);

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strncmp(name, of, n) == 0 && strncmp(name + n, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Remove the backups beside the catalog and name each in a list; one that stays is told and gives false. */
static bool remove_backups(const char *catalog, struct qf_buf *row)
{
	const char *slash = strrchr(catalog, '/'), *base = slash ? slash + 1 : catalog;
	struct qf_buf path = { 0 };
	struct dirent **found = NULL;
	bool all = true;
	int n;

	qf_buf_put(&path, catalog, (size_t)(base - catalog));
	qf_buf_putc(&path, '.'); /* "folder/." is the folder */
	n = path.failed ? -1 : scandir(path.p, &found, NULL, by_name);
	if (n < 0)
		cli_say("%s: cannot look for backups: %s", path.failed ? "." : path.p, strerror(errno));
	qf_json_key(row, "backups");
	qf_json_open(row, '[');
	for (int i = 0; i < n; i++) {
		bool mine = is_backup(found[i]->d_name, base), ok = mine;

		qf_buf_clear(&path);
		qf_buf_put(&path, catalog, (size_t)(base - catalog));
		qf_buf_puts(&path, found[i]->d_name);
		if (mine && !cli.dry_run && (path.failed || unlink(path.p) != 0)) {
			cli_say("%s: cannot be removed and still holds what was forgotten: %s", found[i]->d_name, strerror(errno));
			ok = all = false;
		}
		if (ok)
			qf_json_str(row, path.p);
		free(found[i]);
	}
	qf_json_close(row, ']');
	free(found);
	qf_buf_free(&path);
	return all && n >= 0;
}

static enum qf_status forget(struct qf_catalog *c, const struct qf_person *p, struct qf_err *e)
{
	enum qf_status rc = qf_catalog_begin(c, e);

	if (rc == QF_OK)
		rc = qf_catalog_forget(c, p->id, p->models > 0, e);
	if (rc == QF_OK)
		rc = qf_catalog_commit(c, e);
	else
		qf_catalog_rollback(c);
	return rc == QF_OK ? qf_catalog_wipe(c, e) : rc;
}

int person_forget(struct qf_catalog *c, const char *name)
{
	struct qf_buf row = { 0 };
	struct qf_person p = { 0 };
	struct qf_err e = { 0 };
	enum qf_status rc = qf_catalog_person(c, name, &p, &e);
	bool clean;

	if (rc == QF_ENOTFOUND) { /* perhaps a former run was stopped before it had wiped the bytes */
		cli_say("%s", e.text);
		rc = cli.dry_run ? QF_OK : qf_catalog_wipe(c, &e);
	} else if (rc == QF_OK && !cli.dry_run) {
		rc = forget(c, &p, &e);
	}
	if (rc != QF_OK)
		return cli_die(&e);
	begin_person(&row, "forget", name, &p);
	qf_json_put_int(&row, "models", p.models);
	clean = remove_backups(qf_catalog_path(c), &row);
	if (cli.dry_run)
		qf_json_put_bool(&row, "planned", true);
	if (cli_row_end(&row, &e) != QF_OK)
		return cli_die(&e);
	if (!cli.quiet)
		cli_say("%s: what was signed into a chain stays there, under a pseudonymous key; backups elsewhere are yours to remove%s",
			name, p.models ? "; `qfzz train` learns anew from the others" : "");
	return clean ? EXIT_OK : EXIT_SOME;
}

/* ---- pseudonyms -------------------------------------------------------------------------------- */

static enum qf_status make_key(const char *path, struct qf_buf *key, struct qf_err *e)
{
	uint8_t random[KEY];
	int fd;

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return qf_fail_errno(e, "no random bytes for a key");
	qf_buf_hex(key, random, sizeof random);
	qf_buf_putc(key, '\n');
	if (key->failed)
		return qf_buf_check(key, e);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || qf_write_all(fd, key->p, key->len, e) != QF_OK || fsync(fd) != 0) {
		qf_fail_errno(e, "%s: cannot write the key", path);
		if (fd >= 0) {
			close(fd);
			unlink(path);
		}
		return e->code;
	}
	close(fd);
	if (!cli.quiet)
		cli_say("%s: a new key; who has it can tell whose a pseudonym is, and without it the same names get others", path);
	return QF_OK;
}

enum qf_status person_key(struct qf_catalog *c, const char *file, struct qf_buf *key, struct qf_err *e)
{
	struct qf_buf path = { 0 };
	enum qf_status rc;

	qf_buf_printf(&path, "%s%s", file ? file : qf_catalog_path(c), file ? "" : ".key");
	rc = qf_buf_check(&path, e);
	if (rc == QF_OK && !file && access(path.p, F_OK) != 0)
		rc = cli.dry_run ? qf_fail(e, QF_ENOTFOUND, "%s: no key yet", path.p) : make_key(path.p, key, e);
	else if (rc == QF_OK)
		rc = qf_file_read(path.p, key, KEY_MOST, e);
	while (rc == QF_OK && key->len && strchr("\r\n", key->p[key->len - 1]))
		key->len--;
	if (rc == QF_OK && key->len < KEY_LEAST)
		rc = qf_fail(e, QF_EFORMAT, "%s: a key has at least %d bytes", path.p, KEY_LEAST);
	qf_buf_free(&path);
	return rc;
}

struct renaming {
	const char *stored;
	struct qf_buf uids; /* old and new, in pairs */
};

static enum qf_status note_uid(void *ctx, const struct qf_held *h, struct qf_err *e)
{
	struct renaming *r = ctx;
	struct qf_event ev = h->event;
	uint8_t uid[QF_EVENT_ID];
	enum qf_status rc;

	ev.user = r->stored;
	if (ev.derived) /* as it was when it came */
		ev.action = QF_ACTION_PLAY;
	rc = qf_event_id(&ev, uid, e);
	qf_buf_put(&r->uids, h->uid, QF_EVENT_UID);
	qf_buf_put(&r->uids, uid, QF_EVENT_ID);
	return rc == QF_OK ? qf_buf_check(&r->uids, e) : rc;
}

/* All events to the pseudonym, which may be there already. */
static enum qf_status move_events(struct qf_catalog *c, const struct renaming *r, int64_t to, struct qf_err *e)
{
	const uint8_t *p = (const uint8_t *)r->uids.p;
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < r->uids.len; i += QF_EVENT_UID + QF_EVENT_ID)
		rc = qf_catalog_move_event(c, p + i, p + i + QF_EVENT_UID, to, e);
	return rc;
}

static enum qf_status rename_person(struct qf_catalog *c, const struct qf_person *p, const char *stored, struct qf_err *e)
{
	struct renaming r = { .stored = stored };
	int64_t to;
	enum qf_status rc = qf_catalog_begin(c, e);

	if (rc != QF_OK)
		return rc;
	if ((rc = qf_catalog_held(c, p->id, note_uid, &r, e)) == QF_OK &&
	    (rc = qf_catalog_add_user(c, stored, &to, e)) == QF_OK &&
	    (rc = move_events(c, &r, to, e)) == QF_OK && (rc = qf_catalog_dataset_move_ratings(c, p->id, to, e)) == QF_OK && (rc = qf_catalog_move_pseudonym(c, p->id, to, e)) == QF_OK &&
	    (rc = qf_catalog_move_playlists(c, p->id, to, e)) == QF_OK && (rc = qf_catalog_unsettle(c, to, 0, e)) == QF_OK)
		rc = qf_catalog_forget(c, p->id, false, e);
	if (rc == QF_OK)
		rc = qf_catalog_commit(c, e);
	else
		qf_catalog_rollback(c);
	qf_buf_free(&r.uids);
	return rc;
}

static enum qf_status anonymize_one(struct qf_catalog *c, const struct qf_span *key, const char *name, int64_t *changed,
				    struct qf_err *e)
{
	struct qf_buf stored = { 0 }, row = { 0 };
	struct qf_person p;
	enum qf_status rc = import_pseudonym(key, name, &stored, e);

	if (rc == QF_OK && strcmp(stored.p, name) != 0) {
		if ((rc = qf_catalog_person(c, name, &p, e)) == QF_OK && !cli.dry_run)
			rc = rename_person(c, &p, stored.p, e);
		if (rc == QF_OK) {
			begin_person(&row, "anonymize", stored.p, &p);
			if (cli.dry_run)
				qf_json_put_bool(&row, "planned", true);
			rc = cli_row_end(&row, e);
		}
		++*changed;
	}
	qf_buf_free(&stored);
	return rc;
}

int person_anonymize(struct qf_catalog *c, const struct qf_span *key, const struct qf_zone *clock)
{
	struct qf_arena a = { 0 };
	const char *const *names;
	size_t n = 0;
	int64_t changed = 0, settled;
	struct qf_err e = { 0 };
	enum qf_status rc = qf_catalog_people(c, &names, &n, &a, &e);

	for (size_t i = 0; rc == QF_OK && i < n && !cli.interrupted; i++)
		rc = anonymize_one(c, key, names[i], &changed, &e);
	if (rc == QF_OK && !cli.dry_run && changed)
		rc = cli_events_settle(c, clock, &settled, &e);
	if (rc == QF_OK && !cli.dry_run) /* also when there was nothing: a former run may have been stopped before this */
		rc = qf_catalog_wipe(c, &e);
	qf_arena_free(&a);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}
