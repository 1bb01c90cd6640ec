#include "model/metrics.h"

#include <math.h>
#include <stdlib.h>

static bool among(const uint32_t *truth, size_t n, size_t item)
{
	for (size_t t = 0; t < n; t++)
		if (truth[t] == item)
			return true;
	return false;
}

void qf_metrics_ranks(const double *score, size_t items, const bool *barred, const uint32_t *truth, size_t n, size_t *rank)
{
	for (size_t t = 0; t < n; t++) {
		double own = score[truth[t]];

		rank[t] = 1;
		for (size_t i = 0; i < items; i++) {
			if (score[i] < own || i == truth[t] || (barred && barred[i]))
				continue;
			if (score[i] > own || i < truth[t] || !among(truth, n, i))
				rank[t]++;
		}
	}
}

/* ---- the list --------------------------------------------------------------------------- */

struct ranking {
	const double *score;
	const uint8_t *mark;
};

static bool before(const struct ranking *r, uint32_t a, uint32_t b)
{
	if (r->score[a] != r->score[b])
		return r->score[a] > r->score[b];
	if ((r->mark[a] ^ r->mark[b]) & QF_HELD_OUT)
		return !(r->mark[a] & QF_HELD_OUT);
	return a < b;
}

/* A heap whose top is the last of the list. */
static void sink(const struct ranking *r, uint32_t *heap, size_t n, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		uint32_t swap = heap[at];

		if (child + 1 < n && before(r, heap[child], heap[child + 1]))
			child++;
		if (!before(r, heap[at], heap[child]))
			return;
		heap[at] = heap[child];
		heap[child] = swap;
	}
}

static void sort_heap(const struct ranking *r, uint32_t *heap, size_t n)
{
	for (; n > 1; n--) {
		uint32_t last = heap[0];

		heap[0] = heap[n - 1];
		heap[n - 1] = last;
		sink(r, heap, n - 1, 0);
	}
}

size_t qf_metrics_list(const double *score, size_t items, const uint8_t *mark, size_t most, uint32_t *list, size_t *hit,
		       size_t *hits)
{
	const struct ranking r = { score, mark };
	size_t n = 0;

	for (size_t i = 0; i < items; i++) {
		if (!(mark[i] & QF_CANDIDATE) || isnan(score[i]))
			continue;
		if (n < most) {
			list[n++] = (uint32_t)i;
			for (size_t at = n; n == most && at-- > 0;)
				sink(&r, list, n, at);
		} else if (score[i] >= score[list[0]] && before(&r, (uint32_t)i, list[0])) {
			list[0] = (uint32_t)i;
			sink(&r, list, n, 0);
		}
	}
	for (size_t at = n; n < most && at-- > 0;)
		sink(&r, list, n, at);
	sort_heap(&r, list, n);
	*hits = 0;
	for (size_t i = 0; i < n; i++)
		if (mark[list[i]] & QF_HELD_OUT)
			hit[(*hits)++] = i + 1;
	return n;
}

/* ---- of one list ------------------------------------------------------------------------ */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static double within(const size_t *rank, size_t hits, size_t k)
{
	size_t sum = 0;

	for (size_t h = 0; h < hits; h++)
		sum += rank[h] <= k;
	return (double)sum;
}

double qf_metrics_recall(const size_t *rank, size_t hits, size_t n, size_t k)
{
	return within(rank, hits, k) / (double)n;
}

double qf_metrics_crecall(const size_t *rank, size_t hits, size_t n, size_t k)
{
	return within(rank, hits, k) / (double)smaller(n, k);
}

double qf_metrics_precision(const size_t *rank, size_t hits, size_t n, size_t k)
{
	(void)n;
	return within(rank, hits, k) / (double)k;
}

double qf_metrics_hr(const size_t *rank, size_t hits, size_t n, size_t k)
{
	(void)n;
	return within(rank, hits, k) > 0;
}

double qf_metrics_ndcg(const size_t *rank, size_t hits, size_t n, size_t k)
{
	double sum = 0, best = 0;

	for (size_t h = 0; h < hits; h++)
		if (rank[h] <= k)
			sum += 1 / log2((double)rank[h] + 1);
	for (size_t r = 1; r <= smaller(n, k); r++)
		best += 1 / log2((double)r + 1);
	return sum / best;
}

double qf_metrics_mrr(const size_t *rank, size_t hits, size_t n, size_t k)
{
	(void)n;
	return hits && rank[0] <= k ? 1 / (double)rank[0] : 0;
}

double qf_metrics_map(const size_t *rank, size_t hits, size_t n, size_t k)
{
	double sum = 0;

	for (size_t h = 0; h < hits && rank[h] <= k; h++)
		sum += (double)(h + 1) / (double)rank[h];
	return sum / (double)smaller(n, k);
}

/* ---- of all lists ----------------------------------------------------------------------- */

double qf_metrics_coverage(const uint32_t *shown, size_t n)
{
	size_t any = 0;

	for (size_t i = 0; i < n; i++)
		any += shown[i] > 0;
	return (double)any / (double)n;
}

static int rising(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

double qf_metrics_gini(uint32_t *shown, size_t n)
{
	double sum = 0, weighted = 0;

	qsort(shown, n, sizeof *shown, rising);
	for (size_t i = 0; i < n; i++) {
		sum += (double)shown[i];
		weighted += (2 * (double)(i + 1) - (double)n - 1) * (double)shown[i];
	}
	return sum > 0 ? weighted / ((double)n * sum) : (double)NAN;
}
