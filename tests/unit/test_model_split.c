/* Splits: what may be learned from, and what is to be found. */
#include "unit.h"

#include "base/alloc.h"
#include "base/random.h"
#include "model/split.h"

#include <stdbool.h>

enum { USERS = 40, ITEMS = 30 };

static uint64_t user_key[USERS], item_key[ITEMS];
static struct qf_listen many[USERS * ITEMS];
static size_t n_many;

static int keys_and_rows(void **state)
{
	(void)state;
	for (uint32_t u = 0; u < USERS; u++)
		user_key[u] = qf_mix64(u + 1000);
	for (uint32_t i = 0; i < ITEMS; i++)
		item_key[i] = qf_mix64(i + 5000);
	for (uint32_t u = 0; u < USERS; u++)
		for (uint32_t i = 0; i < ITEMS; i++)
			if ((u + 2 * i) % 3 == 0)
				many[n_many++] = (struct qf_listen){ u, i, 1, 1000 + (int64_t)(u * 31 + i * 17) % 97 };
	return 0;
}

static struct qf_task split(const struct qf_listen *l, size_t n, enum qf_split_kind kind, double share, uint64_t seed)
{
	const struct qf_split_rules rules = { kind, share, seed, user_key, item_key };
	struct qf_task t;
	struct qf_err e = { 0 };

	assert_ok(qf_split(&t, l, n, USERS, ITEMS, &rules, &e), e);
	return t;
}

static bool holds(const struct qf_listen *l, size_t n, uint32_t user, uint32_t item)
{
	for (size_t i = 0; i < n; i++)
		if (l[i].user == user && l[i].item == item)
			return true;
	return false;
}

/* Every row of a case is known or to be found, and never both. */
static void assert_parted(const struct qf_task *t)
{
	for (size_t c = 0; c < t->cases; c++) {
		assert_true(qf_interactions_count(&t->truth, c) > 0);
		for (size_t at = t->truth.at[c]; at < t->truth.at[c + 1]; at++)
			assert_false(holds(t->history, t->n_history, (uint32_t)c, t->truth.col[at]));
	}
}

static void temporal_finds_what_was_new_behind_a_date(void **state)
{
	/* Times 1 2 3 8 9 10; half of it from 8 on: track 2 of user 0 and track 3 of user 1 are to be
	 * found; track 0 at 9 was heard before and is neither. */
	static const struct qf_listen l[] = { { 0, 0, 1, 1 }, { 0, 0, 1, 9 }, { 0, 1, 1, 2 }, { 0, 2, 1, 10 }, { 1, 0, 1, 3 }, { 1, 3, 1, 8 } };
	struct qf_task t = split(l, 6, QF_SPLIT_TEMPORAL, 0.5, 1);

	(void)state;
	assert_int_equal(t.n_train, 3);
	assert_int_equal(t.now, 3);
	assert_int_equal(t.cases, 2);
	assert_int_equal(t.truth.n, 2);
	assert_int_equal(t.truth.col[0], 2);
	assert_int_equal(t.truth.col[1], 3);
	assert_int_equal(t.n_history, 3);
	assert_true(t.listeners[0] == 2 && t.listeners[1] == 1 && t.listeners[2] == 0);
	qf_task_free(&t);
}

static void leave_one_out_takes_what_was_met_last(void **state)
{
	/* User 0 met track 2 last (at 5), though track 0 was played later again; user 1 has but one. */
	static const struct qf_listen l[] = { { 0, 0, 1, 1 }, { 0, 0, 1, 9 }, { 0, 2, 1, 5 }, { 0, 2, 1, 6 }, { 1, 3, 1, 8 } };
	struct qf_task t = split(l, 5, QF_SPLIT_LOO, 0, 1);

	(void)state;
	assert_int_equal(t.cases, 1);
	assert_int_equal(t.truth.n, 1);
	assert_int_equal(t.truth.col[0], 2);
	assert_int_equal(t.n_history, 2);
	assert_int_equal(t.n_train, 3);
	qf_task_free(&t);
}

static void weak_holds_out_a_share_of_each_users_tracks(void **state)
{
	struct qf_task t = split(many, n_many, QF_SPLIT_WEAK, 0.2, 1);

	(void)state;
	assert_int_equal(t.cases, USERS);
	assert_int_equal(t.users, USERS);
	assert_int_equal(t.truth.n, 2 * USERS); /* a fifth of 10 */
	assert_int_equal(t.n_train, 8 * USERS);
	assert_int_equal(t.n_history, 8 * USERS);
	assert_parted(&t);
	qf_task_free(&t);
}

static void strong_holds_out_users_whole(void **state)
{
	struct qf_task t = split(many, n_many, QF_SPLIT_STRONG, 0.2, 1);

	(void)state;
	assert_int_equal(t.cases, USERS / 5);
	assert_int_equal(t.users, USERS - USERS / 5);
	assert_int_equal(t.n_train, 10 * t.users);
	assert_int_equal(t.truth.n, 2 * t.cases);
	assert_int_equal(t.n_history, 8 * t.cases);
	assert_parted(&t);
	for (size_t c = 0; c < t.cases; c++)
		for (size_t u = 0; u < t.users; u++)
			assert_true(t.user_key[u] != user_key[t.user[c]]);
	qf_task_free(&t);
}

static void cold_tracks_are_in_no_training_and_the_only_candidates(void **state)
{
	struct qf_task t = split(many, n_many, QF_SPLIT_COLD, 0.1, 1);
	size_t open = 0;

	(void)state;
	for (uint32_t i = 0; i < ITEMS; i++) {
		open += !t.closed[i];
		for (size_t r = 0; r < t.n_train; r++)
			assert_true(t.closed[t.train[r].item]);
		assert_true(t.listeners[i] >= 13 && t.listeners[i] <= 14); /* popularity as it turned out to be */
	}
	assert_int_equal(open, 3);
	for (size_t at = 0; at < t.truth.n; at++)
		assert_false(t.closed[t.truth.col[at]]);
	assert_parted(&t);
	qf_task_free(&t);
}

static void chance_goes_by_seed_and_keys_alone(void **state)
{
	struct qf_task a = split(many, n_many, QF_SPLIT_WEAK, 0.2, 1), b = split(many, n_many, QF_SPLIT_WEAK, 0.2, 2), alone;
	uint64_t keys[1] = { user_key[7] };
	struct qf_listen own[ITEMS];
	const struct qf_split_rules rules = { QF_SPLIT_WEAK, 0.2, 1, keys, item_key };
	struct qf_err e = { 0 };
	size_t n = 0;

	(void)state;
	assert_true(memcmp(a.truth.col, b.truth.col, a.truth.n * sizeof *a.truth.col) != 0);
	for (size_t i = 0; i < n_many; i++)
		if (many[i].user == 7) {
			own[n] = many[i];
			own[n++].user = 0;
		}
	assert_ok(qf_split(&alone, own, n, 1, ITEMS, &rules, &e), e); /* who is alone gets what the same one gets among others */
	assert_int_equal(alone.truth.n, 2);
	assert_memory_equal(alone.truth.col, a.truth.col + a.truth.at[7], 2 * sizeof *alone.truth.col);
	qf_task_free(&a);
	qf_task_free(&b);
	qf_task_free(&alone);
}

static void a_given_split_folds_in_or_takes_the_history_from_train(void **state)
{
	static const struct qf_listen train[] = { { 0, 0, 1, 0 }, { 0, 1, 2, 0 }, { 2, 1, 1, 0 } }, in[] = { { 3, 1, 5, 0 } };
	static const struct qf_listen truth[] = { { 2, 4, 1, 0 }, { 3, 0, 1, 0 }, { 3, 0, 1, 0 } }, candidates[] = { { 3, 2, 1, 0 }, { 9, 2, 1, 0 } };
	const struct qf_given folded = { train, in, truth, candidates, 3, 1, 3, 2 }, weak = { train, NULL, truth, NULL, 3, 0, 3, 0 };
	struct qf_err e = { 0 };
	struct qf_task t;

	(void)state;
	assert_ok(qf_split_given(&t, &folded, USERS, ITEMS, user_key, item_key, &e), e);
	assert_int_equal(t.cases, 2);
	assert_int_equal(t.users, 2);
	assert_true(t.user_key[1] == user_key[2]);
	assert_int_equal(t.user[1], 3);
	assert_int_equal(t.n_history, 1); /* user 2 is known to train, but not by what is folded in */
	assert_int_equal(t.history[0].user, 1);
	assert_int_equal(qf_interactions_count(&t.truth, 1), 1);
	assert_int_equal(t.candidates.n, 1);
	qf_task_free(&t);
	assert_ok(qf_split_given(&t, &weak, USERS, ITEMS, user_key, item_key, &e), e);
	assert_int_equal(t.n_history, 1);
	assert_int_equal(t.history[0].user, 0);
	assert_int_equal(t.candidates.rows, 0);
	qf_task_free(&t);
}

static void nothing_to_learn_or_to_find_is_said(void **state)
{
	static const struct qf_listen one[] = { { 0, 0, 1, 0 } };
	struct qf_task t;
	struct qf_err e = { 0 };

	(void)state;
	for (int kind = 0; kind < QF_SPLITS; kind++) {
		const struct qf_split_rules rules = { (enum qf_split_kind)kind, 0.2, 1, user_key, item_key };

		assert_int_equal(qf_split(&t, one, 1, 1, 1, &rules, &e), QF_ENOTFOUND);
		assert_null(t.train);
		assert_int_equal(qf_split(&t, one, 0, 0, 0, &rules, &e), QF_ENOTFOUND);
	}
}

static void memory_that_runs_out_is_an_error_and_no_leak(void **state)
{
	struct qf_task t;
	struct qf_err e = { 0 };

	(void)state;
	for (int kind = 0; kind < QF_SPLITS; kind++)
		for (unsigned long nth = 1;; nth++) {
			const struct qf_split_rules rules = { (enum qf_split_kind)kind, 0.2, 1, user_key, item_key };
			enum qf_status st;

			qf_alloc_fail_at(nth, false);
			st = qf_split(&t, many, n_many, USERS, ITEMS, &rules, &e);
			qf_alloc_fail_at(0, false);
			if (st == QF_OK) {
				qf_task_free(&t);
				break;
			}
			assert_int_equal(st, QF_ENOMEM);
			assert_null(t.train);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(temporal_finds_what_was_new_behind_a_date),
		cmocka_unit_test(leave_one_out_takes_what_was_met_last),
		cmocka_unit_test(weak_holds_out_a_share_of_each_users_tracks),
		cmocka_unit_test(strong_holds_out_users_whole),
		cmocka_unit_test(cold_tracks_are_in_no_training_and_the_only_candidates),
		cmocka_unit_test(chance_goes_by_seed_and_keys_alone),
		cmocka_unit_test(a_given_split_folds_in_or_takes_the_history_from_train),
		cmocka_unit_test(nothing_to_learn_or_to_find_is_said),
		cmocka_unit_test(memory_that_runs_out_is_an_error_and_no_leak),
	};

	return cmocka_run_group_tests(tests, keys_and_rows, NULL);
}
