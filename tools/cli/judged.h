/* judged.h - a dataset as the judges of quality/ want it: its members with their defects, duplicates found. */
#ifndef QFZZ_CLI_JUDGED_H
#define QFZZ_CLI_JUDGED_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/dataset_members.h"
#include "quality/descriptor.h"
#include "quality/duplicates.h"
#include "quality/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct judged { /* all zero is ready for judged_open() */
	struct qf_arena a;
	struct qf_dataset set;
	struct qf_descriptor d;
	struct qf_dataset_member *file; /* [s.n] */
	struct qf_member *member;       /* [s.n] */
	struct qf_set s;
	struct qf_duplicates dup;
	const struct qf_duplicate **copy; /* [s.n]: what was found of it as a duplicate, NULL: none */
	uint32_t **print;               /* [s.n] */
	size_t unheard;                 /* files in the catalog that were neither heard nor failed */
};

/* Read the dataset of that name, or all tracks of the catalog (NULL), and find defects and duplicates. Close it also after
 * failure. QF_ENOTFOUND, QF_ENOMEM; errors of catalog.h. */
enum qf_status judged_open(struct judged *j, struct qf_catalog *c, const char *name, const struct qf_rules *r, struct qf_err *e);
void judged_close(struct judged *j);

/* What a file is worth by itself: 1 less the weight of its worst defect. */
double judged_score(const struct judged *j, size_t i, const struct qf_rules *r);

/* The file of the group of i that is kept. */
size_t judged_kept(const struct judged *j, size_t i);

#endif
