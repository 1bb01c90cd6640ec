#include "model/recommend.h"

#include "base/alloc.h"
#include "model/alike.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct listener { /* one user against one model */
	const struct qf_model *m;
	const struct qf_history *h;
	struct qf_foldin *foldin; /* NULL: no factors, or no history */
	double *ease;             /* [items] scores; NULL: no neighbours, or no history */
	float *profile;           /* [dim] sum of c_j g_j over its own length; NULL: no sound to go by */
	float *average;           /* [dim] mean embedding of the library */
	double length;            /* of the sum above, before division */
	double best_listening, best_sound, best_plays; /* among the candidates; 0: that view has nothing to say */
};

static const float *sound_of(const struct qf_model *m, size_t item)
{
	return m->sound + item * m->dim;
}

static bool has_sound(const struct qf_model *m, size_t item)
{
	if (!m->sound)
		return false;
	for (size_t d = 0; d < m->dim; d++)
		if (sound_of(m, item)[d] != 0)
			return true;
	return false;
}

bool qf_model_listens(const struct qf_model *m)
{
	return m->factor.v || m->ease;
}

bool qf_model_knows(const struct qf_model *m, size_t item)
{
	if (m->ease)
		return m->ease->spread[item] > 0;
	for (size_t j = 0; j < m->factor.k; j++)
		if (qf_matrix_row(&m->factor, item)[j] != 0)
			return true;
	return false;
}

/* --- the two views --------------------------------------------------------- */

static bool listens(const struct listener *l)
{
	return l->foldin || l->ease;
}

static double listening_view(const struct listener *l, size_t item)
{
	if (l->ease)
		return l->ease[item];
	return qf_linear_dot(qf_foldin_row(l->foldin), qf_matrix_row(&l->m->factor, item), l->m->factor.k);
}

static double sound_view(const struct listener *l, size_t item)
{
	const float *g = sound_of(l->m, item);
	double s = 0;

	for (size_t d = 0; d < l->m->dim; d++)
		s += ((double)g[d] - (double)l->average[d]) * (double)l->profile[d];
	return s;
}

static double popularity_view(const struct listener *l, size_t item)
{
	return log1p((double)l->m->plays[item]);
}

/* --- a listener ------------------------------------------------------------ */

void qf_sound_average(const float *sound, size_t items, size_t dim, float *average)
{
	size_t n = 0;

	memset(average, 0, dim * sizeof *average);
	for (size_t i = 0; i < items; i++, sound += dim) {
		if (qf_linear_dot(sound, sound, dim) == 0)
			continue;
		n++;
		for (size_t d = 0; d < dim; d++)
			average[d] += (sound[d] - average[d]) / (float)n;
	}
}

static enum qf_status open_profile(struct listener *l, struct qf_err *e)
{
	size_t dim = l->m->dim;

	l->profile = qf_zalloc(dim, sizeof *l->profile);
	l->average = qf_zalloc(dim, sizeof *l->average);
	if (!l->profile || !l->average)
		return qf_fail(e, QF_ENOMEM, "recommend: out of memory");
	for (size_t j = 0; j < l->h->n; j++)
		for (size_t d = 0; d < dim; d++)
			l->profile[d] += l->h->c[j] * sound_of(l->m, l->h->item[j])[d];
	l->length = sqrt(qf_linear_dot(l->profile, l->profile, dim));
	if (!(l->length > 0)) { /* no track of the history was ever listened to by a machine */
		qf_free(l->profile);
		l->profile = NULL;
		return QF_OK;
	}
	for (size_t d = 0; d < dim; d++)
		l->profile[d] = (float)((double)l->profile[d] / l->length);
	if (l->m->average)
		memcpy(l->average, l->m->average, dim * sizeof *l->average);
	else
		qf_sound_average(l->m->sound, l->m->items, dim, l->average);
	return QF_OK;
}

static void raise_to(double *best, double v)
{
	if (v > *best)
		*best = v;
}

static void find_best(struct listener *l, const bool *barred)
{
	for (size_t i = 0; i < l->m->items; i++) {
		if (barred && barred[i])
			continue;
		if (listens(l))
			raise_to(&l->best_listening, listening_view(l, i));
		if (l->profile && has_sound(l->m, i))
			raise_to(&l->best_sound, sound_view(l, i));
		raise_to(&l->best_plays, popularity_view(l, i));
	}
}

static void close_listener(struct listener *l)
{
	qf_foldin_close(l->foldin);
	qf_free(l->ease);
	qf_free(l->profile);
	qf_free(l->average);
}

/* l is to be closed whatever comes back. */
static enum qf_status open_views(struct listener *l, const struct qf_model *m, const struct qf_history *h, struct qf_err *e)
{
	*l = (struct listener){ .m = m, .h = h };
	for (size_t j = 0; j < h->n; j++)
		if (h->item[j] >= m->items)
			return qf_fail(e, QF_EINVAL, "recommend: entry %zu of the history is no track of the model", j);
	if (h->n && m->factor.v)
		if (qf_foldin_open(&l->foldin, &m->factor, m->gram, &m->p, e) || qf_foldin_user(l->foldin, h->item, h->c, h->n, e))
			return e->code;
	if (h->n && m->ease) {
		l->ease = qf_alloc(m->items, sizeof *l->ease);
		if (!l->ease)
			return qf_fail(e, QF_ENOMEM, "recommend: out of memory for %zu tracks", m->items);
		qf_ease_scores(m->ease, h->item, h->n, l->ease);
	}
	return h->n && m->sound ? open_profile(l, e) : QF_OK;
}

static enum qf_status open_listener(struct listener *l, const struct qf_model *m, const struct qf_history *h, const bool *barred,
				    struct qf_err *e)
{
	enum qf_status st = open_views(l, m, h, e);

	if (st == QF_OK)
		find_best(l, barred);
	return st;
}

enum qf_status qf_recommend_views(const struct qf_model *m, const struct qf_history *h, float *p, bool *listening, float *profile,
				  bool *sound, struct qf_err *e)
{
	struct listener l;
	enum qf_status st = open_views(&l, m, h, e);

	*listening = st == QF_OK && l.foldin;
	*sound = st == QF_OK && l.profile;
	if (*listening)
		memcpy(p, qf_foldin_row(l.foldin), m->factor.k * sizeof *p);
	if (*sound)
		memcpy(profile, l.profile, m->dim * sizeof *profile);
	close_listener(&l);
	return st;
}

/* --- a score --------------------------------------------------------------- */

double qf_listening_weight(size_t users)
{
	return (double)users / ((double)users + QF_BLEND_LISTENERS);
}

/* What one unit of each view is worth in the score of an item. */
struct worth {
	double listening, sound;
};

static struct worth worth_of(const struct listener *l, size_t item)
{
	double w = qf_listening_weight(l->m->users);
	bool listening = l->best_listening > 0 && qf_model_knows(l->m, item), sound = l->best_sound > 0 && has_sound(l->m, item);

	if (!listening || !sound)
		w = listening ? 1 : 0;
	return (struct worth){ listening ? w / l->best_listening : 0, sound ? (1 - w) / l->best_sound : 0 };
}

/* lean: of the rules, or NULL. */
static void score_item(const struct listener *l, uint32_t item, const double *lean, struct qf_recommended *out)
{
	struct worth w = worth_of(l, item);

	memset(out, 0, sizeof *out);
	out->item = item;
	if (l->best_listening > 0 || l->best_sound > 0) {
		out->listening = w.listening > 0 ? w.listening * listening_view(l, item) : 0;
		out->sound = w.sound > 0 ? w.sound * sound_view(l, item) : 0;
	} else if (l->best_plays > 0) {
		out->popularity = popularity_view(l, item) / l->best_plays;
	}
	out->lean = lean ? lean[item] : 0;
	out->score = out->listening + out->sound + out->popularity + out->lean;
}

/* What the tracks of h, which are of the history, gave to an item; scratch[the longer of k and dim]. */
static void shares(const struct listener *l, const struct qf_history *h, uint32_t item, float *scratch, struct qf_reason *share)
{
	struct worth w = worth_of(l, item);
	const struct qf_model *m = l->m;

	for (size_t j = 0; j < h->n; j++)
		share[j] = (struct qf_reason){ .item = h->item[j] };
	if (w.listening > 0 && l->ease) {
		for (size_t j = 0; j < h->n; j++)
			share[j].listening = w.listening * qf_ease_share(m->ease, h->item[j], item);
	} else if (w.listening > 0) {
		qf_foldin_shares(l->foldin, item, scratch);
		for (size_t j = 0; j < h->n; j++)
			share[j].listening = w.listening * (double)h->c[j] *
					     qf_alike_dot(scratch, qf_matrix_row(&m->factor, h->item[j]), m->factor.k);
	}
	if (w.sound > 0) {
		for (size_t d = 0; d < m->dim; d++)
			scratch[d] = sound_of(m, item)[d] - l->average[d];
		for (size_t j = 0; j < h->n; j++)
			share[j].sound = w.sound * (double)h->c[j] * qf_alike_dot(scratch, sound_of(m, h->item[j]), m->dim) / l->length;
	}
}

static bool greater(const struct qf_reason *x, const struct qf_reason *y)
{
	double sx = x->listening + x->sound, sy = y->listening + y->sound;

	return sx != sy ? sx > sy : x->item < y->item;
}

static void keep_greatest(struct qf_recommended *out, const struct qf_reason *share, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = out->n_why;

		if (!(share[i].listening + share[i].sound > 0))
			continue;
		while (at > 0 && greater(&share[i], &out->why[at - 1]))
			at--;
		if (at == QF_REASONS)
			continue;
		out->n_why += out->n_why < QF_REASONS;
		memmove(&out->why[at + 1], &out->why[at], (out->n_why - 1 - at) * sizeof *out->why);
		out->why[at] = share[i];
	}
}

struct sure { /* one track of a history */
	uint32_t item;
	float c;
};

static int surest_first(const void *a, const void *b)
{
	const struct sure *x = a, *y = b;

	if (x->c != y->c)
		return x->c > y->c ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

/* The tracks among which reasons are looked for, in arrays for QF_TOLD of them. */
static enum qf_status find_told(const struct qf_history *h, uint32_t *item, float *c, struct qf_history *told, struct qf_err *e)
{
	struct sure *all;

	*told = *h;
	if (h->n <= QF_TOLD)
		return QF_OK;
	all = qf_alloc(h->n, sizeof *all);
	if (!all)
		return qf_fail(e, QF_ENOMEM, "recommend: out of memory for a history of %zu tracks", h->n);
	for (size_t j = 0; j < h->n; j++)
		all[j] = (struct sure){ h->item[j], h->c[j] };
	qsort(all, h->n, sizeof *all, surest_first);
	for (size_t j = 0; j < QF_TOLD; j++) {
		item[j] = all[j].item;
		c[j] = all[j].c;
	}
	qf_free(all);
	*told = (struct qf_history){ item, c, QF_TOLD };
	return QF_OK;
}

/* --- what others call ------------------------------------------------------ */

enum qf_status qf_recommend_scores(const struct qf_model *m, const struct qf_history *h, const bool *barred, double *score,
				   struct qf_err *e)
{
	struct qf_recommended one;
	struct listener l;
	enum qf_status st = open_listener(&l, m, h, barred, e);

	for (size_t i = 0; st == QF_OK && i < m->items; i++) {
		score_item(&l, (uint32_t)i, NULL, &one);
		score[i] = one.score;
	}
	close_listener(&l);
	return st;
}

enum qf_status qf_recommend_shares(const struct qf_model *m, const struct qf_history *h, const bool *barred, uint32_t item,
				   struct qf_reason *share, struct qf_err *e)
{
	float *z = qf_alloc(m->factor.k > m->dim ? m->factor.k : m->dim, sizeof *z);
	struct listener l = { 0 };
	enum qf_status st = z ? open_listener(&l, m, h, barred, e) : qf_fail(e, QF_ENOMEM, "recommend: out of memory");

	if (st == QF_OK)
		shares(&l, h, item, z, share);
	close_listener(&l);
	qf_free(z);
	return st;
}

/* How the rules' diversity looks at tracks; *a is opened only if they ask for it. */
static enum qf_status open_diversity(struct qf_pick_rules *r, struct qf_alike *a, const struct qf_model *m, struct qf_err *e)
{
	if (!(r->variety > 0))
		return QF_OK;
	r->diversity.alike = r->diversity.kind == QF_DPP ? qf_alike_even : qf_alike_of;
	r->diversity.arg = a;
	return qf_alike_open(a, m, e);
}

enum qf_status qf_recommend(const struct qf_model *m, const struct qf_history *h, const struct qf_pick_rules *rules,
			    struct qf_recommended *out, size_t *found, struct qf_err *e)
{
	struct qf_pick_rules r = *rules;
	double *score = qf_alloc(m->items, sizeof *score);
	uint32_t *item = qf_alloc(r.n, sizeof *item);
	struct qf_reason *share = qf_alloc(h->n, sizeof *share);
	float *z = qf_alloc(m->factor.k > m->dim ? m->factor.k : m->dim, sizeof *z);
	uint32_t told_item[QF_TOLD];
	float told_c[QF_TOLD];
	struct qf_history told;
	struct qf_recommended one;
	struct listener l = { 0 };
	struct qf_alike near = { 0 };
	enum qf_status st = QF_OK;

	*found = 0;
	if (!score || !item || !share || !z)
		st = qf_fail(e, QF_ENOMEM, "recommend: out of memory for %zu tracks", m->items);
	else if ((st = open_listener(&l, m, h, r.barred, e)) == QF_OK)
		st = open_diversity(&r, &near, m, e);
	for (size_t i = 0; st == QF_OK && i < m->items; i++) {
		score_item(&l, (uint32_t)i, NULL, &one);
		score[i] = one.score;
	}
	if (st == QF_OK)
		st = find_told(h, told_item, told_c, &told, e);
	if (st == QF_OK)
		st = qf_pick(score, m->items, &r, item, found, e);
	for (size_t i = 0; st == QF_OK && i < *found; i++) {
		score_item(&l, item[i], r.lean, &out[i]);
		shares(&l, &told, item[i], z, share);
		keep_greatest(&out[i], share, told.n);
	}
	close_listener(&l);
	qf_alike_close(&near);
	qf_free(score);
	qf_free(item);
	qf_free(share);
	qf_free(z);
	return st;
}

/* --- tracks like these ----------------------------------------------------- */

static void similar_to(const struct qf_alike *a, const uint32_t *seed, size_t n, uint32_t item, struct qf_reason *share,
		       struct qf_recommended *out)
{
	memset(out, 0, sizeof *out);
	out->item = item;
	for (size_t s = 0; s < n; s++) {
		share[s] = qf_alike_parts(a, seed[s], item);
		share[s].listening /= (double)n;
		share[s].sound /= (double)n;
		out->listening += share[s].listening;
		out->sound += share[s].sound;
	}
	out->score = out->listening + out->sound;
}

enum qf_status qf_similar(const struct qf_model *m, const uint32_t *seed, size_t n, const struct qf_pick_rules *rules,
			  struct qf_recommended *out, size_t *found, struct qf_err *e)
{
	struct qf_pick_rules r = *rules;
	double *score = qf_alloc(m->items, sizeof *score);
	bool *barred = qf_zalloc(m->items, sizeof *barred);
	uint32_t *item = qf_alloc(r.n, sizeof *item);
	struct qf_reason *share = qf_alloc(n, sizeof *share);
	struct qf_recommended one;
	struct qf_alike near = { 0 };
	enum qf_status st = QF_OK;

	*found = 0;
	if (!score || !barred || !item || !share) {
		st = qf_fail(e, QF_ENOMEM, "similar: out of memory for %zu tracks", m->items);
		goto out;
	}
	if (r.barred)
		memcpy(barred, r.barred, m->items * sizeof *barred);
	for (size_t s = 0; s < n; s++) {
		if (seed[s] >= m->items) {
			st = qf_fail(e, QF_EINVAL, "similar: seed %zu is no track of the model", s);
			goto out;
		}
		barred[seed[s]] = true;
	}
	st = qf_alike_open(&near, m, e);
	for (size_t i = 0; st == QF_OK && i < m->items; i++) {
		similar_to(&near, seed, n, (uint32_t)i, share, &one);
		score[i] = one.score;
	}
	r.barred = barred;
	r.diversity.alike = r.diversity.kind == QF_DPP ? qf_alike_even : qf_alike_of;
	r.diversity.arg = &near;
	if (st == QF_OK)
		st = qf_pick(score, m->items, &r, item, found, e);
	for (size_t i = 0; st == QF_OK && i < *found; i++) {
		similar_to(&near, seed, n, item[i], share, &out[i]);
		keep_greatest(&out[i], share, n);
	}
out:
	qf_alike_close(&near);
	qf_free(score);
	qf_free(barred);
	qf_free(item);
	qf_free(share);
	return st;
}
