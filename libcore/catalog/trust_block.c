/* Blocks, and which chain of them is the chosen one: see catalog/trust.h. */
#include "catalog/trust.h"

#include "catalog/sql.h"

#include <string.h>

#define BLOCK "b.id, b.height, b.hash, b.prev, b.work, b.header"

static enum qf_status read_bytes(sqlite3_stmt *s, int i, uint8_t *out, int n, struct qf_err *e)
{
	const void *p = sqlite3_column_blob(s, i);

	if (!p || sqlite3_column_bytes(s, i) != n)
		return qf_fail(e, QF_ECORRUPT, "a column of a block has not %d bytes", n);
	memcpy(out, p, (size_t)n);
	return QF_OK;
}

static enum qf_status read_block(sqlite3_stmt *s, struct qf_trust_block *b, struct qf_err *e)
{
	const char *header = (const char *)sqlite3_column_text(s, 5);
	size_t n = header ? strlen(header) : sizeof b->header;

	*b = (struct qf_trust_block){ .id = sqlite3_column_int64(s, 0), .height = sqlite3_column_int64(s, 1) };
	if (n >= sizeof b->header)
		return qf_fail(e, QF_ECORRUPT, "block %lld: its header is too long", (long long)b->height);
	memcpy(b->header, header, n);
	if (read_bytes(s, 2, b->hash, QF_TRUST_HASH, e) || read_bytes(s, 3, b->prev, QF_TRUST_HASH, e) || read_bytes(s, 4, b->work, QF_TRUST_WORK, e))
		return e->code;
	return QF_OK;
}

/* The block under a statement that gives at most one; QF_ENOTFOUND. */
static enum qf_status one_block(struct qf_catalog *c, sqlite3_stmt *s, struct qf_trust_block *b, struct qf_err *e)
{
	bool row = false;
	enum qf_status rc = qf_sql_step(c, s, &row, e);

	if (rc == QF_OK)
		rc = row ? read_block(s, b, e) : qf_fail(e, QF_ENOTFOUND, "no such block");
	qf_sql_done(s);
	return rc;
}

static enum qf_status block_by_hash(struct qf_catalog *c, const uint8_t *hash, struct qf_trust_block *b, bool *best, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql(c, "SELECT " BLOCK ", b.best FROM trust_block b WHERE hash = ?1", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, hash, QF_TRUST_HASH);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK)
		rc = row ? read_block(s, b, e) : qf_fail(e, QF_ENOTFOUND, "no such block");
	*best = rc == QF_OK && sqlite3_column_int(s, 6);
	qf_sql_done(s);
	return rc;
}

static enum qf_status place(struct qf_catalog *c, int64_t block, const int64_t *records, size_t n, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO trust_placed VALUES (?1, ?2, ?3)", &s, e);

	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		sqlite3_bind_int64(s, 1, block);
		sqlite3_bind_int64(s, 2, (int64_t)i);
		sqlite3_bind_int64(s, 3, records[i]);
		rc = qf_sql_run(c, s, e);
	}
	return rc;
}

enum qf_status qf_catalog_put_block(struct qf_catalog *c, const struct qf_trust_block *b, const int64_t *records, size_t n, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO trust_block (hash, prev, height, header, work, best) VALUES (?1, ?2, ?3, ?4, ?5, 0)"
				      " ON CONFLICT (hash) DO NOTHING", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, b->hash, QF_TRUST_HASH);
	qf_sql_bind_blob(s, 2, b->prev, QF_TRUST_HASH);
	sqlite3_bind_int64(s, 3, b->height);
	qf_sql_bind_text(s, 4, b->header);
	qf_sql_bind_blob(s, 5, b->work, QF_TRUST_WORK);
	rc = qf_sql_run(c, s, e);
	if (rc != QF_OK || qf_sql_changes(c) == 0)
		return rc;
	return place(c, qf_sql_last_id(c), records, n, e);
}

/* ---- the chosen chain --------------------------------------------------------------------------- */

/* All blocks above `height` out of it, their records into the pool. */
static enum qf_status leave(struct qf_catalog *c, int64_t height, struct qf_err *e)
{
	enum qf_status rc = qf_sql_run2(c, "INSERT OR IGNORE INTO trust_pool SELECT p.record_id FROM trust_block b JOIN trust_placed p ON p.block_id = b.id"
				    " WHERE b.best = 1 AND b.height > ?1", height, 0, e);

	return rc == QF_OK ? qf_sql_run2(c, "UPDATE trust_block SET best = 0 WHERE best = 1 AND height > ?1", height, 0, e) : rc;
}

static enum qf_status enter(struct qf_catalog *c, int64_t block, struct qf_err *e)
{
	enum qf_status rc = qf_sql_run2(c, "UPDATE trust_block SET best = 1 WHERE id = ?1", block, 0, e);

	return rc == QF_OK ? qf_sql_run2(c, "DELETE FROM trust_pool WHERE record_id IN (SELECT record_id FROM trust_placed WHERE block_id = ?1)", block, 0, e) : rc;
}

enum qf_status qf_catalog_choose(struct qf_catalog *c, const uint8_t hash[QF_TRUST_HASH], struct qf_err *e)
{
	struct qf_buf branch = { 0 }; /* the blocks to enter, the last one first */
	uint8_t at[QF_TRUST_HASH];
	struct qf_trust_block b = { .height = 0 };
	bool best = false;
	enum qf_status rc = QF_OK;

	memcpy(at, hash, sizeof at);
	for (;;) {
		rc = block_by_hash(c, at, &b, &best, e);
		if (rc != QF_OK || best)
			break;
		qf_buf_put(&branch, &b.id, sizeof b.id);
		memcpy(at, b.prev, sizeof at);
		if (b.height == 0)
			break;
	}
	if (rc == QF_OK)
		rc = qf_buf_check(&branch, e);
	if (rc == QF_OK)
		rc = leave(c, best ? b.height : -1, e);
	for (size_t i = branch.len / sizeof b.id; rc == QF_OK && i-- > 0;) {
		int64_t id;

		memcpy(&id, branch.p + i * sizeof id, sizeof id);
		rc = enter(c, id, e);
	}
	qf_buf_free(&branch);
	return rc;
}

enum qf_status qf_catalog_tip(struct qf_catalog *c, struct qf_trust_block *b, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "SELECT " BLOCK " FROM trust_block b WHERE best = 1 ORDER BY height DESC LIMIT 1", &s, e);

	return rc == QF_OK ? one_block(c, s, b, e) : rc;
}

enum qf_status qf_catalog_block_at(struct qf_catalog *c, int64_t height, struct qf_trust_block *b, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "SELECT " BLOCK " FROM trust_block b WHERE best = 1 AND height = ?1", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, height);
	return one_block(c, s, b, e);
}

enum qf_status qf_catalog_place_of(struct qf_catalog *c, int64_t record, struct qf_trust_block *b, int64_t *pos, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql(c, "SELECT " BLOCK ", p.pos FROM trust_placed p JOIN trust_block b ON b.id = p.block_id AND b.best = 1"
				      " WHERE p.record_id = ?1", &s, e);

	*b = (struct qf_trust_block){ .id = 0 };
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, record);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row) {
		*pos = sqlite3_column_int64(s, 6);
		rc = read_block(s, b, e);
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_chain(struct qf_catalog *c, const struct qf_trust_walk *w, struct qf_err *e)
{
	struct qf_trust_block b;
	sqlite3_stmt *s;
	bool row, records = false;
	int64_t cache;
	enum qf_status rc = qf_sql_narrow(c, &cache, e);

	if (rc != QF_OK)
		return rc;
	rc = qf_sql(c, "SELECT " BLOCK " FROM trust_block b WHERE best = 1 ORDER BY height", &s, e);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		rc = read_block(s, &b, e);
		if (rc == QF_OK)
			rc = w->block(w->ctx, &b, &records, e);
		if (rc == QF_OK && records)
			rc = qf_catalog_each_placed(c, b.id, w->record, w->ctx, e);
	}
	qf_sql_done(s);
	return qf_sql_widen(c, cache, rc, e);
}
