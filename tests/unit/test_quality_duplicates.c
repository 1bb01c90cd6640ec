/* Duplicates: prints that were shifted, cut and damaged by known amounts, groups, and which copy to keep. */
#include "unit.h"

#include "base/alloc.h"
#include "base/random.h"
#include "quality/duplicates.h"

#include <math.h>

enum { STEPS = 400, MANY = 300 };

/* A print that changes slowly, as real ones do: one to four steps of each value. */
static void fill(uint32_t *v, size_t n, uint64_t seed)
{
	size_t i = 0;

	for (uint64_t k = 0; i < n; k++)
		for (uint64_t hold = 1 + qf_random_below(seed + 1000, k, 4); hold && i < n; hold--)
			v[i++] = (uint32_t)qf_random(seed, k);
}

/* Flip about this share of the bits. */
static void damage(uint32_t *v, size_t n, double share, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
		for (unsigned bit = 0; bit < 32; bit++)
			if ((double)qf_random_below(seed, 32 * i + bit, 1000000) < share * 1000000)
				v[i] ^= 1U << bit;
}

static struct qf_print print_of(const uint32_t *v, size_t n)
{
	return (struct qf_print){ v, n, (double)n * QF_PRINT_STEP_S };
}

static size_t match(const struct qf_print *p, size_t n, struct qf_print_pair *first)
{
	struct qf_print_pair *out;
	size_t pairs;
	struct qf_err e = { 0 };

	assert_ok(qf_prints_match(p, n, &out, &pairs, &e), e);
	if (pairs)
		*first = out[0];
	qf_free(out);
	return pairs;
}

static void a_shift_and_a_cut_are_found_with_their_offset(void **state)
{
	uint32_t v[STEPS];
	struct qf_print_pair pair;
	struct qf_print p[2] = { print_of(v, STEPS), print_of(v + 8, STEPS - 20) };

	(void)state;
	fill(v, STEPS, 1);
	assert_int_equal(match(p, 2, &pair), 1);
	assert_int_equal(pair.a, 0);
	assert_int_equal(pair.b, 1);
	assert_true(fabs(pair.offset_s - 8 * QF_PRINT_STEP_S) < 1e-9);
	assert_true(fabs(pair.same - 1) < 1e-12);
}

static void bits_may_differ_up_to_the_limit(void **state)
{
	uint32_t v[STEPS], w[STEPS];
	struct qf_print_pair pair;
	struct qf_print p[2] = { print_of(v, STEPS), print_of(w, STEPS) };

	(void)state;
	fill(v, STEPS, 1);
	fill(w, STEPS, 1);
	damage(w, STEPS, .08, 9);
	assert_int_equal(match(p, 2, &pair), 1);
	assert_true(fabs(pair.same - .92) < .01);
	fill(w, STEPS, 1);
	damage(w, STEPS, .25, 9);
	assert_int_equal(match(p, 2, &pair), 0);
	fill(w, STEPS, 2);
	assert_int_equal(match(p, 2, &pair), 0);
}

static void another_length_is_another_recording(void **state)
{
	uint32_t v[STEPS];
	struct qf_print_pair pair;
	struct qf_print p[2] = { print_of(v, STEPS), print_of(v, STEPS) };

	(void)state;
	fill(v, STEPS, 1);
	p[0].duration_s = 200;
	p[1].duration_s = 210;
	assert_int_equal(match(p, 2, &pair), 1);
	p[1].duration_s = 210.1; /* the first two minutes are the same, the rest is not */
	assert_int_equal(match(p, 2, &pair), 0);
	p[0].duration_s = 40;
	p[1].duration_s = 51; /* 11 s: more than a fifth */
	assert_int_equal(match(p, 2, &pair), 0);
	p[1] = print_of(v, STEPS / 2); /* overlap of half */
	p[0].duration_s = p[1].duration_s = 100;
	assert_int_equal(match(p, 2, &pair), 0);
}

static void prints_that_say_too_little_match_nothing(void **state)
{
	uint32_t same[STEPS] = { 0 }, few[STEPS];
	struct qf_print_pair pair;
	struct qf_print p[] = { print_of(same, STEPS), print_of(same, STEPS), print_of(few, STEPS), print_of(few, STEPS), { NULL, 0, 10 }, { NULL, 0, 10 } };

	(void)state;
	for (size_t i = 0; i < STEPS; i++)
		few[i] = (uint32_t)qf_random(7, i % (QF_PRINT_DISTINCT - 1));
	assert_int_equal(match(p, 6, &pair), 0);
	assert_int_equal(match(p, 0, &pair), 0);
}

static void many_copies_are_joined_by_their_neighbours(void **state)
{
	static uint32_t v[STEPS];
	struct qf_copy *c = qf_zalloc(MANY, sizeof *c);
	struct qf_duplicates d;
	struct qf_err e = { 0 };

	(void)state;
	fill(v, STEPS, 3);
	for (size_t i = 0; i < MANY; i++)
		c[i] = (struct qf_copy){ .path = "x", .print = print_of(v, STEPS), .duration_s = 49 };
	assert_ok(qf_duplicates_find(c, MANY, &d, &e), e);
	assert_int_equal(d.groups, 1);
	assert_int_equal(d.n, MANY);
	qf_duplicates_free(&d);
	qf_free(c);
}

static void what_cannot_be_decoded_is_none(void **state)
{
	static const char *const texts[] = { NULL, "", "!", "AQAA", "A", "AQ////////////" };
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		uint32_t *v;
		size_t n;

		assert_ok(qf_print_decode(texts[i], &v, &n, &e), e);
		assert_true((v != NULL) == (n > 0));
		qf_free(v);
	}
}

/* "0=1e 2r": files 0 and 1, file 1 exactly; kept ones first; groups apart by a bar. */
static void put_groups(struct qf_buf *b, const struct qf_duplicates *d)
{
	for (size_t g = 0; g < d->groups; g++) {
		qf_buf_puts(b, g ? " | " : "");
		for (size_t i = d->group[g]; i < d->group[g + 1]; i++)
			if (d->v[i].keep)
				qf_buf_printf(b, "%zu:", d->v[i].file);
			else
				qf_buf_printf(b, " %zu %s, %s", d->v[i].file, qf_sameness_names[d->v[i].how], qf_keep_words[d->v[i].reason]);
	}
}

static void groups(const struct qf_copy *c, size_t n, const char *want)
{
	struct qf_duplicates d;
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };

	assert_ok(qf_duplicates_find(c, n, &d, &e), e);
	put_groups(&b, &d);
	assert_text(&b, want);
	qf_buf_free(&b);
	qf_duplicates_free(&d);
}

static void all_ways_of_being_the_same(void **state)
{
	uint32_t v[STEPS], w[STEPS], u[STEPS];
	const struct qf_copy c[] = {
		{ .path = "a.mp3", .sha256 = "s1", .audio_id = "a1", .print = print_of(w, STEPS), .duration_s = 49.5, .bitrate_kbps = 128, .tags = 2 },
		{ .path = "b.flac", .sha256 = "s2", .audio_id = "a2", .print = print_of(v, STEPS), .duration_s = 49.5, .lossless = true, .tags = 1 },
		{ .path = "c.mp3", .sha256 = "s1", .audio_id = "a1", .print = print_of(w, STEPS), .duration_s = 49.5, .bitrate_kbps = 128, .tags = 2 },
		{ .path = "d.mp3", .sha256 = "s4", .audio_id = "a1", .print = print_of(w, STEPS), .duration_s = 49.5, .bitrate_kbps = 128, .tags = 3 },
		{ .path = "e.mp3", .sha256 = "s5", .audio_id = "a5", .print = print_of(u, STEPS), .duration_s = 49.5, .artist = "Ann", .title = "Song" },
		{ .path = "f.mp3", .sha256 = "s6", .audio_id = "a6", .duration_s = 51.5, .artist = "ÁNN", .title = "song!", .bitrate_kbps = 1 },
		{ .path = "g.mp3", .sha256 = "s7", .duration_s = 300, .artist = "Ann", .title = "Song" }, /* live */
		{ .path = "h.mp3" },
	};

	(void)state;
	fill(v, STEPS, 1);
	fill(w, STEPS, 1);
	damage(w, STEPS, .03, 5);
	fill(u, STEPS, 2);
	groups(c, 8, "1: 0 exact, it is lossless 2 exact, it is lossless 3 audio, it is lossless | 5: 4 tags, its bitrate is higher");
}

static void the_same_samples_in_another_format_are_a_surer_way_than_alike_prints(void **state)
{
	uint32_t v[STEPS];
	const struct qf_copy c[] = {
		{ .path = "a.wav", .sha256 = "s1", .audio_id = "a1", .samples = "p1 44100 2", .lossless = true },
		{ .path = "b.flac", .sha256 = "s2", .audio_id = "a2", .samples = "p1 44100 2", .lossless = true, .tags = 3 },
		{ .path = "c.aiff", .sha256 = "s3", .audio_id = "a3", .samples = "p1 22050 2", .lossless = true }, /* at half the speed */
		{ .path = "d.flac", .sha256 = "s4", .audio_id = "a4", .samples = "p2 44100 2", .lossless = true },
		{ .path = "e.flac", .sha256 = "s5", .audio_id = "a5", .samples = "p3 44100 2", .print = print_of(v, STEPS), .lossless = true },
		{ .path = "f.wav", .sha256 = "s6", .audio_id = "a6", .samples = "p3 44100 2", .print = print_of(v, STEPS), .lossless = true },
		{ .path = "g.wav", .sha256 = "s7", .audio_id = "a7", .samples = "p4 44100 2", .print = print_of(v, STEPS), .lossless = true },
	};

	(void)state;
	fill(v, STEPS, 1);
	groups(c, 7, "1: 0 samples, it has more tags | 4: 5 samples, its path comes first 6 recording, its path comes first");
}

static void the_better_copy_is_kept_and_why(void **state)
{
	struct qf_copy c[] = { { .path = "b", .sha256 = "s", .duration_s = 10 }, { .path = "a", .sha256 = "s", .duration_s = 10 } };

	(void)state;
	groups(c, 2, "1: 0 exact, its path comes first");
	c[0].duration_s = 10.5;
	groups(c, 2, "0: 1 exact, it is longer");
	c[1].tags = 1;
	groups(c, 2, "1: 0 exact, it has more tags");
	c[0].bitrate_kbps = 320;
	groups(c, 2, "0: 1 exact, its bitrate is higher");
	c[0].defects = .3;
	groups(c, 2, "1: 0 exact, less is wrong with it");
	c[0].lossless = true;
	groups(c, 2, "0: 1 exact, it is lossless");
	groups(c, 1, "");
	groups(NULL, 0, "");
}

static void memory_that_runs_out_is_said(void **state)
{
	uint32_t v[STEPS];
	const struct qf_copy c[] = { { .path = "a", .print = print_of(v, STEPS), .artist = "A", .title = "B", .duration_s = 49 },
				     { .path = "b", .print = print_of(v, STEPS), .artist = "A", .title = "B", .duration_s = 49 } };

	(void)state;
	fill(v, STEPS, 1);
	for (unsigned long at = 1;; at++) {
		struct qf_duplicates d;
		struct qf_err e = { 0 };
		enum qf_status rc;

		qf_alloc_fail_at(at, false);
		rc = qf_duplicates_find(c, 2, &d, &e);
		qf_duplicates_free(&d);
		if (qf_alloc_fail_at(0, false) < at) {
			assert_int_equal(rc, QF_OK);
			break;
		}
		assert_int_equal(rc, QF_ENOMEM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shift_and_a_cut_are_found_with_their_offset),
		cmocka_unit_test(bits_may_differ_up_to_the_limit),
		cmocka_unit_test(another_length_is_another_recording),
		cmocka_unit_test(prints_that_say_too_little_match_nothing),
		cmocka_unit_test(many_copies_are_joined_by_their_neighbours),
		cmocka_unit_test(what_cannot_be_decoded_is_none),
		cmocka_unit_test(all_ways_of_being_the_same),
		cmocka_unit_test(the_same_samples_in_another_format_are_a_surer_way_than_alike_prints),
		cmocka_unit_test(the_better_copy_is_kept_and_why),
		cmocka_unit_test(memory_that_runs_out_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
