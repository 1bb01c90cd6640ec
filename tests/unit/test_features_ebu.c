/* Every case of EBU Tech 3341 (1 to 23) and 3342 (1 to 6), 2023: the signals that are printed there are made at
 * 48 and 44.1 kHz, and must be read within the printed tolerance. 3341's 7 and 8, which are 3342's 5 and 6, are
 * recordings that the EBU hands out; QFZZ_EBU names a folder that has them. Cases 11 and 14 are for live meters: the maximum so
 * far is looked at as if the track ended there. */
#include "features/curve.h"
#include "features/loudness.h"
#include "signals.h"

#include <setjmp.h>
#include <sndfile.h>
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

/* One number of what is measured. */
#define MEASURED(name) \
	static double measured_##name(struct sound s) \
	{ \
		struct qf_features f = measure(s); \
		double v = f.name; \
		qf_features_free(&f); \
		return v; \
	}
MEASURED(loudness_lufs)
MEASURED(loudness_range_lu)
MEASURED(loudness_momentary_max_lufs)
MEASURED(loudness_short_max_lufs)
MEASURED(true_peak_dbtp)

static void integrated_is(double lufs, const struct level *l, size_t n)
{
	for EACH_RATE(r) {
		struct qf_features f = measure(sound_levels(rates[r], 2, l, n));

		near(f.loudness_lufs, lufs, 0.1);
		near(f.replaygain_db, -18 - f.loudness_lufs, 1e-9);
		qf_features_free(&f);
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
			qf_features_free(&f);
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
		near(measured_loudness_lufs(s), -23, 0.1);
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

/* From when the window is full to the end nothing but -23 LUFS (to a step of the curve, an eighth LU to either side) stands
 * in the curve; which: 0 momentary, 1 short-term. */
static void steady(struct sound s, int which, double lufs)
{
	struct qf_features f = measure(s);
	size_t columns = 0;

	near(which ? f.loudness_short_max_lufs : f.loudness_momentary_max_lufs, lufs, 0.1);
	for (size_t i = 0; i < QF_CURVE_COLUMNS; i++)
		if (f.loudness_curve.v[2 * i + (size_t)which] != QF_CURVE_NONE) {
			assert_int_equal(f.loudness_curve.v[2 * i + (size_t)which], lround((lufs - QF_CURVE_ZERO) / QF_CURVE_STEP));
			columns++;
		}
	assert_true(columns > QF_CURVE_COLUMNS * 3 / 4);
	qf_features_free(&f);
}

static void cases_9_and_12_are_steady_in_their_window(void **state)
{
	(void)state;
	for EACH_RATE(r) {
		steady(alternate(rates[r], 5, (struct level){1.34, -20}, (struct level){1.66, -30}), 1, -23);
		steady(alternate(rates[r], 25, (struct level){0.18, -20}, (struct level){0.22, -30}), 0, -23);
	}
}

static void cases_10_and_13_meet_the_window_wherever_it_lies(void **state)
{
	(void)state;
	for EACH_RATE(r)
		for (int i = 0; i < 20; i++) {
			near(measured_loudness_short_max_lufs(sound_levels(rates[r], 2, LEVELS({i * 0.15, SILENCE}, {3, -23}, {1, SILENCE}))),
			     -23, 0.1);
			near(measured_loudness_momentary_max_lufs(sound_levels(rates[r], 2, LEVELS({i * 0.02, SILENCE}, {0.4, -23}, {1, SILENCE}))),
			     -23, 0.1);
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
			near(measured_loudness_short_max_lufs(stairs(rates[r], i, 3)), -38 + i, 0.1);
			near(measured_loudness_momentary_max_lufs(stairs(rates[r], i, 0.4)), -38 + i, 0.1);
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
			qf_features_free(&f);
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
			true_peak_is(measured_true_peak_dbtp(burst(rates[r], offset)), 0);
}

static void range_is(double lu, const struct level *l, size_t n)
{
	for EACH_RATE(r)
		near(measured_loudness_range_lu(sound_levels(rates[r], 2, l, n)), lu, 1);
}

static void tech_3342_cases_1_to_4_span_as_they_should(void **state)
{
	(void)state;
	range_is(10, LEVELS({20, -20}, {20, -30}));
	range_is(5, LEVELS({20, -20}, {20, -15}));
	range_is(20, LEVELS({20, -40}, {20, -20}));
	range_is(15, LEVELS({20, -50}, {20, -35}, {20, -20}, {20, -35}, {20, -50}));
}

/* The EBU's own recordings: narrow and wide range. */
static void cases_7_and_8_and_3342s_5_and_6_are_read_from_the_ebus_files(void **state)
{
	static const struct { const char *name; double lufs, lu; } files[] = {
		{"seq-3341-7_seq-3342-5-24bit.wav", -23, 5}, {"seq-3341-2011-8_seq-3342-6-24bit-v02.wav", -23, 15},
	};
	const char *folder = getenv("QFZZ_EBU");

	(void)state;
	if (!folder) {
		print_message("QFZZ_EBU does not name a folder with the EBU's loudness test set: skipped\n");
		skip();
	}
	for (size_t i = 0; i < 2; i++) {
		SF_INFO info = {0};
		struct qf_features f;
		struct sound s;
		SNDFILE *in;
		char path[4096];

		snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
		in = sf_open(path, SFM_READ, &info);
		if (!in)
			fail_msg("%s: %s", path, sf_strerror(NULL));
		s = sound_new(info.samplerate, info.channels, (double)info.frames / info.samplerate);
		assert_int_equal(sf_readf_float(in, s.v, info.frames), info.frames);
		sf_close(in);
		f = measure(s);
		near(f.loudness_lufs, files[i].lufs, 0.1);
		near(f.loudness_range_lu, files[i].lu, 1);
		qf_features_free(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_1_and_2_read_m_s_and_i_alike),
		cmocka_unit_test(cases_3_to_5_are_gated),
		cmocka_unit_test(case_6_weighs_five_channels),
		cmocka_unit_test(cases_7_and_8_and_3342s_5_and_6_are_read_from_the_ebus_files),
		cmocka_unit_test(cases_9_and_12_are_steady_in_their_window),
		cmocka_unit_test(cases_10_and_13_meet_the_window_wherever_it_lies),
		cmocka_unit_test(cases_11_and_14_rise_by_one_each_step),
		cmocka_unit_test(cases_15_to_19_find_the_peak_between_samples),
		cmocka_unit_test(cases_20_to_23_find_a_burst_at_any_offset),
		cmocka_unit_test(tech_3342_cases_1_to_4_span_as_they_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
