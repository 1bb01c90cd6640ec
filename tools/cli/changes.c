#include "cli/changes.h"

#include "base/buf.h"
#include "catalog/change.h"
#include "cli/cli.h"
#include "history/time.h"
#include "rows/rows.h"

#include <string.h>

/* "seq:17", "2026-03-01" or "2026-03-01T12:00:00Z" as the number of the last change before that. */
static enum qf_status change_number(struct qf_catalog *c, const char *since, int64_t *seq, struct qf_err *e)
{
	size_t n = strlen(since);
	struct qf_buf text = { 0 };
	int64_t at;
	bool ok;

	if (strncmp(since, "seq:", 4) == 0) {
		if (qf_json_to_int((struct qf_span){ since + 4, n - 4 }, seq) && *seq >= 0)
			return QF_OK;
		return qf_fail(e, QF_EINVAL, "--changed-since %s: seq: wants a number", since);
	}
	qf_buf_printf(&text, n == 10 ? "%sT00:00:00Z" : "%s", since);
	ok = !text.failed && qf_time_from_iso(text.p, text.len, &at);
	qf_buf_free(&text);
	if (!ok)
		return qf_fail(e, QF_EINVAL, "--changed-since %s: neither a date, nor an instant such as 2026-03-01T12:00:00Z, nor seq:N", since);
	return qf_catalog_change_before(c, at, seq, e);
}

struct changes {
	struct qf_catalog *catalog;
	struct qf_arena text;
	struct qf_buf row;
	enum qf_track_features with;
	int64_t n, most;
};

static void put_removed(struct qf_buf *row, const char *uuid, const struct qf_change *ch)
{
	qf_json_open(row, '{');
	qf_json_put_str(row, "type", "removed.v1");
	qf_json_put_str(row, "catalog", uuid);
	qf_json_put_int(row, "track", ch->track);
}

static enum qf_status put_present(struct changes *to, const struct qf_change *ch, struct qf_err *e)
{
	struct qf_features f;
	struct qf_track t;
	enum qf_status rc;

	qf_arena_reset(&to->text);
	rc = qf_catalog_track(to->catalog, ch->track, to->with, &to->text, &t, &f, e);
	if (rc == QF_OK)
		qf_row_begin_track(&to->row, qf_catalog_uuid(to->catalog), &t);
	qf_features_free(&f);
	return rc;
}

static enum qf_status print_change(void *user, const struct qf_change *ch, struct qf_err *e)
{
	static const char *const names[] = { [QF_CHANGE_ADDED] = "added", [QF_CHANGE_UPDATED] = "updated", [QF_CHANGE_REMOVED] = "removed" };
	struct changes *to = user;
	enum qf_status rc = QF_OK;

	if (cli.interrupted || (to->most && to->n == to->most))
		return QF_OK;
	qf_buf_clear(&to->row);
	if (ch->kind == QF_CHANGE_REMOVED)
		put_removed(&to->row, qf_catalog_uuid(to->catalog), ch);
	else
		rc = put_present(to, ch, e);
	if (rc != QF_OK)
		return rc;
	qf_json_put_str(&to->row, "change", names[ch->kind]);
	qf_json_put_int(&to->row, "seq", ch->seq);
	qf_row_end(&to->row);
	rc = qf_buf_check(&to->row, e);
	if (rc == QF_OK)
		cli_row((struct qf_span){ to->row.p, to->row.len });
	to->n++;
	return rc;
}

enum qf_status changes_print(struct qf_catalog *c, const char *since, enum qf_track_features with, int64_t most, struct qf_err *e)
{
	struct changes to = { .catalog = c, .with = with, .most = most };
	int64_t seq;
	enum qf_status rc = qf_catalog_begin_read(c, e);

	if (rc == QF_OK)
		rc = change_number(c, since, &seq, e);
	if (rc == QF_OK)
		rc = qf_catalog_changes(c, seq, print_change, &to, e);
	qf_catalog_rollback(c);
	qf_buf_free(&to.row);
	qf_arena_free(&to.text);
	return rc;
}
