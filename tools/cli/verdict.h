/* verdict.h - what was judged, as rows: of a set, of its files, of duplicates. */
#ifndef QFZZ_CLI_VERDICT_H
#define QFZZ_CLI_VERDICT_H

#include "base/buf.h"
#include "cli/judged.h"
#include "quality/drops.h"
#include "quality/repairs.h"

#include <stdbool.h>

struct verdict {
	const char *catalog; /* UUID */
	const struct judged *j;
	const struct qf_rules *rules;
	const struct qf_report *report;
	double min;                     /* the gate, below 0: none */
	bool any_licence;               /* of the gate: files that are refused are let through */
	const struct qf_repair *repair; /* [n_repairs], where the gate is not met */
	size_t n_repairs;
	bool reached;                   /* these would meet it */
	struct qf_drops drops;          /* likewise */
	bool whole;                     /* every file is named, not the first three */
};

/* Whether the gate is met: the score is high enough, and no file is refused or that does not count. */
bool verdict_met(const struct verdict *v);

/* Append a quality.v1 row. */
void verdict_put(struct qf_buf *out, const struct verdict *v);

/* Append a quality-file.v1 row; nothing if the file lost nothing. */
void verdict_put_file(struct qf_buf *out, const struct verdict *v, size_t i);

/* Append the names of the defects of a file, with commas between. */
void verdict_put_defects(struct qf_buf *out, const struct qf_member *m);

/* Append a duplicate.v1 row of the place in j->dup.v, which is in that group (from 1). */
void verdict_put_duplicate(struct qf_buf *out, const char *catalog, const struct judged *j, size_t place, size_t group);

#endif
