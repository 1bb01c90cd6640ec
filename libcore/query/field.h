/* field.h - what can be asked for by name: `tempo:120..130`, `artist:bach`.
 *
 * Fields are the tracks' own columns, every feature of schemas/features.tsv, and every
 * tag. A feature is known by its full name and by the short one that is left without
 * its unit and without "mean" (tempo_bpm: tempo, centroid_hz_mean: centroid,
 * centroid_hz_sd: centroid_sd), so that a new feature can be asked for without a line
 * here. Any other tag is asked for as `tag.NAME`.
 *
 * From the listening of all users together: plays (whole ones and replays count, skips do
 * not), skips, likes (likes less dislikes), played (the last time). `added` and `updated`
 * are when a scan first met the file and last read its tags, `gone` when it missed it. `quality` and `defects` are what
 * `qfzz quality` last found: 1 less the weight of the worst defect, and their names; `trust` is the score that `qfzz trust`
 * gives the track now, .5 where nobody spoke of it. */
#ifndef QF_QUERY_FIELD_H
#define QF_QUERY_FIELD_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum qf_field_kind {
	QF_FIELD_NAME,   /* text: a part of it matches; case, accents and punctuation aside */
	QF_FIELD_CODE,   /* text: the whole of it matches, ASCII case aside */
	QF_FIELD_LABELS, /* words with commas between: one of them matches, ASCII case aside */
	QF_FIELD_PATH,   /* bytes: a part of the absolute path matches */
	QF_FIELD_REAL,   /* a number */
	QF_FIELD_INT,    /* a whole number */
	QF_FIELD_DATE,   /* a time, asked for by date */
	QF_FIELD_TAG,    /* a tag by its key, matched as QF_FIELD_NAME */
	QF_FIELD_RECORD  /* there or not there, nothing else: for has: and missing: */
};

struct qf_field {
	const char *name; /* the full one; lives for ever, or in the arena of a parsed query */
	enum qf_field_kind kind;
	bool feature;     /* one of qf_feature_table */
	bool seconds;     /* a length of time: 3:30 is read as 210 */
	int decimals;     /* with which a QF_FIELD_REAL stands in rows */
};

/* The field called name[n] (full, short or alias; ASCII case aside). `tag.NAME` is not
 * looked up here. False: there is none. */
bool qf_field_find(const char *name, size_t n, struct qf_field *out);

/* Whether values of this kind are asked for by range. */
static inline bool qf_field_is_number(enum qf_field_kind kind)
{
	return kind == QF_FIELD_REAL || kind == QF_FIELD_INT || kind == QF_FIELD_DATE;
}

/* All fields by number from 0: false when i is behind the last. */
bool qf_field_at(size_t i, struct qf_field *out);

/* Append the short name of a field, which is the full one if it has no other. */
void qf_field_put_short(struct qf_buf *out, const struct qf_field *f);

/* Append the short names of all fields with a blank between, tags left out. */
void qf_field_put_all(struct qf_buf *out);

/* Append the short name that is most like name[n]: at most two letters put in, left out,
 * changed or swapped (V. Levenshtein, 1966; F. Damerau, 1964). Appends nothing if none is. */
void qf_field_suggest(struct qf_buf *out, const char *name, size_t n);

#endif
