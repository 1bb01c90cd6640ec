/* Users come one by one from the events, are folded in, and wait until there are enough of them
 * for one large product (model/everyone.h); so memory hangs on the tracks, not on the users. */
#include "cli/everyone.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/learned.h"
#include "cli/listening.h"
#include "model/everyone.h"
#include "rows/json.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 4096 /* users */ };

struct name {
	int64_t id;
	size_t at; /* in text */
};

struct batch {
	struct qf_catalog *c;
	struct cli_learned l;
	struct qf_foldin *foldin; /* of factors */
	double *score;        /* [lib.n] of ease, for the user under way */
	float *rounded;
	size_t n;             /* tracks a user */
	bool known_too;
	bool *barred;         /* [lib.n] gone, or without a place in the model */
	uint32_t *item;       /* [lib.n] of the history under way */
	float *confidence;
	size_t users;         /* that wait */
	int64_t id[BATCH];
	struct qf_matrix row; /* [BATCH] */
	struct qf_interactions seen;
	size_t seen_room;
	struct qf_best *best; /* [BATCH * n] */
	size_t found[BATCH];
	struct name *name;    /* [names] by id */
	size_t names, name_room;
	struct qf_buf text, out;
};

/* ---- names ------------------------------------------------------------------------------ */

static enum qf_status take_name(void *arg, int64_t id, const char *name, struct qf_err *e)
{
	struct batch *b = arg;

	if (b->names == b->name_room) {
		size_t room = b->name_room ? 2 * b->name_room : 1024;
		struct name *more = qf_realloc(b->name, room, sizeof *more);

		if (!more)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu users", room);
		b->name = more;
		b->name_room = room;
	}
	b->name[b->names++] = (struct name){ id, b->text.len };
	qf_buf_put(&b->text, name, strlen(name) + 1);
	return qf_buf_check(&b->text, e);
}

static int by_id(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static const char *name_of(const struct batch *b, int64_t id)
{
	const struct name key = { .id = id }, *found = b->names ? bsearch(&key, b->name, b->names, sizeof key, by_id) : NULL;

	return found ? b->text.p + found->at : "";
}

/* ---- rows ------------------------------------------------------------------------------- */

static enum qf_status show(struct batch *b, size_t user, struct qf_err *e)
{
	struct qf_buf *out = &b->out;

	qf_buf_clear(out);
	qf_json_open(out, '{');
	qf_json_put_str(out, "type", "list.v1");
	qf_json_put_str(out, "catalog", qf_catalog_uuid(b->c));
	qf_json_put_str(out, "user", name_of(b, b->id[user]));
	qf_json_put_int(out, "model", b->l.row.id);
	qf_json_key(out, "tracks");
	qf_json_open(out, '[');
	for (size_t i = 0; i < b->found[user]; i++) {
		const struct qf_best *best = &b->best[user * b->n + i];

		qf_json_open(out, '{');
		qf_json_put_int(out, "track", b->l.lib.id[best->item]);
		qf_json_put_num(out, "score", (double)best->score, 6);
		qf_json_close(out, '}');
	}
	qf_json_close(out, ']');
	qf_json_close(out, '}');
	if (qf_buf_check(out, e))
		return e->code;
	cli_row((struct qf_span){ out->p, out->len });
	return QF_OK;
}

static enum qf_status flush(struct batch *b, struct qf_err *e)
{
	struct qf_matrix rows = b->row;

	rows.rows = b->seen.rows = b->users;
	if (!b->l.ease.at && qf_everyone(&rows, &b->l.model.factor, &b->seen, b->barred, b->n, (size_t)cli.jobs, b->best, b->found, e))
		return e->code;
	for (size_t u = 0; u < b->users; u++)
		if (show(b, u, e))
			return e->code;
	b->users = b->seen.n = 0;
	return QF_OK;
}

/* ---- users ------------------------------------------------------------------------------ */

static enum qf_status add_seen(struct batch *b, uint32_t item, struct qf_err *e)
{
	if (b->seen.n == b->seen_room) {
		size_t room = b->seen_room ? 2 * b->seen_room : 4096;
		uint32_t *more = qf_realloc(b->seen.col, room, sizeof *more);

		if (!more)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", room);
		b->seen.col = more;
		b->seen_room = room;
	}
	b->seen.col[b->seen.n++] = item;
	return QF_OK;
}

/* The row of the user with the n tracks under way; of ease, which has none, the list at once. */
static enum qf_status score_user(struct batch *b, size_t n, struct qf_err *e)
{
	if (!b->l.ease.at) {
		if (qf_foldin_user(b->foldin, b->item, b->confidence, n, e))
			return e->code;
		memcpy(qf_matrix_row(&b->row, b->users), qf_foldin_row(b->foldin), b->row.k * sizeof(float));
		return QF_OK;
	}
	qf_ease_scores(&b->l.ease, b->item, n, b->score);
	for (size_t i = 0; i < b->l.lib.n; i++)
		b->rounded[i] = (float)b->score[i];
	qf_everyone_one(b->rounded, b->l.lib.n, &b->seen, b->barred, b->n, b->users, b->best, b->found);
	return QF_OK;
}

static enum qf_status take_user(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	struct batch *b = arg;
	size_t n = 0, before = b->seen.n;

	for (size_t i = 0; i < t->n; i++) {
		const struct cli_heard *h = &t->heard[i];

		if ((h->barred || !b->known_too) && add_seen(b, h->item, e))
			return e->code;
		if (h->barred || h->weight <= 0)
			continue;
		b->item[n] = h->item;
		b->confidence[n++] = cli_confidence(h, b->l.settings.scale, b->l.settings.eps);
	}
	if (n == 0) {
		b->seen.n = before;
		return QF_OK;
	}
	b->seen.at[b->users + 1] = b->seen.n;
	if (score_user(b, n, e))
		return e->code;
	b->id[b->users++] = t->user;
	return b->users == BATCH ? flush(b, e) : QF_OK;
}

static enum qf_status open_scores(struct batch *b, struct qf_err *e)
{
	const struct qf_model *m = &b->l.model;

	if (!m->ease)
		return qf_matrix_open(&b->row, BATCH, m->factor.k, e) ? e->code : qf_foldin_open(&b->foldin, &m->factor, m->gram, &m->p, e);
	b->score = qf_alloc(m->items, sizeof *b->score);
	b->rounded = qf_alloc(m->items, sizeof *b->rounded);
	return b->score && b->rounded ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", m->items);
}

static enum qf_status open_batch(struct batch *b, int64_t now, struct qf_err *e)
{
	const struct cli_learned *l = &b->l;

	if (cli_learned_open(&b->l, b->c, now, e))
		return e->code;
	if (!qf_model_listens(&l->model))
		return qf_fail(e, QF_ENOTFOUND, "there is no model of listening to choose by: `qfzz train` makes one");
	b->n = b->n < l->lib.n ? b->n : l->lib.n;
	b->barred = qf_alloc(l->lib.n, sizeof *b->barred);
	b->item = qf_alloc(l->lib.n, sizeof *b->item);
	b->confidence = qf_alloc(l->lib.n, sizeof *b->confidence);
	b->best = qf_alloc(BATCH, b->n * sizeof *b->best);
	b->seen.at = qf_zalloc(BATCH + 1, sizeof *b->seen.at);
	b->seen.cols = l->lib.n;
	if (!b->barred || !b->item || !b->confidence || !b->best || !b->seen.at)
		return qf_fail(e, QF_ENOMEM, "out of memory for %d users with %zu tracks each", BATCH, b->n);
	for (size_t i = 0; i < l->lib.n; i++)
		b->barred[i] = l->lib.missing[i] || !qf_model_knows(&l->model, i);
	if (open_scores(b, e) || qf_catalog_users(b->c, take_name, b, e))
		return e->code;
	if (b->names)
		qsort(b->name, b->names, sizeof *b->name, by_id);
	return QF_OK;
}

static void close_batch(struct batch *b)
{
	cli_learned_close(&b->l);
	qf_foldin_close(b->foldin);
	qf_matrix_close(&b->row);
	qf_interactions_free(&b->seen);
	qf_free(b->score);
	qf_free(b->rounded);
	qf_free(b->barred);
	qf_free(b->item);
	qf_free(b->confidence);
	qf_free(b->best);
	qf_free(b->name);
	qf_buf_free(&b->text);
	qf_buf_free(&b->out);
	qf_free(b);
}

enum qf_status cli_everyone(struct qf_catalog *c, size_t n, bool known_too, int64_t now, struct qf_err *e)
{
	struct batch *b = qf_zalloc(1, sizeof *b);
	enum qf_status rc;

	if (!b)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	b->c = c;
	b->n = n;
	b->known_too = known_too;
	rc = open_batch(b, now, e);
	if (rc == QF_OK && b->n)
		rc = cli_listening(c, &b->l.lib, 0, now, b->l.settings.half_life_days, take_user, b, e);
	if (rc == QF_OK && b->users)
		rc = flush(b, e);
	close_batch(b);
	return rc;
}
