#include "catalog/stats.h"

#include "base/buf.h"
#include "catalog/sql.h"

#include <string.h>

#define LITERAL_OF(x) #x
#define LITERAL(x) LITERAL_OF(x)

/* A list: name, detail, n, also. Its statement may use ?1, the version. */
static const struct list {
	size_t offset;
	const char *sql;
} lists[] = {
	{ offsetof(struct qf_stats, codecs),
	  "SELECT coalesce(codec, 'unknown'), NULL, count(*) AS n, coalesce(sum(duration_ms), 0) FROM track"
	  " WHERE missing_since IS NULL GROUP BY 1 ORDER BY n DESC, 1" },
	{ offsetof(struct qf_stats, datasets),
	  "SELECT d.name, NULL, count(t.track_id) AS n, 0 FROM dataset d LEFT JOIN dataset_track t ON t.dataset_id = d.id"
	  " GROUP BY d.id ORDER BY n DESC, d.name" },
	{ offsetof(struct qf_stats, failed),
	  "SELECT stage, class, count(*) AS n, 0 FROM failure GROUP BY stage, class ORDER BY n DESC, stage, class" },
	{ offsetof(struct qf_stats, actions),
	  "SELECT action, NULL, count(*) AS n, count(track_id) FROM event GROUP BY action ORDER BY n DESC, action" },
	{ offsetof(struct qf_stats, by_user), /* NOT INDEXED: one scan is seven times faster than a look at each row by its user */
	  "SELECT u.name, NULL, e.n, e.m FROM"
	  " (SELECT user_id, count(*) AS n, count(track_id) AS m FROM event NOT INDEXED GROUP BY user_id) e"
	  " JOIN user u ON u.id = e.user_id ORDER BY e.n DESC, u.name LIMIT " LITERAL(QF_STATS_USERS) },
	{ offsetof(struct qf_stats, models), "SELECT kind, NULL, id, created_at FROM model ORDER BY id DESC" },
};

/* Plain numbers: one row, one column after the other. */
static const struct numbers {
	const char *sql;
	size_t offsets[4], n;
} numbers[] = {
	{ "SELECT count(*) FILTER (WHERE missing_since IS NULL), count(missing_since),"
	  " coalesce(sum(duration_ms) FILTER (WHERE missing_since IS NULL), 0) FROM track",
	  { offsetof(struct qf_stats, tracks), offsetof(struct qf_stats, missing), offsetof(struct qf_stats, duration_ms) }, 3 },
	{ "SELECT count(DISTINCT artist_id), count(DISTINCT album_id) FROM track WHERE missing_since IS NULL",
	  { offsetof(struct qf_stats, artists), offsetof(struct qf_stats, albums) }, 2 },
	{ "SELECT count(*), count(*) FILTER (WHERE f.version < ?1) FROM features f JOIN track t ON t.id = f.track_id"
	  " WHERE t.missing_since IS NULL",
	  { offsetof(struct qf_stats, features), offsetof(struct qf_stats, features_stale) }, 2 },
	{ "SELECT (SELECT count(*) FROM failure), (SELECT count(*) FROM user), (SELECT count(*) FROM event),"
	  " (SELECT count(track_id) FROM event)",
	  { offsetof(struct qf_stats, failures), offsetof(struct qf_stats, users), offsetof(struct qf_stats, events),
	    offsetof(struct qf_stats, events_matched) }, 4 },
};

static void *field(struct qf_stats *s, size_t offset)
{
	return (char *)s + offset;
}

static enum qf_status prepare(struct qf_catalog *c, const char *sql, int version, sqlite3_stmt **s, struct qf_err *e)
{
	enum qf_status rc = qf_sql(c, sql, s, e);

	if (rc == QF_OK && sqlite3_bind_parameter_count(*s))
		sqlite3_bind_int(*s, 1, version);
	return rc;
}

static enum qf_status read_numbers(struct qf_catalog *c, const struct numbers *q, int version, struct qf_stats *out,
				   struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = prepare(c, q->sql, version, &s, e);

	if (rc == QF_OK)
		rc = qf_sql_step(c, s, &row, e);
	for (size_t i = 0; rc == QF_OK && i < q->n; i++)
		*(int64_t *)field(out, q->offsets[i]) = sqlite3_column_int64(s, (int)i);
	qf_sql_done(s);
	return rc;
}

/* Rows are gathered in a buffer, since their number is not known before. */
static enum qf_status gather(struct qf_catalog *c, sqlite3_stmt *s, struct qf_arena *a, struct qf_buf *rows, struct qf_err *e)
{
	bool row;
	enum qf_status rc;

	while ((rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		const struct qf_count one = {
			.name = qf_sql_text(s, 0, a, &rc),
			.detail = qf_sql_text(s, 1, a, &rc),
			.n = sqlite3_column_int64(s, 2),
			.also = sqlite3_column_int64(s, 3),
		};

		if (rc != QF_OK)
			return qf_fail(e, rc, "out of memory");
		qf_buf_put(rows, &one, sizeof one);
	}
	return rc == QF_OK ? qf_buf_check(rows, e) : rc;
}

static enum qf_status read_list(struct qf_catalog *c, const struct list *l, int version, struct qf_arena *a,
				struct qf_stats *out, struct qf_err *e)
{
	struct qf_counts *list = field(out, l->offset);
	struct qf_buf rows = { 0 };
	sqlite3_stmt *s;
	enum qf_status rc = prepare(c, l->sql, version, &s, e);

	if (rc == QF_OK)
		rc = gather(c, s, a, &rows, e);
	if (rc == QF_OK && rows.len) {
		list->n = rows.len / sizeof *list->v;
		list->v = qf_arena_get(a, list->n, sizeof *list->v);
		if (list->v)
			memcpy(list->v, rows.p, rows.len);
		else
			rc = qf_fail(e, QF_ENOMEM, "out of memory");
	}
	qf_sql_done(s);
	qf_buf_free(&rows);
	return rc;
}

enum qf_status qf_catalog_stats(struct qf_catalog *c, int version, struct qf_arena *a, struct qf_stats *out, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; rc == QF_OK && i < sizeof numbers / sizeof *numbers; i++)
		rc = read_numbers(c, &numbers[i], version, out, e);
	for (size_t i = 0; rc == QF_OK && i < sizeof lists / sizeof *lists; i++)
		rc = read_list(c, &lists[i], version, a, out, e);
	return rc;
}
