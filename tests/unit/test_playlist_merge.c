#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "playlist/merge.h"

#include <string.h>

#define KEYS 26

/* "abc" is tracks 0, 1, 2. */
static struct qf_keys list(const char *letters, uint32_t *room)
{
	struct qf_keys k = { room, strlen(letters) };

	for (size_t i = 0; i < k.n; i++)
		room[i] = (uint32_t)(letters[i] - 'a');
	return k;
}

static void expect_diff(const char *from, const char *to, const char *wanted)
{
	uint32_t a[KEYS], b[KEYS];
	struct qf_list_change changes[2 * KEYS];
	char text[200] = "";
	size_t n;

	assert_int_equal(qf_list_diff(list(from, a), list(to, b), KEYS, changes, &n, NULL), QF_OK);
	for (size_t i = 0; i < n; i++) {
		char one[] = { "+-~"[changes[i].change], (char)('a' + changes[i].key), '\0' };

		strcat(text, one);
	}
	assert_string_equal(text, wanted);
}

static void expect_merge(const char *base, const char *a, const char *b, const char *wanted, const char *wanted_conflicts)
{
	uint32_t x[KEYS], y[KEYS], z[KEYS], out[2 * KEYS];
	struct qf_list_conflict conflicts[KEYS];
	char text[2 * KEYS + 1], clash[2 * KEYS + 1];
	size_t n, n_conflicts;

	assert_int_equal(qf_list_merge(list(base, x), list(a, y), list(b, z), KEYS, out, &n, conflicts, &n_conflicts, NULL), QF_OK);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + out[i]);
	text[n] = '\0';
	for (size_t i = 0; i < n_conflicts; i++)
		clash[i] = (char)('a' + conflicts[i].key);
	clash[n_conflicts] = '\0';
	assert_string_equal(text, wanted);
	assert_string_equal(clash, wanted_conflicts);
}

static void a_diff_names_the_fewest_moves(void **state)
{
	(void)state;
	expect_diff("abc", "abc", "");
	expect_diff("abc", "axc", "-b+x");
	expect_diff("abcdef", "fabcde", "~f"); /* not five that moved up */
	expect_diff("abcde", "edcba", "~e~d~c~b"); /* one stays */
	expect_diff("", "ab", "+a+b");
}

static void changes_of_both_come_together(void **state)
{
	(void)state;
	expect_merge("abc", "abcx", "yabc", "yabcx", "");
	expect_merge("abc", "ac", "abcd", "acd", "");      /* one removes, one adds */
	expect_merge("abc", "ab", "bc", "b", "");          /* each removes one */
	expect_merge("abc", "abcx", "abcx", "abcx", "");   /* both add the same */
	expect_merge("abc", "abcx", "abcy", "abcyx", "");  /* y follows c in b */
	expect_merge("abcd", "abcd", "dabc", "dabc", "");  /* only b moved */
	expect_merge("abcd", "dabc", "abcdx", "dxabc", ""); /* x goes with d, which a moved */
	expect_merge("abc", "cab", "cab", "cab", "");      /* both moved alike */
	expect_merge("", "ab", "bc", "abc", "");
}

static void contradictions_are_told(void **state)
{
	(void)state;
	expect_merge("abcde", "eabcd", "abecd", "eabcd", "e"); /* a: first; b: behind b */
	expect_merge("abcde", "abcd", "eabcd", "eabcd", "e");  /* a removed what b moved */
	expect_merge("abcde", "eabcd", "abcd", "eabcd", "e");  /* and the other way round */
}

static uint32_t rng = 1;

static uint32_t rnd(uint32_t below)
{
	rng = rng * 1664525u + 1013904223u;
	return (rng >> 8) % below;
}

/* Some of the letters in any order. */
static void any_list(char *to)
{
	size_t n = 0;

	for (char c = 'a'; c < 'k'; c++)
		if (rnd(3)) {
			size_t at = rnd((uint32_t)n + 1);

			memmove(to + at + 1, to + at, n - at);
			to[at] = c;
			n++;
		}
	to[n] = '\0';
}

static void who_changed_nothing_decides_nothing(void **state)
{
	(void)state;
	for (int round = 0; round < 500; round++) {
		char base[KEYS], a[KEYS];

		any_list(base);
		any_list(a);
		expect_merge(base, a, base, a, "");
		expect_merge(base, a, a, a, "");
		expect_merge(base, base, base, base, "");
	}
}

/* Nothing is lost that somebody added, nothing stays that somebody removed and nobody moved, nothing comes twice. */
static void no_merge_loses_or_doubles_a_track(void **state)
{
	(void)state;
	for (int round = 0; round < 500; round++) {
		char base[KEYS], a[KEYS], b[KEYS];
		uint32_t x[KEYS], y[KEYS], z[KEYS], out[2 * KEYS], count[KEYS] = { 0 };
		struct qf_list_conflict conflicts[KEYS];
		size_t n, n_conflicts;

		any_list(base);
		any_list(a);
		any_list(b);
		assert_int_equal(qf_list_merge(list(base, x), list(a, y), list(b, z), KEYS, out, &n, conflicts, &n_conflicts, NULL), QF_OK);
		for (size_t i = 0; i < n; i++)
			count[out[i]]++;
		for (size_t i = 0; i < n_conflicts; i++)
			assert_int_equal(count[conflicts[i].key], 1);
		for (char c = 'a'; c < 'k'; c++) {
			bool in_base = strchr(base, c), in_a = strchr(a, c), in_b = strchr(b, c), clash = false;

			for (size_t i = 0; i < n_conflicts; i++)
				clash |= conflicts[i].key == (uint32_t)(c - 'a');
			assert_int_equal(count[c - 'a'], clash || (in_base ? in_a && in_b : in_a || in_b));
		}
	}
}

static void running_out_of_memory_is_an_error(void **state)
{
	uint32_t x[KEYS], y[KEYS], z[KEYS], out[2 * KEYS];
	struct qf_list_conflict conflicts[KEYS];
	struct qf_list_change changes[2 * KEYS];
	size_t n, m;

	(void)state;
	for (unsigned long nth = 1; nth <= 11; nth++) {
		qf_alloc_fail_at(nth, false);
		assert_int_equal(qf_list_merge(list("abc", x), list("cab", y), list("bca", z), KEYS, out, &n, conflicts, &m, NULL), QF_ENOMEM);
	}
	for (unsigned long nth = 1; nth <= 5; nth++) {
		qf_alloc_fail_at(nth, false);
		assert_int_equal(qf_list_diff(list("abc", x), list("cab", y), KEYS, changes, &n, NULL), QF_ENOMEM);
	}
	qf_alloc_fail_at(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_diff_names_the_fewest_moves),
		cmocka_unit_test(changes_of_both_come_together),
		cmocka_unit_test(contradictions_are_told),
		cmocka_unit_test(who_changed_nothing_decides_nothing),
		cmocka_unit_test(no_merge_loses_or_doubles_a_track),
		cmocka_unit_test(running_out_of_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
