/* qfzz-query - selects tracks of the catalog. */
#include "base/buf.h"
#include "catalog/select.h"
#include "cli/cli.h"
#include "cli/store.h"
#include "query/query.h"
#include "rows/rows.h"

#include <string.h>

static int64_t count;
static int with = QF_TRACK_BRIEF;
static bool explain;

static const struct cli_opt opts[] = {
	{ CLI_INT, 'n', "count", "N", "at most N tracks [all]", &count, 1, 1e9, NULL },
	{ CLI_CHOICE, 0, "features", "WHICH", "none, brief or all: how much of what was heard stands in the rows [brief]", &with, 0, 0, "none|brief|all" },
	{ CLI_FLAG, 0, "explain", NULL, "print how the query is understood, and nothing else", &explain, 0, 0, NULL },
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
static const char *const examples[] = {
	"qfzz query 'genre:jazz tempo:100..130 sort:energy'",
	"qfzz query 'mood:calm -artist:\"john zorn\"' -n 50 | qfzz playlist -o calm.m3u -",
	"qfzz query --format tsv --fields artist,title,features.tempo_bpm 'year:1990..1999 , has:lyrics'",
	"qfzz query --features all track:17 | jq .features.beats_s",
	"qfzz query --explain 'bach | händel year:..1750'",
	NULL
};
static const struct cli_tool tool = {
	.verb = "query", .stage = "look", .purpose = "select tracks by tags, by what was heard, and by words",
	.operands = "[QUERY…]", .reads = "", .writes = "track.v1", .common = CLI_CATALOG | CLI_FORMAT,
	.opts = opts, .columns = columns, .examples = examples,
	.notes =
		"Several operands are one query; without any, all tracks come. Quote it for the shell.\n"
		"  word \"two words\" beg*        in title, artist, album or genre\n"
		"  artist:bach title:=\"Air\"     a part of the text; exactly the text\n"
		"  tempo:120..130 year:1990..   numbers in a range; tempo:128 is what rounds to 128\n"
		"  added:2026-03.. duration:3:00..4:30   dates; lengths of time\n"
		"  key:\"A minor\" mood:calm      codes and labels, whole\n"
		"  -term  not term              the opposite       a b: both      a , b  a | b  a OR b: one of them\n"
		"  has:features missing:genre   known or not       ( … ) groups\n"
		"  sort:energy- sort:artist     falling, rising    limit:50\n"
		"A query that begins with a dash comes after \"--\". Fields are those of the rows, the\n"
		"features without their units (tempo, loudness, centroid), and tag.NAME.",
};

static enum qf_status parse_operands(struct qf_query *q, struct qf_arena *a, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	enum qf_status rc;

	for (size_t i = 0; i < cli.n_operands; i++) {
		if (strcmp(cli.operands[i], "-") == 0)
			cli_misuse("reads no rows ('-'): it selects from the catalog");
		if (i)
			qf_buf_putc(&text, ' ');
		qf_buf_puts(&text, cli.operands[i]);
	}
	rc = qf_buf_check(&text, e);
	if (rc == QF_OK)
		rc = qf_query_parse(q, text.p ? text.p : "", text.len, a, e);
	if (rc == QF_OK && count && (!q->limit || count < q->limit))
		q->limit = count;
	qf_buf_free(&text);
	return rc;
}

static int print_explanation(const struct qf_query *q, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	int code = EXIT_OK;

	qf_query_dump(&text, q);
	qf_buf_putc(&text, '\n');
	if (qf_buf_check(&text, e))
		code = cli_die(e);
	else
		cli_write(text.p, text.len);
	qf_buf_free(&text);
	return code;
}

static enum qf_status print_tracks(struct qf_catalog *c, const struct qf_query *q, struct qf_err *e)
{
	struct qf_select *s;
	struct qf_arena a = { 0 };
	struct qf_buf row = { 0 };
	struct qf_track t;
	bool more = true;
	enum qf_status rc = qf_select_open(&s, c, q, (enum qf_track_features)with, e);

	while (rc == QF_OK && (rc = qf_select_next(s, &a, &t, &more, e)) == QF_OK && more) {
		qf_buf_clear(&row);
		qf_row_put_track(&row, qf_catalog_uuid(c), &t);
		rc = qf_buf_check(&row, e);
		if (rc == QF_OK)
			cli_row((struct qf_span){ row.p, row.len });
	}
	qf_select_close(s);
	qf_buf_free(&row);
	qf_arena_free(&a);
	return rc;
}

int main(int argc, char **argv)
{
	struct qf_query q;
	struct qf_arena a = { 0 };
	struct qf_catalog *c = NULL;
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	cli_start(&tool, argc, argv);
	if (parse_operands(&q, &a, &e))
		code = cli_die(&e);
	else if (explain)
		code = print_explanation(&q, &e);
	else if (cli_catalog_open(&c, QF_CATALOG_READ, &e) || print_tracks(c, &q, &e))
		code = cli_die(&e);
	qf_catalog_close(c);
	qf_arena_free(&a);
	return cli_finish(code);
}
