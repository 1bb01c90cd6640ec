#define _GNU_SOURCE
#include "cli/serving.h"

#include "base/buf.h"
#include "base/recipe.h"
#include "catalog/rendition.h"
#include "cli/plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES = 64 }; /* of one track that are looked at */

static const struct qf_network *network(void)
{
	const char *text = plan_asked.network;
	const struct qf_network *n = text ? qf_network_find(text) : NULL;
	char *end;
	double mbit = text && !n ? strtod(text, &end) : 0;

	if (!text || n)
		return n;
	if (end == text || *end || !(mbit > 0))
		cli_misuse("--network: '%s' is neither low, medium, high nor a number of Mbit/s", text);
	return qf_network_at(mbit);
}

struct qf_situation serving_situation(bool policy)
{
	const struct qf_serving *s = policy && plan_asked.policy ? qf_serving_find(plan_asked.policy) : NULL;

	if (policy && plan_asked.policy && !s)
		cli_misuse("--policy: '%s' is not in datasets/policies.tsv", plan_asked.policy);
	return qf_situation_of(plan_device(), network(), s, plan_asked.battery);
}

struct choosing {
	const struct qf_track *t;
	struct qf_arena *a;
	struct qf_fit_file file[FILES];
	const char *path[FILES], *rung[FILES];
	size_t n;
};

static int flow(int64_t bytes, int64_t duration_ms)
{
	return duration_ms > 0 ? (int)(bytes * 8 / duration_ms) : 0;
}

static enum qf_status take(void *arg, const struct qf_rendition *r, struct qf_err *e)
{
	struct choosing *x = arg;
	struct qf_buf path = { 0 };
	struct stat st;

	if (x->n == FILES || r->seconds > 0)
		return QF_OK;
	qf_buf_printf(&path, "%s/%s", r->folder, r->file);
	if (!path.failed && stat(path.p, &st) == 0 && st.st_size == r->bytes) {
		x->file[x->n] = (struct qf_fit_file){ .codec = qf_arena_dup(x->a, r->codec, strlen(r->codec)),
						      .kbps = r->kbps ? r->kbps : flow(r->bytes, x->t->duration_ms), .lossless = r->kbps == 0,
						      .bytes = r->bytes };
		x->path[x->n] = qf_arena_dup(x->a, path.p, path.len);
		x->rung[x->n] = qf_arena_dup(x->a, r->rung, strlen(r->rung));
		if (!x->file[x->n].codec || !x->path[x->n] || !x->rung[x->n])
			path.failed = true;
		x->n++;
	}
	if (qf_buf_check(&path, e) != QF_OK) {
		qf_buf_free(&path);
		return e->code;
	}
	qf_buf_free(&path);
	return QF_OK;
}

enum qf_status serving_choose(struct qf_catalog *c, const struct qf_situation *s, const struct qf_track *t, struct qf_arena *a,
			      struct serving *out, struct qf_err *e)
{
	struct choosing x = { .t = t, .a = a, .n = 1 };
	struct stat st;
	int64_t bytes = stat(t->path, &st) == 0 ? st.st_size : t->duration_ms * t->bitrate_kbps / 8;
	size_t best;
	enum qf_status rc;

	x.path[0] = t->path;
	x.file[0] = (struct qf_fit_file){ .codec = t->codec, .kbps = t->bitrate_kbps ? t->bitrate_kbps : flow(bytes, t->duration_ms),
					  .lossless = qf_codec_lossless(t->codec), .original = true, .bytes = bytes };
	rc = qf_catalog_renditions_of(c, t->id, take, &x, e);
	if (rc != QF_OK)
		return rc;
	best = qf_fit_choose(s, x.file, x.n, &out->fits);
	out->plays = best != SIZE_MAX;
	if (!out->plays)
		best = 0;
	out->path = x.path[best];
	out->rung = x.rung[best];
	out->file = x.file[best];
	return QF_OK;
}
