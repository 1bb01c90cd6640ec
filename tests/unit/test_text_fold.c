#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"

#include <string.h>

static void expect(const char *text, const char *wanted)
{
	struct qf_buf b = { 0 };

	assert_int_equal(qf_text_fold(&b, text, strlen(text), NULL), QF_OK);
	assert_string_equal(b.p ? b.p : "", wanted);
	qf_buf_free(&b);
}

static void names_lose_case_accents_and_punctuation(void **state)
{
	(void)state;
	expect("Sigur  R\xc3\xb3s!", "sigur ros");
	expect("AC/DC", "ac dc");
	expect(" (The) B-52's ", "the b 52 s");
	expect("!!!", "!!!");
	expect("", "");
	expect("\xef\xbc\xa1\xef\xbc\xa2", "ab"); /* full-width letters */
}

/* ASCII takes a short way; behind an accented word it takes the long one. */
static void both_ways_give_the_same(void **state)
{
	static const char tail[] = " x \xc3\xa9";
	uint32_t rng = 7;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[40];
		size_t n = 1;
		struct qf_buf fast = { 0 }, slow = { 0 };

		text[0] = 'a';
		for (; n < 12; n++) {
			rng = rng * 1664525u + 1013904223u;
			text[n] = (char)(rng >> 24 & 0x7F);
		}
		assert_int_equal(qf_text_fold(&fast, text, n, NULL), QF_OK);
		memcpy(text + n, tail, sizeof tail);
		assert_int_equal(qf_text_fold(&slow, text, n + sizeof tail - 1, NULL), QF_OK);
		qf_buf_puts(&fast, " x e");
		assert_string_equal(fast.p, slow.p);
		qf_buf_free(&fast);
		qf_buf_free(&slow);
	}
}

static void edits_are_the_fewest(void **state)
{
	(void)state;
	assert_int_equal(qf_text_edits("tempo", 5, "tempo", 5), 0);
	assert_int_equal(qf_text_edits("tmepo", 5, "tempo", 5), 1);  /* neighbours swapped */
	assert_int_equal(qf_text_edits("kitten", 6, "sitting", 7), 3);
	assert_int_equal(qf_text_edits("", 0, "abc", 3), 3);
	assert_int_equal(qf_text_edits("ca", 2, "abc", 3), 3); /* what was swapped is not cut open */
	assert_true(qf_text_edits("a", 1, "", QF_TEXT_EDITS + 1) == SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_lose_case_accents_and_punctuation),
		cmocka_unit_test(both_ways_give_the_same),
		cmocka_unit_test(edits_are_the_fewest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
