/* curate.h - the best part of a dataset that fits. */
#ifndef QFZZ_CLI_CURATE_H
#define QFZZ_CLI_CURATE_H

#include "cli/judged.h"

struct curate_limits {
	int64_t bytes;  /* 0: any */
	size_t tracks;  /* 0: any */
	double score;   /* of a file, at least */
};

/* Which files are taken into take[j->s.n]. Left out, in this order: what is no track that is there, what is refused for its licence, copies of
 * another one, what scores less than asked. Of the rest the best come first; of equals those that tell more, and artists take turns. A file
 * that does not fit into the bytes is passed over. QF_ENOMEM. */
enum qf_status curate(const struct judged *j, const struct qf_rules *r, const struct curate_limits *limits, bool *take, struct qf_err *e);

#endif
