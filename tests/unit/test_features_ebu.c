/* Every case of EBU Tech 3341 and 3342 (2023) whose signal is printed there, at 48 and 44.1
 * kHz, within the printed tolerance. Left out are 3341's 7 and 8 and 3342's 5 and 6, which are
 * recordings that the EBU hands out. Cases 11 and 14 are for live meters: the maximum so
 * far is looked at as if the track ended there. */
#include "features/loudness.h"
#include "signals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define near(a, b, by) assert_true(fabs((double)(a) - (double)(b)) <= (by))
#define LEVELS(...) \
	(const struct level[]){__VA_ARGS__}, sizeof((const struct level[]){__VA_ARGS__}) / sizeof(struct level)
#define SILENCE -300

static const int rates[] = {48000, 44100};
#define EACH_RATE(r) (size_t r = 0; r < 2; r++)

static struct qf_features measure(struct sound s)
{
	struct qf_features f;
	struct qf_loudness *l;
	struct qf_err e = {0};

	qf_features_init(&f);
	assert_int_equal(qf_loudness_open(&l, s.rate, s.channels, &e), QF_OK);
	for (size_t at = 0; at < s.frames; at += QF_LOUDNESS_MAX)
		assert_int_equal(qf_loudness_feed(l, s.v + at * (size_t)s.channels,
						  s.frames - at < QF_LOUDNESS_MAX ? s.frames - at : QF_LOUDNESS_MAX, &e), QF_OK);
	assert_int_equal(qf_loudness_finish(l, &f, &e), QF_OK);
	qf_loudness_close(l);
	sound_free(&s);
	return f;
}

static void integrated_is(double lufs, const struct level *l, size_t n)
{
	for EACH_RATE(r) {
		struct qf_features f = measure(sound_levels(rates[r], 2, l, n));

		near(f.loudness_lufs, lufs, 0.1);
		near(f.replaygain_db, -18 - f.loudness_lufs, 1e-9);
	}
}

static void cases_1_and_2_read_m_s_and_i_alike(void **state)
{
	(void)state;
	for EACH_RATE(r)
		for (int lufs = -33; lufs <= -23; lufs += 10) {
			struct qf_features f = measure(sound_levels(rates[r], 2, LEVELS({20, lufs})));

			near(f.loudness_lufs, lufs, 0.1);
			near(f.loudness_momentary_max_lufs, lufs, 0.1);
			near(f.loudness_short_max_lufs, lufs, 0.1);
		}
}

static void cases_3_to_5_are_gated(void **state)
{
	(void)state;
	integrated_is(-23, LEVELS({10, -36}, {60, -23}, {10, -36}));
	integrated_is(-23, LEVELS({10, -72}, {10, -36}, {60, -23}, {10, -36}, {10, -72}));
	integrated_is(-23, LEVELS({20, -26}, {20.1, -20}, {20, -26}));
}

static void case_6_weighs_five_channels(void **state)
{
	static const double db[5] = {-28, -28, -24, -30, -30};

	(void)state;
	for EACH_RATE(r) {
		struct sound s = sound_new(rates[r], 5, 20);

		for (size_t i = 0; i < s.frames; i++)
			for (size_t c = 0; c < 5; c++)
				s.v[i * 5 + c] = (float)(linear(db[c]) * sin(2 * PI * 1000 * (double)i / rates[r]));
		near(measure(s).loudness_lufs, -23, 0.1);
	}
}

/* So often two levels one after the other. */
static struct sound alternate(int rate, int times, struct level a, struct level b)
{
	struct level l[50];

	for (int i = 0; i < times; i++) {
		l[2 * i] = a;
		l[2 * i + 1] = b;
	}
	return sound_levels(rate, 2, l, (size_t)times * 2);
}

static void cases_9_and_12_are_steady_in_their_window(void **state)
{
	(void)state;
	for EACH_RATE(r) {
		near(measure(alternate(rates[r], 5, (struct level){1.34, -20}, (struct level){1.66, -30})).loudness_short_max_lufs, -23, 0.1);
		near(measure(alternate(rates[r], 25, (struct level){0.18, -20}, (struct level){0.22, -30})).loudness_momentary_max_lufs, -23, 0.1);
	}
}

static void cases_10_and_13_meet_the_window_wherever_it_lies(void **state)
{
	(void)state;
	for EACH_RATE(r)
		for (int i = 0; i < 20; i++) {
			struct qf_features f = measure(sound_levels(rates[r], 2, LEVELS({i * 0.15, SILENCE}, {3, -23}, {1, SILENCE})));

			near(f.loudness_short_max_lufs, -23, 0.1);
			f = measure(sound_levels(rates[r], 2, LEVELS({i * 0.02, SILENCE}, {0.4, -23}, {1, SILENCE})));
			near(f.loudness_momentary_max_lufs, -23, 0.1);
		}
}

/* Steps 0 to `last`, each: a pause, a tone of `length` at -38 + i, a pause to twice the length. */
static struct sound stairs(int rate, int last, double length)
{
	struct level l[60];
	size_t n = 0;

	for (int i = 0; i <= last; i++) {
		l[n++] = (struct level){i * length / 20, SILENCE};
		l[n++] = (struct level){length, -38 + i};
		l[n++] = (struct level){length - i * length / 20, SILENCE};
	}
	return sound_levels(rate, 2, l, n);
}

static void cases_11_and_14_rise_by_one_each_step(void **state)
{
	(void)state;
	for EACH_RATE(r)
		for (int i = 0; i < 20; i++) {
			near(measure(stairs(rates[r], i, 3)).loudness_short_max_lufs, -38 + i, 0.1);
			near(measure(stairs(rates[r], i, 0.4)).loudness_momentary_max_lufs, -38 + i, 0.1);
		}
}

static void true_peak_is(double tp, double dbtp)
{
	assert_true(tp <= dbtp + 0.2 && tp >= dbtp - 0.4);
}

/* One second of a sine that fits the sample grid, faded over 10 ms at both ends. */
static void cases_15_to_19_find_the_peak_between_samples(void **state)
{
	static const struct { double per_cycle, a, degrees, dbtp; } cases[] = {
		{4, 0.5, 0, -6}, {4, 0.5, 45, -6}, {6, 0.5, 60, -6}, {8, 0.5, 67.5, -6}, {4, 1.41, 45, 3},
	};

	(void)state;
	for EACH_RATE(r)
		for (size_t k = 0; k < 5; k++) {
			struct sound s = sound_new(rates[r], 2, 1);
			size_t fade = (size_t)rates[r] / 100;
			struct qf_features f;

			sound_sine(&s, 0, 1, rates[r] / cases[k].per_cycle, cases[k].a, cases[k].degrees * PI / 180);
			for (size_t i = 0; i < fade * 2; i++) {
				s.v[i] *= (float)(i / 2) / (float)fade;
				s.v[s.frames * 2 - 1 - i] *= (float)(i / 2) / (float)fade;
			}
			f = measure(s);
			true_peak_is(f.true_peak_dbtp, cases[k].dbtp);
			assert_true(f.true_peak_dbtp >= f.peak_dbfs);
		}
}

#define SIDE 255 /* coefficients to either side of the low-pass */

/* fs/6 at 0.5 with one period of fs/4 at 1.0 in it, phase continuous, made at 4 fs, below fs/2 by a
 * windowed sinc, and every fourth sample of that from `offset`. */
static struct sound burst(int rate, size_t offset)
{
	struct sound s = sound_new(rate, 1, 0.1);
	size_t n = 4 * s.frames, from = n / 2 / 24 * 24; /* 24 samples a cycle of fs/6 */
	float *x = calloc(n + 2 * SIDE, sizeof *x);

	assert_non_null(x);
	for (size_t i = 0; i < n; i++) {
		double quarter = (double)i - (double)from; /* 16 samples a cycle of fs/4 */

		x[SIDE + i] = (float)(i < from        ? 0.5 * sin(2 * PI * (double)i / 24)
				      : i < from + 16 ? sin(2 * PI * quarter / 16)
						      : 0.5 * sin(2 * PI * (quarter - 16) / 24));
	}
	for (size_t i = 0; 4 * i + offset < n; i++) {
		double y = 0;

		for (int k = -SIDE; k <= SIDE; k++) {
			double t = PI * k / 4, w = 0.5 + 0.5 * cos(PI * k / (SIDE + 1));

			y += (k ? sin(t) / t : 1) * w / 4 * (double)x[4 * i + offset + (size_t)(k + SIDE)];
		}
		s.v[i] = (float)(y * fmin(1, fmin((double)i, (double)(s.frames - 1 - i)) / (rate / 100.0)));
	}
	free(x);
	return s;
}

static void cases_20_to_23_find_a_burst_at_any_offset(void **state)
{
	(void)state;
	for EACH_RATE(r)
		for (size_t offset = 0; offset < 4; offset++)
			true_peak_is(measure(burst(rates[r], offset)).true_peak_dbtp, 0);
}

static void range_is(double lu, const struct level *l, size_t n)
{
	for EACH_RATE(r)
		near(measure(sound_levels(rates[r], 2, l, n)).loudness_range_lu, lu, 1);
}

static void tech_3342_cases_1_to_4_span_as_they_should(void **state)
{
	(void)state;
	range_is(10, LEVELS({20, -20}, {20, -30}));
	range_is(5, LEVELS({20, -20}, {20, -15}));
	range_is(20, LEVELS({20, -40}, {20, -20}));
	range_is(15, LEVELS({20, -50}, {20, -35}, {20, -20}, {20, -35}, {20, -50}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_1_and_2_read_m_s_and_i_alike),
		cmocka_unit_test(cases_3_to_5_are_gated),
		cmocka_unit_test(case_6_weighs_five_channels),
		cmocka_unit_test(cases_9_and_12_are_steady_in_their_window),
		cmocka_unit_test(cases_10_and_13_meet_the_window_wherever_it_lies),
		cmocka_unit_test(cases_11_and_14_rise_by_one_each_step),
		cmocka_unit_test(cases_15_to_19_find_the_peak_between_samples),
		cmocka_unit_test(cases_20_to_23_find_a_burst_at_any_offset),
		cmocka_unit_test(tech_3342_cases_1_to_4_span_as_they_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
