/* structure.h - the parts of a track and its most representative stretch.
 *
 * Units of about two beats, each a vector of harmony and timbre. The cosine of each
 * with each is the self-similarity; along its diagonal goes a checkerboard of 32 by
 * 32 units under a Gaussian: where what follows is unlike what went before and each
 * like itself, its sum is large (J. Foote, "Automatic audio segmentation using a
 * measure of audio novelty", ICME 2000). A border is a sum that is the highest
 * within 12 units to either side and half a standard deviation above the
 * mean of all. Parts whose mean vectors have a cosine of 0.8 or more get
 * the same letter, A being the first. */
#ifndef QF_FEATURES_STRUCTURE_H
#define QF_FEATURES_STRUCTURE_H

#include "base/err.h"

#include <stddef.h>

#define QF_STRUCTURE_UNITS 600 /* most units; the caller makes them longer instead */
#define QF_STRUCTURE_DIMS 25   /* 12 pitch classes, 13 cepstra */
#define QF_STRUCTURE_PARTS 64  /* most parts */

struct qf_structure {
	size_t parts;
	size_t first[QF_STRUCTURE_PARTS];  /* unit in which each part begins, rising from 0 */
	char letter[QF_STRUCTURE_PARTS];   /* 'A' to 'Z' */
	size_t preview;                    /* unit in which the representative stretch begins */
};

/* x[n][25], in any unit (each dimension is standardized here, in place: harmony as a
 * whole and timbre as a whole have equal weight); n <= QF_STRUCTURE_UNITS;
 * loudness[n] in dB; preview_units: length of the stretch that is looked for: the one whose
 * units have the highest mean of (mean similarity to all units in standard
 * deviations + 0.5 times loudness likewise). n = 0 gives no part. QF_ENOMEM (4 n^2 bytes for
 * the time of the call). */
enum qf_status qf_structure_find(float (*x)[QF_STRUCTURE_DIMS], const float *loudness, size_t n, size_t preview_units,
				 struct qf_structure *out, struct qf_err *e);

#endif
