/* Plans as rows: what is written is read again, and what could lead astray is refused. */
#include "unit.h"

#include "plan/job.h"
#include "rows/json.h"

#include <math.h>

#define UUID "5c1e0000-0000-4000-8000-000000000000"

static struct qf_job_rendition opus = { QF_MAKE, "opus-96", "17/4017-opus-96-0123456789abcdef.opus", "0123456789abcdef",
					{ QF_CODEC_OPUS, 96, 10, 0 }, 4242 };

static struct qf_job job(void)
{
	return (struct qf_job){ .job = 3, .catalog = UUID, .track = 4017, .path = "/m/\xff.flac", .size = 5, .mtime_ns = 6, .duration_ms = 7000,
				.start_s = 1.5, .gain_db = -2.25, .limit_dbtp = NAN, .value = 0.5, .reason = "played", .rendition = &opus, .n = 1 };
}

static void what_is_written_is_read(void **state)
{
	struct qf_job in = job(), out;
	struct qf_arena a = { 0 };
	struct qf_buf row = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	qf_job_put(&row, &in);
	assert_ok(qf_json_check((struct qf_span){ row.p, row.len }, &e), e);
	assert_ok(qf_job_read((struct qf_span){ row.p, row.len - 1 }, &a, &out, &e), e);
	assert_true(out.job == 3 && out.track == 4017 && out.size == 5 && out.mtime_ns == 6 && out.duration_ms == 7000);
	assert_true(out.start_s == 1.5 && out.gain_db == -2.25 && isnan(out.limit_dbtp) && out.value == 0.5);
	assert_string_equal(out.path, "/m/\xff.flac");
	assert_string_equal(out.catalog, UUID);
	assert_int_equal(out.n, 1);
	assert_true(out.rendition[0].act == QF_MAKE && out.rendition[0].bytes == 4242);
	assert_true(out.rendition[0].recipe.codec == QF_CODEC_OPUS && out.rendition[0].recipe.kbps == 96);
	assert_true(out.rendition[0].recipe.effort == 10 && out.rendition[0].recipe.seconds == 0);
	assert_string_equal(out.rendition[0].file, opus.file);
	qf_buf_free(&row);
	qf_arena_free(&a);
}

static void names_that_lead_astray_are_refused(void **state)
{
	static const char *const bad[] = { "", "/etc/passwd", "../x", "a/../x", "a//b", ".hidden", "a/.b", "a b", "a;b", "$x", "a/", "\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct qf_job_rendition r = opus;
		struct qf_job in = job(), out;
		struct qf_arena a = { 0 };
		struct qf_buf row = { 0 };
		struct qf_err e = { 0 };

		r.file = bad[i];
		in.rendition = &r;
		qf_job_put(&row, &in);
		assert_int_equal(qf_job_read((struct qf_span){ row.p, row.len - 1 }, &a, &out, &e), QF_EFORMAT);
		assert_string_equal(e.text, "renditions: \"file\" is missing, or not what it should be");
		qf_buf_free(&row);
		qf_arena_free(&a);
	}
}

static void the_hash_follows_what_decides_the_bytes(void **state)
{
	struct qf_job j = job();
	char first[QF_HASH_HEX + 1], other[QF_HASH_HEX + 1];

	(void)state;
	qf_job_hash(&j, &opus.recipe, first);
	j.path = "/elsewhere";
	j.start_s = 99; /* of excerpts only */
	qf_job_hash(&j, &opus.recipe, other);
	assert_string_equal(first, other);
	j.mtime_ns++;
	qf_job_hash(&j, &opus.recipe, other);
	assert_string_not_equal(first, other);
	j.mtime_ns--;
	j.gain_db = 0;
	qf_job_hash(&j, &opus.recipe, other);
	assert_string_not_equal(first, other);
}

static void names_are_numbers_rungs_and_hashes(void **state)
{
	struct qf_buf b = { 0 };

	(void)state;
	qf_job_put_file(&b, 4017, "opus-96", "0123456789abcdef", QF_CODEC_OPUS);
	assert_text(&b, opus.file);
	qf_buf_clear(&b);
	qf_job_put_file(&b, 5, "v", "0", QF_CODEC_VORBIS);
	assert_text(&b, "05/5-v-0.ogg");
	qf_buf_clear(&b);
	qf_job_put_file(&b, 105, "aac-128", "1", QF_CODEC_AAC);
	assert_text(&b, "05/105-aac-128-1.m4a");
	qf_buf_clear(&b);
	qf_job_put_waveform(&b, 4017);
	assert_text(&b, "17/4017-waveform.json");
	qf_buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(names_that_lead_astray_are_refused),
		cmocka_unit_test(the_hash_follows_what_decides_the_bytes),
		cmocka_unit_test(names_are_numbers_rungs_and_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
