/* What SQLite cannot do by itself: comparing names as qf_text_fold() sees them. */
#include "catalog/sql.h"

#include "base/text.h"

#include <string.h>

/* The folded form of a text argument; false for NULL, and when memory runs out. */
static bool folded(sqlite3_context *ctx, sqlite3_value *v, struct qf_buf *out)
{
	const char *text = (const char *)sqlite3_value_text(v);

	if (!text)
		return false;
	if (qf_text_fold(out, text, (size_t)sqlite3_value_bytes(v), NULL) == QF_OK)
		return true;
	sqlite3_result_error_nomem(ctx);
	return false;
}

/* qf_has(text, part): whether the text holds the part, which is folded already. */
static void has(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	const char *part = (const char *)sqlite3_value_text(argv[1]);
	struct qf_buf b = { 0 };

	(void)argc;
	if (part && folded(ctx, argv[0], &b))
		sqlite3_result_int(ctx, strstr(b.p ? b.p : "", part) != NULL);
	qf_buf_free(&b);
}

/* qf_fold(text): by which names are sorted. */
static void fold(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct qf_buf b = { 0 };

	(void)argc;
	if (folded(ctx, argv[0], &b))
		sqlite3_result_text64(ctx, b.p ? b.p : "", b.len, SQLITE_TRANSIENT, SQLITE_UTF8);
	qf_buf_free(&b);
}

bool qf_sql_add_functions(sqlite3 *db)
{
	const int how = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

	return sqlite3_create_function(db, "qf_has", 2, how, NULL, has, NULL, NULL) == SQLITE_OK &&
	       sqlite3_create_function(db, "qf_fold", 1, how, NULL, fold, NULL, NULL) == SQLITE_OK;
}
