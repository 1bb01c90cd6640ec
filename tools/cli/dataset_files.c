#define _GNU_SOURCE
#include "cli/dataset_files.h"

#include "base/hash.h"
#include "cli/cli.h"
#include "cli/setfile.h"
#include "quality/descriptor.h"
#include "quality/manifest.h"
#include "rows/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- the folder ---------------------------------------------------------------------------------- */

/* How long the folder is that all tracks share, without the slash at its end; 0: none but the root. */
static size_t shared_folder(const struct dataset_files *f)
{
	const char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const char *path = f->member[i].path;
		size_t k = 0;

		if (!f->member[i].track.id)
			continue;
		if (!first) {
			first = path;
			n = (size_t)(strrchr(path, '/') - path);
		}
		while (k < n && path[k] == first[k])
			k++;
		if (k < n || path[k] != '/')
			for (n = k; n && first[n] != '/'; n--)
				;
	}
	return n;
}

static int by_rel(const void *a, const void *b)
{
	const struct qf_dataset_member *x = a, *y = b;

	return strcmp(x->rel ? x->rel : x->path, y->rel ? y->rel : y->path);
}

static enum qf_status find_folder(struct dataset_files *f, struct qf_err *e)
{
	size_t n;
	bool any = false;

	f->folder = f->set.folder;
	if (f->folder)
		return QF_OK;
	for (size_t i = 0; i < f->n; i++)
		any |= f->member[i].track.id != 0;
	if (!any)
		return QF_OK;
	n = shared_folder(f);
	for (size_t i = 0; i < f->n; i++)
		if (f->member[i].track.id)
			f->member[i].rel = f->member[i].path + n + 1;
	qsort(f->member, f->n, sizeof *f->member, by_rel);
	f->folder = n ? qf_arena_dup(&f->a, f->member[0].path, n) : "/";
	for (size_t i = 0; i < f->n && n; i++)
		if (f->member[i].track.id) {
			f->folder = qf_arena_dup(&f->a, f->member[i].path, n);
			break;
		}
	return f->folder ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

enum qf_status dataset_files_open(struct dataset_files *f, struct qf_catalog *c, const char *name, struct qf_err *e)
{
	enum qf_status rc = qf_catalog_dataset_get(c, name, &f->a, &f->set, e);

	f->dir = -1;
	if (rc == QF_OK)
		rc = qf_catalog_dataset_members(c, &f->set, false, &f->a, &f->member, &f->n, e);
	if (rc == QF_OK)
		rc = find_folder(f, e);
	if (rc == QF_OK && f->folder && (f->dir = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		rc = qf_fail_errno(e, "%s", f->folder);
	return rc;
}

void dataset_files_close(struct dataset_files *f)
{
	if (f->dir >= 0)
		close(f->dir);
	qf_arena_free(&f->a);
}

/* ---- the manifest --------------------------------------------------------------------------------- */

/* The digest that was made of the file as it is now; NULL: none. */
static const char *known_digest(const struct qf_dataset_member *m, const struct setfile *now)
{
	const struct qf_features *h = m->track.features;

	if (h && h->file_sha256 && m->size == now->size && m->mtime_ns == now->mtime_ns)
		return h->file_sha256;
	if (m->told.sha256 && m->told.mtime_ns && m->told.size == now->size && m->told.mtime_ns == now->mtime_ns)
		return m->told.sha256;
	return NULL;
}

static enum qf_status digest(const struct dataset_files *f, const struct qf_dataset_member *m, struct setfile *file, struct qf_err *e)
{
	const char *known;
	int fd;
	enum qf_status rc = setfile_open(f->dir, m->rel, &fd, file, e);

	if (rc != QF_OK)
		return rc;
	close(fd);
	known = known_digest(m, file);
	if (!known || strlen(known) != 64)
		return setfile_hash(f->dir, m->rel, file, e);
	memcpy(file->sha256, known, 65);
	return QF_OK;
}

/* A digest that others told is kept, whatever is found. */
static enum qf_status keep(struct qf_catalog *c, const struct dataset_files *f, const struct qf_dataset_member *m, const struct setfile *file,
			   struct qf_err *e)
{
	struct qf_told t = { .path = m->rel, .sha256 = file->sha256, .size = file->size, .mtime_ns = file->mtime_ns, .duration_s = (double)NAN,
			     .track = m->track.id };

	if (m->told.sha256 && !m->told.mtime_ns) {
		if (strcasecmp(m->told.sha256, file->sha256) != 0)
			cli_say("%s: not the file that was told of (`qfzz dataset verify`)", m->rel);
		return QF_OK;
	}
	return qf_catalog_dataset_tell(c, f->set.id, &t, e);
}

static bool is_bad_file(enum qf_status rc)
{
	return rc == QF_EIO || rc == QF_EINVAL || rc == QF_ENOTFOUND;
}

enum qf_status dataset_manifest(struct qf_catalog *c, struct dataset_files *f, bool store, struct qf_buf *out, char id[65], size_t *failed,
				struct qf_err *e)
{
	struct qf_buf hex = { 0 };
	uint8_t sum[QF_SHA256];
	enum qf_status rc = QF_OK;

	*failed = 0;
	for (size_t i = 0; rc == QF_OK && i < f->n && !cli.interrupted; i++) {
		const struct qf_dataset_member *m = &f->member[i];
		struct setfile file;

		if (!m->rel || f->dir < 0)
			rc = qf_fail(e, QF_ENOTFOUND, "%s: lies in no folder of the set", m->path);
		else
			rc = digest(f, m, &file, e);
		if (rc == QF_OK)
			qf_manifest_put(out, file.sha256, m->rel);
		if (rc == QF_OK && store)
			rc = keep(c, f, m, &file, e);
		if (is_bad_file(rc)) {
			cli_warn(e);
			++*failed;
			*e = (struct qf_err){ .code = rc = QF_OK };
		}
		cli_progress(i + 1, f->n, "files");
	}
	cli_progress_end();
	if (rc == QF_OK)
		rc = qf_buf_check(out, e);
	if (rc != QF_OK)
		return rc;
	qf_sha256(out->p ? out->p : "", out->len, sum);
	qf_buf_hex(&hex, sum, sizeof sum);
	rc = qf_buf_check(&hex, e);
	if (rc == QF_OK)
		memcpy(id, hex.p, 65);
	qf_buf_free(&hex);
	return rc;
}

/* ---- verifying ------------------------------------------------------------------------------------ */

static void put_finding(const struct dataset_files *f, const struct qf_dataset_member *m, const char *state, const struct setfile *file,
			const char *message)
{
	struct qf_buf row = { 0 };

	qf_json_open(&row, '{');
	qf_json_put_str(&row, "type", "dataset-file.v1");
	qf_json_put_str(&row, "dataset", f->set.name);
	qf_row_put_path(&row, m->rel ? m->rel : m->path);
	qf_json_put_str(&row, "state", state);
	qf_json_put_str(&row, "told", m->told.sha256);
	qf_json_put_str(&row, "found", file && *file->sha256 ? file->sha256 : NULL);
	qf_json_put_str(&row, "message", message);
	qf_json_close(&row, '}');
	if (row.failed)
		cli_say("out of memory");
	else
		cli_row((struct qf_span){ row.p, row.len });
	qf_buf_free(&row);
}

enum qf_status dataset_verify(struct dataset_files *f, size_t *all, size_t *wrong, struct qf_err *e)
{
	*all = *wrong = 0;
	for (size_t i = 0; i < f->n && !cli.interrupted; i++) {
		const struct qf_dataset_member *m = &f->member[i];
		struct setfile file = { .size = 0 };
		enum qf_status rc;

		cli_progress(i, f->n, "files");
		++*all;
		++*wrong;
		if (!m->told.sha256) {
			put_finding(f, m, "untold", NULL, "the manifest does not have it");
			continue;
		}
		rc = f->dir < 0 || !m->rel ? qf_fail(e, QF_ENOTFOUND, "%s: the set has no folder", m->path) : setfile_hash(f->dir, m->rel, &file, e);
		if (rc == QF_ENOTFOUND)
			put_finding(f, m, "missing", NULL, e->text);
		else if (is_bad_file(rc))
			put_finding(f, m, "unreadable", NULL, e->text);
		else if (rc != QF_OK)
			return rc;
		else if (strcasecmp(file.sha256, m->told.sha256) != 0)
			put_finding(f, m, "differs", &file, "its SHA-256 is another one");
		else
			--*wrong;
	}
	cli_progress_end();
	return QF_OK;
}

/* ---- exports ---------------------------------------------------------------------------------------- */

static bool is_current(const struct qf_dataset_member *m)
{
	return m->told.sha256 && (!m->told.mtime_ns || !m->mtime_ns || m->told.mtime_ns == m->mtime_ns);
}

enum qf_status dataset_export(struct dataset_files *f, bool croissant, struct qf_buf *out, struct qf_err *e)
{
	struct qf_set_file *file = qf_arena_get(&f->a, f->n + 1, sizeof *file);
	struct qf_descriptor d = { .id = f->set.name, .name = f->set.name };
	enum qf_status rc = file ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");

	if (rc == QF_OK && f->set.descriptor)
		rc = qf_descriptor_parse(&d, f->set.descriptor, strlen(f->set.descriptor), &f->a, e);
	if (rc != QF_OK)
		return rc;
	for (size_t i = 0; i < f->n; i++) {
		const struct qf_dataset_member *m = &f->member[i];
		const struct qf_features *h = m->track.features;

		file[i] = (struct qf_set_file){ m->rel ? m->rel : m->path, is_current(m) ? m->told.sha256 : h ? h->file_sha256 : NULL,
						m->size ? m->size : m->told.size ? m->told.size : -1 };
	}
	if (croissant)
		qf_descriptor_put_croissant(out, &d, file, f->n);
	else
		qf_descriptor_put_datapackage(out, &d, file, f->n);
	qf_buf_putc(out, '\n');
	return qf_buf_check(out, e);
}
