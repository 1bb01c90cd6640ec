/* The limiter: nothing is lost, what is quiet passes bit for bit, what is loud stays under the ceiling. */
#include "unit.h"

#include "base/alloc.h"
#include "dsp/limiter.h"

#include <ebur128.h>
#include <math.h>

enum { RATE = 44100, FRAMES = 3 * RATE };

/* In pieces of odd lengths, and drained. */
static size_t run(const float *in, float *out, size_t channels)
{
	struct qf_limiter *l;
	struct qf_err e = { 0 };
	size_t n = 0, got;

	assert_ok(qf_limiter_open(&l, RATE, (int)channels, -1, &e), e);
	for (size_t at = 0, piece; at < FRAMES; at += piece) {
		float x[2 * 777];

		piece = FRAMES - at < 777 ? FRAMES - at : 777;
		memcpy(x, in + at * channels, piece * channels * sizeof *x);
		got = qf_limiter_run(l, x, piece);
		memcpy(out + n * channels, x, got * channels * sizeof *x);
		n += got;
	}
	while ((got = qf_limiter_drain(l, out + n * channels, 100)) > 0)
		n += got;
	qf_limiter_close(l);
	return n;
}

static double true_peak_dbtp(const float *x, unsigned channels)
{
	ebur128_state *s = ebur128_init(channels, RATE, EBUR128_MODE_TRUE_PEAK);
	double most = 0;

	ebur128_add_frames_float(s, x, FRAMES);
	for (unsigned c = 0; c < channels; c++) {
		double peak;

		ebur128_true_peak(s, c, &peak);
		most = peak > most ? peak : most;
	}
	ebur128_destroy(&s);
	return 20 * log10(most);
}

static void what_is_quiet_passes_bit_for_bit(void **state)
{
	float *in = qf_alloc(FRAMES, 2 * sizeof *in), *out = qf_zalloc(FRAMES + 100, 2 * sizeof *out);

	(void)state;
	for (size_t i = 0; i < 2 * FRAMES; i++)
		in[i] = (float)(0.8 * sin((double)i * 0.037));
	assert_int_equal(run(in, out, 2), FRAMES);
	assert_memory_equal(in, out, FRAMES * 2 * sizeof *in);
	qf_free(in);
	qf_free(out);
}

static void what_is_loud_stays_under_the_ceiling(void **state)
{
	float *in = qf_alloc(FRAMES, 2 * sizeof *in), *out = qf_zalloc(FRAMES + 100, 2 * sizeof *out);

	(void)state;
	for (size_t i = 0; i < FRAMES; i++) { /* a quarter of the rate, whose peaks lie between samples, in bursts of up to +6 dB on the left */
		double burst = i % 11025 < 500 ? 2 : 0.3;

		in[2 * i] = (float)(burst * sin(3.14159265358979 / 2 * (double)i + 0.785398));
		in[2 * i + 1] = (float)(0.3 * sin((double)i * 0.05));
	}
	assert_true(true_peak_dbtp(in, 2) > 5);
	assert_int_equal(run(in, out, 2), FRAMES);
	assert_true(true_peak_dbtp(out, 2) < -0.9);
	assert_true(true_peak_dbtp(out, 2) > -2); /* and not much further down than need be */
	for (size_t i = 0; i < FRAMES; i++) /* both channels are turned down alike: the image stays */
		if (fabsf(in[2 * i]) > 0.1f)
			assert_true(fabs((double)out[2 * i] / in[2 * i] * in[2 * i + 1] - out[2 * i + 1]) < 1e-5);
	qf_free(in);
	qf_free(out);
}

static void memory_that_runs_out_is_told(void **state)
{
	(void)state;
	for (unsigned long n = 1; n <= 4; n++) {
		struct qf_limiter *l;
		struct qf_err e = { 0 };

		qf_alloc_fail_at(n, false);
		assert_int_equal(qf_limiter_open(&l, RATE, 2, -1, &e), QF_ENOMEM);
		assert_null(l);
	}
	qf_alloc_fail_at(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_quiet_passes_bit_for_bit),
		cmocka_unit_test(what_is_loud_stays_under_the_ceiling),
		cmocka_unit_test(memory_that_runs_out_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
