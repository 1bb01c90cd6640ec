/* job.h - a plan as it lies in a file: NDJSON, first a row plan.v1 about the whole, then a row job.v1 for each track
 * with something to make (with "job", counted from 1 in this file), keep or drop.
 *
 * Names of renditions are made of numbers, rungs and hashes only, so that no name of a music file ever
 * becomes part of a Makefile, a shell command or a path that is written to. */
#ifndef QF_PLAN_JOB_H
#define QF_PLAN_JOB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/recipe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_PLAN_JOBS 10000 /* of one file, at most */
#define QF_HASH_HEX 16     /* digits of a recipe's hash */

enum qf_act { QF_MAKE, QF_KEEP, QF_DROP, QF_ACTS };
extern const char *const qf_act_names[QF_ACTS];

struct qf_job_rendition {
	enum qf_act act;
	const char *rung, *file; /* file: relative, see qf_job_file() */
	const char *recipe_hash; /* hex */
	struct qf_recipe recipe;
	int64_t bytes;           /* estimated, or as it is */
};

#define QF_JOB_RENDITIONS 16 /* of one job, at most */

struct qf_job { /* texts borrowed, or in the arena of qf_job_read() */
	int64_t job;           /* 0: nothing to make */
	const char *catalog;   /* UUID */
	int64_t track;
	const char *path;      /* of the source, bytes */
	int64_t size, mtime_ns; /* of the source when the plan was made */
	int64_t duration_ms;
	double start_s;        /* of excerpts */
	double gain_db, shortfall_db; /* shortfall: how far below the target it stays */
	double limit_dbtp;     /* NaN: no limiter */
	double value;          /* of what there will be */
	const char *reason;
	struct qf_job_rendition *rendition; /* [n] */
	size_t n;
};

/* 16 hex digits and a NUL: of the encoder's version, the recipe, gain, limiter and start, and the source's size and mtime. */
void qf_job_hash(const struct qf_job *j, const struct qf_recipe *r, char out[QF_HASH_HEX + 1]);

/* Of all that is to be made, for the stamp. */
void qf_job_stamp(const struct qf_job *j, char out[QF_HASH_HEX + 1]);

/* "17/4017-opus-96-0123456789abcdef.opus": a folder of a hundredth of all, track, rung, hash. Appended. */
void qf_job_put_file(struct qf_buf *out, int64_t track, const char *rung, const char *hash, enum qf_codec codec);

/* "17/4017-waveform.json", likewise. */
void qf_job_put_waveform(struct qf_buf *out, int64_t track);

/* Append the row with its newline. */
void qf_job_put(struct qf_buf *out, const struct qf_job *j);

/* Read one, of a checked object. QF_EFORMAT names what is missing or wrong: also a file name that is absolute, leads out
 * of its folder, or has other characters than a-z, 0-9, ".", "-" and "/". QF_ENOMEM. */
enum qf_status qf_job_read(struct qf_span object, struct qf_arena *a, struct qf_job *j, struct qf_err *e);

struct qf_plan_head { /* the first row */
	const char *catalog, *folder; /* folder: where the renditions are, absolute bytes */
	const char *ladder, *policy, *inputs; /* inputs: SHA-256 of tracks, plays and ladder that it was made from */
	int64_t budget, bytes, wanted, tracks, jobs, files; /* files: how many, when the plan is in several */
	int64_t count[QF_ACTS];
	double value, bound, regret;
	bool optimal;
};

void qf_plan_put_head(struct qf_buf *out, const struct qf_plan_head *h);

/* Of it only what carrying it out needs: catalog, folder and jobs. Errors as above. */
enum qf_status qf_plan_read_head(struct qf_span object, struct qf_arena *a, struct qf_plan_head *h, struct qf_err *e);

#endif
