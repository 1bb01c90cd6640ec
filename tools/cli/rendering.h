/* rendering.h - one run of the worker that encodes (worker/render.h). */
#ifndef QFZZ_CLI_RENDERING_H
#define QFZZ_CLI_RENDERING_H

#include "base/arena.h"
#include "base/err.h"
#include "plan/job.h"

#include <stdbool.h>

enum { RENDERINGS = QF_JOB_RENDITIONS + 1 };

struct rendering {
	const struct qf_job *job; /* its renditions with QF_MAKE are made */
	int source;               /* descriptor */
	const int *fds;           /* of the renditions to make, in their order, then that of the waveform; empty files */
	size_t n;                 /* of fds */
};

struct rendered {
	const char *damage;            /* NULL: the source is whole */
	const char *class_name, *text; /* NULL, or why nothing came of it: "broken", "crashed", … */
};

/* Run it; what libsndfile gives up goes to libavcodec once. Texts live in the arena. QF_OK also when nothing came of the track,
 * which then is its failure and told in *out. QF_EIO: a rendition could not be written, or the worker not started; QF_ENOMEM. */
enum qf_status rendering_run(const struct rendering *r, struct rendered *out, struct qf_arena *a, struct qf_err *e);

#endif
