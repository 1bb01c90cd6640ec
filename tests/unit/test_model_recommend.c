/* Recommending: the blend, its explanation, the rules of choice, the metrics. */
#include "base/alloc.h"
#include "model/alike.h"
#include "model/metrics.h"
#include "model/pick.h"
#include "model/recommend.h"
#include "model/taste.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

enum { ITEMS = 6 };

/* Six tracks on a plane. Factors: 0 and 1 alike, 2 and 3 alike, 4 between, 5 unknown to
 * listeners. Sound: 5 sounds like 0. */
static float factors[ITEMS * 16], gram[16 * 16];
static const float sound[ITEMS * 2] = { 1, 0, 0.8F, 0.6F, 0, 1, -0.6F, 0.8F, -1, 0, 1, 0 };
static const float listeners[ITEMS] = { 20, 20, 20, 5, 60, 0 };
static const float plays[ITEMS] = { 10, 30, 20, 5, 100, 0 };

static struct qf_model model(bool with_factors, bool with_sound)
{
	static const float q[ITEMS][2] = { { 1, 0 }, { 0.9F, 0.1F }, { 0, 1 }, { 0.1F, 0.9F }, { 0.6F, 0.6F }, { 0, 0 } };
	struct qf_model m = { .items = ITEMS, .p = { 0.1, 0.01, 1, 5 }, .users = 20, .listeners = listeners, .plays = plays };
	struct qf_matrix f = { factors, ITEMS, 16, NULL };
	struct qf_err e = { 0 };

	for (size_t i = 0; i < ITEMS; i++)
		memcpy(factors + i * 16, q[i], sizeof q[i]);
	assert_int_equal(qf_gramian(gram, &f, 1, 1, &e), QF_OK);
	if (with_factors) {
		m.factor = f;
		m.gram = gram;
	}
	if (with_sound) {
		m.sound = sound;
		m.dim = 2;
	}
	return m;
}

static const uint32_t heard[] = { 0, 2 };
static const float sure[] = { 3, 1 };
static const struct qf_history history = { heard, sure, 2 };
static const struct qf_history nobody;

/* --- scores ---------------------------------------------------------------- */

static void the_shares_of_the_history_add_up_to_the_score(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	for (int views = 1; views < 4; views++) {
		struct qf_model m = model(views & 1, views & 2);
		double score[ITEMS];

		assert_int_equal(qf_recommend_scores(&m, &history, NULL, score, &e), QF_OK);
		for (uint32_t i = 0; i < ITEMS; i++) {
			struct qf_reason share[2];

			assert_int_equal(qf_recommend_shares(&m, &history, NULL, i, share, &e), QF_OK);
			near(share[0].listening + share[0].sound + share[1].listening + share[1].sound, score[i], 1e-6);
		}
	}
}

static void of_neighbours_the_shares_are_what_each_adds(void **state)
{
	/* Spreads 1, 2, 0.5; r_01 = 0.5, r_12 = -0.25, r_02 = 0.1. Who has 0 and 2: track 1 gets (0.5 * 1 - 0.25 * 0.5) / 2 = 0.1875,
	 * 0 gets 0.1 * 0.5 / 1 = 0.05, 2 gets 0.1 * 1 / 0.5 = 0.2, the best. The other three tracks are not known to listeners. */
	static size_t at[] = { 0, 2, 4, 6, 6, 6, 6 };
	static uint32_t col[] = { 1, 2, 0, 2, 0, 1 };
	static float r[] = { 0.5F, 0.1F, 0.5F, -0.25F, 0.1F, -0.25F }, spread[ITEMS] = { 1, 2, 0.5F };
	static const double want[ITEMS] = { 0.25, 0.9375, 1 };
	struct qf_ease ease = { ITEMS, 6, at, col, r, spread };
	struct qf_model m = model(false, false);
	double score[ITEMS];
	struct qf_reason share[2];
	struct qf_err e = { 0 };

	(void)state;
	assert_false(qf_model_listens(&m));
	m.ease = &ease;
	assert_true(qf_model_listens(&m) && qf_model_knows(&m, 2) && !qf_model_knows(&m, 3));
	assert_int_equal(qf_recommend_scores(&m, &history, NULL, score, &e), QF_OK);
	for (size_t i = 0; i < ITEMS; i++)
		near(score[i], want[i], 1e-6);
	assert_int_equal(qf_recommend_shares(&m, &history, NULL, 1, share, &e), QF_OK);
	near(share[0].listening, 0.25 / 0.2, 1e-6);
	near(share[1].listening, -0.0625 / 0.2, 1e-6);
}

static void sound_alone_is_the_distance_from_the_average_along_the_profile(void **state)
{
	/* One track heard, (0,1): the profile. The average sound is (0.2, 0.4), so the score
	 * before scaling is y - 0.4: 0.6 for track 2, 0.4 for 3, 0.2 for 1, -0.4 for 0, 4 and 5.
	 * The best that is not barred (2 is) has 0.4: 3 -> 1, 1 -> 0.5, 0 -> -1. */
	struct qf_model m = model(false, true);
	const struct qf_history h = { heard + 1, sure, 1 };
	bool barred[ITEMS] = { [2] = true };
	double score[ITEMS];
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_recommend_scores(&m, &h, barred, score, &e), QF_OK);
	near(score[3], 1, 1e-6);
	near(score[1], 0.5, 1e-6);
	near(score[0], -1, 1e-6);
}

static void the_number_of_listeners_decides_how_much_listening_counts(void **state)
{
	struct qf_model m = model(true, true);
	const struct qf_history one = { heard, sure, 1 };
	struct qf_recommended out[ITEMS];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(qf_recommend(&m, &one, &(struct qf_pick_rules){ .n = ITEMS }, out, &n, &e), QF_OK);
	assert_int_equal(n, ITEMS);
	for (size_t i = 0; i < n; i++) {
		near(out[i].listening + out[i].sound, out[i].score, 1e-12);
		near(out[i].popularity, 0, 0);
		if (i)
			assert_true(out[i].score <= out[i - 1].score);
		if (out[i].item == 0) { /* the best of both views: 20 / (20 + 20) of either */
			near(out[i].listening, 0.5, 1e-6);
			near(out[i].sound, 0.5, 1e-6);
		}
		if (out[i].item == 5) { /* the same sound, but it has no factor */
			near(out[i].listening, 0, 0);
			near(out[i].sound, 1, 1e-6);
		}
	}
}

static void the_reason_is_what_was_heard_most(void **state)
{
	struct qf_model m = model(true, true);
	bool barred[ITEMS] = { [0] = true, [2] = true };
	struct qf_recommended out[2];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(qf_recommend(&m, &history, &(struct qf_pick_rules){ .n = 2, .barred = barred }, out, &n, &e), QF_OK);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_true(out[i].n_why >= 1);
		assert_int_equal(out[i].why[0].item, 0);
	}
}

static void reasons_of_a_long_history_are_among_what_counts_most(void **state)
{
	/* 2,500 tracks heard, of which the first 500 count less: 500 is the first of the 2,000 that may be told. All sound
	 * alike but every other candidate, so that each share is the same, and none can win by more than its c. */
	enum { LONG = 2500, ALL = 2600 };
	static float g[ALL * 2], c[LONG], none[ALL];
	static uint32_t item[LONG];
	static bool barred[ALL];
	struct qf_model m = { .items = ALL, .sound = g, .dim = 2, .listeners = none, .plays = none };
	struct qf_recommended out[1];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	for (uint32_t i = 0; i < ALL; i++) {
		g[2 * i] = i < LONG || i % 2;
		g[2 * i + 1] = 1 - g[2 * i];
		barred[i] = i < LONG;
	}
	for (uint32_t i = 0; i < LONG; i++) {
		item[i] = i;
		c[i] = i < 500 ? 1 : 2;
	}
	assert_int_equal(qf_recommend(&m, &(struct qf_history){ item, c, LONG }, &(struct qf_pick_rules){ .n = 1, .barred = barred }, out, &n, &e),
			 QF_OK);
	assert_int_equal(out[0].item, LONG + 1);
	assert_int_equal(out[0].n_why, QF_REASONS);
	for (uint32_t i = 0; i < QF_REASONS; i++) {
		assert_int_equal(out[0].why[i].item, 500 + i);
		near(out[0].why[i].sound, 2.0 / (500 + 2 * 2000), 1e-6);
	}
}

static void a_lean_is_a_part_of_the_score(void **state)
{
	/* One track heard, (0,1): 3 has 1 and 1 has 0.5 of sound (see above); the lean turns them round. */
	static const double lean[ITEMS] = { [1] = 0.25, [3] = -0.5 };
	struct qf_model m = model(false, true);
	const struct qf_history h = { heard + 1, sure, 1 };
	bool barred[ITEMS] = { [2] = true };
	struct qf_recommended out[2];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(qf_recommend(&m, &h, &(struct qf_pick_rules){ .n = 2, .barred = barred, .lean = lean }, out, &n, &e), QF_OK);
	assert_int_equal(out[0].item, 1);
	near(out[0].score, 0.75, 1e-6);
	near(out[0].lean, 0.25, 0);
	near(out[1].score, 0.5, 1e-6);
	near(out[1].listening + out[1].sound + out[1].popularity + out[1].lean, out[1].score, 0);
}

static void somebody_new_gets_what_most_people_play(void **state)
{
	/* log 1p of 100, 30, 20, 10, 5, 0 by that of 100 */
	struct qf_model m = model(true, true);
	struct qf_recommended out[ITEMS];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(qf_recommend(&m, &nobody, &(struct qf_pick_rules){ .n = ITEMS }, out, &n, &e), QF_OK);
	assert_int_equal(out[0].item, 4);
	near(out[0].score, 1, 0);
	assert_int_equal(out[1].item, 1);
	near(out[1].score, log(31) / log(101), 1e-9);
	assert_int_equal(out[1].n_why, 0);
	assert_int_equal(out[5].item, 5);
}

static void nothing_known_is_no_error(void **state)
{
	static const float none[ITEMS];
	struct qf_model m = { .items = ITEMS, .listeners = none, .plays = none }, empty = { 0 };
	struct qf_recommended out[2];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(qf_recommend(&m, &history, &(struct qf_pick_rules){ .n = 2 }, out, &n, &e), QF_OK);
	assert_int_equal(n, 2);
	assert_int_equal(out[0].item, 0);
	near(out[0].score, 0, 0);
	assert_int_equal(qf_recommend(&empty, &nobody, &(struct qf_pick_rules){ .n = 2 }, out, &n, &e), QF_OK);
	assert_int_equal(n, 0);
	assert_int_equal(qf_recommend(&empty, &history, &(struct qf_pick_rules){ .n = 2 }, out, &n, &e), QF_EINVAL);
}

/* --- similar --------------------------------------------------------------- */

static void a_seed_is_never_among_those_like_it(void **state)
{
	struct qf_model m = model(false, true);
	struct qf_recommended out[ITEMS];
	struct qf_err e = { 0 };
	const uint32_t seed[] = { 0 }, two[] = { 0, 2 };
	size_t n;

	(void)state;
	assert_int_equal(qf_similar(&m, seed, 1, &(struct qf_pick_rules){ .n = ITEMS }, out, &n, &e), QF_OK);
	assert_int_equal(n, ITEMS - 1);
	assert_int_equal(out[0].item, 5); /* the same sound: cosine 1 */
	near(out[0].score, 1, 1e-6);
	assert_int_equal(out[1].item, 1);
	near(out[1].score, 0.8, 1e-6);
	assert_int_equal(out[4].item, 4);
	near(out[4].score, -1, 1e-6);
	/* of (1,0) and (0,1): track 1 with (0.8 + 0.6) / 2, the share of seed 0 being 0.4 */
	assert_int_equal(qf_similar(&m, two, 2, &(struct qf_pick_rules){ .n = 1 }, out, &n, &e), QF_OK);
	assert_int_equal(out[0].item, 1);
	near(out[0].score, 0.7, 1e-6);
	assert_int_equal(out[0].why[0].item, 0);
	near(out[0].why[0].sound, 0.4, 1e-6);
}

static void alike_blends_by_the_rarer_of_the_two(void **state)
{
	/* 2 and 3: factors (0,1).(.1,.9)/|.| = .9/sqrt(.82), sounds 0.8; 5 listeners: 5/25 */
	struct qf_model m = model(true, true);
	struct qf_alike a;
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_alike_open(&a, &m, &e), QF_OK);
	near(qf_alike_of(&a, 2, 3), 0.2 * 0.9 / sqrt(0.82) + 0.8 * 0.8, 1e-6);
	near(qf_alike_of(&a, 3, 2), qf_alike_of(&a, 2, 3), 1e-12);
	near(qf_alike_of(&a, 0, 5), 1, 1e-6);
	/* 20 listeners of the model: half and half, whoever the two are; 5 has no factor */
	near(qf_alike_even(&a, 2, 3), 0.5 * 0.9 / sqrt(0.82) + 0.5 * 0.8, 1e-6);
	near(qf_alike_even(&a, 0, 5), 0.5, 1e-6);
	near(qf_alike_even(&a, 5, 5), 1, 0);
	qf_alike_close(&a);
}

/* --- choosing -------------------------------------------------------------- */

static void equal_scores_go_by_number_and_artists_are_capped(void **state)
{
	const double score[] = { 0.5, 0.9, 0.9, 0.9, NAN, 0.1 };
	const uint32_t artist[] = { 1, 7, 7, 7, 7, QF_NO_ARTIST };
	const bool barred[] = { false, false, false, false, false, false };
	uint32_t out[6];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(qf_pick(score, 6, &(struct qf_pick_rules){ .n = 6 }, out, &n, &e), QF_OK);
	assert_int_equal(n, 5);
	assert_int_equal(out[0], 1);
	assert_int_equal(out[1], 2);
	assert_int_equal(out[2], 3);
	assert_int_equal(qf_pick(score, 6, &(struct qf_pick_rules){ .n = 6, .barred = barred, .artist = artist, .max_per_artist = 2 },
				 out, &n, &e), QF_OK);
	assert_int_equal(n, 4);
	assert_int_equal(out[1], 2);
	assert_int_equal(out[2], 0);
	assert_int_equal(out[3], 5);
}

static double opposite_sides(const void *arg, uint32_t a, uint32_t b)
{
	(void)arg;
	return a % 2 == b % 2 ? 1 : 0;
}

static void variety_prefers_what_is_unlike(void **state)
{
	/* half and half: after 0, track 2 is worth 0.45 - 0.5, track 1 0.3 - 0, then 2 and 3 by score */
	const double score[] = { 1, 0.6, 0.9, 0.5 };
	uint32_t out[4];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(qf_pick(score, 4, &(struct qf_pick_rules){ .n = 4, .variety = 0.5, .diversity = { .alike = opposite_sides } }, out, &n, &e),
			 QF_OK);
	assert_int_equal(n, 4);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[1], 1);
	assert_int_equal(out[2], 2);
	assert_int_equal(out[3], 3);
}

static void a_large_choice_is_a_sorted_one(void **state)
{
	enum { N = 20000 };
	static double score[N];
	static uint32_t out[N];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	for (size_t i = 0; i < N; i++)
		score[i] = (double)(i * 2654435761U % 1000);
	assert_int_equal(qf_pick(score, N, &(struct qf_pick_rules){ .n = N }, out, &n, &e), QF_OK);
	assert_int_equal(n, N);
	for (size_t i = 1; i < N; i++)
		assert_true(score[out[i - 1]] > score[out[i]] || (score[out[i - 1]] == score[out[i]] && out[i - 1] < out[i]));
}

/* --- taste and metrics ----------------------------------------------------- */

static void acts_weigh_and_fade(void **state)
{
	(void)state;
	assert_int_equal(qf_act_named("replay"), QF_ACT_REPLAY);
	assert_int_equal(qf_act_named("hum"), QF_ACTS);
	near(qf_act_weight(QF_ACT_LIKE), 5, 0);
	near(qf_act_weight(QF_ACT_SKIP), -1, 0);
	near(qf_decay(86400, 86400 * 61, 30), 0.25, 1e-12);
	near(qf_decay(86400, 86400 * 61, 0), 1, 0);
	near(qf_decay(0, 86400 * 61, 30), 1, 0);
	near(qf_decay(500, 100, 30), 1, 0);
	assert_true(qf_act_bars(QF_ACT_DISLIKE, false));
	assert_true(qf_act_bars(QF_ACT_PLAY, true));
	assert_false(qf_act_bars(QF_ACT_LIKE, true));
}

static void ranks_and_metrics_of_a_small_list(void **state)
{
	/* Scores 0.9 .8 .7 .6 .5; held out 1 and 4; 2 is barred: ranks 2 and 4. */
	const double score[] = { 0.9, 0.8, 0.7, 0.6, 0.5 }, flat[] = { 1, 1, 1, 1, 1 };
	const bool barred[] = { false, false, true, false, false };
	const uint32_t truth[] = { 1, 4 };
	size_t rank[2];

	(void)state;
	qf_metrics_ranks(score, 5, barred, truth, 2, rank);
	assert_int_equal(rank[0], 2);
	assert_int_equal(rank[1], 4);
	near(qf_metrics_recall(rank, 2, 2, 3), 0.5, 0);
	near(qf_metrics_crecall(rank, 2, 2, 1), 0, 0);
	near(qf_metrics_ndcg(rank, 2, 2, 3), (1 / log2(3)) / (1 + 1 / log2(3)), 1e-12);
	/* all equal: the three that were not held out come first */
	qf_metrics_ranks(flat, 5, NULL, truth, 2, rank);
	assert_int_equal(rank[0], 4);
	assert_int_equal(rank[1], 5);
}

static void memory_that_runs_out_is_an_error_and_no_leak(void **state)
{
	struct qf_model m = model(true, true);
	struct qf_recommended out[2];
	struct qf_err e = { 0 };
	const uint32_t seed[] = { 0 };
	size_t n;

	(void)state;
	for (int what = 0; what < 2; what++)
		for (unsigned long nth = 1;; nth++) {
			enum qf_status st;

			qf_alloc_fail_at(nth, false);
			st = what ? qf_similar(&m, seed, 1, &(struct qf_pick_rules){ .n = 2 }, out, &n, &e)
				  : qf_recommend(&m, &history, &(struct qf_pick_rules){ .n = 2 }, out, &n, &e);
			if (st == QF_OK)
				break;
			assert_int_equal(st, QF_ENOMEM);
		}
	qf_alloc_fail_at(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shares_of_the_history_add_up_to_the_score),
		cmocka_unit_test(of_neighbours_the_shares_are_what_each_adds),
		cmocka_unit_test(sound_alone_is_the_distance_from_the_average_along_the_profile),
		cmocka_unit_test(the_number_of_listeners_decides_how_much_listening_counts),
		cmocka_unit_test(the_reason_is_what_was_heard_most),
		cmocka_unit_test(reasons_of_a_long_history_are_among_what_counts_most),
		cmocka_unit_test(a_lean_is_a_part_of_the_score),
		cmocka_unit_test(somebody_new_gets_what_most_people_play),
		cmocka_unit_test(nothing_known_is_no_error),
		cmocka_unit_test(a_seed_is_never_among_those_like_it),
		cmocka_unit_test(alike_blends_by_the_rarer_of_the_two),
		cmocka_unit_test(equal_scores_go_by_number_and_artists_are_capped),
		cmocka_unit_test(variety_prefers_what_is_unlike),
		cmocka_unit_test(a_large_choice_is_a_sorted_one),
		cmocka_unit_test(acts_weigh_and_fade),
		cmocka_unit_test(ranks_and_metrics_of_a_small_list),
		cmocka_unit_test(memory_that_runs_out_is_an_error_and_no_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
