/* knapsack.h - the most value within a budget, one option out of each class: the multiple-choice knapsack problem.
 *
 *     class i has the options first[i] … first[i + 1] - 1; exactly one of them is taken
 *
 * How: of each class only the upper hull of value over bytes counts for the relaxed problem, whose optimum takes the
 * steps of all hulls by falling slope until one does not fit (P. Sinha, A. Zoltners, "The multiple-choice knapsack
 * problem", Operations Research 27, 1979). That gives the bound, and by leaving out what does not fit a
 * first solution. Then the classes whose steps lie next to the break are opened one by one, all their options
 * combined, and states that neither dominate nor can still beat the best are dropped (D. Pisinger, "A minimal
 * algorithm for the multiple-choice knapsack problem", EJOR 83, 1995). When no state is left the best is proven
 * optimal; when QF_KNAPSACK_WORK combinations were looked at, it is what was found so far. */
#ifndef QF_PLAN_KNAPSACK_H
#define QF_PLAN_KNAPSACK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_KNAPSACK_WORK 2000000

struct qf_option {
	int64_t bytes; /* 0 or more, below 2^53 */
	double value;  /* finite */
};

struct qf_knapsack { /* borrowed */
	size_t n;
	const size_t *first; /* [n + 1], rising: every class has at least one option, at most UINT16_MAX */
	const struct qf_option *option;
};

struct qf_packed {
	double value, bound; /* bound: of the relaxed problem, no solution is worth more */
	int64_t bytes;
	bool optimal;        /* proven */
};

/* Fill choice[n]: which option of each class, from 0. The same input gives the same choice.
 * QF_ELIMIT: not even the smallest options fit together. QF_ENOMEM. */
enum qf_status qf_knapsack_solve(const struct qf_knapsack *k, int64_t budget, uint16_t *choice, struct qf_packed *out, struct qf_err *e);

#endif
