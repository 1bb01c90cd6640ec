/* looking.h - one transition as a picture: what each of the two tracks does, with its beats, what comes out, and how loud that is. */
#ifndef QFZZ_CLI_LOOKING_H
#define QFZZ_CLI_LOOKING_H

#include "base/err.h"
#include "base/features.h"
#include "cli/canvas.h"
#include "features/loudness.h"
#include "playlist/entry.h"
#include "station/transition.h"

#include <stddef.h>
#include <stdint.h>

#define LOOKING_HZ 250 /* columns a second */
#define LOOKING_WIDE 1180
#define LOOKING_HIGH 770

struct looking { /* all zero is a closed one */
	int rate_hz;
	size_t columns, room;
	float *level[3];     /* [columns] highest magnitude: of the outgoing track, of the incoming one, of the mix */
	float *beats_s[2];   /* [n_beats] where in the picture those of each fall */
	size_t n_beats[2];
	int64_t seen, heard; /* frames */
	struct qf_loudness *loudness;
	struct qf_features of;   /* the mix: loudness, its curve, true peak */
	struct qf_transition t;
	double at_s;             /* where in the picture the crossing begins */
	const struct qf_entry *entry[2]; /* borrowed */
};

struct looking_side {
	const struct qf_entry *entry;
	const struct qf_mix_track *track;
	double from_s; /* on the track's clock, where the picture begins, or the crossing */
};

/* For at most so many seconds at rate_hz. QF_ENOMEM. Free with looking_close(), also then. */
enum qf_status looking_open(struct looking *k, int rate_hz, double seconds, struct qf_err *e);

/* What goes into the mix, as struct qf_mix_sink says, and what comes out; at most QF_LOUDNESS_MAX frames. QF_ENOMEM. */
void looking_see(struct looking *k, const float *odd, const float *even, size_t frames);
enum qf_status looking_hear(struct looking *k, const float *pcm, size_t frames, struct qf_err *e);

/* All has been seen: it was this transition, at at_s of the picture. QF_ENOMEM. */
enum qf_status looking_at(struct looking *k, const struct qf_transition *t, const struct looking_side side[2], double at_s, struct qf_err *e);

/* Same sound, same picture. */
void looking_draw(const struct looking *k, struct canvas *c);

void looking_close(struct looking *k);

#endif
