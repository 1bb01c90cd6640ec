/* mixer.h - tracks into one stream of sound, going over into each other as transition.h says.
 *
 *     qf_mixer_open(&m, rate_hz, &sink, &e);
 *     qf_mixer_start(m, &first, gain, 0, &e);
 *     for each next one: qf_mixer_cross(m, &next, gain, &t, knot, n, &e);
 *     qf_mixer_finish(m, INFINITY, &e);
 *     qf_mixer_close(m);
 *
 * Crossings are of equal power: cos and sin of a quarter turn, so that two sounds that have nothing to do with each other are as loud
 * together as each by itself. Only the incoming track is stretched (dsp/stretch.h), in the crossing and on the way back to its own
 * speed; all else passes as it came, times its gain. Where the stretched part ends, the track itself takes over within
 * 50 ms, at the place within 10 ms of the right one where the two are most alike, so that they do not cancel each other.
 * Over the whole lies a limiter (dsp/limiter.h) at QF_MIX_CEILING_DBTP: peaks that stay under it are not touched.
 *
 * Sources and sink are calls, so nothing here knows of files. In memory lie some milliseconds, and while a track is stretched that part of
 * it, a minute at most, twelve times. */
#ifndef QF_STATION_MIXER_H
#define QF_STATION_MIXER_H

#include "base/err.h"
#include "station/transition.h"

#include <stddef.h>
#include <stdint.h>

#define QF_MIX_CHANNELS 2
#define QF_MIX_CEILING_DBTP (-1.2) /* meters differ by a tenth or two: theirs shall read less than -1 */

struct qf_mixer; /* opaque */

struct qf_mix_source { /* a track, in the rate of the mix, two channels */
	/* The next frames: pcm[*got * 2], interleaved; *got 0 is the end, also of a track that breaks off. An error ends the mix. */
	enum qf_status (*read)(void *user, float *pcm, size_t frames, size_t *got, struct qf_err *e);
	void *user;
};

struct qf_mix_sink {
	/* What is ready of the mix, pcm[frames * 2]. An error ends the mix. */
	enum qf_status (*write)(void *user, const float *pcm, size_t frames, struct qf_err *e);
	/* What goes into the mix, each track by itself: the first, third … one and the second, fourth …; NULL where it is not heard. May be
	 * NULL: nobody looks. */
	void (*look)(void *user, const float *odd, const float *even, size_t frames);
	void *user;
};

/* QF_ENOMEM, QF_EINVAL. */
enum qf_status qf_mixer_open(struct qf_mixer **out, int rate_hz, const struct qf_mix_sink *sink, struct qf_err *e);

/* The first track, from from_s on. The source is borrowed until the track is out. Errors of its read. */
enum qf_status qf_mixer_start(struct qf_mixer *m, const struct qf_mix_source *s, double gain_db, double from_s, struct qf_err *e);

/* The track under way up to t->cue_out_s, or to its end, and then over into the next. knot[n] of qf_transition_knots(). A track that ends before
 * its crossing is followed at once, at full level. QF_ENOMEM; errors of read and write. */
enum qf_status qf_mixer_cross(struct qf_mixer *m, const struct qf_mix_source *next, double gain_db, const struct qf_transition *t,
			      const struct qf_knot *knot, size_t n, struct qf_err *e);

/* The track under way to its end, or for most_s if that is less, and all that is still inside. Once. Errors of read and write. */
enum qf_status qf_mixer_finish(struct qf_mixer *m, double most_s, struct qf_err *e);

double qf_mixer_began_s(const struct qf_mixer *m); /* when the track under way was first heard */
double qf_mixer_at_s(const struct qf_mixer *m);    /* how long the mix is so far */
void qf_mixer_close(struct qf_mixer *m);           /* NULL is fine */

#endif
