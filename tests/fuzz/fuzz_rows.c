/* Rows from a pipe, and everything that reads them: what names a track, features, edits. What is
 * written must be a row again. */
#define _GNU_SOURCE
#include "base/features.h"
#include "rows/rows.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct qf_span value, int depth)
{
	struct qf_span key, item, rest = value;
	struct qf_buf text = { 0 };
	double x;
	int64_t i;
	bool b;

	if (depth > QF_JSON_DEPTH)
		abort();
	qf_json_to_num(value, &x);
	qf_json_to_int(value, &i);
	qf_json_to_bool(value, &b);
	qf_json_to_text(value, &text);
	qf_buf_free(&text);
	while (qf_json_next(&rest, &key, &item))
		walk(item, depth + 1);
}

static void read_row(struct qf_span object)
{
	const struct qf_row_edit edit = { "title", { "\"x\"", 3 } };
	struct qf_arena a = { 0 };
	struct qf_track_ref ref;
	struct qf_features f;
	struct qf_buf out = { 0 };
	struct qf_span v;
	int version;

	walk(object, 0);
	qf_row_track_ref(object, &a, &ref, NULL);
	if (qf_row_get_features(qf_json_get(object, "features", &v) && qf_json_type(v) == QF_JSON_OBJECT ? v : object, &f, &version, NULL) == QF_OK)
		qf_row_put_features(&out, &f, version);
	qf_features_free(&f);
	qf_buf_clear(&out);
	qf_row_write(&out, object, &edit, 1);
	if (!out.len || qf_row_check((struct qf_span){ out.p, out.len - 1 }, NULL) != QF_OK)
		abort();
	qf_buf_free(&out);
	qf_arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("rows", MFD_CLOEXEC);
	struct qf_rows rows = { .fd = fd };
	struct qf_row row;
	bool more = true;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	while (more) {
		enum qf_status rc = qf_rows_next(&rows, &row, &more, NULL);

		if (rc == QF_OK && more)
			read_row(row.object);
		else if (rc != QF_OK && rc != QF_EFORMAT)
			break;
	}
	qf_rows_free(&rows);
	close(fd);
	return 0;
}
