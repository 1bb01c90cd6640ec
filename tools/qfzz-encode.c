/* qfzz-encode - carries out jobs of a plan: one track in, all its renditions out, whole or not at all. */
#define _GNU_SOURCE
#include "base/file.h"
#include "base/hash.h"
#include "catalog/rendition.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "cli/mirror.h"
#include "cli/planfile.h"
#include "cli/rendering.h"
#include "cli/store.h"
#include "cli/walk.h"
#include "cli/workshop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERSION 1 /* of what can fail on a track, for its row in failure */

static const char *plan_path, *stamp;
static int64_t wanted;
static bool mirror;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 0, "plan", "FILE", "the plan, as `qfzz plan transcode` wrote it", &plan_path, 0, 0, NULL },
	{ CLI_INT, 0, "job", "N", "only this job of it [all, one after the other]", &wanted, 1, 1e9, NULL },
	{ CLI_TEXT, 0, "stamp", "FILE", "make this empty file, last of all, once the job is done", &stamp, 0, 0, NULL },
	{ CLI_FLAG, 0, "mirror", NULL, "encode nothing; remove the renditions that the plan drops, those whose track is gone, and with '-' those of tracks that rows on standard input name", &mirror, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "TRACK", "track", -7 }, { "RUNG", "rung", 16 }, { "BYTES", "bytes", -10 }, { "WHAT", "planned|removed|codec", 20 },
	{ "FILE", "path", 60 }, { "path", "path", 0 }, { 0 }
};
static const char *const examples[] = {
	"qfzz encode --plan plan.ndjson --job 17",
	"qfzz encode --plan plan.ndjson --job 17 --stamp plan.ok/17",
	"qfzz encode --plan plan.ndjson --mirror --dry-run",
	"qfzz query dataset:old | qfzz encode --plan plan.ndjson --mirror --dry-run -",
	NULL
};
static const struct cli_tool tool = {
	.verb = "encode", .stage = "deliver", .purpose = "carry out a plan: encode renditions, remove what it drops",
	.operands = "[-]", .reads = "plan.v1 job.v1 track.v1", .writes = "rendition.v1", .common = CLI_CATALOG | CLI_FORMAT | CLI_DRY_RUN, .opts = opts,
	.columns = columns, .examples = examples,
	.notes = "Each file is decoded once, in a locked-in worker; renditions, excerpt and waveform come out of that\n"
		 "pass, with tags and cover. A file appears under its name when it is whole and on the disk, and is\n"
		 "then known to the catalog. The same source and plan give the same bytes.",
};

/* ---- one job --------------------------------------------------------------------------------------- */

struct work {
	struct qf_catalog *c;
	const struct planfile *plan;
	const struct qf_job *job;
	struct qf_arena *a;
	struct workshop shop;
	int source, fds[RENDERINGS];
	size_t n;
	struct qf_buf rows;
};

static enum qf_status open_source(struct work *w, struct qf_err *e)
{
	const struct qf_job *j = w->job;
	struct stat st;

	w->source = walk_open_file(j->path, true, &st, e);
	if (w->source < 0)
		return e->code == QF_EIO ? (e->code = QF_ENOTFOUND) : e->code; /* of this track, not of the run */
	if (st.st_size != j->size || (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec != j->mtime_ns)
		return qf_fail(e, QF_EFORMAT, "it changed since the plan was made; `qfzz ingest` and plan again");
	return QF_OK;
}

/* Files of the workshop are called by their number; the last is the waveform. */
static enum qf_status open_files(struct work *w, struct qf_err *e)
{
	for (size_t i = 0; i <= w->job->n; i++) {
		char name[24];

		if (i < w->job->n && w->job->rendition[i].act != QF_MAKE)
			continue;
		snprintf(name, sizeof name, "%zu", i);
		w->fds[w->n] = workshop_file(&w->shop, name, e);
		if (w->fds[w->n] < 0)
			return e->code;
		w->n++;
	}
	return QF_OK;
}

static enum qf_status digest_of(int fd, char hex[2 * QF_SHA256 + 1], int64_t *bytes, struct qf_err *e)
{
	unsigned char block[65536];
	uint8_t digest[QF_SHA256];
	struct qf_sha256 *h;
	ssize_t k;

	*bytes = 0;
	if (qf_sha256_open(&h, e))
		return e->code;
	while ((k = pread(fd, block, sizeof block, *bytes)) > 0) {
		qf_sha256_add(h, block, (size_t)k);
		*bytes += k;
	}
	qf_sha256_end(h, digest);
	qf_sha256_close(h);
	if (k < 0)
		return qf_fail_errno(e, "cannot read what was just written");
	for (int i = 0; i < QF_SHA256; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return QF_OK;
}

static void put_row(struct work *w, const struct qf_rendition *r)
{
	struct qf_buf path = { 0 }, *b = &w->rows;

	qf_buf_printf(&path, "%s/%s", r->folder, r->file);
	qf_json_open(b, '{');
	qf_json_put_str(b, "type", "rendition.v1");
	qf_json_put_str(b, "catalog", qf_catalog_uuid(w->c));
	qf_json_put_int(b, "track", r->track);
	qf_row_put_path(b, path.p ? path.p : "");
	qf_json_put_str(b, "rung", r->rung);
	qf_json_put_str(b, "codec", r->codec);
	qf_json_put_int(b, "kbps", r->kbps);
	qf_json_put_num(b, "seconds", r->seconds, 3);
	if (cli.dry_run)
		qf_json_put_str(b, "planned", "encode");
	else
		qf_json_put_str(b, "sha256", r->sha256);
	qf_json_put_int(b, "bytes", r->bytes);
	qf_json_put_num(b, "gain_db", r->gain_db, 4);
	qf_json_close(b, '}');
	qf_buf_putc(b, '\n');
	b->failed |= path.failed;
	qf_buf_free(&path);
}

static struct qf_rendition rendition_of(const struct work *w, const struct qf_job_rendition *r)
{
	return (struct qf_rendition){
		.track = w->job->track, .folder = w->plan->head.folder, .file = r->file, .rung = r->rung,
		.codec = qf_codec_names[r->recipe.codec], .kbps = r->recipe.kbps, .seconds = r->recipe.seconds, .recipe = r->recipe_hash,
		.bytes = r->bytes, .gain_db = w->job->gain_db,
	};
}

/* Under its name, and then in the catalog, in the transaction under way. */
static enum qf_status deliver(struct work *w, size_t i, int fd, struct qf_err *e)
{
	const struct qf_job_rendition *r = &w->job->rendition[i];
	struct qf_rendition have = rendition_of(w, r);
	char name[24], hex[2 * QF_SHA256 + 1];

	snprintf(name, sizeof name, "%zu", i);
	have.sha256 = hex;
	if (digest_of(fd, hex, &have.bytes, e) || workshop_deliver(&w->shop, name, fd, have.folder, have.file, e) ||
	    qf_catalog_put_rendition(w->c, &have, cli_now(), e))
		return e->code;
	put_row(w, &have);
	return QF_OK;
}

static enum qf_status deliver_waveform(struct work *w, struct qf_buf *file, struct qf_err *e)
{
	char name[24];

	snprintf(name, sizeof name, "%zu", w->job->n);
	qf_job_put_waveform(file, w->job->track);
	if (qf_buf_check(file, e) || workshop_deliver(&w->shop, name, w->fds[w->n - 1], w->plan->head.folder, file->p, e))
		return e->code;
	return workshop_settle(w->plan->head.folder, file->p, e);
}

/* Names first, then the catalog: a run that is killed in between makes the same files again. */
static enum qf_status deliver_all(struct work *w, struct qf_err *e)
{
	struct qf_buf file = { 0 };
	enum qf_status rc = qf_catalog_begin(w->c, e);

	for (size_t i = 0, k = 0; rc == QF_OK && i < w->job->n; i++)
		if (w->job->rendition[i].act == QF_MAKE)
			rc = deliver(w, i, w->fds[k++], e);
	if (rc == QF_OK)
		rc = deliver_waveform(w, &file, e);
	if (rc == QF_OK)
		rc = qf_catalog_commit(w->c, e);
	else
		qf_catalog_rollback(w->c);
	qf_buf_free(&file);
	return rc;
}

/* The track is what failed: a row for the catalog, a sentence for people. */
static enum qf_status keep_failure(struct work *w, const struct rendered *out, struct qf_err *e)
{
	const struct qf_job *j = w->job;
	struct qf_failure f = { .stage = "encode", .track = j->track, .class_name = out->class_name, .message = out->text, .size = j->size,
				.mtime_ns = j->mtime_ns, .version = VERSION, .at = cli_now() };
	bool known;

	if (qf_catalog_begin(w->c, e))
		return e->code;
	if (qf_catalog_root_of(w->c, j->path, &f.root, &f.path, e) || (f.root && qf_catalog_put_failure(w->c, &f, &known, e)) ||
	    qf_catalog_commit(w->c, e)) {
		qf_catalog_rollback(w->c);
		return e->code;
	}
	return qf_fail(e, QF_EFORMAT, "%s (%s)", out->text, out->class_name);
}

static enum qf_status make(struct work *w, struct qf_err *e)
{
	struct rendering r = { .job = w->job, .fds = w->fds };
	struct rendered out;
	enum qf_status rc = open_source(w, e);

	if (rc != QF_OK)
		return rc;
	rc = workshop_open(&w->shop, w->plan->head.folder, e);
	if (rc == QF_OK)
		rc = open_files(w, e);
	r.source = w->source;
	r.n = w->n;
	if (rc == QF_OK && (rc = rendering_run(&r, &out, w->a, e)) == QF_EIO)
		qf_err_at(e, w->plan->head.folder);
	if (rc == QF_OK && out.class_name)
		return keep_failure(w, &out, e);
	if (rc == QF_OK)
		rc = deliver_all(w, e);
	if (rc == QF_OK && out.damage)
		cli_say("%s: damaged: %s; its renditions hold what could be decoded", w->job->path, out.damage);
	return rc;
}

static void plan_only(struct work *w)
{
	for (size_t i = 0; i < w->job->n; i++)
		if (w->job->rendition[i].act == QF_MAKE) {
			struct qf_rendition r = rendition_of(w, &w->job->rendition[i]);

			put_row(w, &r);
		}
}

static void print_rows(const struct qf_buf *rows)
{
	const char *p = rows->p, *end = p + rows->len, *nl;

	for (; p < end && (nl = memchr(p, '\n', (size_t)(end - p))) != NULL; p = nl + 1)
		cli_row((struct qf_span){ p, (size_t)(nl - p) });
}

static enum qf_status write_stamp(struct qf_err *e)
{
	struct qf_buf folder = { 0 };
	const char *slash = strrchr(stamp, '/');
	enum qf_status rc = QF_OK;

	if (slash && slash != stamp) {
		qf_buf_put(&folder, stamp, (size_t)(slash - stamp));
		rc = qf_buf_check(&folder, e);
		if (rc == QF_OK && mkdir(folder.p, 0777) != 0 && errno != EEXIST)
			rc = qf_fail_errno(e, "%s: cannot make this folder", folder.p);
	}
	qf_buf_free(&folder);
	return rc == QF_OK ? qf_file_replace(stamp, "", 0, NULL, e) : rc;
}

static enum qf_status run_job(struct qf_catalog *c, const struct planfile *p, const struct qf_job *j, struct qf_arena *a, struct qf_err *e)
{
	struct work w = { .c = c, .plan = p, .job = j, .a = a, .source = -1 };
	enum qf_status rc = QF_OK;

	if (!j->path)
		rc = qf_fail(e, QF_EFORMAT, "job %lld has no path", (long long)j->job);
	else if (cli.dry_run)
		plan_only(&w);
	else if ((rc = make(&w, e)) == QF_EFORMAT || rc == QF_ENOTFOUND)
		qf_err_at(e, j->path);
	if (rc == QF_OK && !cli.quiet)
		print_rows(&w.rows);
	workshop_close(&w.shop);
	for (size_t i = 0; i < w.n; i++)
		close(w.fds[i]);
	if (w.source >= 0)
		close(w.source);
	qf_buf_free(&w.rows);
	return rc;
}

/* ---- all jobs, or the one ------------------------------------------------------------------------------ */

static int run_jobs(struct qf_catalog *c, struct planfile *p)
{
	struct qf_arena a = { 0 };
	struct qf_job j;
	struct qf_err e = { 0 };
	bool more = true, found = false;
	int code = EXIT_OK;

	while (code != EXIT_FATAL && !(wanted && found)) {
		enum qf_status rc = planfile_next(p, &a, &j, &more, &e);

		if (rc == QF_OK && !more)
			break;
		if (rc == QF_OK && (!j.job || (wanted && j.job != wanted)))
			continue;
		found = true;
		if (rc == QF_OK)
			rc = run_job(c, p, &j, &a, &e);
		if (rc == QF_EFORMAT || rc == QF_ENOTFOUND || rc == QF_EUNSUPPORTED) {
			cli_warn(&e);
			code = EXIT_SOME;
		} else if (rc != QF_OK) {
			code = cli_die(&e);
			break;
		}
	}
	if (wanted && !found && code == EXIT_OK) {
		cli_say("%s: there is no job %lld in it", plan_path, (long long)wanted);
		code = EXIT_SOME;
	}
	qf_arena_free(&a);
	return code;
}

static int run(struct qf_catalog *c, struct planfile *p)
{
	struct cli_input asked = { .fd = STDIN_FILENO };
	struct qf_err e = { 0 };
	size_t kept = 0;
	int code;

	if (strcmp(p->head.catalog, qf_catalog_uuid(c)) != 0) {
		qf_fail(&e, QF_EIO, "%s: a plan of another catalog (%s)", plan_path, p->head.catalog);
		return cli_die(&e);
	}
	if (mirror)
		return mirror_run(p, cli.n_operands ? &asked : NULL, c, &kept, &e) ? cli_die(&e) : kept ? EXIT_SOME : EXIT_OK;
	code = run_jobs(c, p);
	if (code == EXIT_OK && stamp && !cli.dry_run && write_stamp(&e))
		code = cli_die(&e);
	return code;
}

int main(int argc, char **argv)
{
	struct planfile p = { 0 };
	struct qf_catalog *c = NULL;
	struct qf_err e = { 0 };
	int code;

	cli_start(&tool, argc, argv);
	if (!plan_path)
		cli_misuse("which plan? (--plan FILE)");
	if (mirror && (wanted || stamp))
		cli_misuse("--mirror goes without --job and --stamp");
	if (cli.n_operands && (!mirror || cli.n_operands > 1 || strcmp(cli.operands[0], "-") != 0))
		cli_misuse("'%s': the one operand is '-', rows on standard input, and for --mirror", cli.operands[0]);
	if (planfile_open(&p, plan_path, &e) || cli_catalog_open(&c, QF_CATALOG_WRITE, &e))
		code = cli_die(&e);
	else
		code = run(c, &p);
	planfile_close(&p);
	qf_catalog_close(c);
	return cli_finish(code);
}
