/* What tells of datasets, by the first byte: 0 a Debian copyright file, 1 a descriptor, 2 a manifest, 3 a table, 4 weights. Parsed or
 * refused with a sentence; no path of a manifest or table leaves the set; a descriptor that is put out is read again. */
#include "quality/copyright.h"
#include "quality/descriptor.h"
#include "quality/manifest.h"
#include "quality/rules.h"
#include "quality/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum qf_status rc, const struct qf_err *e)
{
	if (rc != QF_OK && (!*e->text || memchr(e->text, '\0', sizeof e->text) == NULL))
		abort();
}

static void copyright(char *text, size_t n)
{
	const char *const paths[] = { "music/a.ogg", "a/b/c.flac", "*" };
	struct qf_copyright *c;
	struct qf_copyright_files f;
	struct qf_buf prefix = { 0 };
	struct qf_err e = { 0 };

	check(qf_copyright_open(&c, text, n, &e), &e);
	if (!c)
		return;
	qf_copyright_prefix(c, paths, 3, &prefix);
	for (size_t i = 0; i < 3; i++)
		if (qf_copyright_find(c, prefix.p ? prefix.p : "", paths[i], &f) && f.licence.n == 0)
			abort();
	qf_buf_free(&prefix);
	qf_copyright_close(c);
}

static void descriptor(char *text, size_t n)
{
	struct qf_set_file file = { "a \"b\"/\xff.flac", NULL, 1 };
	struct qf_arena a = { 0 };
	struct qf_descriptor d, again;
	struct qf_buf out = { 0 };
	struct qf_err e = { 0 };
	enum qf_status rc = qf_descriptor_parse(&d, text, n, &a, &e);

	check(rc, &e);
	if (rc == QF_OK) {
		qf_descriptor_put(&out, &d);
		if (!out.failed && qf_descriptor_parse(&again, out.p, out.len, &a, &e) != QF_OK && e.code != QF_ENOMEM)
			abort();
		qf_buf_clear(&out);
		qf_descriptor_put_croissant(&out, &d, &file, 1);
		qf_descriptor_put_datapackage(&out, &d, &file, 1);
	}
	qf_buf_free(&out);
	qf_arena_free(&a);
}

static void manifest(char *text, size_t n)
{
	static struct qf_manifest_line line, again;
	struct qf_span rest = { text, n }, put;
	struct qf_buf out = { 0 };
	size_t number = 0, one = 0;
	bool more = true;
	struct qf_err e = { 0 };

	while (more) {
		enum qf_status rc = qf_manifest_next(&rest, &number, &line, &more, &e);

		check(rc, &e);
		if (rc != QF_OK || !more)
			continue;
		if (!qf_path_stays(line.path, strlen(line.path)))
			abort();
		qf_buf_clear(&out);
		qf_manifest_put(&out, line.sha256, line.path);
		put = (struct qf_span){ out.p, out.len };
		if (!out.failed && (qf_manifest_next(&put, &one, &again, &more, &e) != QF_OK || strcmp(again.path, line.path) != 0))
			abort();
		more = true;
	}
	qf_buf_free(&out);
}

static enum qf_status row(void *user, const struct qf_table_row *r, struct qf_err *e)
{
	(void)user;
	(void)e;
	if (!qf_path_stays(r->path, strlen(r->path)) || (r->sha256 && strlen(r->sha256) != 64))
		abort();
	return QF_OK;
}

static void table(char *text, size_t n)
{
	struct qf_err e = { 0 };

	check(qf_table_read(text, n, row, NULL, &e), &e);
}

static void weights(char *text, size_t n)
{
	struct qf_rules r = qf_rules_default;
	struct qf_err e = { 0 };

	check(qf_rules_read(&r, text, n, &e), &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(char *text, size_t n) = { copyright, descriptor, manifest, table, weights };
	char *copy = size ? malloc(size) : NULL;

	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	all[data[0] % 5](copy, size - 1);
	free(copy);
	return 0;
}
