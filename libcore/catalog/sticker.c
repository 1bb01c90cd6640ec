#include "catalog/sticker.h"

#include "base/buf.h"

#include <sqlite3.h>
#include <string.h>

enum { LONGEST = 1 << 20 /* bytes of one value */ };

/* "file:…?mode=ro&immutable=1" with what has a meaning there escaped. */
static void put_uri(struct qf_buf *b, const char *path)
{
	qf_buf_puts(b, "file:");
	if (path[0] == '/')
		qf_buf_puts(b, "//"); /* else the first folder could be taken for a host */
	for (; *path; path++) {
		if (strchr("%?#", *path))
			qf_buf_printf(b, "%%%02X", (unsigned char)*path);
		else
			qf_buf_putc(b, *path);
	}
	qf_buf_puts(b, "?mode=ro&immutable=1");
}

static enum qf_status trouble(sqlite3 *db, struct qf_err *e)
{
	int code = db ? sqlite3_errcode(db) : SQLITE_NOMEM;

	if (code == SQLITE_NOMEM)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (code == SQLITE_CANTOPEN || code == SQLITE_IOERR || code == SQLITE_PERM)
		return qf_fail(e, QF_EIO, "%s", sqlite3_errmsg(db));
	if (code == SQLITE_ERROR) /* the SQL did not fit */
		return qf_fail(e, QF_EUNSUPPORTED, "a database, but not of MPD's stickers (%s)", sqlite3_errmsg(db));
	return qf_fail(e, QF_EFORMAT, "%s", sqlite3_errmsg(db));
}

static void distrust(sqlite3 *db)
{
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, LONGEST);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_exec(db, "PRAGMA cell_size_check = 1", NULL, NULL, NULL);
}

static int64_t number_or(sqlite3_stmt *s, int i, int64_t none)
{
	return sqlite3_column_type(s, i) == SQLITE_NULL ? none : sqlite3_column_int64(s, i);
}

static enum qf_status read_songs(sqlite3 *db, enum qf_status (*fn)(void *ctx, const struct qf_sticker *s, struct qf_err *e),
				 void *ctx, struct qf_err *e)
{
	static const char text[] =
		"SELECT uri, max(CASE lower(name) WHEN 'like' THEN CAST(value AS INTEGER) END),"
		" max(CASE lower(name) WHEN 'rating' THEN CAST(value AS INTEGER) END),"
		" max(CASE WHEN lower(name) IN ('playcount', 'play_count') THEN CAST(value AS INTEGER) END),"
		" max(CASE WHEN lower(name) IN ('skipcount', 'skip_count') THEN CAST(value AS INTEGER) END)"
		" FROM sticker WHERE type = 'song' AND lower(name) IN ('like', 'rating', 'playcount', 'play_count', 'skipcount', 'skip_count')"
		" GROUP BY CAST(uri AS TEXT) ORDER BY CAST(uri AS TEXT)";
	sqlite3_stmt *s = NULL;
	enum qf_status rc = QF_OK;
	int step = sqlite3_prepare_v2(db, text, -1, &s, NULL);

	if (step != SQLITE_OK)
		return trouble(db, e);
	while (rc == QF_OK && (step = sqlite3_step(s)) == SQLITE_ROW) {
		const struct qf_sticker one = {
			.uri = (const char *)sqlite3_column_text(s, 0),
			.like = number_or(s, 1, -1),
			.rating = number_or(s, 2, -1),
			.plays = number_or(s, 3, 0),
			.skips = number_or(s, 4, 0),
		};

		if (one.uri && *one.uri)
			rc = fn(ctx, &one, e);
	}
	if (rc == QF_OK && step != SQLITE_DONE)
		rc = trouble(db, e);
	sqlite3_finalize(s);
	return rc;
}

enum qf_status qf_sticker_read(const char *path, enum qf_status (*fn)(void *ctx, const struct qf_sticker *s, struct qf_err *e),
			       void *ctx, struct qf_err *e)
{
	struct qf_buf uri = { 0 };
	sqlite3 *db = NULL;
	enum qf_status rc;

	put_uri(&uri, path);
	rc = qf_buf_check(&uri, e);
	if (rc == QF_OK && sqlite3_open_v2(uri.p, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		rc = trouble(db, e);
	if (rc == QF_OK) {
		distrust(db);
		rc = read_songs(db, fn, ctx, e);
	}
	sqlite3_close(db);
	qf_buf_free(&uri);
	return rc;
}
