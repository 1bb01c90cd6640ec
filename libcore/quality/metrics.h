/* metrics.h - what a set of music is worth: five metrics from 0 to 1, their weighted sum, and what was lost where.
 *
 *   completeness  required (0.6) + recommended (0.2) fields of the descriptor that are filled, as shares, + 0.2 of the mean
 *                 over files of the filled ones of title, artist, licence, duration, sha256, genre. Filled: not a
 *                 placeholder (unknown, n/a, -, TODO); a licence must parse; a length is above 0
 *   consistency   1 - sum over files of the weight of their worst defect / number of files
 *   size          of ln(1 + n / knee) / ln(1 + full / knee) for files and for hours, at most 1, the smaller; a file without
 *                 a length counts as one of mean length
 *   diversity     mean over axes of ln(D) / ln(min(K, n)), at most 1: D = exp(Shannon entropy), the Hill number of order 1, of
 *                 artists (weighted by length), genres and decades, K the number at which the axis is full; and ln(V) / ln(n')
 *                 of the Vendi score V (D. Friedman, A. B. Dieng, TMLR 2023: exp of the entropy of the eigenvalues of the
 *                 similarity matrix / n') of n' <= 1000 embeddings, drawn with a fixed seed. The eigenvalues are
 *                 those of X'X / n', which is small, by LAPACK's dsyevd. An axis that fewer than two files know is left out;
 *                 fewer than two files: 0
 *   licence       mean of the ladder of licence.h over files, weighted by length; refused: 0
 *
 * Whatever the set is, an empty one too, no value is NaN. A set of which one file is refused for its licence is refused. */
#ifndef QF_QUALITY_METRICS_H
#define QF_QUALITY_METRICS_H

#include "base/err.h"
#include "quality/licence.h"
#include "quality/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qf_filled { QF_FILLED_TITLE, QF_FILLED_ARTIST, QF_FILLED_LICENCE, QF_FILLED_DURATION, QF_FILLED_SHA256, QF_FILLED_GENRE, QF_FILLEDS };
extern const char *const qf_filled_names[QF_FILLEDS];

enum { QF_REQUIRED = 6, QF_RECOMMENDED = 8, QF_FIELDS = QF_REQUIRED + QF_RECOMMENDED };
extern const char *const qf_field_names[QF_FIELDS]; /* of descriptors: name description licence url creator datePublished, keywords … */

struct qf_member { /* a file of the set; NULL, 0, NaN: not known */
	const char *title, *artist, *genre, *licence, *sha256;
	int year;
	double duration_s;
	const float *embedding; /* [dim] of the set */
	uint32_t defects;       /* 1 << enum qf_defect, each */
};

struct qf_set {
	const char *field[QF_FIELDS]; /* the descriptor's, as text */
	const struct qf_member *member;
	size_t n, dim;
};

enum qf_axis { QF_AXIS_ARTIST, QF_AXIS_GENRE, QF_AXIS_DECADE, QF_AXIS_SOUND, QF_AXES };
extern const char *const qf_axis_names[QF_AXES];

struct qf_axis_value {
	size_t known; /* files that count */
	double number; /* D, or V: effective number of different ones; 0 where the axis is left out */
	double value; /* 0 to 1 */
};

struct qf_licence_share { /* files under one licence expression */
	const char *licence; /* "" = none told; a text of a member */
	size_t files;
	double share; /* of the length */
	struct qf_licence verdict;
};

enum qf_quality_tier { QF_QUALITY_REFUSED, QF_QUALITY_LOW, QF_QUALITY_MEDIUM, QF_QUALITY_HIGH };
extern const char *const qf_quality_tier_names[];

struct qf_report {
	double score, metric[QF_METRICS];
	enum qf_quality_tier tier;
	uint32_t field_missing;              /* bits */
	size_t filled[QF_FILLEDS];           /* files */
	size_t with[QF_DEFECTS];             /* files that have it */
	size_t worst[QF_DEFECTS];            /* of which it is the worst: sum over them of the weights is what is lost */
	size_t refused;                      /* files */
	double hours, size_tracks, size_hours; /* size: the smaller of both curves */
	struct qf_axis_value axis[QF_AXES];
	struct qf_licence_share *licences;   /* [n_licences], by files, most first, then by name; owned */
	size_t n_licences;
};

/* Bits of enum qf_filled. */
uint32_t qf_member_filled(const struct qf_member *m);

/* The defect of a member that counts, QF_DEFECTS if it has none: the heaviest, of equals the first. */
enum qf_defect qf_member_worst(const struct qf_member *m, const struct qf_rules *r);

/* Judge. *out is the caller's to free (qf_report_free), also after failure. QF_ENOMEM. */
enum qf_status qf_quality_judge(const struct qf_set *s, const struct qf_rules *r, struct qf_report *out, struct qf_err *e);
void qf_report_free(struct qf_report *r);

#endif
