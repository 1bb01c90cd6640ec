/* explain.h - the features of one track for people: every number with its unit and what
 * it means, and the sum behind each heuristic. */
#ifndef QFZZ_CLI_EXPLAIN_H
#define QFZZ_CLI_EXPLAIN_H

#include "base/buf.h"
#include "base/features.h"

/* Append one line a feature, in the order of schemas/features.tsv: name, value, unit, meaning;
 * under each heuristic of features/moods.h one line a term. Long lists show their beginning. */
void explain_features(struct qf_buf *out, const char *path, const struct qf_features *f);

#endif
