/* qfzz-ingest - scans folders into the catalog.
 *
 * The parent walks and compares what stat says with what the catalog knows (cli/folder.c); only new and changed
 * files are opened, and their descriptors go to worker processes, which read the tags (cli/intake.c). */
#define _GNU_SOURCE
#include "catalog/track.h"
#include "catalog/vanish.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "cli/folder.h"
#include "cli/intake.h"
#include "cli/store.h"
#include "cli/zone.h"
#include "rows/rows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *dataset_name;
static bool follow, relocate, require_sandbox;
static int64_t purge_days = -1;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 0, "dataset", "NAME", "put every file of this run into a dataset", &dataset_name, 0, 0, NULL },
	{ CLI_FLAG, 0, "follow", NULL, "follow symbolic links", &follow, 0, 0, NULL },
	{ CLI_FLAG, 0, "require-sandbox", NULL, "refuse to work where the kernel has no seccomp filters to hold the workers", &require_sandbox, 0, 0, NULL },
	{ CLI_FLAG, 0, "relocate", NULL, "OLD NEW: the folder OLD is now called NEW; every file keeps its track, nothing is scanned", &relocate, 0, 0, NULL },
	{ CLI_INT, 0, "purge-missing", "DAYS", "forget tracks that are missing for so many days, after the scan if a PATH is given", &purge_days, 0, 36500, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "id", "track", -7 }, { "artist", "artist", 26 }, { "title", "title", 34 }, { "album", "album", 26 }, { "path", "path", 0 },
	{ NULL, NULL, 0 }
};
static const char *const examples[] = {
	"qfzz ingest ~/Music",
	"qfzz ingest --dataset asc ~/Music/asc-music",
	"qfzz ingest                                   # look again at all folders known so far",
	"qfzz ingest --relocate /mnt/old/music /mnt/new/music",
	"qfzz ingest --purge-missing 90                # forget what is gone for three months",
	"echo '{\"path\":\"/music/a.flac\"}' | qfzz ingest -  # store one, pass it on as a row",
	NULL
};
static const struct cli_tool tool = {
	.verb = "ingest", .stage = "collect", .purpose = "scan folders: read tags, notice what is new, changed or gone",
	.operands = "[PATH…|-]", .reads = "track.v1", .writes = "track.v1",
	.common = CLI_CATALOG | CLI_FORMAT | CLI_JOBS | CLI_DRY_RUN | CLI_HOLD,
	.opts = opts, .columns = columns, .examples = examples,
	.notes = "Without a PATH every known folder is scanned again. A file that did not change since (size and\n"
		 "modification time, and those of lyrics beside it) is not opened. A bad file costs a row in the catalog's list of failures, and a\n"
		 "line here the first time. A file that vanished keeps all that is known of it; when it turns up at\n"
		 "another path (same size and time, same inode and size, or same MusicBrainz recording and length) it\n"
		 "is the same track. Events of histories that had no track so far are matched with what came.\n"
		 "Lyrics beside a file (song.lrc for song.flac) are read with it.",
};

static struct intake in;

/* ---- rows on standard input ------------------------------------------------------------------ */

static enum qf_status ingest_track(struct qf_span object, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_track_ref ref;
	struct qf_looks looks = { 0 };
	struct stat st;
	const char *path, *root_path;
	int64_t root, id;
	enum qf_status rc = cli_track_of_row(in.catalog, object, &a, &id, &ref, e);

	if (rc == QF_OK)
		rc = cli_absolute(ref.path, &a, &path, e);
	if (rc == QF_OK)
		rc = folder_root(&in, path, &a, &root, &root_path, e);
	if (rc == QF_OK && stat(path, &st) != 0)
		rc = qf_fail(e, QF_ENOTFOUND, "%s: %s", path, strerror(errno));
	if (rc == QF_OK)
		rc = walk_lyrics(path, &looks.lyrics, e);
	if (rc == QF_OK) {
		struct intake_file f = { .root = root, .path = path, .rel = folder_rel(root_path, path), .looks = looks, .known_id = id, .row = object };

		f.looks.size = st.st_size;
		f.looks.inode = (int64_t)st.st_ino;
		f.looks.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;

		in.count.files++;
		rc = intake_submit(&in, &f, e);
	}
	qf_arena_free(&a);
	return rc;
}

static enum qf_status ingest_row(void *unused, struct qf_span row, struct qf_err *e)
{
	(void)unused;
	if (qf_row_is(row, "track.v1"))
		return ingest_track(row, e);
	qf_row_write(&in.batch.rows, row, NULL, 0);
	return QF_OK;
}

static enum qf_status ingest_rows(struct qf_err *e)
{
	struct cli_input rows = { .fd = STDIN_FILENO };
	enum qf_status rc = cli_each_row(&rows, ingest_row, NULL, e);

	in.count.failed += rows.bad;
	return rc == QF_OK && !cli.interrupted ? intake_drain(&in, e) : rc;
}

/* ---- all of it -------------------------------------------------------------------------------- */

static enum qf_status scan(const char *operand, struct qf_err *e)
{
	enum qf_status rc = folder_scan(&in, operand, e);

	if (rc != QF_ENOTFOUND)
		return rc;
	cli_warn(e); /* this operand is not there; the others may be */
	in.count.failed++;
	return QF_OK;
}

static enum qf_status rescan_one(void *user, const char *path, struct qf_err *e)
{
	(void)user;
	return cli.interrupted ? QF_OK : scan(path, e);
}

/* A track that is missing and one that came may be the same. */
static enum qf_status reunite(struct qf_err *e)
{
	bool any = false;
	size_t n = 0;
	enum qf_status rc = in.catalog ? qf_catalog_any_missing(in.catalog, &any, e) : QF_OK;

	if (rc == QF_OK && any)
		rc = qf_catalog_count_reunitable(in.catalog, in.first_new, &n, e);
	if (rc != QF_OK || n == 0)
		return rc;
	rc = intake_begin(&in, e);
	if (rc == QF_OK)
		rc = qf_catalog_reunite(in.catalog, in.first_new, &n, e);
	in.count.moved += n;
	in.count.added -= n < in.count.added ? n : in.count.added;
	return rc;
}

/* Retagged files leave behind what only they had. */
static enum qf_status sweep(struct qf_err *e)
{
	enum qf_status rc = in.count.changed + in.count.moved ? intake_begin(&in, e) : QF_OK;

	return rc == QF_OK && in.count.changed + in.count.moved ? qf_catalog_sweep(in.catalog, e) : rc;
}

/* Events that had no track may have one now, if this run, or one that was killed before it came here, brought any. */
static enum qf_status match_events(struct qf_err *e)
{
	struct cli_rematched r;
	int64_t changed;
	bool due = in.count.added + in.count.changed + in.count.moved > 0;
	enum qf_status rc = batch_commit(&in.batch, e);

	if (rc == QF_OK && !due)
		rc = qf_catalog_run_cut_off(in.catalog, tool.verb, in.batch.run, &due, e);
	if (rc != QF_OK || !due)
		return rc;
	rc = cli_events_rematch(in.catalog, false, &r, e);
	return rc == QF_OK ? cli_events_settle(in.catalog, cli_zone(NULL), &changed, e) : rc;
}

static enum qf_status purge(struct qf_err *e)
{
	int64_t n;
	enum qf_status rc = intake_begin(&in, e);

	if (rc == QF_OK)
		rc = qf_catalog_purge(in.catalog, in.now - purge_days * 86400, &n, e);
	if (rc == QF_OK && !cli.quiet)
		cli_say("%lld tracks were missing for %lld days and are forgotten", (long long)n, (long long)purge_days);
	return rc;
}

static enum qf_status move_root(struct qf_err *e)
{
	struct qf_arena a = { 0 };
	const char *old = cli.operands[0], *new;
	size_t n = strlen(old);
	int64_t roots;
	struct stat st;
	enum qf_status rc = cli_absolute(cli.operands[1], &a, &new, e);

	while (n > 1 && old[n - 1] == '/')
		n--;
	old = qf_arena_dup(&a, old, n);
	if (rc == QF_OK && !old)
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	if (rc == QF_OK && (stat(new, &st) != 0 || !S_ISDIR(st.st_mode)))
		rc = qf_fail(e, QF_EINVAL, "%s: there is no such folder", new);
	if (rc == QF_OK)
		rc = intake_begin(&in, e);
	if (rc == QF_OK)
		rc = qf_catalog_relocate(in.catalog, old, new, &roots, e);
	qf_arena_free(&a);
	return rc;
}

static enum qf_status scan_all(struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	if (cli.n_operands == 0 && purge_days < 0) {
		size_t n = 0;

		if (in.catalog)
			rc = qf_catalog_roots(in.catalog, rescan_one, NULL, &n, e);
		if (rc == QF_OK && n == 0)
			rc = qf_fail(e, QF_EINVAL, "no folder was ever ingested; name one: qfzz ingest FOLDER");
	}
	for (size_t i = 0; rc == QF_OK && !cli.interrupted && i < cli.n_operands; i++)
		rc = strcmp(cli.operands[i], "-") == 0 ? ingest_rows(e) : scan(cli.operands[i], e);
	return rc == QF_OK && !cli.dry_run && !cli.interrupted ? reunite(e) : rc;
}

static enum qf_status work(struct qf_err *e)
{
	enum qf_status rc = relocate ? move_root(e) : scan_all(e);

	if (rc == QF_OK && purge_days >= 0 && !cli.interrupted)
		rc = purge(e);
	if (rc == QF_OK && !cli.dry_run && !cli.interrupted)
		rc = sweep(e);
	return rc == QF_OK && !cli.dry_run && !cli.interrupted ? match_events(e) : rc;
}

static enum qf_status finish_run(int code, struct qf_err *e)
{
	char summary[320];
	enum qf_status rc;

	snprintf(summary, sizeof summary, "%llu files: %llu new, %llu changed, %llu moved, %llu unchanged, %llu gone, %llu back, %llu failed,"
		 " %llu known failures", (unsigned long long)in.count.files, (unsigned long long)in.count.added,
		 (unsigned long long)in.count.changed, (unsigned long long)in.count.moved, (unsigned long long)in.count.unchanged,
		 (unsigned long long)in.count.gone, (unsigned long long)in.count.back, (unsigned long long)in.count.failed,
		 (unsigned long long)in.count.known_failures);
	rc = batch_end(&in.batch, code, summary, e);
	if (rc == QF_OK && !cli.quiet && isatty(STDERR_FILENO))
		cli_say("%s", summary);
	return rc;
}

int main(int argc, char **argv)
{
	struct qf_err e = { 0 };
	enum qf_status rc;
	int code;

	cli_start(&tool, argc, argv);
	if (relocate && (cli.n_operands != 2 || purge_days >= 0 || cli.dry_run))
		cli_misuse("--relocate takes two folders, OLD and NEW, and nothing else");
	if (purge_days >= 0 && cli.dry_run)
		cli_misuse("--purge-missing does not go with --dry-run; `qfzz query --changed-since` shows what is missing");
	in.dataset_name = dataset_name;
	in.follow = follow;
	in.require_sandbox = require_sandbox;
	in.now = cli_now();
	rc = cli_catalog_open(&in.catalog, cli.dry_run ? QF_CATALOG_READ : QF_CATALOG_WRITE, &e);
	if (rc == QF_ENOTFOUND && cli.dry_run)
		rc = QF_OK;
	if (rc == QF_OK)
		rc = intake_open(&in, &e);
	if (rc == QF_OK)
		rc = work(&e);
	code = in.count.failed ? EXIT_SOME : EXIT_OK;
	if (rc == QF_OK)
		rc = finish_run(cli.interrupted ? 128 + (int)cli.interrupted : code, &e);
	if (rc != QF_OK)
		code = cli_die(&e);
	intake_close(&in);
	qf_catalog_close(in.catalog);
	return cli_finish(code);
}
