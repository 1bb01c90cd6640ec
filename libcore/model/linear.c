#include "model/linear.h"

#include "base/alloc.h"
#include "model/pairs.h"
#include "model/workers.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#define LINE 64
#define CHUNK 4096 /* rows of one partial gramian: part of the definition of the result */
#define ROUND 16   /* partial gramians held at once */
#define AHEAD 8    /* rows that are called for before they are copied */

/* LAPACK, as OpenBLAS has it. */
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void spotrs_(const char *uplo, const int *n, const int *nrhs, const float *a, const int *lda, float *b, const int *ldb,
	     int *info);

/* Vectors may stand on any float and alias plain arrays. */
typedef float v16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef float v8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef float v4 __attribute__((vector_size(16), aligned(4), may_alias));

#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define TARGET
#define NAME(x) x##_plain
#define VEC v4
#define WIDTH 4
#include "model/fused_body.h"
#define TARGET __attribute__((target("avx2")))
#define NAME(x) x##_avx2
#define VEC v8
#define WIDTH 8
#include "model/fused_body.h"
#define TARGET __attribute__((target("avx512f")))
#define NAME(x) x##_avx512
#define VEC v16
#define WIDTH 16
#include "model/fused_body.h"

static const struct qf_kernels plain = { .gather = gather_plain, .fused = fused_plain, .symv = symv_plain, .name = "plain" };
static const struct qf_kernels avx2 = { .gather = gather_avx2, .fused = fused_avx2, .symv = symv_avx2, .name = "avx2" };
static const struct qf_kernels avx512 = { .gather = gather_avx512, .fused = fused_avx512, .symv = symv_avx512, .name = "avx512" };

const struct qf_kernels *qf_kernels_named(const char *name)
{
	if (strcmp(name, "plain") == 0)
		return &plain;
	if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2"))
		return &avx2;
	return strcmp(name, "avx512") == 0 && __builtin_cpu_supports("avx512f") ? &avx512 : NULL;
}

const struct qf_kernels *qf_kernels_best(void)
{
	if (__builtin_cpu_supports("avx512f"))
		return &avx512;
	return __builtin_cpu_supports("avx2") ? &avx2 : &plain;
}

enum qf_status qf_matrix_open(struct qf_matrix *m, size_t rows, size_t k, struct qf_err *e)
{
	memset(m, 0, sizeof *m);
	if (k && rows > (SIZE_MAX - LINE) / sizeof *m->v / k)
		return qf_fail(e, QF_ENOMEM, "a matrix of %zu x %zu does not fit into memory", rows, k);
	m->base = qf_zalloc(rows * k * sizeof *m->v + LINE, 1);
	if (!m->base)
		return qf_fail(e, QF_ENOMEM, "out of memory for a matrix of %zu x %zu", rows, k);
	m->v = (float *)(((uintptr_t)m->base + LINE - 1) / LINE * LINE);
	m->rows = rows;
	m->k = k;
	return QF_OK;
}

void qf_matrix_close(struct qf_matrix *m)
{
	qf_free(m->base);
	memset(m, 0, sizeof *m);
}

struct partial {
	const struct qf_matrix *m;
	float *g; /* [ROUND][k * k] */
	size_t first;
};

static void partial_gramian(void *arg, size_t worker, size_t piece)
{
	const struct partial *p = arg;
	size_t k = p->m->k, row = (p->first + piece) * CHUNK;
	size_t n = p->m->rows - row < CHUNK ? p->m->rows - row : CHUNK;

	(void)worker;
	cblas_ssyrk(CblasColMajor, CblasLower, CblasNoTrans, (int)k, (int)n, 1, qf_matrix_row(p->m, row), (int)k, 0,
		    p->g + piece * k * k, (int)k);
}

enum qf_status qf_gramian(float *g, const struct qf_matrix *m, float scale, size_t jobs, struct qf_err *e)
{
	size_t k = m->k, chunks = m->rows / CHUNK + (m->rows % CHUNK != 0);
	struct qf_matrix part;

	openblas_set_num_threads(1);
	if (qf_matrix_open(&part, chunks < ROUND ? chunks : ROUND, k * k, e))
		return e->code;
	memset(g, 0, k * k * sizeof *g);
	for (size_t first = 0; first < chunks; first += ROUND) {
		size_t n = chunks - first < ROUND ? chunks - first : ROUND;

		qf_workers_run(jobs, n, partial_gramian, &(struct partial){ m, part.v, first });
		for (size_t c = 0; c < n; c++)
			for (size_t i = 0; i < k * k; i++)
				g[i] += part.v[c * k * k + i];
	}
	for (size_t i = 0; i < k; i++)
		for (size_t j = i; j < k; j++)
			g[j * k + i] = g[i * k + j] *= scale;
	qf_matrix_close(&part);
	return QF_OK;
}

void qf_normal_equations(size_t k, const float *g, const float *const *row, const float *c, size_t n, float reg,
			 const float *prior, float *tile, float *a, float *b)
{
	memcpy(a, g, k * k * sizeof *a);
	for (size_t j = 0; j < k; j++)
		b[j] = prior ? reg * prior[j] : 0;
	for (size_t done = 0; done < n; done += QF_TILE) {
		size_t m = n - done < QF_TILE ? n - done : QF_TILE;

		for (size_t i = 0; i < m; i++) {
			const float *q = row[done + i];
			float ci = c[done + i], root = sqrtf(ci);

			for (size_t j = 0; i + AHEAD < m && j < k; j += QF_LANES)
				__builtin_prefetch(row[done + i + AHEAD] + j);
			for (size_t j = 0; j < k; j++) {
				b[j] += ci * q[j];
				tile[i * k + j] = root * q[j];
			}
		}
		cblas_ssyrk(CblasColMajor, CblasLower, CblasNoTrans, (int)k, (int)m, 1, tile, (int)k, 1, a, (int)k);
	}
	for (size_t j = 0; j < k; j++)
		a[j * k + j] += reg;
}

bool qf_cholesky(size_t k, float *a)
{
	int n = (int)k, info = 0;

	spotrf_("L", &n, a, &n, &info);
	return info == 0;
}

void qf_cholesky_solve(size_t k, const float *l, float *x)
{
	int n = (int)k, one = 1, info = 0;

	spotrs_("L", &n, &one, l, &n, x, &n, &info);
}

double qf_linear_dot(const float *x, const float *y, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += (double)x[i] * (double)y[i];
	return s;
}
