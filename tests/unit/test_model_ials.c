/* The factorization: closed forms, agreement of its solvers, its loss, its bits. */
#include "base/alloc.h"
#include "model/foldin.h"
#include "model/ials.h"
#include "model/interactions.h"
#include "model/ridge.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

enum { USERS = 60, ITEMS = 40 };

static int64_t ids[5000];

static void count_ids(void)
{
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		ids[i] = (int64_t)i + 1000;
}

/* Half of the users hear the first half of the items, the others the second half:
 * each user leaves out one in seven. */
static struct qf_pairs two_communities(void)
{
	struct qf_triple *t = qf_alloc((size_t)USERS * ITEMS, sizeof *t);
	struct qf_pairs x;
	struct qf_err e = { 0 };
	size_t n = 0;

	for (uint32_t u = 0; u < USERS; u++)
		for (uint32_t i = 0; i < ITEMS; i++)
			if ((u < USERS / 2) == (i < ITEMS / 2) && (u + 3 * i) % 7)
				t[n++] = (struct qf_triple){ u, i, (float)(1 + (u * i) % 5) };
	assert_int_equal(qf_pairs_build(&x, t, n, USERS, ITEMS, 1, 1, &e), QF_OK);
	return x;
}

/* A scattered matrix with some long rows and some empty ones. */
static struct qf_pairs scattered(uint32_t users, uint32_t items, size_t n)
{
	struct qf_triple *t = qf_alloc(n, sizeof *t);
	struct qf_pairs x;
	struct qf_err e = { 0 };
	uint64_t s = 7;

	for (size_t i = 0; i < n; i++) {
		s = s * 6364136223846793005U + 1442695040888963407U;
		uint32_t a = (uint32_t)(s >> 33), b = (uint32_t)(s >> 40);
		t[i] = (struct qf_triple){ a % users, (b % items) * (a % 3) / 2 % items, (float)(1 + b % 4) };
	}
	assert_int_equal(qf_pairs_build(&x, t, n, users, items, 1, 1, &e), QF_OK);
	return x;
}

static struct qf_ials *trained(const struct qf_pairs *x, const struct qf_ials_params *p, size_t epochs)
{
	struct qf_ials *m;
	struct qf_err e = { 0 };

	assert_int_equal(qf_ials_open(&m, x, ids, ids, NULL, p, &e), QF_OK);
	assert_int_equal(qf_ials_train(m, epochs, NULL, NULL, &e), QF_OK);
	return m;
}

static bool same(const struct qf_matrix *a, const struct qf_matrix *b)
{
	return a->rows == b->rows && a->k == b->k && memcmp(a->v, b->v, a->rows * a->k * sizeof *a->v) == 0;
}

static double furthest(const struct qf_matrix *a, const struct qf_matrix *b)
{
	double most = 0;

	for (size_t i = 0; i < a->rows * a->k; i++)
		most = fmax(most, fabs((double)a->v[i] - (double)b->v[i]));
	return most;
}

/* --- interactions ---------------------------------------------------------- */

static void triples_become_rows_in_order_and_pairs_are_added(void **state)
{
	const struct qf_triple t[] = { { 1, 2, 4 }, { 0, 1, 1 }, { 1, 0, 2 }, { 0, 1, 2 } };
	struct qf_interactions x, back;
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_interactions_build(&x, t, 4, 2, 3, &e), QF_OK);
	assert_int_equal(x.n, 3);
	assert_int_equal(x.at[1], 1);
	assert_int_equal(x.at[2], 3);
	assert_int_equal(x.col[0], 1);
	near(x.weight[0], 3, 0);
	assert_int_equal(x.col[1], 0);
	near(x.weight[1], 2, 0);
	assert_int_equal(x.col[2], 2);
	assert_int_equal(qf_interactions_transpose(&back, &x, &e), QF_OK);
	assert_int_equal(back.rows, 3);
	assert_int_equal(back.col[back.at[2]], 1);
	near(back.weight[back.at[2]], 4, 0);
	qf_interactions_confidence(&x, 2, 1);
	near(x.weight[0], 1 + 2 * log(4), 1e-6); /* 1 + 2 log(1 + 3 / 1) */
	qf_interactions_free(&x);
	qf_interactions_free(&back);
}

static void a_damaged_triple_is_refused(void **state)
{
	const struct qf_triple outside = { 2, 0, 1 }, negative = { 0, 0, -1 }, endless = { 0, 0, INFINITY };
	struct qf_interactions x;
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_interactions_build(&x, &outside, 1, 2, 1, &e), QF_EINVAL);
	assert_int_equal(qf_interactions_build(&x, &negative, 1, 2, 1, &e), QF_EINVAL);
	assert_int_equal(qf_interactions_build(&x, &endless, 1, 2, 1, &e), QF_EINVAL);
	assert_null(x.at);
}

/* --- pairs ------------------------------------------------------------------ */

static struct qf_pairs pairs_of(const struct qf_triple *t, size_t n, size_t users, size_t items)
{
	struct qf_triple *own = qf_alloc(n, sizeof *own);
	struct qf_pairs x;
	struct qf_err e = { 0 };

	memcpy(own, t, n * sizeof *own);
	assert_int_equal(qf_pairs_build(&x, own, n, users, items, 2, 1, &e), QF_OK);
	return x;
}

static void pairs_are_rows_in_order_with_the_confidence_of_their_sum(void **state)
{
	const struct qf_triple t[] = { { 1, 2, 4 }, { 0, 1, 1 }, { 1, 0, 2 }, { 0, 1, 2 } };
	struct qf_pairs x = pairs_of(t, 4, 2, 3), back;
	uint32_t col[2];
	float c[2];
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(x.n, 3);
	assert_int_equal(qf_pairs_count(&x, 0), 1);
	qf_pairs_row(&x, 0, col, c);
	assert_int_equal(col[0], 1);
	near(c[0], 1 + 2 * log(4), 1e-6); /* 1 + 2 log(1 + 3 / 1) */
	qf_pairs_row(&x, 1, col, c);
	assert_int_equal(col[0], 0);
	near(c[0], 1 + 2 * log(3), 1e-6);
	assert_int_equal(col[1], 2);
	near(c[1], 1 + 2 * log(5), 1e-6);
	assert_int_equal(qf_pairs_transpose(&back, &x, &e), QF_OK);
	assert_int_equal(back.rows, 3);
	assert_int_equal(qf_pairs_count(&back, 2), 1);
	qf_pairs_row(&back, 2, col, c);
	assert_int_equal(col[0], 1);
	near(c[0], 1 + 2 * log(5), 1e-6);
	qf_pairs_free(&x);
	qf_pairs_free(&back);
}

static void pairs_are_the_same_bytes_in_any_order(void **state)
{
	enum { N = 3000 };
	static struct qf_triple t[N];
	struct qf_pairs a, b;

	(void)state;
	for (size_t i = 0; i < N; i++) /* each pair three times, with weights whose sum hangs on the order */
		t[i] = (struct qf_triple){ (uint32_t)(i * 7 % 50), (uint32_t)(i * i % 40), 0.1F * (float)(1 + i % 97) };
	a = pairs_of(t, N, 50, 40);
	for (size_t i = 0; i < N; i++) { /* 1009 is prime to N */
		size_t j = i * 1009 % N;

		t[i] = (struct qf_triple){ (uint32_t)(j * 7 % 50), (uint32_t)(j * j % 40), 0.1F * (float)(1 + j % 97) };
	}
	b = pairs_of(t, N, 50, 40);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.at, b.at, 51 * sizeof *a.at);
	assert_memory_equal(a.cell, b.cell, a.n * sizeof *a.cell);
	assert_memory_equal(a.level, b.level, sizeof a.level);
	qf_pairs_free(&a);
	qf_pairs_free(&b);
}

static void many_confidences_are_rounded_in_equal_ratios(void **state)
{
	/* 1,000 weights from 1 to 1,000: confidences from 1 + 2 log 2 to 1 + 2 log 1001, 255 steps of the same ratio */
	static struct qf_triple t[1000];
	const double lo = 1 + 2 * log(2), hi = 1 + 2 * log(1001), step = pow(hi / lo, 1 / 255.0);
	struct qf_pairs x;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		t[i] = (struct qf_triple){ 0, i, (float)(1 + i) };
	x = pairs_of(t, 1000, 1, 1000);
	near(x.level[0], lo, 1e-6);
	near(x.level[1], lo * step, 1e-6);
	near(x.level[255], hi, 1e-5);
	for (size_t i = 0; i < 1000; i++) {
		double ratio = (double)qf_pairs_confidence(&x, i) / (1 + 2 * log(2 + (double)i));

		assert_int_equal(qf_pairs_col(&x, i), i);
		assert_true(ratio <= sqrt(step) * (1 + 1e-6) && ratio >= 1 / sqrt(step) * (1 - 1e-6));
	}
	assert_true(step < 1.0075);
	qf_pairs_free(&x);
}

static void what_cannot_be_packed_is_refused(void **state)
{
	const struct qf_triple bad[] = { { 2, 0, 1 }, { 0, 0, -1 }, { 0, 0, INFINITY } };
	struct qf_pairs x;
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct qf_triple *t = qf_alloc(1, sizeof *t);

		*t = bad[i];
		assert_int_equal(qf_pairs_build(&x, t, 1, 2, 1, 1, 1, &e), QF_EINVAL);
		assert_null(x.at);
	}
	assert_int_equal(qf_pairs_build(&x, qf_alloc(1, 1), 0, 2, (1U << 24) + 1, 1, 1, &e), QF_ELIMIT);
}

/* --- kernels --------------------------------------------------------------- */

static void every_instruction_set_gives_the_same_bits(void **state)
{
	static const size_t ranks[] = { 16, 32, 48, 64, 128, 192, 208 };
	const struct qf_kernels *best = qf_kernels_best(), *plain = qf_kernels_named("plain");

	(void)state;
	for (size_t r = 0; r < sizeof ranks / sizeof *ranks; r++) {
		size_t k = ranks[r];
		struct qf_matrix m, x, y, z, near_rows, same_rows;
		const uint32_t cell[9] = { 8, 0, 3, 5U << QF_PAIR_BITS | 7, 1, 2, 4, 6, 5 };
		const float c[9] = { 1, 2, 3, 1.5F, 1, 1.25F, 7, 1, 2 };
		struct qf_err e = { 0 };

		assert_int_equal(qf_matrix_open(&m, k, k, &e) || qf_matrix_open(&x, 1, k, &e) || qf_matrix_open(&y, 1, k, &e) ||
				 qf_matrix_open(&z, 1, k, &e) || qf_matrix_open(&near_rows, 9, k, &e) ||
				 qf_matrix_open(&same_rows, 9, k, &e), 0);
		for (size_t i = 0; i < k * k; i++)
			m.v[i] = sinf((float)(i * i % 1009));
		for (size_t i = 0; i < k; i++)
			x.v[i] = cosf((float)i);
		best->symv(k, m.v, 0.5F, x.v, y.v);
		plain->symv(k, m.v, 0.5F, x.v, z.v);
		assert_true(same(&y, &z));
		best->gather(k, m.v, cell, 9, near_rows.v);
		plain->gather(k, m.v, cell, 9, same_rows.v);
		assert_true(same(&near_rows, &same_rows));
		assert_memory_equal(qf_matrix_row(&near_rows, 3), qf_matrix_row(&m, 7), k * sizeof(float));
		best->fused(k, near_rows.v, c, 9, 1, x.v, y.v);
		plain->fused(k, near_rows.v, c, 9, 1, x.v, z.v);
		assert_true(same(&y, &z));
		qf_matrix_close(&m);
		qf_matrix_close(&x);
		qf_matrix_close(&y);
		qf_matrix_close(&z);
		qf_matrix_close(&near_rows);
		qf_matrix_close(&same_rows);
	}
}

static void the_fused_kernel_is_the_gradient_of_the_seen_cells(void **state)
{
	/* rows (1,2) and (3,0), c = 2 and 1, target 1, x = (1,1), y starts at (10,20):
	 * 2 (3 - 1) (1,2) + 1 (3 - 1) (3,0) = (4,8) + (6,0): y = (20,28) */
	const float rows[32] = { 1, 2, [16] = 3 }, x[16] = { 1, 1 }, c[] = { 2, 1 };
	float y[16] = { 10, 20 };

	(void)state;
	qf_kernels_best()->fused(16, rows, c, 2, 1, x, y);
	near(y[0], 20, 0);
	near(y[1], 28, 0);
	near(y[2], 0, 0);
}

static void the_gramian_has_the_same_bits_for_any_number_of_jobs(void **state)
{
	struct qf_matrix m;
	struct qf_err e = { 0 };
	static float one[32 * 32], four[32 * 32];

	(void)state;
	assert_int_equal(qf_matrix_open(&m, 70000, 32, &e), QF_OK);
	for (size_t i = 0; i < 70000 * 32; i++)
		m.v[i] = (float)(i * 2654435761U % 1000) / 1000;
	assert_int_equal(qf_gramian(one, &m, 1, 1, &e), QF_OK);
	assert_int_equal(qf_gramian(four, &m, 1, 4, &e), QF_OK);
	assert_memory_equal(one, four, sizeof one);
	near(one[5], one[5 * 32], 0);
	double exact = 0;
	for (size_t i = 0; i < 70000; i++)
		exact += (double)m.v[i * 32] * (double)m.v[i * 32 + 5];
	near(one[5] / exact, 1, 1e-5);
	qf_matrix_close(&m);
}

static void ridge_of_one_feature_is_a_quotient(void **state)
{
	/* g = 1, 2 and q = 3, 4 with weights 1 and 2, ridge 3:
	 * B = (1*1*3 + 2*2*4) / (1*1 + 2*4 + 3) = 19/12 */
	struct qf_matrix b, q, at;
	const float g[] = { 1, 2 };
	const double w[] = { 1, 2 };
	struct qf_ridge *r;
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_matrix_open(&b, 1, 16, &e) || qf_matrix_open(&q, 2, 16, &e) || qf_matrix_open(&at, 1, 16, &e), 0);
	qf_matrix_row(&q, 0)[0] = 3;
	qf_matrix_row(&q, 1)[0] = 4;
	assert_int_equal(qf_ridge_open(&r, g, 2, 1, w, 3, &e), QF_OK);
	assert_int_equal(qf_ridge_fit(r, &q, &b, &e), QF_OK);
	near(b.v[0], 19.0 / 12, 1e-6);
	qf_ridge_apply(&b, (const float[]){ 6 }, &at);
	near(at.v[0], 9.5, 1e-5);
	qf_ridge_close(r);
	assert_int_equal(qf_ridge_open(&r, (const float[]){ NAN, 1 }, 2, 1, w, 3, &e), QF_EINVAL);
	assert_null(r);
	qf_matrix_close(&b);
	qf_matrix_close(&q);
	qf_matrix_close(&at);
}

/* --- the loss and its minimum ---------------------------------------------- */

static void one_user_and_one_item_meet_where_the_derivative_is_zero(void **state)
{
	/* Rank 1, c = 2, alpha0 = 0.5, lambda = 0.1, n + alpha0 * 1 = 1.5 on both sides:
	 *   L = 2 (1 - s)^2 + 0.5 s^2 + 0.15 (p^2 + q^2), s = pq
	 * By symmetry |p| = |q|, so s = p^2, and dL/ds = -4 (1 - s) + s + 0.3 = 0:
	 *   s = 3.7 / 5 = 0.74,  L = 2 * 0.0676 + 0.5 * 0.5476 + 0.3 * 0.74 = 0.631 */
	struct qf_ials_params p = qf_ials_defaults;
	struct qf_triple *t;
	struct qf_pairs x;
	struct qf_ials *m;
	struct qf_err e = { 0 };
	double loss;

	(void)state;
	p.rank = 1;
	p.alpha0 = 0.5;
	p.lambda = 0.1;
	t = (void *)qf_memdup0(&(struct qf_triple){ 0, 0, (float)expm1(1) }, sizeof *t);
	assert_int_equal(qf_pairs_build(&x, t, 1, 1, 1, 1, 1, &e), QF_OK); /* 1 + log(1 + e - 1) = 2 */
	m = trained(&x, &p, 200);
	near(qf_ials_users(m)->v[0] * qf_ials_items(m)->v[0], 0.74, 1e-5);
	assert_int_equal(qf_ials_loss(m, &loss, &e), QF_OK);
	near(loss, 0.631, 1e-5);
	qf_ials_close(m);
	qf_pairs_free(&x);
}

static void a_user_of_two_tracks_is_a_two_by_two_system(void **state)
{
	/* q0 = (1,0), q1 = (1,1), q2 = (0,2); history 0 with c = 1 and 1 with c = 2;
	 * alpha0 = 0.5, lambda = 0.2, reg = 0.2 (2 + 0.5 * 3) = 0.7.
	 *   Q'Q = (2 1; 1 5), half of it (1 .5; .5 2.5)
	 *   A = (1 + 3 + .7, .5 + 2; 2.5, 2.5 + 2 + .7) = (4.7 2.5; 2.5 5.2), b = (3, 2)
	 *   det = 18.19, p = (3*5.2 - 2*2.5, 4.7*2 - 2.5*3) / det = (10.6, 1.9) / 18.19
	 * and track 0's share in the score of track 2 is (1,0) A^-1 (0,2) = -5 / 18.19 */
	struct qf_matrix q;
	struct qf_foldin *f;
	struct qf_err e = { 0 };
	static float gram[16 * 16];
	const uint32_t item[] = { 0, 1 };
	const float c[] = { 1, 2 };
	float z[16];

	(void)state;
	assert_int_equal(qf_matrix_open(&q, 3, 16, &e), QF_OK);
	q.v[0] = q.v[16] = q.v[17] = 1;
	q.v[33] = 2;
	assert_int_equal(qf_gramian(gram, &q, 1, 1, &e), QF_OK);
	near(gram[0], 2, 0);
	near(gram[1], 1, 0);
	near(gram[17], 5, 0);
	assert_int_equal(qf_foldin_open(&f, &q, gram, &(struct qf_foldin_params){ 0.5, 0.2, 1, 3 }, &e), QF_OK);
	assert_int_equal(qf_foldin_user(f, item, c, 2, &e), QF_OK);
	near(qf_foldin_row(f)[0], 10.6 / 18.19, 1e-6);
	near(qf_foldin_row(f)[1], 1.9 / 18.19, 1e-6);
	qf_foldin_shares(f, 2, z);
	near(qf_linear_dot(z, qf_matrix_row(&q, 0), 16), -5 / 18.19, 1e-6);
	qf_foldin_close(f);
	qf_matrix_close(&q);
}

static void the_loss_never_rises(void **state)
{
	static const enum qf_ials_solver solvers[] = { QF_IALS_CG, QF_IALS_CHOLESKY };
	struct qf_pairs x = two_communities();
	float g[ITEMS * 3];
	struct qf_ials_prior prior = { g, 3, 1 };
	struct qf_ials_params p = qf_ials_defaults;
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < ITEMS * 3; i++)
		g[i] = i % 9 < 3 ? 0 : sinf((float)i); /* one item in three without features */
	p.rank = 5;
	p.lambda = 0.01;
	for (size_t s = 0; s < 4; s++) {
		struct qf_ials *m;
		double last = INFINITY, now;

		p.solver = solvers[s % 2];
		assert_int_equal(qf_ials_open(&m, &x, ids, ids, s < 2 ? NULL : &prior, &p, &e), QF_OK);
		for (size_t i = 0; i < 25; i++) {
			assert_int_equal(qf_ials_epoch(m, &e), QF_OK);
			assert_int_equal(qf_ials_loss(m, &now, &e), QF_OK);
			assert_true(now <= last * (1 + 1e-6));
			last = now;
		}
		qf_ials_close(m);
	}
	qf_pairs_free(&x);
}

static void conjugate_gradient_comes_to_the_answer_of_cholesky(void **state)
{
	struct qf_pairs x = two_communities();
	struct qf_ials_params p = qf_ials_defaults;
	struct qf_ials *cg, *exact;

	(void)state;
	p.rank = 8;
	p.lambda = 0.05;
	p.cg_steps = 30; /* more than the rank: exact but for rounding */
	cg = trained(&x, &p, 3);
	p.solver = QF_IALS_CHOLESKY;
	exact = trained(&x, &p, 3);
	assert_true(furthest(qf_ials_users(cg), qf_ials_users(exact)) < 2e-4);
	assert_true(furthest(qf_ials_items(cg), qf_ials_items(exact)) < 2e-4);
	qf_ials_close(cg);
	qf_ials_close(exact);
	qf_pairs_free(&x);
}

/* --- what it learns -------------------------------------------------------- */

static void two_communities_separate(void **state)
{
	struct qf_pairs x = two_communities();
	struct qf_ials_params p = qf_ials_defaults;
	struct qf_ials *m;

	(void)state;
	p.rank = 2;
	m = trained(&x, &p, 16);
	for (size_t u = 0; u < USERS; u++)
		for (size_t i = 0; i < ITEMS; i++) {
			double s = qf_linear_dot(qf_matrix_row(qf_ials_users(m), u), qf_matrix_row(qf_ials_items(m), i), 16);

			if ((u < USERS / 2) == (i < ITEMS / 2))
				assert_true(s > 0.5); /* the one in seven that was left out, too */
			else
				assert_true(s < 0.1);
		}
	qf_ials_close(m);
	qf_pairs_free(&x);
}

static void fold_in_of_a_trained_user_is_the_trained_row(void **state)
{
	struct qf_pairs x = two_communities();
	struct qf_ials_params p = qf_ials_defaults;
	uint32_t item[ITEMS];
	float c[ITEMS];
	struct qf_matrix users, gram;
	struct qf_ials *m;
	struct qf_foldin *f;
	struct qf_err e = { 0 };

	(void)state;
	p.rank = 8;
	p.solver = QF_IALS_CHOLESKY;
	m = trained(&x, &p, 400); /* to the fixed point: users fit the items they were solved against */
	users = *qf_ials_users(m);
	assert_int_equal(qf_matrix_open(&gram, users.k, users.k, &e), QF_OK);
	assert_int_equal(qf_gramian(gram.v, qf_ials_items(m), 1, 1, &e), QF_OK);
	assert_int_equal(qf_foldin_open(&f, qf_ials_items(m), gram.v,
					&(struct qf_foldin_params){ p.alpha0, p.lambda, p.nu, ITEMS }, &e), QF_OK);
	for (size_t u = 0; u < USERS; u++) {
		qf_pairs_row(&x, u, item, c);
		assert_int_equal(qf_foldin_user(f, item, c, qf_pairs_count(&x, u), &e), QF_OK);
		for (size_t j = 0; j < users.k; j++)
			near(qf_foldin_row(f)[j], qf_matrix_row(&users, u)[j], 2e-3);
	}
	qf_foldin_close(f);
	qf_matrix_close(&gram);
	qf_ials_close(m);
	qf_pairs_free(&x);
}

static void the_prior_places_a_track_that_nobody_heard(void **state)
{
	/* The feature tells the community: B maps an unheard track of the first one near it. */
	struct qf_pairs x = two_communities();
	struct qf_ials_params p = qf_ials_defaults;
	float g[ITEMS * 2] = { 0 };
	struct qf_matrix cold;
	struct qf_ials_prior prior = { g, 2, 1 };
	struct qf_ials *m;
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < ITEMS; i++)
		g[2 * i + (i >= ITEMS / 2)] = 1;
	p.rank = 4;
	assert_int_equal(qf_ials_open(&m, &x, ids, ids, &prior, &p, &e), QF_OK);
	assert_int_equal(qf_ials_train(m, 16, NULL, NULL, &e), QF_OK);
	assert_int_equal(qf_matrix_open(&cold, 1, 16, &e), QF_OK);
	qf_ridge_apply(qf_ials_map(m), (const float[]){ 1, 0 }, &cold);
	assert_true(qf_linear_dot(qf_matrix_row(qf_ials_users(m), 0), cold.v, 16) > 0.5);
	assert_true(qf_linear_dot(qf_matrix_row(qf_ials_users(m), USERS - 1), cold.v, 16) < 0.1);
	qf_matrix_close(&cold);
	qf_ials_close(m);
	qf_pairs_free(&x);
}

/* --- its bits -------------------------------------------------------------- */

static void any_number_of_jobs_gives_the_same_bits(void **state)
{
	static const size_t jobs[] = { 1, 2, 4 };
	struct qf_pairs x = scattered(3000, 4500, 40000);
	struct qf_ials *m[3];
	struct qf_ials_params p = qf_ials_defaults;

	(void)state;
	for (size_t solver = 0; solver < 2; solver++) {
		p.rank = 20;
		p.solver = solver ? QF_IALS_CHOLESKY : QF_IALS_CG;
		for (size_t j = 0; j < 3; j++) {
			p.jobs = jobs[j];
			m[j] = trained(&x, &p, 2);
		}
		for (size_t j = 1; j < 3; j++) {
			assert_true(same(qf_ials_users(m[0]), qf_ials_users(m[j])));
			assert_true(same(qf_ials_items(m[0]), qf_ials_items(m[j])));
		}
		for (size_t j = 0; j < 3; j++)
			qf_ials_close(m[j]);
	}
	qf_pairs_free(&x);
}

static void a_new_track_does_not_disturb_how_the_others_start(void **state)
{
	struct qf_pairs x = scattered(10, 20, 60), more = scattered(10, 21, 60);
	const int64_t item_ids[] = { 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24 };
	int64_t inserted[21] = { 1 };
	struct qf_ials_params p = qf_ials_defaults;
	struct qf_ials *a, *b;
	struct qf_err e = { 0 };

	(void)state;
	memcpy(inserted + 1, item_ids, sizeof item_ids);
	assert_int_equal(qf_ials_open(&a, &x, ids, item_ids, NULL, &p, &e), QF_OK);
	assert_int_equal(qf_ials_open(&b, &more, ids, inserted, NULL, &p, &e), QF_OK);
	assert_memory_equal(qf_ials_items(a)->v, qf_matrix_row(qf_ials_items(b), 1), 20 * 64 * sizeof(float));
	assert_memory_equal(qf_ials_users(a)->v, qf_ials_users(b)->v, 10 * 64 * sizeof(float));
	qf_ials_close(a);
	qf_ials_close(b);
	qf_pairs_free(&x);
	qf_pairs_free(&more);
}

static void memory_that_runs_out_is_an_error_and_no_leak(void **state)
{
	struct qf_pairs x = scattered(20, 30, 100);
	struct qf_ials_params p = qf_ials_defaults;
	float g[30] = { 1 };
	struct qf_ials_prior prior = { g, 1, 1 };
	struct qf_err e = { 0 };
	struct qf_ials *m;
	unsigned long nth = 1;

	(void)state;
	for (;; nth++) {
		enum qf_status st;

		qf_alloc_fail_at(nth, false);
		st = qf_ials_open(&m, &x, ids, ids, &prior, &p, &e);
		if (st == QF_OK)
			st = qf_ials_train(m, 1, NULL, NULL, &e);
		qf_ials_close(m);
		if (st == QF_OK)
			break;
		assert_int_equal(st, QF_ENOMEM);
		e.code = QF_OK;
	}
	qf_alloc_fail_at(0, false);
	assert_true(nth > 15);
	qf_pairs_free(&x);
}

static void parameters_out_of_range_are_refused(void **state)
{
	struct qf_pairs x = scattered(2, 2, 3);
	struct qf_ials_params p = qf_ials_defaults;
	struct qf_ials *m;
	struct qf_err e = { 0 };

	(void)state;
	p.rank = 0;
	assert_int_equal(qf_ials_open(&m, &x, ids, ids, NULL, &p, &e), QF_EINVAL);
	assert_null(m);
	p = qf_ials_defaults;
	p.alpha0 = 0;
	assert_int_equal(qf_ials_open(&m, &x, ids, ids, NULL, &p, &e), QF_EINVAL);
	p = qf_ials_defaults;
	p.lambda = NAN;
	assert_int_equal(qf_ials_open(&m, &x, ids, ids, NULL, &p, &e), QF_EINVAL);
	qf_pairs_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(triples_become_rows_in_order_and_pairs_are_added),
		cmocka_unit_test(a_damaged_triple_is_refused),
		cmocka_unit_test(pairs_are_rows_in_order_with_the_confidence_of_their_sum),
		cmocka_unit_test(pairs_are_the_same_bytes_in_any_order),
		cmocka_unit_test(many_confidences_are_rounded_in_equal_ratios),
		cmocka_unit_test(what_cannot_be_packed_is_refused),
		cmocka_unit_test(every_instruction_set_gives_the_same_bits),
		cmocka_unit_test(the_fused_kernel_is_the_gradient_of_the_seen_cells),
		cmocka_unit_test(the_gramian_has_the_same_bits_for_any_number_of_jobs),
		cmocka_unit_test(ridge_of_one_feature_is_a_quotient),
		cmocka_unit_test(one_user_and_one_item_meet_where_the_derivative_is_zero),
		cmocka_unit_test(a_user_of_two_tracks_is_a_two_by_two_system),
		cmocka_unit_test(the_loss_never_rises),
		cmocka_unit_test(conjugate_gradient_comes_to_the_answer_of_cholesky),
		cmocka_unit_test(two_communities_separate),
		cmocka_unit_test(fold_in_of_a_trained_user_is_the_trained_row),
		cmocka_unit_test(the_prior_places_a_track_that_nobody_heard),
		cmocka_unit_test(any_number_of_jobs_gives_the_same_bits),
		cmocka_unit_test(a_new_track_does_not_disturb_how_the_others_start),
		cmocka_unit_test(memory_that_runs_out_is_an_error_and_no_leak),
		cmocka_unit_test(parameters_out_of_range_are_refused),
	};

	count_ids();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
