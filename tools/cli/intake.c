#define _GNU_SOURCE
#include "cli/intake.h"

#include "base/alloc.h"
#include "catalog/track.h"
#include "catalog/vanish.h"
#include "cli/cli.h"
#include "cli/reply.h"
#include "rows/rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	READER_VERSION = 2, /* raise it to have known failures tried again */
	BATCH = 500,        /* files in a transaction */
	CACHE_MIB = 12      /* of the catalog: a scan writes in the order of numbers and seldom looks back */
};

static const struct pool_limit limit = { .cpu_s = 10, .wall_s = 60 }; /* of one file; most take a millisecond */

struct job { /* a file under way */
	struct intake_file f;
	char *path, *row; /* owned, as f says them */
};

static const char *rel_of(const struct job *j)
{
	return j->path + j->f.rel;
}

static void free_job(void *user)
{
	struct job *j = user;

	if (j) {
		qf_free(j->path);
		qf_free(j->row);
	}
	qf_free(j);
}

static struct job *new_job(const struct intake_file *f)
{
	struct job *j = qf_zalloc(1, sizeof *j);

	if (!j)
		return NULL;
	j->f = *f;
	j->path = qf_strdup(f->path);
	j->row = f->row.p ? qf_memdup0(f->row.p, f->row.n) : NULL;
	if (j->path && (j->row || !f->row.p))
		return j;
	free_job(j);
	return NULL;
}

enum qf_status intake_open(struct intake *in, struct qf_err *e)
{
	struct pool_opts o = { .program = "qfzz-read", .workers = (int)cli.jobs, .batch = 16, .interrupted = &cli.interrupted, .drop = free_job,
			       .require_sandbox = in->require_sandbox };
	enum qf_status rc = QF_OK;

	in->batch = (struct batch){ .catalog = in->catalog, .max = BATCH, .now = in->now };
	if (in->catalog)
		qf_catalog_set_cache(in->catalog, CACHE_MIB);
	if (in->catalog)
		rc = qf_catalog_last_track(in->catalog, &in->first_new, e);
	return rc == QF_OK ? pool_open(&in->pool, &o, e) : rc;
}

void intake_close(struct intake *in)
{
	batch_free(&in->batch);
	pool_close(in->pool);
	qf_arena_free(&in->scratch);
}

enum qf_status intake_begin(struct intake *in, struct qf_err *e)
{
	enum qf_status rc = batch_begin(&in->batch, e);

	if (rc == QF_OK && in->dataset_name && !in->dataset)
		rc = qf_catalog_dataset(in->catalog, in->dataset_name, in->now, &in->dataset, e);
	return rc;
}

enum qf_status intake_into_dataset(struct intake *in, int64_t track, struct qf_err *e)
{
	bool has = true, added;
	enum qf_status rc = QF_OK;

	if (in->dataset_name)
		rc = qf_catalog_dataset_has(in->catalog, in->dataset_name, track, &has, e);
	if (rc == QF_OK && !has)
		rc = intake_begin(in, e);
	return rc == QF_OK && !has ? qf_catalog_dataset_add(in->catalog, in->dataset, track, &added, e) : rc;
}

/* ---- storing one reply ------------------------------------------------------------------------ */

static enum qf_status fail_file(struct intake *in, const struct job *j, int64_t track, const char *class_name, const char *text,
				struct qf_err *e)
{
	struct qf_failure f = {
		.stage = cli.tool->verb, .root = j->f.root, .path = rel_of(j), .track = track, .class_name = class_name, .message = text,
		.size = j->f.looks.size, .mtime_ns = j->f.looks.mtime_ns, .version = READER_VERSION, .at = in->now,
	};
	bool known = false;
	enum qf_status rc = qf_catalog_put_failure(in->catalog, &f, &known, e);

	if (rc == QF_OK && !known) {
		in->count.failed++;
		cli_say("%s: %s (%s)", j->path, text, class_name);
	} else if (rc == QF_OK) {
		in->count.known_failures++;
	}
	return rc;
}

static enum qf_status read_reply(struct intake *in, const struct job *j, struct qf_span object, struct reply *r, struct qf_err *e)
{
	enum qf_status rc = reply_read(r, object, &in->scratch, e);

	r->scanned.id = j->f.known_id;
	r->scanned.root = j->f.root;
	r->scanned.path = rel_of(j);
	r->scanned.size = j->f.looks.size;
	r->scanned.mtime_ns = j->f.looks.mtime_ns;
	r->scanned.inode = j->f.looks.inode;
	r->scanned.lyrics = j->f.looks.lyrics;
	r->scanned.now = in->now;
	return rc == QF_OK ? reply_add_lyrics(r, j->path, &in->scratch, e) : rc;
}

/* The row as it came, with what we know set into it. */
static enum qf_status pass_on(struct intake *in, const struct job *j, int64_t id, struct qf_err *e)
{
	enum { MOST = 32 };
	struct qf_row_edit edits[MOST];
	struct qf_span rest, key, value;
	char names[MOST][32];
	struct qf_track t;
	struct qf_buf mine = { 0 };
	size_t n = 0;
	enum qf_status rc = qf_catalog_track(in->catalog, id, QF_TRACK_BARE, &in->scratch, &t, NULL, e);

	if (rc != QF_OK)
		return rc;
	qf_row_put_track(&mine, qf_catalog_uuid(in->catalog), &t);
	rc = qf_buf_check(&mine, e);
	if (rc == QF_OK) {
		rest = (struct qf_span){ mine.p, mine.len - 1 };
		for (; n < MOST && qf_json_next(&rest, &key, &value); n++) {
			snprintf(names[n], sizeof names[n], "%.*s", (int)key.n - 2, key.p + 1);
			edits[n] = (struct qf_row_edit){ names[n], value };
		}
		qf_row_write(&in->batch.rows, (struct qf_span){ j->row, j->f.row.n }, edits, n);
	}
	qf_buf_free(&mine);
	return rc;
}

static enum qf_status store_track(struct intake *in, const struct job *j, struct qf_span object, struct qf_err *e)
{
	struct reply r;
	int64_t id;
	bool is_new, added;
	enum qf_status rc = read_reply(in, j, object, &r, e);

	if (rc == QF_EFORMAT)
		return fail_file(in, j, 0, "crashed", e->text, e);
	if (rc == QF_OK)
		rc = qf_catalog_put_track(in->catalog, &r.scanned, &id, &is_new, e);
	if (rc == QF_OK && in->dataset)
		rc = qf_catalog_dataset_add(in->catalog, in->dataset, id, &added, e);
	if (rc != QF_OK)
		return rc;
	if (is_new)
		in->count.added++;
	else
		in->count.changed++;
	if (r.damage_class) /* it is in, but its owner should know */
		rc = fail_file(in, j, id, r.damage_class, r.damage_text, e);
	else if (j->f.had_failure)
		rc = qf_catalog_clear_failure(in->catalog, cli.tool->verb, j->f.root, rel_of(j), e);
	return rc == QF_OK && j->row ? pass_on(in, j, id, e) : rc;
}

static enum qf_status store_result(struct intake *in, const struct pool_result *r, struct qf_err *e)
{
	struct job *j = r->user;
	enum qf_status rc = intake_begin(in, e);

	qf_arena_reset(&in->scratch);
	pool_warn(in->pool);
	if (rc == QF_OK)
		rc = r->ok ? store_track(in, j, r->object, e) : fail_file(in, j, j->f.known_id, r->class, r->text, e);
	free_job(j);
	return rc == QF_OK ? batch_count(&in->batch, e) : rc;
}

/* Take results: all that are ready, and, if `drain`, all that are still to come. */
static enum qf_status take_results(struct intake *in, bool drain, struct qf_err *e)
{
	struct pool_result r;
	bool got = true;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && got) {
		bool wait = drain || !pool_has_room(in->pool);

		rc = pool_next(in->pool, wait, &r, &got, e);
		if (rc == QF_OK && got)
			rc = store_result(in, &r, e);
	}
	return rc;
}

enum qf_status intake_drain(struct intake *in, struct qf_err *e)
{
	return take_results(in, true, e);
}

/* ---- submitting ---------------------------------------------------------------------------------- */

static enum qf_status cannot_open(struct intake *in, struct job *j, const struct qf_err *why, struct qf_err *e)
{
	enum qf_status rc = intake_begin(in, e);

	if (rc == QF_OK)
		rc = fail_file(in, j, j->f.known_id, qf_status_name(why->code), why->text, e);
	free_job(j);
	return rc;
}

enum qf_status intake_submit(struct intake *in, const struct intake_file *f, struct qf_err *e)
{
	struct job *j = new_job(f);
	struct qf_err why = { 0 };
	struct stat st;
	enum qf_status rc = QF_OK;
	int fd;

	if (!j)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	fd = walk_open_file(j->path, in->follow, &st, &why);
	if (fd < 0)
		return cannot_open(in, j, &why, e);
	if (!pool_has_room(in->pool))
		rc = take_results(in, false, e);
	if (rc == QF_OK && pool_has_room(in->pool)) {
		rc = pool_submit(in->pool, fd, j->path, limit, j, e);
		if (rc == QF_OK)
			return QF_OK;
	} else { /* an error; or interrupted: nothing more is begun */
		close(fd);
	}
	free_job(j);
	return rc;
}
