#include "plan/job.h"

#include "base/hash.h"
#include "rows/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const qf_act_names[QF_ACTS] = { "make", "keep", "drop" };

#define ENCODERS 1 /* to be raised when encoders or their settings change */

/* ---- names ---------------------------------------------------------------------------------------- */

static void hash_text(const struct qf_buf *text, char out[QF_HASH_HEX + 1])
{
	uint8_t digest[QF_SHA256];

	qf_sha256(text->p ? text->p : "", text->len, digest);
	for (int i = 0; i < QF_HASH_HEX / 2; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

void qf_job_hash(const struct qf_job *j, const struct qf_recipe *r, char out[QF_HASH_HEX + 1])
{
	struct qf_buf text = { 0 };

	qf_buf_printf(&text, "%d %lld %lld %s %d %d %.3f %.3f %.4f %.4f", ENCODERS, (long long)j->size, (long long)j->mtime_ns,
		      qf_codec_names[r->codec], r->kbps, r->effort, r->seconds, r->seconds > 0 ? j->start_s : 0, j->gain_db,
		      isfinite(j->limit_dbtp) ? j->limit_dbtp : 0);
	hash_text(&text, out);
	qf_buf_free(&text);
}

void qf_job_stamp(const struct qf_job *j, char out[QF_HASH_HEX + 1])
{
	struct qf_buf text = { 0 };

	for (size_t i = 0; i < j->n; i++)
		if (j->rendition[i].act == QF_MAKE)
			qf_buf_printf(&text, "%s\n", j->rendition[i].file);
	hash_text(&text, out);
	qf_buf_free(&text);
}

void qf_job_put_file(struct qf_buf *out, int64_t track, const char *rung, const char *hash, enum qf_codec codec)
{
	qf_buf_printf(out, "%02d/%lld-%s-%s.%s", (int)(track % 100), (long long)track, rung, hash, qf_codec_endings[codec]);
}

void qf_job_put_waveform(struct qf_buf *out, int64_t track)
{
	qf_buf_printf(out, "%02d/%lld-waveform.json", (int)(track % 100), (long long)track);
}

/* ---- writing ---------------------------------------------------------------------------------------- */

static void put_rendition(struct qf_buf *out, const struct qf_job_rendition *r)
{
	qf_json_open(out, '{');
	qf_json_put_str(out, "action", qf_act_names[r->act]);
	qf_json_put_str(out, "rung", r->rung);
	qf_json_put_str(out, "codec", qf_codec_names[r->recipe.codec]);
	qf_json_put_int(out, "kbps", r->recipe.kbps);
	qf_json_put_int(out, "effort", r->recipe.effort);
	qf_json_put_num(out, "seconds", r->recipe.seconds, 3);
	qf_json_put_str(out, "recipe", r->recipe_hash);
	qf_json_put_str(out, "file", r->file);
	qf_json_put_int(out, "bytes", r->bytes);
	qf_json_close(out, '}');
}

void qf_job_put(struct qf_buf *out, const struct qf_job *j)
{
	qf_json_open(out, '{');
	qf_json_put_str(out, "type", "job.v1");
	qf_json_opt_int(out, "job", j->job);
	qf_json_put_str(out, "catalog", j->catalog);
	qf_json_put_int(out, "track", j->track);
	if (j->path)
		qf_row_put_path(out, j->path);
	qf_json_put_int(out, "size", j->size);
	qf_json_put_int(out, "mtime_ns", j->mtime_ns);
	qf_json_put_int(out, "duration_ms", j->duration_ms);
	qf_json_put_num(out, "start_s", j->start_s, 3);
	qf_json_put_num(out, "gain_db", j->gain_db, 4);
	if (j->shortfall_db > 0)
		qf_json_put_num(out, "shortfall_db", j->shortfall_db, 4);
	if (isfinite(j->limit_dbtp))
		qf_json_put_num(out, "limit_dbtp", j->limit_dbtp, 4);
	qf_json_put_num(out, "value", j->value, 6);
	qf_json_put_str(out, "reason", j->reason ? j->reason : "");
	qf_json_key(out, "renditions");
	qf_json_open(out, '[');
	for (size_t i = 0; i < j->n; i++)
		put_rendition(out, &j->rendition[i]);
	qf_json_close(out, ']');
	qf_json_close(out, '}');
	qf_buf_putc(out, '\n');
}

void qf_plan_put_head(struct qf_buf *out, const struct qf_plan_head *h)
{
	qf_json_open(out, '{');
	qf_json_put_str(out, "type", "plan.v1");
	qf_json_put_str(out, "kind", "transcode");
	qf_json_put_str(out, "catalog", h->catalog);
	qf_row_put_path(out, h->folder);
	qf_json_put_str(out, "ladder", h->ladder);
	qf_json_put_str(out, "policy", h->policy);
	qf_json_put_str(out, "inputs", h->inputs);
	qf_json_put_int(out, "budget_bytes", h->budget);
	qf_json_put_int(out, "bytes", h->bytes);
	qf_json_put_int(out, "wanted_bytes", h->wanted);
	qf_json_put_int(out, "tracks", h->tracks);
	qf_json_put_int(out, "jobs", h->jobs);
	if (h->files > 1)
		qf_json_put_int(out, "files", h->files);
	for (int i = 0; i < QF_ACTS; i++)
		qf_json_put_int(out, qf_act_names[i], h->count[i]);
	qf_json_put_num(out, "value", h->value, 6);
	qf_json_put_num(out, "lp_bound", h->bound, 6);
	qf_json_put_num(out, "gap", h->regret, 9);
	qf_json_put_bool(out, "optimal", h->optimal);
	qf_json_close(out, '}');
	qf_buf_putc(out, '\n');
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static enum qf_status wrong(struct qf_err *e, const char *key)
{
	return qf_fail(e, QF_EFORMAT, "\"%s\" is missing, or not what it should be", key);
}

static bool get_int(struct qf_span object, const char *key, int64_t *out)
{
	struct qf_span v;

	return qf_json_get(object, key, &v) && qf_json_to_int(v, out);
}

static bool get_num(struct qf_span object, const char *key, double *out)
{
	struct qf_span v;

	return qf_json_get(object, key, &v) && qf_json_to_num(v, out);
}

static bool get_text(struct qf_span object, const char *key, struct qf_arena *a, const char **out)
{
	struct qf_span v;

	return qf_json_get(object, key, &v) && (*out = qf_json_dup(v, a)) != NULL;
}

static bool is_safe_name(const char *file)
{
	return *file && *file != '/' && *file != '.' && strspn(file, "abcdefghijklmnopqrstuvwxyz0123456789.-/") == strlen(file) &&
	       !strstr(file, "..") && !strstr(file, "//") && !strstr(file, "/.") && file[strlen(file) - 1] != '/';
}

static bool get_choice(struct qf_span object, const char *key, const char *const *names, int n, int *out)
{
	struct qf_span v;

	for (*out = 0; *out < n && qf_json_get(object, key, &v); ++*out)
		if (qf_json_is(v, names[*out]))
			return true;
	return false;
}

static enum qf_status read_rendition(struct qf_span object, struct qf_arena *a, struct qf_job_rendition *r, struct qf_err *e)
{
	int act, codec;
	int64_t kbps, effort;

	if (!get_choice(object, "action", qf_act_names, QF_ACTS, &act))
		return wrong(e, "action");
	if (!get_choice(object, "codec", qf_codec_names, QF_CODECS, &codec))
		return wrong(e, "codec");
	if (!get_int(object, "kbps", &kbps) || kbps < 0 || kbps > 10000)
		return wrong(e, "kbps");
	if (!get_int(object, "effort", &effort) || effort < 0 || effort > 10)
		return wrong(e, "effort");
	if (!get_num(object, "seconds", &r->recipe.seconds) || r->recipe.seconds < 0 || r->recipe.seconds > 86400)
		return wrong(e, "seconds");
	if (!get_int(object, "bytes", &r->bytes) || r->bytes < 0)
		return wrong(e, "bytes");
	if (!get_text(object, "rung", a, &r->rung) || !is_safe_name(r->rung) || strchr(r->rung, '/'))
		return wrong(e, "rung");
	if (!get_text(object, "recipe", a, &r->recipe_hash) || strspn(r->recipe_hash, "0123456789abcdef") != QF_HASH_HEX ||
	    strlen(r->recipe_hash) != QF_HASH_HEX)
		return wrong(e, "recipe");
	if (!get_text(object, "file", a, &r->file) || !is_safe_name(r->file))
		return wrong(e, "file");
	r->act = (enum qf_act)act;
	r->recipe.codec = (enum qf_codec)codec;
	r->recipe.kbps = (int)kbps;
	r->recipe.effort = (int)effort;
	return QF_OK;
}

static enum qf_status read_renditions(struct qf_span object, struct qf_arena *a, struct qf_job *j, struct qf_err *e)
{
	struct qf_span rest, key, item;

	if (!qf_json_get(object, "renditions", &rest) || qf_json_type(rest) != QF_JSON_ARRAY)
		return wrong(e, "renditions");
	j->rendition = qf_arena_get(a, QF_JOB_RENDITIONS, sizeof *j->rendition);
	if (!j->rendition)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	while (qf_json_next(&rest, &key, &item)) {
		if (j->n == QF_JOB_RENDITIONS)
			return qf_fail(e, QF_EFORMAT, "more than %d renditions of one track", QF_JOB_RENDITIONS);
		if (read_rendition(item, a, &j->rendition[j->n], e) != QF_OK)
			return qf_err_at(e, "renditions");
		j->n++;
	}
	return QF_OK;
}

enum qf_status qf_job_read(struct qf_span object, struct qf_arena *a, struct qf_job *j, struct qf_err *e)
{
	struct qf_track_ref ref;
	enum qf_status rc;

	*j = (struct qf_job){ .limit_dbtp = NAN };
	if (!qf_row_is(object, "job.v1"))
		return qf_fail(e, QF_EFORMAT, "no row of type job.v1");
	rc = qf_row_track_ref(object, a, &ref, e);
	if (rc != QF_OK)
		return rc;
	j->catalog = ref.catalog;
	j->track = ref.id;
	j->path = ref.path;
	if (!ref.catalog || ref.id <= 0)
		return wrong(e, "track");
	get_int(object, "job", &j->job);
	get_num(object, "limit_dbtp", &j->limit_dbtp);
	get_num(object, "shortfall_db", &j->shortfall_db);
	if (!get_int(object, "size", &j->size))
		return wrong(e, "size");
	if (!get_int(object, "mtime_ns", &j->mtime_ns))
		return wrong(e, "mtime_ns");
	if (!get_int(object, "duration_ms", &j->duration_ms) || j->duration_ms < 0)
		return wrong(e, "duration_ms");
	if (!get_num(object, "start_s", &j->start_s) || j->start_s < 0 || j->start_s > 1e9)
		return wrong(e, "start_s");
	if (!get_num(object, "gain_db", &j->gain_db) || fabs(j->gain_db) > 100)
		return wrong(e, "gain_db");
	if (!get_num(object, "value", &j->value))
		return wrong(e, "value");
	if (!get_text(object, "reason", a, &j->reason))
		return wrong(e, "reason");
	return read_renditions(object, a, j, e);
}

enum qf_status qf_plan_read_head(struct qf_span object, struct qf_arena *a, struct qf_plan_head *h, struct qf_err *e)
{
	struct qf_track_ref ref;
	enum qf_status rc;

	*h = (struct qf_plan_head){ 0 };
	if (!qf_row_is(object, "plan.v1"))
		return qf_fail(e, QF_EFORMAT, "a plan begins with a row of type plan.v1");
	rc = qf_row_track_ref(object, a, &ref, e);
	if (rc != QF_OK)
		return rc;
	h->catalog = ref.catalog;
	h->folder = ref.path;
	if (!h->catalog)
		return wrong(e, "catalog");
	if (!h->folder || *h->folder != '/')
		return wrong(e, "path");
	if (!get_int(object, "jobs", &h->jobs) || h->jobs < 0)
		return wrong(e, "jobs");
	return QF_OK;
}
