#include "catalog/select.h"

#include "base/alloc.h"
#include "catalog/sql.h"
#include "catalog/where.h"

#include <string.h>

struct qf_select {
	struct qf_catalog *c;
	sqlite3_stmt *stmt;
	enum qf_with with;
	bool done;
	struct qf_features features;
};

/* ---- the statement ---------------------------------------------------------------------- */

static enum qf_status put_conditions(struct qf_where *b, const struct qf_query *q)
{
	qf_buf_puts(&b->sql, q->with_gone ? "WHERE TRUE" : "WHERE t.missing_since IS NULL");
	if (!q->where)
		return QF_OK;
	qf_buf_puts(&b->sql, " AND ");
	return qf_where_put(b, q->where);
}

/* One track of each group: the first by the sorts, else (of a sample) by chance, else by
 * number. What has no value is no group. */
static enum qf_status put_groups(struct qf_where *b, const struct qf_query *q, size_t seed)
{
	enum qf_status rc;

	qf_buf_puts(&b->sql, "SELECT id FROM (SELECT t.id AS id, row_number() OVER (PARTITION BY coalesce(");
	rc = qf_where_put_group(b, &q->group);
	qf_buf_puts(&b->sql, ", CAST(t.id AS BLOB)) ORDER BY "); /* a blob is like no text and no number */
	if (rc == QF_OK)
		rc = qf_where_put_sorts(b, q);
	if (q->sample)
		qf_buf_printf(&b->sql, "qf_mix(t.id, ?%zu), ", seed);
	qf_buf_puts(&b->sql, "t.id) AS place");
	return rc;
}

/* How many of all that fit a share is. */
static enum qf_status put_share(struct qf_where *b, const struct qf_query *q)
{
	enum qf_status rc;

	qf_buf_printf(&b->sql, " LIMIT (SELECT max(1, count(*) * %d / 100)", q->limit_percent);
	qf_sql_put_track_tables(&b->sql);
	rc = put_conditions(b, q);
	qf_buf_putc(&b->sql, ')');
	return rc;
}

/* The numbers of the tracks that groups, samples and the limit leave. They are chosen by themselves, so that
 * the whole of a row is read only of those. */
static enum qf_status put_choice(struct qf_where *b, const struct qf_query *q)
{
	const char *id = q->grouped ? "id" : "t.id";
	size_t seed = qf_where_bind_int(b, (int64_t)q->seed);
	enum qf_status rc = QF_OK;

	if (q->grouped)
		rc = put_groups(b, q, seed);
	else
		qf_buf_puts(&b->sql, "SELECT t.id");
	qf_sql_put_track_tables(&b->sql);
	if (rc == QF_OK)
		rc = put_conditions(b, q);
	if (q->grouped)
		qf_buf_puts(&b->sql, ") WHERE place = 1");
	if (q->sample)
		qf_buf_printf(&b->sql, " ORDER BY qf_mix(%s, ?%zu), %s", id, seed, id);
	if (rc == QF_OK && q->sample && q->limit_percent)
		rc = put_share(b, q);
	else if (q->sample)
		qf_buf_printf(&b->sql, " LIMIT %lld", (long long)q->sample);
	if (rc != QF_OK || q->sample || q->grouped) /* sorted again outside, where the limit follows */
		return rc;
	qf_buf_puts(&b->sql, " ORDER BY ");
	rc = qf_where_put_sorts(b, q);
	qf_buf_printf(&b->sql, "t.id LIMIT %lld", (long long)q->limit);
	return rc;
}

static enum qf_status build(struct qf_where *b, const struct qf_query *q, enum qf_with with)
{
	enum qf_status rc;

	if (with == QF_WITH_NUMBER_ALONE) { /* SQLite leaves out the tables that nothing is read of */
		qf_buf_puts(&b->sql, "SELECT t.id");
		qf_sql_put_track_tables(&b->sql);
	} else {
		qf_sql_put_track_select(&b->sql, with);
	}
	if (q->grouped || q->sample || q->limit) {
		qf_buf_puts(&b->sql, "WHERE t.id IN (");
		rc = put_choice(b, q);
		qf_buf_putc(&b->sql, ')');
	} else {
		rc = put_conditions(b, q);
	}
	qf_buf_puts(&b->sql, " ORDER BY ");
	if (rc == QF_OK)
		rc = qf_where_put_sorts(b, q);
	qf_buf_puts(&b->sql, "t.id");
	if (q->limit)
		qf_buf_printf(&b->sql, " LIMIT %lld", (long long)q->limit);
	else if (rc == QF_OK && q->limit_percent)
		rc = put_share(b, q);
	return rc == QF_OK ? qf_buf_check(&b->sql, b->e) : rc;
}

static const enum qf_with withs[] = {
	[QF_TRACK_BARE] = QF_WITH_NO_FEATURES,
	[QF_TRACK_BRIEF] = QF_WITH_BRIEF_FEATURES,
	[QF_TRACK_FULL] = QF_WITH_ALL_FEATURES,
	[QF_TRACK_NUMBER] = QF_WITH_NUMBER_ALONE,
};

/* ---- the handle ------------------------------------------------------------------------- */

enum qf_status qf_select_open(struct qf_select **out, struct qf_catalog *c, const struct qf_query *q,
			      enum qf_track_features with, struct qf_err *e)
{
	struct qf_where b = { .e = e };
	struct qf_select *s = qf_zalloc(1, sizeof *s);
	enum qf_status rc = s ? QF_OK : qf_fail(e, QF_ENOMEM, "query: out of memory");

	*out = NULL;
	if (rc == QF_OK) {
		s->c = c;
		s->with = withs[with];
		qf_features_init(&s->features);
		rc = build(&b, q, s->with);
	}
	if (rc == QF_OK)
		rc = qf_sql_prepare(c, b.sql.p, &s->stmt, e);
	if (rc == QF_OK) {
		qf_where_bind(&b, s->stmt);
		*out = s;
		s = NULL;
	}
	qf_where_free(&b);
	qf_free(s);
	return rc;
}

enum qf_status qf_select_next(struct qf_select *s, struct qf_arena *a, struct qf_track *t, bool *more, struct qf_err *e)
{
	enum qf_status rc;

	*more = false;
	qf_features_free(&s->features);
	if (s->done)
		return QF_OK;
	rc = qf_sql_step(s->c, s->stmt, more, e);
	s->done = rc != QF_OK || !*more;
	if (s->done)
		return rc;
	if (s->with == QF_WITH_NUMBER_ALONE) {
		*t = (struct qf_track){ .id = sqlite3_column_int64(s->stmt, 0) };
		return QF_OK;
	}
	qf_arena_reset(a);
	return qf_sql_read_track(s->stmt, s->with, a, t, &s->features, e);
}

void qf_select_close(struct qf_select *s)
{
	if (!s)
		return;
	sqlite3_finalize(s->stmt);
	qf_features_free(&s->features);
	qf_free(s);
}

/* ---- explaining ------------------------------------------------------------------------- */

static enum qf_status put_plan(struct qf_catalog *c, const char *sql, struct qf_buf *out, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	sqlite3_stmt *s = NULL;
	bool row = true;
	enum qf_status rc;

	qf_buf_puts(&text, "EXPLAIN QUERY PLAN ");
	qf_buf_puts(&text, sql);
	rc = qf_buf_check(&text, e);
	if (rc == QF_OK)
		rc = qf_sql_prepare(c, text.p, &s, e);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		qf_buf_printf(out, "plan: %s\n", (const char *)sqlite3_column_text(s, 3));
	sqlite3_finalize(s);
	qf_buf_free(&text);
	return rc;
}

enum qf_status qf_select_explain(struct qf_catalog *c, const struct qf_query *q, enum qf_track_features with, struct qf_buf *out,
				 struct qf_err *e)
{
	struct qf_where b = { .e = e };
	sqlite3_stmt *s = NULL;
	char *sql = NULL;
	enum qf_status rc = build(&b, q, withs[with]);

	if (rc == QF_OK)
		rc = qf_sql_prepare(c, b.sql.p, &s, e);
	if (rc == QF_OK) {
		qf_where_bind(&b, s);
		sql = sqlite3_expanded_sql(s);
		if (!sql)
			rc = qf_fail(e, QF_ENOMEM, "query: out of memory");
	}
	if (rc == QF_OK) {
		qf_buf_printf(out, "sql: %s\n", sql);
		rc = put_plan(c, b.sql.p, out, e);
	}
	sqlite3_free(sql);
	sqlite3_finalize(s);
	qf_where_free(&b);
	return rc == QF_OK ? qf_buf_check(out, e) : rc;
}
