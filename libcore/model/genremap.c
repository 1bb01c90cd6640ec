#include "model/genremap.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

enum { SWEEPS = 30 };

static double dot(const double *x, const double *y, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += x[i] * y[i];
	return s;
}

/* a[n * n], symmetric, becomes diagonal; its eigenvectors are the columns of u (Jacobi's rotations, in a fixed order). */
static void rotate(double *a, double *u, size_t n, size_t p, size_t q)
{
	double off = a[p * n + q], theta, t, c, s;

	if (fabs(off) < 1e-15)
		return;
	theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
	t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
	c = 1 / sqrt(t * t + 1);
	s = t * c;
	for (size_t i = 0; i < n; i++) {
		double x = a[i * n + p], y = a[i * n + q];

		a[i * n + p] = c * x - s * y;
		a[i * n + q] = s * x + c * y;
	}
	for (size_t i = 0; i < n; i++) {
		double x = a[p * n + i], y = a[q * n + i], ux = u[i * n + p], uy = u[i * n + q];

		a[p * n + i] = c * x - s * y;
		a[q * n + i] = s * x + c * y;
		u[i * n + p] = c * ux - s * uy;
		u[i * n + q] = s * ux + c * uy;
	}
}

static void decompose(double *a, double *u, size_t n)
{
	for (size_t i = 0; i < n * n; i++)
		u[i] = i % (n + 1) == 0;
	for (int sweep = 0; sweep < SWEEPS; sweep++)
		for (size_t p = 0; p < n; p++)
			for (size_t q = p + 1; q < n; q++)
				rotate(a, u, n, p, q);
}

/* likeness less the means of its rows and columns: the inner products around the common centre. */
static void centre(double *a, const double *likeness, size_t n)
{
	double mean[QF_GROUPS_MAX] = { 0 }, all = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++)
			mean[i] += likeness[i * n + j] / (double)n;
		all += mean[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			a[i * n + j] = likeness[i * n + j] - mean[i] - mean[j] + all;
}

static void put_axis(const double *a, const double *u, size_t n, size_t column, size_t axis, double (*place)[2])
{
	double value = a[column * n + column], far = 0;

	for (size_t i = 0; i < n; i++)
		if (fabs(u[i * n + column]) > fabs(far) + 1e-12)
			far = u[i * n + column];
	for (size_t i = 0; i < n; i++)
		place[i][axis] = value > 0 ? sqrt(value) * u[i * n + column] * (far < 0 ? -1 : 1) : 0;
}

static void put_places(const double *a, const double *u, size_t n, double (*place)[2])
{
	size_t best = 0, second = n;

	for (size_t i = 1; i < n; i++)
		if (a[i * n + i] > a[best * n + best])
			best = i;
	for (size_t i = 0; i < n; i++)
		if (i != best && (second == n || a[i * n + i] > a[second * n + second]))
			second = i;
	memset(place, 0, n * sizeof *place);
	put_axis(a, u, n, best, 0, place);
	if (second < n)
		put_axis(a, u, n, second, 1, place);
}

enum qf_status qf_genremap(double *v, size_t groups, size_t k, double *likeness, double (*place)[2], struct qf_err *e)
{
	double *a = qf_alloc(2 * groups * groups, sizeof *a);

	if (groups > QF_GROUPS_MAX || !a) {
		qf_free(a);
		return groups > QF_GROUPS_MAX ? qf_fail(e, QF_EINVAL, "%zu groups are too many for a map", groups)
					      : qf_fail(e, QF_ENOMEM, "out of memory for a map of %zu groups", groups);
	}
	for (size_t i = 0; i < groups; i++) {
		double length = sqrt(dot(v + i * k, v + i * k, k));

		for (size_t j = 0; j < k && length > 0; j++)
			v[i * k + j] /= length;
	}
	for (size_t i = 0; i < groups; i++)
		for (size_t j = 0; j < groups; j++)
			likeness[i * groups + j] = i == j ? 1 : dot(v + i * k, v + j * k, k);
	if (groups) {
		centre(a, likeness, groups);
		decompose(a, a + groups * groups, groups);
		put_places(a, a + groups * groups, groups, place);
	}
	qf_free(a);
	return QF_OK;
}
