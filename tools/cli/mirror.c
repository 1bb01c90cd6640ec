#define _GNU_SOURCE
#include "cli/mirror.h"

#include "base/alloc.h"
#include "catalog/rendition.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "cli/idlist.h"
#include "cli/store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct victim {
	int64_t id, track;
	const char *file, *rung, *why;
	bool whole; /* nothing of the track stays */
};

struct mirror {
	struct qf_catalog *c;
	const char *folder;
	const struct qf_job *job; /* under way */
	struct victim *victim;
	size_t n, room, others;   /* others: of the job's renditions, that are there and stay */
	struct cli_ids planned;   /* the tracks of the plan */
	struct qf_arena texts;
	size_t kept;
};

static enum qf_status path_of(struct qf_buf *path, const struct mirror *m, const char *file, struct qf_err *e)
{
	qf_buf_clear(path);
	qf_buf_printf(path, "%s/%s", m->folder, file);
	return qf_buf_check(path, e);
}

static enum qf_status add(struct mirror *m, const struct qf_rendition *r, bool whole, const char *why, struct qf_err *e)
{
	struct victim *v;

	if (m->n == m->room) {
		size_t more = m->room ? 2 * m->room : 64;

		v = qf_realloc(m->victim, more, sizeof *v);
		if (!v)
			return qf_fail(e, QF_ENOMEM, "out of memory");
		m->victim = v;
		m->room = more;
	}
	v = &m->victim[m->n++];
	*v = (struct victim){ r->id, r->track, qf_arena_dup(&m->texts, r->file, strlen(r->file)),
			      qf_arena_dup(&m->texts, r->rung, strlen(r->rung)), why, whole };
	return v->file && v->rung ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

static bool is_dropped(const struct qf_job *j, const char *file)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->rendition[i].act == QF_DROP && strcmp(j->rendition[i].file, file) == 0)
			return true;
	return false;
}

/* One rendition of the job's track: to be dropped, or one that stays and allows it. */
static enum qf_status weigh(void *arg, const struct qf_rendition *r, struct qf_err *e)
{
	struct mirror *m = arg;
	struct qf_buf path = { 0 };
	enum qf_status rc;

	if (strcmp(r->folder, m->folder) != 0 || r->vanished)
		return QF_OK;
	if (is_dropped(m->job, r->file))
		return add(m, r, false, "dropped by the plan", e);
	rc = path_of(&path, m, r->file, e);
	if (rc == QF_OK && access(path.p, R_OK) == 0)
		m->others++;
	qf_buf_free(&path);
	return rc;
}

static enum qf_status find_dropped(struct mirror *m, struct planfile *p, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_job j;
	bool more = true;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && (rc = planfile_next(p, &a, &j, &more, e)) == QF_OK && more) {
		size_t before = m->n;

		m->job = &j;
		m->others = 0;
		rc = cli_ids_add(&m->planned, j.track, e);
		if (rc == QF_OK)
			rc = qf_catalog_renditions_of(m->c, j.track, weigh, m, e);
		if (rc == QF_OK && m->others == 0 && m->n > before) {
			cli_say("track %lld: its renditions stay, for there is no other yet", (long long)j.track);
			m->kept += m->n - before;
			m->n = before;
		}
	}
	qf_arena_free(&a);
	return rc;
}

static enum qf_status take_vanished(void *arg, const struct qf_rendition *r, struct qf_err *e)
{
	return r->vanished ? add(arg, r, true, "the track is gone", e) : QF_OK;
}

/* ---- tracks that rows name ------------------------------------------------------------------------------- */

static enum qf_status take_asked(void *arg, const struct qf_rendition *r, struct qf_err *e)
{
	struct mirror *m = arg;

	return strcmp(r->folder, m->folder) == 0 && !r->vanished ? add(m, r, true, "asked for", e) : QF_OK;
}

/* A row of another type goes on as it is. */
static enum qf_status ask(void *arg, struct qf_span row, struct qf_err *e)
{
	struct mirror *m = arg;
	struct qf_arena a = { 0 };
	struct qf_track_ref ref;
	int64_t track;
	enum qf_status rc;

	if (!qf_row_is(row, "track.v1")) {
		cli_row(row);
		return QF_OK;
	}
	rc = cli_track_of_row(m->c, row, &a, &track, &ref, e);
	if (rc == QF_OK && !track)
		rc = qf_fail(e, QF_ENOTFOUND, "%s: not in the catalog", ref.path);
	else if (rc == QF_OK && cli_ids_find(&m->planned, track))
		rc = qf_fail(e, QF_ENOTFOUND, "track %lld: its renditions stay, for it is on the plan", (long long)track);
	else if (rc == QF_OK)
		rc = qf_catalog_renditions_of(m->c, track, take_asked, m, e);
	qf_arena_free(&a);
	return rc;
}

static enum qf_status find_asked(struct mirror *m, struct cli_input *in, struct qf_err *e)
{
	enum qf_status rc;

	cli_ids_sort(&m->planned);
	rc = cli_each_row(in, ask, m, e);
	m->kept += in->bad;
	return rc;
}

/* ---- taking away -------------------------------------------------------------------------------------------- */

static void print(const struct mirror *m, const struct victim *v, const char *path)
{
	struct qf_buf row = { 0 };

	qf_json_open(&row, '{');
	qf_json_put_str(&row, "type", "rendition.v1");
	if (v->track) {
		qf_json_put_str(&row, "catalog", qf_catalog_uuid(m->c));
		qf_json_put_int(&row, "track", v->track);
	}
	qf_row_put_path(&row, path);
	qf_json_put_str(&row, "rung", v->rung);
	qf_json_put_str(&row, cli.dry_run ? "planned" : "removed", v->why);
	qf_json_close(&row, '}');
	if (!row.failed)
		cli_row((struct qf_span){ row.p, row.len });
	qf_buf_free(&row);
}

/* With all of a track the waveform, which is no rendition, goes along: "17/4017-…" has "17/4017-waveform.json" beside it. */
static void take_waveform(const struct mirror *m, const struct victim *v)
{
	struct qf_buf path = { 0 };

	qf_buf_printf(&path, "%s/%.*s-waveform.json", m->folder, (int)strcspn(v->file, "-"), v->file);
	if (!path.failed)
		unlink(path.p);
	qf_buf_free(&path);
}

/* First the file, then what is known of it: a run that is killed in between is ended by the next. */
static enum qf_status take_away(struct mirror *m, const struct victim *v, struct qf_err *e)
{
	struct qf_buf path = { 0 };
	int64_t original = 0;
	enum qf_status rc = path_of(&path, m, v->file, e);

	if (rc == QF_OK)
		rc = qf_catalog_find_path(m->c, path.p, &original, e);
	if (rc == QF_OK && original) {
		cli_say("%s: stays, for it is a track of the catalog", path.p);
		m->kept++;
	} else if (rc == QF_OK && !cli.dry_run) {
		if (unlink(path.p) != 0 && errno != ENOENT)
			rc = qf_fail_errno(e, "%s: cannot remove", path.p);
		if (rc == QF_OK)
			rc = qf_catalog_drop_rendition(m->c, v->id, e);
		if (rc == QF_OK && v->whole)
			take_waveform(m, v);
	}
	if (rc == QF_OK && !original && !cli.quiet)
		print(m, v, path.p);
	qf_buf_free(&path);
	return rc;
}

enum qf_status mirror_run(struct planfile *p, struct cli_input *asked, struct qf_catalog *c, size_t *kept, struct qf_err *e)
{
	struct mirror m = { .c = c, .folder = p->head.folder };
	enum qf_status rc = find_dropped(&m, p, e);

	if (rc == QF_OK)
		rc = qf_catalog_renditions(c, m.folder, take_vanished, &m, e);
	if (rc == QF_OK && asked)
		rc = find_asked(&m, asked, e);
	if (rc == QF_OK && !cli.dry_run)
		rc = qf_catalog_begin(c, e);
	for (size_t i = 0; rc == QF_OK && i < m.n; i++)
		rc = take_away(&m, &m.victim[i], e);
	if (!cli.dry_run) { /* what was removed is removed, whatever came after it */
		struct qf_err why = { 0 };
		enum qf_status done = qf_catalog_commit(c, &why);

		if (rc == QF_OK && done != QF_OK)
			rc = qf_fail(e, done, "%s", why.text);
	}
	*kept = m.kept;
	qf_free(m.victim);
	cli_ids_free(&m.planned);
	qf_arena_free(&m.texts);
	return rc;
}
