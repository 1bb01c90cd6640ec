/* qfzz-query - selects tracks of the catalog. */
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "catalog/search.h"
#include "catalog/select.h"
#include "cli/changes.h"
#include "cli/cli.h"
#include "cli/scores.h"
#include "cli/store.h"
#include "query/moods.h"
#include "query/nsp.h"
#include "query/query.h"
#include "rows/rows.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int64_t count, seed, now = -1;
static int with = QF_TRACK_BRIEF;
static bool explain, saved;
static const char *save, *forget, *complete, *mood, *changed_since;

static const struct cli_opt opts[] = {
	{ CLI_INT, 'n', "count", "N", "at most N rows [all; 20 of --complete]", &count, 1, 1e9, NULL },
	{ CLI_CHOICE, 0, "features", "WHICH", "none, brief or all: how much of what was heard stands in the rows [brief]", &with, 0, 0, "none|brief|all" },
	{ CLI_INT, 0, "seed", "N", "of sample: the same seed draws the same tracks [0]", &seed, 0, 9007199254740992.0, NULL },
	{ CLI_INT, 0, "now", "T", "what times such as 30d count back from, in seconds since 1970 UTC [the clock]", &now, 0, 9007199254740992.0, NULL },
	{ CLI_TEXT, 0, "mood", "WORDS", "and what the words stand for, as \"something upbeat for running\" (datasets/moods.tsv)", &mood, 0, 0, NULL },
	{ CLI_TEXT, 0, "save", "NAME", "keep the query under this name, for @NAME in queries, and print nothing", &save, 0, 0, NULL },
	{ CLI_FLAG, 0, "saved", NULL, "list the queries that were kept", &saved, 0, 0, NULL },
	{ CLI_TEXT, 0, "forget", "NAME", "drop the query of this name", &forget, 0, 0, NULL },
	{ CLI_TEXT, 0, "complete", "WORD", "list how this beginning of a word may go on", &complete, 0, 0, NULL },
	{ CLI_TEXT, 0, "changed-since", "WHEN", "what was added, updated or removed since a date, an instant (with its zone) or seq:N, in the order of the changes", &changed_since, 0, 0, NULL },
	{ CLI_FLAG, 0, "explain", NULL, "print how the query is understood and carried out, and nothing else", &explain, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "TRACK", "track", -7 },
	{ "ARTIST", "artist", 24 },
	{ "TITLE", "title|path", 32 },
	{ "YEAR", "year", 4 },
	{ "BPM", "features.tempo_bpm", -6 },
	{ "KEY", "features.camelot", -3 },
	{ "LUFS", "features.loudness_lufs", -6 },
	{ "MOODS", "features.moods", 20 },
	{ "path", "path", 0 },
	{ NULL, NULL, 0 }
};
static const struct cli_column saved_columns[] = {
	{ "NAME", "name", 20 }, { "QUERY", "query", 0 }, { NULL, NULL, 0 }
};
static const struct cli_column completion_columns[] = {
	{ "QUERY", "query", 40 }, { "FIELD", "field", 12 }, { "TRACKS", "tracks", -7 }, { "value", "value", 0 }, { NULL, NULL, 0 }
};
static const char *const examples[] = {
	"qfzz query 'genre:jazz tempo:100..130 sort:energy'",
	"qfzz query 'mood:calm -artist:\"john zorn\"' -n 50 | qfzz playlist -o calm.m3u -",
	"qfzz query --format tsv --fields artist,title,features.tempo_bpm 'year:1990..1999 , has:lyrics'",
	"qfzz query --features all track:17 | jq .features.beats_s",
	"qfzz query --explain 'bach | händel year:..1750'",
	"qfzz query 'genre:(hip hop, rap) added:30d.. group:artist sample:50' --seed 7 --now 1700000000",
	"qfzz query --mood 'something upbeat for running' year:1980..",
	"qfzz query --save fresh 'added:30d.. plays:0' && qfzz query @fresh && qfzz query --saved && qfzz query --forget fresh",
	"qfzz query navidrome/evening.nsp",
	"qfzz query --complete artist:be --format tsv --fields query",
	"qfzz query --changed-since seq:0               # everything, each row with its seq",
	NULL
};
static const struct cli_tool tool = {
	.verb = "query", .stage = "look", .purpose = "select tracks by tags, by what was heard, and by words",
	.operands = "[QUERY…|FILE.nsp…]", .reads = "", .writes = "track.v1 removed.v1", .common = CLI_CATALOG | CLI_FORMAT,
	.opts = opts, .columns = columns, .examples = examples,
	.notes =
		"Several operands are one query; without any, all tracks come. Quote it for the shell.\n"
		"  word \"two words\" beg*        in title, artist, album or genre\n"
		"  artist:bach title:=\"Air\"     a part of the text; exactly the text\n"
		"  artist:bea* title::^the.*s$  how it begins; a regular expression\n"
		"  genre:(hip hop, jazz)        one of these\n"
		"  tempo:120..130 year:1990..   numbers in a range; tempo:128 is what rounds to 128\n"
		"  added:2026-03.. duration:3:00..4:30   dates; lengths of time\n"
		"  added:30d.. played:..2w      times before now (h, d, w, m, y)\n"
		"  plays:10.. skips:0 likes:1   from the listening of all users\n"
		"  key:\"A minor\" mood:calm      codes and labels, whole\n"
		"  -term  not term              the opposite       a b: both      a , b  a | b  a OR b: one of them\n"
		"  has:features missing:genre   known or not       ( … ) groups   @name: a saved query\n"
		"  sort:energy- sort:artist     falling, rising    limit:50\n"
		"  group:artist sample:20       one for each; drawn by chance\n"
		"An operand that ends in .nsp is a smart playlist of Navidrome, to be read as a query. A query\n"
		"that begins with a dash comes after \"--\". Fields are those of the rows, the features without\n"
		"their units (tempo, loudness, centroid), and tag.NAME.\n"
		"With --changed-since, rows have \"change\" (added, updated) and \"seq\"; what is gone comes as\n"
		"removed.v1 with its number alone. Ask next time for seq:N, the last number that you saw.",
};

/* ---- what is asked for -------------------------------------------------------------------- */

enum { CACHE_MIB = 8 };

struct asked {
	struct qf_query q;
	struct qf_buf text; /* of the operands that are query text, and of the mood */
	struct qf_arena a;
	struct qf_catalog *c; /* opened when it is needed first */
};

/* Most pages are read once: memory for many of them would only be got, cleared and given back. */
static enum qf_status open_catalog(struct asked *x, enum qf_catalog_mode mode, struct qf_err *e)
{
	enum qf_status rc;

	if (x->c)
		return QF_OK;
	rc = cli_catalog_open(&x->c, mode, e);
	if (rc != QF_OK)
		return rc;
	qf_catalog_set_cache(x->c, CACHE_MIB);
	return cli_trust_field(x->c, now, e);
}

static enum qf_status find_saved(void *user, const char *name, struct qf_arena *a, const char **text, struct qf_err *e)
{
	struct asked *x = user;
	enum qf_status rc = open_catalog(x, save ? QF_CATALOG_WRITE : QF_CATALOG_READ, e);

	if (rc == QF_ENOTFOUND) /* the catalog is what is not there, not the query */
		return e->code = QF_EIO;
	return rc == QF_OK ? qf_catalog_saved_query(x->c, name, a, text, e) : rc;
}

static size_t characters(const char *p, size_t n)
{
	size_t chars = 0;

	for (size_t i = 0; i < n; i++)
		chars += ((unsigned char)p[i] & 0xC0) != 0x80;
	return chars;
}

/* The query on stderr, and a caret under the byte where it is wrong. */
static void point_at(const struct qf_buf *text, size_t at)
{
	enum { BEFORE = 60, LINE = 76 }; /* characters */
	struct qf_buf line = { 0 };
	size_t from = 0, shown, end;

	at = at < text->len ? at : text->len;
	while (characters(text->p + from, at - from) > BEFORE)
		for (from++; ((unsigned char)text->p[from] & 0xC0) == 0x80; from++)
			;
	for (end = at; end < text->len && characters(text->p + from, end - from) <= LINE; end++)
		;
	while (end < text->len && ((unsigned char)text->p[end] & 0xC0) == 0x80)
		end++;
	qf_text_printable(&line, text->p + from, at - from);
	shown = line.p ? characters(line.p, line.len) : 0;
	qf_text_printable(&line, text->p + at, end - at);
	if (!line.failed)
		fprintf(stderr, "  %s\n  %*s^\n", line.p ? line.p : "", (int)shown, "");
	qf_buf_free(&line);
}

/* Say what is wrong, and leave no text in e: it was told. */
static void tell_where(const struct asked *x, struct qf_err *e)
{
	cli_warn(e);
	point_at(&x->text, x->q.error_at);
	*e->text = '\0';
}

static bool is_nsp(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && strcmp(name + n - 4, ".nsp") == 0;
}

static enum qf_status read_nsp(struct asked *x, const char *path, struct qf_err *e)
{
	struct qf_buf file = { 0 };
	struct qf_query q;
	enum qf_status rc = qf_file_read(path, &file, (size_t)1 << 20, e);

	if (rc == QF_OK) {
		rc = qf_nsp_parse(&q, (struct qf_span){ file.p ? file.p : "", file.len }, now, &x->a, e);
		if (rc != QF_OK)
			qf_err_at(e, path);
	}
	qf_buf_free(&file);
	return rc == QF_OK ? qf_query_and(&x->q, &q, &x->a, e) : rc;
}

static enum qf_status gather_text(struct asked *x, struct qf_err *e)
{
	struct qf_buf words = { 0 };
	enum qf_status rc = QF_OK;

	for (size_t i = 0; i < cli.n_operands; i++) {
		if (strcmp(cli.operands[i], "-") == 0)
			cli_misuse("reads no rows ('-'): it selects from the catalog");
		if (is_nsp(cli.operands[i]))
			continue;
		qf_buf_puts(&x->text, x->text.len ? " " : "");
		qf_buf_puts(&x->text, cli.operands[i]);
	}
	if (mood)
		rc = qf_mood_query(&words, mood, e);
	if (words.len)
		qf_buf_printf(&x->text, "%s%s", x->text.len ? " " : "", words.p);
	qf_buf_puts(&x->text, ""); /* a NUL also behind nothing */
	qf_buf_free(&words);
	return rc == QF_OK ? qf_buf_check(&x->text, e) : rc;
}

static enum qf_status read_query(struct asked *x, struct qf_err *e)
{
	const struct qf_query_env env = { .now = now, .saved = find_saved, .user = x };
	enum qf_status rc = gather_text(x, e);

	if (rc != QF_OK)
		return rc;
	rc = qf_query_parse_in(&x->q, x->text.p ? x->text.p : "", x->text.len, &env, &x->a, e);
	if (rc == QF_EINVAL && x->text.len && x->text.len <= QF_QUERY_BYTES)
		tell_where(x, e);
	for (size_t i = 0; rc == QF_OK && i < cli.n_operands; i++)
		if (is_nsp(cli.operands[i]))
			rc = read_nsp(x, cli.operands[i], e);
	if (rc == QF_OK && count && (!x->q.limit || count < x->q.limit))
		x->q.limit = count;
	x->q.seed = (uint64_t)seed;
	return rc;
}

/* ---- acts ----------------------------------------------------------------------------------- */

static enum qf_status print_explanation(struct asked *x, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	struct qf_err no_catalog = { 0 };
	enum qf_status rc;

	qf_query_dump(&text, &x->q);
	qf_buf_putc(&text, '\n');
	rc = qf_buf_check(&text, e);
	if (rc == QF_OK && open_catalog(x, QF_CATALOG_READ, &no_catalog) == QF_OK) /* without one the plan is not told */
		rc = qf_select_explain(x->c, &x->q, (enum qf_track_features)with, &text, e);
	if (rc == QF_OK)
		cli_write(text.p, text.len);
	qf_buf_free(&text);
	return rc;
}

static enum qf_status print_tracks(struct asked *x, struct qf_err *e)
{
	struct qf_select *s = NULL;
	struct qf_arena a = { 0 };
	struct qf_buf row = { 0 };
	struct qf_track t;
	bool more = true;
	enum qf_status rc = open_catalog(x, QF_CATALOG_READ, e);

	if (rc == QF_OK)
		rc = qf_select_open(&s, x->c, &x->q, (enum qf_track_features)with, e);
	while (rc == QF_OK && (rc = qf_select_next(s, &a, &t, &more, e)) == QF_OK && more && !cli.interrupted) {
		qf_buf_clear(&row);
		qf_row_put_track(&row, qf_catalog_uuid(x->c), &t);
		rc = qf_buf_check(&row, e);
		if (rc == QF_OK)
			cli_row((struct qf_span){ row.p, row.len });
	}
	qf_select_close(s);
	qf_buf_free(&row);
	qf_arena_free(&a);
	return rc;
}

/* The columns of rows that are no tracks. */
static void show_columns(const struct cli_column *other)
{
	static struct cli_tool shown;

	shown = tool;
	shown.columns = other;
	cli.tool = &shown;
}

static void begin_row(struct qf_buf *row, const char *type, const char *key, const char *value, const char *query)
{
	qf_json_open(row, '{');
	qf_json_put_str(row, "type", type);
	qf_json_put_str(row, key, value);
	qf_json_put_str(row, "query", query);
}

static enum qf_status print_saved(void *user, const char *name, const char *text, int64_t saved_at, struct qf_err *e)
{
	struct qf_buf row = { 0 };

	(void)user;
	begin_row(&row, "query.v1", "name", name, text);
	qf_json_put_int(&row, "saved_at", saved_at);
	return cli_row_end(&row, e);
}

static void check_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	if (n == 0 || n > 64 || name[n])
		cli_misuse("'%s': a name has 1 to 64 letters, digits, '_', '.' and '-'", name);
}

static enum qf_status write_saved(struct asked *x, struct qf_err *e)
{
	bool had = true;
	enum qf_status rc = open_catalog(x, QF_CATALOG_WRITE, e);

	if (rc == QF_OK)
		rc = qf_catalog_begin(x->c, e);
	if (rc != QF_OK)
		return rc;
	rc = save ? qf_catalog_save_query(x->c, save, x->text.p ? x->text.p : "", now, e) : qf_catalog_forget_query(x->c, forget, &had, e);
	if (rc == QF_OK && !had)
		rc = qf_fail(e, QF_ENOTFOUND, "no query was saved as %s", forget);
	if (rc == QF_OK)
		return qf_catalog_commit(x->c, e);
	qf_catalog_rollback(x->c);
	return rc;
}

/* ---- completion ----------------------------------------------------------------------------- */

static enum qf_status print_value(void *user, const char *field, const char *value, int64_t tracks, struct qf_err *e)
{
	struct qf_buf row = { 0 }, query = { 0 };

	(void)user;
	qf_buf_printf(&query, "%s:=\"", field);
	for (const char *p = value; *p; p++) {
		if (*p == '"' || *p == '\\')
			qf_buf_putc(&query, '\\');
		qf_buf_putc(&query, *p);
	}
	qf_buf_putc(&query, '"');
	row.failed = query.failed;
	begin_row(&row, "completion.v1", "field", field, query.p);
	qf_json_put_str(&row, "value", value);
	qf_json_put_int(&row, "tracks", tracks);
	qf_buf_free(&query);
	return cli_row_end(&row, e);
}

static enum qf_status complete_fields(struct qf_err *e)
{
	static const char *const words[] = { "sort", "group", "limit", "sample", "has", "missing" };
	size_t n = strlen(complete), own = sizeof words / sizeof *words;
	struct qf_field f = { .name = "" };
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && (i < own || qf_field_at(i - own, &f)); i++) {
		struct qf_buf row = { 0 }, name = { 0 };

		if (i < own)
			qf_buf_puts(&name, words[i]);
		else if (f.kind != QF_FIELD_RECORD)
			qf_field_put_short(&name, &f);
		qf_buf_putc(&name, ':');
		if (name.len > 1 && strncasecmp(name.p, complete, n) == 0) {
			begin_row(&row, "completion.v1", "field", NULL, name.p);
			row.failed |= name.failed;
			rc = cli_row_end(&row, e);
		}
		qf_buf_free(&name);
	}
	return rc;
}

static enum qf_status print_completions(struct asked *x, struct qf_err *e)
{
	const char *colon, *value;
	struct qf_field f;
	enum qf_status rc = open_catalog(x, QF_CATALOG_READ, e);

	complete += *complete == '-';
	colon = strchr(complete, ':');
	if (rc == QF_OK && colon && qf_field_find(complete, (size_t)(colon - complete), &f)) {
		value = colon + 1;
		value += strspn(value, "=\"");
		return qf_catalog_complete(x->c, f.name, value, count ? count : 20, print_value, NULL, e);
	}
	if (rc == QF_OK && *complete)
		rc = complete_fields(e);
	return rc == QF_OK ? qf_catalog_complete(x->c, NULL, complete, count ? count : 20, print_value, NULL, e) : rc;
}

/* ---- main ------------------------------------------------------------------------------------ */

static enum qf_status act(struct asked *x, struct qf_err *e)
{
	enum qf_status rc;

	if (complete) {
		show_columns(completion_columns);
		return print_completions(x, e);
	}
	if (saved) {
		show_columns(saved_columns);
		rc = open_catalog(x, QF_CATALOG_READ, e);
		return rc == QF_OK ? qf_catalog_saved_queries(x->c, print_saved, NULL, e) : rc;
	}
	if (forget)
		return write_saved(x, e);
	if (changed_since) {
		rc = open_catalog(x, QF_CATALOG_READ, e);
		return rc == QF_OK ? changes_print(x->c, changed_since, (enum qf_track_features)with, count, e) : rc;
	}
	rc = read_query(x, e);
	if (rc != QF_OK)
		return rc;
	return save ? write_saved(x, e) : explain ? print_explanation(x, e) : print_tracks(x, e);
}

/* One act at a time; a smart playlist is a file and stays one. */
static void check_options(void)
{
	if (!!save + saved + !!forget + !!complete + !!changed_since + explain > 1)
		cli_misuse("--save, --saved, --forget, --complete, --changed-since and --explain exclude each other");
	if ((saved || forget || complete || changed_since) && (cli.n_operands || mood))
		cli_misuse("--saved, --forget, --complete and --changed-since take no query");
	for (size_t i = 0; save && i < cli.n_operands; i++)
		if (is_nsp(cli.operands[i]))
			cli_misuse("'%s': a smart playlist cannot be saved as a query", cli.operands[i]);
	if (save)
		check_name(save);
	if (now < 0)
		now = cli_now();
}

int main(int argc, char **argv)
{
	struct asked x = { 0 };
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	cli_start(&tool, argc, argv);
	check_options();
	if (act(&x, &e) != QF_OK)
		code = *e.text ? cli_die(&e) : EXIT_USAGE; /* no text: told already, with a caret */
	qf_catalog_close(x.c);
	qf_buf_free(&x.text);
	qf_arena_free(&x.a);
	return cli_finish(code);
}
