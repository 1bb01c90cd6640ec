#include "model/evaluate.h"

#include "base/alloc.h"
#include "model/metrics.h"
#include "model/workers.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MIXED 0.01 /* of p in q~, so that a class that is not shown does not cost infinitely much */

const char *const qf_metric_name[QF_METRICS] = {
	[QF_RECALL] = "recall", [QF_CRECALL] = "crecall", [QF_PRECISION] = "precision", [QF_HR] = "hr", [QF_NDCG] = "ndcg",
	[QF_MRR] = "mrr", [QF_MAP] = "map", [QF_NOVELTY] = "novelty", [QF_ARP] = "arp", [QF_PL] = "pl", [QF_ILD] = "ild",
	[QF_CALIBRATION] = "calibration", [QF_RECALL_HEAD] = "recall_head", [QF_RECALL_MID] = "recall_mid",
	[QF_RECALL_TAIL] = "recall_tail", [QF_TAIL] = "tail",
};

static double (*const of_hits[])(const size_t *rank, size_t hits, size_t n, size_t k) = {
	[QF_RECALL] = qf_metrics_recall, [QF_CRECALL] = qf_metrics_crecall, [QF_PRECISION] = qf_metrics_precision, [QF_HR] = qf_metrics_hr,
	[QF_NDCG] = qf_metrics_ndcg, [QF_MRR] = qf_metrics_mrr, [QF_MAP] = qf_metrics_map,
};

enum bucket { HEAD, MID, TAIL, BUCKETS };

struct scratch { /* of one worker */
	double *score;
	uint8_t *mark;
	uint32_t *list;
	size_t *hit;
	double *sum;     /* [dimensions] of the unit vectors of the list so far */
	double *p, *q;   /* [classes] */
	uint32_t *shown; /* [n_k * items] */
	struct qf_err e;
};

struct measuring {
	const struct qf_task *t;
	const struct qf_engine_kind *kind;
	void *state;
	const struct qf_evaluation *how;
	struct qf_measured *m;
	size_t most;             /* the last k */
	float *popularity;       /* [items] */
	uint8_t *bucket;         /* [items] */
	double *length;          /* [items] of the vectors */
	size_t *from;            /* [cases + 1] where the history of a case begins */
	struct scratch *scratch; /* [jobs] */
	atomic_size_t done;
	atomic_bool stop;
};

/* ---- what is known of the tracks ---------------------------------------------------------- */

struct ranked {
	float popularity;
	uint32_t item;
};

static int most_popular_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->popularity != y->popularity)
		return x->popularity > y->popularity ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

static enum qf_status fill_buckets(struct measuring *w, struct qf_err *e)
{
	const struct qf_task *t = w->t;
	struct ranked *r = qf_alloc(t->items, sizeof *r);
	double all = 0, before = 0;

	if (!r)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", t->items);
	for (size_t i = 0; i < t->n_train; i++)
		if (i == 0 || t->train[i].user != t->train[i - 1].user || t->train[i].item != t->train[i - 1].item) {
			w->popularity[t->train[i].item]++;
			all++;
		}
	for (size_t i = 0; i < t->items; i++)
		r[i] = (struct ranked){ w->popularity[i], (uint32_t)i };
	qsort(r, t->items, sizeof *r, most_popular_first);
	for (size_t i = 0; i < t->items; i++) {
		w->bucket[r[i].item] = r[i].popularity > 0 && 3 * before < all ? HEAD : r[i].popularity > 0 && 3 * before < 2 * all ? MID : TAIL;
		before += (double)r[i].popularity;
	}
	qf_free(r);
	return QF_OK;
}

static void find_lengths(struct measuring *w)
{
	const struct qf_interactions *v = w->how->vector;

	for (size_t i = 0; v && i < v->rows; i++) {
		double s = 0;

		for (size_t at = v->at[i]; at < v->at[i + 1]; at++)
			s += (double)v->weight[at] * (double)v->weight[at];
		w->length[i] = sqrt(s);
	}
}

static void find_histories(struct measuring *w)
{
	for (size_t i = 0; i < w->t->n_history; i++)
		w->from[w->t->history[i].user + 1] = i + 1;
	for (size_t c = 0; c < w->t->cases; c++)
		if (w->from[c + 1] < w->from[c])
			w->from[c + 1] = w->from[c];
}

/* ---- one list --------------------------------------------------------------------------- */

/* The cosines of a vector with all those before it are its product with the sum of their unit
 * vectors, so that a list costs its length, not the number of its pairs. */
static double add_vector(const struct measuring *w, double *sum, uint32_t item)
{
	const struct qf_interactions *v = w->how->vector;
	double dot = 0, scale = w->length[item] > 0 ? 1 / w->length[item] : 0;

	for (size_t at = v->at[item]; at < v->at[item + 1]; at++) {
		double *to = &sum[v->col[at]], x = (double)v->weight[at];

		dot += x * *to;
		*to += x * scale;
	}
	return dot * scale;
}

static void clear_vector(const struct measuring *w, double *sum, uint32_t item)
{
	const struct qf_interactions *v = w->how->vector;

	for (size_t at = v->at[item]; at < v->at[item + 1]; at++)
		sum[v->col[at]] = 0;
}

static void add_classes(const struct qf_interactions *class, double *to, uint32_t item)
{
	double all = 0;

	for (size_t at = class->at[item]; at < class->at[item + 1]; at++)
		all += (double)class->weight[at];
	for (size_t at = class->at[item]; at < class->at[item + 1]; at++)
		to[class->col[at]] += (double)class->weight[at] / all;
}

static double sum_of(const double *v, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += v[i];
	return s;
}

static double divergence(const double *p, const double *q, size_t n)
{
	double all_p = sum_of(p, n), all_q = sum_of(q, n), kl = 0;

	if (!(all_p > 0))
		return (double)NAN;
	for (size_t i = 0; i < n; i++) {
		double own = p[i] / all_p, shown = all_q > 0 ? q[i] / all_q : 0;

		if (own > 0)
			kl += own * log(own / ((1 - MIXED) * shown + MIXED * own));
	}
	return kl > 0 ? kl : 0;
}

static double history_popularity(const struct measuring *w, size_t c)
{
	const struct qf_listen *h = w->t->history;
	double sum = 0, n = 0;

	for (size_t i = w->from[c]; i < w->from[c + 1]; i++)
		if (i == w->from[c] || h[i].item != h[i - 1].item) {
			sum += (double)w->popularity[h[i].item];
			n++;
		}
	return n > 0 ? sum / n : 0;
}

static double share(double part, double whole)
{
	return whole > 0 ? part / whole : (double)NAN;
}

struct listed { /* sums over the list so far */
	double novelty, popularity, cosines, bucket[BUCKETS], found[BUCKETS];
};

static void add_item(const struct measuring *w, struct scratch *s, struct listed *l, uint32_t item)
{
	double n = (double)w->popularity[item];

	l->novelty -= log2((n > 1 ? n : 1) / (double)w->t->users);
	l->popularity += n;
	l->bucket[w->bucket[item]]++;
	if (s->mark[item] & QF_HELD_OUT)
		l->found[w->bucket[item]]++;
	if (w->how->vector)
		l->cosines += add_vector(w, s->sum, item);
	if (w->how->class)
		add_classes(w->how->class, s->q, item);
}

static void put_values(const struct measuring *w, struct scratch *s, const struct listed *l, size_t c, size_t ki, size_t len, size_t hits,
		       const double *truths)
{
	double *v = w->m->value + c * w->m->columns + ki * QF_METRICS, n = (double)len, profile = history_popularity(w, c);
	size_t held = qf_interactions_count(&w->t->truth, c), k = w->how->k[ki];

	for (size_t i = 0; i < sizeof of_hits / sizeof *of_hits; i++)
		v[i] = of_hits[i](s->hit, hits, held, k);
	v[QF_NOVELTY] = share(l->novelty, n);
	v[QF_ARP] = share(l->popularity, n);
	v[QF_PL] = n > 0 ? share(l->popularity / n, profile) - 1 : (double)NAN;
	v[QF_ILD] = w->how->vector && len > 1 ? 1 - 2 * l->cosines / (n * (n - 1)) : (double)NAN;
	v[QF_CALIBRATION] = w->how->class && len ? divergence(s->p, s->q, w->how->class->cols) : (double)NAN;
	for (int b = 0; b < BUCKETS; b++)
		v[QF_RECALL_HEAD + b] = share(l->found[b], truths[b]);
	v[QF_TAIL] = share(l->bucket[TAIL], n);
}

static void measure_list(const struct measuring *w, struct scratch *s, size_t c, size_t len, size_t hits)
{
	const struct qf_task *t = w->t;
	double truths[BUCKETS] = { 0 };
	struct listed l = { 0 };
	size_t r = 0;

	for (size_t at = t->truth.at[c]; at < t->truth.at[c + 1]; at++)
		truths[w->bucket[t->truth.col[at]]]++;
	if (w->how->class) {
		memset(s->p, 0, w->how->class->cols * sizeof *s->p);
		memset(s->q, 0, w->how->class->cols * sizeof *s->q);
		for (size_t i = w->from[c]; i < w->from[c + 1]; i++)
			if (i == w->from[c] || t->history[i].item != t->history[i - 1].item)
				add_classes(w->how->class, s->p, t->history[i].item);
	}
	for (size_t ki = 0; ki < w->how->n_k; ki++) {
		for (; r < len && r < w->how->k[ki]; r++)
			add_item(w, s, &l, s->list[r]);
		for (size_t i = 0; i < r; i++)
			s->shown[ki * t->items + s->list[i]]++;
		put_values(w, s, &l, c, ki, r, hits, truths);
	}
	for (size_t i = 0; w->how->vector && i < r; i++)
		clear_vector(w, s->sum, s->list[i]);
}

/* ---- one case --------------------------------------------------------------------------- */

static void mark_candidates(const struct measuring *w, uint8_t *mark, size_t c)
{
	const struct qf_task *t = w->t;
	const struct qf_interactions *given = &t->candidates;

	if (given->rows) {
		memset(mark, 0, t->items);
		for (size_t at = given->at[c]; at < given->at[c + 1]; at++)
			mark[given->col[at]] = QF_CANDIDATE;
	} else {
		for (size_t i = 0; i < t->items; i++)
			mark[i] = t->closed && t->closed[i] ? 0 : QF_CANDIDATE;
		for (size_t i = w->from[c]; i < w->from[c + 1]; i++)
			mark[t->history[i].item] = 0;
	}
	for (size_t at = t->truth.at[c]; at < t->truth.at[c + 1]; at++)
		mark[t->truth.col[at]] = QF_CANDIDATE | QF_HELD_OUT;
}

static void measure_case(void *arg, size_t worker, size_t c)
{
	struct measuring *w = arg;
	struct scratch *s = &w->scratch[worker];
	size_t len, hits, done;

	if (atomic_load(&w->stop))
		return;
	if (w->from[c] == w->from[c + 1] && !w->kind->speaks_for_all) {
		for (size_t i = 0; i < w->t->items; i++)
			s->score[i] = (double)w->popularity[i];
	} else if (w->kind->score(w->state, worker, c, s->score, &s->e) != QF_OK) {
		atomic_store(&w->stop, true);
		return;
	}
	mark_candidates(w, s->mark, c);
	len = qf_metrics_list(s->score, w->t->items, s->mark, w->most, s->list, s->hit, &hits);
	measure_list(w, s, c, len, hits);
	done = atomic_fetch_add(&w->done, 1) + 1;
	if (w->how->progress && !w->how->progress(w->how->arg, done, w->t->cases))
		atomic_store(&w->stop, true);
}

/* ---- all of them ------------------------------------------------------------------------ */

static bool open_scratch(struct scratch *s, const struct measuring *w)
{
	const struct qf_evaluation *how = w->how;
	size_t items = w->t->items;

	s->score = qf_alloc(items, sizeof *s->score);
	s->mark = qf_alloc(items, sizeof *s->mark);
	s->list = qf_alloc(w->most, sizeof *s->list);
	s->hit = qf_alloc(w->most, sizeof *s->hit);
	s->sum = qf_zalloc(how->vector ? how->vector->cols : 0, sizeof *s->sum);
	s->p = qf_alloc(how->class ? how->class->cols : 0, sizeof *s->p);
	s->q = qf_alloc(how->class ? how->class->cols : 0, sizeof *s->q);
	s->shown = qf_zalloc(items, how->n_k * sizeof *s->shown);
	return s->score && s->mark && s->list && s->hit && s->sum && s->p && s->q && s->shown;
}

static void free_scratch(struct scratch *s)
{
	qf_free(s->score);
	qf_free(s->mark);
	qf_free(s->list);
	qf_free(s->hit);
	qf_free(s->sum);
	qf_free(s->p);
	qf_free(s->q);
	qf_free(s->shown);
}

static bool open_measuring(struct measuring *w, size_t jobs)
{
	size_t items = w->t->items, cases = w->t->cases, n_k = w->how->n_k;
	bool ok;

	*w->m = (struct qf_measured){ .cases = cases, .columns = n_k * QF_METRICS, .n_k = n_k, .items = items };
	w->m->value = qf_alloc(cases, w->m->columns * sizeof *w->m->value);
	w->m->coverage = qf_alloc(n_k, sizeof *w->m->coverage);
	w->m->gini = qf_alloc(n_k, sizeof *w->m->gini);
	w->popularity = qf_zalloc(items, sizeof *w->popularity);
	w->bucket = qf_alloc(items, sizeof *w->bucket);
	w->length = qf_zalloc(items, sizeof *w->length);
	w->from = qf_zalloc(cases + 1, sizeof *w->from);
	w->scratch = qf_zalloc(jobs, sizeof *w->scratch);
	ok = w->m->value && w->m->coverage && w->m->gini && w->popularity && w->bucket && w->length && w->from && w->scratch;
	for (size_t j = 0; ok && j < jobs; j++)
		ok = open_scratch(&w->scratch[j], w);
	return ok;
}

static void close_measuring(struct measuring *w, size_t jobs)
{
	for (size_t j = 0; w->scratch && j < jobs; j++)
		free_scratch(&w->scratch[j]);
	qf_free(w->scratch);
	qf_free(w->popularity);
	qf_free(w->bucket);
	qf_free(w->length);
	qf_free(w->from);
}

static void measure_shown(struct measuring *w, size_t jobs)
{
	size_t items = w->t->items;
	uint32_t *sum = w->scratch[0].shown;

	for (size_t j = 1; j < jobs; j++)
		for (size_t i = 0; i < w->how->n_k * items; i++)
			sum[i] += w->scratch[j].shown[i];
	for (size_t k = 0; k < w->how->n_k; k++) {
		w->m->coverage[k] = qf_metrics_coverage(sum + k * items, items);
		w->m->gini[k] = qf_metrics_gini(sum + k * items, items);
	}
}

enum qf_status qf_evaluate(struct qf_measured *m, const struct qf_task *t, const struct qf_engine_kind *kind, void *state,
			   const struct qf_evaluation *how, struct qf_err *e)
{
	size_t jobs = qf_workers_clamp(how->jobs);
	struct measuring w = { .t = t, .kind = kind, .state = state, .how = how, .m = m, .most = how->k[how->n_k - 1] };
	enum qf_status st = QF_OK;

	if (w.most > t->items)
		w.most = t->items;
	if (!open_measuring(&w, jobs))
		st = qf_fail(e, QF_ENOMEM, "out of memory for the scores of %zu tracks", t->items);
	else
		st = fill_buckets(&w, e);
	if (st == QF_OK) {
		find_lengths(&w);
		find_histories(&w);
		qf_workers_run(jobs, t->cases, measure_case, &w);
		for (size_t j = 0; st == QF_OK && j < jobs; j++)
			if (w.scratch[j].e.code) {
				st = w.scratch[j].e.code;
				if (e)
					*e = w.scratch[j].e;
			}
		m->complete = st == QF_OK && !atomic_load(&w.stop);
		measure_shown(&w, jobs);
	}
	close_measuring(&w, jobs);
	return st;
}

void qf_measured_free(struct qf_measured *m)
{
	qf_free(m->value);
	qf_free(m->coverage);
	qf_free(m->gini);
	memset(m, 0, sizeof *m);
}
