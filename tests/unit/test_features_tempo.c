/* Repetition and tempo, on onset curves whose answers are known. */
#include "base/alloc.h"
#include "features/octave.h"
#include "features/repeats.h"
#include "features/tempo.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define near(a, b, by) assert_true(fabs((double)(a) - (double)(b)) <= (by))

/* ---- repeats ----------------------------------------------------------------------------- */

static struct qf_repeats *repeats_of_64(void)
{
	struct qf_repeats *r;
	struct qf_err e = {0};

	assert_int_equal(qf_repeats_open(&r, 64, &e), QF_OK);
	return r;
}

/* Every 16 values, and as long as half of 64 are left. */
static void windows_begin_every_quarter(void **state)
{
	struct qf_repeats *r = repeats_of_64();

	(void)state;
	assert_int_equal(qf_repeats_windows(r, 0), 1);
	assert_int_equal(qf_repeats_windows(r, 47), 1);
	assert_int_equal(qf_repeats_windows(r, 48), 2); /* 0 to 63, and 16 to 79 */
	assert_int_equal(qf_repeats_windows(r, 64), 3);
	qf_repeats_close(r);
}

static void a_curve_repeats_after_its_period(void **state)
{
	struct qf_repeats *r = repeats_of_64();
	float curve[128] = {0};
	double mean[64];

	(void)state;
	for (int i = 0; i < 128; i += 8)
		curve[i] = 1;
	assert_int_equal(qf_repeats_mean(r, curve, 128, mean), 5); /* of 7: two are shorter than 64 values */
	near(mean[0], 5.0 / 7, 1e-6);
	assert_true(mean[8] > 0.3 && mean[16] > 0.2);
	assert_true(mean[4] < 0.05 && mean[12] < 0.05);
	qf_repeats_close(r);
}

static void silence_does_not_repeat(void **state)
{
	struct qf_repeats *r = repeats_of_64();
	float curve[128] = {0};
	double mean[64];

	(void)state;
	assert_null(qf_repeats_window(r, curve, 128, 0));
	assert_int_equal(qf_repeats_mean(r, curve, 128, mean), 0);
	near(mean[0], 0, 0);
	qf_repeats_close(r);
}

static void a_window_is_even_and_not_too_short(void **state)
{
	struct qf_repeats *r;
	struct qf_err e = {0};

	(void)state;
	assert_int_equal(qf_repeats_open(&r, 62, &e), QF_EINVAL);
	assert_null(r);
	assert_int_equal(qf_repeats_open(&r, 65, &e), QF_EINVAL);
}

/* ---- tempo ------------------------------------------------------------------------------- */

enum { FPS = 86, LOOP = 420, LOOPS = 8 };

/* Nothing in it comes at equal distances, so that only its length says what a beat is: 6, 8, 12 or 16
 * fill it. */
static void a_loop_without_a_beat_lasts_whole_bars(void **state)
{
	static const size_t onset[] = {0, 31, 85, 103, 167, 204, 261, 290, 342, 399};
	static float curve[LOOP * LOOPS];
	static uint8_t low[LOOP * LOOPS];
	struct qf_tempo t;
	struct qf_err e = {0};
	double bars_of_four, bars_of_three;

	(void)state;
	for (size_t i = 0; i < LOOPS; i++)
		for (size_t k = 0; k < sizeof onset / sizeof *onset; k++)
			curve[i * LOOP + onset[k]] = 20;
	assert_int_equal(qf_tempo_find(curve, low, LOOP * LOOPS, FPS, &t, &e), QF_OK);
	bars_of_four = log2(t.bpm / 60 * LOOP / FPS / 8);
	bars_of_three = log2(t.bpm / 60 * LOOP / FPS / 6);
	assert_true(fmin(fabs(bars_of_four - round(bars_of_four)), fabs(bars_of_three - round(bars_of_three))) < 0.01);
}

static void out_of_memory_is_told_wherever_it_comes(void **state)
{
	static float curve[4096];
	static uint8_t low[4096];
	struct qf_tempo t;
	enum qf_status st = QF_ENOMEM;
	unsigned long nth = 0;

	(void)state;
	for (size_t i = 0; i < 4096; i += 43)
		curve[i] = 20;
	while (st == QF_ENOMEM) {
		struct qf_err e = {0};

		qf_alloc_fail_at(++nth, false);
		st = qf_tempo_find(curve, low, 4096, FPS, &t, &e);
		qf_alloc_fail_at(0, false);
		assert_int_equal(e.code, st);
	}
	assert_int_equal(st, QF_OK);
	assert_true(nth > 5);
	near(t.bpm, 120, 0.1);
}

/* ---- octave ------------------------------------------------------------------------------ */

/* 59 BPM is an octave under 118: (o + 1)^2 - o^2 = 0 - 1. */
static void doubling_moves_the_beat_to_half_its_lag(void **state)
{
	double t[QF_TEMPO_OCTAVE];

	(void)state;
	qf_octave_terms(0.1, 0.3, 0.2, 59, t);
	near(t[0], -0.2, 1e-12);
	near(t[1], 0.1, 1e-12);
	near(t[2], 1, 1e-12);
	near(t[3], -1, 1e-12);
}

static void a_bass_that_repeats_after_half_a_beat_doubles_the_tempo(void **state)
{
	double t[QF_TEMPO_OCTAVE];

	(void)state;
	qf_octave_terms(0, 0.4, 0.4, 70, t);
	assert_true(qf_octave_double(t) > 0.5);
	qf_octave_terms(0, 0, 0.4, 70, t);
	assert_true(qf_octave_double(t) < 0.5);
	qf_octave_terms(0, 0.05, 0.05, 118, t); /* no bass to speak of, and a usual tempo */
	assert_true(qf_octave_double(t) < 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_begin_every_quarter),
		cmocka_unit_test(a_curve_repeats_after_its_period),
		cmocka_unit_test(silence_does_not_repeat),
		cmocka_unit_test(a_window_is_even_and_not_too_short),
		cmocka_unit_test(a_loop_without_a_beat_lasts_whole_bars),
		cmocka_unit_test(out_of_memory_is_told_wherever_it_comes),
		cmocka_unit_test(doubling_moves_the_beat_to_half_its_lag),
		cmocka_unit_test(a_bass_that_repeats_after_half_a_beat_doubles_the_tempo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
