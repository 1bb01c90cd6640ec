#define _GNU_SOURCE
#include "cli/folder.h"

#include "catalog/dataset.h"
#include "catalog/track.h"
#include "catalog/vanish.h"
#include "cli/cli.h"
#include "cli/known.h"
#include "cli/store.h"
#include "rows/rows.h"

#include <errno.h>
#include <string.h>

struct folder {
	struct intake *in;
	int64_t root;
	const char *root_path, *path; /* absolute: of the root, of what is scanned */
	struct known known;
	struct qf_buf unread;         /* relative folders that could not be read, NUL between */
	bool any_missing;             /* something may have come from elsewhere */
};

size_t folder_rel(const char *root_path, const char *path)
{
	size_t n = strcmp(root_path, "/") == 0 ? 0 : strlen(root_path);

	return n + (path[n] == '/');
}

/* ---- a dry run ---------------------------------------------------------------------------------- */

static void say_planned(const char *path, const char *what)
{
	struct qf_buf row = { 0 };

	qf_json_open(&row, '{');
	qf_json_put_str(&row, "type", "track.v1");
	qf_row_put_path(&row, path);
	qf_json_put_str(&row, "planned", what);
	qf_row_end(&row);
	if (!row.failed)
		cli_row((struct qf_span){ row.p, row.len });
	qf_buf_free(&row);
}

/* ---- one file of the walk ------------------------------------------------------------------------- */

static enum qf_status submit(struct folder *d, const char *path, const struct qf_looks *l, int64_t id, bool had_failure, struct qf_err *e)
{
	struct intake_file f = {
		.root = d->root, .path = path, .rel = folder_rel(d->root_path, path), .looks = *l, .known_id = id, .had_failure = had_failure,
	};

	return intake_submit(d->in, &f, e);
}

/* A file that did not change: nothing to read, but it may be back, or new in the dataset. */
static enum qf_status keep(struct folder *d, struct known_file *k, struct qf_err *e)
{
	d->in->count.unchanged++;
	d->in->count.known_failures += k->s.failure != NULL;
	k->back = k->s.id && k->s.missing_since;
	return k->s.id ? intake_into_dataset(d->in, k->s.id, e) : QF_OK;
}

/* Not known at this path: perhaps it was somewhere else, which shows when the walk is over. */
static enum qf_status take_new(struct folder *d, const struct walk_file *f, struct qf_err *e)
{
	const struct qf_looks looks = { f->size, f->mtime_ns, f->inode, f->lyrics };
	bool moved = false, same;
	int64_t id = 0;
	enum qf_status rc = known_resembles(&d->known, f, &moved, e);

	if (rc == QF_OK && !moved && d->any_missing)
		rc = qf_catalog_find_vanished(d->in->catalog, &looks, &id, &same, e);
	if (rc != QF_OK)
		return rc;
	if (moved || id)
		return known_put_aside(&d->known, f, e);
	return submit(d, f->path, &looks, 0, false, e);
}

static enum qf_status visit(struct folder *d, const struct walk_file *f, struct qf_err *e)
{
	struct known_file *k = known_find(&d->known, f->path + folder_rel(d->root_path, f->path));
	const struct qf_looks looks = { f->size, f->mtime_ns, f->inode, f->lyrics };
	bool same = k && k->s.size == f->size && k->s.mtime_ns == f->mtime_ns && (k->s.lyrics == f->lyrics || !k->s.id);

	d->in->count.files++;
	cli_progress(d->in->count.files, 0, "files");
	if (k)
		k->seen = true;
	if (cli.dry_run) {
		if (!same)
			say_planned(f->path, k ? "changed" : "new");
		return QF_OK;
	}
	if (same)
		return keep(d, k, e);
	return k ? submit(d, f->path, &looks, k->s.id, k->s.failure != NULL, e) : take_new(d, f, e);
}

/* ---- after the walk -------------------------------------------------------------------------------- */

static bool hidden(const struct folder *d, const char *rel)
{
	for (const char *p = d->unread.p; p && p < d->unread.p + d->unread.len; p += strlen(p) + 1)
		if (strncmp(rel, p, strlen(p)) == 0)
			return true;
	return false;
}

/* Known below what was scanned, and the walk did not meet it. */
static bool is_gone(const struct folder *d, const struct known_file *k)
{
	const char *rel = d->path + folder_rel(d->root_path, d->path);
	size_t n = strlen(rel);
	bool below = strncmp(k->s.path, rel, n) == 0 && (!n || k->s.path[n] == '/' || !k->s.path[n]);

	return !k->seen && below && !(k->s.id && k->s.missing_since) && !hidden(d, k->s.path);
}

static enum qf_status mark_missing(struct folder *d, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < d->known.n; i++) {
		const struct known_file *k = &d->known.files[i];

		if (!k->s.id || !is_gone(d, k))
			continue;
		d->in->count.gone++;
		if (cli.dry_run) {
			say_planned(k->s.path, "gone");
			continue;
		}
		rc = intake_begin(d->in, e);
		if (rc == QF_OK)
			rc = qf_catalog_set_missing(d->in->catalog, k->s.id, d->in->now, e);
		if (rc == QF_OK)
			rc = batch_count(&d->in->batch, e);
	}
	return rc;
}

static enum qf_status mark_back(struct folder *d, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < d->known.n; i++) {
		if (!d->known.files[i].back)
			continue;
		d->in->count.back++;
		rc = intake_begin(d->in, e);
		if (rc == QF_OK)
			rc = qf_catalog_set_found(d->in->catalog, d->known.files[i].s.id, d->in->now, e);
		if (rc == QF_OK)
			rc = batch_count(&d->in->batch, e);
	}
	return rc;
}

/* The files that were put aside: one whose looks fit a single vanished track is that track; the others are new. */
static enum qf_status take_later(struct folder *d, const struct known_later *l, struct qf_err *e)
{
	int64_t id;
	bool same;
	enum qf_status rc = qf_catalog_find_vanished(d->in->catalog, &l->looks, &id, &same, e);

	if (rc != QF_OK)
		return rc;
	if (id) {
		d->in->count.moved++;
		rc = intake_begin(d->in, e);
		if (rc == QF_OK)
			rc = qf_catalog_move(d->in->catalog, id, d->root, l->path + folder_rel(d->root_path, l->path), l->looks.inode, d->in->now, e);
	}
	if (rc == QF_OK && !(id && same))
		return submit(d, l->path, &l->looks, id, id != 0, e);
	if (rc == QF_OK)
		rc = intake_into_dataset(d->in, id, e);
	return rc == QF_OK ? batch_count(&d->in->batch, e) : rc;
}

static enum qf_status clear_failures(struct folder *d, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < d->known.n; i++) {
		const struct known_file *k = &d->known.files[i];

		if (!k->s.failure || !is_gone(d, k))
			continue;
		rc = intake_begin(d->in, e);
		if (rc == QF_OK)
			rc = qf_catalog_clear_failure(d->in->catalog, cli.tool->verb, d->root, k->s.path, e);
	}
	return rc;
}

static enum qf_status after_walk(struct folder *d, struct qf_err *e)
{
	enum qf_status rc = cli.dry_run ? QF_OK : intake_drain(d->in, e); /* so that all is stored in one order, whatever --jobs is */

	if (rc == QF_OK && cli.interrupted)
		return QF_OK;
	if (rc == QF_OK)
		rc = mark_missing(d, e);
	if (rc == QF_OK)
		rc = mark_back(d, e);
	for (size_t i = 0; rc == QF_OK && !cli.interrupted && i < d->known.n_later; i++)
		rc = take_later(d, &d->known.later[i], e);
	if (rc == QF_OK && !cli.dry_run)
		rc = clear_failures(d, e);
	return rc == QF_OK && !cli.dry_run && !cli.interrupted ? intake_drain(d->in, e) : rc;
}

/* ---- all of it ---------------------------------------------------------------------------------------- */

static void cannot_read(struct folder *d, const struct walk_file *f)
{
	const char *rel = f->path + folder_rel(d->root_path, f->path);

	d->in->count.failed++;
	cli_say("%s: %s", f->path, f->trouble);
	qf_buf_put(&d->unread, rel, strlen(rel) + 1);
}

static enum qf_status walk(struct folder *d, struct qf_err *e)
{
	struct walk *w;
	struct walk_file f;
	bool more = false;
	enum qf_status rc = walk_open(&w, d->path, d->in->follow, e);

	while (rc == QF_OK && !cli.interrupted && (rc = walk_next(w, &f, &more, e)) == QF_OK && more) {
		if (f.trouble)
			cannot_read(d, &f);
		else
			rc = visit(d, &f, e);
	}
	walk_close(w);
	if (rc == QF_OK)
		rc = qf_buf_check(&d->unread, e);
	return rc == QF_OK && !cli.interrupted ? after_walk(d, e) : rc;
}

enum qf_status folder_root(struct intake *in, const char *path, struct qf_arena *a, int64_t *id, const char **root_path,
			   struct qf_err *e)
{
	struct stat st;
	const char *rel = NULL;
	enum qf_status rc = QF_OK;
	size_t n;

	*id = 0;
	if (in->catalog)
		rc = qf_catalog_root_of(in->catalog, path, id, &rel, e);
	if (rc != QF_OK)
		return rc;
	if (stat(path, &st) != 0)
		return qf_fail(e, QF_ENOTFOUND, "%s: %s", path, strerror(errno));
	if (*id) {
		n = (size_t)(rel - path);
		n -= n > 1 && path[n - 1] == '/';
	} else {
		n = S_ISDIR(st.st_mode) ? strlen(path) : (size_t)(strrchr(path, '/') - path);
	}
	*root_path = qf_arena_dup(a, n ? path : "/", n ? n : 1);
	if (!*root_path)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (*id || cli.dry_run)
		return QF_OK;
	rc = intake_begin(in, e);
	return rc == QF_OK ? qf_catalog_add_root(in->catalog, *root_path, id, e) : rc;
}

enum qf_status folder_scan(struct intake *in, const char *operand, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct folder d = { .in = in };
	struct stat st;
	enum qf_status rc = cli_absolute(operand, &a, &d.path, e);

	if (rc == QF_OK)
		rc = folder_root(in, d.path, &a, &d.root, &d.root_path, e);
	if (rc == QF_OK && in->catalog)
		rc = known_load(&d.known, in->catalog, d.root, cli.tool->verb, e);
	if (rc == QF_OK && in->catalog)
		rc = qf_catalog_any_missing(in->catalog, &d.any_missing, e);
	if (rc == QF_OK)
		rc = walk(&d, e);
	if (rc == QF_OK && in->dataset && stat(d.path, &st) == 0 && S_ISDIR(st.st_mode) && (rc = intake_begin(in, e)) == QF_OK)
		rc = qf_catalog_dataset_settle(in->catalog, in->dataset, d.path, e); /* whose are files that cannot be read */
	known_free(&d.known);
	qf_buf_free(&d.unread);
	qf_arena_free(&a);
	return rc;
}
