#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "playlist/order.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static struct qf_entry track(const char *artist, const char *camelot, double bpm, double energy)
{
	return (struct qf_entry){ .path = "/a", .artist = artist, .camelot = camelot, .tempo_bpm = bpm, .energy = energy,
				  .score = NAN, .trust = NAN, .quality = NAN };
}

static double step(struct qf_entry a, struct qf_entry b)
{
	double cost;

	assert_int_equal(qf_harmonic_step(&a, &b, &cost, NULL), QF_OK);
	return cost;
}

static void expect(const char *order, const struct qf_entry *t, size_t n, const uint32_t *wanted)
{
	uint32_t perm[64];

	assert_int_equal(qf_order_find(order)->run(t, n, perm, NULL), QF_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(perm[i], wanted[i]);
}

/* ---- the price of a step --------------------------------------------------------------- */

static void neighbours_on_the_wheel_cost_a_quarter(void **state)
{
	(void)state;
	NEAR(step(track("a", "8A", 120, 0), track("b", "8A", 120, 0)), 0);
	NEAR(step(track("a", "8A", 120, 0), track("b", "9A", 120, 0)), 0.25);
	NEAR(step(track("a", "8A", 120, 0), track("b", "7A", 120, 0)), 0.25);
	NEAR(step(track("a", "8A", 120, 0), track("b", "8B", 120, 0)), 0.25);
	NEAR(step(track("a", "12A", 120, 0), track("b", "1A", 120, 0)), 0.25); /* the wheel is round */
	NEAR(step(track("a", "8A", 120, 0), track("b", "10A", 120, 0)), 1.5);
	NEAR(step(track("a", "1A", 120, 0), track("b", "7B", 120, 0)), 4);
}

static void tempo_costs_semitones(void **state)
{
	(void)state;
	NEAR(step(track("a", "8A", 120, 0), track("b", "8A", 120 * pow(2, 1 / 12.0), 0)), 1);
	NEAR(step(track("a", "8A", 70, 0), track("b", "8A", 140, 0)), 0.5);                   /* double time */
	NEAR(step(track("a", "8A", 140, 0), track("b", "8A", 70, 0)), 0.5);                   /* half time */
	NEAR(step(track("a", "8A", 100, 0), track("b", "8A", 200 * pow(2, 2 / 12.0), 0)), 2.5); /* an octave and two */
	NEAR(step(track("a", "8A", 100, 0), track("b", "8A", 141, 0)), 4);                    /* as bad as it gets */
}

static void what_is_not_known_costs_one(void **state)
{
	(void)state;
	NEAR(step(track("a", NULL, 120, 0), track("b", "8A", 120, 0)), 1);
	NEAR(step(track("a", "8A", NAN, 0), track("b", "8A", 120, 0)), 1);
	NEAR(step(track("a", "13A", 0, 0), track("b", "8C", -5, 0)), 2); /* nonsense is not known either */
	NEAR(step(track("a", "0A", 120, 0), track("b", "8Ax", 120, 0)), 1);
}

static void the_same_artist_is_known_by_the_folded_name(void **state)
{
	(void)state;
	NEAR(step(track("Sigur Rós", "8A", 120, 0), track("SIGUR ROS", "8A", 120, 0)), QF_HARMONIC_SAME_ARTIST);
	NEAR(step(track(NULL, "8A", 120, 0), track(NULL, "8A", 120, 0)), 0);
	NEAR(step(track("", "8A", 120, 0), track("", "8A", 120, 0)), 0);
}

/* ---- orders ---------------------------------------------------------------------------- */

static void score_puts_the_best_first_and_the_unknown_last(void **state)
{
	struct qf_entry t[] = { track("a", "", 0, 0), track("b", "", 0, 0), track("c", "", 0, 0), track("d", "", 0, 0) };

	(void)state;
	t[1].score = 0.5;
	t[2].score = 0.9;
	t[3].score = 0.5;
	expect("score", t, 4, (uint32_t[]){ 2, 1, 3, 0 });
	expect("input", t, 4, (uint32_t[]){ 0, 1, 2, 3 });
}

static void energy_rises_and_the_unknown_stands_in_the_middle(void **state)
{
	struct qf_entry t[] = {
		track("a", "", 100, 0.9), track("b", "", 100, NAN), track("c", "", 120, 0.1), track("d", "", 90, 0.1), track("e", "", 100, 0.5),
	};

	(void)state;
	/* the median of 0.1 0.1 0.5 0.9 is 0.1 (the lower one); within 0.1 the tempo rises: 90 (d), 100 (b), 120 (c) */
	expect("energy", t, 5, (uint32_t[]){ 3, 1, 2, 4, 0 });
}

static void harmonic_walks_round_the_wheel(void **state)
{
	struct qf_entry t[] = {
		track("a", "8A", 120, 0), track("b", "11A", 120, 0), track("c", "9A", 120, 0), track("d", "10A", 120, 0),
		track("e", "7A", 120, 0),
	};

	(void)state;
	/* 7A 8A 9A 10A 11A backwards, because 11A came before 7A */
	expect("harmonic", t, 5, (uint32_t[]){ 1, 3, 2, 0, 4 });
}

static void harmonic_joins_double_time(void **state)
{
	struct qf_entry t[] = { track("a", "8A", 70, 0), track("b", "8A", 100, 0), track("c", "8A", 140, 0) };

	(void)state;
	/* 70 - 140 costs 0.5; 140 - 100 and 70 - 100 are 5.8 and 6.2 semitones, cut to 4: a and c stay together */
	expect("harmonic", t, 3, (uint32_t[]){ 0, 2, 1 });
}

static size_t repeats(const struct qf_entry *t, const uint32_t *perm, size_t n)
{
	size_t same = 0;

	for (size_t i = 1; i < n; i++)
		same += strcmp(t[perm[i]].artist, t[perm[i - 1]].artist) == 0;
	return same;
}

static void an_artist_never_follows_himself_where_that_can_be(void **state)
{
	/* three of five are A's: only A x A x A will do, however near A's tracks are to each other */
	struct qf_entry t[] = {
		track("A", "8A", 120, 0), track("A", "8A", 120, 0), track("A", "8A", 120, 0), track("B", "2B", 90, 0), track("C", "5A", 170, 0),
	};
	uint32_t perm[5];

	(void)state;
	assert_int_equal(qf_order_harmonic(t, 5, perm, NULL), QF_OK);
	assert_int_equal(repeats(t, perm, 5), 0);
}

static void too_many_of_one_artist_meet_as_seldom_as_possible(void **state)
{
	/* five A's, one B: A B A A A A has three repeats, and no order has fewer */
	struct qf_entry t[] = {
		track("A", "8A", 120, 0), track("A", "8A", 121, 0), track("A", "8A", 122, 0), track("B", "2B", 90, 0), track("A", "8A", 123, 0),
		track("A", "8A", 124, 0),
	};
	uint32_t perm[6];

	(void)state;
	assert_int_equal(qf_order_harmonic(t, 6, perm, NULL), QF_OK);
	assert_int_equal(repeats(t, perm, 6), 3);
}

/* ---- against the optimum, and in time -------------------------------------------------- */

static uint32_t rng = 1;

static uint32_t rnd(uint32_t below)
{
	rng = rng * 1664525u + 1013904223u;
	return (rng >> 8) % below;
}

static const char *const codes[] = { "1A", "2A", "3A", "4A", "5A", "6A", "7A", "8A", "9A", "10A", "11A", "12A",
				     "1B", "2B", "3B", "4B", "5B", "6B", "7B", "8B", "9B", "10B", "11B", "12B" };
static const char *const names[] = { "A", "B", "C", "D", "E", "F", "G", "H" };

static struct qf_entry any_track(const char *artist)
{
	return track(artist, codes[rnd(24)], 60 + rnd(1200) / 10.0, rnd(1000) / 1000.0);
}

#define MOST 9
static double cost[MOST][MOST];

static double best_from(size_t n, unsigned used, size_t last)
{
	double best = INFINITY;

	if (used == (1u << n) - 1)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!(used & 1u << i)) {
			double d = (used ? cost[last][i] : 0) + best_from(n, used | 1u << i, i);

			best = d < best ? d : best;
		}
	return best;
}

static double sum_of(const uint32_t *perm, size_t n)
{
	double sum = 0;

	for (size_t i = 1; i < n; i++)
		sum += cost[perm[i - 1]][perm[i]];
	return sum;
}

static void small_lists_are_within_3_percent_of_the_optimum(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		struct qf_entry t[MOST];
		uint32_t perm[MOST];
		size_t n = round < 40 ? 8 : 9;
		double found, optimum;

		for (size_t i = 0; i < n; i++)
			t[i] = any_track(names[rnd(4)]);
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++)
				cost[i][j] = step(t[i], t[j]);
		assert_int_equal(qf_order_harmonic(t, n, perm, NULL), QF_OK);
		found = sum_of(perm, n);
		optimum = best_from(n, 0, 0);
		if (found > 1.03 * optimum + 1e-9)
			fail_msg("round %d: %g, the optimum is %g", round, found, optimum);
	}
}

#define MANY 1000

static void a_thousand_tracks_take_a_second_at_most(void **state)
{
	static struct qf_entry t[MANY];
	static uint32_t perm[MANY], again[MANY];
	static bool seen[MANY];
	clock_t began = clock();

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		t[i] = any_track(i % 2 ? "A" : names[rnd(8)]); /* more than half are A's */
	assert_int_equal(qf_order_harmonic(t, MANY, perm, NULL), QF_OK);
	print_message("1000 tracks: %.2f CPU s\n", (double)(clock() - began) / CLOCKS_PER_SEC);
#if !defined(__SANITIZE_ADDRESS__) && defined(__OPTIMIZE__) && !defined(__clang__)
	assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 1.5); /* half a second of grace for a busy machine's caches */
#endif
	for (size_t i = 0; i < MANY; i++) {
		assert_false(seen[perm[i]]);
		seen[perm[i]] = true;
	}
	size_t of_a = 0;
	for (size_t i = 0; i < MANY; i++)
		of_a += strcmp(t[i].artist, "A") == 0;
	assert_int_equal(repeats(t, perm, MANY), of_a - 1 - (MANY - of_a));
	assert_int_equal(qf_order_harmonic(t, MANY, again, NULL), QF_OK);
	assert_memory_equal(perm, again, sizeof perm);
}

static void none_and_one_are_orders_too(void **state)
{
	struct qf_entry one = track("a", "8A", 120, 0.5);
	uint32_t perm[1] = { 7 };

	(void)state;
	for (const struct qf_order *o = qf_orders; o->name; o++) {
		assert_int_equal(o->run(NULL, 0, perm, NULL), QF_OK);
		assert_int_equal(o->run(&one, 1, perm, NULL), QF_OK);
		assert_int_equal(perm[0], 0);
		perm[0] = 7;
	}
	assert_null(qf_order_find("shuffle"));
}

static void running_out_of_memory_is_an_error(void **state)
{
	struct qf_entry t[] = { track("a", "8A", 120, 0.5), track("b", "8A", 120, 0.5) };
	uint32_t perm[2];
	struct qf_err e = { 0 };

	(void)state;
	for (unsigned long nth = 1; nth <= 5; nth++) {
		qf_alloc_fail_at(nth, false);
		assert_int_equal(qf_order_harmonic(t, 2, perm, &e), QF_ENOMEM);
	}
	qf_alloc_fail_at(1, false);
	assert_int_equal(qf_order_energy(t, 2, perm, &e), QF_ENOMEM);
	qf_alloc_fail_at(0, false);
	assert_int_equal(qf_order_harmonic(t, QF_HARMONIC_MAX + 1, perm, &e), QF_ELIMIT);
	assert_string_equal(e.text, "the harmonic order takes at most 20000 tracks, not 20001");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_on_the_wheel_cost_a_quarter),
		cmocka_unit_test(tempo_costs_semitones),
		cmocka_unit_test(what_is_not_known_costs_one),
		cmocka_unit_test(the_same_artist_is_known_by_the_folded_name),
		cmocka_unit_test(score_puts_the_best_first_and_the_unknown_last),
		cmocka_unit_test(energy_rises_and_the_unknown_stands_in_the_middle),
		cmocka_unit_test(harmonic_walks_round_the_wheel),
		cmocka_unit_test(harmonic_joins_double_time),
		cmocka_unit_test(an_artist_never_follows_himself_where_that_can_be),
		cmocka_unit_test(too_many_of_one_artist_meet_as_seldom_as_possible),
		cmocka_unit_test(small_lists_are_within_3_percent_of_the_optimum),
		cmocka_unit_test(a_thousand_tracks_take_a_second_at_most),
		cmocka_unit_test(none_and_one_are_orders_too),
		cmocka_unit_test(running_out_of_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
