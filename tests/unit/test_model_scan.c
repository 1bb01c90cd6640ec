/* The int8 scan: what codes say by hand, that bounds hold, and that nothing is missed.
 * All users at once: what a look at every score gives. */
#include "unit.h"

#include "base/alloc.h"
#include "model/everyone.h"
#include "model/scan.h"

#include <math.h>
#include <stdlib.h>

static uint64_t state;

static float uniform(void) /* -1 to 1 */
{
	state = state * 6364136223846793005U + 1442695040888963407U;
	return (float)((double)(state >> 11) * 0x1p-52 - 1);
}

static void codes_by_hand(void **unused)
{
	struct qf_codes c;
	struct qf_query q;
	struct qf_err e = { 0 };
	float about[3], within[3];

	(void)unused;
	assert_ok(qf_codes_open(&c, 3, 2, &e), e);
	qf_codes_set(&c, 0, (float[]){ 1.27F, -0.5F }); /* scale 0.01: 127 and -50, nothing left */
	qf_codes_set(&c, 1, (float[]){ 0, 0 });
	qf_codes_set(&c, 2, (float[]){ 254, 3 }); /* scale 2: 127 and 1.5, which is 2 in even rounding, 1 too much */
	assert_int_equal(c.code[0], 255);
	assert_int_equal(c.code[1], 78);
	assert_int_equal(c.code[c.stride], 128);
	assert_int_equal(c.code[2 * c.stride + 1], 130);
	assert_true(c.rest[0] < 1e-6F);
	assert_true(c.rest[1] == 0);
	assert_true(fabsf(c.rest[2] - 1) < 1e-6F);

	qf_query_set(&q, (float[]){ 8128, -4064 }, 2); /* a step of 1 */
	assert_int_equal(q.v[0], 8128);
	assert_int_equal(q.v[1], -4064);
	assert_int_equal(q.offset, 128 * 4064);
	qf_scan(&q, &c, 0, 3, about, within);
	assert_true(fabsf(about[0] - (8128 * 1.27F + 4064 * 0.5F)) <= within[0]);
	assert_true(about[1] == 0 && within[1] == 0);
	assert_true(fabsf(about[2] - (8128.F * 254 - 4064.F * 4)) <= 1);
	assert_true(fabsf(about[2] - (8128.F * 254 - 4064.F * 3)) <= within[2]);
	qf_codes_close(&c);
}

static int falling(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

/* Rows of very different lengths; the score of every one, the bounds, and the best n. */
static void check_scan(size_t rows, size_t k, size_t n)
{
	float *v = qf_alloc(rows * k, sizeof *v), *p = qf_alloc(k, sizeof *p);
	float *about = qf_alloc(rows, sizeof *about), *within = qf_alloc(rows, sizeof *within), *plain = qf_alloc(rows, sizeof *plain);
	double *score = qf_alloc(rows, sizeof *score), *sorted = qf_alloc(rows, sizeof *sorted);
	bool *barred = qf_zalloc(rows, sizeof *barred);
	struct qf_codes c;
	struct qf_query q;
	struct qf_top t;
	struct qf_err e = { 0 };
	size_t found = 0, open = 0;

	assert_ok(qf_codes_open(&c, rows, k, &e), e);
	for (size_t j = 0; j < k; j++)
		p[j] = uniform();
	for (size_t r = 0; r < rows; r++) {
		float length = powf(10, 2 * uniform());

		for (size_t j = 0; j < k; j++)
			v[r * k + j] = r % 50 == 7 ? 0 : length * uniform();
		qf_codes_set(&c, r, v + r * k);
		score[r] = qf_linear_dot(p, v + r * k, k);
		barred[r] = r % 3 == 1;
		if (!barred[r])
			sorted[open++] = score[r];
	}
	qf_query_set(&q, p, k);
	assert_ok(qf_top_open(&t, n, &e), e);
	for (size_t at = 0; at < rows; at += QF_SCAN_TILE) {
		size_t m = rows - at < QF_SCAN_TILE ? rows - at : QF_SCAN_TILE;

		qf_scan_plain(&q, &c, at, m, plain + at, within + at);
		qf_scan(&q, &c, at, m, about + at, within + at);
		assert_ok(qf_top_offer(&t, at, m, about + at, within + at, barred, &e), e);
	}
	qf_top_close_in(&t);
	assert_memory_equal(about, plain, rows * sizeof *about);
	for (size_t r = 0; r < rows; r++)
		assert_true(fabs(score[r] - (double)about[r]) <= (double)within[r]);
	qsort(sorted, open, sizeof *sorted, falling);
	for (size_t i = 0; i < t.n_rows; i++) {
		assert_false(barred[t.row[i].row]);
		assert_true(i == 0 || t.row[i].row > t.row[i - 1].row);
		found += score[t.row[i].row] >= sorted[n - 1];
	}
	assert_true(found >= n); /* all of the best n are among them */
	assert_true(t.n_rows <= 6 * n + 20); /* and little else */
	qf_top_close(&t);
	qf_codes_close(&c);
	qf_free(v);
	qf_free(p);
	qf_free(about);
	qf_free(within);
	qf_free(plain);
	qf_free(score);
	qf_free(sorted);
	qf_free(barred);
}

static void the_best_are_never_missed(void **unused)
{
	static const struct { size_t rows, k, n; } shape[] = {
		{ 20000, 64, 10 }, { 9000, 16, 1 }, { 5000, 100, 50 }, { 1000, 1024, 10 }, { 40, 64, 10 }, { 4097, 128, 200 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
		state = i;
		check_scan(shape[i].rows, shape[i].k, shape[i].n);
	}
}

static void equal_rows_are_all_kept(void **unused)
{
	struct qf_codes c;
	struct qf_query q;
	struct qf_top t;
	struct qf_err e = { 0 };
	float about[100], within[100];

	(void)unused;
	assert_ok(qf_codes_open(&c, 100, 16, &e), e);
	for (size_t r = 0; r < 100; r++)
		qf_codes_set(&c, r, (float[16]){ 0.3F, 0.7F });
	qf_query_set(&q, (float[16]){ 1, 1 }, 16);
	qf_scan(&q, &c, 0, 100, about, within);
	assert_ok(qf_top_open(&t, 5, &e), e);
	assert_ok(qf_top_offer(&t, 0, 100, about, within, NULL, &e), e);
	qf_top_close_in(&t);
	assert_int_equal(t.n_rows, 100);
	qf_top_close(&t);
	qf_codes_close(&c);
}

/* Whole numbers, so that sgemm's sums are exact and ties are real. */
static void whole_numbers(struct qf_matrix *m, size_t rows)
{
	struct qf_err e = { 0 };

	assert_ok(qf_matrix_open(m, rows, 16, &e), e);
	for (size_t i = 0; i < rows * 16; i++)
		m->v[i] = floorf(3 * uniform());
}

static size_t better_than(const struct qf_matrix *users, const struct qf_matrix *items, const bool *barred,
			  const struct qf_interactions *seen, size_t u, uint32_t item)
{
	double own = qf_linear_dot(qf_matrix_row(users, u), qf_matrix_row(items, item), 16);
	size_t n = 0;

	for (uint32_t i = 0; i < items->rows; i++) {
		double s = qf_linear_dot(qf_matrix_row(users, u), qf_matrix_row(items, i), 16);
		bool heard = false;

		for (size_t j = seen->at[u]; j < seen->at[u + 1]; j++)
			heard = heard || seen->col[j] == i;
		n += !heard && !barred[i] && (s > own || (s == own && i < item));
	}
	return n;
}

static void everyone_gets_what_a_full_look_gives(void **unused)
{
	enum { USERS = 130, ITEMS = 2100, N = 7 };
	static struct qf_best best[USERS * N], again[USERS * N];
	static struct qf_triple heard[3 * USERS];
	static bool barred[ITEMS];
	size_t found[USERS], found_again[USERS];
	struct qf_matrix users, items;
	struct qf_interactions seen;
	struct qf_err e = { 0 };

	(void)unused;
	state = 5;
	whole_numbers(&users, USERS);
	whole_numbers(&items, ITEMS);
	for (uint32_t i = 0; i < 3 * USERS; i++)
		heard[i] = (struct qf_triple){ i / 3, (i * 97) % ITEMS, 1 };
	for (size_t i = 0; i < ITEMS; i += 5)
		barred[i] = true;
	assert_ok(qf_interactions_build(&seen, heard, 3 * USERS, USERS, ITEMS, &e), e);
	assert_ok(qf_everyone(&users, &items, &seen, barred, N, 1, best, found, &e), e);
	assert_ok(qf_everyone(&users, &items, &seen, barred, N, 2, again, found_again, &e), e);
	assert_memory_equal(best, again, sizeof best);
	for (size_t u = 0; u < USERS; u++) {
		assert_int_equal(found[u], N);
		for (size_t i = 0; i < N; i++) {
			assert_int_equal(better_than(&users, &items, barred, &seen, u, best[u * N + i].item), i);
			assert_false(barred[best[u * N + i].item]);
		}
	}
	qf_interactions_free(&seen);
	qf_matrix_close(&users);
	qf_matrix_close(&items);
}

static void fewer_items_than_asked_for(void **unused)
{
	struct qf_matrix users, items;
	struct qf_best best[5];
	struct qf_err e = { 0 };
	size_t found;

	(void)unused;
	whole_numbers(&users, 1);
	whole_numbers(&items, 3);
	assert_ok(qf_everyone(&users, &items, NULL, (bool[]){ false, true, false }, 5, 1, best, &found, &e), e);
	assert_int_equal(found, 2);
	assert_int_equal(qf_everyone(&users, &items, NULL, NULL, 0, 1, best, &found, &e), QF_EINVAL);
	qf_matrix_close(&users);
	qf_matrix_close(&items);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_by_hand),
		cmocka_unit_test(the_best_are_never_missed),
		cmocka_unit_test(equal_rows_are_all_kept),
		cmocka_unit_test(everyone_gets_what_a_full_look_gives),
		cmocka_unit_test(fewer_items_than_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
