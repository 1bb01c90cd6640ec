/* Every kind of split gives each row a mark; one pass over the marks makes the task. */
#include "model/split.h"

#include "base/alloc.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>

enum mark { DROPPED, TRAIN = 1, HISTORY = 2, TRUTH = 4 };

static const char *const names[QF_SPLITS] = {
	[QF_SPLIT_TEMPORAL] = "temporal", [QF_SPLIT_LOO] = "loo",   [QF_SPLIT_WEAK] = "weak",
	[QF_SPLIT_STRONG] = "strong",     [QF_SPLIT_COLD] = "cold",
};

const char *qf_split_name(enum qf_split_kind kind)
{
	return kind < QF_SPLITS ? names[kind] : NULL;
}

struct cut { /* a split under way */
	const struct qf_listen *l;
	size_t n, users, items;
	const struct qf_split_rules *rules;
	uint8_t *mark;    /* [n] */
	struct lot *lots; /* [max of users and items] */
};

struct lot { /* one that may be drawn */
	uint64_t number;
	uint32_t id;
};

static int by_number(const void *a, const void *b)
{
	const struct lot *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_id(const void *a, const void *b)
{
	const struct lot *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* The `share` of them with the lowest numbers come first. */
static size_t draw(struct lot *lots, size_t n, double share)
{
	qsort(lots, n, sizeof *lots, by_number);
	return (size_t)(share * (double)n);
}

static size_t end_of_user(const struct cut *c, size_t from)
{
	size_t to = from;

	while (to < c->n && c->l[to].user == c->l[from].user)
		to++;
	return to;
}

/* A user's rows: those of `share` of the tracks become the truth, the rest `others`. */
static void hold_out_tracks(struct cut *c, size_t from, size_t to, uint8_t others)
{
	uint64_t key = qf_mix64(c->rules->seed ^ c->rules->user_key[c->l[from].user]);
	size_t n = 0, held;

	for (size_t i = from; i < to; i++) {
		c->mark[i] = others;
		if (i == from || c->l[i].item != c->l[i - 1].item)
			c->lots[n++] = (struct lot){ qf_random(key, c->rules->item_key[c->l[i].item]), c->l[i].item };
	}
	held = draw(c->lots, n, c->rules->share);
	if (held == 0 && n >= 2)
		held = 1;
	qsort(c->lots, held, sizeof *c->lots, by_id);
	for (size_t i = from, h = 0; i < to && h < held; i++) {
		if (c->l[i].item > c->lots[h].id)
			h++;
		if (h < held && c->l[i].item == c->lots[h].id)
			c->mark[i] = TRUTH;
	}
}

static enum qf_status cut_weak(struct cut *c, struct qf_err *e)
{
	(void)e;
	for (size_t from = 0, to; from < c->n; from = to) {
		to = end_of_user(c, from);
		hold_out_tracks(c, from, to, TRAIN | HISTORY);
	}
	return QF_OK;
}

static enum qf_status cut_strong(struct cut *c, struct qf_err *e)
{
	bool *whole = qf_zalloc(c->users, sizeof *whole);
	size_t n = 0, held;

	if (!whole)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu users", c->users);
	for (size_t from = 0; from < c->n; from = end_of_user(c, from))
		c->lots[n++] = (struct lot){ qf_random(c->rules->seed, c->rules->user_key[c->l[from].user]), c->l[from].user };
	held = draw(c->lots, n, c->rules->share);
	for (size_t h = 0; h < held; h++)
		whole[c->lots[h].id] = true;
	for (size_t from = 0, to; from < c->n; from = to) {
		to = end_of_user(c, from);
		if (whole[c->l[from].user])
			hold_out_tracks(c, from, to, HISTORY);
		else
			memset(c->mark + from, TRAIN, to - from);
	}
	qf_free(whole);
	return QF_OK;
}

static enum qf_status cut_loo(struct cut *c, struct qf_err *e)
{
	(void)e;
	for (size_t from = 0, to; from < c->n; from = to) {
		uint64_t key = qf_mix64(c->rules->seed ^ c->rules->user_key[c->l[from].user]), best = 0;
		size_t last = from, tracks = 0;

		to = end_of_user(c, from);
		for (size_t i = from; i < to; i++) { /* the first row of a pair is the time of meeting */
			uint64_t chance = qf_random(key, c->rules->item_key[c->l[i].item]);

			c->mark[i] = TRAIN | HISTORY;
			if (i > from && c->l[i].item == c->l[i - 1].item)
				continue;
			if (tracks++ == 0 || c->l[i].at > c->l[last].at || (c->l[i].at == c->l[last].at && chance > best)) {
				last = i;
				best = chance;
			}
		}
		for (size_t i = last; tracks >= 2 && i < to && c->l[i].item == c->l[last].item; i++)
			c->mark[i] = TRUTH;
	}
	return QF_OK;
}

static int rising(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static enum qf_status cut_temporal(struct cut *c, struct qf_err *e)
{
	int64_t *at = qf_alloc(c->n, sizeof *at), date = 0;
	size_t known = 0;

	if (!at)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu times", c->n);
	for (size_t i = 0; i < c->n; i++)
		if (c->l[i].at)
			at[known++] = c->l[i].at;
	qsort(at, known, sizeof *at, rising);
	if (known)
		date = at[known - 1 - (size_t)(c->rules->share * (double)(known - 1))];
	qf_free(at);
	if (!known)
		return qf_fail(e, QF_ENOTFOUND, "a temporal split needs times, and no listening has one");
	for (size_t i = 0; i < c->n; i++) {
		bool again = i && c->l[i].user == c->l[i - 1].user && c->l[i].item == c->l[i - 1].item;

		if (c->l[i].at < date)
			c->mark[i] = TRAIN | HISTORY;
		else /* rows of a pair rise in time */
			c->mark[i] = again && c->mark[i - 1] != TRUTH ? DROPPED : TRUTH;
	}
	return QF_OK;
}

/* The drawn tracks have closed[] = false, all others true. */
static enum qf_status cut_cold(struct cut *c, bool *closed, struct qf_err *e)
{
	size_t n = 0, held;

	(void)e;
	for (size_t i = 0; i < c->n; i++)
		if (!closed[c->l[i].item]) {
			closed[c->l[i].item] = true;
			c->lots[n++] = (struct lot){ qf_random(c->rules->seed, c->rules->item_key[c->l[i].item]), c->l[i].item };
		}
	memset(closed, true, c->items * sizeof *closed);
	held = draw(c->lots, n, c->rules->share);
	for (size_t h = 0; h < held; h++)
		closed[c->lots[h].id] = false;
	for (size_t i = 0; i < c->n; i++)
		c->mark[i] = closed[c->l[i].item] ? TRAIN | HISTORY : TRUTH;
	return QF_OK;
}

/* ---- from marks to a task --------------------------------------------------------------- */

static void count_listeners(float *listeners, const struct qf_listen *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (i == 0 || l[i].user != l[i - 1].user || l[i].item != l[i - 1].item)
			listeners[l[i].item]++;
}

static bool room(struct qf_task *t, size_t n, size_t users)
{
	t->train = qf_alloc(n, sizeof *t->train);
	t->history = qf_alloc(n, sizeof *t->history);
	t->user = qf_alloc(users, sizeof *t->user);
	t->user_key = qf_alloc(users, sizeof *t->user_key);
	t->listeners = qf_zalloc(t->items, sizeof *t->listeners);
	return t->train && t->history && t->user && t->user_key && t->listeners;
}

static void take_train(struct qf_task *t, const struct qf_listen *l, uint32_t *last, const uint64_t *user_key)
{
	if (t->users == 0 || *last != l->user)
		t->user_key[t->users++] = user_key[l->user];
	*last = l->user;
	t->train[t->n_train] = *l;
	t->train[t->n_train++].user = (uint32_t)(t->users - 1);
	if (l->at > t->now)
		t->now = l->at;
}

/* Rows by case; those of users without a case are dropped. */
static size_t take_cases(const struct qf_task *t, const struct qf_listen *l, size_t n, const uint8_t *mark, uint8_t which,
			 struct qf_listen *out)
{
	size_t at = 0, kept = 0;

	for (size_t i = 0; i < n; i++) {
		while (at < t->cases && t->user[at] < l[i].user)
			at++;
		if (at == t->cases || t->user[at] != l[i].user || (mark && !(mark[i] & which)))
			continue;
		out[kept] = l[i];
		out[kept++].user = (uint32_t)at;
	}
	return kept;
}

static const struct qf_weighing all_ones = { .scale = 0, .eps = 1 };

static enum qf_status nothing(struct qf_err *e, const char *what)
{
	return qf_fail(e, QF_ENOTFOUND, "the split leaves nothing to %s: there is too little listening, or the share is out of proportion", what);
}

static enum qf_status build(struct qf_task *t, const struct cut *c, struct qf_err *e)
{
	struct qf_listen *truth = qf_alloc(c->n, sizeof *truth);
	uint32_t last = 0;
	size_t n;

	if (!truth || !room(t, c->n, c->users)) {
		qf_free(truth);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu rows", c->n);
	}
	for (size_t i = 0; i < c->n; i++) {
		if (c->mark[i] & TRAIN)
			take_train(t, &c->l[i], &last, c->rules->user_key);
		if ((c->mark[i] & TRUTH) && (t->cases == 0 || t->user[t->cases - 1] != c->l[i].user))
			t->user[t->cases++] = c->l[i].user;
	}
	t->n_history = take_cases(t, c->l, c->n, c->mark, HISTORY, t->history);
	n = take_cases(t, c->l, c->n, c->mark, TRUTH, truth);
	if (c->rules->kind == QF_SPLIT_COLD)
		count_listeners(t->listeners, c->l, c->n);
	else
		count_listeners(t->listeners, t->train, t->n_train);
	if (t->n_train == 0 || n == 0)
		nothing(e, n == 0 ? "find" : "learn from");
	else
		qf_listens_matrix(&t->truth, truth, n, t->cases, t->items, &all_ones, e);
	qf_free(truth);
	return t->truth.at ? QF_OK : e->code;
}

enum qf_status qf_split(struct qf_task *out, const struct qf_listen *listens, size_t n, size_t users, size_t items,
			const struct qf_split_rules *rules, struct qf_err *e)
{
	static enum qf_status (*const cuts[QF_SPLITS])(struct cut *c, struct qf_err *e) = {
		[QF_SPLIT_TEMPORAL] = cut_temporal, [QF_SPLIT_LOO] = cut_loo, [QF_SPLIT_WEAK] = cut_weak, [QF_SPLIT_STRONG] = cut_strong,
	};
	size_t most = users > items ? users : items;
	struct cut c = { .l = listens, .n = n, .users = users, .items = items, .rules = rules };
	enum qf_status st;

	*out = (struct qf_task){ .items = items, .item_key = rules->item_key };
	if (n == 0)
		return nothing(e, "learn from");
	c.mark = qf_zalloc(n, sizeof *c.mark);
	c.lots = qf_alloc(most, sizeof *c.lots);
	if (rules->kind == QF_SPLIT_COLD)
		out->closed = qf_zalloc(items, sizeof *out->closed);
	if (!c.mark || !c.lots || (rules->kind == QF_SPLIT_COLD && !out->closed))
		st = qf_fail(e, QF_ENOMEM, "out of memory for %zu rows", n);
	else
		st = out->closed ? cut_cold(&c, out->closed, e) : cuts[rules->kind](&c, e);
	if (st == QF_OK)
		st = build(out, &c, e);
	qf_free(c.mark);
	qf_free(c.lots);
	if (st != QF_OK)
		qf_task_free(out);
	return st;
}

/* ---- given ------------------------------------------------------------------------------ */

static enum qf_status matrix_of_cases(struct qf_interactions *out, const struct qf_task *t, const struct qf_listen *l, size_t n,
				      struct qf_err *e)
{
	struct qf_listen *rows = qf_alloc(n, sizeof *rows);

	if (!rows)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu rows", n);
	qf_listens_matrix(out, rows, take_cases(t, l, n, NULL, 0, rows), t->cases, t->items, &all_ones, e);
	qf_free(rows);
	return out->at ? QF_OK : e->code;
}

enum qf_status qf_split_given(struct qf_task *out, const struct qf_given *g, size_t users, size_t items,
			      const uint64_t *user_key, const uint64_t *item_key, struct qf_err *e)
{
	const struct qf_listen *known = g->fold_in ? g->fold_in : g->train;
	size_t n_known = g->fold_in ? g->n_fold_in : g->n_train;
	uint32_t last = 0;

	*out = (struct qf_task){ .items = items, .item_key = item_key };
	if (g->n_train == 0 || g->n_truth == 0)
		return nothing(e, g->n_truth == 0 ? "find" : "learn from");
	if (!room(out, g->n_train > n_known ? g->n_train : n_known, users)) {
		qf_task_free(out);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu rows", g->n_train);
	}
	for (size_t i = 0; i < g->n_train; i++)
		take_train(out, &g->train[i], &last, user_key);
	for (size_t i = 0; i < g->n_truth; i++)
		if (i == 0 || g->truth[i].user != g->truth[i - 1].user)
			out->user[out->cases++] = g->truth[i].user;
	out->n_history = take_cases(out, known, n_known, NULL, 0, out->history);
	count_listeners(out->listeners, out->train, out->n_train);
	if (matrix_of_cases(&out->truth, out, g->truth, g->n_truth, e) ||
	    (g->candidates && matrix_of_cases(&out->candidates, out, g->candidates, g->n_candidates, e))) {
		qf_task_free(out);
		return e->code;
	}
	return QF_OK;
}

void qf_task_free(struct qf_task *t)
{
	qf_free(t->train);
	qf_free(t->user_key);
	qf_free(t->user);
	qf_free(t->history);
	qf_interactions_free(&t->truth);
	qf_interactions_free(&t->candidates);
	qf_free(t->closed);
	qf_free(t->listeners);
	memset(t, 0, sizeof *t);
}
