#include "catalog/trust.h"

#include "catalog/handle.h"

#include <string.h>

/* ---- records ------------------------------------------------------------------------------------ */

#define RECORD "r.id, r.hash, r.actor, r.seq, r.delta, r.ts, r.action, r.target, r.line"

static enum qf_status read_record(sqlite3_stmt *s, struct qf_trust_record *r, struct qf_err *e)
{
	*r = (struct qf_trust_record){
		.id = sqlite3_column_int64(s, 0),
		.hash = sqlite3_column_blob(s, 1),
		.actor = sqlite3_column_blob(s, 2),
		.seq = sqlite3_column_int64(s, 3),
		.delta = sqlite3_column_int64(s, 4),
		.ts = sqlite3_column_int64(s, 5),
		.action = (const char *)sqlite3_column_text(s, 6),
		.target = (const char *)sqlite3_column_text(s, 7),
		.line = { sqlite3_column_blob(s, 8), (size_t)sqlite3_column_bytes(s, 8) },
	};
	if (!r->action || !r->target || !r->line.p)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (!r->hash || !r->actor || sqlite3_column_bytes(s, 1) != QF_TRUST_HASH || sqlite3_column_bytes(s, 2) != QF_TRUST_HASH)
		return qf_fail(e, QF_ECORRUPT, "trust record %lld: its hash or key has not %d bytes", (long long)r->id, QF_TRUST_HASH);
	return QF_OK;
}

/* Step through a statement that gives records. */
static enum qf_status each(struct qf_catalog *c, sqlite3_stmt *s, qf_trust_each *fn, void *ctx, struct qf_err *e)
{
	struct qf_trust_record r;
	enum qf_status rc;
	bool row;

	while ((rc = qf_sql_step(c, s, &row, e)) == QF_OK && row && (rc = read_record(s, &r, e)) == QF_OK && (rc = fn(ctx, &r, e)) == QF_OK)
		;
	qf_sql_done(s);
	return rc;
}

static enum qf_status find_by_hash(struct qf_catalog *c, const uint8_t *hash, int64_t *id, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT id FROM trust_record WHERE hash = ?1", &s, e);

	*id = 0;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, hash, QF_TRUST_HASH);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		*id = sqlite3_column_int64(s, 0);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_put_trust(struct qf_catalog *c, const struct qf_trust_record *r, int64_t *id, bool *is_new, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO trust_record (hash, actor, seq, action, target, delta, ts, line)"
				      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (hash) DO NOTHING", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, r->hash, QF_TRUST_HASH);
	qf_sql_bind_blob(s, 2, r->actor, QF_TRUST_HASH);
	sqlite3_bind_int64(s, 3, r->seq);
	qf_sql_bind_text(s, 4, r->action);
	qf_sql_bind_text(s, 5, r->target);
	sqlite3_bind_int64(s, 6, r->delta);
	sqlite3_bind_int64(s, 7, r->ts);
	qf_sql_bind_blob(s, 8, r->line.p, r->line.n);
	rc = qf_sql_run(c, s, e);
	*is_new = rc == QF_OK && qf_sql_changes(c) > 0;
	if (rc != QF_OK || !*is_new)
		return rc == QF_OK ? find_by_hash(c, r->hash, id, e) : rc;
	*id = qf_sql_last_id(c);
	return qf_sql_run2(c, "INSERT INTO trust_pool VALUES (?1)", *id, 0, e);
}

enum qf_status qf_catalog_each_trust(struct qf_catalog *c, qf_trust_each *fn, void *ctx, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "SELECT " RECORD " FROM trust_record r WHERE action <> 'genesis' ORDER BY actor, seq, hash", &s, e);

	return rc == QF_OK ? each(c, s, fn, ctx, e) : rc;
}

enum qf_status qf_catalog_each_pooled(struct qf_catalog *c, int64_t max, qf_trust_each *fn, void *ctx, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "SELECT " RECORD " FROM trust_pool p JOIN trust_record r ON r.id = p.record_id ORDER BY p.record_id LIMIT ?1", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, max ? max : -1);
	return each(c, s, fn, ctx, e);
}

enum qf_status qf_catalog_count_pool(struct qf_catalog *c, int64_t *n, struct qf_err *e)
{
	return qf_sql_number(c, "SELECT count(*) FROM trust_pool", 0, 0, n, e);
}

enum qf_status qf_catalog_count_trust(struct qf_catalog *c, int64_t *n, struct qf_err *e)
{
	return qf_sql_number(c, "SELECT coalesce(max(id), 0) FROM trust_record", 0, 0, n, e);
}

enum qf_status qf_catalog_each_placed(struct qf_catalog *c, int64_t block, qf_trust_each *fn, void *ctx, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "SELECT " RECORD " FROM trust_placed p JOIN trust_record r ON r.id = p.record_id WHERE p.block_id = ?1 ORDER BY p.pos", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, block);
	return each(c, s, fn, ctx, e);
}

/* Its texts into the arena. */
static enum qf_status keep_record(struct qf_arena *a, struct qf_trust_record *r, struct qf_err *e)
{
	r->hash = (const uint8_t *)qf_arena_dup(a, r->hash, QF_TRUST_HASH);
	r->actor = (const uint8_t *)qf_arena_dup(a, r->actor, QF_TRUST_HASH);
	r->action = qf_arena_dup(a, r->action, strlen(r->action));
	r->target = qf_arena_dup(a, r->target, strlen(r->target));
	r->line.p = qf_arena_dup(a, r->line.p, r->line.n);
	return r->hash && r->actor && r->action && r->target && r->line.p ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

/* The digits, filled up with `rest`, as bytes. */
static void bound(const char *digits, char rest, uint8_t out[QF_TRUST_HASH])
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0, n = strlen(digits); i < 2 * QF_TRUST_HASH; i++) {
		unsigned v = (unsigned)(strchr(hex, i < n ? digits[i] : rest) - hex);

		out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | v : v << 4);
	}
}

enum qf_status qf_catalog_find_trust(struct qf_catalog *c, const char *digits, struct qf_arena *a, struct qf_trust_record *r,
				     struct qf_err *e)
{
	uint8_t lo[QF_TRUST_HASH], hi[QF_TRUST_HASH];
	size_t n = strlen(digits);
	sqlite3_stmt *s;
	bool row, more = false;
	enum qf_status rc;

	if (n < 4 || n > 2 * QF_TRUST_HASH || strspn(digits, "0123456789abcdef") != n)
		return qf_fail(e, QF_EINVAL, "'%s': a record is named by 4 to 64 hexadecimal digits", digits);
	bound(digits, '0', lo);
	bound(digits, 'f', hi);
	rc = qf_sql(c, "SELECT " RECORD " FROM trust_record r WHERE hash BETWEEN ?1 AND ?2 ORDER BY hash LIMIT 2", &s, e);
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, lo, sizeof lo);
	qf_sql_bind_blob(s, 2, hi, sizeof hi);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && !row)
		rc = qf_fail(e, QF_ENOTFOUND, "no record begins with %s", digits);
	if (rc == QF_OK && (rc = read_record(s, r, e)) == QF_OK && (rc = keep_record(a, r, e)) == QF_OK)
		rc = qf_sql_step(c, s, &more, e);
	qf_sql_done(s);
	return rc == QF_OK && more ? qf_fail(e, QF_EINVAL, "several records begin with %s: give more digits", digits) : rc;
}

enum qf_status qf_catalog_next_seq(struct qf_catalog *c, const uint8_t *actor, int64_t *seq, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT coalesce(max(seq), -1) + 1 FROM trust_record WHERE actor = ?1", &s, e);

	*seq = 0;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, actor, QF_TRUST_HASH);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		*seq = sqlite3_column_int64(s, 0);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_genesis(struct qf_catalog *c, struct qf_arena *a, struct qf_span *line, struct qf_err *e)
{
	sqlite3_stmt *s;
	struct qf_trust_record r;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT " RECORD " FROM trust_record r WHERE action = 'genesis'", &s, e);

	if (rc == QF_OK)
		rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && !row)
		rc = qf_fail(e, QF_ENOTFOUND, "%s: no chain yet; `qfzz trust init` begins one, `qfzz trust merge` takes one up", qf_catalog_path(c));
	if (rc == QF_OK && (rc = read_record(s, &r, e)) == QF_OK && (rc = keep_record(a, &r, e)) == QF_OK)
		*line = r.line;
	qf_sql_done(s);
	return rc;
}

/* ---- the field of queries ------------------------------------------------------------------------------ */

static void tell_trust(sqlite3_context *call, int n, sqlite3_value **value)
{
	struct qf_catalog *c = sqlite3_user_data(call);
	const char *id = (const char *)sqlite3_value_text(value[0]);
	struct qf_err e = { 0 };
	double trust;

	(void)n;
	if (c->trust.fn(c->trust.ctx, id ? id : "", &trust, &e) == QF_OK)
		sqlite3_result_double(call, trust);
	else if (e.code == QF_ENOMEM)
		sqlite3_result_error_nomem(call);
	else
		sqlite3_result_error(call, e.text, -1);
}

enum qf_status qf_catalog_set_trust(struct qf_catalog *c, qf_trust_of *fn, void (*end)(void *ctx), void *ctx, struct qf_err *e)
{
	c->trust.fn = fn;
	c->trust.end = end;
	c->trust.ctx = ctx;
	return sqlite3_create_function_v2(c->db, "trust_of", 1, SQLITE_UTF8, c, tell_trust, NULL, NULL, NULL) == SQLITE_OK ? QF_OK : qf_sql_fail(c, e);
}
