/* Rows from a pipe: one bad line costs itself. */
#include "cli/cli.h"

#include "rows/rows.h"

#include <stdio.h>

enum qf_status cli_each_row(struct cli_input *in, enum qf_status (*fn)(void *arg, struct qf_span row, struct qf_err *e), void *arg, struct qf_err *e)
{
	struct qf_rows rows = { .fd = in->fd, .stop = &cli.interrupted };
	struct qf_row row;
	bool more = true;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && more && !cli.interrupted) {
		rc = qf_rows_next(&rows, &row, &more, e);
		if (rc == QF_OK && more && (rc = fn(arg, row.object, e)) != QF_OK) {
			char place[32];

			snprintf(place, sizeof place, "line %zu", row.number);
			qf_err_at(e, place);
		}
		if (rc != QF_OK && in->name)
			qf_err_at(e, in->name);
		if (rc == QF_EFORMAT || rc == QF_ENOTFOUND) {
			cli_warn(e);
			in->bad++;
			*e = (struct qf_err){ 0 };
			rc = QF_OK;
			more = true;
		}
	}
	qf_rows_free(&rows);
	return rc;
}
