#include "cli/listening.h"

#include "base/alloc.h"
#include "model/taste.h"

#include <stdlib.h>

struct walk {
	const struct qf_library *lib;
	int64_t now;
	double half_life;
	enum qf_status (*fn)(void *arg, const struct cli_taste *t, struct qf_err *e);
	void *arg;
	int64_t user; /* under way, 0: none */
	struct cli_heard *heard; /* [lib->n] of this user, in the order of the first act */
	double *weight;          /* [lib->n] by place in `heard` */
	uint32_t *place;         /* [lib->n] by item: place in `heard`, plus 1; 0: not heard */
	size_t n;
};

static int by_item(const void *a, const void *b)
{
	const struct cli_heard *x = a, *y = b;

	return x->item < y->item ? -1 : x->item > y->item;
}

/* The user is complete: hand over and start anew. */
static enum qf_status hand_over(struct walk *w, struct qf_err *e)
{
	struct cli_taste t = { .user = w->user, .heard = w->heard, .n = w->n };

	for (size_t i = 0; i < w->n; i++) {
		w->heard[i].weight = (float)w->weight[i];
		w->place[w->heard[i].item] = 0;
	}
	if (w->n == 0)
		return QF_OK;
	qsort(w->heard, w->n, sizeof *w->heard, by_item);
	w->n = 0;
	return w->fn(w->arg, &t, e);
}

static enum qf_status take(void *arg, const struct qf_act_row *a, struct qf_err *e)
{
	struct walk *w = arg;
	size_t item = qf_library_find(w->lib, a->track);
	enum qf_act act = qf_act_named(a->action);
	struct cli_heard *h;

	if (a->user != w->user) {
		if (hand_over(w, e))
			return e->code;
		w->user = a->user;
	}
	if (item == SIZE_MAX || act == QF_ACTS || a->at > w->now)
		return QF_OK;
	if (!w->place[item]) {
		w->weight[w->n] = 0;
		w->heard[w->n++] = (struct cli_heard){ .item = (uint32_t)item, .first = a->at };
		w->place[item] = (uint32_t)w->n;
	}
	h = &w->heard[w->place[item] - 1];
	w->weight[w->place[item] - 1] += qf_act_weight(act) * qf_decay(a->at, w->now, w->half_life);
	h->barred = qf_act_bars(act, h->barred);
	return QF_OK;
}

enum qf_status cli_listening(struct qf_catalog *c, const struct qf_library *lib, int64_t user, int64_t now, double half_life,
			     enum qf_status (*fn)(void *arg, const struct cli_taste *t, struct qf_err *e), void *arg,
			     struct qf_err *e)
{
	struct walk w = { .lib = lib, .now = now, .half_life = half_life, .fn = fn, .arg = arg };
	enum qf_status rc;

	w.heard = qf_alloc(lib->n, sizeof *w.heard);
	w.weight = qf_alloc(lib->n, sizeof *w.weight);
	w.place = qf_zalloc(lib->n, sizeof *w.place);
	if (w.heard && w.weight && w.place)
		rc = qf_catalog_acts(c, user, take, &w, e);
	else
		rc = qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", lib->n);
	if (rc == QF_OK)
		rc = hand_over(&w, e);
	qf_free(w.heard);
	qf_free(w.weight);
	qf_free(w.place);
	return rc;
}
