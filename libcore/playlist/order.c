#include "playlist/order.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct qf_order qf_orders[] = {
	{ "input", "as the tracks came", qf_order_input },
	{ "score", "highest score first", qf_order_score },
	{ "harmonic", "neighbours in matching keys and tempos", qf_order_harmonic },
	{ "energy", "from calm to intense", qf_order_energy },
	{ NULL, NULL, NULL }
};

const struct qf_order *qf_order_find(const char *name)
{
	for (const struct qf_order *o = qf_orders; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

enum qf_status qf_order_input(const struct qf_entry *entries, size_t n, uint32_t *perm, struct qf_err *e)
{
	(void)entries;
	(void)e;
	for (size_t i = 0; i < n; i++)
		perm[i] = (uint32_t)i;
	return QF_OK;
}

/* What a track is sorted by: rising first, then second, then its place in the input. */
struct rank {
	double first, second;
	uint32_t at;
};

static int compare(const void *x, const void *y)
{
	const struct rank *a = x, *b = y;

	if (a->first < b->first || a->first > b->first)
		return a->first < b->first ? -1 : 1;
	if (a->second < b->second || a->second > b->second)
		return a->second < b->second ? -1 : 1;
	return a->at < b->at ? -1 : 1;
}

static double known_or(double v, double other)
{
	return isnan(v) ? other : v;
}

static enum qf_status take(struct rank *rank, size_t n, uint32_t *perm)
{
	qsort(rank, n, sizeof *rank, compare);
	for (size_t i = 0; i < n; i++)
		perm[i] = rank[i].at;
	qf_free(rank);
	return QF_OK;
}

enum qf_status qf_order_score(const struct qf_entry *entries, size_t n, uint32_t *perm, struct qf_err *e)
{
	struct rank *rank = qf_alloc(n, sizeof *rank);

	if (!rank)
		return qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
	for (size_t i = 0; i < n; i++)
		rank[i] = (struct rank){ -known_or(entries[i].score, -INFINITY), 0, (uint32_t)i };
	return take(rank, n, perm);
}

/* The lower median of the known energies, 0 if there is none. */
static double median_energy(const struct qf_entry *entries, size_t n, struct rank *tmp)
{
	size_t known = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(entries[i].energy))
			tmp[known++] = (struct rank){ entries[i].energy, 0, (uint32_t)i };
	if (known == 0)
		return 0;
	qsort(tmp, known, sizeof *tmp, compare);
	return tmp[(known - 1) / 2].first;
}

enum qf_status qf_order_energy(const struct qf_entry *entries, size_t n, uint32_t *perm, struct qf_err *e)
{
	struct rank *rank = qf_alloc(n, sizeof *rank);
	double median;

	if (!rank)
		return qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
	median = median_energy(entries, n, rank);
	for (size_t i = 0; i < n; i++)
		rank[i] = (struct rank){ known_or(entries[i].energy, median), known_or(entries[i].tempo_bpm, 0), (uint32_t)i };
	return take(rank, n, perm);
}
