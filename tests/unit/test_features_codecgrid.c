/* The traces of an encoder, on blocks of a known transform: quantized, at full precision, shifted. */
#include "features/codecgrid.h"
#include "features/codeclines.h"
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

static void to_16_bits(struct sound *s)
{
	for (size_t i = 0; i < s->frames; i++)
		s->v[i] = (float)(round((double)s->v[i] * 32768) / 32768);
}

/* Of the whole sound, fed in pieces of `piece` frames. */
static double lead_of(const struct sound *s, size_t piece)
{
	struct qf_codecgrid *g;
	struct qf_err e = {0};
	double lead;

	assert_int_equal(qf_codecgrid_open(&g, &e), QF_OK);
	for (size_t at = 0; at < s->frames; at += piece)
		qf_codecgrid_feed(g, s->v + at * (size_t)s->channels, s->frames - at < piece ? s->frames - at : piece, (size_t)s->channels);
	assert_int_equal(qf_codecgrid_finish(g, &lead, &e), QF_OK);
	qf_codecgrid_close(g);
	return lead;
}

/* 60 s of silence but for three groups of blocks, on a grid that begins `shift` samples into the track. */
static struct sound three_groups(int coarse, size_t shift)
{
	struct sound s = sound_new(RATE, 1, 60);

	for (size_t i = 0; i < 3; i++)
		add_blocks(&s, ((2 + 26 * i) * RATE / HALF) * HALF + shift, coarse, 77 + i);
	return s;
}

static void rounded_lines_are_found_wherever_the_grid_begins(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 400; shift += 331) {
		struct sound s = three_groups(1, shift);

		assert_true(lead_of(&s, 65536) > 10);
		to_16_bits(&s);
		assert_true(lead_of(&s, 65536) > 10);
		sound_free(&s);
	}
}

static void lines_that_were_never_rounded_leave_no_trace(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 400; shift += 331) {
		struct sound s = three_groups(0, shift);

		assert_true(lead_of(&s, 65536) < 5.4);
		sound_free(&s);
	}
}

/* What stands in the side signal alone counts as well: here both channels have noise in common. */
static void traces_in_the_difference_of_the_channels_are_found(void **state)
{
	struct sound side = sound_new(RATE, 1, 1), s = sound_new(RATE, 2, 1);

	(void)state;
	for (size_t i = 0; i < 4; i++)
		add_blocks(&side, 9 * HALF * i + 100, 1, i);
	sound_noise(&s, 0.2, 5);
	for (size_t i = 0; i < side.frames; i++) {
		s.v[2 * i] += side.v[i];
		s.v[2 * i + 1] -= side.v[i];
	}
	assert_true(lead_of(&s, 65536) > 10);
	sound_free(&side);
	sound_free(&s);
}

static void however_it_is_fed_the_lead_is_the_same(void **state)
{
	struct sound s = three_groups(1, 7);
	double lead = lead_of(&s, s.frames);

	(void)state;
	assert_true(lead_of(&s, 1000) == lead);
	assert_true(lead_of(&s, 4097) == lead);
	sound_free(&s);
}

static void of_silence_nothing_is_told(void **state)
{
	struct sound s = sound_new(RATE, 2, 3);

	(void)state;
	assert_true(isnan(lead_of(&s, 1000)));
	sound_free(&s);
}

/* Noise of `frames` frames: all 800 lines of every look count, looks begin at frames 0, 1,152 and so on, the last one
 * 3,200 before the end. Ten of them have 8,000 lines, eleven 8,800. */
static double lead_of_noise(size_t frames)
{
	struct sound s = sound_new(RATE, 1, 1);
	double lead;

	sound_noise(&s, 0.5, 3);
	s.frames = frames;
	lead = lead_of(&s, 1000);
	sound_free(&s);
	return lead;
}

static void ten_looks_are_too_few_to_tell_and_eleven_are_enough(void **state)
{
	(void)state;
	assert_true(isnan(lead_of_noise(3200 + 10 * 1152 - 1)));
	assert_true(lead_of_noise(3200 + 10 * 1152) > 0 && lead_of_noise(3200 + 10 * 1152) < 5.4);
}

/* One look tells where the blocks begin: four of them, from sample 371 on. */
static void a_look_points_at_the_first_sample_of_the_blocks(void **state)
{
	static struct qf_codeclines_found f;
	struct sound s = sound_new(RATE, 1, 1);
	struct qf_codeclines *l;
	struct qf_err e = {0};
	size_t best = 0;

	(void)state;
	add_blocks(&s, 371, 1, 3);
	assert_int_equal(qf_codeclines_open(&l, &e), QF_OK);
	qf_codeclines_look(l, s.v + 1000, true, &f);
	for (size_t i = 0; i < HALF; i++)
		best = f.evidence[QF_CODECLINES_SINE][i] > f.evidence[QF_CODECLINES_SINE][best] ? i : best;
	assert_true(f.heard[QF_CODECLINES_SINE] && best == 371 + HALF - 1000);
	qf_codeclines_look(l, s.v + RATE / 2, true, &f); /* silence */
	for (int k = 0; k < QF_CODECLINES_KINDS; k++)
		assert_false(f.heard[k]);
	qf_codeclines_close(l);
	sound_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounded_lines_are_found_wherever_the_grid_begins),
		cmocka_unit_test(lines_that_were_never_rounded_leave_no_trace),
		cmocka_unit_test(traces_in_the_difference_of_the_channels_are_found),
		cmocka_unit_test(however_it_is_fed_the_lead_is_the_same),
		cmocka_unit_test(of_silence_nothing_is_told),
		cmocka_unit_test(ten_looks_are_too_few_to_tell_and_eleven_are_enough),
		cmocka_unit_test(a_look_points_at_the_first_sample_of_the_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
