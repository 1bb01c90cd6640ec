#define _GNU_SOURCE
#include "cli/planfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "PATH: line N: …" */
static enum qf_status at(const struct planfile *p, size_t line, struct qf_err *e)
{
	char place[32];

	snprintf(place, sizeof place, "line %zu", line);
	qf_err_at(e, place);
	return qf_err_at(e, p->path);
}

enum qf_status planfile_open(struct planfile *p, const char *path, struct qf_err *e)
{
	struct qf_row row;
	bool more;
	enum qf_status rc;

	*p = (struct planfile){ .path = path, .rows = { .fd = open(path, O_RDONLY | O_CLOEXEC) } };
	if (p->rows.fd < 0)
		return qf_fail_errno(e, "%s: cannot open", path);
	rc = qf_rows_next(&p->rows, &row, &more, e);
	if (rc == QF_OK && !more)
		rc = qf_fail(e, QF_EFORMAT, "a plan begins with a row of type plan.v1");
	if (rc == QF_OK)
		rc = qf_plan_read_head(row.object, &p->texts, &p->head, e);
	return rc == QF_OK ? rc : at(p, 1, e);
}

enum qf_status planfile_next(struct planfile *p, struct qf_arena *a, struct qf_job *j, bool *more, struct qf_err *e)
{
	struct qf_row row;
	enum qf_status rc = qf_rows_next(&p->rows, &row, more, e);

	qf_arena_reset(a);
	if (rc == QF_OK && *more && (rc = qf_job_read(row.object, a, j, e)) == QF_OK && strcmp(j->catalog, p->head.catalog) != 0)
		rc = qf_fail(e, QF_EFORMAT, "a job of another catalog than the plan's");
	return rc == QF_OK ? rc : at(p, p->rows.number, e);
}

void planfile_close(struct planfile *p)
{
	if (p->path && p->rows.fd >= 0)
		close(p->rows.fd);
	qf_rows_free(&p->rows);
	qf_arena_free(&p->texts);
	p->path = NULL;
}
