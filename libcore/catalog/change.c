#include "catalog/change.h"

#include "catalog/sql.h"

enum qf_status qf_catalog_change_before(struct qf_catalog *c, int64_t at, int64_t *seq, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT coalesce((SELECT min(seq) FROM change WHERE at >= ?1) - 1, (SELECT max(seq) FROM change), 0)",
				   &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, at);
	rc = qf_sql_step(c, s, &row, e);
	*seq = rc == QF_OK && row ? sqlite3_column_int64(s, 0) : 0;
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_changes(struct qf_catalog *c, int64_t seq,
				  enum qf_status (*fn)(void *user, const struct qf_change *ch, struct qf_err *e), void *user,
				  struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, "SELECT track_id, seq, at, removed, added > ?1 FROM change WHERE seq > ?1 ORDER BY seq", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, seq);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		struct qf_change ch = {
			.track = sqlite3_column_int64(s, 0),
			.seq = sqlite3_column_int64(s, 1),
			.at = sqlite3_column_int64(s, 2),
			.kind = sqlite3_column_int(s, 3) ? QF_CHANGE_REMOVED : sqlite3_column_int(s, 4) ? QF_CHANGE_ADDED : QF_CHANGE_UPDATED,
		};

		rc = fn(user, &ch, e);
	}
	qf_sql_done(s);
	return rc;
}
