/* drops.h - another way to a better set: leave out what spoils it.
 *
 * Files go by classes, the worst first: those that are refused for their licence, then those whose worst defect weighs 1, then
 * the next lower weight, and so on (rules.h). What is left is smaller, and may be less diverse, so that gains do not add up as those
 * of repairs do (repairs.h): the set without each of these classes is judged anew. Defects stay as they were found, so
 * that the copy of a file that is left out is still called a copy. */
#ifndef QF_QUALITY_DROPS_H
#define QF_QUALITY_DROPS_H

#include "quality/metrics.h"

struct qf_drops {
	size_t *member; /* [n] to leave out, the worst first, then by number; owned */
	size_t n;       /* 0: leaving out does not help; never all of them */
	double score;   /* of what is left */
	bool reached;   /* it is the target or more, and nothing that is left is refused */
};

/* As few classes as reach `target`, else those that leave the highest score. rep is the report of the whole set; with any_licence refused
 * files count as others do. *out is the caller's to free, also after failure. QF_ENOMEM. */
enum qf_status qf_quality_drops(const struct qf_set *s, const struct qf_rules *r, const struct qf_report *rep, double target,
				bool any_licence, struct qf_drops *out, struct qf_err *e);
void qf_drops_free(struct qf_drops *d);

#endif
