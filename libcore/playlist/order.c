#include "playlist/order.h"

#include "base/alloc.h"
#include "playlist/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct qf_order qf_orders[] = {
	{ "input", "as the tracks came", qf_order_input },
	{ "score", "highest score first", qf_order_score },
	{ "harmonic", "neighbours in matching keys and tempos", qf_order_harmonic },
	{ "energy", "from calm to intense, or along an arc", qf_order_energy },
	{ "smooth", "each near in sound to the one before", qf_order_smooth },
	{ "album", "albums whole", qf_order_album },
	{ "shuffle", "by chance, artists and albums apart", qf_order_shuffle },
	{ NULL, NULL, NULL }
};

const struct qf_order *qf_order_find(const char *name)
{
	for (const struct qf_order *o = qf_orders; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

enum qf_status qf_order_input(const struct qf_entry *entries, size_t n, const struct qf_order_how *how, uint32_t *perm, struct qf_err *e)
{
	(void)entries;
	(void)how;
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

enum qf_status qf_order_score(const struct qf_entry *entries, size_t n, const struct qf_order_how *how, uint32_t *perm, struct qf_err *e)
{
	struct rank *rank = qf_alloc(n, sizeof *rank);

	(void)how;
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

const struct qf_arc qf_arcs[] = {
	{ "warmup", { 0, 0.3, 1 }, 3 },         /* slowly at first */
	{ "peak", { 0.2, 0.7, 1, 1, 0.4 }, 5 }, /* the height in the second half, and down again */
	{ "cooldown", { 1, 0.3, 0 }, 3 },
	{ "wave", { 0.3, 0.9, 0.2, 1, 0.1 }, 5 },
	{ NULL, { 0 }, 0 }
};

/* The height of the curve at a place. */
static double height(const struct qf_order_how *how, size_t place, size_t n)
{
	double at = n > 1 ? (double)place / (double)(n - 1) : 0, x;
	size_t i;

	if (!how || how->n_arc == 0)
		return at;
	x = at * (double)(how->n_arc - 1);
	i = (size_t)x;
	if (i + 1 >= how->n_arc)
		return how->arc[how->n_arc - 1];
	return how->arc[i] + (x - (double)i) * (how->arc[i + 1] - how->arc[i]);
}

enum qf_status qf_order_energy(const struct qf_entry *entries, size_t n, const struct qf_order_how *how, uint32_t *perm, struct qf_err *e)
{
	struct rank *tracks = qf_alloc(n, sizeof *tracks), *places = qf_alloc(n, sizeof *places);
	enum qf_status rc = tracks && places ? QF_OK : qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
	double median = rc == QF_OK ? median_energy(entries, n, tracks) : 0;

	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		tracks[i] = (struct rank){ known_or(entries[i].energy, median), known_or(entries[i].tempo_bpm, 0), (uint32_t)i };
		places[i] = (struct rank){ height(how, i, n), 0, (uint32_t)i };
	}
	if (rc == QF_OK) {
		qsort(tracks, n, sizeof *tracks, compare);
		qsort(places, n, sizeof *places, compare);
	}
	for (size_t i = 0; rc == QF_OK && i < n; i++)
		perm[places[i].at] = tracks[i].at;
	qf_free(tracks);
	qf_free(places);
	return rc;
}

/* ---- albums ------------------------------------------------------------------------------------- */

enum qf_status qf_order_album(const struct qf_entry *entries, size_t n, const struct qf_order_how *how, uint32_t *perm, struct qf_err *e)
{
	uint32_t *album = qf_alloc(n, sizeof *album), *first = qf_alloc(n, sizeof *first);
	struct rank *rank = qf_alloc(n, sizeof *rank);
	enum qf_status rc = album && first && rank ? qf_group_albums(entries, n, album, e)
						   : qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);

	(void)how;
	for (size_t i = n; rc == QF_OK && i-- > 0;)
		first[album[i]] = (uint32_t)i;
	for (size_t i = 0; rc == QF_OK && i < n; i++) /* a disc of more than 100,000 tracks is none */
		rank[i] = (struct rank){ first[album[i]], 1e5 * entries[i].disc_no + entries[i].track_no, (uint32_t)i };
	if (rc == QF_OK)
		take(rank, n, perm);
	else
		qf_free(rank);
	qf_free(first);
	qf_free(album);
	return rc;
}
