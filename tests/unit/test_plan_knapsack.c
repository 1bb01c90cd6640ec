/* The storage budget: by hand, against the exact dynamic program, and its invariants. */
#include "unit.h"

#include "base/alloc.h"
#include "base/random.h"
#include "plan/knapsack.h"

#include <math.h>

static void the_better_pair_is_found_by_hand(void **state)
{
	/* two tracks; 0 bytes or 3 bytes worth 5 or 5 bytes worth 7; 0 or 4 worth 4. Of 7 bytes: 3 + 4 -> 9 */
	const struct qf_option o[] = { { 0, 0 }, { 3, 5 }, { 5, 7 }, { 0, 0 }, { 4, 4 } };
	const size_t first[] = { 0, 3, 5 };
	const struct qf_knapsack k = { 2, first, o };
	struct qf_packed p;
	struct qf_err e = { 0 };
	uint16_t choice[2];

	(void)state;
	assert_ok(qf_knapsack_solve(&k, 7, choice, &p, &e), e);
	assert_int_equal(choice[0], 1);
	assert_int_equal(choice[1], 1);
	assert_int_equal(p.bytes, 7);
	assert_true(p.value == 9 && p.bound == 9 && p.optimal);
	/* of 6 bytes: relaxed, the first track whole and a quarter of the second, 7 + 4 / 4 = 8; whole options reach 7 */
	assert_ok(qf_knapsack_solve(&k, 6, choice, &p, &e), e);
	assert_true(p.value == 7 && p.bound == 8 && p.optimal);
	assert_int_equal(choice[0], 2);
	assert_int_equal(choice[1], 0);
}

static void what_must_be_kept_can_be_too_much(void **state)
{
	const struct qf_option o[] = { { 3, 1 }, { 4, 1 } };
	const size_t first[] = { 0, 1, 2 };
	struct qf_packed p;
	struct qf_err e = { 0 };
	uint16_t choice[2];

	(void)state;
	assert_int_equal(qf_knapsack_solve(&(struct qf_knapsack){ 2, first, o }, 6, choice, &p, &e), QF_ELIMIT);
	assert_string_equal(e.text, "what must be kept takes 7 bytes, the budget is 6");
	assert_ok(qf_knapsack_solve(&(struct qf_knapsack){ 2, first, o }, 7, choice, &p, &e), e);
	assert_ok(qf_knapsack_solve(&(struct qf_knapsack){ 0, first, o }, 0, choice, &p, &e), e);
	assert_true(p.value == 0 && p.bound == 0 && p.bytes == 0);
}

/* ---- random libraries ------------------------------------------------------------------------- */

static double unit(uint64_t *seed) /* 0 to 1 */
{
	return (double)(qf_random(8, ++*seed) >> 11) * 0x1p-53;
}

enum { OPTIONS = 12, UNIT = 65536 };

struct made {
	size_t first[201];
	struct qf_option option[200 * OPTIONS];
	struct qf_knapsack k;
	int64_t all; /* bytes of the largest options together */
};

/* Options of unrelated bytes and values, not even rising: dominated ones are for the solver to find. */
static void make(struct made *m, size_t n, uint64_t *seed)
{
	m->all = 0;
	for (size_t i = 0; i < n; i++) {
		double plays = floor(exp(4 * unit(seed)));
		int64_t largest = 0;

		m->first[i] = i * OPTIONS;
		for (size_t j = 0; j < OPTIONS; j++) {
			int64_t units = j ? (int64_t)(1 + 150 * unit(seed)) : 0;
			double worth = j ? pow((double)units / 151, 0.3) * (0.8 + 0.2 * unit(seed)) : 0;

			m->option[i * OPTIONS + j] = (struct qf_option){ units * UNIT, plays * worth };
			if (units * UNIT > largest)
				largest = units * UNIT;
		}
		m->all += largest;
	}
	m->first[n] = n * OPTIONS;
	m->k = (struct qf_knapsack){ n, m->first, m->option };
}

/* The highest value within the budget, by the textbook's table over units of bytes. */
static double exact(const struct qf_knapsack *k, int64_t budget)
{
	size_t units = (size_t)(budget / UNIT);
	double *now = qf_zalloc(units + 1, sizeof *now), *next = qf_zalloc(units + 1, sizeof *next), result;

	for (size_t i = 0; i < k->n; i++) {
		double *t;

		for (size_t u = 0; u <= units; u++) {
			next[u] = -INFINITY;
			for (size_t o = k->first[i]; o < k->first[i + 1]; o++) {
				size_t w = (size_t)(k->option[o].bytes / UNIT);

				if (w <= u && now[u - w] + k->option[o].value > next[u])
					next[u] = now[u - w] + k->option[o].value;
			}
		}
		t = now, now = next, next = t;
	}
	result = now[units];
	qf_free(now);
	qf_free(next);
	return result;
}

static void sixty_libraries_equal_the_exact_program(void **state)
{
	static struct made m;
	uint64_t seed = 8;
	size_t proven = 0;

	(void)state;
	for (size_t i = 0; i < 60; i++) {
		size_t n = 20 + 3 * i;
		uint16_t choice[200];
		struct qf_packed p;
		struct qf_err e = { 0 };
		double best, value = 0;
		int64_t budget, bytes = 0;

		make(&m, n, &seed);
		budget = (int64_t)((double)m.all * (0.05 + 0.5 * unit(&seed))) / UNIT * UNIT;
		best = exact(&m.k, budget);
		assert_ok(qf_knapsack_solve(&m.k, budget, choice, &p, &e), e);
		for (size_t j = 0; j < n; j++) {
			bytes += m.option[j * OPTIONS + choice[j]].bytes;
			value += m.option[j * OPTIONS + choice[j]].value;
		}
		assert_true(bytes == p.bytes && bytes <= budget);
		assert_true(fabs(value - p.value) < 1e-9 * value);
		assert_true(p.bound >= best * (1 - 1e-12) && p.value <= p.bound);
		assert_true(p.value >= best * (1 - 1e-3) && p.value <= best * (1 + 1e-12));
		if (p.optimal)
			assert_true(p.value >= best * (1 - 1e-12));
		proven += p.optimal;
	}
	assert_int_equal(proven, 60);
}

static void the_same_input_gives_the_same_choice(void **state)
{
	static struct made m;
	uint16_t a[200], b[200];
	struct qf_packed p;
	struct qf_err e = { 0 };
	uint64_t seed = 3;

	(void)state;
	make(&m, 150, &seed);
	assert_ok(qf_knapsack_solve(&m.k, m.all / 3, a, &p, &e), e);
	assert_ok(qf_knapsack_solve(&m.k, m.all / 3, b, &p, &e), e);
	assert_memory_equal(a, b, 150 * sizeof *a);
}

static void memory_that_runs_out_is_told(void **state)
{
	static struct made m;
	uint16_t choice[200];
	struct qf_packed p;
	uint64_t seed = 3;
	unsigned long n;

	(void)state;
	make(&m, 20, &seed);
	for (n = 1; n < 50; n++) {
		struct qf_err e = { 0 };

		qf_alloc_fail_at(n, false);
		if (qf_knapsack_solve(&m.k, m.all / 3, choice, &p, &e) == QF_OK)
			break;
		assert_int_equal(e.code, QF_ENOMEM);
	}
	qf_alloc_fail_at(0, false);
	assert_int_equal(n, 8); /* seven allocations */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_better_pair_is_found_by_hand),
		cmocka_unit_test(what_must_be_kept_can_be_too_much),
		cmocka_unit_test(sixty_libraries_equal_the_exact_program),
		cmocka_unit_test(the_same_input_gives_the_same_choice),
		cmocka_unit_test(memory_that_runs_out_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
