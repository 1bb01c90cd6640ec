/* Engines by closed form, metrics by hand, confidence by counting. */
#include "unit.h"

#include "base/alloc.h"
#include "base/random.h"
#include "model/bootstrap.h"
#include "model/ease.h"
#include "model/evaluate.h"
#include "model/metrics.h"

#include <math.h>
#include <stdbool.h>

#define near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

static uint64_t keys[64];

/* --- lists ------------------------------------------------------------------- */

static void the_list_is_cut_where_ties_are_worst(void **state)
{
	/* Scores 3 3 3 5 NaN 3: 3 is no candidate, 4 no number; of the four equal ones 1 is held out and comes last. */
	const double score[] = { 3, 3, 3, 5, NAN, 3 };
	const uint8_t mark[] = { QF_CANDIDATE, QF_CANDIDATE | QF_HELD_OUT, QF_CANDIDATE, 0, QF_CANDIDATE | QF_HELD_OUT, QF_CANDIDATE };
	uint32_t list[6];
	size_t hit[6], hits;

	(void)state;
	assert_int_equal(qf_metrics_list(score, 6, mark, 6, list, hit, &hits), 4);
	assert_int_equal(hits, 1);
	assert_int_equal(hit[0], 4);
	assert_int_equal(list[0], 0);
	assert_int_equal(list[1], 2);
	assert_int_equal(list[2], 5);
	assert_int_equal(qf_metrics_list(score, 6, mark, 3, list, hit, &hits), 3);
	assert_int_equal(hits, 0);
	assert_int_equal(list[2], 5);
}

/* The list's ranks are those that counting all others gives, at every length. */
static void the_list_agrees_with_counting(void **state)
{
	enum { N = 60 };
	double score[N];
	uint8_t mark[N];
	bool barred[N];
	uint32_t truth[N], list[N];
	size_t rank[N], hit[N], hits, held;

	(void)state;
	for (uint64_t round = 0; round < 200; round++) {
		held = 0;
		for (uint32_t i = 0; i < N; i++) {
			score[i] = (double)qf_random_below(round, i, 5);
			mark[i] = qf_random_below(round, 100 + i, 10) ? QF_CANDIDATE : 0;
			if (mark[i] && qf_random_below(round, 200 + i, 4) == 0) {
				mark[i] |= QF_HELD_OUT;
				truth[held++] = i;
			}
			barred[i] = !mark[i];
		}
		qf_metrics_ranks(score, N, barred, truth, held, rank);
		for (size_t most = 1; most <= N; most += 7) {
			size_t within = 0;

			qf_metrics_list(score, N, mark, most, list, hit, &hits);
			for (size_t t = 0; t < held; t++)
				if (rank[t] <= most) {
					within++;
					assert_int_equal(list[rank[t] - 1], truth[t]);
				}
			assert_int_equal(hits, within);
		}
	}
}

static void metrics_of_two_hits_in_three(void **state)
{
	/* Of 4 held out, hits at 1 and 3, and one at 9. */
	const size_t rank[] = { 1, 3, 9 };

	(void)state;
	near(qf_metrics_recall(rank, 3, 4, 3), 0.5, 1e-15);
	near(qf_metrics_crecall(rank, 3, 4, 3), 2.0 / 3, 1e-15);
	near(qf_metrics_precision(rank, 3, 4, 3), 2.0 / 3, 1e-15);
	near(qf_metrics_hr(rank, 3, 4, 3), 1, 0);
	near(qf_metrics_ndcg(rank, 3, 4, 3), 1.5 / (1 + 1 / log2(3) + 0.5), 1e-15);
	near(qf_metrics_mrr(rank, 3, 4, 3), 1, 0);
	near(qf_metrics_map(rank, 3, 4, 3), (1 + 2.0 / 3) / 3, 1e-15);
	near(qf_metrics_mrr(rank + 2, 1, 4, 9), 1.0 / 9, 1e-15);
	near(qf_metrics_mrr(rank + 2, 1, 4, 8), 0, 0);
	near(qf_metrics_hr(rank, 0, 4, 3), 0, 0);
}

static void gini_of_six_tracks(void **state)
{
	uint32_t shown[] = { 2, 1, 2, 0, 0, 0 }, alike[] = { 3, 3, 3 }, one[] = { 0, 0, 5 }, none[] = { 0, 0 };

	(void)state;
	near(qf_metrics_coverage(shown, 6), 0.5, 0);
	near(qf_metrics_gini(shown, 6), 17.0 / 30, 1e-15); /* (1*1 + 3*2 + 5*2) / (6*5) */
	near(qf_metrics_gini(alike, 3), 0, 1e-15);
	near(qf_metrics_gini(one, 3), 2.0 / 3, 1e-15);
	assert_true(isnan(qf_metrics_gini(none, 2)));
}

/* --- engines ----------------------------------------------------------------- */

/* Users {0}, {0,1}, {0,1,2}; one case that knows 1 and is to find 0. */
static const struct qf_listen train[] = { { 0, 0, 1, 100 }, { 1, 0, 1, 200 }, { 1, 1, 3, 86400 * 28 }, { 2, 0, 1, 300 }, { 2, 1, 1, 400 }, { 2, 2, 1, 86400 * 28 } };
static const struct qf_listen known[] = { { 3, 1, 1, 0 } }, wanted[] = { { 3, 0, 1, 0 } };

static struct qf_task small_task(void)
{
	const struct qf_given g = { train, known, wanted, NULL, 6, 1, 1, 0 };
	struct qf_task t;
	struct qf_err e = { 0 };

	assert_ok(qf_split_given(&t, &g, 4, 4, keys, keys, &e), e);
	return t;
}

static void scores_of(const struct qf_engine_kind *kind, const struct qf_task *t, const double *value, double *score)
{
	double usual[QF_ENGINE_KEYS];
	struct qf_err e = { 0 };
	void *state;

	for (size_t k = 0; k < QF_ENGINE_KEYS; k++)
		usual[k] = kind->key[k].otherwise;
	assert_ok(kind->fit(&state, t, value ? value : usual, 1, 1, &e), e);
	assert_ok(kind->score(state, 0, 0, score, &e), e);
	kind->close(state);
}

static void ease_of_two_tracks_is_a_division(void **state)
{
	/* X'X + 1 = (4 2; 2 3) for users {0}, {0,1}, {0,1}; its inverse (3 -2; -2 4) / 8, so B_01 = 2/4 and B_10 = 2/3. */
	const struct qf_triple t[] = { { 0, 0, 1 }, { 1, 0, 1 }, { 1, 1, 1 }, { 2, 0, 1 }, { 2, 1, 1 } };
	const uint32_t item[] = { 0, 1 };
	struct qf_interactions x;
	struct qf_ease m;
	struct qf_err e = { 0 };
	double score[2];

	(void)state;
	assert_ok(qf_interactions_build(&x, t, 5, 3, 2, &e), e);
	assert_ok(qf_ease_fit(&m, &x, 1, 2, &e), e);
	qf_ease_scores(&m, item, 1, score);
	near(score[0], 0, 0);
	near(score[1], 0.5, 1e-6);
	qf_ease_scores(&m, item, 2, score);
	near(score[0], 2.0 / 3, 1e-6);
	near(score[1], 0.5, 1e-6);
	/* the share of each is its entry of B; alike is -P_01 / sqrt(P_00 P_11) = 2 / sqrt 12 both ways */
	near(qf_ease_share(&m, 0, 1), 0.5, 1e-6);
	near(qf_ease_share(&m, 1, 0), 2.0 / 3, 1e-6);
	near(qf_ease_share(&m, 1, 1), 0, 0);
	near(qf_ease_alike(&m, 0, 1), 2 / sqrt(12), 1e-6);
	near(qf_ease_alike(&m, 1, 0), 2 / sqrt(12), 1e-6);
	near(qf_ease_alike(&m, 1, 1), 1, 0);
	qf_ease_free(&m);
	assert_int_equal(qf_ease_fit(&m, &x, 0, 2, &e), QF_EINVAL);
	assert_null(m.at);
	x.cols = QF_EASE_ITEMS_MAX + 1;
	assert_int_equal(qf_ease_fit(&m, &x, 1, 2, &e), QF_ELIMIT);
	x.cols = 2;
	qf_interactions_free(&x);
}

static void ease_keeps_the_nearest_of_each_track_both_ways(void **state)
{
	/* Users have 0 with 1 (three times), 1 with 2 (twice) and 2 with 3 (once). With one neighbour each, 0 keeps 1, 1 keeps 0,
	 * 2 keeps 1 and 3 keeps 2: 1 and 2 have a second one, for whom they are the nearest; what is kept is as it was. */
	const struct qf_triple t[] = { { 0, 0, 1 }, { 0, 1, 1 }, { 1, 0, 1 }, { 1, 1, 1 }, { 2, 0, 1 }, { 2, 1, 1 },
				       { 3, 1, 1 }, { 3, 2, 1 }, { 4, 1, 1 }, { 4, 2, 1 }, { 5, 2, 1 }, { 5, 3, 1 } };
	static const size_t at[] = { 0, 1, 3, 5, 6 };
	static const uint32_t col[] = { 1, 0, 2, 1, 3, 2 };
	struct qf_interactions x;
	struct qf_ease all, few;
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_interactions_build(&x, t, 12, 6, 4, &e), e);
	assert_ok(qf_ease_fit(&all, &x, 1, 4, &e), e);
	assert_ok(qf_ease_fit(&few, &x, 1, 1, &e), e);
	assert_int_equal(all.n, 12);
	assert_int_equal(few.n, 6);
	assert_memory_equal(few.at, at, sizeof at);
	assert_memory_equal(few.col, col, sizeof col);
	for (uint32_t i = 0; i < 4; i++)
		for (size_t j = few.at[i]; j < few.at[i + 1]; j++)
			near(few.r[j], qf_ease_alike(&all, i, few.col[j]), 0);
	qf_ease_free(&all);
	qf_ease_free(&few);
	qf_interactions_free(&x);
}

static void of_equal_neighbours_ease_keeps_no_more_than_of_others(void **state)
{
	/* Everybody has everything: all pairs are equal but for rounding, each of 5 tracks keeps one, and is kept by one or more. */
	struct qf_triple t[20];
	struct qf_interactions x;
	struct qf_ease m;
	struct qf_err e = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		t[i] = (struct qf_triple){ i / 5, i % 5, 1 };
	assert_ok(qf_interactions_build(&x, t, 20, 4, 5, &e), e);
	assert_ok(qf_ease_fit(&m, &x, 4, 1, &e), e);
	assert_true(m.n >= 6 && m.n <= 10);
	for (size_t i = 0; i < 5; i++)
		assert_true(m.at[i + 1] > m.at[i]);
	for (size_t i = 0; i < m.n; i++)
		near(m.r[i], 1.0 / 5, 1e-6); /* P = (4 I + 4 J)^-1 = (I - J / 6) / 4: 5 / 24 on the diagonal, else -1 / 24 */
	qf_ease_free(&m);
	qf_interactions_free(&x);
}

static void ease_leaves_out_what_nobody_heard(void **state)
{
	struct qf_task t = small_task(); /* the case has track 1; nobody has track 3 */
	double score[4];

	(void)state;
	scores_of(&qf_engine_ease, &t, NULL, score);
	near(score[1], 0, 0);
	near(score[3], 0, 0);
	assert_true(score[0] > score[2] && score[2] > 0);
	qf_task_free(&t);
}

static void neighbours_are_cosines_with_shrinkage(void **state)
{
	/* Tracks have 3, 2, 1 and 0 users. Of track 1: s(1,0) = 2 / (sqrt 6 + 1), s(1,2) = 1 / (sqrt 2 + 1). */
	const double all[] = { 10, 1 }, nearest[] = { 1, 1 };
	struct qf_task t = small_task();
	double score[4];

	(void)state;
	scores_of(&qf_engine_itemknn, &t, all, score);
	near(score[0], 2 / (sqrt(6) + 1), 1e-6);
	near(score[2], 1 / (sqrt(2) + 1), 1e-6);
	near(score[3], 0, 0);
	/* With one neighbour each: 0's is 1, 2's is 1 too (2 and 0: 1 / (sqrt 3 + 1)). */
	scores_of(&qf_engine_itemknn, &t, nearest, score);
	near(score[0], 2 / (sqrt(6) + 1), 1e-6);
	near(score[2], 1 / (sqrt(2) + 1), 1e-6);
	/* The case has {1}: users 1 and 2 share it, s = 1 / (sqrt 2 + 1) and 1 / (sqrt 3 + 1). */
	scores_of(&qf_engine_userknn, &t, all, score);
	near(score[0], 1 / (sqrt(2) + 1) + 1 / (sqrt(3) + 1), 1e-12);
	near(score[2], 1 / (sqrt(3) + 1), 1e-12);
	scores_of(&qf_engine_userknn, &t, nearest, score);
	near(score[0], 1 / (sqrt(2) + 1), 1e-12);
	near(score[2], 0, 0);
	qf_task_free(&t);
}

static void popularity_counts_users_and_trending_what_is_played_now(void **state)
{
	struct qf_task t = small_task();
	double score[4];

	(void)state;
	scores_of(&qf_engine_popularity, &t, NULL, score);
	near(score[0], 3, 0);
	near(score[1], 2, 0);
	near(score[3], 0, 0);
	/* Half-life 14 days, and now is 28 days: what is of today has the rate w/14 and over four half-lives w/56. */
	scores_of(&qf_engine_trending, &t, NULL, score);
	near(score[2], 2.0 / 14 - 1.0 / 56, 1e-9);
	assert_true(score[1] > score[2] && score[2] > score[0]);
	qf_task_free(&t);
}

static void content_is_the_mean_of_the_nearest_cosines(void **state)
{
	static const struct qf_listen in[] = { { 3, 0, 1, 0 }, { 3, 1, 1, 0 }, { 3, 2, 1, 0 } }, out[] = { { 3, 3, 1, 0 } };
	static const float g[] = { 1, 0, 0, 1, 0.6F, 0.8F, 1, 0 };
	const struct qf_given given = { train, in, out, NULL, 6, 3, 1, 0 };
	const double two[] = { 2 }, all[] = { 10 };
	struct qf_err e = { 0 };
	struct qf_task t;
	double score[4];

	(void)state;
	assert_ok(qf_split_given(&t, &given, 4, 4, keys, keys, &e), e);
	t.features = g;
	t.dim = 2;
	scores_of(&qf_engine_content, &t, two, score);
	near(score[3], (1 + 0.6) / 2, 1e-6);
	scores_of(&qf_engine_content, &t, all, score);
	near(score[3], (1 + 0.6 + 0) / 3, 1e-6);
	qf_task_free(&t);
}

static void every_engine_takes_what_it_needs_and_leaks_nothing(void **state)
{
	static const float g[] = { 1, 0, 0, 1, 1, 0, 0, 1 };
	size_t n, k[] = { 2 }, at[] = { 0, 0, 0, 0, 1 };
	uint32_t col[] = { 2 };
	double v[] = { 1 };
	struct qf_scores scores = { 4, at, col, v };
	const struct qf_engine_kind *const *all = qf_engine_all(&n);
	const struct qf_evaluation how = { .k = k, .n_k = 1, .jobs = 1 };
	struct qf_err e = { 0 };
	struct qf_task t = small_task();

	(void)state;
	t.features = g;
	t.dim = 2;
	t.scores = &scores;
	for (size_t i = 0; i < n; i++) {
		double value[QF_ENGINE_KEYS];

		assert_ptr_equal(qf_engine_named(all[i]->name, strlen(all[i]->name)), all[i]);
		for (size_t key = 0; key < QF_ENGINE_KEYS; key++)
			value[key] = all[i]->key[key].otherwise;
		for (unsigned long nth = 1;; nth++) {
			struct qf_measured m = { 0 };
			void *fitted = NULL;
			enum qf_status st;

			qf_alloc_fail_at(nth, false);
			st = all[i]->fit(&fitted, &t, value, 1, 1, &e);
			if (st == QF_OK)
				st = qf_evaluate(&m, &t, all[i], fitted, &how, &e);
			qf_alloc_fail_at(0, false);
			all[i]->close(fitted);
			if (st == QF_OK)
				for (size_t c = 0; c < m.columns; c++)
					assert_true(isnan(m.value[c]) || isfinite(m.value[c]));
			qf_measured_free(&m);
			if (st == QF_OK)
				break;
			assert_int_equal(st, QF_ENOMEM);
		}
	}
	qf_task_free(&t);
}

/* --- beyond accuracy ----------------------------------------------------------- */

/* One case that knows tracks 0 and 1 and is shown 2, 3, 4 in that order; 4 and 5 are held out. Train: 8 users,
 * of whom 8 have track 0, 4 track 1, 2 track 2, 1 track 3, none 4 and 5. */
static struct qf_measured measure_one(const struct qf_interactions *vector, const struct qf_interactions *class, size_t *k, size_t n_k)
{
	static struct qf_listen rows[15];
	static const struct qf_listen in[] = { { 9, 0, 1, 0 }, { 9, 1, 1, 0 } }, out[] = { { 9, 4, 1, 0 }, { 9, 5, 1, 0 } };
	static const uint32_t has[8] = { 4, 3, 2, 2, 1, 1, 1, 1 };
	size_t n = 0, at[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3 };
	uint32_t col[] = { 2, 3, 4 };
	double v[] = { 3, 2, 1 };
	struct qf_scores scores = { 10, at, col, v };
	const struct qf_evaluation how = { .k = k, .n_k = n_k, .jobs = 1, .vector = vector, .class = class };
	struct qf_measured m;
	struct qf_err e = { 0 };
	struct qf_task t;
	void *state;

	for (uint32_t u = 0; u < 8; u++)
		for (uint32_t i = 0; i < has[u]; i++)
			rows[n++] = (struct qf_listen){ u, i, 1, 0 };
	assert_int_equal(n, 15);
	assert_ok(qf_split_given(&t, &(struct qf_given){ rows, in, out, NULL, n, 2, 2, 0 }, 10, 6, keys, keys, &e), e);
	t.scores = &scores;
	assert_ok(qf_engine_given.fit(&state, &t, NULL, 0, 1, &e), e);
	assert_ok(qf_evaluate(&m, &t, &qf_engine_given, state, &how, &e), e);
	qf_task_free(&t);
	return m;
}

static void novelty_and_popularity_of_what_is_shown(void **state)
{
	size_t k[] = { 2, 3 };
	struct qf_measured m = measure_one(NULL, NULL, k, 2);
	const double *at2 = m.value, *at3 = m.value + QF_METRICS;

	(void)state;
	assert_int_equal(m.columns, 2 * QF_METRICS);
	near(at2[QF_NOVELTY], (2 + 3) / 2.0, 1e-12);
	near(at3[QF_NOVELTY], (2 + 3 + 3) / 3.0, 1e-12); /* nobody counts as one */
	near(at3[QF_ARP], 1, 1e-12);
	near(at2[QF_PL], 1.5 / 6 - 1, 1e-12);
	near(at3[QF_RECALL], 0.5, 0);
	near(at3[QF_MRR], 1.0 / 3, 1e-12);
	near(m.coverage[0], 2.0 / 6, 1e-12);
	near(m.coverage[1], 3.0 / 6, 1e-12);
	assert_true(isnan(at3[QF_ILD]) && isnan(at3[QF_CALIBRATION]));
	/* 15 plays: track 0 has the first third, track 1 begins below the second, the rest is the tail. */
	assert_true(isnan(at3[QF_RECALL_HEAD]) && isnan(at3[QF_RECALL_MID]));
	near(at3[QF_RECALL_TAIL], 0.5, 0);
	near(at3[QF_TAIL], 1, 0);
	qf_measured_free(&m);
}

static void distance_within_a_list_is_the_mean_over_its_pairs(void **state)
{
	/* 2 and 4 point one way, 3 across; lengths do not count. */
	const struct qf_triple t[] = { { 2, 0, 5 }, { 3, 1, 1 }, { 4, 0, 2 } };
	struct qf_interactions vector;
	struct qf_measured m;
	struct qf_err e = { 0 };
	size_t k[] = { 1, 2, 3 };

	(void)state;
	assert_ok(qf_interactions_build(&vector, t, 3, 6, 2, &e), e);
	m = measure_one(&vector, NULL, k, 3);
	assert_true(isnan(m.value[QF_ILD]));
	near(m.value[QF_METRICS + QF_ILD], 1, 1e-12);
	near(m.value[2 * QF_METRICS + QF_ILD], 2.0 / 3, 1e-12);
	qf_measured_free(&m);
	qf_interactions_free(&vector);
}

static void calibration_is_the_divergence_of_the_mix(void **state)
{
	/* History: track 0 of class 0, track 1 half and half: p = 3/4, 1/4. Shown at 2: class 0 alone. */
	const struct qf_triple t[] = { { 0, 0, 1 }, { 1, 0, 2 }, { 1, 1, 2 }, { 2, 0, 1 }, { 4, 1, 1 } };
	struct qf_interactions class;
	struct qf_measured m;
	struct qf_err e = { 0 };
	size_t k[] = { 2, 3 };

	(void)state;
	assert_ok(qf_interactions_build(&class, t, 5, 6, 2, &e), e);
	m = measure_one(NULL, &class, k, 2);
	near(m.value[QF_CALIBRATION], 0.75 * log(0.75 / (0.99 + 0.0075)) + 0.25 * log(0.25 / 0.0025), 1e-12);
	near(m.value[QF_METRICS + QF_CALIBRATION], 0.75 * log(0.75 / (0.495 + 0.0075)) + 0.25 * log(0.25 / (0.495 + 0.0025)), 1e-12);
	qf_measured_free(&m);
	qf_interactions_free(&class);
}

/* --- confidence ---------------------------------------------------------------- */

static void means_and_intervals_leave_out_whom_they_do_not_fit(void **state)
{
	/* Columns: 0 or 1; always 2; nobody; one user alone. */
	const double v[] = { 0, 2, NAN, NAN, 1, 2, NAN, 7 };
	double mean[4], low[4], high[4];
	struct qf_err e = { 0 };

	(void)state;
	qf_means(v, 2, 4, mean);
	near(mean[0], 0.5, 0);
	near(mean[3], 7, 0);
	assert_true(isnan(mean[2]));
	assert_ok(qf_bootstrap(v, 2, 4, 1000, 1, low, high, &e), e);
	near(low[0], 0, 0); /* a quarter of the samples has 0 twice */
	near(high[0], 1, 0);
	near(low[1], 2, 0);
	near(high[1], 2, 0);
	assert_true(isnan(low[2]) && isnan(high[2]));
	near(low[3], 7, 0);
}

static void an_interval_is_that_of_the_normal_law_for_many_users(void **state)
{
	/* 400 users, half 0 and half 1: the mean has the standard deviation 1/40, the interval 1.96 of it. */
	double v[400], low, high;
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 400; i++)
		v[i] = (double)(i % 2);
	assert_ok(qf_bootstrap(v, 400, 1, 4000, 1, &low, &high, &e), e);
	near(low, 0.5 - 1.96 / 40, 0.004);
	near(high, 0.5 + 1.96 / 40, 0.004);
}

static void few_users_are_tossed_in_every_way(void **state)
{
	/* 1, 2, 3: of 8 ways two come to 6. 1, 1, -1: all come to at least 1. 0: always. Nobody: no number. */
	const double d[] = { 1, 1, 0, NAN, 2, 1, 0, NAN, 3, -1, 0, NAN };
	double p[4];
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_permutation(d, 3, 4, 1000, 1, p, &e), e);
	near(p[0], 0.25, 0);
	near(p[1], 1, 0);
	near(p[2], 1, 0);
	assert_true(isnan(p[3]));
}

static void many_users_are_tossed_by_chance(void **state)
{
	/* 100 users who all gain: 1 in 2^99. 64 who gain, 36 who lose as much: 28 / sqrt 100 = 2.8 sigma; exactly
	 * 2 P(X >= 64) = 0.0066 for X of Binomial(100, 1/2). */
	double d[200], p[2];
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		d[2 * i] = 0.1;
		d[2 * i + 1] = i < 64 ? 0.1 : -0.1;
	}
	assert_ok(qf_permutation(d, 100, 2, 20000, 1, p, &e), e);
	near(p[0], 1.0 / 20001, 1e-12);
	near(p[1], 0.0066, 0.0018);
}

static int fill_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		keys[i] = qf_mix64(i + 1);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_is_cut_where_ties_are_worst),
		cmocka_unit_test(the_list_agrees_with_counting),
		cmocka_unit_test(metrics_of_two_hits_in_three),
		cmocka_unit_test(gini_of_six_tracks),
		cmocka_unit_test(ease_of_two_tracks_is_a_division),
		cmocka_unit_test(ease_keeps_the_nearest_of_each_track_both_ways),
		cmocka_unit_test(of_equal_neighbours_ease_keeps_no_more_than_of_others),
		cmocka_unit_test(ease_leaves_out_what_nobody_heard),
		cmocka_unit_test(neighbours_are_cosines_with_shrinkage),
		cmocka_unit_test(popularity_counts_users_and_trending_what_is_played_now),
		cmocka_unit_test(content_is_the_mean_of_the_nearest_cosines),
		cmocka_unit_test(every_engine_takes_what_it_needs_and_leaks_nothing),
		cmocka_unit_test(novelty_and_popularity_of_what_is_shown),
		cmocka_unit_test(distance_within_a_list_is_the_mean_over_its_pairs),
		cmocka_unit_test(calibration_is_the_divergence_of_the_mix),
		cmocka_unit_test(means_and_intervals_leave_out_whom_they_do_not_fit),
		cmocka_unit_test(an_interval_is_that_of_the_normal_law_for_many_users),
		cmocka_unit_test(few_users_are_tossed_in_every_way),
		cmocka_unit_test(many_users_are_tossed_by_chance),
	};

	return cmocka_run_group_tests(tests, fill_keys, NULL);
}
