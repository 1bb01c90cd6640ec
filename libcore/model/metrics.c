#include "model/metrics.h"

#include <math.h>

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

static size_t hits(const size_t *rank, size_t n, size_t k)
{
	size_t sum = 0;

	for (size_t t = 0; t < n; t++)
		sum += rank[t] <= k;
	return sum;
}

double qf_metrics_recall(const size_t *rank, size_t n, size_t k)
{
	return (double)hits(rank, n, k) / (double)n;
}

double qf_metrics_crecall(const size_t *rank, size_t n, size_t k)
{
	return (double)hits(rank, n, k) / (double)(n < k ? n : k);
}

double qf_metrics_ndcg(const size_t *rank, size_t n, size_t k)
{
	double sum = 0, best = 0;

	for (size_t t = 0; t < n; t++)
		if (rank[t] <= k)
			sum += 1 / log2((double)rank[t] + 1);
	for (size_t r = 1; r <= k && r <= n; r++)
		best += 1 / log2((double)r + 1);
	return sum / best;
}
