/* Plans on any text: a row is read or refused in words, and what is read can be written and read again. */
#include "plan/job.h"
#include "rows/rows.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct qf_job *j)
{
	struct qf_arena a = { 0 };
	struct qf_buf row = { 0 };
	struct qf_job back;

	qf_job_put(&row, j);
	if (!row.failed && (qf_job_read((struct qf_span){ row.p, row.len - 1 }, &a, &back, NULL) != QF_OK || back.n != j->n))
		abort();
	qf_buf_free(&row);
	qf_arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qf_arena a = { 0 };
	struct qf_plan_head h;
	struct qf_job j;
	struct qf_err e = { 0 };
	struct qf_span row = { (const char *)data, size };

	if (qf_row_check(row, &e) == QF_OK) {
		if (qf_job_read(row, &a, &j, &e) == QF_OK)
			again(&j);
		else if (!*e.text || memchr(e.text, '\0', sizeof e.text) == NULL)
			abort();
		qf_plan_read_head(row, &a, &h, &e);
	}
	qf_arena_free(&a);
	return 0;
}
