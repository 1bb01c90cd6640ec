/* Of the catalog: tracks, their plays, and the renditions that are there. */
#define _GNU_SOURCE
#include "cli/plan.h"

#include "audio/carry.h"
#include "base/alloc.h"
#include "catalog/rendition.h"
#include "cli/chosen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PRIOR 0.1 /* plays that every track is given, so that the unplayed come last and not never */

static const double targets[] = { -14, -16, -18, -23 };

struct reading {
	struct plan_sources *s;
	const struct qf_menu *m;
	const char *folder;
	struct cli_chosen chosen;
};

static enum qf_status no_memory(struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory");
}

static bool grow(struct plan_sources *s)
{
	size_t more = s->room ? 2 * s->room : 1024;
	struct qf_source *source = qf_realloc(s->source, more, sizeof *source);
	struct qf_job *job;
	const char **label;

	if (source)
		s->source = source;
	job = qf_realloc(s->job, more, sizeof *job);
	if (job)
		s->job = job;
	label = qf_realloc(s->label, more, sizeof *label);
	if (label)
		s->label = label;
	if (!source || !job || !label)
		return false;
	s->room = more;
	return true;
}

static double start_of_excerpt(const struct qf_played *p)
{
	double third = (double)p->duration_ms / 3000;

	return isfinite(p->preview_start_s) && p->preview_start_s > 0 ? p->preview_start_s : p->duration_ms > 60000 ? third : 0;
}

/* The gain of a track, for the whole of its renditions. */
static void set_level(struct qf_job *j, const struct qf_played *p)
{
	double short_of, gain;

	j->limit_dbtp = NAN;
	if (plan_asked.loudness < 0)
		return;
	gain = qf_transcode_gain(p->loudness_lufs, p->true_peak_dbtp, targets[plan_asked.loudness], plan_asked.ceiling_dbtp, &short_of);
	j->gain_db = gain;
	j->shortfall_db = short_of;
	if (plan_asked.limit && short_of > 0) {
		j->gain_db = gain + short_of;
		j->shortfall_db = 0;
		j->limit_dbtp = plan_asked.ceiling_dbtp;
	}
}

/* ---- tracks ------------------------------------------------------------------------------------------------ */

static enum qf_status take_track(void *arg, const struct qf_played *p, struct qf_err *e)
{
	struct reading *r = arg;
	struct plan_sources *s = r->s;
	struct qf_job *j;

	if (!cli_is_chosen(&r->chosen, p->id))
		return QF_OK;
	if (plan_asked.loudness >= 0 && !isfinite(p->true_peak_dbtp)) {
		s->unheard++;
		return QF_OK;
	}
	if (s->n == s->room && !grow(s))
		return no_memory(e);
	s->source[s->n] = (struct qf_source){
		.duration_ms = p->duration_ms, .kbps = p->kbps, .lossless = qf_codec_lossless(p->codec), .weight = (double)p->recent + PRIOR,
		.packed = p->codec && (strcmp(p->codec, "flac") == 0 || strcmp(p->codec, "alac") == 0 || strcmp(p->codec, "ape") == 0 ||
				       strcmp(p->codec, "wavpack") == 0),
		.plays = (double)p->recent,
		.cover_bytes = p->cover_bytes > 0 && p->cover_bytes <= (int64_t)QF_COVER_MAX ? p->cover_bytes : 0, /* a larger one stays behind */
	};
	j = &s->job[s->n];
	*j = (struct qf_job){ .catalog = s->catalog, .track = p->id, .path = qf_arena_dup(&s->texts, p->path, strlen(p->path)), .size = p->size,
			      .mtime_ns = p->mtime_ns, .duration_ms = p->duration_ms, .start_s = start_of_excerpt(p) };
	set_level(j, p);
	s->label[s->n] = qf_arena_dup(&s->texts, p->label ? p->label : p->path, strlen(p->label ? p->label : p->path));
	if (!j->path || !s->label[s->n])
		return no_memory(e);
	s->n++;
	return QF_OK;
}

/* ---- renditions that are there ------------------------------------------------------------------------ */

static size_t find_track(const struct plan_sources *s, int64_t track)
{
	size_t from = 0, to = s->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (s->job[mid].track < track)
			from = mid + 1;
		else
			to = mid;
	}
	return from < s->n && s->job[from].track == track ? from : SIZE_MAX;
}

static bool is_there(const char *folder, const struct qf_rendition *r)
{
	struct qf_buf path = { 0 };
	struct stat st;
	bool there;

	qf_buf_printf(&path, "%s/%s", folder, r->file);
	there = !path.failed && stat(path.p, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == r->bytes;
	qf_buf_free(&path);
	return there;
}

/* The rung that would be made to the same bytes; -1: none. */
static int rung_of(const struct reading *r, size_t i, const struct qf_rendition *have)
{
	for (size_t j = 0; j < r->m->rungs; j++) {
		struct qf_recipe recipe;
		char hash[QF_HASH_HEX + 1];

		if (!qf_rung_recipe(&r->m->rung[j], &r->s->source[i], &recipe) || strcmp(have->rung, r->m->rung[j].name) != 0)
			continue;
		qf_job_hash(&r->s->job[i], &recipe, hash);
		if (strcmp(hash, have->recipe) == 0)
			return (int)j;
	}
	return -1;
}

static enum qf_status take_rendition(void *arg, const struct qf_rendition *have, struct qf_err *e)
{
	struct reading *r = arg;
	struct plan_sources *s = r->s;
	size_t i = have->vanished ? SIZE_MAX : find_track(s, have->track);
	struct plan_file *f;

	if (!is_there(r->folder, have))
		return QF_OK;
	if (i == SIZE_MAX) {
		s->vanished_bytes += have->bytes;
		return QF_OK;
	}
	if (s->files == s->file_room) {
		size_t more = s->file_room ? 2 * s->file_room : 1024;

		f = qf_realloc(s->file, more, sizeof *f);
		if (!f)
			return no_memory(e);
		s->file = f;
		s->file_room = more;
	}
	f = &s->file[s->files];
	*f = (struct plan_file){ .source = i, .rung = rung_of(r, i, have), .rung_name = qf_arena_dup(&s->texts, have->rung, strlen(have->rung)),
				 .codec = qf_arena_dup(&s->texts, have->codec, strlen(have->codec)),
				 .file = qf_arena_dup(&s->texts, have->file, strlen(have->file)),
				 .recipe_hash = qf_arena_dup(&s->texts, have->recipe, strlen(have->recipe)),
				 .kbps = have->kbps, .seconds = have->seconds, .bytes = have->bytes };
	if (!f->rung_name || !f->codec || !f->file || !f->recipe_hash)
		return no_memory(e);
	if (f->rung >= 0) {
		s->source[i].have |= 1u << f->rung;
		s->source[i].have_bytes[f->rung] = f->bytes;
	} else {
		s->source[i].other_bytes += f->bytes;
	}
	s->files++;
	return QF_OK;
}

enum qf_status plan_sources_read(struct plan_sources *s, struct qf_catalog *c, const struct qf_menu *m, const char *folder, struct qf_err *e)
{
	struct reading r = { .s = s, .m = m, .folder = folder };
	int64_t user;
	enum qf_status rc = plan_user(c, &user, e);

	if (rc == QF_OK)
		rc = cli_choose(&r.chosen, c, plan_asked.where, plan_now(), e);
	s->catalog = qf_catalog_uuid(c);
	if (rc == QF_OK)
		rc = qf_catalog_played(c, user, plan_now() - plan_asked.days * 86400, take_track, &r, e);
	if (rc == QF_OK)
		rc = qf_catalog_renditions(c, folder, take_rendition, &r, e);
	cli_chosen_free(&r.chosen);
	return rc;
}

void plan_sources_free(struct plan_sources *s)
{
	qf_free(s->source);
	qf_free(s->job);
	qf_free(s->label);
	qf_free(s->file);
	qf_arena_free(&s->texts);
	*s = (struct plan_sources){ 0 };
}
