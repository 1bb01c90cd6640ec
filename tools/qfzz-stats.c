/* qfzz-stats - what the catalog holds: one row for programs, some lines for people. */
#include "base/features.h"
#include "base/text.h"
#include "catalog/stats.h"
#include "cli/cli.h"
#include "cli/store.h"
#include "rows/json.h"

#include <stdio.h>
#include <string.h>

static const struct cli_column columns[] = { /* of tsv */
	{ "tracks", "tracks", 0 }, { "hours", "hours", 0 }, { "artists", "artists", 0 }, { "albums", "albums", 0 },
	{ "missing", "missing", 0 }, { "features", "features.tracks", 0 }, { "failures", "failures.files", 0 },
	{ "users", "users.count", 0 }, { "events", "events.count", 0 }, { "matched", "events.matched", 0 },
	{ .head = NULL }
};
static const char *const examples[] = {
	"qfzz stats",
	"qfzz stats | jq .events.matched_share",
	"qfzz stats --format tsv --fields tracks,hours,failures.files",
	NULL
};
static const struct cli_opt opts[] = { { .kind = CLI_END } };
static const struct cli_tool tool = {
	.verb = "stats", .stage = "look", .purpose = "say what the catalog holds",
	.reads = "", .writes = "stats.v1", .common = CLI_CATALOG | CLI_FORMAT, .opts = opts, .columns = columns, .examples = examples,
	.notes = "Tracks are those whose file is there; \"missing\" are those whose file is gone. Features\n"
		 "are counted as stale when an older extractor made them. Failures are files, per stage.",
};

/* How a list of counts is called in the row. also_key NULL: nothing more is told. */
struct list {
	const char *word; /* for people */
	size_t offset;
	const char *name_key, *detail_key, *n_key, *also_key;
	bool also_ms; /* also: milliseconds, written as hours */
};
static const struct list codecs = { "codecs", offsetof(struct qf_stats, codecs), "name", NULL, "tracks", "hours", true };
static const struct list datasets = { "datasets", offsetof(struct qf_stats, datasets), "name", NULL, "tracks", NULL, false };
static const struct list failed = { "failures", offsetof(struct qf_stats, failed), "stage", "class", "files", NULL, false };
static const struct list actions = { "actions", offsetof(struct qf_stats, actions), "action", NULL, "events", "matched", false };
static const struct list busiest = { "users", offsetof(struct qf_stats, by_user), "name", NULL, "events", "matched", false };
static const struct list models = { "models", offsetof(struct qf_stats, models), "kind", NULL, "model", "created_at", false };

static double hours(int64_t ms)
{
	return (double)ms / 3600000.0;
}

static double share(int64_t part, int64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/* ---- the row ----------------------------------------------------------------------------- */

static void put_int(struct qf_buf *b, const char *key, int64_t v)
{
	qf_json_key(b, key);
	qf_json_int(b, v);
}

static void put_hours(struct qf_buf *b, const char *key, int64_t ms)
{
	qf_json_key(b, key);
	qf_json_num(b, hours(ms), 3);
}

static void put_text(struct qf_buf *b, const char *key, const char *s)
{
	qf_json_key(b, key);
	qf_json_str(b, s);
}

static void put_list(struct qf_buf *b, const char *key, const struct list *l, const struct qf_stats *s)
{
	const struct qf_counts *c = (const void *)((const char *)s + l->offset);

	qf_json_key(b, key);
	qf_json_open(b, '[');
	for (size_t i = 0; i < c->n; i++) {
		qf_json_open(b, '{');
		put_text(b, l->name_key, c->v[i].name);
		if (l->detail_key)
			put_text(b, l->detail_key, c->v[i].detail);
		put_int(b, l->n_key, c->v[i].n);
		if (l->also_key && l->also_ms)
			put_hours(b, l->also_key, c->v[i].also);
		else if (l->also_key)
			put_int(b, l->also_key, c->v[i].also);
		qf_json_close(b, '}');
	}
	qf_json_close(b, ']');
}

static void put_group(struct qf_buf *b, const char *key)
{
	qf_json_key(b, key);
	qf_json_open(b, '{');
}

static void put_row(struct qf_buf *b, const char *catalog, const struct qf_stats *s)
{
	qf_json_open(b, '{');
	put_text(b, "type", "stats.v1");
	put_text(b, "catalog", catalog);
	put_int(b, "tracks", s->tracks);
	put_int(b, "missing", s->missing);
	put_hours(b, "hours", s->duration_ms);
	put_int(b, "artists", s->artists);
	put_int(b, "albums", s->albums);
	put_list(b, "codecs", &codecs, s);
	put_list(b, "datasets", &datasets, s);
	put_group(b, "features");
	put_int(b, "version", QF_FEATURES_VERSION);
	put_int(b, "tracks", s->features);
	put_int(b, "stale", s->features_stale);
	put_int(b, "without", s->tracks - s->features);
	qf_json_close(b, '}');
	put_group(b, "failures");
	put_int(b, "files", s->failures);
	put_list(b, "classes", &failed, s);
	qf_json_close(b, '}');
	put_group(b, "users");
	put_int(b, "count", s->users);
	put_list(b, "busiest", &busiest, s);
	qf_json_close(b, '}');
	put_group(b, "events");
	put_int(b, "count", s->events);
	put_int(b, "matched", s->events_matched);
	qf_json_key(b, "matched_share");
	if (s->events)
		qf_json_num(b, share(s->events_matched, s->events), 4);
	else
		qf_json_null(b);
	put_list(b, "actions", &actions, s);
	qf_json_close(b, '}');
	put_list(b, "models", &models, s);
	qf_json_close(b, '}');
}

/* ---- the lines --------------------------------------------------------------------------- */

/* "1,234,567"; counts are not negative. */
static void say_int(struct qf_buf *b, int64_t v)
{
	char digits[32];
	int n = snprintf(digits, sizeof digits, "%lld", (long long)v);

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			qf_buf_putc(b, ',');
		qf_buf_putc(b, digits[i]);
	}
}

static void say(struct qf_buf *b, int64_t n, const char *what)
{
	say_int(b, n);
	qf_buf_printf(b, " %s", what);
}

/* "codecs     flac 40,000 (3,000.0 h), mp3 10,000 (402.8 h)"; a list without items says nothing. */
static void say_list(struct qf_buf *b, const struct list *l, const struct qf_stats *s)
{
	const struct qf_counts *c = (const void *)((const char *)s + l->offset);

	if (c->n)
		qf_buf_printf(b, "%-10s ", l->word);
	for (size_t i = 0; i < c->n; i++) {
		qf_buf_puts(b, i ? ", " : "");
		qf_text_printable(b, c->v[i].name, strlen(c->v[i].name));
		if (c->v[i].detail) {
			qf_buf_putc(b, ' ');
			qf_text_printable(b, c->v[i].detail, strlen(c->v[i].detail));
		}
		qf_buf_puts(b, l == &models ? " number " : " ");
		say_int(b, c->v[i].n);
		if (l->also_ms)
			qf_buf_printf(b, " (%.1f h)", hours(c->v[i].also));
	}
	if (c->n)
		qf_buf_putc(b, '\n');
}

static void say_events(struct qf_buf *b, const struct qf_stats *s)
{
	if (!s->events) {
		qf_buf_puts(b, "events     none\n");
		return;
	}
	qf_buf_puts(b, "events     ");
	say(b, s->events, "by ");
	say(b, s->users, s->users == 1 ? "user; " : "users; ");
	qf_buf_printf(b, "%.1f %% with a track in the catalog\n", 100 * share(s->events_matched, s->events));
	say_list(b, &actions, s);
	say_list(b, &busiest, s);
}

static void say_all(struct qf_buf *b, const char *catalog, const struct qf_stats *s)
{
	qf_buf_printf(b, "%-10s %s\n%-10s ", "catalog", catalog, "tracks");
	say_int(b, s->tracks);
	qf_buf_printf(b, ", %.1f hours, ", hours(s->duration_ms));
	say(b, s->artists, "artists, ");
	say(b, s->albums, "albums");
	if (s->missing) {
		qf_buf_puts(b, "; ");
		say(b, s->missing, "more whose file is gone");
	}
	qf_buf_putc(b, '\n');
	say_list(b, &codecs, s);
	say_list(b, &datasets, s);
	qf_buf_printf(b, "%-10s ", "features");
	say(b, s->features, "of ");
	say(b, s->tracks, "tracks; ");
	say(b, s->features_stale, "by an older version\n");
	say_list(b, &failed, s);
	say_events(b, s);
	say_list(b, &models, s);
}

static int show(const char *catalog, const struct qf_stats *s)
{
	bool words = cli.format == CLI_TABLE && !cli.fields;
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };

	if (words)
		say_all(&b, catalog, s);
	else
		put_row(&b, catalog, s);
	if (qf_buf_check(&b, &e) != QF_OK)
		return cli_die(&e);
	if (words)
		cli_write(b.p, b.len);
	else
		cli_row((struct qf_span){ b.p, b.len });
	qf_buf_free(&b);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct qf_catalog *c;
	struct qf_arena arena = { 0 };
	struct qf_stats s;
	struct qf_err e = { 0 };
	enum qf_status rc;
	int code;

	cli_start(&tool, argc, argv);
	rc = cli_catalog_open(&c, QF_CATALOG_READ, &e);
	if (rc == QF_OK)
		rc = qf_catalog_begin_read(c, &e);
	if (rc == QF_OK)
		rc = qf_catalog_stats(c, QF_FEATURES_VERSION, &arena, &s, &e);
	code = rc == QF_OK ? show(qf_catalog_uuid(c), &s) : cli_die(&e);
	qf_arena_free(&arena);
	qf_catalog_close(c);
	return cli_finish(code);
}
