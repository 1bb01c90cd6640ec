#define _GNU_SOURCE
#include "cli/heard.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/hearing.h"
#include "rows/rows.h"

#include <string.h>

#define STAGE "features" /* of its failures in the catalog */

enum qf_status heard_job_new(struct heard_job **out, const struct qf_pending *p, struct qf_span row, struct qf_err *e)
{
	struct heard_job *j = qf_zalloc(1, sizeof *j);
	char *path = qf_strdup(p->path);

	*out = NULL;
	if (!j || !path || (row.p && (j->row = qf_memdup0(row.p, row.n)) == NULL)) {
		qf_free(path);
		qf_free(j);
		return qf_fail(e, QF_ENOMEM, "out of memory");
	}
	j->p = *p;
	j->p.path = path;
	j->p.rel = path + (p->rel ? strlen(p->path) - strlen(p->rel) : 0);
	j->row_len = row.n;
	*out = j;
	return QF_OK;
}

void heard_job_free(void *job)
{
	struct heard_job *j = job;

	if (j) {
		qf_free((char *)(uintptr_t)j->p.path);
		qf_free(j->row);
	}
	qf_free(j);
}

enum qf_status heard_fail(struct heard *h, const struct heard_job *j, const char *class_name, const char *text, struct qf_err *e)
{
	struct qf_failure f = {
		.stage = STAGE, .root = j->p.root, .path = j->p.rel, .track = j->p.id, .class_name = class_name, .message = text,
		.size = j->p.size, .mtime_ns = j->p.mtime_ns, .version = QF_FEATURES_VERSION, .at = h->batch->now,
	};
	bool known = false;
	enum qf_status rc = QF_OK;

	if (j->p.id && !cli.dry_run) {
		rc = batch_begin(h->batch, e);
		if (rc == QF_OK)
			rc = qf_catalog_put_failure(h->batch->catalog, &f, &known, e);
	}
	if (rc != QF_OK)
		return rc;
	if (known)
		h->known_failures++;
	else
		h->failed++;
	if (!known || j->row)
		cli_say("%s: %s (%s)", j->p.path, text, class_name);
	return QF_OK;
}

/* The row with the features that the pipe carries: all that were asked for by name, else the brief ones. */
static enum qf_status pass_on(struct heard *h, const struct heard_job *j, const struct qf_features *f, int version, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	struct qf_row_edit edit = { .key = "features" };
	enum qf_status rc;

	if (hearing_wanted())
		return hearing_show(j->p.id ? h->batch->catalog : NULL, j->p.id, j->p.path, f, e);
	qf_row_put_features_as(&text, f, version, false);
	rc = qf_buf_check(&text, e);
	if (rc == QF_OK) {
		edit.value = (struct qf_span){ text.p, text.len };
		qf_row_write(&h->batch->rows, (struct qf_span){ j->row, j->row_len }, &edit, 1);
	}
	qf_buf_free(&text);
	return rc;
}

/* What was heard is not all that was declared: the owner should know, once. */
static enum qf_status keep_damage(struct heard *h, const struct heard_job *j, struct qf_span object, struct qf_err *e)
{
	struct qf_span damage, v;
	const char *text;

	if (!qf_json_get(object, "damage", &damage))
		return j->p.id ? qf_catalog_clear_failure(h->batch->catalog, STAGE, j->p.root, j->p.rel, e) : QF_OK;
	text = qf_json_get(damage, "text", &v) ? qf_json_dup(v, &h->scratch) : NULL;
	return heard_fail(h, j, "damaged", text ? text : "damaged", e);
}

/* The file is another one, but not its sound: what was heard stays, and what was damaged in it. */
static enum qf_status keep_features(struct heard *h, const struct heard_job *j, struct qf_span digest, struct qf_err *e)
{
	const char *hex = qf_json_dup(digest, &h->scratch);
	enum qf_status rc = batch_begin(h->batch, e);

	return rc == QF_OK ? qf_catalog_keep_features(h->batch->catalog, &j->p, hex, e) : rc;
}

static enum qf_status store_features(struct heard *h, const struct heard_job *j, struct qf_span object, struct qf_err *e)
{
	struct qf_span v;
	struct qf_features f;
	struct qf_err why = { 0 };
	int version = 0;
	enum qf_status rc;

	if (j->known && qf_json_get(object, "same", &v) && qf_json_get(object, "file_sha256", &v))
		return keep_features(h, j, v, e);
	if (!qf_json_get(object, "features", &v))
		return heard_fail(h, j, "crashed", "the worker sent no features", e);
	rc = qf_row_get_features(v, &f, &version, &why);
	if (rc == QF_EFORMAT)
		rc = heard_fail(h, j, "crashed", why.text, e);
	else if (rc != QF_OK)
		rc = qf_fail(e, rc, "%s", why.text);
	else if (version != QF_FEATURES_VERSION)
		rc = heard_fail(h, j, "crashed", "the worker is of another version than this program", e);
	else {
		if (j->p.id) {
			rc = batch_begin(h->batch, e);
			if (rc == QF_OK)
				rc = qf_catalog_put_features(h->batch->catalog, &j->p, &f, version, h->batch->now, e);
		}
		if (rc == QF_OK)
			rc = keep_damage(h, j, object, e);
		if (rc == QF_OK && j->row)
			rc = pass_on(h, j, &f, version, e);
	}
	qf_features_free(&f);
	return rc;
}

enum qf_status heard_take(struct heard *h, const struct pool_result *r, struct qf_err *e)
{
	struct heard_job *j = r->user;
	enum qf_status rc;

	qf_arena_reset(&h->scratch);
	rc = r->ok ? store_features(h, j, r->object, e) : heard_fail(h, j, r->class, r->text, e);
	heard_job_free(j);
	h->done++;
	return rc == QF_OK ? batch_count(h->batch, e) : rc;
}
