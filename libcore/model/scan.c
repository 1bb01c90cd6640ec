#include "model/scan.h"

#include "base/alloc.h"

#include <float.h>
#include <immintrin.h>
#include <math.h>
#include <string.h>

enum {
	CODE_ZERO = 128,
	CODE_MOST = 127,
	QUERY_MOST = 8128, /* 64 * 127: with 1,024 numbers the sums stay within 32 bits */
	BLOCK = 16,        /* rows that are looked at together */
	AHEAD = 64
};
#define SLACK 1e-6F /* of the greatest value that a sum can have: float32 rounds five times at most */

/* --- codes ----------------------------------------------------------------- */

enum qf_status qf_codes_open(struct qf_codes *c, size_t rows, size_t k, struct qf_err *e)
{
	size_t stride = qf_code_stride(k);

	memset(c, 0, sizeof *c);
	c->scale = qf_zalloc(rows, sizeof *c->scale);
	c->rest = qf_zalloc(rows, sizeof *c->rest);
	c->base = rows < SIZE_MAX / 2 / (stride + 1) ? qf_alloc(rows * stride + QF_CODE_LINE, 1) : NULL;
	if (!c->base || !c->scale || !c->rest) {
		qf_codes_close(c);
		return qf_fail(e, QF_ENOMEM, "out of memory for the codes of %zu tracks", rows);
	}
	c->code = (uint8_t *)(((uintptr_t)c->base + QF_CODE_LINE - 1) / QF_CODE_LINE * QF_CODE_LINE);
	memset(c->code, CODE_ZERO, rows * stride);
	c->rows = rows;
	c->k = k;
	c->stride = stride;
	return QF_OK;
}

void qf_codes_close(struct qf_codes *c)
{
	qf_free(c->base);
	qf_free(c->scale);
	qf_free(c->rest);
	memset(c, 0, sizeof *c);
}

static float greatest(const float *v, size_t n)
{
	float most = 0;

	for (size_t i = 0; i < n; i++)
		most = fabsf(v[i]) > most ? fabsf(v[i]) : most;
	return most;
}

void qf_codes_set(struct qf_codes *c, size_t row, const float *v)
{
	uint8_t *code = c->code + row * c->stride;
	float scale = greatest(v, c->k) / CODE_MOST;
	double rest = 0;

	memset(code, CODE_ZERO, c->stride);
	c->scale[row] = c->rest[row] = 0;
	if (!(scale >= FLT_MIN)) { /* as good as zeros: all of it is rest */
		c->rest[row] = (float)sqrt(qf_linear_dot(v, v, c->k)) * (1 + FLT_EPSILON);
		return;
	}
	for (size_t j = 0; j < c->k; j++) {
		long n = lrintf(v[j] / scale);
		double left;

		n = n > CODE_MOST ? CODE_MOST : n < -CODE_MOST ? -CODE_MOST : n;
		left = (double)v[j] - (double)scale * (double)n;
		code[j] = (uint8_t)(n + CODE_ZERO);
		rest += left * left;
	}
	c->scale[row] = scale;
	c->rest[row] = (float)sqrt(rest) * (1 + FLT_EPSILON);
}

/* --- a query --------------------------------------------------------------- */

void qf_query_set(struct qf_query *q, const float *p, size_t k)
{
	double step = (double)greatest(p, k) / QUERY_MOST, left = 0, length = 0, sum = 0;
	int32_t total = 0;

	memset(q, 0, sizeof *q);
	q->k = k;
	q->step = (float)step;
	for (size_t j = 0; j < k; j++) {
		long n = q->step >= FLT_MIN ? lrint((double)p[j] / (double)q->step) : 0;
		double off;

		n = n > QUERY_MOST ? QUERY_MOST : n < -QUERY_MOST ? -QUERY_MOST : n;
		off = (double)p[j] - (double)q->step * (double)n;
		q->v[j] = (int16_t)n;
		q->high[j] = (int8_t)((n + 32) >> 6);
		q->low[j] = (int8_t)(n - 64 * (long)q->high[j]);
		total += (int32_t)n;
		left += off * off;
		length += (double)p[j] * (double)p[j];
		sum += fabs((double)p[j]);
	}
	q->offset = CODE_ZERO * total;
	/* |off . codes| <= |off| 127 sqrt(k); the rounding of the sum itself */
	q->by_scale = (float)(sqrt(left * (double)k) * CODE_MOST) + SLACK * (float)(sum * CODE_MOST);
	q->by_rest = (float)sqrt(length) * (1 + 4 * FLT_EPSILON);
}

/* --- the sums: code . v for each row --------------------------------------- */

typedef void sums(const struct qf_query *q, const uint8_t *code, size_t stride, size_t n, int32_t *sum);

static void sums_plain(const struct qf_query *q, const uint8_t *code, size_t stride, size_t n, int32_t *sum)
{
	for (size_t i = 0; i < n; i++, code += stride) {
		sum[i] = 0;
		for (size_t j = 0; j < q->k; j++)
			sum[i] += code[j] * q->v[j];
	}
}

__attribute__((target("avx2"))) static void sums_avx2(const struct qf_query *q, const uint8_t *code, size_t stride, size_t n,
						      int32_t *sum)
{
	for (size_t i = 0; i < n; i++, code += stride) {
		__m256i s = _mm256_setzero_si256();

		for (size_t j = 0; j < stride; j += 16)
			s = _mm256_add_epi32(s, _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)(code + j))),
								 _mm256_loadu_si256((const void *)(q->v + j))));
		__m128i h = _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
		h = _mm_add_epi32(h, _mm_shuffle_epi32(h, 0x4e));
		h = _mm_add_epi32(h, _mm_shuffle_epi32(h, 0xb1));
		sum[i] = _mm_cvtsi128_si32(h);
	}
}

#define VNNI __attribute__((target("avx512f,avx512vnni")))

#define INLINE VNNI static inline __attribute__((always_inline))

INLINE __m512i vnni_row(const struct qf_query *q, const uint8_t *code, size_t stride)
{
	__m512i high = _mm512_setzero_si512(), low = high;

	for (size_t j = 0; j < stride; j += QF_CODE_LINE) {
		__m512i c = _mm512_loadu_si512(code + j);

		high = _mm512_dpbusd_epi32(high, c, _mm512_loadu_si512(q->high + j));
		low = _mm512_dpbusd_epi32(low, c, _mm512_loadu_si512(q->low + j));
	}
	return _mm512_add_epi32(_mm512_slli_epi32(high, 6), low);
}

/* Sixteen rows of sixteen partial sums: one sum of each row, in the order of the rows. */
INLINE __m512i vnni_across(const __m512i *s)
{
	__m512i a[8], b[4], c[2];

	for (size_t i = 0; i < 8; i++)
		a[i] = _mm512_add_epi32(_mm512_unpacklo_epi32(s[2 * i], s[2 * i + 1]), _mm512_unpackhi_epi32(s[2 * i], s[2 * i + 1]));
	for (size_t i = 0; i < 4; i++)
		b[i] = _mm512_add_epi32(_mm512_unpacklo_epi64(a[2 * i], a[2 * i + 1]), _mm512_unpackhi_epi64(a[2 * i], a[2 * i + 1]));
	for (size_t i = 0; i < 2; i++)
		c[i] = _mm512_add_epi32(_mm512_shuffle_i32x4(b[2 * i], b[2 * i + 1], 0x88),
					_mm512_shuffle_i32x4(b[2 * i], b[2 * i + 1], 0xdd));
	return _mm512_add_epi32(_mm512_shuffle_i32x4(c[0], c[1], 0x88), _mm512_shuffle_i32x4(c[0], c[1], 0xdd));
}

/* Memory decides: the lines ahead are called for, since the walk is shorter than what
 * the processor foresees by itself. */
INLINE void vnni_rows(const struct qf_query *q, const uint8_t *code, size_t stride, size_t n, int32_t *sum)
{
	size_t i = 0;

	for (; i + BLOCK <= n; i += BLOCK) {
		__m512i s[BLOCK];

#pragma GCC unroll 16
		for (size_t j = 0; j < BLOCK; j++) {
			__builtin_prefetch(code + (i + j + AHEAD) * stride);
			s[j] = vnni_row(q, code + (i + j) * stride, stride);
		}
		_mm512_storeu_si512(sum + i, vnni_across(s));
	}
	for (; i < n; i++)
		sum[i] = _mm512_reduce_add_epi32(vnni_row(q, code + i * stride, stride));
}

VNNI static void sums_vnni(const struct qf_query *q, const uint8_t *code, size_t stride, size_t n, int32_t *sum)
{
	switch (stride) { /* known: the query stays in registers */
	case QF_CODE_LINE: vnni_rows(q, code, QF_CODE_LINE, n, sum); break;
	case 2 * QF_CODE_LINE: vnni_rows(q, code, 2 * QF_CODE_LINE, n, sum); break;
	default: vnni_rows(q, code, stride, n, sum);
	}
}

static sums *best_sums(void)
{
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni"))
		return sums_vnni;
	return __builtin_cpu_supports("avx2") ? sums_avx2 : sums_plain;
}

static void scan(sums *add, const struct qf_query *q, const struct qf_codes *c, size_t first, size_t n, float *about, float *within)
{
	const float *scale = c->scale + first, *rest = c->rest + first;
	int32_t sum[256];

	for (size_t at = 0; at < n; at += 256) {
		size_t m = n - at < 256 ? n - at : 256;

		add(q, c->code + (first + at) * c->stride, c->stride, m, sum);
		for (size_t i = 0; i < m; i++) {
			about[at + i] = (float)(sum[i] - q->offset) * q->step * scale[at + i];
			within[at + i] = q->by_scale * scale[at + i] + q->by_rest * rest[at + i];
		}
	}
}

void qf_scan(const struct qf_query *q, const struct qf_codes *c, size_t first, size_t n, float *about, float *within)
{
	scan(best_sums(), q, c, first, n, about, within);
}

void qf_scan_plain(const struct qf_query *q, const struct qf_codes *c, size_t first, size_t n, float *about, float *within)
{
	scan(sums_plain, q, c, first, n, about, within);
}

/* --- the best n ------------------------------------------------------------ */

enum qf_status qf_top_open(struct qf_top *t, size_t n, struct qf_err *e)
{
	memset(t, 0, sizeof *t);
	t->n = n;
	t->threshold = -INFINITY;
	t->floor = qf_alloc(n, sizeof *t->floor);
	return t->floor ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for the best %zu tracks", n);
}

void qf_top_close(struct qf_top *t)
{
	qf_free(t->floor);
	qf_free(t->row);
	memset(t, 0, sizeof *t);
}

/* `floor` is a heap of the greatest lower bounds, the least of them on top. */
static void raise_floor(struct qf_top *t, float v)
{
	size_t at = 0, child;

	if (t->floors < t->n) { /* still filling: let it rise from the end */
		for (at = t->floors++; at && t->floor[(at - 1) / 2] > v; at = (at - 1) / 2)
			t->floor[at] = t->floor[(at - 1) / 2];
	} else if (v > t->floor[0]) {
		for (; (child = 2 * at + 1) < t->n; at = child) {
			child += child + 1 < t->n && t->floor[child + 1] < t->floor[child];
			if (t->floor[child] >= v)
				break;
			t->floor[at] = t->floor[child];
		}
	} else {
		return;
	}
	t->floor[at] = v;
	if (t->floors == t->n)
		t->threshold = t->floor[0];
}

void qf_top_close_in(struct qf_top *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n_rows; i++)
		if (t->row[i].about + t->row[i].within >= t->threshold)
			t->row[kept++] = t->row[i];
	t->n_rows = kept;
}

static enum qf_status add_row(struct qf_top *t, struct qf_top_row row, struct qf_err *e)
{
	if (t->n_rows == t->room)
		qf_top_close_in(t);
	if (t->n_rows * 4 >= t->room * 3) { /* closing in freed little */
		size_t more = t->room ? 2 * t->room : 1024;
		struct qf_top_row *p = qf_realloc(t->row, more, sizeof *p);

		if (!p)
			return qf_fail(e, QF_ENOMEM, "out of memory for the best %zu tracks", t->n);
		t->row = p;
		t->room = more;
	}
	t->row[t->n_rows++] = row;
	raise_floor(t, row.about - row.within);
	return QF_OK;
}

static bool any_above(const float *about, const float *within, size_t n, float threshold)
{
	int any = 0;

	for (size_t i = 0; i < n; i++)
		any |= about[i] + within[i] >= threshold;
	return any;
}

enum qf_status qf_top_offer(struct qf_top *t, size_t first, size_t n, const float *about, const float *within,
			    const bool *barred, struct qf_err *e)
{
	for (size_t at = 0; at < n; at += BLOCK) {
		size_t m = n - at < BLOCK ? n - at : BLOCK;

		if (!any_above(about + at, within + at, m, t->threshold))
			continue;
		for (size_t i = at; i < at + m; i++)
			if (about[i] + within[i] >= t->threshold && !(barred && barred[first + i]) &&
			    add_row(t, (struct qf_top_row){ (uint32_t)(first + i), about[i], within[i] }, e))
				return e->code;
	}
	return QF_OK;
}
