/* transition.h - how one track goes over into the next: where, for how long, how fast, how loud.
 *
 * Arithmetic on what was heard (base/features.h), nothing else. Times are seconds of the track that they belong to.
 *
 *   gapless      the next is the following track of the same album: one after the other, uncut, at the album's loudness
 *   beatmatched  a crossing of so many beats, from a bar line of the one and a bar line of the other, in which the incoming track
 *                runs at the outgoing one's tempo (half and double tempo are the same tempo), its beats on those beats
 *   crossfade    a crossing without regard to beats
 *   cut          one after the other: one of them is too short for more, or its length is not known
 *
 * A crossing ends where the outgoing track has last been loud (its momentary loudness within QF_MIX_LONGTAIL_LU of its integrated
 * one, but not more than QF_MIX_TAIL_S before its sound ends), and begins with the incoming one's sound. It takes at most a quarter
 * of either, and half as long as asked for where the keys clash (playlist/camelot.h).
 *
 * Beats are matched one by one, not by tempo alone, so that tracks that drift stay together: each beat, moved to
 * the straight line (least squares) through it and the four before and behind it, is a knot of the map from the incoming track's time to that of the mix. Behind the crossing the map
 * leads back to the track's own speed along a straight line. Matching is given up when the speed would change by more than
 * stretch_max anywhere, or when after all that two beats that should meet, as they were heard, are more than QF_MIX_APART_S
 * apart. Where no beat would move by QF_MIX_STILL_S, nothing is stretched. */
#ifndef QF_STATION_TRANSITION_H
#define QF_STATION_TRANSITION_H

#include "base/features.h"
#include "playlist/entry.h"

#include <stdbool.h>
#include <stddef.h>

#define QF_MIX_LUFS (-18.0)      /* ReplayGain's */
#define QF_MIX_BOOST_DB 20.0     /* no track is turned up further */
#define QF_MIX_LONGTAIL_LU 8.0
#define QF_MIX_TAIL_S 30.0
#define QF_MIX_APART_S 0.035      /* which leaves 5 ms of 40 to the stretcher */
#define QF_MIX_STILL_S 0.010
#define QF_MIX_CROSSING_S 30.0   /* no crossing takes longer */
#define QF_MIX_BEATS 64          /* nor more beats */

enum qf_transition_kind { QF_TRANSITION_GAPLESS, QF_TRANSITION_BEATS, QF_TRANSITION_FADE, QF_TRANSITION_CUT };
extern const char *const qf_transition_kinds[]; /* as above */

enum qf_transition_why { /* what decided it */
	QF_WHY_ALBUM, QF_WHY_BEATS, QF_WHY_NO_BEATS, QF_WHY_TEMPO, QF_WHY_APART, QF_WHY_NO_ROOM, QF_WHY_SHORT, QF_WHY_UNKNOWN
};
extern const char *const qf_transition_whys[]; /* a phrase each */

struct qf_mix_track { /* borrowed */
	const struct qf_entry *entry;      /* album, albumartist or artist, disc_no, track_no; of one never heard camelot and duration_ms */
	const struct qf_features *features; /* NULL: never heard */
	double free_s;                     /* from here on it is itself again after its own entrance; 0: it had none */
};

struct qf_transition_how {
	int beats;          /* of a crossing, 4 to QF_MIX_BEATS */
	double fade_s;      /* length of a crossfade, > 0 */
	double stretch_max; /* 0.06: 6 % faster or slower */
};
extern const struct qf_transition_how qf_transition_usual; /* 16 beats, 6 s, 6 % */

struct qf_transition {
	enum qf_transition_kind kind;
	enum qf_transition_why why;
	double cue_out_s; /* of the outgoing track: the crossing begins; NaN: it plays to its end */
	double cue_in_s;  /* of the incoming one: it is heard from here on */
	double length_s;  /* of the crossing, on the outgoing track's clock; 0: none */
	int beats;        /* of the outgoing track in it; 0: beats do not count */
	double stretch;   /* how much longer the incoming track takes in the crossing than by itself; 1: as long */
	double back_s;    /* behind the crossing, on the incoming track's clock, until it is back at its own speed */
	double apart_s;   /* of the beats that should meet, the greatest distance; NaN: none should */
	double key_price; /* NaN: a key is not known */
	size_t out_beat, in_beat; /* the first of each in features.beats_s, */
	size_t out_step, in_step; /* every so many of them (1 or 2), */
	size_t pairs;             /* and how many intervals of that */
};

/* Cannot fail. In the result free_s of the incoming track for its own transition is cue_in_s + qf_transition_takes(). */
void qf_transition_find(const struct qf_mix_track *out, const struct qf_mix_track *in, const struct qf_transition_how *how,
			struct qf_transition *t);

/* How much of the incoming track, on its own clock, lies in the crossing and the way back to its own speed. */
double qf_transition_takes(const struct qf_transition *t);

struct qf_knot { /* seconds from the beginning of the crossing */
	double in_s;  /* of the incoming track */
	double mix_s; /* of the mix */
};
#define QF_KNOTS (QF_MIX_BEATS + 1 + 8)

/* The map of a stretched crossing: rising in both, from 0, 0. Returns how many; 0: nothing is stretched. The same tracks as above. */
size_t qf_transition_knots(const struct qf_transition *t, const struct qf_mix_track *out, const struct qf_mix_track *in,
			   struct qf_knot knot[QF_KNOTS]);

/* What makes a track as loud as `lufs`; of one that stands gapless beside another of its album, the album. 0: it was not heard. */
double qf_mix_gain_db(const struct qf_features *f, bool in_album, double lufs);

#endif
