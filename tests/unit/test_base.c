#define _GNU_SOURCE
/* Errors, memory, buffers, text, hashes, files. */
#include "unit.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/features.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void an_error_says_the_place_before_the_cause(void **state)
{
	struct qf_err e = { 0 };
	(void)state;
	assert_int_equal(qf_fail(&e, QF_EFORMAT, "frame %d: bad length", 3), QF_EFORMAT);
	assert_int_equal(qf_err_at(&e, "a.flac"), QF_EFORMAT);
	assert_string_equal(e.text, "a.flac: frame 3: bad length");
}

static void a_long_place_leaves_the_cause_readable(void **state)
{
	struct qf_err e = { 0 };
	char place[2000];
	(void)state;
	memset(place, 'x', sizeof place - 1);
	place[sizeof place - 1] = '\0';
	qf_fail(&e, QF_EIO, "disk full");
	qf_err_at(&e, place);
	assert_non_null(strstr(e.text, "xxx: disk full"));
}

static void the_nth_allocation_fails_once_or_for_ever(void **state)
{
	void *p;
	(void)state;
	qf_alloc_fail_at(2, false);
	p = qf_alloc(1, 8);
	assert_non_null(p);
	assert_null(qf_alloc(1, 8));
	qf_free(p);
	p = qf_zalloc(1, 8);
	assert_non_null(p);
	qf_free(p);
	assert_int_equal(qf_alloc_fail_at(1, true), 3);
	assert_null(qf_alloc(1, 8));
	assert_null(qf_strdup("x"));
	qf_alloc_fail_at(0, false);
}

static void a_product_that_overflows_is_refused(void **state)
{
	(void)state;
	assert_null(qf_alloc(SIZE_MAX / 2, 3));
	assert_null(qf_zalloc(SIZE_MAX / 2, 3));
	assert_null(qf_realloc(NULL, SIZE_MAX / 2, 3));
}

static void a_failed_append_is_remembered(void **state)
{
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };
	(void)state;
	qf_alloc_fail_at(1, false);
	qf_buf_puts(&b, "lost");
	qf_alloc_fail_at(0, false);
	qf_buf_puts(&b, "not taken either");
	assert_int_equal(b.len, 0);
	assert_int_equal(qf_buf_check(&b, &e), QF_ENOMEM);
	qf_buf_free(&b);
}

static void a_buffer_grows_and_is_consumed_from_the_front(void **state)
{
	struct qf_buf b = { 0 };
	(void)state;
	for (int i = 0; i < 100; i++)
		qf_buf_printf(&b, "%02d", i);
	qf_buf_consume(&b, 194);
	assert_text(&b, "979899");
	qf_buf_consume(&b, 1000);
	assert_text(&b, "");
	qf_buf_free(&b);
}

static void base64_is_that_of_rfc_4648(void **state)
{
	static const struct { const char *plain, *coded; } cases[] = { /* section 10 */
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_buf b = { 0 }, back = { 0 };
		struct qf_err e = { 0 };

		qf_buf_base64(&b, cases[i].plain, strlen(cases[i].plain));
		assert_text(&b, cases[i].coded);
		assert_ok(qf_base64_decode(&back, cases[i].coded, strlen(cases[i].coded), &e), e);
		assert_text(&back, cases[i].plain);
		qf_buf_free(&b);
		qf_buf_free(&back);
	}
}

static void damaged_base64_is_refused(void **state)
{
	static const char *const bad[] = { "Z", "Zg=", "Zg===", "Zh==", "Z g=", "Zm9v\n", "=g==", "Zm=v" };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct qf_buf b = { 0 };

		assert_int_equal(qf_base64_decode(&b, bad[i], strlen(bad[i]), NULL), QF_EFORMAT);
		qf_buf_free(&b);
	}
}

static void an_arena_is_used_again_after_a_reset(void **state)
{
	struct qf_arena a = { 0 };
	char *first, *big;
	(void)state;
	first = qf_arena_dup(&a, "abc", 3);
	assert_string_equal(first, "abc");
	assert_int_equal((uintptr_t)qf_arena_get(&a, 1, 1) % _Alignof(max_align_t), 0);
	big = qf_arena_get(&a, 100000, 1);
	memset(big, 1, 100000);
	qf_arena_reset(&a);
	assert_ptr_equal(qf_arena_dup(&a, "xyz", 3), first);
	assert_ptr_equal(qf_arena_get(&a, 100000, 1), big);
	assert_null(qf_arena_get(&a, SIZE_MAX, 2));
	qf_arena_free(&a);
}

static void utf8_is_strict(void **state)
{
	static const char *const good[] = { "", "plain", "\xC3\xA9", "\xE5\xA4\x9C", "\xF0\x9F\x8E\xA7", "\xF4\x8F\xBF\xBF" };
	static const char *const bad[] = { "\x80", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "caf\xE9", "\xE2\x82" };
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(qf_utf8_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(qf_utf8_valid(bad[i], strlen(bad[i])));
}

static void each_bad_byte_becomes_one_replacement(void **state)
{
	struct qf_buf b = { 0 };
	(void)state;
	qf_utf8_clean(&b, "caf\xE9 \xFF\xFE!", 8);
	assert_text(&b, "caf\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD!");
	qf_buf_free(&b);
}

static void names_fold_to_what_is_spoken(void **state)
{
	static const struct { const char *name, *fold; } cases[] = {
		{ "Sigur  R\xC3\xB3s!", "sigur ros" },
		{ "e\xCC\x81t\xC3\xA9", "ete" },             /* NFD and NFC alike */
		{ "STRASSE", "strasse" }, { "Stra\xC3\x9F""e", "strasse" },
		{ "\xD0\x9A\xD0\xB8\xD0\xBD\xD0\xBE", "\xD0\xBA\xD0\xB8\xD0\xBD\xD0\xBE" }, /* Cyrillic lower case */
		{ "AC/DC", "ac dc" }, { "  !!!  ", "!!!" }, { "", "" },
		{ "\xEF\xBC\xA1\xEF\xBC\xA2", "ab" },         /* full-width */
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_buf b = { 0 };
		struct qf_err e = { 0 };

		assert_ok(qf_text_fold(&b, cases[i].name, strlen(cases[i].name), &e), e);
		assert_text(&b, cases[i].fold);
		qf_buf_free(&b);
	}
}

static void a_file_name_can_do_no_harm_to_a_terminal(void **state)
{
	struct qf_buf b = { 0 };
	(void)state;
	qf_text_printable(&b, "a\x1B[31m\n\t\x7F\xC2\x9B\xFFz\xC3\xA9", 15);
	assert_text(&b, "a\\x1b[31m\\n\\t\\x7f\\x9b\\xffz\xC3\xA9");
	qf_buf_free(&b);
}

static void sha256_is_that_of_fips_180(void **state)
{
	struct qf_buf hex = { 0 };
	struct qf_err e = { 0 };
	struct qf_sha256 *h;
	uint8_t d[QF_SHA256];
	(void)state;
	qf_sha256("abc", 3, d);
	qf_buf_hex(&hex, d, sizeof d);
	assert_text(&hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	qf_buf_clear(&hex);
	assert_ok(qf_sha256_open(&h, &e), e);
	qf_sha256_add(h, "a", 1);
	qf_sha256_end(h, d); /* starts anew */
	qf_sha256_end(h, d);
	qf_buf_hex(&hex, d, sizeof d);
	assert_text(&hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	qf_sha256_close(h);
	qf_buf_clear(&hex);
	qf_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, d); /* RFC 4231, test case 2 */
	qf_buf_hex(&hex, d, sizeof d);
	assert_text(&hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	qf_buf_free(&hex);
}

static char folder[] = "/tmp/qfzz-test-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/list", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder); /* fails if a temporary file was left behind */
}

static void a_file_is_replaced_as_a_whole_and_only_when_it_changes(void **state)
{
	struct qf_err e = { 0 };
	struct qf_buf b = { 0 };
	struct stat before, after;
	bool written;
	(void)state;
	assert_ok(qf_file_replace(path, "one\n", 4, &written, &e), e);
	assert_true(written);
	stat(path, &before);
	assert_ok(qf_file_replace(path, "one\n", 4, &written, &e), e);
	assert_false(written);
	stat(path, &after);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_ok(qf_file_replace(path, "two\n", 4, &written, &e), e);
	assert_true(written);
	assert_ok(qf_file_read(path, &b, 100, &e), e);
	assert_text(&b, "two\n");
	qf_buf_free(&b);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	struct qf_err e = { 0 };
	(void)state;
	assert_int_equal(qf_file_replace("/nonexistent/x/list", "a", 1, NULL, &e), QF_EIO);
	assert_non_null(strstr(e.text, "/nonexistent/x/list: "));
	assert_non_null(strstr(e.text, "No such file or directory"));
}

static void reading_stops_at_the_limit_and_at_devices(void **state)
{
	struct qf_err e = { 0 };
	struct qf_buf b = { 0 };
	(void)state;
	assert_ok(qf_file_replace(path, "12345", 5, NULL, &e), e);
	assert_int_equal(qf_file_read(path, &b, 4, &e), QF_ELIMIT);
	assert_int_equal(qf_file_read("/dev/zero", &b, 4, &e), QF_EFORMAT);
	qf_buf_free(&b);
}

static void features_begin_as_unknown(void **state)
{
	struct qf_features f;
	(void)state;
	qf_features_init(&f);
	assert_true(isnan(f.loudness_lufs));
	assert_null(f.key);
	assert_true(f.embedding[63] == 0);
	assert_ptr_equal(qf_feature_at(&f, qf_feature_find("tempo_bpm")), &f.tempo_bpm);
	assert_null(qf_feature_find("nonsense"));
	qf_features_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_says_the_place_before_the_cause),
		cmocka_unit_test(a_long_place_leaves_the_cause_readable),
		cmocka_unit_test(the_nth_allocation_fails_once_or_for_ever),
		cmocka_unit_test(a_product_that_overflows_is_refused),
		cmocka_unit_test(a_failed_append_is_remembered),
		cmocka_unit_test(a_buffer_grows_and_is_consumed_from_the_front),
		cmocka_unit_test(base64_is_that_of_rfc_4648),
		cmocka_unit_test(damaged_base64_is_refused),
		cmocka_unit_test(an_arena_is_used_again_after_a_reset),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(each_bad_byte_becomes_one_replacement),
		cmocka_unit_test(names_fold_to_what_is_spoken),
		cmocka_unit_test(a_file_name_can_do_no_harm_to_a_terminal),
		cmocka_unit_test(sha256_is_that_of_fips_180),
		cmocka_unit_test(a_file_is_replaced_as_a_whole_and_only_when_it_changes),
		cmocka_unit_test(a_folder_that_is_not_there_is_named),
		cmocka_unit_test(reading_stops_at_the_limit_and_at_devices),
		cmocka_unit_test(features_begin_as_unknown),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
