/* order.h - the order in which tracks are played.
 *
 * Arrays in, a permutation out. Every order is total (what is equal stays in the
 * order of the input), so the same input gives the same list. */
#ifndef QF_PLAYLIST_ORDER_H
#define QF_PLAYLIST_ORDER_H

#include "base/err.h"
#include "playlist/entry.h"

#include <stdint.h>

struct qf_order_how { /* what an order may be told; all zero is nothing */
	uint64_t seed;     /* of the shuffle: another one, another order */
	const double *arc; /* [n_arc] how intense, at points as far from each other as the list is long; only which is
			      higher counts, and 0 points are a straight rise */
	size_t n_arc;
	size_t artist_gap, album_gap; /* of the shuffle: so many others between two of one, as far as that can be */
};

/* Find the tracks' places.
 *
 *   entries[n]  only the fields named at the order are looked at
 *   how         may be NULL
 *   perm[n]     filled with indices into entries: perm[0] is played first
 *
 * QF_ENOMEM; QF_ELIMIT when the order takes fewer tracks than n. */
typedef enum qf_status qf_order_fn(const struct qf_entry *entries, size_t n, const struct qf_order_how *how, uint32_t *perm,
				   struct qf_err *e);

struct qf_order {
	const char *name;
	const char *meaning; /* one line for people */
	qf_order_fn *run;
};

extern const struct qf_order qf_orders[]; /* ends with a name of NULL; the first leaves all as it is */

const struct qf_order *qf_order_find(const char *name); /* NULL: no such order */

/* As it came. */
qf_order_fn qf_order_input;

/* Highest score first; without a score last. */
qf_order_fn qf_order_score;

/* Along a curve of energy (how->arc, straight between its points; without one from calm to intense): the tracks,
 * sorted by energy and then tempo, on the places, sorted by the height of the curve. Of all orders this has the least sum of
 * distances (and of their squares) between a track's energy and the curve, however the curve is scaled to the energies
 * there are (G. Hardy, J. Littlewood, G. Polya, "Inequalities", 10.2). A track whose energy is not known is taken for
 * the median of the others, one whose tempo is not known comes before those of its energy. */
qf_order_fn qf_order_energy;

/* Ready curves by name: "warmup", "peak", "cooldown", "wave"; NULL: no such one. */
struct qf_arc {
	const char *name;
	double points[8];
	size_t n;
};
extern const struct qf_arc qf_arcs[]; /* ends with a name of NULL */

/* Albums whole, by disc and track number, in the order of their first tracks in the input. */
qf_order_fn qf_order_album;

/* By chance (how->seed), then spaced as how->artist_gap and album_gap say (space.h). */
qf_order_fn qf_order_shuffle;

/* Each near in sound to the one before: the path (path.h) with a small sum of 1 - cosine of the embeddings; to or from
 * a track without one costs 1. No artist twice in a row where that can be avoided. At most QF_PATH_MAX tracks. */
qf_order_fn qf_order_smooth;

/* As a DJ would mix: the path (path.h) with a small sum of qf_harmonic_step() over all neighbours, and with no
 * artist twice in a row where that can be avoided. At most QF_PATH_MAX tracks. */
qf_order_fn qf_order_harmonic;

/* The price of playing b after a (or a after b), in semitones of tempo: 1 is a change
 * of speed by 2^(1/12), 5.9 %, about what a pitch fader hides.
 *
 *   tempo   12 * |log2(a / b)|; to half or double the tempo what is left of the
 *           octave + 0.5; at most 4
 *   key     by the Camelot wheel, 0 to 4 (camelot.h)
 *   artist  QF_PATH_SAME_GROUP when both are the same (compared without case and
 *           accents), which no saving elsewhere can outweigh
 *
 * A tempo or a key that is not known on either side costs 1. QF_ENOMEM. */
enum qf_status qf_harmonic_step(const struct qf_entry *a, const struct qf_entry *b, double *cost, struct qf_err *e);

#endif
