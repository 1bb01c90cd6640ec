/* planfile.h - reading a plan (plan/job.h) row by row. */
#ifndef QFZZ_CLI_PLANFILE_H
#define QFZZ_CLI_PLANFILE_H

#include "base/arena.h"
#include "base/err.h"
#include "plan/job.h"
#include "rows/rows.h"

#include <stdbool.h>

struct planfile { /* all zero is a closed one */
	const char *path;
	struct qf_rows rows;
	struct qf_arena texts; /* of the head */
	struct qf_plan_head head;
};

/* Errors with the file's name in front: QF_EIO, QF_EFORMAT, QF_ENOMEM. */
enum qf_status planfile_open(struct planfile *p, const char *path, struct qf_err *e);

/* The next job; texts live in the arena, which is reset first. *more is false at the end. */
enum qf_status planfile_next(struct planfile *p, struct qf_arena *a, struct qf_job *j, bool *more, struct qf_err *e);
void planfile_close(struct planfile *p);

#endif
