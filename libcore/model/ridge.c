#include "model/ridge.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* a += w g g' (lower triangle), r += w g q' */
static void add_item(double *a, double *r, const float *g, size_t dim, const float *q, size_t k, double w)
{
	for (size_t i = 0; i < dim; i++) {
		double wg = w * (double)g[i];

		if (wg == 0)
			continue;
		for (size_t j = 0; j <= i; j++)
			a[i * dim + j] += wg * (double)g[j];
		for (size_t j = 0; j < k; j++)
			r[i * k + j] += wg * (double)q[j];
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
			if (i == j && !(s > 0))
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

enum qf_status qf_ridge(struct qf_matrix *b, const struct qf_matrix *q, const float *g, const double *w, double ridge,
			struct qf_err *e)
{
	size_t dim = b->rows, k = q->k;
	double *a = qf_zalloc(dim * dim, sizeof *a), *r = qf_zalloc(dim * k, sizeof *r);
	enum qf_status st = QF_OK;

	if (!a || !r) {
		st = qf_fail(e, QF_ENOMEM, "ridge: out of memory for %zu features", dim);
		goto out;
	}
	for (size_t i = 0; i < q->rows; i++)
		add_item(a, r, g + i * dim, dim, qf_matrix_row(q, i), k, w[i]);
	for (size_t i = 0; i < dim; i++)
		a[i * dim + i] += ridge;
	if (!factor(a, dim)) {
		st = qf_fail(e, QF_EINVAL, "ridge: the features are not finite");
		goto out;
	}
	solve(a, dim, r, k);
	for (size_t i = 0; i < dim * k; i++)
		b->v[i] = (float)r[i];
out:
	qf_free(a);
	qf_free(r);
	return st;
}

void qf_ridge_apply(const struct qf_matrix *b, const float *g, float *out)
{
	memset(out, 0, b->k * sizeof *out);
	for (size_t d = 0; d < b->rows; d++)
		for (size_t j = 0; j < b->k; j++)
			out[j] += g[d] * qf_matrix_row(b, d)[j];
}
