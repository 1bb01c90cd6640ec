/* Stretching along a map: where clicks come out, and how long it is. */
#include "signals.h"
#include "unit.h"

#include "dsp/stretch.h"

enum { RATE = 44100 };

/* The largest sample within 50 ms around `at`. */
static double loudest_at(const float *x, size_t n, double at)
{
	size_t from = (size_t)((at - 0.05) * RATE), to = (size_t)((at + 0.05) * RATE), best = from;

	for (size_t i = from; i < to && i < n; i++)
		if (fabsf(x[i]) > fabsf(x[best]))
			best = i;
	return (double)best / RATE;
}

/* Clicks of 126 BPM for eight seconds at the speed of 120, then back to their own within eight more: as a crossing does it. */
static void clicks_come_out_where_the_map_puts_them(void **state)
{
	struct sound in = sound_new(RATE, 1, 17), out = sound_new(RATE, 1, 17 + 0.6);
	struct qf_stretch_point point[64];
	const double beat = 60 / 126.0, slow = 1.05;
	double to[33], at = 0;
	struct qf_err e = { 0 };
	size_t n = 0;

	(void)state;
	for (int k = 0; k <= 32; k++) {
		double u = k < 16 ? 0 : (k - 16) / 16.0;

		sound_click(&in, k * beat, 0.5);
		to[k] = at;
		point[n++] = (struct qf_stretch_point){ (size_t)lround(k * beat * RATE), (size_t)lround(at * RATE) };
		at += beat * (slow + (1 - slow) * u);
	}
	out.frames = point[n - 1].out + in.frames - point[n - 1].in;
	assert_ok(qf_stretch((const float *const[]){ in.v }, in.frames, (float *const[]){ out.v }, out.frames, 1, RATE, point, n, &e), e);
	for (int k = 1; k <= 32; k++)
		if (fabs(loudest_at(out.v, out.frames, to[k]) - to[k]) > 0.005)
			fail_msg("click %d: %.4f s, should be %.4f", k, loudest_at(out.v, out.frames, to[k]), to[k]);
	sound_free(&in);
	sound_free(&out);
}

static void the_same_input_gives_the_same_bits(void **state)
{
	struct sound in = sound_new(RATE, 1, 2), one = sound_new(RATE, 1, 2.1), two = sound_new(RATE, 1, 2.1);
	struct qf_err e = { 0 };

	(void)state;
	sound_noise(&in, 0.3, 7);
	assert_ok(qf_stretch((const float *const[]){ in.v }, in.frames, (float *const[]){ one.v }, one.frames, 1, RATE, NULL, 0, &e), e);
	assert_ok(qf_stretch((const float *const[]){ in.v }, in.frames, (float *const[]){ two.v }, two.frames, 1, RATE, NULL, 0, &e), e);
	assert_memory_equal(one.v, two.v, one.frames * sizeof *one.v);
	assert_int_equal(qf_stretch((const float *const[]){ in.v }, 0, (float *const[]){ one.v }, 1, 1, RATE, NULL, 0, &e), QF_EINVAL);
	sound_free(&in);
	sound_free(&one);
	sound_free(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clicks_come_out_where_the_map_puts_them),
		cmocka_unit_test(the_same_input_gives_the_same_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
