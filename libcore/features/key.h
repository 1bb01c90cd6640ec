/* key.h - from pitch classes to a key, its name and its Camelot code. */
#ifndef QF_FEATURES_KEY_H
#define QF_FEATURES_KEY_H

#include <stdbool.h>

struct qf_key {
	int tonic;       /* 0 C to 11 B */
	bool minor;
	double strength; /* 0 to 1 */
	int second;      /* the second best: its tonic, and 12 more if it is minor */
};

/* Two profiles vote over 24 keys: D. Temperley's (his entry in MIREX 2005) on
 * `soft`, in which loud moments do not outweigh quiet ones, and I. Sha'ath's
 * ("Estimation of key in digital music recordings", MSc thesis, Birkbeck, 2011)
 * on `plain`. A vote is the cosine of profile and pitch classes, in standard
 * deviations over the 24 keys; the key with the largest mean vote wins, and its
 * strength is the mean vote's lead over the second, at most 1.
 *
 *   soft[12], plain[12]   strength of C to B, >= 0, not all 0 */
struct qf_key qf_key_find(const double soft[12], const double plain[12]);

/* "A minor", "C# major"; static text. */
const char *qf_key_name(struct qf_key k);
const char *qf_key_name_second(struct qf_key k); /* of the second best */

/* "8A", "3B": Camelot numbers go up by fifths, C major is 8B, A minor 8A. */
const char *qf_key_camelot(struct qf_key k);

#endif
