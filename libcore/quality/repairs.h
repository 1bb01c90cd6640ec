/* repairs.h - the shortest list of repairs by which a set would reach a score.
 *
 * A repair is one act on one thing: fill a field of the descriptor, fill what a file does not tell, mend a file (or put a sound
 * one in its place), or put an openly licensed one in the place of a refused file, which every set must whatever its
 * score. Repairs do not touch length, number or diversity, so that their gains simply add up, and the fewest
 * that reach the score are the greatest ones. A file under an open licence is reckoned to gain what the lowest one of the
 * ladder gives. */
#ifndef QF_QUALITY_REPAIRS_H
#define QF_QUALITY_REPAIRS_H

#include "quality/metrics.h"

#define QF_LEAST_OPEN 0.6 /* the lowest open value of the ladder */

enum qf_repair_kind { QF_REPAIR_LICENCE, QF_REPAIR_FIELD, QF_REPAIR_MEND, QF_REPAIR_FILL };

struct qf_repair {
	enum qf_repair_kind kind;
	size_t what;   /* FIELD: enum of qf_field_names, MEND: the worst defect, FILL: enum qf_filled; LICENCE: 0 */
	size_t member; /* but of FIELD */
	double gain;   /* of the score */
};

/* What is to be done so that the set, of which rep is the report, scores at least `target` and is not refused: the refused files
 * first, then by gain, into *out[*n], which is the caller's to qf_free. *reached: it would. The list is then the
 * shortest there is; else it holds everything that can be repaired. QF_ENOMEM. */
enum qf_status qf_quality_repairs(const struct qf_set *s, const struct qf_rules *r, const struct qf_report *rep, double target,
				  struct qf_repair **out, size_t *n, bool *reached, struct qf_err *e);

#endif
