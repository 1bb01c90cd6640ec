/* Ladders, menus and storage plans: by hand on a ladder of three rungs. */
#include "unit.h"

#include "plan/transcode.h"

#include <math.h>

/* Worth on the networks of datasets/networks.tsv (shares .15, .35, .5; up to 96, 192, any kbit/s). */
static const struct qf_rung ladder[] = {
	{ "t", "high", QF_TIER_HIGH, { QF_CODEC_MP3, 320, 5, 0 }, 1 },
	{ "t", "medium", QF_TIER_MEDIUM, { QF_CODEC_OPUS, 160, 10, 0 }, 0.9 },
	{ "t", "preview", QF_TIER_PREVIEW, { QF_CODEC_MP3, 96, 5, 30 }, 0.2 },
};

static struct qf_menu menu(void)
{
	struct qf_menu m;
	struct qf_err e = { 0 };

	assert_ok(qf_menu_init(&m, ladder, 3, &e), e);
	return m;
}

/* A lossless track of 100 s. */
static struct qf_source track(double plays)
{
	return (struct qf_source){ .duration_ms = 100000, .kbps = 900, .lossless = true, .packed = true, .weight = plays, .plays = plays };
}

static void sets_are_worth_what_the_networks_carry(void **state)
{
	struct qf_menu m = menu();

	(void)state;
	assert_true(fabs(m.worth[0] - 0) < 1e-12);
	assert_true(fabs(m.worth[1] - 0.5) < 1e-12);                       /* 320 is for the high network alone */
	assert_true(fabs(m.worth[2] - (0.85 * 0.9)) < 1e-12);              /* 160 for medium and high */
	assert_true(fabs(m.worth[3] - (0.35 * 0.9 + 0.5)) < 1e-12);
	assert_true(fabs(m.worth[4] - 0.2) < 1e-12);
	assert_true(fabs(m.worth[7] - (0.15 * 0.2 + 0.35 * 0.9 + 0.5)) < 1e-12);
	assert_int_equal(m.sets, 8); /* each rung of each set is the best somewhere */
}

static void a_rung_of_no_use_is_in_no_set(void **state)
{
	const struct qf_rung two[] = { ladder[0], { "t", "less", QF_TIER_HIGH, { QF_CODEC_MP3, 256, 5, 0 }, 0.9 } };
	struct qf_menu m;
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_menu_init(&m, two, 2, &e), e);
	assert_int_equal(m.sets, 3); /* none, 320, 256; both together are worth no more than 320 */
}

static void lossy_sources_are_never_upscaled(void **state)
{
	struct qf_source s = { .duration_ms = 100000, .kbps = 160 };
	const struct qf_rung flac = { "t", "flac", QF_TIER_HIGH, { QF_CODEC_FLAC, 0, 5, 0 }, 1 };
	struct qf_recipe r;

	(void)state;
	assert_false(qf_rung_recipe(&ladder[0], &s, &r));
	assert_false(qf_rung_recipe(&ladder[1], &s, &r)); /* 160 to 160 gains nothing */
	assert_false(qf_rung_recipe(&flac, &s, &r));
	assert_true(qf_rung_recipe(&ladder[2], &s, &r) && r.kbps == 96);
	s.kbps = 64;
	assert_true(qf_rung_recipe(&ladder[2], &s, &r) && r.kbps == 64);
	s.kbps = 161;
	assert_true(qf_rung_recipe(&ladder[1], &s, &r));
	s.kbps = 0;
	assert_false(qf_rung_recipe(&ladder[2], &s, &r));
	s.lossless = true;
	assert_true(qf_rung_recipe(&flac, &s, &r));
}

static void bytes_by_hand(void **state)
{
	struct qf_source s = track(1);
	struct qf_recipe flac = { QF_CODEC_FLAC, 0, 5, 0 };

	(void)state;
	assert_int_equal(qf_recipe_bytes(&ladder[0].recipe, &s), 100 * 320 * 125 * 101 / 100 + 8192);
	assert_int_equal(qf_recipe_bytes(&ladder[2].recipe, &s), 30 * 96 * 125 * 101 / 100 + 8192);
	assert_int_equal(qf_recipe_bytes(&flac, &s), 100 * 900 * 125 * 101 / 100 + 8192);
	s.duration_ms = 10000;
	assert_int_equal(qf_recipe_bytes(&ladder[2].recipe, &s), 10 * 96 * 125 * 101 / 100 + 8192);
	s.cover_bytes = 2000000; /* as it is in ID3v2; in Ogg as text, of 1.35 times its bytes */
	assert_int_equal(qf_recipe_bytes(&ladder[2].recipe, &s), 10 * 96 * 125 * 101 / 100 + 2000000 + 8192);
	assert_int_equal(qf_recipe_bytes(&ladder[1].recipe, &s), 10 * 160 * 125 * 101 / 100 + 2700000 + 8192);
}

static void the_budget_goes_to_what_is_played(void **state)
{
	struct qf_menu m = menu();
	struct qf_source s[2] = { track(1), track(10) };
	struct qf_transcode t;
	struct qf_err e = { 0 };
	int64_t medium = qf_recipe_bytes(&ladder[1].recipe, &s[0]);

	(void)state;
	assert_ok(qf_transcode_plan(&m, QF_STORE_KNAPSACK, s, 2, medium + 1000, &t, &e), e);
	assert_int_equal(t.mask[0], 0);
	assert_int_equal(t.mask[1], 2);
	assert_int_equal(t.bytes, medium);
	assert_true(fabs(t.value - 10 * 0.765) < 1e-9 && t.bound >= t.value && t.optimal);
	qf_transcode_free(&t);
	assert_ok(qf_transcode_plan(&m, QF_STORE_KNAPSACK, s, 2, 1 << 30, &t, &e), e);
	assert_true(t.mask[0] == 7 && t.mask[1] == 7 && t.bytes == t.wanted && t.value == t.bound);
	qf_transcode_free(&t);
}

static void the_last_rendition_stays(void **state)
{
	struct qf_menu m = menu();
	struct qf_source s[2] = { track(0), track(10) };
	struct qf_transcode t;
	struct qf_err e = { 0 };
	int64_t medium = qf_recipe_bytes(&ladder[1].recipe, &s[0]);

	(void)state;
	s[0].have = 1 | 4;
	s[0].have_bytes[0] = 4000000;
	s[0].have_bytes[2] = 300000;
	for (int how = QF_STORE_KNAPSACK; how <= QF_STORE_TIERS; how++) { /* unplayed: the smallest that it has */
		assert_ok(qf_transcode_plan(&m, (enum qf_store)how, s, 2, medium + 300000, &t, &e), e);
		assert_int_equal(t.mask[0], 4);
		assert_true(t.bytes <= medium + 300000);
		qf_transcode_free(&t);
	}
	assert_int_equal(qf_transcode_plan(&m, QF_STORE_KNAPSACK, s, 2, 299999, &t, &e), QF_ELIMIT);
	qf_transcode_free(&t);
	s[0] = track(0); /* renditions of another ladder are kept where nothing of this one comes */
	s[0].other_bytes = 5000;
	assert_ok(qf_transcode_plan(&m, QF_STORE_KNAPSACK, s, 1, 6000, &t, &e), e);
	assert_true(t.mask[0] == 0 && t.bytes == 5000);
	qf_transcode_free(&t);
}

static void rules_by_plays_and_by_tiers(void **state)
{
	struct qf_menu m = menu();
	struct qf_source s[3] = { track(4), track(5), track(51) };
	struct qf_transcode t;
	struct qf_err e = { 0 };
	int64_t high = qf_recipe_bytes(&ladder[0].recipe, s), medium = qf_recipe_bytes(&ladder[1].recipe, s),
		preview = qf_recipe_bytes(&ladder[2].recipe, s);

	(void)state;
	assert_ok(qf_transcode_plan(&m, QF_STORE_PLAYS, s, 3, 1 << 30, &t, &e), e);
	assert_true(t.mask[0] == 4 && t.mask[1] == 2 && t.mask[2] == 7);
	assert_int_equal(t.wanted, 2 * preview + 2 * medium + high);
	assert_int_equal(t.bytes, t.wanted);
	assert_true(qf_transcode_regret(&t) > 0 && qf_transcode_regret(&t) < 1);
	qf_transcode_free(&t);
	/* 60, 25, 10 and 5 % of 8 MB: one of 320 kbit/s (4.05 MB of 4.8), none of 160 (2.03 of 2.0), one preview (.37 of .4) */
	assert_ok(qf_transcode_plan(&m, QF_STORE_TIERS, s, 3, 8000000, &t, &e), e);
	assert_true(t.mask[0] == 0 && t.mask[1] == 0 && t.mask[2] == 5);
	qf_transcode_free(&t);
}

static void gain_stops_under_the_ceiling(void **state)
{
	double short_of;

	(void)state;
	assert_true(qf_transcode_gain(-18, -8, -14, -1, &short_of) == 4 && short_of == 0);
	assert_true(qf_transcode_gain(-18, -3, -14, -1, &short_of) == 2 && short_of == 2);
	assert_true(qf_transcode_gain(-8, 0.5, -14, -1, &short_of) == -6 && short_of == 0);
	assert_true(qf_transcode_gain(NAN, NAN, -14, -1, &short_of) == 0 && short_of == 0);
}

static void networks_by_bandwidth(void **state)
{
	(void)state;
	assert_string_equal(qf_network_at(0.99)->name, "low");
	assert_string_equal(qf_network_at(1)->name, "medium");
	assert_string_equal(qf_network_at(5)->name, "medium");
	assert_string_equal(qf_network_at(5.01)->name, "high");
	assert_true(qf_device_plays(qf_device_find("phone"), "opus") && !qf_device_plays(qf_device_find("phone"), "wma"));
	assert_false(qf_device_plays(qf_device_find("phone"), "a") || qf_device_plays(qf_device_find("phone"), ""));
	assert_null(qf_device_find("toaster"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_are_worth_what_the_networks_carry), cmocka_unit_test(a_rung_of_no_use_is_in_no_set),
		cmocka_unit_test(lossy_sources_are_never_upscaled),       cmocka_unit_test(bytes_by_hand),
		cmocka_unit_test(the_budget_goes_to_what_is_played),      cmocka_unit_test(the_last_rendition_stays),
		cmocka_unit_test(rules_by_plays_and_by_tiers),            cmocka_unit_test(gain_stops_under_the_ceiling),
		cmocka_unit_test(networks_by_bandwidth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
