/* The harmonic order: what a DJ's step costs. */
#include "playlist/order.h"

#include "base/alloc.h"
#include "playlist/camelot.h"
#include "playlist/group.h"
#include "playlist/path.h"

#include <math.h>

#define SEMITONES_MAX 4.0
#define OCTAVE_PRICE 0.5
#define UNKNOWN_PRICE 1.0

struct node {
	double tempo; /* 12 * log2(BPM): semitones; NaN = not known */
	struct qf_camelot key;
};

static double tempo_price(double a, double b)
{
	double straight = fabs(a - b), octave = fabs(12 - straight) + OCTAVE_PRICE;

	if (isnan(straight))
		return UNKNOWN_PRICE;
	return fmin(fmin(straight, octave), SEMITONES_MAX);
}

static double price(const void *nodes, uint32_t i, uint32_t j)
{
	const struct node *a = (const struct node *)nodes + i, *b = (const struct node *)nodes + j;
	double sum = tempo_price(a->tempo, b->tempo);
	double key = qf_camelot_price(a->key, b->key);

	return sum + (isnan(key) ? UNKNOWN_PRICE : key);
}

static struct node node_of(const struct qf_entry *t)
{
	return (struct node){ t->tempo_bpm > 0 && isfinite(t->tempo_bpm) ? 12 * log2(t->tempo_bpm) : NAN, qf_camelot_read(t->camelot) };
}

enum qf_status qf_harmonic_step(const struct qf_entry *a, const struct qf_entry *b, double *cost, struct qf_err *e)
{
	const struct qf_entry pair[2] = { *a, *b };
	const struct node nodes[2] = { node_of(a), node_of(b) };
	uint32_t artist[2] = { 0, 1 };
	enum qf_status rc = qf_group_artists(pair, 2, artist, e);

	*cost = rc == QF_OK ? price(nodes, 0, 1) + (artist[0] == artist[1] ? QF_PATH_SAME_GROUP : 0) : NAN;
	return rc;
}

enum qf_status qf_order_harmonic(const struct qf_entry *entries, size_t n, const struct qf_order_how *how, uint32_t *perm, struct qf_err *e)
{
	struct node *nodes;
	uint32_t *artist;
	enum qf_status rc;

	(void)how;
	if (n > QF_PATH_MAX)
		return qf_fail(e, QF_ELIMIT, "the harmonic order takes at most %u tracks, not %zu", QF_PATH_MAX, n);
	nodes = qf_alloc(n, sizeof *nodes);
	artist = qf_alloc(n, sizeof *artist);
	rc = nodes && artist ? qf_group_artists(entries, n, artist, e) : qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
	for (size_t i = 0; rc == QF_OK && i < n; i++)
		nodes[i] = node_of(&entries[i]);
	if (rc == QF_OK)
		rc = qf_path_solve(&(struct qf_path){ n, price, nodes, artist }, perm, e);
	qf_free(nodes);
	qf_free(artist);
	return rc;
}
