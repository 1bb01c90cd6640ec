#include "quality/prints.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/random.h"

#include <chromaprint.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	KEPT = 128,      /* values of a print, about */
	NEIGHBOURS = 4,  /* in a value's list */
	MEETINGS = 2,    /* values that two must share */
	OFFSET_MAX = 81, /* steps: 10 s */
	AROUND = 2,      /* steps on either side of the likeliest offset that are tried too */
	TRIED = 3        /* offsets, the likeliest */
};

struct kept { /* a value of a print; of one track they stand together, rising, each once */
	uint32_t value, track, at; /* at: first step with it */
};

struct index {
	struct kept *kept;
	uint32_t *order;  /* [n]: kept by value, then track */
	uint32_t *place;  /* [n]: where each one stands in order */
	size_t *first;    /* [tracks + 1]: kept of each track */
	size_t n;
};

enum qf_status qf_print_decode(const char *text, uint32_t **out, size_t *n, struct qf_err *e)
{
	uint32_t *v = NULL;
	int size = 0, algorithm;
	size_t len = text ? strlen(text) : 0;

	*out = NULL;
	*n = 0;
	if (len == 0 || len > 1 << 20 || !chromaprint_decode_fingerprint(text, (int)len, &v, &size, &algorithm, 1) || size <= 0) {
		chromaprint_dealloc(v);
		return QF_OK;
	}
	*out = qf_alloc((size_t)size, sizeof **out);
	if (*out) {
		*n = (size_t)size;
		memcpy(*out, v, *n * sizeof **out);
	}
	chromaprint_dealloc(v);
	return *out ? QF_OK : qf_fail(e, QF_ENOMEM, "duplicates: out of memory");
}

/* ---- the index ------------------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return x->value != y->value ? (x->value < y->value ? -1 : 1) : (x->at > y->at) - (x->at < y->at);
}

static size_t distinct(struct kept *k, size_t n)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (i == 0 || k[i].value != k[i - 1].value)
			k[m++] = k[i];
	return m;
}

/* Values whose hash is below a bound that leaves about KEPT of n: prints of about the same length keep about the same. */
static size_t thin(struct kept *k, size_t n, size_t length)
{
	uint64_t bound = length <= KEPT ? UINT64_MAX : UINT64_MAX / length * KEPT;
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (qf_mix64(k[i].value) <= bound)
			k[m++] = k[i];
	return m;
}

static enum qf_status gather(struct index *x, const struct qf_print *p, size_t n, struct qf_err *e)
{
	struct qf_buf all = { 0 }, one = { 0 };
	enum qf_status rc = QF_OK;

	for (size_t t = 0; t < n && !all.failed && !one.failed; t++) {
		struct kept *k;
		size_t m;

		x->first[t] = all.len / sizeof *k;
		qf_buf_clear(&one);
		k = (void *)qf_buf_reserve(&one, (p[t].n + 1) * sizeof *k);
		if (!k)
			break;
		for (size_t i = 0; i < p[t].n; i++)
			k[i] = (struct kept){ p[t].v[i], (uint32_t)t, (uint32_t)i };
		if (p[t].n)
			qsort(k, p[t].n, sizeof *k, by_value);
		m = distinct(k, p[t].n);
		if (m >= QF_PRINT_DISTINCT)
			qf_buf_put(&all, k, thin(k, m, p[t].n) * sizeof *k);
	}
	x->n = x->first[n] = all.len / sizeof *x->kept;
	x->kept = (void *)all.p; /* qf_buf is memory of qf_alloc */
	if (one.failed || all.failed)
		rc = qf_fail(e, QF_ENOMEM, "duplicates: out of memory for %zu fingerprints", n);
	else if (x->n > UINT32_MAX)
		rc = qf_fail(e, QF_ELIMIT, "duplicates: too many fingerprints at once");
	qf_buf_free(&one);
	return rc;
}

/* Stable, by 16 bits at a time. */
static void sort_pass(const struct kept *k, const uint32_t *from, uint32_t *to, size_t n, unsigned shift, size_t count[65537])
{
	memset(count, 0, 65537 * sizeof *count);
	for (size_t i = 0; i < n; i++)
		count[(k[i].value >> shift & 0xffff) + 1]++;
	for (size_t i = 0; i < 65536; i++)
		count[i + 1] += count[i];
	for (size_t i = 0; i < n; i++) {
		uint32_t which = from ? from[i] : (uint32_t)i;

		to[count[k[which].value >> shift & 0xffff]++] = which;
	}
}

static enum qf_status build(struct index *x, const struct qf_print *p, size_t n, struct qf_err *e)
{
	size_t *count = qf_alloc(65537, sizeof *count);
	enum qf_status rc;

	x->first = qf_zalloc(n + 1, sizeof *x->first);
	rc = count && x->first ? gather(x, p, n, e) : qf_fail(e, QF_ENOMEM, "duplicates: out of memory for %zu fingerprints", n);
	if (rc == QF_OK) {
		x->order = qf_alloc(x->n, sizeof *x->order);
		x->place = qf_alloc(x->n, sizeof *x->place);
		if (!x->order || !x->place)
			rc = qf_fail(e, QF_ENOMEM, "duplicates: out of memory for %zu fingerprints", n);
	}
	if (rc == QF_OK) {
		sort_pass(x->kept, NULL, x->place, x->n, 0, count);
		sort_pass(x->kept, x->place, x->order, x->n, 16, count);
		for (size_t i = 0; i < x->n; i++)
			x->place[x->order[i]] = (uint32_t)i;
	}
	qf_free(count);
	return rc;
}

static void free_index(struct index *x)
{
	struct qf_buf all = { .p = (void *)x->kept };

	qf_buf_free(&all);
	qf_free(x->order);
	qf_free(x->place);
	qf_free(x->first);
}

/* ---- aligning two ----------------------------------------------------------------------------------- */

/* Offsets at which kept values of both come together: votes[OFFSET_MAX + at in a - at in b]. */
static void vote(const struct index *x, size_t a, size_t b, unsigned votes[2 * OFFSET_MAX + 1])
{
	size_t i = x->first[a], k = x->first[b];

	memset(votes, 0, (2 * OFFSET_MAX + 1) * sizeof *votes);
	while (i < x->first[a + 1] && k < x->first[b + 1]) {
		const struct kept *u = &x->kept[i], *v = &x->kept[k];
		int64_t offset = (int64_t)u->at - (int64_t)v->at;

		if (u->value == v->value && offset >= -OFFSET_MAX && offset <= OFFSET_MAX)
			votes[OFFSET_MAX + offset]++;
		i += u->value <= v->value;
		k += v->value <= u->value;
	}
}

/* Share of equal bits where a from its step `offset` on overlaps b; 0 if they overlap in less than three quarters of the longer. */
static double equal_bits(const struct qf_print *a, const struct qf_print *b, int offset)
{
	size_t from_a = offset > 0 ? (size_t)offset : 0, from_b = offset < 0 ? (size_t)-offset : 0, n, differ = 0;
	size_t longer = a->n > b->n ? a->n : b->n;

	if (from_a >= a->n || from_b >= b->n)
		return 0;
	n = a->n - from_a < b->n - from_b ? a->n - from_a : b->n - from_b;
	if (4 * n < 3 * longer)
		return 0;
	for (size_t i = 0; i < n; i++)
		differ += (size_t)__builtin_popcount(a->v[from_a + i] ^ b->v[from_b + i]);
	return 1 - (double)differ / (double)(32 * n);
}

static bool lengths_agree(const struct qf_print *a, const struct qf_print *b)
{
	double longer = fmax(a->duration_s, b->duration_s), apart = fabs(a->duration_s - b->duration_s);

	return !(apart > QF_PRINT_APART_S || apart > longer / 5);
}

static bool align(const struct index *x, const struct qf_print *p, struct qf_print_pair *pair)
{
	const struct qf_print *a = &p[pair->a], *b = &p[pair->b];
	unsigned votes[2 * OFFSET_MAX + 1];

	pair->same = 0;
	if (!lengths_agree(a, b))
		return false;
	vote(x, pair->a, pair->b, votes);
	for (int tried = 0; tried < TRIED; tried++) {
		int best = 0;

		for (int i = 1; i <= 2 * OFFSET_MAX; i++)
			if (votes[i] > votes[best])
				best = i;
		if (!votes[best])
			break;
		votes[best] = 0;
		for (int offset = best - OFFSET_MAX - AROUND; offset <= best - OFFSET_MAX + AROUND; offset++) {
			double same = equal_bits(a, b, offset);

			if (same > pair->same) {
				pair->same = same;
				pair->offset_s = offset * QF_PRINT_STEP_S;
			}
		}
	}
	return pair->same >= 1 - (a->n < QF_PRINT_SHORT || b->n < QF_PRINT_SHORT ? QF_PRINT_BITS_SHORT : QF_PRINT_BITS);
}

/* ---- who meets whom ---------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Tracks behind `t` that share values with it: each into met[], and counted. */
static size_t meet(const struct index *x, size_t t, uint32_t *met, uint8_t *count)
{
	size_t n = 0;

	for (size_t i = x->first[t]; i < x->first[t + 1]; i++)
		for (size_t k = x->place[i] + 1; k < x->n && k <= (size_t)x->place[i] + NEIGHBOURS; k++) {
			const struct kept *other = &x->kept[x->order[k]];

			if (other->value != x->kept[i].value)
				break;
			if (count[other->track]++ == 0)
				met[n++] = other->track;
			if (count[other->track] > MEETINGS)
				count[other->track] = MEETINGS;
		}
	return n;
}

static enum qf_status match_all(const struct index *x, const struct qf_print *p, size_t n, uint32_t *met, uint8_t *count, struct qf_buf *pairs,
				struct qf_err *e)
{
	for (size_t t = 0; t < n; t++) {
		size_t m = meet(x, t, met, count);

		qsort(met, m, sizeof *met, by_number);
		for (size_t i = 0; i < m; i++) {
			struct qf_print_pair pair = { .a = t, .b = met[i] };

			if (count[met[i]] >= MEETINGS && align(x, p, &pair))
				qf_buf_put(pairs, &pair, sizeof pair);
			count[met[i]] = 0;
		}
	}
	return qf_buf_check(pairs, e);
}

enum qf_status qf_prints_match(const struct qf_print *p, size_t n, struct qf_print_pair **out, size_t *pairs, struct qf_err *e)
{
	struct index x = { .n = 0 };
	struct qf_buf found = { 0 };
	uint32_t *met = NULL;
	uint8_t *count = NULL;
	enum qf_status rc = n < UINT32_MAX ? build(&x, p, n, e) : qf_fail(e, QF_ELIMIT, "duplicates: too many tracks at once");

	*out = NULL;
	*pairs = 0;
	if (rc == QF_OK) {
		met = qf_alloc(n, sizeof *met);
		count = qf_zalloc(n, sizeof *count);
		rc = met && count ? match_all(&x, p, n, met, count, &found, e) : qf_fail(e, QF_ENOMEM, "duplicates: out of memory");
	}
	if (rc == QF_OK) {
		*out = qf_alloc(found.len, 1);
		*pairs = *out ? found.len / sizeof **out : 0;
		if (!*out)
			rc = qf_fail(e, QF_ENOMEM, "duplicates: out of memory");
		else if (*pairs)
			memcpy(*out, found.p, found.len);
	}
	qf_buf_free(&found);
	qf_free(met);
	qf_free(count);
	free_index(&x);
	return rc;
}
