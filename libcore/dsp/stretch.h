/* stretch.h - sound that takes longer or shorter, at its pitch, along a map from one clock to another.
 *
 * Rubber Band's finer engine (R3), offline, with the map's points as its key frames. Clicks come out within 5 ms of where
 * the map puts them (tests/unit/test_dsp_stretch.c); the faster engine (R2) drifts away between points, by more than 60 ms
 * within 16 s, which is why it is not used. One thread, no plans measured: the same input gives the same bits.
 *
 * All of the sound lies in memory, and the library takes some 10 times as much as `in` for the time of the call. Half a minute
 * of stereo takes 2 s of processor time. */
#ifndef QF_DSP_STRETCH_H
#define QF_DSP_STRETCH_H

#include "base/err.h"

#include <stddef.h>

struct qf_stretch_point { /* in frames; both rise from point to point */
	size_t in, out;
};

#define QF_STRETCH_CHANNELS 8

/* in[channels][n_in] -> out[channels][n_out], each channel by itself, full scale 1.0. point[n] lie between the ends, which map to
 * each other without saying. QF_EINVAL: nothing to stretch, or more channels than that; QF_ENOMEM. */
enum qf_status qf_stretch(const float *const *in, size_t n_in, float *const *out, size_t n_out, int channels, int rate_hz,
			  const struct qf_stretch_point *point, size_t n, struct qf_err *e);

#endif
