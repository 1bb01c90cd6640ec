/* The catalog's events as rows. What a skip takes away it takes from the newest plays before
 * it, so that a split in time hears little of a later change of mind; only a dislike, which
 * bars the track for good, counts backwards. */
#include "cli/study.h"

#include "base/alloc.h"
#include "base/random.h"
#include "catalog/learn.h"
#include "model/linear.h"
#include "model/taste.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct taking {
	struct cli_study *s;
	struct qf_library lib;
	int64_t now;
	struct numbered { int64_t id; uint32_t number; } *user_of; /* [users] by id, once they are all there */
	size_t room;
	int64_t user;     /* of the act before */
	uint32_t number;  /* of that user */
	struct qf_act_mark { bool barred; int64_t user; } *mark; /* [lib.n] of the user under way */
	size_t from;      /* that user's first row */
	bool eras;
	struct cli_names classes;
	struct qf_triple *class; /* of each track its classes */
	size_t n_class, class_room;
};

static enum qf_status no_memory(struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory for the events");
}

static enum qf_status take_user(void *arg, int64_t id, const char *name, struct qf_err *e)
{
	struct taking *t = arg;
	uint32_t number;

	if (t->s->users.n == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		struct numbered *more = qf_realloc(t->user_of, room, sizeof *more);

		if (!more)
			return no_memory(e);
		t->user_of = more;
		t->room = room;
	}
	if (cli_names_add(&t->s->users, name, strlen(name), &number, e))
		return e->code;
	t->user_of[number] = (struct numbered){ id, number };
	return QF_OK;
}

static int by_id(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static uint32_t number_of(const struct taking *t, int64_t id)
{
	const struct numbered key = { .id = id }, *found = bsearch(&key, t->user_of, t->s->users.n, sizeof key, by_id);

	return found ? found->number : CLI_NO_NAME;
}

/* The rows of one track in the order of time, from `row` to `end`, as what is left of each; returns the end of that. */
static struct qf_listen *settle_track(struct qf_listen *to, const struct qf_listen *row, const struct qf_listen *end)
{
	const struct qf_listen *first = to;
	double debt = 0; /* of skips; what plays before cannot pay, plays behind do */

	for (; row < end; row++) {
		double left = (double)row->weight;

		if (left > 0) {
			double paid = left < debt ? left : debt;

			debt -= paid;
			*to = *row;
			to->weight = (float)(left - paid);
			to += left > paid;
			continue;
		}
		for (debt -= left; debt > 0 && to > first;) {
			double last = (double)to[-1].weight, paid = last < debt ? last : debt;

			debt -= paid;
			to[-1].weight = (float)(last - paid);
			to -= !(last > paid);
		}
	}
	return to;
}

/* The user is complete: by track, less the tracks that are barred at the end. */
static void settle_user(struct taking *t)
{
	struct cli_rows *rows = &t->s->train;
	struct qf_listen *to, *row, *end, *next;

	if (rows->n == t->from)
		return;
	to = row = rows->l + t->from;
	end = rows->l + rows->n;
	qf_listens_sort(row, rows->n - t->from);
	for (; row < end; row = next) {
		for (next = row; next < end && next->item == row->item; next++)
			;
		if (!t->mark[row->item].barred || t->mark[row->item].user != t->user)
			to = settle_track(to, row, next);
	}
	rows->n = t->from = (size_t)(to - rows->l);
}

static enum qf_status append(struct cli_rows *rows, struct qf_listen l, struct qf_err *e)
{
	if (rows->n == rows->room) {
		size_t room = rows->room ? 2 * rows->room : 4096;
		struct qf_listen *more = qf_realloc(rows->l, room, sizeof *more);

		if (!more)
			return no_memory(e);
		rows->l = more;
		rows->room = room;
	}
	rows->l[rows->n++] = l;
	rows->times |= l.at != 0;
	return QF_OK;
}

static enum qf_status take_act(void *arg, const struct qf_act_row *a, struct qf_err *e)
{
	struct taking *t = arg;
	size_t item = qf_library_find(&t->lib, a->track);
	enum qf_act act = qf_act_named(a->action);
	double weight = qf_act_weight(act);
	struct qf_act_mark *m;

	if (a->user != t->user) {
		settle_user(t);
		t->user = a->user;
		t->number = number_of(t, a->user);
	}
	if (item == SIZE_MAX || act == QF_ACTS || a->at > t->now || t->number == CLI_NO_NAME)
		return QF_OK;
	m = &t->mark[item];
	if (m->user != a->user)
		*m = (struct qf_act_mark){ false, a->user };
	m->barred = qf_act_bars(act, m->barred);
	if (weight < 0 || weight > 0)
		return append(&t->s->train, (struct qf_listen){ t->number, (uint32_t)item, (float)weight, a->at }, e);
	return QF_OK;
}

/* ---- genres and eras ---------------------------------------------------------------------- */

static enum qf_status add_class(struct taking *t, size_t track, const char *p, size_t n, struct qf_err *e)
{
	uint32_t number;

	if (n == 0)
		return QF_OK;
	if (t->n_class == t->class_room) {
		size_t room = t->class_room ? 2 * t->class_room : 1024;
		struct qf_triple *more = qf_realloc(t->class, room, sizeof *more);

		if (!more)
			return no_memory(e);
		t->class = more;
		t->class_room = room;
	}
	if (cli_names_add(&t->classes, p, n, &number, e))
		return e->code;
	t->class[t->n_class++] = (struct qf_triple){ (uint32_t)track, number, 1 };
	return QF_OK;
}

static enum qf_status take_style(void *arg, int64_t track, const char *genre, int year, struct qf_err *e)
{
	struct taking *t = arg;
	size_t at = qf_library_find(&t->lib, track);
	char decade[16];
	int n;

	if (at == SIZE_MAX)
		return QF_OK;
	if (t->eras) {
		n = year > 0 ? snprintf(decade, sizeof decade, "%ds", year / 10 * 10) : 0;
		return add_class(t, at, decade, (size_t)n, e);
	}
	while (genre && *genre) {
		const char *end = strstr(genre, "; ");
		size_t len = end ? (size_t)(end - genre) : strlen(genre);

		if (add_class(t, at, genre, len, e))
			return e->code;
		genre += len + (end ? 2 : 0);
	}
	return QF_OK;
}

/* ---- all of it -------------------------------------------------------------------------- */

static enum qf_status take_tracks(struct taking *t, struct qf_err *e)
{
	struct cli_study *s = t->s;

	s->n_items = t->lib.n;
	s->item_key = qf_alloc(t->lib.n, sizeof *s->item_key);
	if (!s->item_key)
		return no_memory(e);
	for (size_t i = 0; i < t->lib.n; i++)
		s->item_key[i] = qf_mix64((uint64_t)t->lib.id[i]);
	if (t->n_class && qf_interactions_build(&s->class, t->class, t->n_class, t->lib.n, t->classes.n, e))
		return e->code;
	if (t->lib.n_sounds == 0)
		return cli_who_has(&s->vector, s, e);
	s->features = t->lib.sound;
	t->lib.sound = NULL; /* it is the study's now */
	s->dim = QF_SOUND_DIM;
	return cli_dense_rows(&s->vector, s->features, t->lib.n, s->dim, e);
}

enum qf_status cli_study_from_catalog(struct cli_study *s, struct qf_catalog *c, int64_t now, bool eras, struct qf_err *e)
{
	struct taking t = { .s = s, .now = now, .eras = eras };
	enum qf_status st = qf_catalog_library(c, &t.lib, e);

	if (st == QF_OK && (t.mark = qf_zalloc(t.lib.n, sizeof *t.mark)) == NULL)
		st = no_memory(e);
	if (st == QF_OK && (st = qf_catalog_users(c, take_user, &t, e)) == QF_OK) {
		if (s->users.n)
			qsort(t.user_of, s->users.n, sizeof *t.user_of, by_id);
		st = qf_catalog_acts(c, 0, take_act, &t, e);
	}
	if (st == QF_OK) {
		settle_user(&t);
		qf_listens_sort(s->train.l, s->train.n);
		st = qf_catalog_styles(c, take_style, &t, e);
	}
	if (st == QF_OK)
		st = take_tracks(&t, e);
	qf_library_free(&t.lib);
	qf_free(t.user_of);
	qf_free(t.mark);
	qf_free(t.class);
	cli_names_free(&t.classes);
	return st;
}
