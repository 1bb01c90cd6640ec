/* rules.h - what counts how much: the weights of all quality scores, and how to replace them. */
#ifndef QF_QUALITY_RULES_H
#define QF_QUALITY_RULES_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

enum qf_metric { QF_METRIC_COMPLETENESS, QF_METRIC_CONSISTENCY, QF_METRIC_SIZE, QF_METRIC_DIVERSITY, QF_METRIC_LICENCE, QF_METRICS };
extern const char *const qf_metric_names[QF_METRICS];

/* What is wrong with a file. The weight of the worst one counts. */
enum qf_defect {
	QF_DEFECT_MISSING,     /* told of, but not in the catalog, or its file is gone */
	QF_DEFECT_UNDECODABLE, /* nothing could be heard in it */
	QF_DEFECT_TRUNCATED,   /* it ends before its format says so, or parts of it are damaged */
	QF_DEFECT_HASH,        /* its SHA-256 is not the one that was told */
	QF_DEFECT_EXACT,       /* the same file, or the same encoded audio, stands in the set already */
	QF_DEFECT_SILENT,      /* below -60 dBFS throughout */
	QF_DEFECT_RECORDING,   /* the same recording in another encoding or trim stands in the set already */
	QF_DEFECT_DURATION,    /* header and decoded length differ by more than 0.5 s and 1 % */
	QF_DEFECT_LOSSY,       /* a lossless file with the traces of a lossy codec: suspected, never proved */
	QF_DEFECT_CLIPPED,     /* runs of three or more samples at full scale make 0.1 % of all */
	QF_DEFECT_TAGS,        /* its tags contradict each other, or what the descriptor tells */
	QF_DEFECT_FAKE_STEREO, /* both channels are the same, in a set declared stereo */
	QF_DEFECT_MINORITY,    /* another sample rate or channel count than most of the set */
	QF_DEFECTS
};
struct qf_defect_kind {
	const char *name;  /* "fake-stereo" */
	const char *words; /* "both channels are the same" */
};
extern const struct qf_defect_kind qf_defect_kinds[QF_DEFECTS];

struct qf_rules {
	double metric[QF_METRICS]; /* sum to 1 */
	double defect[QF_DEFECTS]; /* 0 to 1 */
	double required, recommended, filled; /* shares of completeness; sum to 1 */
	double tracks, hours;      /* at which size is 1 */
	double knee_tracks, knee_hours; /* size = ln(1 + n / knee) / ln(1 + full / knee) */
	double artists, genres, decades; /* as many equally strong ones make the axis 1 */
	double high, medium;       /* tiers, inclusive */
};

/* Those of the project: 0.30 completeness, 0.25 consistency, 0.20 size, 0.15 diversity, 0.10 licence, … */
extern const struct qf_rules qf_rules_default;

/* Change r by text[n]: lines "NAME NUMBER", "#" begins a remark. Names are "metric.size", "defect.silent", "required",
 * "tracks" and so on, as qf_rules_put() writes them. QF_EFORMAT names the line: an unknown name, no number, one out of
 * its range, weights that do not sum to 1. r is then half changed. */
enum qf_status qf_rules_read(struct qf_rules *r, const char *text, size_t n, struct qf_err *e);

/* Append all of it in that form. */
void qf_rules_put(struct qf_buf *out, const struct qf_rules *r);

#endif
