/* qfzz-features - decodes each track once, in worker processes, and stores all that is heard.
 *
 * The parent opens files and passes descriptors; a worker that dies costs the file it was
 * on. Results are stored and shown in the order of the catalog (or of the rows, or of the
 * operands), whatever the number of workers. */
#define _GNU_SOURCE
#include "catalog/vanish.h"
#include "cli/albums.h"
#include "cli/batch.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "cli/heard.h"
#include "cli/hearing.h"
#include "cli/pool.h"
#include "cli/store.h"
#include "cli/walk.h"
#include "cli/zone.h"
#include "worker/protocol.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool all, require_sandbox;

static const struct cli_opt opts[] = {
	{ CLI_FLAG, 'a', "all", NULL, "every track, not only those whose features are missing or stale", &all, 0, 0, NULL },
	{ CLI_FLAG, 0, "require-sandbox", NULL, "refuse to work where the kernel has no seccomp filters to hold the workers", &require_sandbox, 0, 0, NULL },
	HEARING_OPTIONS,
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "id", "track", -7 }, { "artist", "artist", 22 }, { "title", "title|path", 28 }, { "LUFS", "features.loudness_lufs", -6 },
	{ "BPM", "features.tempo_bpm", -6 }, { "key", "features.key", 9 }, { "energy", "features.energy", -6 },
	{ "moods", "features.moods", 24 }, { "path", "path", 0 }, { NULL, NULL, 0 }
};
static const char *const examples[] = {
	"qfzz features                       # all that is pending",
	"qfzz features track:17 song.flac    # show these two; what the catalog knows is stored",
	"qfzz query genre:rock | qfzz features - | jq .features.tempo_bpm",
	"qfzz features --explain track:17     # every figure with its unit, its meaning and its sum",
	"qfzz features --plot picture.png track:17",
	"qfzz features --export acousticbrainz track:17 | jq .rhythm.bpm",
	NULL
};
static const struct cli_tool tool = {
	.verb = "features", .stage = "listen", .purpose = "decode each track once and extract loudness, tempo, key, mood and more",
	.operands = "[track:ID…|PATH…|-]", .reads = "track.v1", .writes = "track.v1",
	.common = CLI_CATALOG | CLI_FORMAT | CLI_JOBS | CLI_DRY_RUN | CLI_HOLD,
	.opts = opts, .columns = columns, .examples = examples,
	.notes = "Without operands, what is pending in the catalog is decoded and stored, and nothing is printed. With\n"
		 "operands or rows on standard input each track is printed with its features; one that the catalog does\n"
		 "not know is decoded and printed, but not stored. What cannot be heard is a failure: not-audio,\n"
		 "unsupported, broken, limit (too slow, or too much memory) or crashed (the decoder died of it); what\n"
		 "is heard in part is stored all the same, with a failure of the class damaged that says how much.\n"
		 "A file that was only retagged (the same audio id; Opus apart, whose header holds a gain) is not heard again.\n"
		 "Each is told once, and tried again when the file or the extractor has changed.",
};

static struct qf_catalog *catalog; /* NULL: there is none, which is fine for files of nobody's catalog */
static struct batch batch = { .max = 32 };
static struct pool *pool;
static struct heard heard = { .batch = &batch };
static uint64_t expected; /* tracks; 0: not known */

static enum qf_status take_results(bool drain, struct qf_err *e)
{
	struct pool_result r;
	bool got = true;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && got) {
		rc = pool_next(pool, drain || !pool_has_room(pool), &r, &got, e);
		if (rc != QF_OK || !got)
			break;
		pool_warn(pool);
		rc = heard_take(&heard, &r, e);
		cli_progress(heard.done, expected, "tracks");
	}
	return rc;
}

/* ---- work ----------------------------------------------------------------------------------- */

/* Half a second of processor time is much for a minute of sound; we allow twelve, and at least ten. Where the length is
 * not known it is that of 64 kbit/s. The wall clock is only for those that sleep. */
static struct pool_limit limit_of(const struct qf_pending *p)
{
	double sound_s = p->duration_ms > 0 ? (double)p->duration_ms / 1e3 : (double)p->size / 8000;
	double cpu_s = fmin(fmax(10, 0.2 * sound_s), 86400);

	return (struct pool_limit){ .cpu_s = (unsigned)cpu_s, .wall_s = 6 * cpu_s };
}

/* The 64 digits of an audio id; false when that is not what it is. */
static bool read_hex(const char *hex, uint8_t out[WORKER_AUDIO_ID])
{
	static const char digits[] = "0123456789abcdef";

	if (!hex || strlen(hex) != 2 * WORKER_AUDIO_ID || strspn(hex, digits) != 2 * WORKER_AUDIO_ID)
		return false;
	for (size_t i = 0; i < WORKER_AUDIO_ID; i++)
		out[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 | (strchr(digits, hex[2 * i + 1]) - digits));
	return true;
}

/* Queue one track; takes over nothing of p but copies it. */
static enum qf_status submit(const struct qf_pending *p, struct qf_span row, struct qf_err *e)
{
	struct heard_job *j;
	struct qf_err why = { 0 };
	struct stat st;
	uint8_t audio_id[WORKER_AUDIO_ID];
	enum qf_status rc = heard_job_new(&j, p, row, e);
	int fd;

	if (rc != QF_OK)
		return rc;
	fd = walk_open_file(j->p.path, true, &st, &why);
	if (fd < 0) {
		rc = heard_fail(&heard, j, qf_status_name(why.code), why.text, e);
		heard_job_free(j);
		return rc;
	}
	j->p.size = st.st_size; /* of what is heard now; if that is not what was scanned, it stays pending */
	j->p.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	rc = take_results(false, e);
	if (rc == QF_OK && !pool_has_room(pool)) { /* interrupted: nothing more is begun */
		close(fd);
		heard_job_free(j);
		return QF_OK;
	}
	j->known = read_hex(p->audio_id, audio_id);
	if (rc == QF_OK)
		rc = pool_submit_known(pool, fd, j->p.path, limit_of(&j->p), j->known ? audio_id : NULL, j, e);
	else
		close(fd);
	if (rc != QF_OK)
		heard_job_free(j);
	return rc;
}

static void say_planned(const struct qf_pending *p)
{
	struct qf_buf row = { 0 };
	struct qf_track t = { .id = p->id, .path = p->path };

	qf_row_begin_track(&row, catalog ? qf_catalog_uuid(catalog) : NULL, &t);
	qf_json_put_str(&row, "planned", "features");
	qf_row_end(&row);
	if (!row.failed)
		cli_row((struct qf_span){ row.p, row.len });
	qf_buf_free(&row);
}

static enum qf_status work_on_pending(struct qf_err *e)
{
	enum { PAGE = 256 };
	static struct qf_pending page[PAGE];
	struct qf_arena a = { 0 };
	int64_t after = 0, total;
	size_t n = 0;
	enum qf_status rc = qf_catalog_count_pending(catalog, QF_FEATURES_VERSION, all, &total, e);

	expected = rc == QF_OK ? (uint64_t)total : 0;
	do {
		qf_arena_reset(&a);
		if (rc == QF_OK)
			rc = qf_catalog_pending(catalog, QF_FEATURES_VERSION, all, after, page, PAGE, &n, &a, e);
		for (size_t i = 0; rc == QF_OK && i < n && !cli.interrupted; i++) {
			if (cli.dry_run)
				say_planned(&page[i]);
			else
				rc = submit(&page[i], (struct qf_span){ NULL, 0 }, e);
			after = page[i].id;
		}
	} while (rc == QF_OK && n && !cli.interrupted);
	qf_arena_free(&a);
	return rc;
}

/* A track of the catalog (id) or a file of nobody's (id 0), to be printed. */
static enum qf_status work_on_one(int64_t id, const char *path, struct qf_span row, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_pending p = { .path = path };
	struct qf_track t = { .path = path };
	struct qf_buf own = { 0 };
	enum qf_status rc = QF_OK;

	if (id && hearing_wanted()) {
		bool shown;

		rc = take_results(true, e); /* in the order of the operands */
		if (rc == QF_OK)
			rc = hearing_show_stored(catalog, id, &shown, e);
		if (rc != QF_OK || shown)
			return rc;
	}
	if (id) {
		rc = qf_catalog_pending_one(catalog, id, &p, &a, e);
		if (rc == QF_OK && !row.p)
			rc = qf_catalog_track(catalog, id, QF_TRACK_BARE, &a, &t, NULL, e);
	}
	if (rc == QF_OK && !row.p) {
		qf_row_put_track(&own, catalog ? qf_catalog_uuid(catalog) : NULL, &t);
		rc = qf_buf_check(&own, e);
		row = (struct qf_span){ own.p, own.len - 1 };
	}
	if (rc == QF_OK && cli.dry_run)
		say_planned(&p);
	else if (rc == QF_OK)
		rc = submit(&p, row, e);
	qf_buf_free(&own);
	qf_arena_free(&a);
	return rc;
}

static enum qf_status work_on_operand(const char *operand, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	int64_t id = cli_track_operand(operand);
	const char *path = NULL;
	enum qf_status rc = QF_OK;

	if (id && !catalog)
		rc = qf_fail(e, QF_ENOTFOUND, "%s: there is no catalog yet", operand);
	if (!id)
		rc = cli_absolute(operand, &a, &path, e);
	if (rc == QF_OK && !id && catalog)
		rc = qf_catalog_find_path(catalog, path, &id, e);
	if (rc == QF_OK)
		rc = work_on_one(id, path, (struct qf_span){ NULL, 0 }, e);
	qf_arena_free(&a);
	return rc;
}

static enum qf_status work_on_row(void *unused, struct qf_span row, struct qf_err *e)
{
	struct qf_track_ref ref;
	struct qf_arena a = { 0 };
	int64_t id = 0;
	enum qf_status rc;

	(void)unused;
	if (!qf_row_is(row, "track.v1")) { /* in its place among the others: behind what is under way */
		rc = take_results(true, e);
		qf_row_write(&batch.rows, row, NULL, 0);
		return rc;
	}
	rc = catalog ? cli_track_of_row(catalog, row, &a, &id, &ref, e) : qf_row_track_ref(row, &a, &ref, e);
	if (rc == QF_OK && !catalog && !ref.path)
		rc = qf_fail(e, QF_EFORMAT, "track %lld, but there is no catalog", (long long)ref.id);
	if (rc == QF_OK)
		rc = work_on_one(id, ref.path, row, e);
	qf_arena_free(&a);
	return rc;
}

static enum qf_status work_on_rows(struct qf_err *e)
{
	struct cli_input in = { .fd = STDIN_FILENO };
	enum qf_status rc = cli_each_row(&in, work_on_row, NULL, e);

	heard.failed += in.bad;
	return rc;
}

static enum qf_status work(struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	if (cli.n_operands == 0)
		rc = work_on_pending(e);
	for (size_t i = 0; rc == QF_OK && !cli.interrupted && i < cli.n_operands; i++) {
		rc = strcmp(cli.operands[i], "-") == 0 ? work_on_rows(e) : work_on_operand(cli.operands[i], e);
		if (rc == QF_ENOTFOUND) {
			cli_warn(e); /* this one is not there; the others may be */
			heard.failed++;
			rc = QF_OK;
		}
	}
	return rc == QF_OK && !cli.interrupted ? take_results(true, e) : rc;
}

/* A file that moved and was retagged and touched is known by its audio id, which is known now. */
static enum qf_status reunite(struct qf_err *e)
{
	bool any = false;
	size_t n = 0;
	int64_t changed;
	enum qf_status rc = batch.run ? qf_catalog_any_missing(catalog, &any, e) : QF_OK;

	if (rc == QF_OK && any)
		rc = qf_catalog_count_reunitable(catalog, INT64_MAX, &n, e);
	if (rc != QF_OK || n == 0)
		return rc;
	rc = batch_begin(&batch, e);
	if (rc == QF_OK)
		rc = qf_catalog_reunite(catalog, INT64_MAX, &n, e);
	if (rc == QF_OK)
		rc = batch_commit(&batch, e);
	return rc == QF_OK ? cli_events_settle(catalog, cli_zone(NULL), &changed, e) : rc; /* two tracks in their order are one now */
}

static enum qf_status open_catalog(struct qf_err *e)
{
	enum qf_status rc = cli_catalog_open(&catalog, cli.dry_run ? QF_CATALOG_READ : QF_CATALOG_WRITE, e);

	batch.catalog = catalog;
	return rc;
}

int main(int argc, char **argv)
{
	struct qf_err e = { 0 };
	struct pool_opts o = { .program = "qfzz-listen", .second = "qfzz-listen-av", .batch = 1, .interrupted = &cli.interrupted, .drop = heard_job_free };
	char summary[128];
	enum qf_status rc;
	int code;

	cli_start(&tool, argc, argv);
	hearing_check();
	batch.now = cli_now();
	o.workers = (int)cli.jobs;
	o.require_sandbox = require_sandbox;
	rc = open_catalog(&e);
	if (rc == QF_OK)
		rc = pool_open(&pool, &o, &e);
	if (rc == QF_OK)
		rc = work(&e);
	if (rc == QF_OK)
		rc = reunite(&e);
	if (rc == QF_OK && catalog && !cli.dry_run && !cli.interrupted)
		rc = albums_settle(&batch, &e);
	code = cli.interrupted ? 128 + (int)cli.interrupted : heard.failed ? EXIT_SOME : EXIT_OK;
	snprintf(summary, sizeof summary, "%llu tracks, %llu failed, %llu known failures", (unsigned long long)heard.done,
		 (unsigned long long)heard.failed, (unsigned long long)heard.known_failures);
	if (rc == QF_OK)
		rc = batch_end(&batch, code, summary, &e);
	if (rc == QF_OK && !cli.quiet && cli.n_operands == 0 && !cli.dry_run && isatty(STDERR_FILENO))
		cli_say("%s", summary);
	if (rc != QF_OK)
		code = cli_die(&e);
	batch_free(&batch);
	pool_close(pool);
	qf_catalog_close(catalog);
	qf_arena_free(&heard.scratch);
	return cli_finish(code);
}
