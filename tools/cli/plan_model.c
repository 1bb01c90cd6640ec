/* qfzz plan model: the newest model as int8 rows for a device, with what that costs. */
#include "cli/plan.h"
#include "cli/chosen.h"
#include "cli/learned.h"
#include "cli/listening.h"
#include "cli/store.h"

#include "base/alloc.h"
#include "base/file.h"
#include "plan/prune.h"
#include "rows/json.h"

#include <math.h>

static const struct cli_column columns[] = {
	{ "DEVICE", "device", 10 }, { "TRACKS", "tracks", -8 }, { "KEPT", "kept", -8 }, { "BYTES", "bytes", -12 },
	{ "RECALL INT8", "recall_int8", -11 }, { "RECALL", "recall", -7 }, { "USERS", "users", -6 }, { "path", "path", 0 }, { 0 }
};

struct measuring {
	const struct cli_learned *l;
	const struct cli_chosen *chosen;
	const struct qf_small *small;
	int64_t users;
	double whole, pruned; /* sums of recall: int8 alone, and pruned */
};

static enum qf_status measure(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	struct measuring *m = arg;
	const struct qf_model *model = &m->l->model;
	uint32_t *item = qf_alloc(t->n, sizeof *item);
	float *c = qf_alloc(t->n, sizeof *c), *p = qf_zalloc(model->factor.k, sizeof *p), *profile = qf_zalloc(model->dim + 1, sizeof *profile);
	bool *barred = qf_zalloc(model->items, sizeof *barred), listening, sound;
	struct qf_history h = { item, c, 0 };
	enum qf_status rc = item && c && p && profile && barred ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");

	for (size_t i = 0; rc == QF_OK && i < model->items; i++)
		barred[i] = !cli_is_chosen(m->chosen, m->l->lib.id[i]);
	for (size_t i = 0; rc == QF_OK && i < t->n; i++) {
		barred[t->heard[i].item] = true; /* lists are of what is new to the user */
		if (t->heard[i].barred || t->heard[i].weight <= 0)
			continue;
		item[h.n] = t->heard[i].item;
		c[h.n++] = cli_confidence(&t->heard[i], m->l->settings.scale, m->l->settings.eps);
	}
	if (rc == QF_OK && h.n && m->users < plan_asked.users) {
		rc = qf_recommend_views(model, &h, p, &listening, profile, &sound, e);
		if (rc == QF_OK && listening) {
			double whole = qf_small_recall(m->small, model->factor.v, model->factor.k, p, barred, false);

			if (isfinite(whole)) { /* there is something left that is new */
				m->whole += whole;
				m->pruned += qf_small_recall(m->small, model->factor.v, model->factor.k, p, barred, true);
				m->users++;
			}
		}
	}
	qf_free(item);
	qf_free(c);
	qf_free(p);
	qf_free(profile);
	qf_free(barred);
	return rc;
}

static void put_mean(struct qf_buf *b, const char *key, double sum, int64_t users)
{
	qf_json_put_num(b, key, users ? sum / (double)users : NAN, 4);
}

static enum qf_status print(const struct measuring *m, int64_t limit, struct qf_err *e)
{
	struct qf_buf b = { 0 };

	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "pruned.v1");
	qf_json_opt_str(&b, "device", plan_asked.device);
	qf_json_put_int(&b, "model", m->l->row.id);
	qf_json_put_int(&b, "rank", (int64_t)m->small->k);
	qf_json_put_int(&b, "limit_bytes", limit);
	qf_json_put_int(&b, "tracks", (int64_t)m->small->n);
	qf_json_put_int(&b, "kept", (int64_t)m->small->kept);
	qf_json_put_int(&b, "bytes", (int64_t)(QF_PRUNE_HEAD + m->small->kept * qf_small_row(m->small->k)));
	qf_json_put_int(&b, "users", m->users);
	put_mean(&b, "recall_int8", m->whole, m->users);
	put_mean(&b, "recall", m->pruned, m->users);
	put_mean(&b, "loss", (double)m->users - m->pruned, m->users);
	return cli_row_end(&b, e);
}

/* How much each track was played, to be freed; negative: it was not asked for. NULL: out of memory. */
static float *weights(const struct cli_learned *l, const struct cli_chosen *chosen)
{
	float *w = qf_alloc(l->model.items, sizeof *w);

	for (size_t i = 0; w && i < l->model.items; i++)
		w[i] = cli_is_chosen(chosen, l->lib.id[i]) ? l->model.plays[i] : -1;
	return w;
}

static enum qf_status make(struct qf_catalog *c, const struct cli_learned *l, const struct cli_chosen *chosen, int64_t limit, struct qf_err *e)
{
	struct qf_small small = { 0 };
	struct measuring m = { .l = l, .chosen = chosen, .small = &small };
	struct qf_buf file = { 0 };
	float *weight;
	enum qf_status rc;

	if (l->model.ease)
		return qf_fail(e, QF_ENOTFOUND, "the newest model is of ease, which has no rows for a device; `qfzz train` makes one that has");
	if (!l->model.factor.v)
		return qf_fail(e, QF_ENOTFOUND, "there is no model of listening yet; `qfzz train` makes one");
	weight = weights(l, chosen);
	if (!weight)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	rc = qf_small_make(&small, l->model.factor.v, l->model.items, l->model.factor.k, l->model.factor.k, weight, limit, e);
	if (rc == QF_OK)
		rc = cli_listening(c, &l->lib, 0, plan_now(), l->settings.half_life_days, measure, &m, e);
	if (rc == QF_OK && plan_asked.output && (rc = qf_small_put(&file, &small, l->lib.id, e)) == QF_OK)
		rc = qf_file_replace(plan_asked.output, file.p, file.len, NULL, e);
	if (rc == QF_OK)
		rc = print(&m, limit, e);
	qf_buf_free(&file);
	qf_small_free(&small);
	qf_free(weight);
	return rc;
}

int plan_model(void)
{
	int64_t limit = plan_asked.size ? plan_bytes("size", plan_asked.size) : (int64_t)(plan_device()->memory_mb * 1e6);
	struct cli_chosen chosen = { 0 };
	struct cli_learned l = { 0 };
	struct qf_catalog *c = NULL;
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	if (plan_asked.device)
		plan_device();
	plan_columns(columns);
	if (cli_catalog_open(&c, QF_CATALOG_READ, &e) || qf_catalog_begin_read(c, &e) || cli_choose(&chosen, c, plan_asked.where, plan_now(), &e) ||
	    cli_learned_open(&l, c, plan_now(), &e) || make(c, &l, &chosen, limit, &e))
		code = cli_die(&e);
	cli_chosen_free(&chosen);
	cli_learned_close(&l);
	qf_catalog_close(c);
	return code;
}
