/* dayparts.h - what a station plays at which hours: a table of lines.
 *
 *     morning <tab> mon-fri <tab> 06:00-10:00 <tab> energy:0.4.. <tab> shuffle <tab> 60 <tab> title:jingle <tab> 20 <tab> -16
 *
 * name, days, hours, query, rotation, artist gap (minutes), query of jingles or "-", minutes
 * between jingles or "-", loudness (LUFS) or "-". Empty lines and those that begin with "#" say
 * nothing. Queries are only carried, not read, here; "*" is every track. */
#ifndef QF_STATION_DAYPARTS_H
#define QF_STATION_DAYPARTS_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define QF_DAY_S 86400
#define QF_DAYPARTS_MAX 1000 /* lines */

enum qf_rotation { QF_ROTATE_QUERY, QF_ROTATE_SCORE, QF_ROTATE_SHUFFLE };

struct qf_daypart {
	const char *name;       /* UTF-8, as the following; all in the arena */
	const char *query;      /* "" is every track */
	const char *jingles;    /* a query, or NULL */
	unsigned days;          /* bit 0 Monday … bit 6 Sunday: of its beginning */
	int32_t from_s, until_s; /* seconds of the clock since midnight of that day; from < until <= from + QF_DAY_S */
	enum qf_rotation rotation;
	int64_t artist_gap_s;   /* 0 to 7 days */
	int64_t jingle_every_s; /* > 0 where there are jingles */
	double loudness_lufs;   /* NaN: tracks are left as loud as they are */
};

/* The table's lines in the order of the text. Texts and *out live in the arena; *n may be 0.
 *   QF_EINVAL  a line is wrong, or two dayparts overlap: the text names the line(s) and what is wrong
 *   QF_ELIMIT  more than QF_DAYPARTS_MAX
 *   QF_ENOMEM */
enum qf_status qf_dayparts_parse(const char *text, size_t size, struct qf_arena *a, struct qf_daypart **out, size_t *n,
				 struct qf_err *e);

#endif
