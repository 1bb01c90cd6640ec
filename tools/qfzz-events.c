/* qfzz-events - imports listening histories into the catalog, and does with them what the
 * people whose they are may ask for. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/file.h"
#include "catalog/catalog.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "cli/import.h"
#include "cli/person.h"
#include "cli/store.h"
#include "cli/zone.h"
#include "rows/json.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *user, *format, *tz, *forget, *export, *key_file;
static bool anonymize;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 'u', "user", "NAME", "whose history it is, where a record names nobody [me]", &user, 0, 0, NULL },
	{ CLI_TEXT, 0, "format", "FORMAT", "of the history, as listed above [told by the file]", &format, 0, 0, NULL },
	{ CLI_TEXT, 0, "tz", "ZONE", "of local times and of the listener's clock: +02:00 or Europe/Berlin [this machine's, for the clock]", &tz, 0, 0, NULL },
	{ CLI_TEXT, 0, "export", "NAME", "print everything held on this person", &export, 0, 0, NULL },
	{ CLI_TEXT, 0, "forget", "NAME", "remove this person, what was learned from them, and backups made beside the catalog", &forget, 0, 0, NULL },
	{ CLI_FLAG, 0, "anonymize", NULL, "store everybody, and whom FILE names, under keyed hashes of their names", &anonymize, 0, 0, NULL },
	{ CLI_TEXT, 0, "key", "FILE", "whose bytes are the key of --anonymize [CATALOG.key, made at first use]", &key_file, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "file", "file", 32 }, { "format", "format", 13 }, { "read", "read", -9 }, { "new", "new", -9 },
	{ "known", "known", -9 }, { "copies", "copies", -9 }, { "matched", "matched", -9 }, { "unmatched", "unmatched", -9 },
	{ "bad", "bad", -6 }, { .head = NULL }
};
static const char *const examples[] = {
	"qfzz events --user ana listenbrainz_ana_export/",
	"qfzz events Streaming_History_Audio_*.json lastfm.csv",
	"qfzz events --tz Europe/Berlin .scrobbler.log",
	"player-log | qfzz events --user me -",
	"qfzz events",
	"qfzz events --export ana > ana.ndjson && qfzz events --forget ana",
	NULL
};
static const struct cli_tool tool = {
	.verb = "events", .stage = "collect", .purpose = "import listening histories",
	.operands = "[FILE…]", .reads = "event.v1", .writes = "events.v1 event.v1 person.v1 rating.v1",
	.common = CLI_CATALOG | CLI_DRY_RUN | CLI_HOLD, .opts = opts, .columns = columns, .examples = examples,
	.notes = "Formats: ndjson (event.v1), listenbrainz (export folder, JSONL, feedback, submissions), spotify,\n"
		 "maloja, panoscrobbler, lastfm and librefm (CSV), rockbox (.scrobbler.log), mpd (sticker.sql), m3u\n"
		 "(a playlist of what is liked). \"-\" is standard input. Importing a file again changes nothing,\n"
		 "and the same listening told by two sources within 5 s counts once. An event whose track is\n"
		 "not in the catalog is kept, and its track is looked for again on every run, also without FILE.",
};

static struct import_opts how = { .user = "me" };

/* ---- telling ----------------------------------------------------------------------------- */

static void put_row(const struct import *in)
{
	const struct { const char *key; int64_t n; bool always; } counts[] = {
		{ "read", in->read, true }, { "new", in->fresh, true }, { "known", in->known, true }, { "copies", in->copies, true },
		{ "matched", in->matched, true }, { "unmatched", in->unmatched, true }, { "bad", in->bad, true },
		{ "plays", in->plays, in->counted }, { "skips", in->skips, in->counted },
	};
	struct qf_buf b = { 0 };

	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "events.v1");
	qf_json_put_str(&b, "file", in->file);
	qf_json_put_str(&b, "format", in->format);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		if (!counts[i].always)
			continue;
		qf_json_put_int(&b, counts[i].key, counts[i].n);
	}
	if (cli.dry_run)
		qf_json_put_bool(&b, "planned", true);
	qf_json_close(&b, '}');
	if (b.failed)
		cli_say("out of memory");
	else
		cli_row((struct qf_span){ b.p, b.len });
	qf_buf_free(&b);
}

/* ---- files ------------------------------------------------------------------------------- */

/* The exit code of one file. */
static int do_file(struct qf_catalog *c, const char *file, const struct import_opts *o)
{
	struct import in = { .c = c, .file = file, .opts = o };
	struct qf_err e = { 0 };
	enum qf_status rc = import_file(&in, &e);

	if (in.fatal || rc == QF_ENOMEM || rc == QF_EINVAL)
		return cli_die(&e);
	if (rc != QF_OK)
		cli_warn(&e);
	if (in.counted && rc == QF_OK && (in.plays || in.skips) && !cli.quiet)
		cli_say("%s: %lld plays and %lld skips are counted there; without their times they are no events", file,
			(long long)in.plays, (long long)in.skips);
	if (rc == QF_OK || in.format)
		put_row(&in);
	return rc != QF_OK || in.bad ? EXIT_SOME : EXIT_OK;
}

/* ---- a folder as ListenBrainz exports it: user.json, feedback.jsonl, <year>/<month>.jsonl ---- */

static bool is_number(const char *s, size_t n)
{
	return n > 0 && strspn(s, "0123456789") >= n;
}

static int is_part(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return is_number(d->d_name, n) || strcmp(d->d_name, "listens") == 0 || strcmp(d->d_name, "feedback.jsonl") == 0 ||
	       (n > 6 && strcmp(d->d_name + n - 6, ".jsonl") == 0 && is_number(d->d_name, n - 6));
}

/* 2.jsonl before 10.jsonl */
static int by_number(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

/* The name that user.json tells; NULL: none. The caller's to free. */
static char *user_of(const char *folder)
{
	static const char *const keys[] = { "username", "user_name", "musicbrainz_id", "user_id" };
	struct qf_buf path = { 0 }, text = { 0 }, name = { 0 };
	struct qf_span object, v;

	qf_buf_printf(&path, "%s/user.json", folder);
	if (!path.failed && qf_file_read(path.p, &text, 1 << 16, NULL) == QF_OK && text.len) {
		object = (struct qf_span){ text.p, text.len };
		for (size_t i = 0; qf_json_check(object, NULL) == QF_OK && !name.len && i < sizeof keys / sizeof *keys; i++)
			if (qf_json_get(object, keys[i], &v))
				qf_json_to_text(v, &name);
	}
	qf_buf_free(&path);
	qf_buf_free(&text);
	if (!name.len || name.failed || memchr(name.p, '\0', name.len))
		qf_buf_free(&name);
	return name.p;
}

static int do_operand(struct qf_catalog *c, const char *path, const struct import_opts *o, int depth);

static int do_folder(struct qf_catalog *c, const char *folder, const struct import_opts *o, int depth)
{
	struct dirent **found = NULL;
	struct qf_buf path = { 0 };
	int code = EXIT_OK, n = scandir(folder, &found, is_part, by_number);

	if (n <= 0) {
		cli_say("%s: %s", folder, n < 0 ? strerror(errno) : "no ListenBrainz export: neither feedback.jsonl nor <year>/<month>.jsonl");
		free(found);
		return EXIT_SOME;
	}
	for (int i = 0; i < n; i++) {
		qf_buf_clear(&path);
		qf_buf_printf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", found[i]->d_name);
		free(found[i]);
		if (code <= EXIT_SOME && !cli.interrupted && !path.failed) {
			int one = do_operand(c, path.p, o, depth + 1);

			code = one > code ? one : code;
		}
	}
	free(found);
	qf_buf_free(&path);
	return code;
}

static int do_operand(struct qf_catalog *c, const char *path, const struct import_opts *o, int depth)
{
	struct import_opts own = *o;
	struct stat st;
	char *name;
	int code;

	if (depth > 3 || strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return do_file(c, path, o);
	name = depth || user ? NULL : user_of(path);
	if (name)
		own.user = name;
	code = do_folder(c, path, &own, depth);
	qf_free(name);
	return code;
}

/* ---- all ----------------------------------------------------------------------------------- */

/* Without files this is all the work, and is told even when it found nothing. */
static int do_rematch(struct qf_catalog *c)
{
	struct cli_rematched r;
	struct qf_err e = { 0 };

	if (cli_events_rematch(c, cli.dry_run, &r, &e) != QF_OK)
		return cli_die(&e);
	if (r.matched || !cli.n_operands)
		put_row(&(struct import){ .c = c, .read = r.read, .matched = r.matched, .copies = r.copies, .unmatched = r.read - r.matched });
	return EXIT_OK;
}

static int settle(struct qf_catalog *c)
{
	struct qf_err e = { 0 };
	int64_t changed;

	return cli.dry_run || cli_events_settle(c, how.clock, &changed, &e) == QF_OK ? EXIT_OK : cli_die(&e);
}

static int run(struct qf_catalog *c)
{
	int code = do_rematch(c), settled;

	for (size_t i = 0; i < cli.n_operands && code <= EXIT_SOME && !cli.interrupted; i++) {
		int one = do_operand(c, cli.operands[i], &how, 0);

		code = one > code ? one : code;
	}
	if (import_unmatched() > IMPORT_NAMED)
		cli_say("and %lld more events without a track; all are kept and tried again",
			(long long)(import_unmatched() - IMPORT_NAMED));
	settled = code <= EXIT_SOME ? settle(c) : EXIT_OK;
	return settled > code ? settled : code;
}

/* Imports come first, so that what they bring is stored under pseudonyms from the start. */
static int run_anonymous(struct qf_catalog *c)
{
	struct qf_buf key = { 0 };
	struct qf_span span;
	struct qf_err e = { 0 };
	int code, named;

	if (person_key(c, key_file, &key, &e) != QF_OK) {
		code = cli_die(&e);
	} else {
		span = (struct qf_span){ key.p, key.len };
		how.key = &span;
		code = cli.n_operands ? run(c) : EXIT_OK;
		named = code <= EXIT_SOME ? person_anonymize(c, &span, how.clock) : EXIT_OK;
		code = named > code ? named : code;
	}
	qf_buf_free(&key);
	return code;
}

static bool is_format(const char *name)
{
	const char *one;

	for (size_t i = 0; (one = qf_history_format_at(i, NULL)) != NULL; i++)
		if (strcmp(one, name) == 0)
			return true;
	return strcmp(name, "mpd") == 0;
}

static void check_options(void)
{
	if (user && !*user)
		cli_misuse("--user: an empty name");
	if (format && !is_format(format))
		cli_misuse("--format: '%s' is no history format", format);
	if ((forget != NULL) + (export != NULL) + anonymize > 1)
		cli_misuse("--forget, --export and --anonymize: one at a time");
	if ((forget || export) && cli.n_operands)
		cli_misuse("--%s takes no files", forget ? "forget" : "export");
	if (key_file && !anonymize)
		cli_misuse("--key is for --anonymize");
}

int main(int argc, char **argv)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	int code;

	cli_start(&tool, argc, argv);
	check_options();
	how.user = user ? user : "me";
	how.format = format;
	how.clock = cli_zone(tz);
	how.zone = tz ? how.clock : NULL;
	if (export || forget || anonymize)
		cli.format = CLI_NDJSON; /* rows of several kinds */
	if (cli_catalog_open(&c, cli.dry_run || export ? QF_CATALOG_READ : QF_CATALOG_WRITE, &e) != QF_OK)
		return cli_finish(cli_die(&e));
	code = export ? person_export(c, export) : forget ? person_forget(c, forget) : anonymize ? run_anonymous(c) : run(c);
	qf_catalog_close(c);
	return cli_finish(code);
}
