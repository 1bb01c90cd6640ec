#define _GNU_SOURCE
#include "cli/kept.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/names.h"
#include "playlist/merge.h"

#include <inttypes.h>
#include <string.h>

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

	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "playlist-change.v1");
	qf_json_opt_str(&b, "change", qf_change_name[ch->change]);
	qf_json_opt_int(&b, "from", ch->from == SIZE_MAX ? 0 : (int64_t)ch->from + 1);
	qf_json_opt_int(&b, "to", ch->to == SIZE_MAX ? 0 : (int64_t)ch->to + 1);
	if (t->id)
		qf_json_opt_str(&b, "catalog", t->catalog);
	qf_json_opt_int(&b, "track", t->id);
	qf_row_put_path(&b, t->path);
	qf_json_opt_str(&b, "title", t->title);
	qf_json_opt_str(&b, "artist", t->artist);
	return cli_row_end(&b, e);
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
		if (!kept_is_file(lists[i + 1]) && kept_find(c, lists[i + 1], a, &k[i], e))
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
