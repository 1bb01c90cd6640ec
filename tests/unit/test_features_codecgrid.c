/* The traces of an encoder, on blocks of a known transform: quantized, at full precision, shifted. */
#include "features/codecgrid.h"
#include "signals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

enum { HALF = 1024, BLOCKS = 8, RATE = 44100 };

/* Uniform in -1..1 from Knuth's generator. */
static double next(uint64_t *x)
{
	*x = *x * 6364136223846793005u + 1442695040888963407u;
	return (double)(*x >> 11) / (double)(UINT64_C(1) << 52) - 1;
}

/* Overlapped blocks of the inverse MDCT with the sine window (J. Princen, A. Bradley, IEEE Trans.
 * ASSP 34, 1986) from frame `at` on; lines 100 to 900, of which the `coarse` ones are rounded to -1, 0, 1. */
static void add_blocks(struct sound *s, size_t at, int coarse, uint64_t seed)
{
	static double wave[8 * HALF]; /* cos(2 pi i / 8 HALF): all phases of all lines lie on it */

	for (size_t i = 0; i < 8 * HALF; i++)
		wave[i] = cos(2 * PI * (double)i / (8 * HALF));
	for (size_t b = 0; b < BLOCKS; b++) {
		double line[HALF] = {0};

		for (size_t k = 100; k < 900; k++) {
			line[k] = 1.4 * next(&seed);
			if (coarse)
				line[k] = round(line[k]);
		}
		for (size_t n = 0; n < 2 * HALF; n++) {
			double sum = 0;

			for (size_t k = 100; k < 900; k++)
				sum += line[k] * wave[(2 * n + 1 + HALF) * (2 * k + 1) % (8 * HALF)];
			sound_add(s, at + b * HALF + n, 0.002 * sum * sin(PI * ((double)n + 0.5) / (2 * HALF)));
		}
	}
}

/* Blocks around 2, 5 and 8 s, on a grid that begins `shift` samples into the track. */
static double lead_of(int coarse, size_t shift, int to_16_bits)
{
	struct sound s = sound_new(RATE, 1, 9);
	struct qf_codecgrid *g;
	struct qf_err e = {0};
	double lead;

	for (size_t i = 0; i < 3; i++)
		add_blocks(&s, ((2 + 3 * i) * RATE / HALF - 2) * HALF + shift, coarse, 77 + i);
	for (size_t i = 0; to_16_bits && i < s.frames; i++)
		s.v[i] = (float)(round((double)s.v[i] * 32768) / 32768);
	assert_int_equal(qf_codecgrid_open(&g, RATE, &e), QF_OK);
	qf_codecgrid_feed(g, s.v, 1000, 1); /* however it is cut */
	qf_codecgrid_feed(g, s.v + 1000, s.frames - 1000, 1);
	lead = qf_codecgrid_lead(g);
	qf_codecgrid_close(g);
	sound_free(&s);
	return lead;
}

/* Three looks that are held under 4.5 each: (4.5 - 1.4236) / 0.6107 times the root of 3. */
static void rounded_lines_are_found_wherever_the_grid_begins(void **state)
{
	double most = (4.5 - 1.4236) / 0.6107 * sqrt(3);

	(void)state;
	assert_true(fabs(lead_of(1, 0, 0) - most) < 1e-6);
	assert_true(fabs(lead_of(1, 331, 0) - most) < 1e-6);
	assert_true(fabs(lead_of(1, 331, 1) - most) < 1e-6);
}

static void lines_that_were_never_rounded_leave_no_trace(void **state)
{
	(void)state;
	assert_true(lead_of(0, 0, 0) < 5.5);
	assert_true(lead_of(0, 331, 1) < 5.5);
}

static void silence_has_no_lead(void **state)
{
	struct sound s = sound_new(RATE, 2, 3);
	struct qf_codecgrid *g;
	struct qf_err e = {0};

	(void)state;
	assert_int_equal(qf_codecgrid_open(&g, RATE, &e), QF_OK);
	qf_codecgrid_feed(g, s.v, s.frames, 2);
	assert_true(qf_codecgrid_lead(g) == 0);
	qf_codecgrid_close(g);
	sound_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounded_lines_are_found_wherever_the_grid_begins),
		cmocka_unit_test(lines_that_were_never_rounded_leave_no_trace),
		cmocka_unit_test(silence_has_no_lead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
