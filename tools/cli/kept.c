#define _GNU_SOURCE
#include "cli/kept.h"

#include "base/alloc.h"
#include "catalog/event.h"
#include "catalog/learn.h"
#include "catalog/playlist.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "cli/listfile.h"
#include "cli/names.h"
#include "playlist/merge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows --------------------------------------------------------------------------------------------- */

static void put_text(struct qf_buf *b, const char *key, const char *v)
{
	if (!v)
		return;
	qf_json_key(b, key);
	qf_json_str(b, v);
}

static void put_int(struct qf_buf *b, const char *key, int64_t v)
{
	if (!v)
		return;
	qf_json_key(b, key);
	qf_json_int(b, v);
}

static enum qf_status show_kept(void *arg, const struct qf_kept *k, struct qf_err *e)
{
	struct qf_buf b = { 0 };
	enum qf_status rc;

	(void)arg;
	qf_json_open(&b, '{');
	put_text(&b, "type", "playlist.v1");
	put_text(&b, "playlist", k->name);
	put_int(&b, "version", k->number);
	put_text(&b, "user", k->user);
	put_int(&b, "at", k->at);
	put_int(&b, "parent", k->parent);
	put_int(&b, "merged", k->merged);
	qf_json_key(&b, "tracks");
	qf_json_int(&b, k->n);
	qf_json_key(&b, "how");
	qf_json_raw(&b, (struct qf_span){ k->how, strlen(k->how) });
	qf_json_close(&b, '}');
	rc = qf_buf_check(&b, e);
	if (rc == QF_OK)
		cli_row((struct qf_span){ b.p, b.len });
	qf_buf_free(&b);
	return rc;
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

static bool is_file(const char *list)
{
	size_t n = strlen(list);

	return strchr(list, '/') || qf_playlist_format_of(list) || (n > 7 && strcmp(list + n - 7, ".ndjson") == 0);
}

/* "road@3", "road@ana" to its version. */
static enum qf_status find_version(struct qf_catalog *c, const char *list, struct qf_arena *a, struct qf_kept *k, struct qf_err *e)
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

	if (is_file(list))
		return load_file(c, list, l);
	rc = find_version(c, list, &a, &k, &e);
	if (rc == QF_OK)
		rc = qf_catalog_kept_entries(c, &k, &a, &entries, &e);
	for (int64_t i = 0; rc == QF_OK && i < k.n; i++)
		rc = entries[i].track ? listfile_add_track(l, c, entries[i].track, &e) : listfile_add_path(l, entries[i].path, &e);
	qf_arena_free(&a);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}

/* ---- keys: the same track has the same one in every list ------------------------------------------------ */

struct keyed { /* lists and the keys of their entries */
	struct tracklist list[3];
	uint32_t *key[3];
	struct cli_names names;
};

/* The second time that a track comes in a list it is another one. */
static enum qf_status number_one(struct keyed *k, const struct qf_entry *t, uint32_t *seen, size_t before, uint32_t *key, struct qf_err *e)
{
	struct qf_buf name = { 0 };
	enum qf_status rc = QF_OK;
	bool again = true;

	for (size_t times = 0; rc == QF_OK && again; times++) {
		qf_buf_clear(&name);
		qf_buf_printf(&name, "%zu:", times);
		if (t->id)
			qf_buf_printf(&name, "%s:%" PRId64, t->catalog, t->id);
		else
			qf_buf_puts(&name, t->path);
		rc = qf_buf_check(&name, e);
		if (rc == QF_OK)
			rc = cli_names_add(&k->names, name.p, name.len, key, e);
		again = false;
		for (size_t i = 0; rc == QF_OK && i < before; i++)
			again |= seen[i] == *key;
	}
	qf_buf_free(&name);
	return rc;
}

static enum qf_status number_list(struct keyed *k, size_t which, struct qf_err *e)
{
	struct tracklist *l = &k->list[which];
	enum qf_status rc = QF_OK;

	k->key[which] = qf_alloc(l->n, sizeof *k->key[which]);
	if (!k->key[which])
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->n);
	for (size_t i = 0; rc == QF_OK && i < l->n; i++)
		rc = number_one(k, &l->entries[i], k->key[which], i, &k->key[which][i], e);
	return rc;
}

static void keyed_free(struct keyed *k)
{
	for (size_t i = 0; i < 3; i++) {
		tracklist_free(&k->list[i]);
		qf_free(k->key[i]);
	}
	cli_names_free(&k->names);
}

static struct qf_keys keys_of(const struct keyed *k, size_t which)
{
	return (struct qf_keys){ k->key[which], k->list[which].n };
}

/* The entry of a key, in the first list that has it. */
static const struct qf_entry *entry_of(const struct keyed *k, uint32_t key, struct qf_span *row)
{
	for (size_t w = 0; w < 3; w++)
		for (size_t i = 0; i < k->list[w].n; i++)
			if (k->key[w][i] == key) {
				*row = k->list[w].rows[i];
				return &k->list[w].entries[i];
			}
	return NULL;
}

/* ---- diff ---------------------------------------------------------------------------------------------- */

static enum qf_status show_change(const struct keyed *k, const struct qf_list_change *ch, struct qf_err *e)
{
	struct qf_span row;
	const struct qf_entry *t = entry_of(k, ch->key, &row);
	struct qf_buf b = { 0 };
	enum qf_status rc;

	qf_json_open(&b, '{');
	put_text(&b, "type", "playlist-change.v1");
	put_text(&b, "change", qf_change_name[ch->change]);
	put_int(&b, "from", ch->from == SIZE_MAX ? 0 : (int64_t)ch->from + 1);
	put_int(&b, "to", ch->to == SIZE_MAX ? 0 : (int64_t)ch->to + 1);
	if (t->id)
		put_text(&b, "catalog", t->catalog);
	put_int(&b, "track", t->id);
	qf_row_put_path(&b, t->path);
	put_text(&b, "title", t->title);
	put_text(&b, "artist", t->artist);
	qf_json_close(&b, '}');
	rc = qf_buf_check(&b, e);
	if (rc == QF_OK)
		cli_row((struct qf_span){ b.p, b.len });
	qf_buf_free(&b);
	return rc;
}

static enum qf_status diff(struct keyed *k, struct qf_err *e)
{
	struct qf_list_change *changes = qf_alloc(k->list[0].n + k->list[1].n, sizeof *changes);
	size_t n = 0;
	enum qf_status rc = changes ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");

	if (rc == QF_OK && (number_list(k, 0, e) || number_list(k, 1, e)))
		rc = e->code;
	if (rc == QF_OK)
		rc = qf_list_diff(keys_of(k, 0), keys_of(k, 1), k->names.n, changes, &n, e);
	for (size_t i = 0; rc == QF_OK && i < n; i++)
		rc = show_change(k, &changes[i], e);
	qf_free(changes);
	return rc;
}

int kept_diff(struct qf_catalog *c, const char *from, const char *to, const char *here)
{
	struct keyed k = { .list = { { .here = here, .keep_rows = true }, { .here = here, .keep_rows = true } } };
	struct qf_err e = { 0 };
	int code = kept_load(c, from, &k.list[0]), second = code == EXIT_FATAL ? code : kept_load(c, to, &k.list[1]);

	code = second > code ? second : code;
	if (code < EXIT_USAGE && diff(&k, &e))
		code = cli_die(&e);
	keyed_free(&k);
	return code;
}

/* ---- merge --------------------------------------------------------------------------------------------- */

static enum qf_status take_merged(struct keyed *k, const uint32_t *key, size_t n, struct tracklist *l, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		struct qf_span row;

		entry_of(k, key[i], &row);
		rc = tracklist_add(l, row, e);
	}
	return rc;
}

static enum qf_status merge(struct keyed *k, struct tracklist *l, size_t *n_conflicts, struct qf_err *e)
{
	struct qf_list_conflict *conflicts = NULL;
	uint32_t *out = NULL;
	struct qf_span row;
	size_t n = 0;
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < 3; i++)
		rc = number_list(k, i, e);
	if (rc != QF_OK)
		return rc;
	conflicts = qf_alloc(k->names.n, sizeof *conflicts);
	out = qf_alloc(k->list[1].n + k->list[2].n, sizeof *out);
	rc = conflicts && out ? qf_list_merge(keys_of(k, 0), keys_of(k, 1), keys_of(k, 2), k->names.n, out, &n, conflicts, n_conflicts, e)
			      : qf_fail(e, QF_ENOMEM, "out of memory");
	for (size_t i = 0; rc == QF_OK && i < *n_conflicts; i++)
		cli_say("%s: %s", entry_of(k, conflicts[i].key, &row)->path, qf_conflict_text[conflicts[i].what]);
	if (rc == QF_OK)
		rc = take_merged(k, out, n, l, e);
	qf_free(conflicts);
	qf_free(out);
	return rc;
}

/* Versions of kept lists, and the base of two of them where it is not given: "NAME@NUMBER" in the arena. */
static enum qf_status find_base(struct qf_catalog *c, const char *lists[3], struct kept_parents *p, struct qf_arena *a, struct qf_err *e)
{
	struct qf_kept k[2] = { { 0 }, { 0 } };
	struct qf_buf name = { 0 };
	int64_t number;

	for (size_t i = 0; i < 2; i++)
		if (!is_file(lists[i + 1]) && find_version(c, lists[i + 1], a, &k[i], e))
			return e->code;
	if (k[0].name && k[1].name && strcmp(k[0].name, k[1].name) == 0)
		*p = (struct kept_parents){ k[0].number, k[1].number };
	if (lists[0])
		return QF_OK;
	if (!p->parent)
		return qf_fail(e, QF_EINVAL, "only versions of one kept playlist know where they come from: give the base as well");
	if (qf_catalog_kept_ancestor(c, k[0].name, k[0].number, k[1].number, &number, e))
		return e->code;
	if (!number)
		return qf_fail(e, QF_EINVAL, "'%s' and '%s' come from no common version: give the base as well", lists[1], lists[2]);
	qf_buf_printf(&name, "%s@%" PRId64, k[0].name, number);
	lists[0] = name.failed ? NULL : qf_arena_dup(a, name.p, name.len);
	qf_buf_free(&name);
	return lists[0] ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

int kept_merge(struct qf_catalog *c, const char *const lists[3], struct tracklist *l, struct kept_parents *p)
{
	const char *all[3] = { lists[0], lists[1], lists[2] };
	struct keyed k = { .names = { 0 } };
	struct qf_arena a = { 0 };
	struct qf_err e = { 0 };
	size_t n_conflicts = 0;
	int code = find_base(c, all, p, &a, &e) ? cli_die(&e) : EXIT_OK;

	for (size_t i = 0; code < EXIT_USAGE && i < 3; i++) {
		int loaded;

		k.list[i].here = l->here;
		k.list[i].keep_rows = true;
		loaded = kept_load(c, all[i], &k.list[i]);
		code = loaded > code ? loaded : code;
	}
	if (code < EXIT_USAGE && merge(&k, l, &n_conflicts, &e))
		code = cli_die(&e);
	else if (n_conflicts && code == EXIT_OK)
		code = EXIT_SOME;
	keyed_free(&k);
	qf_arena_free(&a);
	return code;
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
	put_text(b, "tool", "qfzz-playlist " QFZZ_VERSION);
	put_text(b, "order", new->order);
	put_int(b, "seed", (int64_t)new->seed);
	put_text(b, "command", new->command);
	put_int(b, "model", l->n ? l->entries[0].model : 0);
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
