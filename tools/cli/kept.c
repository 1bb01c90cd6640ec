#define _GNU_SOURCE
#include "cli/kept.h"

#include "catalog/event.h"
#include "catalog/learn.h"
#include "catalog/playlist.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "cli/listfile.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows --------------------------------------------------------------------------------------------- */

static enum qf_status show_kept(void *arg, const struct qf_kept *k, struct qf_err *e)
{
	struct qf_buf b = { 0 };

	(void)arg;
	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "playlist.v1");
	qf_json_opt_str(&b, "playlist", k->name);
	qf_json_opt_int(&b, "version", k->number);
	qf_json_opt_str(&b, "user", k->user);
	qf_json_opt_int(&b, "at", k->at);
	qf_json_opt_int(&b, "parent", k->parent);
	qf_json_opt_int(&b, "merged", k->merged);
	qf_json_put_int(&b, "tracks", k->n);
	qf_json_key(&b, "how");
	qf_json_raw(&b, (struct qf_span){ k->how, strlen(k->how) });
	return cli_row_end(&b, e);
}

int kept_list(struct qf_catalog *c)
{
	struct qf_err e = { 0 };

	return qf_catalog_playlists(c, 0, show_kept, NULL, &e) ? cli_die(&e) : EXIT_OK;
}

int kept_drop(struct qf_catalog *c, const char *name)
{
	struct qf_err e = { 0 };

	if (qf_catalog_begin(c, &e) || qf_catalog_drop_playlist(c, name, &e) || qf_catalog_commit(c, &e)) {
		qf_catalog_rollback(c);
		return cli_die(&e);
	}
	return EXIT_OK;
}

/* ---- lists -------------------------------------------------------------------------------------------- */

bool kept_is_file(const char *list)
{
	size_t n = strlen(list);

	return strchr(list, '/') || qf_playlist_format_of(list) || (n > 7 && strcmp(list + n - 7, ".ndjson") == 0);
}

enum qf_status kept_find(struct qf_catalog *c, const char *list, struct qf_arena *a, struct qf_kept *k, struct qf_err *e)
{
	const char *sign = strrchr(list, '@');
	const char *name = qf_arena_dup(a, list, sign ? (size_t)(sign - list) : strlen(list));
	char *end = NULL;
	int64_t number = sign ? strtoll(sign + 1, &end, 10) : 0, user = 0;

	if (!name)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (sign && (end == sign + 1 || *end || number <= 0)) {
		number = 0;
		if (qf_catalog_user(c, sign + 1, &user, e))
			return e->code;
		if (!user)
			return qf_fail(e, QF_ENOTFOUND, "the catalog knows nobody called '%s'", sign + 1);
	}
	return qf_catalog_kept(c, name, number, user, a, k, e);
}

static int load_file(struct qf_catalog *c, const char *file, struct tracklist *l)
{
	struct listfile f = { .file = file, .catalog = c };

	return listfile_read(&f, l);
}

int kept_load(struct qf_catalog *c, const char *list, struct tracklist *l)
{
	struct qf_arena a = { 0 };
	struct qf_kept_entry *entries;
	struct qf_kept k;
	struct qf_err e = { 0 };
	enum qf_status rc;

	if (kept_is_file(list))
		return load_file(c, list, l);
	rc = kept_find(c, list, &a, &k, &e);
	if (rc == QF_OK)
		rc = qf_catalog_kept_entries(c, &k, &a, &entries, &e);
	for (int64_t i = 0; rc == QF_OK && i < k.n; i++)
		rc = entries[i].track ? listfile_add_track(l, c, entries[i].track, &e) : listfile_add_path(l, entries[i].path, &e);
	qf_arena_free(&a);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}

/* ---- keep ---------------------------------------------------------------------------------------------- */

static enum qf_status make_entries(struct qf_catalog *c, const struct tracklist *l, struct qf_kept_entry *out, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < l->n; i++) {
		const struct qf_entry *t = &l->entries[i];

		out[i] = (struct qf_kept_entry){ 0, t->path };
		if (t->id && t->catalog && strcmp(t->catalog, qf_catalog_uuid(c)) == 0)
			out[i].track = t->id;
		else
			rc = qf_catalog_find_path(c, t->path, &out[i].track, e);
	}
	return rc;
}

/* The version that is edited: the newest of this user, else the newest of anybody; k->id 0: there is none. */
static enum qf_status find_parent(struct qf_catalog *c, const struct kept_new *new, int64_t user, struct qf_arena *a, struct qf_kept *k,
				  struct qf_err *e)
{
	enum qf_status rc = QF_ENOTFOUND;

	*k = (struct qf_kept){ 0 };
	if (new->from.parent)
		return qf_catalog_kept(c, new->name, new->from.parent, 0, a, k, e);
	if (user)
		rc = qf_catalog_kept(c, new->name, 0, user, a, k, e);
	if (rc == QF_ENOTFOUND)
		rc = qf_catalog_kept(c, new->name, 0, 0, a, k, e);
	if (rc != QF_ENOTFOUND)
		return rc;
	*e = (struct qf_err){ 0 };
	return QF_OK;
}

static enum qf_status is_same(struct qf_catalog *c, const struct qf_kept *parent, const struct qf_kept_entry *entries, size_t n,
			      struct qf_arena *a, bool *same, struct qf_err *e)
{
	struct qf_kept_entry *old;

	*same = false;
	if (!parent->id || (size_t)parent->n != n)
		return QF_OK;
	if (qf_catalog_kept_entries(c, parent, a, &old, e))
		return e->code;
	*same = true;
	for (size_t i = 0; i < n; i++)
		*same &= old[i].track == entries[i].track && (old[i].track || strcmp(old[i].path, entries[i].path) == 0);
	return QF_OK;
}

static void put_how(struct qf_buf *b, const struct kept_new *new, const struct tracklist *l)
{
	qf_json_open(b, '{');
	qf_json_opt_str(b, "tool", "qfzz-playlist " QFZZ_VERSION);
	qf_json_opt_str(b, "order", new->order);
	qf_json_opt_int(b, "seed", (int64_t)new->seed);
	qf_json_opt_str(b, "command", new->command);
	qf_json_opt_int(b, "model", l->n ? l->entries[0].model : 0);
	qf_json_close(b, '}');
}

static enum qf_status store(struct qf_catalog *c, const struct kept_new *new, const struct tracklist *l, struct qf_arena *a, struct qf_err *e)
{
	struct qf_kept_entry *entries = qf_arena_get(a, l->n + 1, sizeof *entries);
	struct qf_buf how = { 0 };
	struct qf_kept parent, k;
	int64_t user = 0;
	bool same = false;
	enum qf_status rc = entries ? make_entries(c, l, entries, e) : qf_fail(e, QF_ENOMEM, "out of memory");

	if (rc == QF_OK && (qf_catalog_add_user(c, new->user, &user, e) || find_parent(c, new, user, a, &parent, e) ||
			    is_same(c, &parent, entries, l->n, a, &same, e)))
		rc = e->code;
	if (rc != QF_OK || (same && !new->from.merged))
		return rc;
	put_how(&how, new, l);
	k = (struct qf_kept){ .name = new->name, .user = new->user, .at = new->now, .parent = parent.number, .merged = new->from.merged,
			      .how = how.p, .n = (int64_t)l->n };
	rc = qf_buf_check(&how, e);
	if (rc == QF_OK)
		rc = qf_catalog_keep(c, &k, user, entries, e);
	if (rc == QF_OK)
		rc = qf_catalog_commit(c, e);
	if (rc == QF_OK && new->print)
		rc = show_kept(NULL, &k, e);
	qf_buf_free(&how);
	return rc;
}

int kept_store(struct qf_catalog *c, const struct kept_new *new, const struct tracklist *l)
{
	struct qf_arena a = { 0 };
	struct qf_err e = { 0 };
	enum qf_status rc;

	qf_catalog_rollback(c); /* of reading */
	rc = qf_catalog_begin(c, &e);
	if (rc == QF_OK)
		rc = store(c, new, l, &a, &e);
	qf_catalog_rollback(c);
	qf_arena_free(&a);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}
