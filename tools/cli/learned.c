#include "cli/learned.h"

#include "base/alloc.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "cli/ease.h"
#include "cli/listening.h"
#include "cli/models.h"
#include "model/ridge.h"
#include "rows/rows.h"

#include <stdio.h>
#include <string.h>

/* ---- settings ------------------------------------------------------------------------- */

static const struct cli_settings usual = { .by_sound = true, .scale = 1, .eps = 1, .nu = 1, .cg = 3, .ridge = 1 };

void cli_settings_from(struct cli_settings *s, const struct cli_model *m)
{
	if (strcmp(m->kind->name, "ease") == 0) {
		*s = usual;
		s->by_sound = false;
		s->by_ease = true;
		s->lambda = cli_model_value(m, "lambda");
		s->keep = (int64_t)cli_model_value(m, "keep");
		return;
	}
	*s = (struct cli_settings){
		.by_sound = strcmp(m->kind->name, "hybrid") == 0, .rank = (int64_t)cli_model_value(m, "rank"),
		.epochs = (int64_t)cli_model_value(m, "epochs"), .alpha0 = cli_model_value(m, "alpha0"),
		.lambda = cli_model_value(m, "lambda"), .half_life_days = cli_model_value(m, "half_life"),
		.scale = cli_model_value(m, "scale"), .eps = cli_model_value(m, "eps"), .nu = cli_model_value(m, "nu"),
		.cg = (int64_t)cli_model_value(m, "cg"), .polish = cli_model_value(m, "polish") > 0, .ridge = cli_model_value(m, "ridge"),
	};
}

static void put_num(struct qf_buf *out, const char *key, double v)
{
	qf_json_put_num(out, key, v, 9);
}

static void put_if(struct qf_buf *out, const char *key, bool v)
{
	if (!v)
		return;
	qf_json_put_bool(out, key, true);
}

void cli_put_settings(struct qf_buf *out, const struct cli_settings *s)
{
	qf_json_open(out, '{');
	qf_json_put_int(out, "algorithm", 3); /* rises when the same data would give other factors */
	qf_json_put_str(out, "engine", s->by_ease ? "ease" : s->by_sound ? "hybrid" : "ials");
	if (s->by_ease) {
		put_num(out, "lambda", s->lambda);
		qf_json_put_int(out, "keep", s->keep);
		qf_json_close(out, '}');
		return;
	}
	qf_json_put_int(out, "rank", s->rank);
	qf_json_put_int(out, "epochs", s->epochs);
	put_num(out, "alpha0", s->alpha0);
	put_num(out, "lambda", s->lambda);
	put_num(out, "half_life_days", s->half_life_days);
	put_num(out, "scale", s->scale);
	put_num(out, "eps", s->eps);
	put_num(out, "nu", s->nu);
	qf_json_put_int(out, "cg", s->cg);
	put_if(out, "polish", s->polish);
	if (s->by_sound)
		put_num(out, "ridge", s->ridge);
	put_if(out, "warm", s->warm);
	put_if(out, "update", s->update);
	qf_json_close(out, '}');
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

static bool has(struct qf_span object, const char *key)
{
	struct qf_span v;

	return qf_json_get(object, key, &v);
}

static enum qf_status damaged_settings(struct qf_err *e)
{
	return qf_fail(e, QF_ECORRUPT, "the settings of the model are damaged; `qfzz train --force` makes a new one");
}

enum qf_status cli_get_settings(struct cli_settings *s, const struct qf_model_row *m, struct qf_err *e)
{
	struct qf_span params = { m->params, strlen(m->params) }, engine;

	*s = usual; /* models before algorithm 3 say no more than this */
	if (qf_json_check(params, e))
		return damaged_settings(e);
	if (qf_json_get(params, "engine", &engine) && engine.n == 6 && memcmp(engine.p, "\"ease\"", 6) == 0) {
		s->by_sound = false;
		s->by_ease = true;
		return get_num(params, "lambda", &s->lambda) && get_int(params, "keep", &s->keep) ? QF_OK : damaged_settings(e);
	}
	if (!get_int(params, "rank", &s->rank) || !get_int(params, "epochs", &s->epochs) ||
	    !get_num(params, "alpha0", &s->alpha0) || !get_num(params, "lambda", &s->lambda) ||
	    !get_num(params, "half_life_days", &s->half_life_days) ||
	    (has(params, "engine") && (!qf_json_get(params, "engine", &engine) || !get_num(params, "scale", &s->scale) ||
				       !get_num(params, "eps", &s->eps) || !get_num(params, "nu", &s->nu) || !get_int(params, "cg", &s->cg))) ||
	    !(s->eps > 0) || !(s->scale >= 0))
		return damaged_settings(e);
	if (has(params, "engine"))
		s->by_sound = engine.n == 8 && memcmp(engine.p, "\"hybrid\"", 8) == 0;
	get_num(params, "ridge", &s->ridge);
	s->polish = has(params, "polish");
	s->warm = has(params, "warm");
	s->update = has(params, "update");
	return QF_OK;
}

struct counted { /* in model.metrics */
	int64_t users, tracks;
};

static enum qf_status read_settings(struct cli_settings *s, const struct qf_model_row *m, struct counted *n, struct qf_err *e)
{
	struct qf_span metrics = { m->metrics, strlen(m->metrics) };

	if (cli_get_settings(s, m, e))
		return e->code;
	if (qf_json_check(metrics, e) || !get_int(metrics, "users", &n->users) || n->users < 0 ||
	    !get_int(metrics, "tracks", &n->tracks) || n->tracks < 0)
		return damaged_settings(e);
	return QF_OK;
}

/* ---- opening -------------------------------------------------------------------------- */

static enum qf_status damaged(struct qf_err *e, const char *what)
{
	return qf_fail(e, QF_ECORRUPT, "the model's %s do not fit its settings; `qfzz train --force` makes a new one", what);
}

/* Factors of the tracks that were trained to their places; true in has[] for each. */
static enum qf_status place_factors(struct cli_learned *l, const struct qf_vectors *v, bool *has, struct qf_err *e)
{
	if (v->n && (int64_t)v->k != l->settings.rank)
		return damaged(e, "factors");
	for (size_t i = 0; i < v->n; i++) {
		size_t at = qf_library_find(&l->lib, v->id[i]);

		if (at == SIZE_MAX) /* the track was removed since */
			continue;
		memcpy(qf_matrix_row(&l->model.factor, at), v->v + i * v->k, v->k * sizeof *v->v);
		has[at] = true;
	}
	return QF_OK;
}

/* The others: where their sound maps to. The map's last row is its constant. */
static enum qf_status place_unheard(struct cli_learned *l, const struct qf_vectors *v, const bool *has, struct qf_err *e)
{
	struct qf_matrix map, one = { .rows = 1, .k = l->model.factor.k };
	float g[QF_SOUND_DIM + 1];

	if (v->n == 0)
		return QF_OK;
	if (v->n != QF_SOUND_DIM + 1 || (int64_t)v->k != l->settings.rank)
		return damaged(e, "map");
	if (qf_matrix_open(&map, v->n, l->model.factor.k, e))
		return e->code;
	for (size_t r = 0; r < v->n; r++)
		memcpy(qf_matrix_row(&map, r), v->v + r * v->k, v->k * sizeof *v->v);
	for (size_t i = 0; i < l->lib.n; i++) {
		const float *sound = l->lib.sound + i * QF_SOUND_DIM;

		if (has[i] || qf_linear_dot(sound, sound, QF_SOUND_DIM) == 0)
			continue;
		memcpy(g, sound, QF_SOUND_DIM * sizeof *g);
		g[QF_SOUND_DIM] = 1;
		one.v = qf_matrix_row(&l->model.factor, i);
		qf_ridge_apply(&map, g, &one);
	}
	qf_matrix_close(&map);
	return QF_OK;
}

static enum qf_status place_gramian(struct cli_learned *l, const struct qf_vectors *v, struct qf_err *e)
{
	if (v->n != v->k || (int64_t)v->k != l->settings.rank)
		return damaged(e, "sums");
	for (size_t r = 0; r < v->n; r++)
		memcpy(qf_matrix_row(&l->gram, r), v->v + r * v->k, v->k * sizeof *v->v);
	l->model.gram = l->gram.v;
	return QF_OK;
}

static enum qf_status place_plays(struct cli_learned *l, const struct qf_vectors *v, struct qf_err *e)
{
	if (v->n && v->k != 2)
		return damaged(e, "plays");
	for (size_t i = 0; i < v->n; i++) {
		size_t at = qf_library_find(&l->lib, v->id[i]);

		if (at == SIZE_MAX)
			continue;
		l->listeners[at] = v->v[2 * i];
		l->plays[at] = v->v[2 * i + 1];
	}
	return QF_OK;
}

static enum qf_status place_average(struct cli_learned *l, const struct qf_vectors *v, struct qf_err *e)
{
	if (v->n == 0)
		return QF_OK;
	if (v->n != 1 || v->k != QF_SOUND_DIM)
		return damaged(e, "average");
	l->average = qf_alloc(QF_SOUND_DIM, sizeof *l->average);
	if (!l->average)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	memcpy(l->average, v->v, QF_SOUND_DIM * sizeof *l->average);
	l->model.average = l->average;
	return QF_OK;
}

/* All rows of a matrix, or those of the tracks of lib alone. */
static enum qf_status read_vectors(struct cli_learned *l, struct qf_catalog *c, const char *name, bool whole, struct qf_vectors *v,
				   struct qf_err *e)
{
	if (whole)
		return qf_catalog_vectors(c, l->row.id, name, v, e);
	return qf_catalog_vectors_of(c, l->row.id, name, l->lib.id, l->lib.n, v, e);
}

static enum qf_status open_factors(struct cli_learned *l, struct qf_catalog *c, bool whole, struct qf_err *e)
{
	struct qf_vectors track = { 0 }, map = { 0 }, gramian = { 0 }, played = { 0 }, average = { 0 };
	bool *has = qf_zalloc(l->lib.n, sizeof *has);
	struct counted n = { 0 };
	size_t k;
	enum qf_status rc = has ? read_settings(&l->settings, &l->row, &n, e) : qf_fail(e, QF_ENOMEM, "out of memory");

	if (rc == QF_OK && (rc = read_vectors(l, c, "played", whole, &played, e)) == QF_OK)
		rc = place_plays(l, &played, e);
	l->model.users = (size_t)n.users;
	if (rc == QF_OK && strcmp(l->row.kind, "ease") == 0 && (rc = cli_ease_get(&l->ease, c, l->row.id, &l->lib, e)) == QF_OK)
		l->model.ease = &l->ease;
	if (rc != QF_OK || strcmp(l->row.kind, "ials") != 0)
		goto out;
	if (l->settings.rank < 1 || l->settings.rank > QF_RANK_MAX) {
		rc = damaged(e, "factors");
		goto out;
	}
	k = qf_stride((size_t)l->settings.rank);
	if ((rc = qf_matrix_open(&l->model.factor, l->lib.n, k, e)) != QF_OK || (rc = qf_matrix_open(&l->gram, k, k, e)) != QF_OK ||
	    (rc = read_vectors(l, c, "track", whole, &track, e)) != QF_OK ||
	    (rc = read_vectors(l, c, "map", true, &map, e)) != QF_OK ||
	    (rc = read_vectors(l, c, "gramian", true, &gramian, e)) != QF_OK ||
	    (rc = read_vectors(l, c, "average", true, &average, e)) != QF_OK ||
	    (rc = place_factors(l, &track, has, e)) != QF_OK || (rc = place_unheard(l, &map, has, e)) != QF_OK ||
	    (rc = place_gramian(l, &gramian, e)) != QF_OK)
		goto out;
	rc = place_average(l, &average, e);
	l->model.p = (struct qf_foldin_params){ l->settings.alpha0, l->settings.lambda, l->settings.nu, (size_t)n.tracks };
out:
	qf_vectors_free(&track);
	qf_vectors_free(&map);
	qf_vectors_free(&gramian);
	qf_vectors_free(&played);
	qf_vectors_free(&average);
	qf_free(has);
	return rc;
}

static enum qf_status count_plays(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	struct cli_learned *l = arg;

	(void)e;
	for (size_t i = 0; i < t->n; i++)
		if (t->heard[i].weight > 0 && !t->heard[i].barred) {
			l->listeners[t->heard[i].item]++;
			l->plays[t->heard[i].item] += t->heard[i].weight;
		}
	return QF_OK;
}

/* lib and row are there; events up to `now` are counted where there is no model. */
static enum qf_status open_model(struct cli_learned *l, struct qf_catalog *c, bool whole, int64_t now, struct qf_err *e)
{
	l->settings = usual;
	l->listeners = qf_zalloc(l->lib.n, sizeof *l->listeners);
	l->plays = qf_zalloc(l->lib.n, sizeof *l->plays);
	l->artist = qf_alloc(l->lib.n, sizeof *l->artist);
	if (!l->listeners || !l->plays || !l->artist)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->lib.n);
	for (size_t i = 0; i < l->lib.n; i++)
		l->artist[i] = l->lib.artist[i] > 0 && l->lib.artist[i] < QF_NO_ARTIST ? (uint32_t)l->lib.artist[i] : QF_NO_ARTIST;
	if (l->row.id ? open_factors(l, c, whole, e) : cli_listening(c, &l->lib, 0, now, 0, count_plays, l, e))
		return e->code;
	l->model.items = l->lib.n;
	l->model.listeners = l->listeners;
	l->model.plays = l->plays;
	if (l->lib.n_sounds) {
		l->model.sound = l->lib.sound;
		l->model.dim = QF_SOUND_DIM;
	}
	return QF_OK;
}

enum qf_status cli_learned_open(struct cli_learned *l, struct qf_catalog *c, int64_t now, struct qf_err *e)
{
	memset(l, 0, sizeof *l);
	if (qf_catalog_library(c, &l->lib, e) || qf_catalog_model(c, &l->row, &l->texts, e))
		return e->code;
	return open_model(l, c, true, now, e);
}

enum qf_status cli_learned_open_of(struct cli_learned *l, struct qf_catalog *c, const int64_t *id, size_t n, struct qf_err *e)
{
	memset(l, 0, sizeof *l);
	if (qf_catalog_library_of(c, id, n, &l->lib, e) || qf_catalog_model(c, &l->row, &l->texts, e))
		return e->code;
	if (!l->row.id || strcmp(l->row.kind, "ials") != 0)
		return qf_fail(e, QF_EINVAL, "no model of listening is there");
	return open_model(l, c, false, 0, e);
}

void cli_learned_close(struct cli_learned *l)
{
	qf_matrix_close(&l->model.factor);
	qf_matrix_close(&l->gram);
	qf_ease_free(&l->ease);
	qf_library_free(&l->lib);
	qf_free(l->listeners);
	qf_free(l->plays);
	qf_free(l->average);
	qf_free(l->artist);
	qf_arena_free(&l->texts);
	memset(l, 0, sizeof *l);
}

/* ---- showing -------------------------------------------------------------------------- */

enum qf_status cli_track_label(struct qf_catalog *c, int64_t id, struct qf_buf *out, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_track t;
	enum qf_status rc = qf_catalog_track(c, id, QF_TRACK_BARE, &a, &t, NULL, e);
	const char *name = rc == QF_OK && t.path ? strrchr(t.path, '/') : NULL;

	if (rc == QF_OK && t.title) {
		if (t.artist)
			qf_buf_printf(out, "%s - ", t.artist);
		qf_buf_puts(out, t.title);
	} else if (rc == QF_OK) {
		qf_buf_puts(out, name ? name + 1 : "a track without a name");
	}
	qf_arena_free(&a);
	return rc;
}

enum qf_status cli_show_tracks(const struct cli_shown *s, const struct qf_recommended *r, size_t n, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_buf row = { 0 };
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		struct qf_features f;
		struct qf_track t;

		rc = qf_catalog_track(s->c, s->l->lib.id[r[i].item], QF_TRACK_BRIEF, &a, &t, &f, e);
		if (rc == QF_OK) {
			qf_row_begin_track(&row, qf_catalog_uuid(s->c), &t);
			qf_json_key(&row, s->name);
			s->put(&row, s, &r[i]);
			qf_row_end(&row);
			rc = qf_buf_check(&row, e);
		}
		if (rc == QF_OK)
			cli_row((struct qf_span){ row.p, row.len });
		qf_features_free(&f);
		qf_buf_clear(&row);
		qf_arena_reset(&a);
	}
	qf_buf_free(&row);
	qf_arena_free(&a);
	return rc;
}
