/* Windows, transforms, filters and sums, against values worked out by hand. */
#include "base/alloc.h"
#include "dsp/fft.h"
#include "dsp/halve.h"
#include "dsp/kweight.h"
#include "dsp/mel.h"
#include "dsp/peak4x.h"
#include "dsp/stats.h"
#include "dsp/wide.h"
#include "dsp/window.h"
#include "signals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define near(a, b, by) assert_true(fabs((double)(a) - (double)(b)) <= (by))

static void hann_of_four_is_0_half_1_half(void **state)
{
	float w[4];

	(void)state;
	qf_window_hann(w, 4, 1);
	near(w[0], 0, 1e-7);
	near(w[1], 0.5, 1e-7);
	near(w[2], 1, 1e-7);
	near(w[3], 0.5, 1e-7);
}

static void a_sine_in_the_middle_of_a_bin_has_its_amplitude(void **state)
{
	struct qf_fft *t;
	float w[64], power[33];

	(void)state;
	assert_int_equal(qf_fft_open(&t, 64, NULL), QF_OK);
	qf_window_hann(w, 64, 4.0 / 64);
	for (int i = 0; i < 64; i++)
		qf_fft_input(t)[i] = w[i] * 0.5f * (float)sin(2 * PI * 8 * i / 64);
	qf_fft_power(t, power);
	near(sqrt((double)power[8]), 0.5, 1e-6);
	near(sqrt((double)power[7]), 0.25, 1e-6); /* Hann: half to either side */
	near(power[10], 0, 1e-10);
	qf_fft_close(t);
}

static void the_real_parts_of_an_impulse_are_1(void **state)
{
	struct qf_fft *t;
	float re[5];

	(void)state;
	assert_int_equal(qf_fft_open(&t, 8, NULL), QF_OK);
	for (int i = 0; i < 8; i++)
		qf_fft_input(t)[i] = i == 0;
	qf_fft_real(t, re);
	for (int k = 0; k <= 4; k++)
		near(re[k], 1, 1e-7);
	qf_fft_close(t);
}

static void odd_lengths_are_refused(void **state)
{
	struct qf_err e = {0};
	struct qf_fft *t;

	(void)state;
	assert_int_equal(qf_fft_open(&t, 7, &e), QF_EINVAL);
	assert_null(t);
}

static void fft_reports_each_failed_allocation(void **state)
{
	(void)state;
	for (unsigned long n = 1; n <= 3; n++) {
		struct qf_err e = {0};
		struct qf_fft *t;

		qf_alloc_fail_at(n, false);
		assert_int_equal(qf_fft_open(&t, 64, &e), QF_ENOMEM);
		assert_null(t);
	}
	qf_alloc_fail_at(0, false);
}

static void mean_and_sd_of_2_4_4_4_5_5_7_9_are_5_and_2(void **state)
{
	static const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
	struct qf_stat s = {0};

	(void)state;
	assert_true(isnan(qf_stat_mean(&s)));
	for (size_t i = 0; i < 8; i++)
		qf_stat_add(&s, x[i]);
	near(qf_stat_mean(&s), 5, 0);
	near(qf_stat_sd(&s), 2, 0);
}

static void dot_takes_the_odd_ones_too(void **state)
{
	static const float a[] = {1, 2, 3, 4, 5, 6}, b[] = {6, 5, 4, 3, 2, 1};

	(void)state;
	near(qf_dot(a, b, 6), 6 + 10 + 12 + 12 + 10 + 6, 0);
	near(qf_dot(a, b, 0), 0, 0);
}

static void clamp_takes_nan_as_the_lower_end(void **state)
{
	(void)state;
	near(qf_clamp(5, 0, 1), 1, 0);
	near(qf_clamp(-5, 0, 1), 0, 0);
	near(qf_clamp((double)NAN, 0, 1), 0, 0);
}

/* y = 1 + 2 x[i] + 3 x[i + 40], x[i] = i; the largest of -0..-46 is 46, also behind the last sixteen; ln(1 + 2 x). */
static void the_wide_loops_do_what_they_say(void **state)
{
	const struct qf_wide *w = qf_wide_of(0);
	static const float h[] = {2, 3};
	float x[80], y[QF_WIDE], logs[80];

	(void)state;
	for (int i = 0; i < 80; i++)
		x[i] = (float)i;
	for (int i = 0; i < QF_WIDE; i++)
		y[i] = 1;
	w->add(y, h, 2, x, 40);
	for (int i = 0; i < QF_WIDE; i++)
		near(y[i], 1 + 2 * i + 3 * (i + 40), 0);
	for (int i = 0; i < 80; i++)
		x[i] = -x[i];
	near(w->largest(x, 47), 46, 0);
	near(w->largest(x, 16), 15, 0);
	for (int i = 0; i < 80; i++)
		x[i] = -x[i];
	w->log(x, 80, 1, 2, logs);
	for (int i = 0; i < 80; i++)
		near(logs[i], log(1 + 2 * i), 2.1e-6);
	for (int i = 0; i < QF_WIDE_ROW; i++) {
		x[i] = (float)i / 8;
		x[QF_WIDE_ROW + i] = -1000;
	}
	w->waves(y, x, 2, 0.5f); /* sixteenths of a turn, and 500 whole ones */
	for (int i = 0; i < QF_WIDE_ROW; i++)
		near(y[i], 1 + 2 * i + 3 * (i + 40) + cos(PI * i / 8) + 1, 5e-4);
}

static void wide_loops_give_the_bits_of_plain_ones(void **state)
{
	struct sound s = sound_new(44100, 1, 0.1);
	const struct qf_wide *plain = qf_wide_of(0), *w;
	int others = 0;

	(void)state;
	sound_noise(&s, 1, 3);
	for (int k = 1; k < 3; k++)
		for (size_t at = 0; (w = qf_wide_of(k)) && at < 2000; at += 37) {
			float a[QF_WIDE] = {1}, b[QF_WIDE] = {1}, la[100], lb[100];
			size_t n = 1 + at % 33, step = 1 + at % 40;

			plain->add(a, s.v, n, s.v + at, step);
			w->add(b, s.v, n, s.v + at, step);
			assert_memory_equal(a, b, sizeof a);
			assert_true(plain->largest(s.v + at, 16 + n) == w->largest(s.v + at, 16 + n));
			plain->waves(a, s.v + at, n, 7);
			w->waves(b, s.v + at, n, 7);
			assert_memory_equal(a, b, sizeof a);
			plain->log(s.v + at, 100, 1.5f, 0.9f, la);
			w->log(s.v + at, 100, 1.5f, 0.9f, lb);
			assert_memory_equal(la, lb, sizeof la);
			others++;
		}
	if (!others)
		print_message("this machine has no AVX2: only the plain loops were tested\n");
	assert_non_null(qf_wide_best());
	sound_free(&s);
}

/* Magnitude of the response at a share of the new rate, after the filter has settled. */
static double halved(int taps, double share)
{
	static float x[4096], y[4096];
	struct qf_halve h;
	double squares = 0;
	size_t n;

	qf_halve_init(&h, taps);
	for (int i = 0; i < 4096; i++)
		x[i] = (float)sin(2 * PI * share / 2 * i);
	n = qf_halve_run(&h, x, 4096, y);
	assert_int_equal(n, 2048);
	for (size_t i = 100; i < n; i++)
		squares += (double)y[i] * (double)y[i];
	return 10 * log10(2 * squares / (double)(n - 100) + 1e-24);
}

static void halving_keeps_the_low_and_drops_the_high(void **state)
{
	(void)state;
	near(halved(31, 0.05), 0, 0.02);
	near(halved(31, 0.37), 0, 0.1);
	near(halved(63, 0.43), 0, 0.1);
	assert_true(halved(31, 0.68) < -70); /* folds to 0.32 */
	assert_true(halved(63, 0.60) < -70);
}

static void halving_in_odd_pieces_gives_the_same_bits(void **state)
{
	static float x[4000], whole[4096], parts[4096 + 64];
	struct qf_halve a, b;
	size_t n = 0, m;

	(void)state;
	for (int i = 0; i < 4000; i++)
		x[i] = (float)sin(i * i * 1e-4);
	qf_halve_init(&a, 63);
	qf_halve_init(&b, 63);
	m = qf_halve_run(&a, x, 4000, whole);
	for (size_t at = 0, step = 1; at < 4000; at += step, step = step % 97 + 2)
		n += qf_halve_run(&b, x + at, 4000 - at < step ? 4000 - at : step, parts + n);
	assert_int_equal(n, m);
	assert_memory_equal(whole, parts, m * sizeof *whole);
}

static void the_peak_between_samples_is_found(void **state)
{
	static float x[QF_PEAK4X_TAPS - 1 + 1024];
	struct qf_peak4x p;

	(void)state;
	qf_peak4x_init(&p);
	for (int i = 0; i < (int)(sizeof x / sizeof *x); i++)
		x[i] = (float)sin(PI / 2 * i + PI / 4); /* fs/4 at 45 degrees: every sample is 0.7071, the peak 1 */
	near(qf_peak4x_run(&p, x, 32, 0), 1, 0.02);
}

static void skipping_quiet_tiles_changes_nothing(void **state)
{
	static float x[QF_PEAK4X_TAPS - 1 + 4096];
	struct sound s = sound_new(48000, 1, 0.1);
	float one_by_one = 0, loudest = 0;
	struct qf_peak4x p;

	(void)state;
	qf_peak4x_init(&p);
	sound_noise(&s, 1, 7);
	for (size_t i = 0; i < sizeof x / sizeof *x; i++)
		x[i] = s.v[i] * (i % 1000 < 100 ? 1.0f : 0.3f);
	for (size_t t = 0; t < 128; t++) { /* from 0 each time, so that nothing is skipped */
		float y = qf_peak4x_run(&p, x + t * QF_PEAK4X_TILE, 1, 0);

		loudest = y > loudest ? y : loudest;
	}
	one_by_one = qf_peak4x_run(&p, x, 128, 0);
	assert_true(one_by_one == loudest);
	sound_free(&s);
}

/* The coefficients printed in ITU-R BS.1770-4, tables 1 and 2. */
static void the_weighting_at_48_khz_is_the_standards(void **state)
{
	struct qf_kweight k;

	(void)state;
	qf_kweight_init(&k, 48000);
	near(k.b0, 1.53512485958697, 1e-9);
	near(k.b1, -2.69169618940638, 1e-9);
	near(k.b2, 1.19839281085285, 1e-9);
	near(k.a1, -1.69065929318241, 1e-9);
	near(k.a2, 0.73248077421585, 1e-9);
	near(k.c1, -1.99004745483398, 1e-9);
	near(k.c2, 0.99007225036621, 1e-9);
}

static void two_channels_are_weighed_apart(void **state)
{
	float x[3000], left[1000];
	struct qf_kweight_pair both = {0}, one = {0};
	double energy[2] = {0}, alone[2] = {0};
	struct qf_kweight k;

	(void)state;
	qf_kweight_init(&k, 44100);
	for (int i = 0; i < 1000; i++) {
		left[i] = x[3 * i] = (float)sin(0.2 * i);
		x[3 * i + 1] = 0;
		x[3 * i + 2] = 9;
	}
	qf_kweight_run(&k, &both, x, 3, 1, 1000, energy);
	qf_kweight_run(&k, &one, left, 1, 0, 1000, alone);
	assert_true(energy[0] == alone[0] && alone[0] == alone[1]);
	assert_true(energy[1] == 0);
}

static void a_mel_band_sums_under_a_triangle(void **state)
{
	float power[129], out[10];
	struct qf_mel *m;
	int strongest = 0;

	(void)state;
	assert_int_equal(qf_mel_open(&m, 10, 129, 8000, 0, 4000, NULL), QF_OK);
	memset(power, 0, sizeof power);
	power[32] = 2; /* 1000 Hz = 1000 mel; 4000 Hz = 2146 mel: eleven steps of 195, so centre 5 is at 975 */
	qf_mel_run(m, power, out);
	for (int b = 1; b < 10; b++)
		strongest = out[b] > out[strongest] ? b : strongest;
	assert_int_equal(strongest, 4);
	near(out[4] + out[5], 2, 1e-5); /* neighbours share what lies between their centres */
	near(out[2], 0, 0);
	qf_mel_close(m);
}

static void the_cosine_transform_is_orthonormal(void **state)
{
	float c[40 * QF_WIDE];

	(void)state;
	qf_mel_dct(c, 20, 40);
	for (int i = 0; i < QF_WIDE; i++)
		for (int j = 0; j <= i; j++) {
			float dot = 0;

			for (int k = 0; k < 40; k++)
				dot += c[k * QF_WIDE + i] * c[k * QF_WIDE + j];
			near(dot, i == j && i < 20, 1e-6);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hann_of_four_is_0_half_1_half),
		cmocka_unit_test(a_sine_in_the_middle_of_a_bin_has_its_amplitude),
		cmocka_unit_test(the_real_parts_of_an_impulse_are_1),
		cmocka_unit_test(odd_lengths_are_refused),
		cmocka_unit_test(fft_reports_each_failed_allocation),
		cmocka_unit_test(mean_and_sd_of_2_4_4_4_5_5_7_9_are_5_and_2),
		cmocka_unit_test(dot_takes_the_odd_ones_too),
		cmocka_unit_test(clamp_takes_nan_as_the_lower_end),
		cmocka_unit_test(the_wide_loops_do_what_they_say),
		cmocka_unit_test(wide_loops_give_the_bits_of_plain_ones),
		cmocka_unit_test(halving_keeps_the_low_and_drops_the_high),
		cmocka_unit_test(halving_in_odd_pieces_gives_the_same_bits),
		cmocka_unit_test(the_peak_between_samples_is_found),
		cmocka_unit_test(skipping_quiet_tiles_changes_nothing),
		cmocka_unit_test(the_weighting_at_48_khz_is_the_standards),
		cmocka_unit_test(two_channels_are_weighed_apart),
		cmocka_unit_test(a_mel_band_sums_under_a_triangle),
		cmocka_unit_test(the_cosine_transform_is_orthonormal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
