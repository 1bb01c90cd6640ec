/* epoch.c - what an epoch of the factorization costs: processor seconds, the ratio to its floor,
 * and the memory of the whole process.
 *
 *     epoch [users items pairs rank cg|chol jobs KERNELS]
 *
 * Listening is drawn as histories are: few tracks have most of it, lengths of histories differ
 * much. The floor is the number of floating-point operations that the formulas of ials.h need,
 * at the rate of sgemm in the same run. KERNELS: avx512, avx2 or plain, [the best here]; with
 * OPENBLAS_CORETYPE=Haswell and avx2 it is a machine without AVX-512. */
#define _DEFAULT_SOURCE
#include "base/alloc.h"
#include "model/ials.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { EPOCHS = 4, SIDE = 1024 };

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double uniform(uint64_t *s)
{
	*s = *s * 6364136223846793005U + 1442695040888963407U;
	return (double)(*s >> 11) * 0x1p-53;
}

/* The item of rank r is heard in proportion to (r + 30)^-0.8; ranks are scattered over the numbers. */
static uint32_t draw_item(uint64_t *s, size_t items)
{
	double lo = pow(30, 0.2), hi = pow((double)items + 30, 0.2);
	size_t r = (size_t)(pow(lo + uniform(s) * (hi - lo), 5) - 30);

	return (uint32_t)((r < items ? r : items - 1) * 7919 % items);
}

static struct qf_pairs listening(size_t users, size_t items, size_t pairs)
{
	struct qf_triple *t = qf_alloc(pairs, sizeof *t);
	struct qf_pairs x;
	struct qf_err e = { 0 };
	uint64_t s = 12345;
	size_t n = 0;

	for (uint32_t u = 0; t && u < users && n < pairs; u++) {
		double v = uniform(&s);
		size_t more = (size_t)((double)pairs / (double)users * (0.2 + 3.2 * v * v * v)) + 1; /* the mean is 1 */

		for (; more && n < pairs; more--)
			t[n++] = (struct qf_triple){ u, draw_item(&s, items), (float)(1 + (s >> 40) % 9) };
	}
	if (!t || qf_pairs_build(&x, t, n, users, items, 1, 1, &e)) {
		fprintf(stderr, "%s\n", e.text);
		exit(3);
	}
	return x;
}

/* Operations a second of one thread. */
static double sgemm_rate(void)
{
	float *a = calloc(3 * (size_t)SIDE * SIDE, sizeof *a), *b = a + (size_t)SIDE * SIDE, *c = b + (size_t)SIDE * SIDE;
	double best = INFINITY;

	if (!a)
		exit(3);
	for (size_t i = 0; i < 2 * (size_t)SIDE * SIDE; i++)
		a[i] = (float)(i % 7) - 3;
	openblas_set_num_threads(1);
	for (int i = 0; i < 5; i++) {
		double t = cpu_s();

		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, SIDE, SIDE, SIDE, 1, a, SIDE, b, SIDE, 0, c, SIDE);
		t = cpu_s() - t;
		best = t < best ? t : best;
	}
	free(a);
	return 2.0 * SIDE * SIDE * SIDE / best;
}

/* Of one epoch: 4 k a pair and 2 k^2 a row in each of steps + 1 products, or k (k + 1) a pair, and a
 * solution of k^3 / 3 + 2 k^2 a row; twice, for both sides. */
static double flops(const struct qf_pairs *x, const struct qf_ials_params *p)
{
	double k = (double)p->rank, pairs = 2 * (double)x->n, rows = (double)(x->rows + x->cols), steps = (double)p->cg_steps;

	if (p->solver == QF_IALS_CG)
		return (steps + 1) * (pairs * 4 * k + rows * 2 * k * k);
	return pairs * k * (k + 1) + rows * (k * k * k / 3 + 2 * k * k);
}

static const char *argument(int argc, char **argv, int i, const char *otherwise)
{
	return i < argc ? argv[i] : otherwise;
}

int main(int argc, char **argv)
{
	size_t users = strtoul(argument(argc, argv, 1, "100000"), NULL, 10), items = strtoul(argument(argc, argv, 2, "50000"), NULL, 10);
	struct qf_pairs x = listening(users, items, strtoul(argument(argc, argv, 3, "10000000"), NULL, 10));
	struct qf_ials_params p = qf_ials_defaults;
	int64_t *id = calloc(users + items, sizeof *id);
	double best = INFINITY, rate;
	struct rusage usage;
	struct qf_err e = { 0 };
	struct qf_ials *m;

	p.rank = strtoul(argument(argc, argv, 4, "64"), NULL, 10);
	p.solver = strcmp(argument(argc, argv, 5, "cg"), "chol") == 0 ? QF_IALS_CHOLESKY : QF_IALS_CG;
	p.jobs = strtoul(argument(argc, argv, 6, "2"), NULL, 10);
	p.kernels = argc > 7 ? qf_kernels_named(argv[7]) : qf_kernels_best();
	if (!p.kernels || !id) {
		fprintf(stderr, "this machine has no such instructions\n");
		return 2;
	}
	for (size_t i = 0; i < users + items; i++)
		id[i] = (int64_t)i;
	if (qf_ials_open(&m, &x, id, id, NULL, &p, &e))
		exit(3);
	for (int i = 0; i < EPOCHS; i++) {
		double t = cpu_s();

		if (qf_ials_epoch(m, &e))
			exit(3);
		t = cpu_s() - t;
		best = t < best ? t : best;
	}
	getrusage(RUSAGE_SELF, &usage);
	rate = sgemm_rate();
	printf("%zu x %zu, %zu pairs, rank %zu, %s, %s: %.3f core-s an epoch, %.1f times its %.1f GFLOP at sgemm's %.0f GFLOP/s; %ld MB\n", users,
	       items, x.n, p.rank, p.solver == QF_IALS_CG ? "cg" : "chol", p.kernels->name, best, best * rate / flops(&x, &p),
	       1e-9 * flops(&x, &p), 1e-9 * rate, usage.ru_maxrss / 1024);
	qf_ials_close(m);
	qf_pairs_free(&x);
	free(id);
	return 0;
}
