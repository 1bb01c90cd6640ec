#include "cli/dataset_add.h"

#include "base/file.h"
#include "catalog/dataset_members.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "cli/store.h"
#include "quality/copyright.h"
#include "quality/descriptor.h"
#include "quality/licence.h"
#include "quality/manifest.h"
#include "quality/table.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTOR_MAX = 1 << 20, TABLE_MAX = 1 << 28 };

struct work {
	struct qf_catalog *c;
	const struct dataset_add *o;
	struct qf_arena a;
	struct qf_descriptor d;
	struct qf_buf text; /* of the file */
	const char *folder; /* absolute, or NULL */
	int64_t id;
	struct qf_dataset_member *member; /* tracks of the folder, by relative path */
	size_t n;
};

/* A path of a descriptor: absolute ones behind --root, others beside the descriptor. */
static const char *beside(struct work *w, const char *path, struct qf_err *e)
{
	const char *slash = strrchr(w->o->file, '/');
	struct qf_buf b = { 0 };
	const char *out = NULL;

	if (*path == '/') {
		qf_buf_puts(&b, w->o->root ? w->o->root : "");
	} else if (slash) {
		qf_buf_put(&b, w->o->file, (size_t)(slash - w->o->file));
		qf_buf_putc(&b, '/');
	}
	qf_buf_puts(&b, path);
	if (!b.failed)
		out = qf_arena_dup(&w->a, b.p, b.len);
	qf_buf_free(&b);
	if (!out)
		qf_fail(e, QF_ENOMEM, "out of memory");
	return out;
}

/* ---- what the members are told by ---------------------------------------------------------------- */

static int compare(const void *key, const void *member)
{
	const struct qf_dataset_member *m = member;

	return strcmp(key, m->rel ? m->rel : m->path);
}

/* The track of the set with that relative path; 0: none. */
static int64_t track_of(const struct work *w, const char *rel)
{
	const struct qf_dataset_member *m = w->n ? bsearch(rel, w->member, w->n, sizeof *w->member, compare) : NULL;

	return m ? m->track.id : 0;
}

static enum qf_status tell_row(void *user, const struct qf_table_row *row, struct qf_err *e)
{
	struct work *w = user;
	struct qf_told t = { .path = row->path, .licence = row->licence, .sha256 = row->sha256, .title = row->title, .artist = row->artist,
			     .album = row->album, .genre = row->genre, .year = row->year, .duration_s = row->duration_s,
			     .track = track_of(w, row->path) };

	return qf_catalog_dataset_tell(w->c, w->id, &t, e);
}

static enum qf_status tell_table(struct work *w, const char *path, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	enum qf_status rc = qf_file_read(path, &text, TABLE_MAX, e);

	if (rc == QF_OK && (rc = qf_table_read(text.p, text.len, tell_row, w, e)) != QF_OK)
		qf_err_at(e, path);
	qf_buf_free(&text);
	return rc;
}

static enum qf_status tell_manifest(struct work *w, const char *path, struct qf_err *e)
{
	struct qf_manifest_line *line = qf_arena_get(&w->a, 1, sizeof *line);
	struct qf_buf text = { 0 };
	struct qf_span rest;
	size_t number = 0;
	bool more = true;
	enum qf_status rc = line ? qf_file_read(path, &text, TABLE_MAX, e) : qf_fail(e, QF_ENOMEM, "out of memory");

	rest = (struct qf_span){ text.p, text.len };
	while (rc == QF_OK && (rc = qf_manifest_next(&rest, &number, line, &more, e)) == QF_OK && more) {
		const char *rel = strncmp(line->path, "./", 2) == 0 ? line->path + 2 : line->path;
		struct qf_told t = { .path = rel, .sha256 = line->sha256, .duration_s = (double)NAN, .track = track_of(w, rel) };

		rc = qf_catalog_dataset_tell(w->c, w->id, &t, e);
	}
	if (rc == QF_EFORMAT)
		qf_err_at(e, path);
	qf_buf_free(&text);
	return rc;
}

/* Licences that files have, each once, for that of the set. */
struct gathered {
	struct qf_buf all; /* "A AND (B OR C)" */
	struct qf_buf seen; /* "A\nB OR C\n" with a newline in front */
};

static void gather(struct gathered *g, const struct qf_buf *licence)
{
	struct qf_buf line = { 0 };
	bool brackets = licence->len && strstr(licence->p, " OR ") != NULL;

	if (!g->seen.len)
		qf_buf_putc(&g->seen, '\n');
	qf_buf_printf(&line, "\n%s\n", licence->p ? licence->p : "");
	if (!line.failed && !g->seen.failed && !strstr(g->seen.p, line.p)) {
		qf_buf_puts(&g->seen, line.p + 1);
		qf_buf_printf(&g->all, "%s%s%s%s", g->all.len ? " AND " : "", brackets ? "(" : "", licence->p ? licence->p : "", brackets ? ")" : "");
	}
	g->all.failed |= line.failed | g->seen.failed;
	qf_buf_free(&line);
}

static enum qf_status set_licence(struct work *w, struct gathered *g, struct qf_err *e)
{
	enum qf_status rc = qf_buf_check(&g->all, e);

	if (rc == QF_OK && !w->d.licence && g->all.len) {
		w->d.licence = qf_arena_dup(&w->a, g->all.p, g->all.len);
		if (!w->d.licence)
			rc = qf_fail(e, QF_ENOMEM, "out of memory");
	}
	qf_buf_free(&g->all);
	qf_buf_free(&g->seen);
	return rc;
}

/* A file of which nothing is told has that of the set, if the descriptor gives one; else nobody asserts any. */
static enum qf_status tell_licence(struct work *w, const struct qf_dataset_member *m, struct qf_buf *licence, struct gathered *g, struct qf_err *e)
{
	struct qf_told t = { .path = m->rel ? m->rel : m->path, .duration_s = (double)NAN, .track = m->track.id };

	if (!licence->len && !w->d.licence)
		qf_buf_puts(licence, "NOASSERTION");
	if (licence->len)
		gather(g, licence);
	t.licence = licence->len ? licence->p : NULL;
	if (qf_buf_check(licence, e) != QF_OK)
		return e->code;
	return t.licence ? qf_catalog_dataset_tell(w->c, w->id, &t, e) : QF_OK;
}

static enum qf_status find_prefix(struct work *w, const struct qf_copyright *c, struct qf_buf *prefix, struct qf_err *e)
{
	const char **paths = qf_arena_get(&w->a, w->n + 1, sizeof *paths);

	if (!paths)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	for (size_t i = 0; i < w->n; i++)
		paths[i] = w->member[i].rel;
	if (w->d.prefix)
		qf_buf_puts(prefix, w->d.prefix);
	else
		qf_copyright_prefix(c, paths, w->n, prefix);
	return qf_buf_check(prefix, e);
}

/* Every member gets the licence that the copyright file tells of it. */
static enum qf_status tell_copyright(struct work *w, const struct qf_copyright *c, struct qf_err *e)
{
	struct gathered g = { .all = { 0 } };
	struct qf_buf prefix = { 0 }, licence = { 0 };
	enum qf_status rc = find_prefix(w, c, &prefix, e), last;

	for (size_t i = 0; rc == QF_OK && i < w->n; i++) {
		struct qf_copyright_files f;

		qf_buf_clear(&licence);
		if (w->member[i].rel && qf_copyright_find(c, prefix.p ? prefix.p : "", w->member[i].rel, &f))
			qf_licence_put_dep5(&licence, f.licence.p, f.licence.n);
		rc = tell_licence(w, &w->member[i], &licence, &g, e);
	}
	qf_buf_free(&licence);
	qf_buf_free(&prefix);
	last = set_licence(w, &g, rc == QF_OK ? e : NULL);
	return rc == QF_OK ? last : rc;
}

static enum qf_status tell_tags(struct work *w, struct qf_err *e)
{
	struct gathered g = { .all = { 0 } };
	struct qf_buf licence = { 0 };
	enum qf_status rc = QF_OK, last;

	for (size_t i = 0; rc == QF_OK && i < w->n; i++) {
		const struct qf_dataset_member *m = &w->member[i];

		qf_buf_clear(&licence);
		qf_licence_put_tags(&licence, m->licenseurl, m->license, m->copyright, NULL);
		rc = tell_licence(w, m, &licence, &g, e);
	}
	qf_buf_free(&licence);
	last = set_licence(w, &g, rc == QF_OK ? e : NULL);
	return rc == QF_OK ? last : rc;
}

/* ---- descriptors ----------------------------------------------------------------------------------- */

static const char *dup_span(struct work *w, struct qf_span s)
{
	return s.n ? qf_arena_dup(&w->a, s.p, s.n) : NULL;
}

/* The folder's last name, or the file's, in the letters that an id may have. */
static const char *id_from(struct work *w, const char *text)
{
	const char *slash = strrchr(text, '/');
	char *id = qf_arena_dup(&w->a, slash && slash[1] ? slash + 1 : text, strlen(slash && slash[1] ? slash + 1 : text));
	size_t n = 0;

	for (size_t i = 0; id && id[i] && n < 100; i++) {
		bool word = isalnum((unsigned char)id[i]) != 0;

		if (word || (n && id[n - 1] != '-'))
			id[n++] = word ? (char)tolower((unsigned char)id[i]) : '-';
	}
	while (n && id[n - 1] == '-')
		n--;
	if (id)
		id[n] = '\0';
	return n ? id : NULL;
}

static void describe_copyright(struct work *w, const struct qf_copyright *c)
{
	struct qf_copyright_files f;

	w->d.name = dup_span(w, qf_copyright_name(c));
	w->d.id = w->o->name ? w->o->name : id_from(w, w->d.name ? w->d.name : w->o->folder);
	w->d.name = w->d.name ? w->d.name : w->d.id;
	w->d.category = "music";
	w->d.url = dup_span(w, qf_copyright_source(c));
	if (w->d.url && (!strstr(w->d.url, "://") || strpbrk(w->d.url, " \t<>\"")))
		w->d.url = NULL;
	w->d.creator = dup_span(w, qf_copyright_contact(c));
	if (!w->d.creator && qf_copyright_find(c, "", "", &f))
		w->d.creator = dup_span(w, f.copyright);
}

static enum qf_status read_descriptor(struct work *w, struct qf_err *e)
{
	enum qf_status rc = qf_file_read(w->o->file, &w->text, DESCRIPTOR_MAX, e);

	if (rc == QF_OK && (rc = qf_descriptor_parse(&w->d, w->text.p, w->text.len, &w->a, e)) != QF_OK)
		qf_err_at(e, w->o->file);
	if (w->o->name)
		w->d.id = w->o->name;
	return rc;
}

static enum qf_status open_copyright(const char *path, struct qf_copyright **c, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	enum qf_status rc = qf_file_read(path, &text, DESCRIPTOR_MAX, e);

	*c = NULL;
	if (rc == QF_OK && (rc = qf_copyright_open(c, text.p ? text.p : "", text.len, e)) != QF_OK)
		qf_err_at(e, path);
	qf_buf_free(&text);
	return rc;
}

/* ---- the catalog ------------------------------------------------------------------------------------- */

static enum qf_status find_folder(struct work *w, struct qf_err *e)
{
	const char *given = w->o->folder ? w->o->folder : w->d.folder ? beside(w, w->d.folder, e) : NULL;

	if (w->d.folder && !given)
		return e->code;
	return given ? cli_absolute(given, &w->a, &w->folder, e) : QF_OK;
}

/* The dataset with its descriptor and its tracks, which w->member then holds. */
static enum qf_status put_set(struct work *w, struct qf_err *e)
{
	struct qf_buf json = { 0 };
	struct qf_dataset set;
	int64_t tracks = 0;
	enum qf_status rc = qf_catalog_dataset(w->c, w->d.id, cli_now(), &w->id, e);

	qf_descriptor_put(&json, &w->d);
	if (rc == QF_OK)
		rc = qf_buf_check(&json, e);
	if (rc == QF_OK)
		rc = qf_catalog_dataset_describe(w->c, w->id, json.p, w->folder, e);
	if (rc == QF_OK && w->folder)
		rc = qf_catalog_dataset_fill(w->c, w->id, w->folder, &tracks, e);
	if (rc == QF_OK)
		rc = qf_catalog_dataset_get(w->c, w->d.id, &w->a, &set, e);
	if (rc == QF_OK)
		rc = qf_catalog_dataset_members(w->c, &set, false, &w->a, &w->member, &w->n, e);
	if (rc == QF_OK && w->folder && !tracks)
		cli_say("no scanned file lies in %s: `qfzz ingest %s` first", w->folder, w->folder);
	qf_buf_free(&json);
	return rc;
}

static enum qf_status tell_all(struct work *w, const struct qf_copyright *c, struct qf_err *e)
{
	const char *path;
	enum qf_status rc = QF_OK;

	if (w->d.tracks)
		rc = (path = beside(w, w->d.tracks, e)) ? tell_table(w, path, e) : e->code;
	if (rc == QF_OK && w->d.manifest)
		rc = (path = beside(w, w->d.manifest, e)) ? tell_manifest(w, path, e) : e->code;
	if (rc == QF_OK && c)
		rc = tell_copyright(w, c, e);
	return rc == QF_OK && w->o->tags ? tell_tags(w, e) : rc;
}

static enum qf_status store(struct work *w, const struct qf_copyright *c, struct qf_err *e)
{
	struct qf_buf json = { 0 };
	enum qf_status rc = qf_catalog_begin(w->c, e);

	if (rc != QF_OK)
		return rc;
	rc = put_set(w, e);
	if (rc == QF_OK)
		rc = tell_all(w, c, e);
	if (rc == QF_OK) { /* the licence of the set may have come from its files */
		qf_descriptor_put(&json, &w->d);
		rc = qf_buf_check(&json, e);
	}
	if (rc == QF_OK)
		rc = qf_catalog_dataset_redescribe(w->c, w->id, json.p, e);
	if (rc == QF_OK && !w->o->dry_run)
		rc = qf_catalog_commit(w->c, e);
	else
		qf_catalog_rollback(w->c);
	qf_buf_free(&json);
	return rc;
}

static enum qf_status prepare(struct work *w, struct qf_copyright **c, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	if (w->o->copyright) {
		rc = open_copyright(w->o->file, c, e);
		if (rc == QF_OK)
			describe_copyright(w, *c);
	} else if (w->o->tags) {
		w->d.id = w->d.name = w->o->name ? w->o->name : id_from(w, w->o->folder);
		w->d.category = "music";
	} else {
		rc = read_descriptor(w, e);
		if (rc == QF_OK && w->d.copyright) {
			const char *path = beside(w, w->d.copyright, e);

			rc = path ? open_copyright(path, c, e) : e->code;
		}
	}
	if (rc == QF_OK && !w->d.id)
		rc = qf_fail(e, QF_EINVAL, "what shall it be called? (--name)");
	return rc == QF_OK ? find_folder(w, e) : rc;
}

enum qf_status dataset_add(struct qf_catalog *c, const struct dataset_add *o, struct qf_buf *name, struct qf_err *e)
{
	struct work w = { .c = c, .o = o };
	struct qf_copyright *copyright = NULL;
	enum qf_status rc = prepare(&w, &copyright, e);

	if (rc == QF_OK)
		rc = store(&w, copyright, e);
	if (rc == QF_OK) {
		qf_buf_puts(name, w.d.id);
		rc = qf_buf_check(name, e);
	}
	qf_copyright_close(copyright);
	qf_buf_free(&w.text);
	qf_arena_free(&w.a);
	return rc;
}
