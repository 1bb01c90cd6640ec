#include "cli/batch.h"

#include "catalog/track.h"
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

enum qf_status batch_begin(struct batch *b, struct qf_err *e)
{
	enum qf_status rc;

	if (b->open)
		return QF_OK;
	rc = qf_catalog_begin(b->catalog, e);
	if (rc != QF_OK)
		return rc;
	b->open = true;
	b->began = cli_clock_s();
	b->n = 0;
	return b->run ? QF_OK : qf_catalog_run_begin(b->catalog, cli.tool->verb, QFZZ_VERSION, b->now, &b->run, e);
}

static void print_rows(struct qf_buf *rows)
{
	char *p = rows->p, *nl;

	for (size_t left = rows->len; left; left -= (size_t)(nl + 1 - p), p = nl + 1) {
		nl = memchr(p, '\n', left);
		cli_row((struct qf_span){ p, (size_t)(nl - p) });
	}
	if (rows->len)
		fflush(stdout);
	qf_buf_clear(rows);
}

enum qf_status batch_commit(struct batch *b, struct qf_err *e)
{
	enum qf_status rc = qf_buf_check(&b->rows, e);

	if (rc == QF_OK && b->open)
		rc = qf_catalog_commit(b->catalog, e);
	else if (b->open)
		qf_catalog_rollback(b->catalog);
	b->open = false;
	if (rc == QF_OK)
		print_rows(&b->rows);
	return rc;
}

enum qf_status batch_count(struct batch *b, struct qf_err *e)
{
	b->n++;
	return b->n >= b->max || (b->open && cli_clock_s() - b->began > 1) ? batch_commit(b, e) : QF_OK;
}

enum qf_status batch_end(struct batch *b, int code, const char *summary, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	if (b->run) {
		rc = batch_begin(b, e);
		if (rc == QF_OK)
			rc = qf_catalog_run_end(b->catalog, b->run, cli_now(), code, summary, e);
	}
	return rc == QF_OK ? batch_commit(b, e) : rc;
}

void batch_free(struct batch *b)
{
	if (b->open)
		qf_catalog_rollback(b->catalog);
	b->open = false;
	qf_buf_free(&b->rows);
}
