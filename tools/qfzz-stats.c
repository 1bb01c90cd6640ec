/* qfzz-stats - what the catalog holds: one row for programs, some lines for people. */
#include "base/features.h"
#include "base/file.h"
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
	"qfzz stats --format prometheus -o /var/lib/prometheus/node-exporter/qfzz.prom",
	NULL
};
static const char *output;
enum { PROMETHEUS = CLI_PATHS + 1 }; /* of --format, beside those of enum cli_format */

static const struct cli_opt opts[] = {
	{ CLI_CHOICE, 0, "format", "FORMAT", "ndjson, tsv, table, or prometheus for node_exporter's textfile collector [table on a terminal, else ndjson]",
	  &cli.format, 0, 0, "ndjson|tsv|table|paths|prometheus" },
	{ CLI_TEXT, 0, "fields", "LIST", "columns of tsv and table, as tracks,events.matched_share", &cli.fields, 0, 0, NULL },
	{ CLI_TEXT, 'o', "output", "FILE", "where prometheus goes, whole or not at all [standard output]", &output, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_tool tool = {
	.verb = "stats", .stage = "look", .purpose = "say what the catalog holds",
	.reads = "", .writes = "stats.v1", .common = CLI_CATALOG, .opts = opts, .columns = columns, .examples = examples,
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

static void put_hours(struct qf_buf *b, const char *key, int64_t ms)
{
	qf_json_put_num(b, key, hours(ms), 3);
}

static void put_list(struct qf_buf *b, const char *key, const struct list *l, const struct qf_stats *s)
{
	const struct qf_counts *c = (const void *)((const char *)s + l->offset);

	qf_json_key(b, key);
	qf_json_open(b, '[');
	for (size_t i = 0; i < c->n; i++) {
		qf_json_open(b, '{');
		qf_json_put_str(b, l->name_key, c->v[i].name);
		if (l->detail_key)
			qf_json_put_str(b, l->detail_key, c->v[i].detail);
		qf_json_put_int(b, l->n_key, c->v[i].n);
		if (l->also_key && l->also_ms)
			put_hours(b, l->also_key, c->v[i].also);
		else if (l->also_key)
			qf_json_put_int(b, l->also_key, c->v[i].also);
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
	qf_json_put_str(b, "type", "stats.v1");
	qf_json_put_str(b, "catalog", catalog);
	qf_json_put_int(b, "tracks", s->tracks);
	qf_json_put_int(b, "missing", s->missing);
	put_hours(b, "hours", s->duration_ms);
	qf_json_put_int(b, "artists", s->artists);
	qf_json_put_int(b, "albums", s->albums);
	put_list(b, "codecs", &codecs, s);
	put_list(b, "datasets", &datasets, s);
	put_group(b, "features");
	qf_json_put_int(b, "version", QF_FEATURES_VERSION);
	qf_json_put_int(b, "tracks", s->features);
	qf_json_put_int(b, "stale", s->features_stale);
	qf_json_put_int(b, "without", s->tracks - s->features);
	qf_json_close(b, '}');
	put_group(b, "failures");
	qf_json_put_int(b, "files", s->failures);
	put_list(b, "classes", &failed, s);
	qf_json_close(b, '}');
	put_group(b, "users");
	qf_json_put_int(b, "count", s->users);
	put_list(b, "busiest", &busiest, s);
	qf_json_close(b, '}');
	put_group(b, "events");
	qf_json_put_int(b, "count", s->events);
	qf_json_put_int(b, "matched", s->events_matched);
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

/* ---- Prometheus ---------------------------------------------------------------------------- */

/* The text format of Prometheus (version 0.0.4). Users are counted, never named. */
static void metric(struct qf_buf *b, const char *name, const char *help)
{
	qf_buf_printf(b, "# HELP qfzz_%s %s\n# TYPE qfzz_%s gauge\n", name, help, name);
}

static void gauge(struct qf_buf *b, const char *name, const char *help, int64_t v)
{
	metric(b, name, help);
	qf_buf_printf(b, "qfzz_%s %lld\n", name, (long long)v);
}

static void put_label(struct qf_buf *b, const char *key, const char *value, const char *before)
{
	qf_buf_printf(b, "%s%s=\"", before, key);
	for (const char *p = value; *p; p++)
		if (*p == '\n')
			qf_buf_puts(b, "\\n");
		else
			qf_buf_printf(b, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	qf_buf_putc(b, '"');
}

static void gauges(struct qf_buf *b, const char *name, const char *help, const struct list *l, const struct qf_stats *s, bool also)
{
	const struct qf_counts *c = (const void *)((const char *)s + l->offset);

	if (c->n)
		metric(b, name, help);
	for (size_t i = 0; i < c->n; i++) {
		qf_buf_printf(b, "qfzz_%s", name);
		put_label(b, l->name_key, c->v[i].name, "{");
		if (c->v[i].detail)
			put_label(b, l->detail_key, c->v[i].detail, ",");
		qf_buf_printf(b, "} %lld\n", (long long)(also ? c->v[i].also : c->v[i].n));
	}
}

/* Only the newest of each kind: a series may stand there once. */
static void model_gauges(struct qf_buf *b, const struct qf_stats *s)
{
	if (s->models.n)
		metric(b, "model_created_timestamp_seconds", "when the newest model of a kind was trained");
	for (size_t i = 0; i < s->models.n; i++) {
		bool newer = false;

		for (size_t k = 0; k < i; k++)
			newer |= strcmp(s->models.v[k].name, s->models.v[i].name) == 0;
		if (newer)
			continue;
		qf_buf_puts(b, "qfzz_model_created_timestamp_seconds");
		put_label(b, "kind", s->models.v[i].name, "{");
		qf_buf_printf(b, "} %lld\n", (long long)s->models.v[i].also);
	}
}

static void put_metrics(struct qf_buf *b, const struct qf_stats *s)
{
	gauge(b, "tracks", "tracks whose file is there", s->tracks);
	gauge(b, "tracks_missing", "tracks whose file is gone", s->missing);
	gauge(b, "duration_seconds", "length of all tracks together", s->duration_ms / 1000);
	gauge(b, "artists", "artists of these tracks", s->artists);
	gauge(b, "albums", "albums of these tracks", s->albums);
	gauges(b, "codec_tracks", "tracks by codec", &codecs, s, false);
	gauges(b, "dataset_tracks", "tracks by dataset, missing ones too", &datasets, s, false);
	gauge(b, "features_tracks", "tracks that were listened to", s->features);
	gauge(b, "features_stale_tracks", "of them, by an older version", s->features_stale);
	gauge(b, "failures", "files that failed, counted per stage", s->failures);
	gauges(b, "failures_by_class", "the same by stage and class", &failed, s, false);
	gauge(b, "users", "listeners", s->users);
	gauge(b, "events", "acts of listening", s->events);
	gauge(b, "events_matched", "of them, with a track in the catalog", s->events_matched);
	gauges(b, "action_events", "acts of listening by kind", &actions, s, false);
	model_gauges(b, s);
	gauge(b, "stats_timestamp_seconds", "when these figures were counted", cli_now());
}

static int show_metrics(const struct qf_stats *s)
{
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };
	enum qf_status rc;

	put_metrics(&b, s);
	rc = qf_buf_check(&b, &e);
	if (rc == QF_OK && output)
		rc = qf_file_replace(output, b.p, b.len, NULL, &e);
	else if (rc == QF_OK)
		cli_write(b.p, b.len);
	qf_buf_free(&b);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
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
	if (output && cli.format != (int)PROMETHEUS)
		cli_misuse("--output is for --format prometheus");
	rc = cli_catalog_open(&c, QF_CATALOG_READ, &e);
	if (rc == QF_OK)
		rc = qf_catalog_begin_read(c, &e);
	if (rc == QF_OK)
		rc = qf_catalog_stats(c, QF_FEATURES_VERSION, &arena, &s, &e);
	if (rc != QF_OK)
		code = cli_die(&e);
	else
		code = cli.format == (int)PROMETHEUS ? show_metrics(&s) : show(qf_catalog_uuid(c), &s);
	qf_arena_free(&arena);
	qf_catalog_close(c);
	return cli_finish(code);
}
