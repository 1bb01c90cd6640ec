/* qfzz-events - imports listening histories into the catalog.
 *
 * Files are read in pieces and stored in transactions of at most BATCH events, so
 * that another tool never waits long and a killed import loses at most that many:
 * importing the file again adds the rest. */
#define _GNU_SOURCE
#include "catalog/event.h"
#include "cli/cli.h"
#include "cli/store.h"
#include "history/history.h"
#include "history/id.h"
#include "history/match.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 500, NAMED = 20, PIECE = 1 << 16 };

static const char *user = "me", *format;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 'u', "user", "NAME", "whose history it is, where a record names nobody [me]", &user, 0, 0, NULL },
	{ CLI_TEXT, 0, "format", "FORMAT", "of the history: ndjson or listenbrainz [told by the first record]", &format, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "file", "file", 32 }, { "format", "format", 12 }, { "read", "read", -9 }, { "new", "new", -9 },
	{ "known", "known", -9 }, { "matched", "matched", -9 }, { "unmatched", "unmatched", -9 }, { "bad", "bad", -6 },
	{ .head = NULL }
};
static const char *const examples[] = {
	"qfzz events --user ana listens/2026/*.jsonl feedback.jsonl",
	"qfzz events history.ndjson",
	"player-log | qfzz events --user me -",
	"qfzz events",
	NULL
};
static const struct cli_tool tool = {
	.verb = "events", .stage = "collect", .purpose = "import listening histories",
	.operands = "[FILE…]", .reads = "event.v1", .writes = "events.v1",
	.common = CLI_CATALOG | CLI_DRY_RUN | CLI_HOLD, .opts = opts, .columns = columns, .examples = examples,
	.notes = "Reads NDJSON events and ListenBrainz exports, feedback and submissions; \"-\" is standard\n"
		 "input. Importing a file again changes nothing. An event whose track is not in the\n"
		 "catalog is kept, and its track is looked for again on every run, also without FILE.",
};

struct import { /* one file */
	struct qf_catalog *c;
	const char *file;   /* NULL: the events that had no track */
	const char *format; /* NULL: nothing was read */
	int64_t read, fresh, known, matched, unmatched, bad;
	size_t pending;     /* events in the open transaction */
	bool open;          /* a transaction is */
	bool fatal;         /* the catalog failed, not the file */
};

static int64_t named_unmatched; /* in the whole run */

/* ---- matching ---------------------------------------------------------------------------- */

static enum qf_status by_path(struct qf_catalog *c, const char *path, struct qf_candidate *out, size_t *n, struct qf_err *e)
{
	enum qf_status rc = qf_catalog_find_path(c, path, &out->id, e);

	out->duration_ms = 0;
	*n = rc == QF_OK && out->id;
	return rc;
}

static enum qf_status find(void *ctx, enum qf_match_key key, const char *a, const char *b, struct qf_candidate *out,
			   size_t cap, size_t *n, struct qf_err *e)
{
	switch (key) {
	case QF_MATCH_MBID: return qf_catalog_tracks_by_mbid(ctx, a, out, cap, n, e);
	case QF_MATCH_ISRC: return qf_catalog_tracks_by_isrc(ctx, a, out, cap, n, e);
	case QF_MATCH_PATH: return by_path(ctx, a, out, n, e);
	default: return qf_catalog_tracks_by_names(ctx, a, b, out, cap, n, e);
	}
}

static enum qf_status track_of(struct qf_catalog *c, const struct qf_event *ev, int64_t *track, struct qf_err *e)
{
	const struct qf_match_lookup lookup = { find, c };
	enum qf_match_key how;

	return qf_match_event(&lookup, ev, track, &how, e);
}

static void say_unmatched(const struct import *in, const struct qf_event *ev, size_t line)
{
	if (cli.quiet || ++named_unmatched > NAMED)
		return;
	if (ev->artist && ev->title)
		cli_say("%s: line %zu: no track for %s - %s", in->file, line, ev->artist, ev->title);
	else
		cli_say("%s: line %zu: no track for %s", in->file, line, ev->path ? ev->path : ev->mbid ? ev->mbid : ev->isrc);
}

/* ---- storing ----------------------------------------------------------------------------- */

static enum qf_status commit(struct import *in, struct qf_err *e)
{
	if (!in->open)
		return QF_OK;
	in->open = false;
	in->pending = 0;
	return qf_catalog_commit(in->c, e);
}

static enum qf_status store(struct import *in, const uint8_t *uid, const struct qf_event *ev, int64_t track, bool *fresh,
			    struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	*fresh = cli.dry_run; /* one that stands twice in the files is counted twice then */
	if (cli.dry_run)
		return QF_OK;
	if (!in->open) {
		rc = qf_catalog_begin(in->c, e);
		in->open = rc == QF_OK;
	}
	if (rc == QF_OK)
		rc = qf_catalog_put_event(in->c, uid, ev, track, fresh, e);
	if (rc == QF_OK && ++in->pending == BATCH)
		rc = commit(in, e);
	return rc;
}

static enum qf_status take_event(struct import *in, const struct qf_event *ev, size_t line, struct qf_err *e)
{
	uint8_t uid[QF_EVENT_ID];
	bool known = false, fresh = false;
	int64_t track = 0;
	enum qf_status rc = qf_event_id(ev, uid, e);

	if (rc == QF_OK)
		rc = qf_catalog_has_event(in->c, uid, &known, e);
	if (rc == QF_OK && !known)
		rc = track_of(in->c, ev, &track, e);
	if (rc == QF_OK && !known)
		rc = store(in, uid, ev, track, &fresh, e);
	if (rc != QF_OK)
		return rc;
	in->read++;
	in->known += !fresh;
	in->fresh += fresh;
	in->matched += fresh && track;
	in->unmatched += fresh && !track;
	if (fresh && !track)
		say_unmatched(in, ev, line);
	cli_progress((uint64_t)in->read, 0, "events");
	return QF_OK;
}

static enum qf_status on_event(void *ctx, const struct qf_event *ev, size_t line, struct qf_err *e)
{
	struct import *in = ctx;
	enum qf_status rc = take_event(in, ev, line, e);

	in->fatal = rc != QF_OK;
	return rc;
}

static void on_bad(void *ctx, size_t line, const struct qf_err *why)
{
	struct import *in = ctx;

	(void)line;
	in->bad++;
	cli_say("%s: %s", in->file, why->text);
}

/* ---- files ------------------------------------------------------------------------------- */

static enum qf_status read_all(int fd, struct qf_history *h, struct qf_err *e)
{
	static char piece[PIECE];

	while (!cli.interrupted) {
		ssize_t n = read(fd, piece, sizeof piece);
		enum qf_status rc;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return qf_fail_errno(e, "cannot read");
		rc = n ? qf_history_feed(h, piece, (size_t)n, e) : qf_history_end(h, e);
		if (rc != QF_OK || n == 0)
			return rc;
	}
	return QF_OK;
}

static enum qf_status import_fd(struct import *in, int fd, bool stream, struct qf_err *e)
{
	const struct qf_history_opts how = { .format = format, .user = user, .stream = stream };
	const struct qf_history_sink sink = { on_event, on_bad, in };
	struct qf_err late = { 0 };
	struct qf_history *h;
	enum qf_status rc = qf_history_open(&h, &how, &sink, e);

	if (rc == QF_OK)
		rc = read_all(fd, h, e);
	if (h)
		in->format = qf_history_format(h);
	qf_history_close(h);
	if (in->fatal) {
		qf_catalog_rollback(in->c);
	} else if (commit(in, &late) != QF_OK) { /* what was read before a damaged end is kept */
		in->fatal = true;
		*e = late;
		rc = late.code;
	}
	return rc;
}

static enum qf_status import_file(struct import *in, struct qf_err *e)
{
	bool stream = strcmp(in->file, "-") == 0;
	int fd = stream ? STDIN_FILENO : open(in->file, O_RDONLY | O_CLOEXEC);
	enum qf_status rc;

	if (fd < 0) {
		rc = qf_fail_errno(e, "cannot open");
	} else {
		rc = import_fd(in, fd, stream, e);
		if (!stream)
			close(fd);
	}
	if (rc != QF_OK && !in->fatal)
		qf_err_at(e, in->file);
	return rc;
}

/* ---- what had no track so far ------------------------------------------------------------ */

/* One page: matched outside of a transaction, written only if there is something to write. */
static enum qf_status rematch_page(struct import *in, const struct qf_unmatched *v, size_t n, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		int64_t track;

		rc = track_of(in->c, &v[i].event, &track, e);
		if (rc != QF_OK)
			break;
		in->read++;
		in->matched += track != 0;
		in->unmatched += track == 0;
		if (!track || cli.dry_run)
			continue;
		if (!in->open) {
			rc = qf_catalog_begin(in->c, e);
			in->open = rc == QF_OK;
		}
		if (rc == QF_OK)
			rc = qf_catalog_set_event_track(in->c, v[i].id, track, e);
	}
	if (rc == QF_OK)
		return commit(in, e);
	qf_catalog_rollback(in->c);
	return rc;
}

static enum qf_status rematch(struct import *in, struct qf_err *e)
{
	static struct qf_unmatched page[BATCH];
	struct qf_arena arena = { 0 };
	int64_t after = 0;
	size_t n = 0;
	enum qf_status rc;

	do {
		qf_arena_reset(&arena);
		rc = qf_catalog_unmatched(in->c, after, page, BATCH, &n, &arena, e);
		if (rc == QF_OK)
			rc = rematch_page(in, page, n, e);
		after = n ? page[n - 1].id : after;
		cli_progress((uint64_t)in->read, 0, "events without a track");
	} while (rc == QF_OK && n == BATCH && !cli.interrupted);
	qf_arena_free(&arena);
	return rc;
}

/* ---- telling ----------------------------------------------------------------------------- */

static void put_row(const struct import *in)
{
	const struct { const char *key; int64_t n; } counts[] = {
		{ "read", in->read }, { "new", in->fresh }, { "known", in->known },
		{ "matched", in->matched }, { "unmatched", in->unmatched }, { "bad", in->bad },
	};
	struct qf_buf b = { 0 };

	qf_json_open(&b, '{');
	qf_json_key(&b, "type");
	qf_json_str(&b, "events.v1");
	qf_json_key(&b, "file");
	qf_json_str(&b, in->file);
	qf_json_key(&b, "format");
	qf_json_str(&b, in->format);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		qf_json_key(&b, counts[i].key);
		qf_json_int(&b, counts[i].n);
	}
	if (cli.dry_run) {
		qf_json_key(&b, "planned");
		qf_json_bool(&b, true);
	}
	qf_json_close(&b, '}');
	if (b.failed)
		cli_say("out of memory");
	else
		cli_row((struct qf_span){ b.p, b.len });
	qf_buf_free(&b);
}

/* The exit code of one file. */
static int do_file(struct qf_catalog *c, const char *file)
{
	struct import in = { .c = c, .file = file };
	struct qf_err e = { 0 };
	enum qf_status rc = import_file(&in, &e);

	if (in.fatal || rc == QF_ENOMEM || rc == QF_EINVAL)
		return cli_die(&e);
	if (rc != QF_OK)
		cli_warn(&e);
	if (rc == QF_OK || in.format)
		put_row(&in);
	return rc != QF_OK || in.bad ? EXIT_SOME : EXIT_OK;
}

/* Without files this is all the work, and is told even when it found nothing. */
static int do_rematch(struct qf_catalog *c)
{
	struct import in = { .c = c };
	struct qf_err e = { 0 };

	if (rematch(&in, &e) != QF_OK)
		return cli_die(&e);
	if (in.matched || !cli.n_operands)
		put_row(&in);
	return EXIT_OK;
}

static int run(struct qf_catalog *c)
{
	int code = do_rematch(c);

	for (size_t i = 0; i < cli.n_operands && code <= EXIT_SOME && !cli.interrupted; i++) {
		int one = do_file(c, cli.operands[i]);

		code = one > code ? one : code;
	}
	if (named_unmatched > NAMED)
		cli_say("and %lld more events without a track; all are kept and tried again", (long long)(named_unmatched - NAMED));
	return code;
}

static bool is_format(const char *name)
{
	const char *one;

	for (size_t i = 0; (one = qf_history_format_at(i, NULL)) != NULL; i++)
		if (strcmp(one, name) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	int code;

	cli_start(&tool, argc, argv);
	if (!*user)
		cli_misuse("--user: an empty name");
	if (format && !is_format(format))
		cli_misuse("--format: '%s' is no history format", format);
	if (cli_catalog_open(&c, cli.dry_run ? QF_CATALOG_READ : QF_CATALOG_WRITE, &e) != QF_OK)
		return cli_finish(cli_die(&e));
	code = run(c);
	qf_catalog_close(c);
	return cli_finish(code);
}
