/* What is folded in: a user against a full refit, new tracks, an earlier model to begin from. */
#include "base/alloc.h"
#include "model/foldin.h"
#include "model/ials.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USERS = 1500, ITEMS = 150, RANK = 8, TOP = 10 };

static int64_t ids[USERS + 1];

/* Users and items stand on a circle; the nearer, the likelier heard, and each user by a taste of
 * their own for one item in four. */
static bool hears(uint32_t u, uint32_t i)
{
	uint32_t far = (u * ITEMS / USERS + ITEMS - i) % ITEMS, hash = u * 2654435761U ^ i * 2246822519U;

	far = far < ITEMS - far ? far : ITEMS - far;
	hash = (hash ^ hash >> 15) * 2654435761U;
	hash ^= hash >> 13;
	return hash % 100 < (far < 8 ? 60 : far < 20 ? 15 : 2);
}

/* One user in `step` alone, without the user `out`, if below USERS. */
static struct qf_pairs listening_of(uint32_t step, size_t out)
{
	struct qf_triple *t = qf_alloc((size_t)USERS * ITEMS, sizeof *t);
	struct qf_pairs x;
	struct qf_err e = { 0 };
	size_t n = 0;

	for (uint32_t u = 0; u < USERS; u += step)
		for (uint32_t i = 0; i < ITEMS; i++)
			if (u != out && hears(u, i))
				t[n++] = (struct qf_triple){ u / step, i, (float)(1 + (u * i) % 5) };
	assert_ok(qf_pairs_build(&x, t, n, USERS / step, ITEMS, 1, 1, &e), e);
	return x;
}

static struct qf_pairs listening(size_t out)
{
	return listening_of(1, out);
}

static struct qf_ials *trained(const struct qf_pairs *x, const struct qf_ials_params *p, size_t epochs)
{
	struct qf_ials *m;
	struct qf_err e = { 0 };

	assert_ok(qf_ials_open(&m, x, ids, ids, NULL, p, &e), e);
	assert_ok(qf_ials_train(m, epochs, NULL, NULL, &e), e);
	return m;
}

static struct qf_ials_params exact(void)
{
	struct qf_ials_params p = qf_ials_defaults;

	p.rank = RANK;
	p.alpha0 = 0.3;
	p.lambda = 0.01;
	p.solver = QF_IALS_CHOLESKY;
	return p;
}

/* The row of a user solved against the items of a model. */
static void fold(const struct qf_ials *m, const struct qf_ials_params *p, const uint32_t *item, const float *c, size_t n, float *row)
{
	const struct qf_matrix *q = qf_ials_items(m);
	struct qf_matrix gram;
	struct qf_foldin *f;
	struct qf_err e = { 0 };

	assert_ok(qf_matrix_open(&gram, q->k, q->k, &e), e);
	assert_ok(qf_gramian(gram.v, q, 1, 1, &e), e);
	assert_ok(qf_foldin_open(&f, q, gram.v, &(struct qf_foldin_params){ p->alpha0, p->lambda, p->nu, q->rows }, &e), e);
	assert_ok(qf_foldin_user(f, item, c, n, &e), e);
	memcpy(row, qf_foldin_row(f), q->k * sizeof *row);
	qf_foldin_close(f);
	qf_matrix_close(&gram);
}

static void best_unheard(const struct qf_matrix *q, const float *row, uint32_t u, uint32_t *best)
{
	double score[ITEMS];

	for (size_t i = 0; i < ITEMS; i++)
		score[i] = hears(u, (uint32_t)i) ? -INFINITY : qf_linear_dot(row, qf_matrix_row(q, i), q->k);
	for (size_t t = 0; t < TOP; t++) {
		size_t at = 0;

		for (size_t i = 1; i < ITEMS; i++)
			if (score[i] > score[at])
				at = i;
		best[t] = (uint32_t)at;
		score[at] = -INFINITY;
	}
}

static size_t in_both(const uint32_t *a, const uint32_t *b)
{
	size_t n = 0;

	for (size_t i = 0; i < TOP; i++)
		for (size_t j = 0; j < TOP; j++)
			n += a[i] == b[j];
	return n;
}

static void a_user_folded_in_gets_the_list_of_a_full_refit(void **state)
{
	const struct qf_ials_params p = exact();
	struct qf_pairs all = listening(USERS);
	struct qf_ials *whole = trained(&all, &p, 30);
	size_t equal = 0, asked = 0;

	(void)state;
	for (uint32_t u = 3; u < USERS; u += 75) {
		struct qf_pairs less = listening(u);
		struct qf_ials *without = trained(&less, &p, 30);
		uint32_t item[ITEMS], a[TOP], b[TOP];
		float c[ITEMS], row[QF_LANES];

		qf_pairs_row(&all, u, item, c);
		fold(without, &p, item, c, qf_pairs_count(&all, u), row);
		best_unheard(qf_ials_items(without), row, u, a);
		best_unheard(qf_ials_items(whole), qf_matrix_row(qf_ials_users(whole), u), u, b);
		equal += in_both(a, b);
		asked += TOP;
		qf_ials_close(without);
		qf_pairs_free(&less);
	}
	print_message("fold-in and full refit share %zu of %zu\n", equal, asked);
	assert_true((double)equal >= 0.95 * (double)asked);
	qf_ials_close(whole);
	qf_pairs_free(&all);
}

/* A model of x that begins where `old` is. */
static struct qf_ials *begun(const struct qf_pairs *x, const struct qf_ials_params *p, const struct qf_ials *old)
{
	struct qf_ials *m;
	bool has[ITEMS];
	struct qf_err e = { 0 };

	memset(has, true, sizeof has);
	assert_ok(qf_ials_open(&m, x, ids, ids, NULL, p, &e), e);
	qf_ials_begin_at(m, qf_ials_items(old), has, NULL);
	return m;
}

static void among_few_users_a_new_one_is_folded_in_with_the_tracks_that_moved(void **state)
{
	/* 100 users, some 15 of whom play a track: here a single one moves tracks, so that the list of a user
	 * alone folded in is further from that of four epochs with the user than that of an update. */
	enum { STEP = 15 };
	const struct qf_ials_params p = exact();
	struct qf_pairs all = listening_of(STEP, USERS);
	size_t alone = 0, updated = 0, asked = 0;

	(void)state;
	for (uint32_t u = 0; u < USERS; u += 4 * STEP) {
		struct qf_pairs less = listening_of(STEP, u);
		struct qf_ials *old = trained(&less, &p, 30), *refit = begun(&all, &p, old), *update = begun(&all, &p, old);
		uint32_t item[ITEMS], a[TOP], b[TOP], c[TOP];
		float confidence[ITEMS], row[QF_LANES];
		bool only[ITEMS] = { 0 };
		struct qf_err e = { 0 };
		size_t n = qf_pairs_count(&all, u / STEP);

		qf_pairs_row(&all, u / STEP, item, confidence);
		for (size_t j = 0; j < n; j++)
			only[item[j]] = true;
		assert_ok(qf_ials_train(refit, 4, NULL, NULL, &e), e);
		assert_ok(qf_ials_update(update, only, &e), e);
		fold(refit, &p, item, confidence, n, row);
		best_unheard(qf_ials_items(refit), row, u, a);
		fold(update, &p, item, confidence, n, row);
		best_unheard(qf_ials_items(update), row, u, b);
		fold(old, &p, item, confidence, n, row);
		best_unheard(qf_ials_items(old), row, u, c);
		updated += in_both(a, b);
		alone += in_both(a, c);
		asked += TOP;
		qf_ials_close(old);
		qf_ials_close(refit);
		qf_ials_close(update);
		qf_pairs_free(&less);
	}
	print_message("of %zu, a warm refit shares %zu with an update, %zu with the user folded in alone\n", asked, updated, alone);
	assert_true((double)updated >= 0.97 * (double)asked);
	assert_true(alone < updated);
	qf_pairs_free(&all);
}

static void a_new_track_folded_in_stands_where_its_equations_say(void **state)
{
	/* One track of an exactly trained model is forgotten: solved against the users of the rest it
	 * minimizes the loss in its row, so that no other value of it is better. */
	const struct qf_ials_params p = exact();
	struct qf_pairs x = listening(USERS);
	struct qf_ials *m = trained(&x, &p, 30);
	struct qf_matrix old;
	bool has[ITEMS], only[ITEMS] = { [7] = true };
	struct qf_err e = { 0 };
	double best, other;

	(void)state;
	assert_ok(qf_matrix_open(&old, ITEMS, qf_ials_items(m)->k, &e), e);
	memcpy(old.v, qf_ials_items(m)->v, ITEMS * old.k * sizeof(float));
	memset(has, true, sizeof has);
	has[7] = false;
	qf_ials_begin_at(m, &old, has, NULL);
	for (size_t j = 0; j < old.k; j++)
		assert_true(qf_matrix_row(qf_ials_items(m), 7)[j] >= 0 && qf_matrix_row(qf_ials_items(m), 7)[j] <= 0);
	assert_ok(qf_ials_fold(m, only, &e), e);
	for (size_t i = 0; i < ITEMS; i++)
		if (i != 7)
			assert_memory_equal(qf_matrix_row(qf_ials_items(m), i), qf_matrix_row(&old, i), old.k * sizeof(float));
	assert_ok(qf_ials_loss(m, &best, &e), e);
	for (size_t j = 0; j < RANK; j++)
		for (int side = -1; side <= 1; side += 2) {
			qf_matrix_row(qf_ials_items(m), 7)[j] += 0.05F * (float)side;
			assert_ok(qf_ials_loss(m, &other, &e), e);
			assert_true(other > best);
			qf_matrix_row(qf_ials_items(m), 7)[j] -= 0.05F * (float)side;
		}
	qf_matrix_close(&old);
	qf_ials_close(m);
	qf_pairs_free(&x);
}

static void a_warm_start_is_where_a_long_training_is(void **state)
{
	struct qf_ials_params p = exact();
	struct qf_pairs x = listening(USERS);
	struct qf_ials *old = trained(&x, &p, 40), *cold = trained(&x, &p, 2), *warm;
	bool has[ITEMS];
	struct qf_err e = { 0 };
	double at_old, at_cold, at_warm;

	(void)state;
	memset(has, true, sizeof has);
	assert_ok(qf_ials_open(&warm, &x, ids, ids, NULL, &p, &e), e);
	qf_ials_begin_at(warm, qf_ials_items(old), has, NULL);
	assert_ok(qf_ials_train(warm, 2, NULL, NULL, &e), e);
	assert_ok(qf_ials_loss(old, &at_old, &e), e);
	assert_ok(qf_ials_loss(cold, &at_cold, &e), e);
	assert_ok(qf_ials_loss(warm, &at_warm, &e), e);
	assert_true(at_warm <= at_old * (1 + 1e-6));
	assert_true(at_cold > 1.01 * at_old);
	qf_ials_close(old);
	qf_ials_close(cold);
	qf_ials_close(warm);
	qf_pairs_free(&x);
}

static void the_last_epoch_can_be_exact(void **state)
{
	/* Items solved exactly have a loss that another exact half of an epoch for them cannot lower. */
	struct qf_ials_params p = exact();
	struct qf_pairs x = listening(USERS);
	struct qf_ials *rough, *polished;
	struct qf_err e = { 0 };
	double a, b;

	(void)state;
	p.solver = QF_IALS_CG;
	p.cg_steps = 1;
	rough = trained(&x, &p, 6);
	p.polish = true;
	polished = trained(&x, &p, 6);
	assert_ok(qf_ials_loss(rough, &a, &e), e);
	assert_ok(qf_ials_loss(polished, &b, &e), e);
	assert_true(b < a);
	qf_ials_close(rough);
	qf_ials_close(polished);
	qf_pairs_free(&x);
}

static void odd_listening_gives_numbers(void **state)
{
	/* One user and one track; equal plays of everything by everybody; a user with 100,000 tracks. */
	static const struct { uint32_t users, items; } shape[] = { { 1, 1 }, { 40, 30 }, { 2, 100000 } };
	static int64_t many[100000];

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		many[i] = (int64_t)i;
	for (size_t s = 0; s < 3; s++) {
		size_t n = (size_t)shape[s].users * shape[s].items;
		struct qf_triple *t = qf_alloc(n, sizeof *t);
		struct qf_ials_params p = qf_ials_defaults;
		struct qf_pairs x;
		struct qf_ials *m;
		struct qf_err e = { 0 };

		p.rank = 16;
		p.jobs = 2;
		for (size_t i = 0; i < n; i++)
			t[i] = (struct qf_triple){ (uint32_t)(i % shape[s].users), (uint32_t)(i / shape[s].users), 3 };
		assert_ok(qf_pairs_build(&x, t, n, shape[s].users, shape[s].items, 1, 1, &e), e);
		assert_ok(qf_ials_open(&m, &x, many, many, NULL, &p, &e), e);
		assert_ok(qf_ials_train(m, 4, NULL, NULL, &e), e);
		for (size_t u = 0; u < shape[s].users; u++) {
			double score = qf_linear_dot(qf_matrix_row(qf_ials_users(m), u), qf_matrix_row(qf_ials_items(m), 0), 16);

			assert_true(score > 0.5 && score < 1); /* everybody has it: near 1, held back a little */
		}
		qf_ials_close(m);
		qf_pairs_free(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_folded_in_gets_the_list_of_a_full_refit),
		cmocka_unit_test(among_few_users_a_new_one_is_folded_in_with_the_tracks_that_moved),
		cmocka_unit_test(a_new_track_folded_in_stands_where_its_equations_say),
		cmocka_unit_test(a_warm_start_is_where_a_long_training_is),
		cmocka_unit_test(the_last_epoch_can_be_exact),
		cmocka_unit_test(odd_listening_gives_numbers),
	};

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		ids[i] = (int64_t)i;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
