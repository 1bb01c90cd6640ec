/* Descriptors, their exports, manifests, tables: what is read, what is written, what is refused. */
#include "unit.h"

#include "base/alloc.h"
#include "quality/descriptor.h"
#include "quality/manifest.h"
#include "quality/table.h"

#include <math.h>
#include <stdio.h>

#define D64(c) "000000000000000000000000000000000000000000000000000000000000000" c

static void a_descriptor_is_written_as_it_was_read(void **state)
{
	static const char text[] = "{\"id\":\"a.b-c\",\"name\":\"A \\\"b\\\"\",\"licence\":\"MIT\",\"category\":\"music\",\"url\":\"https://x.example/\","
				   "\"datePublished\":\"2020-01\",\"keywords\":[\"x\",\"y z\"],\"channels\":2}";
	struct qf_arena a = { 0 };
	struct qf_descriptor d;
	struct qf_buf out = { 0 };
	struct qf_err e = { 0 };
	const char *field[QF_FIELDS];

	(void)state;
	assert_ok(qf_descriptor_parse(&d, text, sizeof text - 1, &a, &e), e);
	assert_string_equal(d.keywords, "x, y z");
	assert_int_equal(d.channels, 2);
	qf_descriptor_put(&out, &d);
	assert_text(&out, text);
	qf_descriptor_fields(&d, field);
	assert_string_equal(field[0], "A \"b\"");
	assert_string_equal(field[2], "MIT");
	assert_string_equal(field[5], "2020-01");
	assert_null(field[1]);
	qf_buf_free(&out);
	qf_arena_free(&a);
}

static void exports_by_hand(void **state)
{
	struct qf_descriptor d = { .id = "a", .name = "A", .category = "music", .licence = "mit OR CC0-1.0", .creator = "Ann", .published = "2020-01-02" };
	struct qf_set_file f[] = { { "x/Ä b.flac", D64("1"), 7 }, { "y", NULL, -1 } };
	struct qf_buf out = { 0 };

	(void)state;
	qf_descriptor_put_datapackage(&out, &d, f, 2);
	assert_text(&out, "{\"profile\":\"data-package\",\"name\":\"a\",\"title\":\"A\",\"created\":\"2020-01-02T00:00:00Z\",\"licenses\":[{\"name\":\"MIT OR CC0-1.0\"}],"
			  "\"contributors\":[{\"title\":\"Ann\",\"role\":\"author\"}],\"resources\":["
			  "{\"name\":\"1----b.flac\",\"path\":\"x/Ä b.flac\",\"mediatype\":\"audio/flac\",\"bytes\":7,\"hash\":\"sha256:" D64("1") "\"},"
			  "{\"name\":\"2-y\",\"path\":\"y\",\"mediatype\":\"application/octet-stream\"}]}");
	qf_buf_clear(&out);
	qf_descriptor_put_croissant(&out, &d, f, 1);
	assert_non_null(strstr(out.p, "\"license\":\"MIT OR CC0-1.0\",\"creator\":{\"@type\":\"Person\",\"name\":\"Ann\"},\"datePublished\":\"2020-01-02\","
				      "\"distribution\":[{\"@type\":\"cr:FileObject\",\"@id\":\"x/Ä b.flac\",\"name\":\"x/Ä b.flac\",\"contentUrl\":\"x/Ä b.flac\","
				      "\"encodingFormat\":\"audio/flac\",\"contentSize\":\"7 B\",\"sha256\":\"" D64("1") "\"}]}"));
	d.licence = "mit";
	qf_buf_clear(&out);
	qf_descriptor_put_croissant(&out, &d, f, 0);
	assert_non_null(strstr(out.p, "\"license\":\"https://spdx.org/licenses/MIT\""));
	qf_buf_free(&out);
}

static void paths_stay_in_the_set_or_are_refused(void **state)
{
	static const char *const stay[] = { "a", "a/b", "...", "a/..b", "a b/c", ".hidden" };
	static const char *const leave[] = { "", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/.", "../a" };

	(void)state;
	for (size_t i = 0; i < sizeof stay / sizeof *stay; i++)
		assert_true(qf_path_stays(stay[i], strlen(stay[i])));
	for (size_t i = 0; i < sizeof leave / sizeof *leave; i++)
		assert_false(qf_path_stays(leave[i], strlen(leave[i])));
}

static void a_manifest_line_goes_out_and_in(void **state)
{
	static const char *const paths[] = { "a b", "back\\slash", "new\nline", "carriage\rreturn", "\xff\xfe" };
	static struct qf_manifest_line line;
	struct qf_buf b = { 0 };
	struct qf_span rest;
	struct qf_err e = { 0 };
	size_t number = 0;
	bool more;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		qf_manifest_put(&b, D64("7"), paths[i]);
	assert_memory_equal(b.p, D64("7") "  a b\n\\" D64("7") "  back\\\\slash\n\\" D64("7") "  new\\nline\n", 3 * 66 + 2 + 3 + 11 + 9 + 3);
	rest = (struct qf_span){ b.p, b.len };
	for (size_t i = 0; i < 5; i++) {
		assert_ok(qf_manifest_next(&rest, &number, &line, &more, &e), e);
		assert_true(more);
		assert_string_equal(line.path, paths[i]);
		assert_string_equal(line.sha256, D64("7"));
	}
	assert_ok(qf_manifest_next(&rest, &number, &line, &more, &e), e);
	assert_false(more);
	qf_buf_free(&b);
}

static void a_bad_manifest_line_is_named(void **state)
{
	static const struct { const char *text, *why; } cases[] = {
		{ D64("7") "  ../a\n", "line 1: '../a' leads out of the set" },
		{ D64("7") "  /a\n", "line 1: '/a' leads out of the set" },
		{ D64("7") " a\n", "line 1: no SHA-256, two blanks and a path" },
		{ D64("7") "  \n", "line 1: no SHA-256, two blanks and a path" },
		{ "0007  a\n", "line 1: no SHA-256, two blanks and a path" },
		{ "\\" D64("7") "  a\\x\n", "line 1: no SHA-256, two blanks and a path" },
		{ D64("7") "  a", "line 1: the manifest stops without a newline" },
		{ "\n", "line 1: no SHA-256, two blanks and a path" },
	};
	static struct qf_manifest_line line;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_span rest = { cases[i].text, strlen(cases[i].text) };
		struct qf_err e = { 0 };
		size_t number = 0;
		bool more;

		assert_int_equal(qf_manifest_next(&rest, &number, &line, &more, &e), QF_EFORMAT);
		assert_string_equal(e.text, cases[i].why);
		assert_int_equal(rest.n, 0);
	}
}

static enum qf_status put_row(void *user, const struct qf_table_row *r, struct qf_err *e)
{
	(void)e;
	qf_buf_printf(user, "%s|%s|%s|%d|%.1f;", r->path, r->title ? r->title : "-", r->licence ? r->licence : "-", r->year, isnan(r->duration_s) ? -1 : r->duration_s);
	return QF_OK;
}

static void a_table_is_read_by_the_names_of_its_columns(void **state)
{
	char text[] = "x\tduration_s\ttrack_id\ttitle\ttitle\tdate\r\n1\t12.5\ta/b\tT\tU\t1987-05\n\n2\tx\t./c\t\t\t\n3\t7\td\n";
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_table_read(text, sizeof text - 1, put_row, &b, &e), e);
	assert_text(&b, "a/b|T|-|1987|12.5;c|-|-|0|-1.0;d|-|-|0|7.0;");
	qf_buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_descriptor_is_written_as_it_was_read),
		cmocka_unit_test(exports_by_hand),
		cmocka_unit_test(paths_stay_in_the_set_or_are_refused),
		cmocka_unit_test(a_manifest_line_goes_out_and_in),
		cmocka_unit_test(a_bad_manifest_line_is_named),
		cmocka_unit_test(a_table_is_read_by_the_names_of_its_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
