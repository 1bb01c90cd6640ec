/* series.h - the timbre of a track over time, coarsely: means over 32 frames (0.37 s) of the
 * cepstra 1 to 13 and of the level (cepstrum 0), 152 bytes a second. */
#ifndef QF_FEATURES_SERIES_H
#define QF_FEATURES_SERIES_H

#include "base/err.h"
#include "features/timbre.h"

#include <stddef.h>

#define QF_SERIES_FRAMES 32

struct qf_series { /* all zero, but block_s set, is ready for use */
	double block_s;      /* seconds of QF_SERIES_FRAMES frames */
	float (*block)[QF_TIMBRE_CEPSTRA];
	size_t n, cap;
	float sum[QF_TIMBRE_CEPSTRA];
	size_t frames, audible; /* of the block under way */
};

enum qf_status qf_series_feed(struct qf_series *s, const struct qf_timbre_frame *frames, size_t n, struct qf_err *e); /* QF_ENOMEM */

/* The mean over from_s .. to_s (at least of the block in which from_s lies); 0 for silence and
 * beyond the end. The level (out[0]) of silence is -92. */
void qf_series_read(const struct qf_series *s, double from_s, double to_s, float out[QF_TIMBRE_CEPSTRA]);

void qf_series_free(struct qf_series *s);

#endif
