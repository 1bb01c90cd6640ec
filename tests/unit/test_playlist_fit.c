#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "playlist/fit.h"

#include <stdlib.h>

static void early_tracks_that_fit_are_chosen(void **state)
{
	const int64_t ms[] = { 200000, 100000, 300000, 0, 300000 };
	bool chosen[5];
	int64_t total;

	(void)state;
	/* 300 s: {0, 1}, {2} and {4} fit; 200*5 + 100*4 = 1400 is above 300*3 and 300*1 */
	assert_int_equal(qf_fit(ms, NULL, 5, 300000, chosen, &total, NULL), QF_OK);
	assert_int_equal(total, 300000);
	assert_true(chosen[0] && chosen[1] && !chosen[2] && !chosen[3] && !chosen[4]);
}

static void what_must_be_in_is_in_whatever_comes_of_it(void **state)
{
	const int64_t ms[] = { 200000, 100000, 300000, 0 };
	bool chosen[4];
	int64_t total;

	(void)state;
	assert_int_equal(qf_fit(ms, (bool[]){ false, false, true, true }, 4, 400000, chosen, &total, NULL), QF_OK);
	assert_int_equal(total, 400000);
	assert_true(!chosen[0] && chosen[1] && chosen[2] && chosen[3]);
	assert_int_equal(qf_fit(ms, (bool[]){ true, true, true, true }, 4, 100000, chosen, &total, NULL), QF_OK);
	assert_int_equal(total, 600000);
}

static void where_nothing_fits_the_nearest_is_chosen(void **state)
{
	const int64_t ms[] = { 100000, 250000 };
	bool chosen[2];
	int64_t total;

	(void)state;
	assert_int_equal(qf_fit(ms, NULL, 2, 240000, chosen, &total, NULL), QF_OK);
	assert_int_equal(total, 250000);
	assert_int_equal(qf_fit(ms, NULL, 2, 900000, chosen, &total, NULL), QF_OK);
	assert_int_equal(total, 350000);
	assert_int_equal(qf_fit(ms, NULL, 0, 900000, chosen, &total, NULL), QF_OK);
	assert_int_equal(total, 0);
}

static void whenever_some_choice_is_within_1_percent_so_is_ours(void **state)
{
	uint32_t rng = 1;
	int possible = 0;

	(void)state;
	for (int round = 0; round < 300; round++) {
		int64_t ms[12], target = 600000 + round * 3000, total, sum = 0;
		bool chosen[12], fits = false;

		for (size_t i = 0; i < 12; i++) {
			rng = rng * 1664525u + 1013904223u;
			ms[i] = 60000 + (rng >> 8) % 400000;
		}
		for (unsigned set = 0; set < 1u << 12; set++) {
			int64_t all = 0;

			for (size_t i = 0; i < 12; i++)
				all += set & 1u << i ? ms[i] : 0;
			fits |= llabs(all - target) <= target / 100;
		}
		assert_int_equal(qf_fit(ms, NULL, 12, target, chosen, &total, NULL), QF_OK);
		for (size_t i = 0; i < 12; i++)
			sum += chosen[i] ? ms[i] : 0;
		assert_int_equal(sum, total);
		assert_int_equal(llabs(total - target) <= target / 100, fits);
		possible += fits;
	}
	assert_true(possible > 250); /* or this tested nothing */
}

static void running_out_of_memory_is_an_error(void **state)
{
	const int64_t ms[] = { 1000 };
	bool chosen[1];
	int64_t total;

	(void)state;
	for (unsigned long nth = 1; nth <= 2; nth++) {
		qf_alloc_fail_at(nth, false);
		assert_int_equal(qf_fit(ms, NULL, 1, 1000, chosen, &total, NULL), QF_ENOMEM);
	}
	qf_alloc_fail_at(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_tracks_that_fit_are_chosen),
		cmocka_unit_test(what_must_be_in_is_in_whatever_comes_of_it),
		cmocka_unit_test(where_nothing_fits_the_nearest_is_chosen),
		cmocka_unit_test(whenever_some_choice_is_within_1_percent_so_is_ours),
		cmocka_unit_test(running_out_of_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
