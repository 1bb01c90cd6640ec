#include "features/structure.h"

#include "base/alloc.h"
#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define DIMS QF_STRUCTURE_DIMS
#define HARMONY 12
#define HALF 16     /* half a checkerboard */
#define APART 12    /* units from border to border at least */
#define CLEAR_SD 0.5
#define ALIKE 0.8f

/* Each dimension to mean 0 and deviation 1, times the root of its share. */
static void standardize(float (*x)[DIMS], size_t n)
{
	for (size_t d = 0; d < DIMS; d++) {
		struct qf_stat s = {0};
		double mean, scale;

		for (size_t i = 0; i < n; i++)
			qf_stat_add(&s, (double)x[i][d]);
		mean = qf_stat_mean(&s);
		scale = sqrt(1.0 / (d < HARMONY ? HARMONY : DIMS - HARMONY)) / (qf_stat_sd(&s) + 1e-4);
		for (size_t i = 0; i < n; i++)
			x[i][d] = (float)(((double)x[i][d] - mean) * scale);
	}
}

static float cosine(const float *a, const float *b)
{
	return qf_dot(a, b, DIMS) / sqrtf(qf_dot(a, a, DIMS) * qf_dot(b, b, DIMS) + 1e-12f);
}

static void compare_all(float (*x)[DIMS], size_t n, float *s)
{
	for (size_t i = 0; i < n; i++) {
		float scale = 1 / sqrtf(qf_dot(x[i], x[i], DIMS) + 1e-12f);

		for (size_t d = 0; d < DIMS; d++)
			x[i][d] *= scale;
		for (size_t j = 0; j <= i; j++)
			s[i * n + j] = s[j * n + i] = qf_dot(x[i], x[j], DIMS);
	}
}

/* The checkerboard around the border before unit `at`, as far as the track reaches; the
 * Gaussian is a product of one factor for the row and one for the column. */
static double novelty_at(const float *s, size_t n, size_t at, const float bell[2 * HALF])
{
	size_t reach = at < HALF ? at : HALF;
	float sum = 0;

	if (n - at < reach)
		reach = n - at;
	for (size_t i = at - reach; i < at + reach; i++) {
		const float *row = s + i * n + at, *b = bell + HALF;
		float before = 0, behind = 0;

		for (size_t j = 1; j <= reach; j++) {
			before += b[-(ptrdiff_t)j] * row[-(ptrdiff_t)j];
			behind += b[j - 1] * row[j - 1];
		}
		sum += bell[HALF + i - at] * (i < at ? before - behind : behind - before);
	}
	return (double)sum;
}

static void find_borders(const double *novelty, size_t n, struct qf_structure *out)
{
	struct qf_stat all = {0};
	double least;

	for (size_t i = 0; i < n; i++)
		qf_stat_add(&all, novelty[i]);
	least = qf_stat_mean(&all) + CLEAR_SD * qf_stat_sd(&all);
	out->parts = 1;
	out->first[0] = 0;
	for (size_t i = APART; i + APART <= n && out->parts < QF_STRUCTURE_PARTS; i++) {
		int highest = novelty[i] > least;

		for (size_t j = i - APART; highest && j < i + APART && j < n; j++)
			highest = j < i ? novelty[j] < novelty[i] : novelty[j] <= novelty[i];
		if (highest)
			out->first[out->parts++] = i;
	}
}

static void name_parts(float (*x)[DIMS], size_t n, struct qf_structure *out)
{
	float mean[QF_STRUCTURE_PARTS][DIMS] = {{0}};
	char next = 'A';

	for (size_t p = 0; p < out->parts; p++) {
		size_t end = p + 1 < out->parts ? out->first[p + 1] : n, twin = p;
		float best = ALIKE;

		for (size_t i = out->first[p]; i < end; i++)
			for (size_t d = 0; d < DIMS; d++)
				mean[p][d] += x[i][d];
		for (size_t q = 0; q < p; q++)
			if (cosine(mean[p], mean[q]) >= best) {
				best = cosine(mean[p], mean[q]);
				twin = q;
			}
		out->letter[p] = twin < p ? out->letter[twin] : next < 'Z' ? next++ : 'Z';
	}
}

/* (x - mean) / sd added to out[], times weight. */
static void add_standard(const float *x, size_t n, double weight, double *out)
{
	struct qf_stat s = {0};

	for (size_t i = 0; i < n; i++)
		qf_stat_add(&s, (double)x[i]);
	for (size_t i = 0; i < n; i++)
		out[i] += weight * ((double)x[i] - qf_stat_mean(&s)) / (qf_stat_sd(&s) + 1e-6);
}

static size_t find_preview(const float *s, const float *loudness, size_t n, size_t length, double *worth)
{
	float likeness[QF_STRUCTURE_UNITS];
	double sum = 0, most = -INFINITY;
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		float total = 0;

		for (size_t j = 0; j < n; j++)
			total += s[i * n + j];
		likeness[i] = total;
		worth[i] = 0;
	}
	add_standard(likeness, n, 1, worth);
	add_standard(loudness, n, 0.5, worth);
	for (size_t i = 0; i < n; i++) {
		sum += worth[i] - (i >= length ? worth[i - length] : 0);
		if (i + 1 >= length && sum > most + 1e-9) {
			most = sum;
			best = i + 1 - length;
		}
	}
	return best;
}

enum qf_status qf_structure_find(float (*x)[DIMS], const float *loudness, size_t n, size_t preview_units,
				 struct qf_structure *out, struct qf_err *e)
{
	double curve[QF_STRUCTURE_UNITS];
	float *s, bell[2 * HALF];

	memset(out, 0, sizeof *out);
	if (n > QF_STRUCTURE_UNITS)
		return qf_fail(e, QF_EINVAL, "structure: %zu units", n);
	if (!n)
		return QF_OK;
	s = qf_alloc(n * n, sizeof *s);
	if (!s)
		return qf_fail(e, QF_ENOMEM, "structure: out of memory for %zu units", n);
	standardize(x, n);
	compare_all(x, n, s);
	for (size_t i = 0; i < 2 * HALF; i++) {
		double u = ((double)i + 0.5 - HALF) / HALF;

		bell[i] = (float)exp(-2 * u * u);
	}
	for (size_t i = 0; i < n; i++)
		curve[i] = novelty_at(s, n, i, bell);
	find_borders(curve, n, out);
	name_parts(x, n, out);
	out->preview = find_preview(s, loudness, n, preview_units, curve);
	qf_free(s);
	return QF_OK;
}
