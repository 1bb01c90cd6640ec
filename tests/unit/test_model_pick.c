/* Choosing from scores: caps, rounds, diversity against brute force, calibration by hand. */
#include "base/alloc.h"
#include "model/pick.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

static size_t pick(const double *score, size_t items, const struct qf_pick_rules *rules, uint32_t *out)
{
	struct qf_err e = { 0 };
	size_t n;

	assert_int_equal(qf_pick(score, items, rules, out, &n, &e), QF_OK);
	return n;
}

static void equals(const uint32_t *out, size_t n, const char *want)
{
	char text[64] = "";

	for (size_t i = 0; i < n; i++)
		strcat(text, (char[]){ (char)('0' + out[i]), '\0' });
	assert_string_equal(text, want);
}

static void albums_are_capped_beside_artists(void **state)
{
	const double score[] = { 9, 8, 7, 6, 5, 4 };
	const uint32_t artist[] = { 1, 1, 1, 2, 2, QF_NO_ARTIST }, album[] = { 10, 10, 11, 12, 12, QF_NO_ALBUM };
	uint32_t out[6];
	struct qf_pick_rules r = { .n = 6, .artist = artist, .album = album, .max_per_album = 1 };

	(void)state;
	equals(out, pick(score, 6, &r, out), "0235");
	r.max_per_artist = 1;
	equals(out, pick(score, 6, &r, out), "035");
}

static void a_lean_moves_a_score(void **state)
{
	const double score[] = { 1, 0.5, 0.25, 0 }, lean[] = { -1, 0, 0.5, NAN };
	uint32_t out[4];

	(void)state;
	equals(out, pick(score, 4, &(struct qf_pick_rules){ .n = 4, .lean = lean }, out), "210");
}

/* ---- rounds ------------------------------------------------------------------------------- */

static double unlike(const void *arg, uint32_t a, uint32_t b)
{
	(void)arg;
	return a == b;
}

static void rounds_reach_the_end_and_keep_caps(void **state)
{
	enum { N = 5000 };
	static double score[N];
	static uint32_t artist[N], out[N], count[N];
	struct qf_pick_rules r = { .n = N, .artist = artist, .max_per_artist = 2, .variety = 0.3, .diversity = { QF_MMR, unlike, NULL } };
	size_t n;

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		score[i] = 1 - i / (double)N;
		artist[i] = i % 1000;
	}
	n = pick(score, N, &r, out);
	assert_int_equal(n, 2000);
	for (size_t i = 0; i < n; i++) /* nothing is like anything: the order of the scores, of which the first 2,000 are allowed */
		assert_int_equal(out[i], i);
	r.max_per_artist = 0;
	assert_int_equal(pick(score, N, &r, out), N);
	for (size_t i = 0; i < N; i++)
		count[out[i]]++;
	for (size_t i = 0; i < N; i++)
		assert_int_equal(count[i], 1);
}

static void a_choice_ends_where_candidates_may_be_missing(void **state)
{
	enum { N = 2000 };
	static double score[N];
	static uint32_t artist[N], out[N];
	struct qf_pick_rules r = { .n = 3, .artist = artist, .max_per_artist = 1, .sure = 4 };

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		score[i] = 1 - i / (double)N;
		artist[i] = i < 4 ? i / 2 : i;
	}
	assert_int_equal(pick(score, N, &r, out), 2); /* the third would be the fifth best */
	r.sure = 5;
	assert_int_equal(pick(score, N, &r, out), 3);
	r.variety = 0.3;
	r.diversity = (struct qf_diversity){ QF_MMR, unlike, NULL };
	assert_int_equal(pick(score, N, &r, out), 0); /* the pool itself needs more */
	r.sure = QF_VARIETY_POOL(3);
	assert_int_equal(pick(score, N, &r, out), 3);
}

/* ---- DPP ---------------------------------------------------------------------------------- */

enum { ITEMS = 9, DIM = 6 };
static double vec[ITEMS][DIM];

static double cosine(const void *arg, uint32_t a, uint32_t b)
{
	double s = 0;

	(void)arg;
	for (size_t d = 0; d < DIM; d++)
		s += vec[a][d] * vec[b][d];
	return s;
}

static double log_det(const uint32_t *set, size_t n)
{
	double a[ITEMS][ITEMS], sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			a[i][j] = cosine(NULL, set[i], set[j]);
	for (size_t p = 0; p < n; p++) {
		sum += log(a[p][p]);
		for (size_t i = p + 1; i < n; i++)
			for (size_t j = n; j-- > p;)
				a[i][j] -= a[i][p] / a[p][p] * a[p][j];
	}
	return sum;
}

static void greedy_map_is_that_of_the_determinants(void **state)
{
	double score[ITEMS];
	uint32_t out[5], want[5];
	uint64_t x = 7;

	(void)state;
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < ITEMS; i++) {
			double square = 0;

			for (size_t d = 0; d < DIM; d++) {
				x = x * 6364136223846793005U + 1442695040888963407U;
				vec[i][d] = (double)(x >> 40) / 0x1p24 - 0.3;
				square += vec[i][d] * vec[i][d];
			}
			for (size_t d = 0; d < DIM; d++)
				vec[i][d] /= sqrt(square);
			score[i] = (double)(x >> 33 & 1023) / 1023;
		}
		for (size_t n = 0; n < 5; n++) { /* every candidate by its own determinant */
			double best = -INFINITY, before = log_det(want, n);
			uint32_t pick_of = 0;

			for (uint32_t i = 0; i < ITEMS; i++) {
				bool taken = false;
				double worth;

				for (size_t k = 0; k < n; k++)
					taken = taken || want[k] == i;
				want[n] = i;
				worth = taken ? -INFINITY : 0.6 * score[i] + 0.4 * (log_det(want, n + 1) - before);
				if (worth > best) {
					best = worth;
					pick_of = i;
				}
			}
			want[n] = pick_of;
		}
		assert_int_equal(pick(score, ITEMS, &(struct qf_pick_rules){ .n = 5, .variety = 0.4, .diversity = { QF_DPP, cosine, NULL } }, out), 5);
		assert_memory_equal(out, want, sizeof want);
	}
}

static void what_is_picked_twice_is_still_a_number(void **state)
{
	/* three copies of one direction: the second would have the determinant 0 */
	const double score[] = { 1, 1, 1 };
	uint32_t out[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		memcpy(vec[i], (double[DIM]){ 1 }, sizeof vec[i]);
	equals(out, pick(score, 3, &(struct qf_pick_rules){ .n = 3, .variety = 1, .diversity = { QF_DPP, cosine, NULL } }, out), "012");
}

/* ---- calibration --------------------------------------------------------------------------- */

#define NONE QF_NO_KIND
static const uint32_t kinds[] = { 0, NONE, NONE, 0, NONE, NONE, 0, NONE, NONE, 1, NONE, NONE, 1, NONE, NONE, 0, 1, NONE };
static const double half[] = { 0.5, 0.5 };
static const struct qf_mix mix = { 2, half, kinds };

static void divergence_is_what_the_hand_works_out(void **state)
{
	struct qf_calibration c;
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_calibration_open(&c, &mix, &e), QF_OK);
	near(c.kl, log(100), 1e-12);
	qf_calibration_take(&c, 0);
	/* two of kind 0: q~ = 0.995, 0.005 */
	near(qf_calibration_with(&c, 1), 2 * (0.5 * log(0.5 / 0.995) + 0.5 * log(0.5 / 0.005)), 1e-12);
	near(qf_calibration_with(&c, 3), 0, 1e-12);
	/* one and a half of kind 0, half of kind 1: q~ = 0.7475, 0.2525 */
	near(qf_calibration_with(&c, 5), 2 * (0.5 * log(0.5 / 0.7475) + 0.5 * log(0.5 / 0.2525)), 1e-12);
	qf_calibration_take(&c, 3);
	near(c.kl, 0, 1e-12);
	qf_calibration_close(&c);
}

static void a_list_keeps_to_the_mix(void **state)
{
	const double score[] = { 1, 0.9, 0.8, 0.5, 0.4, -5 };
	uint32_t out[5];
	struct qf_pick_rules r = { .n = 5, .mix = &mix, .calibrate = 0.5 };

	(void)state;
	equals(out, pick(score, 6, &r, out), "03142");
	r.calibrate = 0;
	equals(out, pick(score, 6, &r, out), "01234");
}

static void memory_that_runs_out_is_an_error_and_no_leak(void **state)
{
	const double score[] = { 1, 0.9, 0.8, 0.5, 0.4, 0.3 };
	const uint32_t of[] = { 1, 2, 3, 4, 5, 6 };
	struct qf_pick_rules r = { .n = 5, .mix = &mix, .calibrate = 0.5, .variety = 0.5, .diversity = { QF_DPP, cosine, NULL },
				   .artist = of, .max_per_artist = 1, .album = of, .max_per_album = 1 };
	enum qf_status st = QF_ENOMEM;
	uint32_t out[5];
	size_t n;

	(void)state;
	for (unsigned long nth = 1; st != QF_OK; nth++) {
		struct qf_err e = { 0 };

		qf_alloc_fail_at(nth, false);
		st = qf_pick(score, 6, &r, out, &n, &e);
		assert_true(st == QF_OK || st == QF_ENOMEM);
	}
	qf_alloc_fail_at(0, false);
	assert_int_equal(n, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(albums_are_capped_beside_artists),
		cmocka_unit_test(a_lean_moves_a_score),
		cmocka_unit_test(rounds_reach_the_end_and_keep_caps),
		cmocka_unit_test(a_choice_ends_where_candidates_may_be_missing),
		cmocka_unit_test(greedy_map_is_that_of_the_determinants),
		cmocka_unit_test(what_is_picked_twice_is_still_a_number),
		cmocka_unit_test(divergence_is_what_the_hand_works_out),
		cmocka_unit_test(a_list_keeps_to_the_mix),
		cmocka_unit_test(memory_that_runs_out_is_an_error_and_no_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
