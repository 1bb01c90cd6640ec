/* What a device is given, caches and holds: by hand. */
#include "unit.h"

#include "base/alloc.h"
#include "plan/cache.h"
#include "plan/collection.h"
#include "plan/fit.h"
#include "plan/prune.h"

#include <math.h>

/* ---- fit ------------------------------------------------------------------------------------- */

static void the_ceiling_is_the_lowest_of_all(void **state)
{
	const struct qf_device *phone = qf_device_find("phone"), *speaker = qf_device_find("speaker");

	(void)state;
	assert_int_equal(qf_situation_of(phone, NULL, NULL, 100).most_kbps, 192); /* 4 Mbit/s are "medium" */
	assert_int_equal(qf_situation_of(phone, qf_network_find("low"), NULL, 100).most_kbps, 96);
	assert_string_equal(qf_situation_of(phone, NULL, NULL, 19.9).serving->name, "power-save");
	assert_string_equal(qf_situation_of(phone, NULL, NULL, 20).serving->name, "balanced");
	assert_string_equal(qf_situation_of(speaker, NULL, NULL, 0).serving->name, "balanced"); /* it has no battery */
	assert_int_equal(qf_situation_of(speaker, qf_network_find("high"), qf_serving_find("quality"), 100).most_kbps, 320);
	assert_int_equal(qf_situation_of(phone, qf_network_find("low"), qf_serving_find("6g"), 100).most_kbps, 320);
}

static void the_best_under_the_ceiling_is_given(void **state)
{
	const struct qf_fit_file f[] = {
		{ "flac", 900, true, true, 9000 }, { "mp3", 192, false, false, 1920 }, { "opus", 96, false, false, 960 },
		{ "opus", 160, false, false, 1600 },
	};
	struct qf_situation s = qf_situation_of(qf_device_find("phone"), NULL, NULL, 100);
	bool fits;

	(void)state;
	assert_int_equal(qf_fit_choose(&s, f, 4, &fits), 3); /* 160 * 1.5 = 240 is more than 192 */
	assert_true(fits);
	assert_int_equal(qf_fit_choose(&s, f, 3, &fits), 1);
	s.most_kbps = 0;
	assert_int_equal(qf_fit_choose(&s, f, 4, &fits), 0);
	s.most_kbps = 64;
	assert_int_equal(qf_fit_choose(&s, f, 4, &fits), 2); /* nothing fits: the least */
	assert_false(fits);
	s.device = qf_device_find("embedded");
	assert_true(qf_fit_choose(&s, f, 1, &fits) == SIZE_MAX && !fits); /* no FLAC there */
}

static void a_beginning_in_bytes(void **state)
{
	(void)state;
	assert_int_equal(qf_fit_beginning(1000000, 100000, 30), 308192);
	assert_int_equal(qf_fit_beginning(1000000, 20000, 30), 1000000);
	assert_int_equal(qf_fit_beginning(5000, 0, 30), 5000);
}

/* ---- cache -------------------------------------------------------------------------------------- */

enum { A, B, C, D };

static struct qf_cache_result run(enum qf_cache_policy p, const uint32_t *item, size_t n, const int64_t *bytes, size_t items,
				  int64_t capacity, size_t pins, uint8_t *held)
{
	struct qf_cache_rules rules = { capacity, capacity, pins, 0.6 };
	struct qf_cache_trace t = { .item = item, .n = n, .items = items, .bytes = bytes };
	struct qf_cache_result r;
	struct qf_err e = { 0 };
	uint32_t next[8];
	size_t n_next;

	assert_ok(qf_cache_run(p, &rules, &t, &r, held, next, &n_next, &e), e);
	return r;
}

static void policies_evict_as_they_say(void **state)
{
	static const int64_t one[] = { 1, 1, 1, 1 };
	static const uint32_t trace[] = { A, A, B, C, A, B };
	uint8_t held[4];

	(void)state;
	/* room for two. LRU: A A+ B, C for A, A for B, B for C: one hit */
	assert_int_equal(run(QF_CACHE_LRU, trace, 6, one, 4, 2, 0, held).hits, 1);
	assert_true(held[A] && held[B] && !held[C]);
	/* least played: C takes B's place (A was played twice), A+, B takes C's: two hits */
	assert_int_equal(run(QF_CACHE_LEAST_PLAYED, trace, 6, one, 4, 2, 0, held).hits, 2);
	assert_int_equal(run(QF_CACHE_LFU_DA, trace, 6, one, 4, 2, 0, held).hits, 2);
	/* Belady: C never comes again and stays outside: A+, A+, B+ */
	assert_int_equal(run(QF_CACHE_BELADY, trace, 6, one, 4, 2, 0, held).hits, 3);
	assert_false(held[C]);
}

static void gdsf_keeps_small_tracks(void **state)
{
	static const int64_t bytes[] = { 1, 9, 9, 1 };
	static const uint32_t trace[] = { A, B, C, A };
	uint8_t held[4];

	(void)state;
	assert_int_equal(run(QF_CACHE_GDSF, trace, 4, bytes, 4, 10, 0, held).hits, 1); /* B goes for C */
	assert_int_equal(run(QF_CACHE_LRU, trace, 4, bytes, 4, 10, 0, held).hits, 0);  /* A goes, then B */
}

static void pins_stay_within_their_share(void **state)
{
	static const int64_t bytes[] = { 3, 3, 3, 3 };
	static const uint32_t trace[] = { A, A, A, B, C, D, A };
	uint8_t held[4];

	(void)state;
	/* 10 bytes, 6 of them for pins: A and one more; without pins LRU lets A go for D */
	assert_int_equal(run(QF_CACHE_LRU, trace, 7, bytes, 4, 10, 100, held).hits, 3);
	assert_int_equal(held[A], QF_CACHE_PINNED);
	assert_int_equal(held[A] + held[B] + held[C] + held[D], 2 * QF_CACHE_PINNED + QF_CACHE_IN);
	assert_int_equal(run(QF_CACHE_LRU, trace, 7, bytes, 4, 10, 0, held).hits, 2);
}

static void what_is_larger_than_the_cache_stays_outside(void **state)
{
	static const int64_t bytes[] = { 11, 1 };
	static const uint32_t trace[] = { B, A, B, A };
	uint8_t held[2];

	(void)state;
	for (int p = 0; p < QF_CACHE_POLICIES; p++) {
		struct qf_cache_result r = run((enum qf_cache_policy)p, trace, 4, bytes, 2, 10, 0, held);

		assert_true(r.plays == 4 && r.hits == 1 && r.bytes == 24 && r.hit_bytes == 1 && !held[A]);
	}
}

static void an_endless_cache_misses_each_track_once(void **state)
{
	static const int64_t bytes[] = { 1, 2 };
	static const uint32_t trace[] = { A, B, A, A, B };
	struct qf_cache_trace t = { .item = trace, .n = 5, .items = 2, .bytes = bytes, .warm = 2 };
	struct qf_cache_result r;
	bool seen[2] = { false, false };

	(void)state;
	qf_cache_endless(&t, seen, &r);
	assert_true(r.plays == 3 && r.hits == 3 && r.hit_bytes == 4 && r.written == 0);
}

static void a_cache_without_memory_says_so(void **state)
{
	static const int64_t bytes[] = { 1 };
	static const uint32_t trace[] = { A };
	struct qf_cache_rules rules = { 1, 1, 0, 0 };
	struct qf_cache_trace t = { .item = trace, .n = 1, .items = 1, .bytes = bytes };
	struct qf_cache_result r;

	(void)state;
	for (unsigned long n = 1; n <= 8; n++) {
		struct qf_err e = { 0 };

		qf_alloc_fail_at(n, false);
		assert_int_equal(qf_cache_run(QF_CACHE_LRU, &rules, &t, &r, NULL, NULL, NULL, &e), QF_ENOMEM);
	}
	qf_alloc_fail_at(0, false);
}

/* ---- the library, and models ---------------------------------------------------------------------- */

static void candidates_by_hand(void **state)
{
	struct qf_candidate_score s = qf_candidate_judge(&(struct qf_candidate_figures){ 80, 999999, 9999999, 0.5 });

	(void)state;
	assert_true(s.popularity == 80 && fabs(s.views - 60) < 1e-9 && fabs(s.listeners - 100) < 1e-9 && s.genre == 50);
	assert_true(fabs(s.all - (32 + 18 + 20 + 5)) < 1e-9);
	s = qf_candidate_judge(&(struct qf_candidate_figures){ NAN, -5, 1e30, 7 });
	assert_true(s.popularity == 0 && s.views == 0 && s.listeners == 100 && s.genre == 100 && fabs(s.all - 30) < 1e-9);
	assert_true(qf_may_go(0, 31 * 86400, 9, 30) && !qf_may_go(0, 31 * 86400, 10, 30) && !qf_may_go(0, 30 * 86400, 0, 30));
}

static void a_model_keeps_the_most_played_rows(void **state)
{
	static const float factor[] = { 1, 0.5f, 0, -1, 0, 0, 0.25f, 0.125f };
	static const float weight[] = { 1, 5, 9, 2 }, p[] = { 1, 0 };
	static const int64_t id[] = { 7, 8, 9, 10 };
	struct qf_small s;
	struct qf_buf out = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_small_make(&s, factor, 4, 2, 2, weight, QF_PRUNE_HEAD + 2 * 10 + 9, &e), e); /* rows of 10 bytes: two fit */
	assert_true(!s.keep[0] && s.keep[1] && !s.keep[2] && s.keep[3]); /* the third is all zero */
	assert_true(s.code[0] == 127 && s.code[1] == 64 && s.code[3] == -127); /* 63.5 rounds to even */
	assert_true(qf_small_recall(&s, factor, 2, p, NULL, false) == 1);
	assert_true(fabs(qf_small_recall(&s, factor, 2, p, NULL, true) - 2.0 / 3) < 1e-12);
	assert_true(isnan(qf_small_recall(&s, factor, 2, p, (bool[]){ true, true, false, true }, true)));
	assert_ok(qf_small_put(&out, &s, id, &e), e);
	assert_int_equal(out.len, QF_PRUNE_HEAD + 20);
	assert_memory_equal(out.p, "QFM1\2\0\0\0\2\0\0\0\10\0\0\0", 16);
	qf_buf_free(&out);
	qf_small_free(&s);
	assert_ok(qf_small_make(&s, factor, 4, 2, 2, (const float[]){ 1, -1, 9, 2 }, 1000, &e), e); /* there is room; the second is not wanted */
	assert_true(s.kept == 2 && s.keep[0] && !s.keep[1] && s.keep[3]);
	qf_small_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ceiling_is_the_lowest_of_all),          cmocka_unit_test(the_best_under_the_ceiling_is_given),
		cmocka_unit_test(a_beginning_in_bytes),                      cmocka_unit_test(policies_evict_as_they_say),
		cmocka_unit_test(gdsf_keeps_small_tracks),                   cmocka_unit_test(pins_stay_within_their_share),
		cmocka_unit_test(what_is_larger_than_the_cache_stays_outside), cmocka_unit_test(an_endless_cache_misses_each_track_once),
		cmocka_unit_test(a_cache_without_memory_says_so),            cmocka_unit_test(candidates_by_hand),
		cmocka_unit_test(a_model_keeps_the_most_played_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
