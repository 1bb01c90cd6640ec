/* linear.h - the dense algebra under the factorization.
 *
 * All vectors have k floats, k a multiple of 16: a rank that is not is filled up
 * with zeros, which stay zero through everything here. Matrices are rows of k
 * floats, one after the other.
 *
 * The kernels of the conjugate gradient are our own, written so that each of 16
 * lanes sums in one order: they give the same bits with SSE2, AVX2 and AVX-512.
 * Gramians and Cholesky are OpenBLAS with one thread: the same bits for any number
 * of workers, though not on every make of processor. */
#ifndef QF_MODEL_LINEAR_H
#define QF_MODEL_LINEAR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_LANES 16
#define QF_RANK_MAX 1024

static inline size_t qf_stride(size_t rank)
{
	return (rank + QF_LANES - 1) / QF_LANES * QF_LANES;
}

struct qf_matrix { /* all zero is an empty one */
	float *v; /* [rows * k], on a cache line */
	size_t rows, k;
	void *base; /* what qf_alloc gave */
};

enum qf_status qf_matrix_open(struct qf_matrix *m, size_t rows, size_t k, struct qf_err *e); /* cleared; QF_ENOMEM */
void qf_matrix_close(struct qf_matrix *m); /* all zero again */

static inline float *qf_matrix_row(const struct qf_matrix *m, size_t row)
{
	return m->v + row * m->k;
}

/* The kernels for this processor. */
struct qf_kernels {
	/* the rows of v that the cells of pairs.h name, one after the other, to[n * k] */
	void (*gather)(size_t k, const float *v, const uint32_t *cell, size_t n, float *to);
	/* y += sum over i of c[i] (row i . x - target) row i, for rows[n * k] */
	void (*fused)(size_t k, const float *rows, const float *c, size_t n, float target, const float *x, float *y);
	/* y = G x + reg x, for a symmetric G[k * k] */
	void (*symv)(size_t k, const float *g, float reg, const float *x, float *y);
	const char *name;
};
const struct qf_kernels *qf_kernels_best(void);
const struct qf_kernels *qf_kernels_named(const char *name); /* avx512, avx2, plain: what every x86-64 can do; NULL: not here */

/* g[k * k] = scale * m' m, whole and symmetric. Sums over chunks of 4,096 rows, each
 * by one thread, added in rising order: the same bits for any number of jobs.
 * QF_ENOMEM. */
enum qf_status qf_gramian(float *g, const struct qf_matrix *m, float scale, size_t jobs, struct qf_err *e);

/* The normal equations of one row of the factorization,
 *     a[k * k] = g + sum over i of c[i] row[i] row[i]' + reg I     (lower triangle)
 *     b[k]     = sum over i of c[i] row[i] + reg prior             (prior may be NULL)
 * tile[QF_TILE * k] is scratch. */
#define QF_TILE 128
void qf_normal_equations(size_t k, const float *g, const float *const *row, const float *c, size_t n, float reg,
			 const float *prior, float *tile, float *a, float *b);

/* a = L L', in place; false when it is not positive definite. Then x = a^-1 x. */
bool qf_cholesky(size_t k, float *a);
void qf_cholesky_solve(size_t k, const float *l, float *x);

/* Dot product in double, in order. */
double qf_linear_dot(const float *x, const float *y, size_t n);

#endif
