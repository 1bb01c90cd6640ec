#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "playlist/group.h"
#include "playlist/order.h"
#include "playlist/path.h"
#include "playlist/space.h"

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

	assert_int_equal(qf_order_find(order)->run(t, n, NULL, perm, NULL), QF_OK);
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
	NEAR(step(track("Sigur Rós", "8A", 120, 0), track("SIGUR ROS", "8A", 120, 0)), QF_PATH_SAME_GROUP);
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
	assert_int_equal(qf_order_harmonic(t, 5, NULL, perm, NULL), QF_OK);
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
	assert_int_equal(qf_order_harmonic(t, 6, NULL, perm, NULL), QF_OK);
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

/* M. Held, R. Karp, "A Dynamic Programming Approach to Sequencing Problems", SIAM 10, 1962. */
#define TWELVE 12
static double held_karp(double (*d)[TWELVE])
{
	static double best[1 << TWELVE][TWELVE];
	double shortest = INFINITY;

	for (unsigned set = 1; set < 1u << TWELVE; set++)
		for (unsigned last = 0; last < TWELVE; last++) {
			double b = set == 1u << last ? 0 : INFINITY;

			for (unsigned k = 0; set & 1u << last && k < TWELVE; k++)
				if (k != last && set & 1u << k)
					b = fmin(b, best[set & ~(1u << last)][k] + d[k][last]);
			best[set][last] = b;
			if (set == (1u << TWELVE) - 1)
				shortest = fmin(shortest, b);
		}
	return shortest;
}

static double distance(const struct qf_entry *a, const struct qf_entry *b)
{
	double dot = 0, x = 0, y = 0;

	for (size_t i = 0; i < QF_ENTRY_SOUND; i++) {
		dot += (double)a->sound[i] * (double)b->sound[i];
		x += (double)a->sound[i] * (double)a->sound[i];
		y += (double)b->sound[i] * (double)b->sound[i];
	}
	return fmax(0, 1 - dot / sqrt(x * y)) + (strcmp(a->artist, b->artist) == 0 ? QF_PATH_SAME_GROUP : 0);
}

static float sounds[1000][QF_ENTRY_SOUND];

/* Near one of four kinds of sound. */
static void any_sound(struct qf_entry *t, size_t i)
{
	uint32_t kind = rnd(4);

	for (size_t k = 0; k < QF_ENTRY_SOUND; k++)
		sounds[i][k] = (k % 4 == kind ? 2.0f : 0.0f) + (float)rnd(1000) / 1000;
	t->sound = sounds[i];
}

static void twelve_tracks_are_within_3_percent_of_the_optimum(void **state)
{
	static double d[TWELVE][TWELVE];

	(void)state;
	for (int round = 0; round < 40; round++) {
		struct qf_entry t[TWELVE];
		uint32_t perm[TWELVE];
		bool smooth = round % 2;
		double found = 0;

		for (size_t i = 0; i < TWELVE; i++) {
			t[i] = any_track(names[rnd(6)]);
			any_sound(&t[i], i);
		}
		for (size_t i = 0; i < TWELVE; i++)
			for (size_t j = 0; j < TWELVE; j++)
				d[i][j] = smooth ? distance(&t[i], &t[j]) : step(t[i], t[j]);
		assert_int_equal(qf_order_find(smooth ? "smooth" : "harmonic")->run(t, TWELVE, NULL, perm, NULL), QF_OK);
		for (size_t i = 1; i < TWELVE; i++)
			found += d[perm[i - 1]][perm[i]];
		if (found > 1.03 * held_karp(d) + 1e-6)
			fail_msg("round %d: %g, the optimum is %g", round, found, held_karp(d));
	}
}

/* The best of nearest-neighbour paths from ten starts. */
static double greedy(const struct qf_entry *t, size_t n, double (*d)(const struct qf_entry *a, const struct qf_entry *b))
{
	double shortest = INFINITY;

	for (size_t first = 0; first < 10; first++) {
		bool used[500] = { false };
		size_t last = first;
		double sum = 0;

		used[first] = true;
		for (size_t i = 1; i < n; i++) {
			size_t best = 0;
			double lowest = INFINITY;

			for (size_t j = 0; j < n; j++)
				if (!used[j] && d(&t[last], &t[j]) < lowest) {
					lowest = d(&t[last], &t[j]);
					best = j;
				}
			sum += lowest;
			used[best] = true;
			last = best;
		}
		shortest = fmin(shortest, sum);
	}
	return shortest;
}

static double stepped(const struct qf_entry *a, const struct qf_entry *b)
{
	return step(*a, *b);
}

static void five_hundred_tracks_are_better_than_greedy(void **state)
{
	static struct qf_entry t[500];
	static uint32_t perm[500];
	static const struct { const char *order; double (*d)(const struct qf_entry *a, const struct qf_entry *b); } cases[] = {
		{ "harmonic", stepped }, { "smooth", distance },
	};

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		char *name = test_malloc(8);

		snprintf(name, 8, "%u", rnd(120));
		t[i] = any_track(name);
		any_sound(&t[i], i);
	}
	for (size_t k = 0; k < 2; k++) {
		double found = 0, other = greedy(t, 500, cases[k].d);

		assert_int_equal(qf_order_find(cases[k].order)->run(t, 500, NULL, perm, NULL), QF_OK);
		for (size_t i = 1; i < 500; i++)
			found += cases[k].d(&t[perm[i - 1]], &t[perm[i]]);
		print_message("%s, 500 tracks: %.1f, the best greedy path %.1f\n", cases[k].order, found, other);
		assert_true(found < other);
	}
	for (size_t i = 0; i < 500; i++)
		test_free((char *)t[i].artist);
}

/* ---- curves of energy -------------------------------------------------------------------- */

static double off_curve(const struct qf_entry *t, const uint32_t *perm, const double *curve, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += fabs(t[perm[i]].energy - curve[i]);
	return sum;
}

static double best_on_curve(const struct qf_entry *t, uint32_t *perm, size_t at, const double *curve, size_t n)
{
	double best = at == n ? off_curve(t, perm, curve, n) : INFINITY;

	for (size_t i = at; i < n; i++) {
		uint32_t a = perm[at], b = perm[i];

		perm[at] = b;
		perm[i] = a;
		best = fmin(best, best_on_curve(t, perm, at + 1, curve, n));
		perm[at] = a;
		perm[i] = b;
	}
	return best;
}

static void no_order_is_nearer_to_the_curve(void **state)
{
	static const double points[] = { 0.2, 1, 0 }, curve[] = { 0.2, 0.4666666667, 0.7333333333, 1, 0.6666666667, 0.3333333333, 0 };
	const struct qf_order_how how = { .arc = points, .n_arc = 3 };

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct qf_entry t[7];
		uint32_t perm[7], any[7] = { 0, 1, 2, 3, 4, 5, 6 };

		for (size_t i = 0; i < 7; i++)
			t[i] = any_track("a");
		assert_int_equal(qf_order_energy(t, 7, &how, perm, NULL), QF_OK);
		NEAR(off_curve(t, perm, curve, 7), best_on_curve(t, any, 0, curve, 7));
	}
}

static void the_ready_arcs_rise_and_fall_where_they_say(void **state)
{
	static const struct { const char *name; uint32_t wanted[5]; } cases[] = { /* energies are 0 to 4 */
		{ "warmup", { 0, 1, 2, 3, 4 } }, { "peak", { 0, 2, 3, 4, 1 } }, { "cooldown", { 4, 3, 2, 1, 0 } }, { "wave", { 2, 3, 1, 4, 0 } },
	};
	struct qf_entry t[5];
	uint32_t perm[5];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		t[i] = track("a", "", 120, (double)i);
	for (size_t k = 0; k < 4; k++) {
		const struct qf_order_how how = { .arc = qf_arcs[k].points, .n_arc = qf_arcs[k].n };

		assert_string_equal(qf_arcs[k].name, cases[k].name);
		assert_int_equal(qf_order_energy(t, 5, &how, perm, NULL), QF_OK);
		assert_memory_equal(perm, cases[k].wanted, sizeof perm);
	}
}

/* ---- albums, shuffling, spacing ----------------------------------------------------------- */

static void albums_come_whole_in_the_order_of_their_first_tracks(void **state)
{
	struct qf_entry t[] = {
		{ .album = "B", .track_no = 2 }, { .album = "A", .disc_no = 2, .track_no = 1 }, { 0 }, { .album = "b", .track_no = 1 },
		{ .album = "A", .disc_no = 1, .track_no = 9 }, { .album = "A", .albumartist = "other" },
	};

	(void)state;
	expect("album", t, 6, (uint32_t[]){ 3, 0, 4, 1, 2, 5 });
}

/* The places at which the same group stands within the gap before. */
static size_t count_near(const uint32_t *group, const uint32_t *perm, size_t n, size_t gap)
{
	size_t near = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i > gap ? i - gap : 0; j < i; j++)
			if (group[perm[j]] == group[perm[i]]) {
				near++;
				break;
			}
	return near;
}

static size_t fewest_near(const uint32_t *group, uint32_t *perm, size_t at, size_t n, size_t gap)
{
	size_t best = at == n ? count_near(group, perm, n, gap) : n;

	for (size_t i = at; best && i < n; i++) {
		uint32_t a = perm[at], b = perm[i];
		size_t found;

		perm[at] = b;
		perm[i] = a;
		found = fewest_near(group, perm, at + 1, n, gap);
		best = found < best ? found : best;
		perm[at] = a;
		perm[i] = b;
	}
	return best;
}

static void whatever_can_be_kept_apart_is(void **state)
{
	(void)state;
	for (int round = 0; round < 300; round++) {
		uint32_t group[7], perm[7] = { 0, 1, 2, 3, 4, 5, 6 }, any[7] = { 0, 1, 2, 3, 4, 5, 6 };
		size_t n = 5 + rnd(3), gap = 1 + rnd(3), broken, widest;

		for (size_t i = 0; i < n; i++)
			group[i] = rnd((uint32_t)(2 + rnd(4)));
		assert_int_equal(qf_space_widest(group, n, n, &widest, NULL), QF_OK);
		assert_int_equal(widest >= gap, fewest_near(group, any, 0, n, gap) == 0);
		if (widest < gap)
			continue;
		assert_int_equal(qf_space(perm, n, NULL, &(struct qf_spacing){ group, gap }, 1, &broken, NULL), QF_OK);
		assert_int_equal(broken, 0);
		assert_int_equal(count_near(group, perm, n, gap), 0);
	}
}

static void spacing_changes_no_more_than_it_must(void **state)
{
	uint32_t group[] = { 0, 0, 1, 2, 3, 3 }, perm[] = { 0, 1, 2, 3, 4, 5 };
	const uint32_t held[] = { QF_SPACE_FREE, QF_SPACE_FREE, QF_SPACE_FREE, 4, QF_SPACE_FREE, QF_SPACE_FREE };
	size_t broken;

	(void)state;
	assert_int_equal(qf_space(perm, 6, NULL, &(struct qf_spacing){ group, 1 }, 1, &broken, NULL), QF_OK);
	assert_memory_equal(perm, ((uint32_t[]){ 0, 2, 1, 4, 3, 5 }), sizeof perm); /* 4 comes early, or 5 would follow it */
	assert_int_equal(qf_space(perm, 6, held, &(struct qf_spacing){ group, 1 }, 1, &broken, NULL), QF_OK);
	assert_int_equal(perm[3], 4);
	assert_int_equal(broken, 0);
	for (uint32_t i = 0; i < 6; i++)
		group[i] = 0;
	assert_int_equal(qf_space(perm, 6, NULL, &(struct qf_spacing){ group, 1 }, 1, &broken, NULL), QF_OK);
	assert_int_equal(broken, 5); /* there is nobody else */
}

static void a_shuffle_is_the_same_for_its_seed_and_keeps_artists_apart(void **state)
{
	static struct qf_entry t[200];
	static uint32_t artist[200], a[200], b[200];
	struct qf_order_how how = { .seed = 1, .artist_gap = 5, .album_gap = 2 };

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		t[i] = any_track(names[i % 8]);
		artist[i] = i % 8;
	}
	assert_int_equal(qf_order_shuffle(t, 200, &how, a, NULL), QF_OK);
	assert_int_equal(count_near(artist, a, 200, 5), 0);
	assert_int_equal(qf_order_shuffle(t, 200, &how, b, NULL), QF_OK);
	assert_memory_equal(a, b, sizeof a);
	how.seed = 2;
	assert_int_equal(qf_order_shuffle(t, 200, &how, b, NULL), QF_OK);
	assert_true(memcmp(a, b, sizeof a) != 0);
	for (size_t i = 0; i < 200; i++)
		artist[i] = 0;
	for (size_t i = 0; i < 200; i++)
		artist[b[i]]++;
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(artist[i], 1); /* each once */
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
	assert_int_equal(qf_order_harmonic(t, MANY, NULL, perm, NULL), QF_OK);
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
	assert_int_equal(qf_order_harmonic(t, MANY, NULL, again, NULL), QF_OK);
	assert_memory_equal(perm, again, sizeof perm);
}

static void a_thousand_sounds_take_a_second_at_most(void **state)
{
	static struct qf_entry t[MANY];
	static uint32_t perm[MANY];
	clock_t began;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		t[i] = any_track(names[rnd(8)]);
		any_sound(&t[i], i);
	}
	began = clock();
	assert_int_equal(qf_order_smooth(t, MANY, NULL, perm, NULL), QF_OK);
	print_message("1000 sounds: %.2f CPU s\n", (double)(clock() - began) / CLOCKS_PER_SEC);
#if !defined(__SANITIZE_ADDRESS__) && defined(__OPTIMIZE__) && !defined(__clang__)
	assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 1.5);
#endif
}

static void none_and_one_are_orders_too(void **state)
{
	struct qf_entry one = track("a", "8A", 120, 0.5);
	uint32_t perm[1] = { 7 };

	(void)state;
	for (const struct qf_order *o = qf_orders; o->name; o++) {
		assert_int_equal(o->run(NULL, 0, NULL, perm, NULL), QF_OK);
		assert_int_equal(o->run(&one, 1, NULL, perm, NULL), QF_OK);
		assert_int_equal(perm[0], 0);
		perm[0] = 7;
	}
	assert_null(qf_order_find("sideways"));
}

static void running_out_of_memory_is_an_error(void **state)
{
	struct qf_entry t[] = { track("a", "8A", 120, 0.5), track("b", "8A", 120, 0.5) };
	uint32_t perm[2];
	struct qf_err e = { 0 };

	(void)state;
	for (unsigned long nth = 1; nth <= 5; nth++) {
		qf_alloc_fail_at(nth, false);
		assert_int_equal(qf_order_harmonic(t, 2, NULL, perm, &e), QF_ENOMEM);
	}
	qf_alloc_fail_at(1, false);
	assert_int_equal(qf_order_energy(t, 2, NULL, perm, &e), QF_ENOMEM);
	qf_alloc_fail_at(0, false);
	assert_int_equal(qf_order_harmonic(t, QF_PATH_MAX + 1, NULL, perm, &e), QF_ELIMIT);
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
		cmocka_unit_test(twelve_tracks_are_within_3_percent_of_the_optimum),
		cmocka_unit_test(five_hundred_tracks_are_better_than_greedy),
		cmocka_unit_test(no_order_is_nearer_to_the_curve),
		cmocka_unit_test(the_ready_arcs_rise_and_fall_where_they_say),
		cmocka_unit_test(albums_come_whole_in_the_order_of_their_first_tracks),
		cmocka_unit_test(whatever_can_be_kept_apart_is),
		cmocka_unit_test(spacing_changes_no_more_than_it_must),
		cmocka_unit_test(a_shuffle_is_the_same_for_its_seed_and_keeps_artists_apart),
		cmocka_unit_test(a_thousand_tracks_take_a_second_at_most),
		cmocka_unit_test(a_thousand_sounds_take_a_second_at_most),
		cmocka_unit_test(none_and_one_are_orders_too),
		cmocka_unit_test(running_out_of_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
