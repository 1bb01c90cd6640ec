/* A radio station on a plane: near its seeds, artists apart, by hand. */
#include "base/alloc.h"
#include "model/station.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

enum { ITEMS = 6 };

/* Sound alone. To seed 0, (1, 0): 1 has 0.96, 2 and 3 have 0.8, 4 has 0.6, 5 has 0. */
static const float sound[ITEMS * 2] = { 1, 0, 0.96F, 0.28F, 0.8F, 0.6F, 0.8F, -0.6F, 0.6F, 0.8F, 0, 1 };
static const float none[ITEMS];
static const struct qf_model model = { .items = ITEMS, .sound = sound, .dim = 2, .listeners = none, .plays = none };
static const uint32_t seed[] = { 0 };

static size_t play(const struct qf_station *s, struct qf_aired *out)
{
	struct qf_err e = { 0 };
	size_t n;

	assert_int_equal(qf_station_play(s, &model, seed, 1, out, &n, &e), QF_OK);
	return n;
}

static void the_seeds_hold_and_the_flow_pulls(void **state)
{
	struct qf_station s = { .n = 6, .reach = 6, .least = 0.5, .drift = 0.5 };
	struct qf_aired out[6];

	(void)state;
	/* 1 first. Then to 1: 2 has 0.936, 3 has 0.6, 4 has 0.8: half and half 0.868, 0.7, 0.7. Then to 2: 3 has 0.28, 4 has 0.96. */
	assert_int_equal(play(&s, out), 4); /* 5 is not half as near as 1 */
	assert_int_equal(out[0].item, 1);
	assert_int_equal(out[1].item, 2);
	assert_int_equal(out[2].item, 4);
	assert_int_equal(out[3].item, 3);
	near(out[0].score, 0.96, 1e-6);
	near(out[1].seeds, 0.4, 1e-6);
	near(out[1].flow, 0.468, 1e-6);
	near(out[1].sound, 0.8, 1e-6);
	near(out[1].nearest.sound, 0.8, 1e-6);
	assert_int_equal(out[1].nearest.item, 0);
	s.drift = 0;
	assert_int_equal(play(&s, out), 4);
	assert_int_equal(out[2].item, 3); /* equal to 2, which has the lower number */
	assert_int_equal(out[3].item, 4);
	s.reach = 2;
	s.n = 2;
	assert_int_equal(play(&s, out), 2);
}

static void artists_keep_apart_while_there_are_others(void **state)
{
	static const uint32_t artist[] = { 9, 1, 1, 2, 1, 3 };
	const struct qf_station s = { .n = 4, .reach = 6, .least = 0.5, .spacing = 2, .artist = artist };
	struct qf_aired out[4];

	(void)state;
	assert_int_equal(play(&s, out), 4);
	assert_int_equal(out[0].item, 1);
	assert_int_equal(out[1].item, 3); /* not 2, of the same artist as 1 */
	assert_int_equal(out[2].item, 2); /* nobody else is left */
	assert_int_equal(out[3].item, 4);
}

static void a_seed_of_chance_adds_a_little(void **state)
{
	struct qf_station s = { .n = 4, .reach = 6, .least = 0.5, .seed = 3 };
	struct qf_aired out[4];

	(void)state;
	assert_int_equal(play(&s, out), 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(out[i].chance >= 0 && out[i].chance < 0.05);
		near(out[i].seeds + out[i].flow + out[i].chance, out[i].score, 0);
	}
	assert_true(out[0].chance != out[1].chance);
}

static void wrong_seeds_and_no_memory_are_errors(void **state)
{
	const struct qf_station s = { .n = 4, .reach = 6, .least = 0.5 };
	const uint32_t beyond[] = { ITEMS };
	struct qf_aired out[4];
	struct qf_err e = { 0 };
	enum qf_status st = QF_ENOMEM;
	size_t n;

	(void)state;
	assert_int_equal(qf_station_play(&s, &model, beyond, 1, out, &n, &e), QF_EINVAL);
	for (unsigned long nth = 1; st != QF_OK; nth++) {
		qf_alloc_fail_at(nth, false);
		st = qf_station_play(&s, &model, seed, 1, out, &n, &e);
		assert_true(st == QF_OK || st == QF_ENOMEM);
	}
	qf_alloc_fail_at(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_seeds_hold_and_the_flow_pulls),
		cmocka_unit_test(artists_keep_apart_while_there_are_others),
		cmocka_unit_test(a_seed_of_chance_adds_a_little),
		cmocka_unit_test(wrong_seeds_and_no_memory_are_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
