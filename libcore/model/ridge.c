#include "model/ridge.h"

#include "base/alloc.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#define CHUNK 4096

struct qf_ridge {
	const float *g;
	const double *w;
	size_t items, dim;
	double *l; /* [dim * dim] Cholesky of G'WG + ridge I, lower triangle */
};

/* a += w g g' (lower triangle) */
static void add_item(double *a, const float *g, size_t dim, double w)
{
	for (size_t i = 0; i < dim; i++) {
		double wg = w * (double)g[i];

		if (wg == 0)
			continue;
		for (size_t j = 0; j <= i; j++)
			a[i * dim + j] += wg * (double)g[j];
	}
}

/* a = L L' in place, in double; false when a pivot is not positive. */
static bool factor(double *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j <= i; j++) {
			double s = a[i * n + j];

			for (size_t t = 0; t < j; t++)
				s -= a[i * n + t] * a[j * n + t];
			if (i == j && !(s > 0 && isfinite(s)))
				return false;
			a[i * n + j] = i == j ? sqrt(s) : s / a[j * n + j];
		}
	}
	return true;
}

/* r = a^-1 r for the k columns of r at once. */
static void solve(const double *l, size_t n, double *r, size_t k)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t t = 0; t < i; t++)
			for (size_t j = 0; j < k; j++)
				r[i * k + j] -= l[i * n + t] * r[t * k + j];
		for (size_t j = 0; j < k; j++)
			r[i * k + j] /= l[i * n + i];
	}
	for (size_t i = n; i-- > 0;) {
		for (size_t t = i + 1; t < n; t++)
			for (size_t j = 0; j < k; j++)
				r[i * k + j] -= l[t * n + i] * r[t * k + j];
		for (size_t j = 0; j < k; j++)
			r[i * k + j] /= l[i * n + i];
	}
}

enum qf_status qf_ridge_open(struct qf_ridge **out, const float *g, size_t items, size_t dim, const double *w, double ridge,
			     struct qf_err *e)
{
	struct qf_ridge *r = qf_zalloc(1, sizeof *r);

	*out = NULL;
	if (!r || (r->l = qf_zalloc(dim * dim, sizeof *r->l)) == NULL) {
		qf_free(r);
		return qf_fail(e, QF_ENOMEM, "ridge: out of memory for %zu features", dim);
	}
	r->g = g;
	r->w = w;
	r->items = items;
	r->dim = dim;
	for (size_t i = 0; i < items; i++)
		add_item(r->l, g + i * dim, dim, w[i]);
	for (size_t i = 0; i < dim; i++)
		r->l[i * dim + i] += ridge;
	if (!factor(r->l, dim)) {
		qf_ridge_close(r);
		return qf_fail(e, QF_EINVAL, "ridge: the features are not finite");
	}
	*out = r;
	return QF_OK;
}

/* sum += g' (w q) of the tracks from `first`, as one product of at most 4,096 rows. */
static void add_chunk(const struct qf_ridge *r, const struct qf_matrix *q, size_t first, float *wq, float *product, double *sum)
{
	size_t k = q->k, n = r->items - first < CHUNK ? r->items - first : CHUNK;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < k; j++)
			wq[i * k + j] = (float)r->w[first + i] * qf_matrix_row(q, first + i)[j];
	cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)r->dim, (int)k, (int)n, 1, r->g + first * r->dim, (int)r->dim, wq,
		    (int)k, 0, product, (int)k);
	for (size_t i = 0; i < r->dim * k; i++)
		sum[i] += (double)product[i];
}

enum qf_status qf_ridge_fit(const struct qf_ridge *r, const struct qf_matrix *q, struct qf_matrix *b, struct qf_err *e)
{
	size_t k = q->k, dim = r->dim, rows = r->items < CHUNK ? r->items : CHUNK;
	double *sum = qf_zalloc(dim * k, sizeof *sum);
	float *wq = qf_alloc(rows * k, sizeof *wq), *product = qf_alloc(dim * k, sizeof *product);
	enum qf_status st = QF_OK;

	openblas_set_num_threads(1);
	if (sum && wq && product) {
		for (size_t first = 0; first < r->items; first += CHUNK)
			add_chunk(r, q, first, wq, product, sum);
		solve(r->l, dim, sum, k);
		for (size_t i = 0; i < dim * k; i++)
			b->v[i] = (float)sum[i];
	} else {
		st = qf_fail(e, QF_ENOMEM, "ridge: out of memory for %zu features", dim);
	}
	qf_free(sum);
	qf_free(wq);
	qf_free(product);
	return st;
}

void qf_ridge_close(struct qf_ridge *r)
{
	if (!r)
		return;
	qf_free(r->l);
	qf_free(r);
}

void qf_ridge_apply(const struct qf_matrix *b, const float *g, struct qf_matrix *out)
{
	openblas_set_num_threads(1);
	for (size_t first = 0; first < out->rows; first += CHUNK) {
		size_t n = out->rows - first < CHUNK ? out->rows - first : CHUNK;

		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)b->k, (int)b->rows, 1, g + first * b->rows,
			    (int)b->rows, b->v, (int)b->k, 0, qf_matrix_row(out, first), (int)b->k);
	}
}
