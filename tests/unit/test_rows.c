/* JSON spans and NDJSON rows. */
#include "unit.h"

#include "base/alloc.h"
#include "rows/rows.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static enum qf_status check(const char *text)
{
	return qf_json_check((struct qf_span){ text, strlen(text) }, NULL);
}

static void json_is_that_of_rfc_8259(void **state)
{
	static const char *const good[] = {
		"{}", "[]", " [ ] ", "0", "-0", "1.5e-3", "\"\"", "\"\\u00e9\\n\"", "true", "null", "[1,[2,{\"a\":[]}],3]",
		"{\"a\":{\"b\":1},\"c\":\"\xC3\xA9\"}", "\"\\ud83c\\udfa7\"", "{\"a\" : 1 , \"b\" :2}",
	};
	static const char *const bad[] = {
		"", " ", "{", "[", "{]", "[1,]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "+1", "1e", "--1",
		"tru", "nul", "NaN", "Infinity", "'a'", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\\ud83c\"", "\"\\udfa7\"", "\"a\nb\"", "\"\xFF\"",
		"1 2", "{} {}", "[1 2]", "]", "}", "{\"a\":1 \"b\":2}", "\"\\ud83cx\\udfa7\"",
	};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (check(good[i]) != QF_OK)
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (check(bad[i]) != QF_EFORMAT)
			fail_msg("taken: %s", bad[i]);
}

static void nesting_ends_at_64(void **state)
{
	char text[200];
	(void)state;
	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	text[128] = '\0';
	assert_int_equal(check(text), QF_OK);
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	text[130] = '\0';
	assert_int_equal(check(text), QF_EFORMAT);
}

static void members_are_found_also_when_escaped_or_doubled(void **state)
{
	struct qf_span v, object = SPAN("{\"a\":1,\"tr\\u0061ck\":17, \"a\" : 2.50 ,\"o\":{\"a\":9}}");
	int64_t n = 0;
	(void)state;
	assert_true(qf_json_get(object, "a", &v)); /* the last one, as jq takes it */
	assert_int_equal(v.n, 4);
	assert_memory_equal(v.p, "2.50", 4);
	assert_true(qf_json_get(object, "track", &v) && qf_json_to_int(v, &n));
	assert_int_equal(n, 17);
	assert_false(qf_json_get(object, "b", &v));
	assert_false(qf_json_get(SPAN("[1]"), "a", &v));
}

static void arrays_are_walked_item_by_item(void **state)
{
	struct qf_span key, v, rest = SPAN("[ 1, \"a,]\" ,[2,3],{\"x\":\"}\"}, null ]");
	static const char *const want[] = { "1", "\"a,]\"", "[2,3]", "{\"x\":\"}\"}", "null" };
	size_t n = 0;
	(void)state;
	for (; qf_json_next(&rest, &key, &v); n++) {
		assert_int_equal(v.n, strlen(want[n]));
		assert_memory_equal(v.p, want[n], v.n);
	}
	assert_int_equal(n, 5);
	rest = SPAN("[]");
	assert_false(qf_json_next(&rest, &key, &v));
	rest = SPAN("3");
	assert_false(qf_json_next(&rest, &key, &v));
}

static void numbers_are_read_only_as_what_they_are(void **state)
{
	double x;
	int64_t n;
	bool b;
	(void)state;
	assert_true(qf_json_to_num(SPAN("-1.5e2"), &x) && x == -150);
	assert_false(qf_json_to_num(SPAN("1e999"), &x));
	assert_false(qf_json_to_num(SPAN("\"1\""), &x));
	assert_true(qf_json_to_int(SPAN("9223372036854775807"), &n) && n == INT64_MAX);
	assert_false(qf_json_to_int(SPAN("9223372036854775808"), &n));
	assert_false(qf_json_to_int(SPAN("1.0"), &n));
	assert_true(qf_json_to_bool(SPAN("true"), &b) && b);
	assert_false(qf_json_to_bool(SPAN("1"), &b));
}

static void texts_lose_their_escapes(void **state)
{
	struct qf_buf b = { 0 };
	(void)state;
	assert_true(qf_json_to_text(SPAN("\"a\\\"\\\\\\/\\n\\u00e9\\u591c\\ud83c\\udfa7\""), &b));
	assert_text(&b, "a\"\\/\n\xC3\xA9\xE5\xA4\x9C\xF0\x9F\x8E\xA7");
	assert_false(qf_json_to_text(SPAN("12"), &b));
	qf_buf_free(&b);
}

static void what_is_written_can_be_read(void **state)
{
	struct qf_buf b = { 0 };
	(void)state;
	qf_json_open(&b, '{');
	qf_json_key(&b, "s");
	qf_json_strn(&b, "a\"\\\n\x01\x7F\xFF:", 8);
	qf_json_key(&b, "n");
	qf_json_open(&b, '[');
	qf_json_int(&b, -3);
	qf_json_num(&b, 0.125, 2);
	qf_json_num(&b, -0.001, 2); /* no "-0.00" */
	qf_json_num(&b, (double)NAN, 2);
	qf_json_bool(&b, true);
	qf_json_open(&b, '{');
	qf_json_close(&b, '}');
	qf_json_close(&b, ']');
	qf_json_close(&b, '}');
	assert_text(&b, "{\"s\":\"a\\\"\\\\\\n\\u0001\\u007f\xEF\xBF\xBD:\",\"n\":[-3,0.12,0.00,null,true,{}]}");
	assert_int_equal(check(b.p), QF_OK);
	qf_buf_free(&b);
}

/* ---- rows ---- */

static int pipe_with(const char *text, size_t n)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, n), n);
	close(fds[1]);
	return fds[0];
}

static void rows_come_one_by_one(void **state)
{
	static const char text[] = "{\"a\":1}\n{\"b\":2}\n";
	struct qf_rows r = { .fd = pipe_with(text, sizeof text - 1) };
	struct qf_row row;
	struct qf_err e = { 0 };
	bool more;
	(void)state;
	assert_ok(qf_rows_next(&r, &row, &more, &e), e);
	assert_true(more && row.object.n == 7 && row.number == 1);
	assert_ok(qf_rows_next(&r, &row, &more, &e), e);
	assert_true(more && row.number == 2);
	assert_memory_equal(row.object.p, "{\"b\":2}", 7);
	assert_ok(qf_rows_next(&r, &row, &more, &e), e);
	assert_false(more);
	close(r.fd);
	qf_rows_free(&r);
}

static void a_bad_line_is_named_and_the_next_one_read(void **state)
{
	static const char text[] = "{\"a\":1\n\n[1]\n{\"b\":2}\n";
	struct qf_rows r = { .fd = pipe_with(text, sizeof text - 1) };
	struct qf_row row;
	struct qf_err e = { 0 };
	bool more;
	(void)state;
	for (int i = 1; i <= 3; i++) {
		char want[16];

		snprintf(want, sizeof want, "line %d: ", i);
		assert_int_equal(qf_rows_next(&r, &row, &more, &e), QF_EFORMAT);
		assert_non_null(strstr(e.text, want));
	}
	assert_ok(qf_rows_next(&r, &row, &more, &e), e);
	assert_true(more);
	close(r.fd);
	qf_rows_free(&r);
}

static void a_last_line_without_newline_is_a_cut_stream(void **state)
{
	static const char text[] = "{\"a\":1}\n{\"b\":2}";
	struct qf_rows r = { .fd = pipe_with(text, sizeof text - 1) };
	struct qf_row row;
	struct qf_err e = { 0 };
	bool more;
	(void)state;
	assert_ok(qf_rows_next(&r, &row, &more, &e), e);
	assert_int_equal(qf_rows_next(&r, &row, &more, &e), QF_EFORMAT);
	assert_string_equal(e.text, "line 2: the stream stops without a newline");
	assert_ok(qf_rows_next(&r, &row, &more, &e), e);
	assert_false(more);
	close(r.fd);
	qf_rows_free(&r);
}

static void a_line_over_the_limit_is_skipped(void **state)
{
	static const char text[] = "{\"a\":\"0123456789\"}\n{\"b\":2}\n";
	struct qf_rows r = { .fd = pipe_with(text, sizeof text - 1), .max_line = 10 };
	struct qf_row row;
	struct qf_err e = { 0 };
	bool more;
	(void)state;
	assert_int_equal(qf_rows_next(&r, &row, &more, &e), QF_EFORMAT);
	assert_string_equal(e.text, "line 1: longer than 10 bytes");
	assert_ok(qf_rows_next(&r, &row, &more, &e), e);
	assert_true(more && row.number == 2);
	close(r.fd);
	qf_rows_free(&r);
}

static void an_edit_leaves_every_other_byte_alone(void **state)
{
	static const struct { const char *row, *want; } cases[] = {
		{ "{\"score\":0.830, \"x\" : [1, 2]}", "{\"score\":0.830, \"x\" : [1, 2],\"trust\":{\"s\":1},\"z\":0}\n" },
		{ "{\"trust\": {\"old\":1} ,\"k\":1e2}", "{\"trust\": {\"s\":1} ,\"k\":1e2,\"z\":0}\n" },
		{ "{\"z\":9,\"trust\":5}", "{\"z\":0,\"trust\":{\"s\":1}}\n" },
		{ "{ }", "{ \"trust\":{\"s\":1},\"z\":0}\n" },
	};
	struct qf_row_edit edits[] = { { "trust", SPAN("{\"s\":1}") }, { "z", SPAN("0") } };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_buf b = { 0 };

		qf_row_write(&b, (struct qf_span){ cases[i].row, strlen(cases[i].row) }, edits, 2);
		assert_text(&b, cases[i].want);
		qf_buf_free(&b);
	}
}

static void a_track_is_named_by_number_path_or_path_bytes(void **state)
{
	struct qf_arena a = { 0 };
	struct qf_track_ref ref;
	struct qf_err e = { 0 };
	(void)state;
	assert_ok(qf_row_track_ref(SPAN("{\"catalog\":\"u\",\"track\":17,\"path\":\"/m/a\"}"), &a, &ref, &e), e);
	assert_int_equal(ref.id, 17);
	assert_string_equal(ref.catalog, "u");
	assert_string_equal(ref.path, "/m/a");
	assert_ok(qf_row_track_ref(SPAN("{\"path\":\"caf\xEF\xBF\xBD\",\"path_b64\":\"Y2Fm6Q==\"}"), &a, &ref, &e), e);
	assert_string_equal(ref.path, "caf\xE9");
	assert_int_equal(qf_row_track_ref(SPAN("{\"title\":\"x\"}"), &a, &ref, &e), QF_EFORMAT);
	assert_int_equal(qf_row_track_ref(SPAN("{\"track\":0}"), &a, &ref, &e), QF_EFORMAT);
	assert_int_equal(qf_row_track_ref(SPAN("{\"track\":\"17\"}"), &a, &ref, &e), QF_EFORMAT);
	assert_int_equal(qf_row_track_ref(SPAN("{\"path\":\"a\\u0000b\"}"), &a, &ref, &e), QF_EFORMAT);
	assert_int_equal(qf_row_track_ref(SPAN("{\"path_b64\":\"!\"}"), &a, &ref, &e), QF_EFORMAT);
	qf_arena_free(&a);
}

static void a_path_that_is_not_utf8_keeps_its_bytes(void **state)
{
	struct qf_buf b = { 0 };
	(void)state;
	qf_json_open(&b, '{');
	qf_row_put_path(&b, "caf\xE9");
	qf_row_end(&b);
	assert_text(&b, "{\"path\":\"caf\xEF\xBF\xBD\",\"path_b64\":\"Y2Fm6Q==\"}\n");
	qf_buf_free(&b);
}

static void features_survive_a_round_trip(void **state)
{
	struct qf_features f, g;
	struct qf_buf b = { 0 }, again = { 0 };
	struct qf_err e = { 0 };
	int version;
	(void)state;
	qf_features_init(&f);
	f.loudness_lufs = -14.25;
	f.key = qf_strdup("A minor");
	f.moods = qf_strdup("calm,sad");
	f.chroma[9] = 1;
	f.beats_s.v = qf_alloc(2, sizeof(float));
	f.beats_s.n = 2;
	f.beats_s.v[0] = 0.5f;
	f.beats_s.v[1] = 1.0f;
	f.waveform.v = qf_alloc(2, 1);
	f.waveform.n = 2;
	f.waveform.v[0] = -127;
	f.waveform.v[1] = 127;
	qf_row_put_features(&b, &f, 7);
	assert_false(b.failed);
	assert_non_null(strstr(b.p, "\"loudness_lufs\":-14.25,"));
	assert_non_null(strstr(b.p, "\"moods\":[\"calm\",\"sad\"]"));
	assert_non_null(strstr(b.p, "\"beats_s\":[0.500,1.000]"));
	assert_non_null(strstr(b.p, "\"waveform\":[-127,127]"));
	assert_ok(qf_json_check((struct qf_span){ b.p, b.len }, &e), e);
	assert_ok(qf_row_get_features((struct qf_span){ b.p, b.len }, &g, &version, &e), e);
	assert_int_equal(version, 7);
	qf_row_put_features(&again, &g, 7);
	assert_string_equal(b.p, again.p);
	qf_features_free(&f);
	qf_features_free(&g);
	qf_buf_free(&b);
	qf_buf_free(&again);
}

static void features_of_a_wrong_shape_are_named(void **state)
{
	static const struct { const char *text, *names; } cases[] = {
		{ "{\"tempo_bpm\":\"fast\"}", "tempo_bpm: " }, { "{\"embedding\":[1,2]}", "embedding: 2 numbers, not 64" },
		{ "{\"waveform\":[200]}", "waveform: item 1" }, { "{\"beats_s\":[1,\"x\"]}", "beats_s: item 2" },
		{ "{\"moods\":[1]}", "moods: " }, { "{\"version\":-1}", "version" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_features f;
		struct qf_err e = { 0 };
		int version;

		assert_int_equal(qf_row_get_features((struct qf_span){ cases[i].text, strlen(cases[i].text) }, &f, &version, &e), QF_EFORMAT);
		assert_non_null(strstr(e.text, cases[i].names));
		qf_features_free(&f);
	}
}

/* Whatever allocation fails, nothing crashes and the failure is told. */
static void running_out_of_memory_is_told(void **state)
{
	static const char text[] = "{\"path\":\"/m/\\u00e9\",\"features\":{\"version\":1,\"key\":\"C major\",\"beats_s\":[1,2],\"moods\":[\"a\"]}}\n";
	unsigned long n;
	bool clean = false;
	(void)state;
	for (n = 1; !clean && n < 1000; n++) {
		struct qf_rows r = { .fd = pipe_with(text, sizeof text - 1) };
		struct qf_arena a = { 0 };
		struct qf_row row = { .object = { NULL, 0 } };
		struct qf_track_ref ref;
		struct qf_features f;
		struct qf_span v;
		struct qf_buf out = { 0 };
		bool more = false;
		int version;

		qf_features_init(&f);
		qf_alloc_fail_at(n, true);
		clean = qf_rows_next(&r, &row, &more, NULL) == QF_OK && more && qf_row_track_ref(row.object, &a, &ref, NULL) == QF_OK &&
			qf_json_get(row.object, "features", &v) && qf_row_get_features(v, &f, &version, NULL) == QF_OK;
		if (clean) {
			qf_row_put_features(&out, &f, version);
			clean = !out.failed;
		}
		qf_alloc_fail_at(0, false);
		close(r.fd);
		qf_features_free(&f);
		qf_rows_free(&r);
		qf_arena_free(&a);
		qf_buf_free(&out);
	}
	assert_true(clean && n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_that_of_rfc_8259),
		cmocka_unit_test(nesting_ends_at_64),
		cmocka_unit_test(members_are_found_also_when_escaped_or_doubled),
		cmocka_unit_test(arrays_are_walked_item_by_item),
		cmocka_unit_test(numbers_are_read_only_as_what_they_are),
		cmocka_unit_test(texts_lose_their_escapes),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(rows_come_one_by_one),
		cmocka_unit_test(a_bad_line_is_named_and_the_next_one_read),
		cmocka_unit_test(a_last_line_without_newline_is_a_cut_stream),
		cmocka_unit_test(a_line_over_the_limit_is_skipped),
		cmocka_unit_test(an_edit_leaves_every_other_byte_alone),
		cmocka_unit_test(a_track_is_named_by_number_path_or_path_bytes),
		cmocka_unit_test(a_path_that_is_not_utf8_keeps_its_bytes),
		cmocka_unit_test(features_survive_a_round_trip),
		cmocka_unit_test(features_of_a_wrong_shape_are_named),
		cmocka_unit_test(running_out_of_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
