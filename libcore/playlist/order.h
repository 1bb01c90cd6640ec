/* order.h - the order in which tracks are played.
 *
 * Arrays in, a permutation out. Every order is total (what is equal stays in the
 * order of the input), so the same input gives the same list. */
#ifndef QF_PLAYLIST_ORDER_H
#define QF_PLAYLIST_ORDER_H

#include "base/err.h"
#include "playlist/entry.h"

#include <stdint.h>

/* Find the tracks' places.
 *
 *   entries[n]  only the fields named at the order are looked at
 *   perm[n]     filled with indices into entries: perm[0] is played first
 *
 * QF_ENOMEM; QF_ELIMIT when the order takes fewer tracks than n. */
typedef enum qf_status qf_order_fn(const struct qf_entry *entries, size_t n, uint32_t *perm, struct qf_err *e);

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

/* From calm to intense: rising energy, at equal energy rising tempo. A track whose
 * energy is not known is taken for the median of the others, one whose tempo is not
 * known comes before those of its energy. */
qf_order_fn qf_order_energy;

/* As a DJ would mix: the order with a small sum of qf_harmonic_step() over all
 * neighbours, and with no artist twice in a row where that can be avoided: the number
 * of such places is the least possible.
 *
 * An open travelling-salesman path. Nearest neighbour, steered so that the most frequent
 * artist always fits into what is left; then 2-opt (G. Croes, "A Method for Solving
 * Traveling-Salesman Problems", Operations Research 6, 1958) and or-opt with segments of
 * one to three (I. Or, thesis, Northwestern University, 1976) until neither helps; then the
 * same after each of a fixed sequence of double bridges (O. Martin, S. Otto, E. Felten, "Large-
 * Step Markov Chains for the Traveling Salesman Problem", Complex Systems 5, 1991), within a
 * budget of QF_HARMONIC_STEPS. No clock and no chance: the same tracks, the same order.
 * The end that came earlier in the input is played first. At most QF_HARMONIC_MAX tracks. */
qf_order_fn qf_order_harmonic;

#define QF_HARMONIC_MAX 20000u        /* tracks */
#define QF_HARMONIC_STEPS 80000000u   /* prices asked for before it must do with what it has */

/* The price of playing b after a (or a after b), in semitones of tempo: 1 is a change
 * of speed by 2^(1/12), 5.9 %, about what a pitch fader hides.
 *
 *   tempo   12 * |log2(a / b)|; to half or double the tempo what is left of the
 *           octave + 0.5; at most 4
 *   key     by the Camelot wheel: the same 0; its neighbours (one hour, or the other
 *           letter) 0.25; farther ones 1.5 to 4 by the table in harmonic.c
 *   artist  QF_HARMONIC_SAME_ARTIST when both are the same (compared without case and
 *           accents), which no saving elsewhere can outweigh
 *
 * A tempo or a key that is not known on either side costs 1. QF_ENOMEM. */
enum qf_status qf_harmonic_step(const struct qf_entry *a, const struct qf_entry *b, double *cost, struct qf_err *e);

#define QF_HARMONIC_SAME_ARTIST 1e6

#endif
