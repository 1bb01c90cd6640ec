#include "quality/diversity.h"

#include "base/alloc.h"
#include "base/random.h"

#include <math.h>

enum { SEED = 6 };

/* LAPACK: eigenvalues of a symmetric matrix, rising into w[n]. */
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work, const int *lwork,
	     int *iwork, const int *liwork, int *info, size_t jobz_n, size_t uplo_n);

double qf_hill(const double *weight, size_t n)
{
	double sum = 0, entropy = 0;

	for (size_t i = 0; i < n; i++)
		sum += weight[i] > 0 ? weight[i] : 0;
	for (size_t i = 0; i < n && sum > 0; i++)
		if (weight[i] > 0)
			entropy -= weight[i] / sum * log(weight[i] / sum);
	return sum > 0 ? exp(entropy) : 0;
}

static double length_of(const float *row, size_t dim)
{
	double sum = 0;

	for (size_t k = 0; k < dim; k++)
		sum += (double)row[k] * (double)row[k];
	return sqrt(sum);
}

/* Sum of the outer products of the rows that are drawn, lower triangle. D. E. Knuth, TAOCP 2, 3.4.2, algorithm S. */
static size_t gather(const float *const *rows, size_t n, size_t dim, double *sum)
{
	size_t wanted = n < QF_VENDI_SAMPLE ? n : QF_VENDI_SAMPLE, counted = 0;

	for (size_t i = 0; i < n && wanted; i++) {
		double length;

		if (qf_random_below(SEED, i, (uint32_t)(n - i)) >= wanted)
			continue;
		wanted--;
		length = length_of(rows[i], dim);
		if (!(length > 0) || !isfinite(length))
			continue;
		counted++;
		for (size_t k = 0; k < dim; k++)
			for (size_t m = 0; m <= k; m++)
				sum[m * dim + k] += (double)rows[i][k] * (double)rows[i][m] / (length * length);
	}
	return counted;
}

static enum qf_status eigenvalues(double *a, size_t dim, double *w, struct qf_err *e)
{
	int n = (int)dim, lwork = 2 * n + 1, liwork = 1, info = 0, iwork;
	double *work = qf_alloc((size_t)lwork, sizeof *work);

	if (!work)
		return qf_fail(e, QF_ENOMEM, "diversity: out of memory");
	dsyevd_("N", "L", &n, a, &n, w, work, &lwork, &iwork, &liwork, &info, 1, 1);
	qf_free(work);
	return info ? qf_fail(e, QF_EINVAL, "diversity: the eigenvalues were not found (dsyevd %d)", info) : QF_OK;
}

enum qf_status qf_vendi(const float *const *rows, size_t n, size_t dim, double *score, size_t *drawn, struct qf_err *e)
{
	double *a = qf_zalloc(dim, dim * sizeof *a), *w = qf_zalloc(dim, sizeof *w);
	enum qf_status rc = a && w ? QF_OK : qf_fail(e, QF_ENOMEM, "diversity: out of memory");

	*score = 0;
	*drawn = 0;
	if (rc == QF_OK)
		*drawn = gather(rows, n, dim, a);
	if (rc == QF_OK && *drawn)
		rc = eigenvalues(a, dim, w, e);
	if (rc == QF_OK && *drawn)
		*score = qf_hill(w, dim); /* the trace is *drawn: qf_hill divides by it */
	qf_free(a);
	qf_free(w);
	return rc;
}
