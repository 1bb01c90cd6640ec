/* serve.c - what scoring costs: one user against a million tracks by the int8 scan,
 * beside sgemv, many users at once beside the bare sgemm, and a user's row from 100 tracks.
 *
 *     serve [tracks rank users]
 *
 * Factors are random with lengths that fall as popularity does. Prints processor time. */
#define _POSIX_C_SOURCE 200809L
#include "base/alloc.h"
#include "model/everyone.h"
#include "model/foldin.h"
#include "model/scan.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TOP = 10, LIST = 50, HEARD = 100, FOLDS = 5000 };

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void need(enum qf_status rc, const struct qf_err *e)
{
	if (rc == QF_OK)
		return;
	fprintf(stderr, "%s\n", e->text);
	exit(3);
}

static void fill(struct qf_matrix *m, size_t rows, size_t rank, bool falling, uint64_t seed)
{
	struct qf_err e = { 0 };

	need(qf_matrix_open(m, rows, qf_stride(rank), &e), &e);
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < rank; j++) {
			seed = seed * 6364136223846793005U + 1442695040888963407U;
			qf_matrix_row(m, r)[j] =
				(float)((double)(seed >> 11) * 0x1p-52 - 1) * (falling ? powf((float)r + 30, -0.2F) : 1);
		}
}

static size_t tiles(const struct qf_query *q, const struct qf_codes *c, struct qf_top *top, float *about, float *within)
{
	struct qf_err e = { 0 };

	need(qf_top_open(top, TOP, &e), &e);
	for (size_t at = 0; at < c->rows; at += QF_SCAN_TILE) {
		size_t n = c->rows - at < QF_SCAN_TILE ? c->rows - at : QF_SCAN_TILE;

		qf_scan(q, c, at, n, about, within);
		need(qf_top_offer(top, at, n, about, within, NULL, &e), &e);
	}
	qf_top_close_in(top);
	return top->n_rows;
}

struct scored {
	double score;
	uint32_t row;
};

static int best_first(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	return x->score != y->score ? (x->score < y->score) - (x->score > y->score) : (x->row > y->row) - (x->row < y->row);
}

static void one_user(const struct qf_matrix *items, const struct qf_matrix *users)
{
	static float about[QF_SCAN_TILE], within[QF_SCAN_TILE];
	static struct qf_query q;
	struct qf_codes c;
	struct qf_err e = { 0 };
	double scan = INFINITY, gemv = INFINITY;
	size_t n = 0, equal = 0, asked = 0;
	struct scored *all = calloc(items->rows, sizeof *all), *few;
	float *score = calloc(items->rows, sizeof *score);

	need(qf_codes_open(&c, items->rows, items->k, &e), &e);
	if (!all || !score)
		exit(3);
	for (size_t r = 0; r < items->rows; r++)
		qf_codes_set(&c, r, qf_matrix_row(items, r));
	for (size_t u = 0; u < 8 && u < users->rows; u++) {
		const float *p = qf_matrix_row(users, u);
		double t = cpu_s();
		struct qf_top top;

		qf_query_set(&q, p, items->k);
		n = tiles(&q, &c, &top, about, within);
		few = calloc(n, sizeof *few);
		for (size_t i = 0; i < n; i++)
			few[i] = (struct scored){ qf_linear_dot(p, qf_matrix_row(items, top.row[i].row), items->k), top.row[i].row };
		qsort(few, n, sizeof *few, best_first);
		t = cpu_s() - t;
		scan = t < scan ? t : scan;
		t = cpu_s();
		cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)items->rows, (int)items->k, 1, items->v, (int)items->k, p, 1, 0, score, 1);
		t = cpu_s() - t;
		gemv = t < gemv ? t : gemv;
		for (size_t i = 0; i < items->rows; i++)
			all[i] = (struct scored){ qf_linear_dot(p, qf_matrix_row(items, i), items->k), (uint32_t)i };
		qsort(all, items->rows, sizeof *all, best_first);
		for (size_t i = 0; i < TOP; i++, asked++)
			equal += all[i].row == few[i].row;
		free(few);
		qf_top_close(&top);
	}
	printf("one user, %zu tracks, rank %zu: %.2f ms with the exact best %d (%zu rows checked in float32); sgemv alone %.2f ms; "
	       "%zu of %zu equal the full scan\n", items->rows, items->k, 1e3 * scan, TOP, n, 1e3 * gemv, equal, asked);
	free(all);
	free(score);
	qf_codes_close(&c);
}

static void many_users(const struct qf_matrix *items, const struct qf_matrix *users)
{
	struct qf_best *best = calloc(users->rows * LIST, sizeof *best);
	size_t *found = calloc(users->rows, sizeof *found);
	float *score = calloc(256 * 512, sizeof *score);
	struct qf_err e = { 0 };
	double all, bare, flops = 2.0 * (double)users->rows * (double)items->rows * (double)items->k;

	if (!best || !found || !score)
		exit(3);
	for (int round = 0; round < 2; round++) {
		all = cpu_s();
		need(qf_everyone(users, items, NULL, NULL, LIST, 2, best, found, &e), &e);
		all = cpu_s() - all;
		bare = cpu_s();
		for (size_t u = 0; u + 256 <= users->rows; u += 256)
			for (size_t i = 0; i + 512 <= items->rows; i += 512)
				cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, 256, 512, (int)items->k, 1, qf_matrix_row(users, u),
					    (int)items->k, qf_matrix_row(items, i), (int)items->k, 0, score, 512);
		bare = cpu_s() - bare;
	}
	printf("%zu users, %zu tracks, the best %d of each: %.2f core-s, %.0f GFLOP/s; the bare sgemm %.0f: %.0f %%\n", users->rows,
	       items->rows, LIST, all, 1e-9 * flops / all, 1e-9 * flops / bare, 100 * bare / all);
	free(best);
	free(found);
	free(score);
}

static void fold_in(const struct qf_matrix *items)
{
	struct qf_foldin_params p = { 0.3, 0.015, 1, items->rows };
	struct qf_matrix gram;
	struct qf_foldin *f;
	struct qf_err e = { 0 };
	static uint32_t item[FOLDS][HEARD];
	float c[HEARD];
	uint64_t seed = 7;
	double best = INFINITY;

	for (size_t i = 0; i < FOLDS; i++)
		for (size_t j = 0; j < HEARD; j++) {
			seed = seed * 6364136223846793005U + 1442695040888963407U;
			item[i][j] = (uint32_t)((seed >> 33) % items->rows);
			c[j] = 1 + (float)(j % 5);
		}
	need(qf_matrix_open(&gram, items->k, items->k, &e), &e);
	need(qf_gramian(gram.v, items, 1, 1, &e), &e);
	need(qf_foldin_open(&f, items, gram.v, &p, &e), &e);
	for (int round = 0; round < 5; round++) {
		double t = cpu_s();

		for (size_t i = 0; i < FOLDS; i++)
			need(qf_foldin_user(f, item[i], c, HEARD, &e), &e);
		t = cpu_s() - t;
		best = t < best ? t : best;
	}
	printf("a user's row from %d of %zu tracks, rank %zu: %.1f us\n", HEARD, items->rows, items->k, 1e6 * best / FOLDS);
	qf_foldin_close(f);
	qf_matrix_close(&gram);
}

int main(int argc, char **argv)
{
	size_t tracks = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000, rank = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
	size_t users = argc > 3 ? strtoul(argv[3], NULL, 10) : 2048;
	struct qf_matrix items, people;

	openblas_set_num_threads(1);
	fill(&items, tracks, rank, true, 1);
	fill(&people, users, rank, false, 2);
	one_user(&items, &people);
	many_users(&items, &people);
	fold_in(&items);
	qf_matrix_close(&items);
	qf_matrix_close(&people);
	return 0;
}
