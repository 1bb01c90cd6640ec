/* segmenting.h - one run of the worker that segments (worker/segment.h): its answer becomes files of a workshop. */
#ifndef QFZZ_CLI_SEGMENTING_H
#define QFZZ_CLI_SEGMENTING_H

#include "base/arena.h"
#include "base/err.h"
#include "cli/workshop.h"
#include "station/hls.h"

#include <stdbool.h>

struct segmenting {
	const char *path;   /* of the source */
	const char *rung;   /* what its files are to be called, if that is a stem (station/hls.h) and short; else NULL, … */
	size_t number;      /* … and they are called by codec and this number: "opus-2" */
	int64_t target_s;
	bool adts;          /* AAC as packed audio */
};

struct segmented { /* texts live in the arena */
	struct qf_hls_media media;      /* media.n 0: nothing came of it */
	struct qf_hls_segment *segment; /* as media.segment; freed by segmented_free() */
	size_t cap;
	int64_t bytes;                  /* of all its files but the playlist */
	const char *text;               /* NULL, or why nothing came of it, a sentence */
};

/* Run it. QF_OK also when nothing came of the file. QF_EIO: a segment could not be written, or the worker not started; QF_ENOTFOUND: the
 * source cannot be opened; QF_ENOMEM. Files of a run that failed stay in the workshop, to be taken away with segmented_drop(). */
enum qf_status segmenting_run(const struct segmenting *s, const struct workshop *w, struct qf_arena *a, struct segmented *out, struct qf_err *e);

/* Its files are removed from the workshop. */
void segmented_drop(struct segmented *s, const struct workshop *w);
void segmented_free(struct segmented *s);

#endif
