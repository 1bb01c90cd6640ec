/* waveform.h - the outline of a track for drawing, without knowing its length
 * before it ends.
 *
 * The lowest and highest sample of runs of 2^k frames are kept; when there are
 * QF_WAVEFORM_RUNS of them neighbours merge and k grows by one. At the end each
 * of 500 columns takes the extremes of every run that it touches, so a column may
 * show a little of its neighbours (at most 1/1024 of the track), but no peak is
 * ever lost. */
#ifndef QF_FEATURES_WAVEFORM_H
#define QF_FEATURES_WAVEFORM_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>
#include <stdint.h>

#define QF_WAVEFORM_COLUMNS 500
#define QF_WAVEFORM_RUNS 2048

struct qf_waveform { /* all zero is ready for use */
	float lo[QF_WAVEFORM_RUNS], hi[QF_WAVEFORM_RUNS];
	size_t runs;       /* whole ones, and the one under way behind them */
	unsigned shift;    /* a run is 2^shift frames */
	uint64_t in_run;   /* frames of the run under way */
	uint64_t frames;
};

/* pcm[frames * channels], interleaved, finite: the extremes over all channels. */
void qf_waveform_feed(struct qf_waveform *w, const float *pcm, size_t frames, size_t channels);

/* f->waveform: 500 pairs lowest, highest in 1/127 of full scale, rounded, clipped
 * at -127 and 127. A track of fewer than 500 frames repeats them. Empty when
 * nothing was fed. QF_ENOMEM. */
enum qf_status qf_waveform_finish(const struct qf_waveform *w, struct qf_features *f, struct qf_err *e);

#endif
