/* profile.h - what somebody hears, in figures: shares of genres, decades, keys, moods, artists
 * and tracks, how fast and how intense it is, when it is heard, how it changed.
 *
 * Made of acts that are a sign of liking. Each counts by its weight; every share is one of the
 * weight of the acts whose tracks say something about it, so that unknown genres or keys do
 * not water down the known ones. */
#ifndef QF_MODEL_PROFILE_H
#define QF_MODEL_PROFILE_H

#include "base/err.h"
#include "base/facets.h"

#include <stddef.h>
#include <stdint.h>

struct qf_listen {
	uint32_t item;
	int64_t at;    /* seconds since 1970; 0: not known */
	int hour, day; /* on the listener's clock; day 1 Monday to 7 Sunday, 0: not known */
	float weight;  /* > 0 */
};

struct qf_shares { /* the greatest first, equal ones by number */
	struct qf_share { uint32_t of; double share; } *v; /* [n] */
	size_t n;
};

enum qf_aspect { /* number of a share: */
	QF_ASPECT_GENRE,  /* of the genre; a track of several counts for each in equal parts */
	QF_ASPECT_DECADE, /* its first year */
	QF_ASPECT_KEY,    /* as in struct qf_facets */
	QF_ASPECT_MOOD,   /* of the mood; a track of several counts for each whole, so that the sum may pass 1 */
	QF_ASPECT_ARTIST, QF_ASPECT_TRACK, QF_ASPECTS
};

struct qf_range_of { /* of one facet, by weight */
	size_t n;              /* acts that say something; 0: the rest is 0 */
	double mean, sd;
	double low, median, high; /* the values that a tenth, a half and nine tenths of the weight do not pass */
};

struct qf_quarter { /* of a year, UTC; those without an act are left out */
	int year, quarter; /* 1 to 4 */
	double weight;
	struct qf_shares genre;
	double tempo, energy;  /* means; NaN: not known */
	double new_artists;    /* share of the weight by artists never heard before the quarter */
	double change;         /* from the quarter before in this list: half the sum of the differences of genre shares, 0 to 1;
				  NaN: nothing to compare */
};

struct qf_profile { /* all zero is an empty one */
	double weight;         /* of all acts */
	size_t tracks, artists;
	struct qf_shares aspect[QF_ASPECTS];
	struct qf_range_of facet[QF_FACETS];
	double hour[24], day[8]; /* shares; day[0] is 0 */
	size_t timed;            /* acts that these are made of */
	struct qf_quarter *quarter; /* [quarters], by time */
	size_t quarters;
};

/* From act[n], by rising time, about tracks of f. The caller's to free, also after an error. QF_ENOMEM. */
enum qf_status qf_profile_make(struct qf_profile *p, const struct qf_listen *act, size_t n, const struct qf_facets *f, struct qf_err *e);
void qf_profile_free(struct qf_profile *p);

#endif
