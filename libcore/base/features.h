/* features.h - what is known about the sound of one track.
 *
 * The record is generated from schemas/features.tsv, which gives every field its
 * unit, its type and its meaning; qf_feature_table describes it at run time, so
 * that rows, the catalog and the query language treat all fields alike. */
#ifndef QF_BASE_FEATURES_H
#define QF_BASE_FEATURES_H

#include <stddef.h>
#include <stdint.h>

struct qf_floats { /* v[n], allocated with qf_alloc, owned by the record */
	float *v;
	size_t n;
};

struct qf_bytes { /* v[n], likewise */
	int8_t *v;
	size_t n;
};

#include "features.gen.h" /* struct qf_features, QF_FEATURES_N, QF_FEATURES_VERSION */

enum qf_feature_type {
	QF_FEATURE_REAL,   /* double, NaN = none */
	QF_FEATURE_TEXT,   /* char *, owned, NULL = none */
	QF_FEATURE_LABELS, /* char *, owned: words with one comma between, NULL = none */
	QF_FEATURE_VEC,    /* float[count] */
	QF_FEATURE_LIST,   /* struct qf_floats */
	QF_FEATURE_BYTES   /* struct qf_bytes */
};

struct qf_feature {
	const char *name;
	enum qf_feature_type type;
	const char *unit; /* "" = none */
	int decimals;     /* of every number when written */
	int version;      /* of the algorithm */
	int brief;        /* 1: stands in short rows */
	size_t count;     /* of a VEC, else 0 */
	size_t offset;    /* in struct qf_features */
	const char *meaning;
};

extern const struct qf_feature qf_feature_table[QF_FEATURES_N];

const struct qf_feature *qf_feature_find(const char *name); /* NULL: no such feature */

/* The field of a record, to be cast by the feature's type. */
static inline void *qf_feature_at(const struct qf_features *f, const struct qf_feature *d)
{
	return (char *)(uintptr_t)f + d->offset;
}

void qf_features_init(struct qf_features *f); /* all none: NaN, NULL, empty; vectors 0 */
void qf_features_free(struct qf_features *f); /* what it owns; then as after init */

#endif
