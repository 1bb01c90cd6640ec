/* An earlier model's rows are found by the ids of their tracks, so a track that came or went in
 * between disturbs nothing. */
#include "cli/fitting.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "model/metrics.h"
#include "rows/json.h"

#include <math.h>
#include <string.h>

enum { CHECK_MOST = 1000 /* users of the check */ };

/* ---- an earlier model ------------------------------------------------------------------- */

enum qf_status cli_earlier_open(struct cli_earlier *w, struct qf_catalog *c, const struct qf_model_row *row, struct qf_err *e)
{
	struct qf_span metrics = { row->metrics, strlen(row->metrics) }, v;
	int64_t changed = 0;

	memset(w, 0, sizeof *w);
	if (qf_json_check(metrics, e) || qf_catalog_vectors(c, row->id, "track", &w->track, e) ||
	    qf_catalog_vectors(c, row->id, "map", &w->map, e) || qf_catalog_vectors(c, row->id, "played", &w->played, e))
		return e->code;
	if (w->played.n && w->played.k != 2)
		return qf_fail(e, QF_ECORRUPT, "the model's plays do not fit its settings; `qfzz train --force` makes a new one");
	if (qf_json_get(metrics, "changed_pairs", &v) && qf_json_to_int(v, &changed) && changed > 0)
		w->changed = (size_t)changed;
	return QF_OK;
}

void cli_earlier_free(struct cli_earlier *w)
{
	qf_vectors_free(&w->track);
	qf_vectors_free(&w->map);
	qf_vectors_free(&w->played);
	memset(w, 0, sizeof *w);
}

/* Both rise by id: the place of each of the lesson's tracks among id[n], or SIZE_MAX. */
static size_t find_next(const struct qf_vectors *v, size_t *at, int64_t id)
{
	while (*at < v->n && v->id[*at] < id)
		++*at;
	return *at < v->n && v->id[*at] == id ? *at : SIZE_MAX;
}

static enum qf_status copy_rows(struct qf_matrix *to, const struct qf_vectors *v, size_t k, struct qf_err *e)
{
	if (qf_matrix_open(to, v->n, k, e))
		return e->code;
	for (size_t r = 0; r < v->n; r++)
		memcpy(qf_matrix_row(to, r), v->v + r * v->k, v->k * sizeof *v->v);
	return QF_OK;
}

static enum qf_status begin_at(struct cli_fitted *t, const struct cli_lesson *d, const struct cli_earlier *w, size_t rank, struct qf_err *e)
{
	size_t k = qf_ials_items(t->m)->k, at = 0;
	bool *has = qf_zalloc(d->items, sizeof *has);
	struct qf_matrix items = { 0 }, map = { 0 };
	enum qf_status rc = has ? qf_matrix_open(&items, d->items, k, e) : qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", d->items);

	if (rc == QF_OK && ((w->track.n && w->track.k != rank) || (w->map.n && (w->map.n != QF_SOUND_DIM + 1 || w->map.k != rank))))
		rc = qf_fail(e, QF_ECORRUPT, "the model's factors do not fit its settings; `qfzz train --force` makes a new one");

	for (size_t i = 0; rc == QF_OK && i < d->items; i++) {
		size_t row = find_next(&w->track, &at, d->item_id[i]);

		has[i] = row != SIZE_MAX;
		if (has[i])
			memcpy(qf_matrix_row(&items, i), w->track.v + row * w->track.k, w->track.k * sizeof(float));
	}
	if (rc == QF_OK && w->map.n)
		rc = copy_rows(&map, &w->map, k, e);
	if (rc == QF_OK)
		qf_ials_begin_at(t->m, &items, has, map.v ? &map : NULL);
	qf_matrix_close(&items);
	qf_matrix_close(&map);
	qf_free(has);
	return rc;
}

/* ---- training --------------------------------------------------------------------------- */

void cli_fitted_free(struct cli_fitted *t)
{
	qf_ials_close(t->m);
	qf_pairs_free(&t->x);
	qf_matrix_close(&t->gram);
	qf_ease_free(&t->ease);
	memset(t, 0, sizeof *t);
}

static bool progress(void *arg, size_t done, size_t epochs)
{
	const struct cli_fitting *f = arg;

	(void)epochs;
	cli_progress(f->epochs_before + done, f->epochs_in_all, "epochs");
	return !cli.interrupted;
}

struct qf_ials_params cli_ials_params(const struct cli_settings *s, uint64_t seed)
{
	struct qf_ials_params p = qf_ials_defaults;

	p.rank = (size_t)s->rank;
	p.solver = s->cg ? QF_IALS_CG : QF_IALS_CHOLESKY;
	p.cg_steps = (size_t)s->cg;
	p.alpha0 = s->alpha0;
	p.lambda = s->lambda;
	p.nu = s->nu;
	p.polish = s->polish;
	p.seed = seed;
	p.jobs = (size_t)cli.jobs;
	return p;
}

/* The pairs without those that are held back, if `checking`; where they are wanted besides, as a plain matrix. */
static enum qf_status take_pairs(struct qf_pairs *x, struct qf_interactions *plain, const struct cli_lesson *d, const struct cli_settings *s,
				 bool checking, struct qf_err *e)
{
	struct qf_triple *kept = qf_alloc(d->n, sizeof *kept);
	size_t n = 0;

	if (!kept)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu pairs", d->n);
	for (size_t i = 0; i < d->n; i++)
		if (!checking || d->held[d->triple[i].user] != i)
			kept[n++] = d->triple[i];
	if (plain && qf_interactions_build(plain, kept, n, d->users, d->items, e)) {
		qf_free(kept);
		return e->code;
	}
	return qf_pairs_build(x, kept, n, d->users, d->items, s->scale, s->eps, e);
}

/* From the earlier model, if there is one. */
static enum qf_status open_fit(struct cli_fitted *t, const struct cli_lesson *d, const struct cli_fitting *f, bool checking,
			       struct qf_err *e)
{
	const struct qf_ials_prior prior = { d->features, QF_SOUND_DIM + 1, f->s->ridge };
	const struct qf_ials_params p = cli_ials_params(f->s, f->seed);

	memset(t, 0, sizeof *t);
	if (take_pairs(&t->x, NULL, d, f->s, checking, e) ||
	    qf_ials_open(&t->m, &t->x, d->user, d->item_id, f->s->by_sound && d->lib->n_sounds ? &prior : NULL, &p, e))
		return e->code;
	return f->earlier ? begin_at(t, d, f->earlier, p.rank, e) : QF_OK;
}

static enum qf_status add_gramian(struct cli_fitted *t, struct qf_err *e)
{
	const struct qf_matrix *items = qf_ials_items(t->m);

	if (qf_matrix_open(&t->gram, items->k, items->k, e))
		return e->code;
	return qf_gramian(t->gram.v, items, 1, (size_t)cli.jobs, e);
}

static enum qf_status fit_ease(struct cli_fitted *t, const struct cli_lesson *d, const struct cli_settings *s, bool checking, struct qf_err *e)
{
	struct qf_interactions x = { 0 };

	memset(t, 0, sizeof *t);
	if (take_pairs(&t->x, &x, d, s, checking, e) == QF_OK)
		qf_ease_fit(&t->ease, &x, s->lambda, (size_t)s->keep, e);
	qf_interactions_free(&x);
	return e->code;
}

enum qf_status cli_fit(struct cli_fitted *t, const struct cli_lesson *d, const struct cli_fitting *f, bool checking, struct qf_err *e)
{
	if (f->s->by_ease)
		return fit_ease(t, d, f->s, checking, e);
	if (open_fit(t, d, f, checking, e) || qf_ials_train(t->m, (size_t)f->s->epochs, progress, (void *)(uintptr_t)f, e))
		return e->code;
	return add_gramian(t, e);
}

/* Which tracks have other listeners than they had, or other plays: those fade by themselves where there is a half-life. */
static void mark_changed(const struct cli_lesson *d, const struct cli_fitting *f, bool *changed, struct cli_folded *n)
{
	const struct qf_vectors *v = &f->earlier->played;
	double pairs = 0;
	size_t at = 0, known = 0;

	*n = (struct cli_folded){ 0 };
	for (size_t i = 0; i < d->items; i++) {
		size_t row = find_next(v, &at, d->item_id[i]);
		const float *now = d->played + 2 * i, before[2] = { row == SIZE_MAX ? 0 : v->v[2 * row], row == SIZE_MAX ? 0 : v->v[2 * row + 1] };
		double listeners = fabs((double)now[0] - (double)before[0]);

		changed[i] = listeners > 0 || (!(f->s->half_life_days > 0) && fabsf(now[1] - before[1]) > 0);
		n->tracks += changed[i];
		pairs += listeners > 0 ? listeners : changed[i];
		known += row != SIZE_MAX;
	}
	n->pairs = (size_t)pairs + (v->n - known); /* those that nobody likes any more had a listener at least */
}

enum qf_status cli_fit_update(struct cli_fitted *t, const struct cli_lesson *d, const struct cli_fitting *f, struct cli_folded *n,
			      struct qf_err *e)
{
	bool *changed;
	enum qf_status rc = open_fit(t, d, f, false, e);

	if (rc != QF_OK)
		return rc;
	changed = qf_alloc(d->items, sizeof *changed);
	if (!changed)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", d->items);
	mark_changed(d, f, changed, n);
	rc = qf_ials_update(t->m, changed, e);
	qf_free(changed);
	return rc == QF_OK ? add_gramian(t, e) : rc;
}

/* ---- how good it is --------------------------------------------------------------------- */

struct trial {
	struct cli_check sum;
	struct cli_fitted t;
	const struct cli_lesson *d;
	struct qf_model m;
	double *score; /* all [items] */
	bool *barred;
	float *listeners, *plays, *c;
	uint32_t *item;
};

static void close_trial(struct trial *k)
{
	cli_fitted_free(&k->t);
	qf_free(k->score);
	qf_free(k->barred);
	qf_free(k->listeners);
	qf_free(k->plays);
	qf_free(k->c);
	qf_free(k->item);
}

static enum qf_status open_trial(struct trial *k, const struct cli_fitting *f, struct qf_err *e)
{
	const struct cli_lesson *d = k->d;
	const struct cli_settings *s = f->s;

	k->score = qf_alloc(d->items, sizeof *k->score);
	k->barred = qf_alloc(d->items, sizeof *k->barred);
	k->listeners = qf_zalloc(d->items, sizeof *k->listeners);
	k->plays = qf_zalloc(d->items, sizeof *k->plays);
	k->c = qf_alloc(d->items, sizeof *k->c);
	k->item = qf_alloc(d->items, sizeof *k->item);
	if (!k->score || !k->barred || !k->listeners || !k->plays || !k->c || !k->item)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", d->items);
	if (cli_fit(&k->t, d, f, true, e))
		return e->code;
	for (size_t i = 0; i < d->n; i++)
		if (d->held[d->triple[i].user] != i) {
			k->listeners[d->triple[i].item]++;
			k->plays[d->triple[i].item] += d->triple[i].weight;
		}
	k->m = (struct qf_model){
		.items = d->items, .gram = k->t.gram.v, .p = { s->alpha0, s->lambda, s->nu, d->items }, .ease = s->by_ease ? &k->t.ease : NULL,
		.users = d->users, .sound = d->lib->n_sounds ? d->sound : NULL, .dim = QF_SOUND_DIM, .listeners = k->listeners,
		.plays = k->plays,
	};
	if (k->t.m)
		k->m.factor = *qf_ials_items(k->t.m);
	return QF_OK;
}

static enum qf_status try_user(struct trial *k, size_t user, struct qf_err *e)
{
	const struct cli_lesson *d = k->d;
	const struct qf_history h = { k->item, k->c, qf_pairs_count(&k->t.x, user) }, nobody = { 0 };
	uint32_t truth = d->triple[d->held[user]].item;
	size_t rank;

	qf_pairs_row(&k->t.x, user, k->item, k->c);
	memset(k->barred, 0, d->items * sizeof *k->barred);
	for (size_t j = 0; j < h.n; j++)
		k->barred[h.item[j]] = true;
	if (qf_recommend_scores(&k->m, &h, k->barred, k->score, e))
		return e->code;
	qf_metrics_ranks(k->score, d->items, k->barred, &truth, 1, &rank);
	k->sum.recall += qf_metrics_recall(&rank, 1, 1, 20);
	k->sum.ndcg += qf_metrics_ndcg(&rank, 1, 1, 100);
	if (qf_recommend_scores(&k->m, &nobody, k->barred, k->score, e))
		return e->code;
	qf_metrics_ranks(k->score, d->items, k->barred, &truth, 1, &rank);
	k->sum.popularity += qf_metrics_recall(&rank, 1, 1, 20);
	k->sum.users++;
	return QF_OK;
}

enum qf_status cli_fit_check(struct cli_check *sum, const struct cli_lesson *d, const struct cli_fitting *f, struct qf_err *e)
{
	struct trial k = { .d = d };
	enum qf_status rc = open_trial(&k, f, e);

	for (size_t u = 0; rc == QF_OK && u < d->users && k.sum.users < CHECK_MOST && !cli.interrupted; u++)
		if (d->held[u] != SIZE_MAX)
			rc = try_user(&k, u, e);
	*sum = k.sum;
	close_trial(&k);
	return rc;
}
