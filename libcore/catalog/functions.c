/* What SQLite cannot do by itself: comparing names as qf_text_fold() sees them, digests. */
#include "catalog/sql.h"

#include "base/hash.h"
#include "base/regex.h"
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

/* qf_begins(text, part): whether the folded text begins with the part. */
static void begins(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	const char *part = (const char *)sqlite3_value_text(argv[1]);
	struct qf_buf b = { 0 };

	(void)argc;
	if (part && folded(ctx, argv[0], &b))
		sqlite3_result_int(ctx, strncmp(b.p ? b.p : "", part, strlen(part)) == 0);
	qf_buf_free(&b);
}

static void close_regex(void *r)
{
	qf_regex_close(r);
}

/* qf_match(text, expression): whether the regular expression matches somewhere in it. It is
 * compiled once for each statement. */
static void match(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct qf_regex *r = sqlite3_get_auxdata(ctx, 1);
	const char *pattern = (const char *)sqlite3_value_text(argv[1]);
	const void *text = sqlite3_value_blob(argv[0]); /* a path is one */
	bool fresh = !r, matches = false;
	struct qf_err e = { 0 };

	(void)argc;
	if (!text || !pattern)
		return;
	if ((fresh && qf_regex_open(&r, pattern, &e)) || qf_regex_match(r, text, (size_t)sqlite3_value_bytes(argv[0]), &matches, &e)) {
		sqlite3_result_error(ctx, e.text, -1);
		if (e.code == QF_ENOMEM)
			sqlite3_result_error_nomem(ctx);
	} else {
		sqlite3_result_int(ctx, matches);
	}
	if (fresh && r)
		sqlite3_set_auxdata(ctx, 1, r, close_regex); /* may free it at once */
}

/* qf_mix(number, seed): a number that looks drawn by chance. G. Steele, D. Lea, C. Flood, "Fast
 * Splittable Pseudorandom Number Generators", OOPSLA 2014: the finisher of SplitMix64, with the constants
 * of D. Stafford's variant 13. */
static void mix(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	uint64_t z = (uint64_t)sqlite3_value_int64(argv[0]) * 0x9e3779b97f4a7c15u + (uint64_t)sqlite3_value_int64(argv[1]) * 0xd1342543de82ef95u;

	(void)argc;
	z += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	sqlite3_result_int64(ctx, (sqlite3_int64)((z ^ (z >> 31)) >> 1));
}

/* qf_sha256(value): of its bytes. */
static void digest(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	const void *p = sqlite3_value_blob(argv[0]);
	size_t n = (size_t)sqlite3_value_bytes(argv[0]);
	uint8_t sum[QF_SHA256];

	(void)argc;
	if (!p && n) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	qf_sha256(p ? p : "", n, sum);
	sqlite3_result_blob(ctx, sum, sizeof sum, SQLITE_TRANSIENT);
}

bool qf_sql_add_functions(sqlite3 *db)
{
	static const struct { const char *name; int args; void (*fn)(sqlite3_context *, int, sqlite3_value **); } all[] = {
		{ "qf_has", 2, has }, { "qf_begins", 2, begins }, { "qf_fold", 1, fold }, { "qf_match", 2, match }, { "qf_mix", 2, mix },
		{ "qf_sha256", 1, digest },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (sqlite3_create_function(db, all[i].name, all[i].args, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
					    all[i].fn, NULL, NULL) != SQLITE_OK)
			return false;
	return true;
}
