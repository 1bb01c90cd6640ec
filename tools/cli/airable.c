#include "cli/airable.h"

#include "base/alloc.h"
#include "base/random.h"
#include "base/text.h"
#include "catalog/select.h"
#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/store.h"
#include "rows/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Make room for one more. */
static enum qf_status grow(void **p, size_t n, size_t *room, size_t size, struct qf_err *e)
{
	size_t more = *room ? 2 * *room : 256;
	void *q;

	if (n < *room)
		return QF_OK;
	q = qf_realloc(*p, more, size);
	if (!q)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", more);
	*p = q;
	*room = more;
	return QF_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const char *const scorers[] = { "recommend", "radio", "similar" };

/* The score and the first reason of the first tool that gave one. */
static void read_score(struct cli_offer *o, struct qf_arena *a)
{
	o->score = NAN;
	for (size_t i = 0; i < sizeof scorers / sizeof *scorers && isnan(o->score); i++) {
		struct qf_span object, score, why, key, first;

		if (!qf_json_get(o->row, scorers[i], &object) || !qf_json_get(object, "score", &score) || !qf_json_to_num(score, &o->score))
			continue;
		if (qf_json_get(object, "why", &why) && qf_json_next(&why, &key, &first))
			o->why = qf_json_dup(first, a);
	}
}

struct offering {
	struct cli_airable *a;
	struct qf_catalog *c;
};

static enum qf_status take_row(void *arg, struct qf_span row, struct qf_err *e)
{
	struct cli_airable *a = ((struct offering *)arg)->a;
	struct qf_catalog *c = ((struct offering *)arg)->c;
	struct cli_offer o = { .place = a->offers };
	struct qf_track_ref ref;

	if (!qf_row_is(row, "track.v1"))
		return QF_OK;
	if (cli_track_of_row(c, row, &a->texts, &o.id, &ref, e))
		return e->code;
	if (!o.id)
		return qf_fail(e, QF_EFORMAT, "%s: not in the catalog, and so without a length", ref.path);
	o.row = (struct qf_span){ qf_arena_dup(&a->texts, row.p, row.n), row.n };
	if (!o.row.p)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu rows", a->offers);
	read_score(&o, &a->texts);
	if (grow((void **)&a->offer, a->offers, &a->offer_room, sizeof *a->offer, e))
		return e->code;
	a->offer[a->offers++] = o;
	return QF_OK;
}

static int by_track(const void *x, const void *y)
{
	const struct cli_offer *a = x, *b = y;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

/* Of a track that came twice the first stays. */
static void sort_offers(struct cli_airable *a)
{
	size_t kept = 0;

	if (a->offers)
		qsort(a->offer, a->offers, sizeof *a->offer, by_track);
	for (size_t i = 0; i < a->offers; i++)
		if (!kept || a->offer[kept - 1].id != a->offer[i].id)
			a->offer[kept++] = a->offer[i];
	a->offers = kept;
}

enum qf_status cli_airable_offer(struct cli_airable *a, struct qf_catalog *c, int *code, struct qf_err *e)
{
	struct cli_input in = { .fd = STDIN_FILENO };
	enum qf_status rc = cli_each_row(&in, take_row, &(struct offering){ a, c }, e);

	a->offered = true;
	if (in.bad)
		*code = EXIT_SOME;
	sort_offers(a);
	return rc;
}

const struct cli_offer *cli_airable_offer_of(const struct cli_airable *a, int64_t id)
{
	size_t low = 0, high = a->offers;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (a->offer[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < a->offers && a->offer[low].id == id ? &a->offer[low] : NULL;
}

/* ---- queries ----------------------------------------------------------------------------------- */

struct piece { /* while they are collected */
	int64_t id;
	struct qf_piece piece;
};

struct collecting {
	struct cli_airable *a;
	struct piece *piece;
	size_t n, room;
	struct qf_buf fold;
};

static enum qf_status add_track(struct collecting *k, struct cli_queue *q, const struct qf_track *t, struct qf_err *e)
{
	struct piece p = { t->id, { t->duration_ms, QF_NO_ARTIST } };

	if (t->duration_ms <= 0) {
		k->a->unknown++;
		return QF_OK;
	}
	k->fold.len = 0;
	if (t->artist && (qf_text_fold(&k->fold, t->artist, strlen(t->artist), e) ||
			  (k->fold.len && cli_names_add(&k->a->artists, k->fold.p, k->fold.len, &p.piece.artist, e))))
		return e->code;
	if (grow((void **)&k->piece, k->n, &k->room, sizeof *k->piece, e) || grow((void **)&q->id, q->n, &q->room, sizeof *q->id, e))
		return e->code;
	k->piece[k->n++] = p;
	q->id[q->n++] = t->id;
	return QF_OK;
}

/* What the query selects, and rows offer where they came in (jingles need not be offered). */
static enum qf_status run_query(struct collecting *k, struct qf_catalog *c, const char *text, bool jingles, int64_t now,
				struct cli_queue *q, struct qf_err *e)
{
	struct qf_arena texts = { 0 }, row = { 0 };
	struct qf_select *s = NULL;
	struct qf_query query;
	struct qf_track t;
	bool more = true;
	enum qf_status rc = cli_ask(&query, c, text, now, &texts, e);

	if (rc == QF_OK)
		rc = qf_select_open(&s, c, &query, QF_TRACK_BARE, e);
	while (rc == QF_OK && (rc = qf_select_next(s, &row, &t, &more, e)) == QF_OK && more)
		if (cli_is_chosen(&k->a->chosen, t.id) && (jingles || !k->a->offered || cli_airable_offer_of(k->a, t.id)))
			rc = add_track(k, q, &t, e);
	qf_select_close(s);
	qf_arena_free(&row);
	qf_arena_free(&texts);
	return rc;
}

static int by_id(const void *x, const void *y)
{
	const struct piece *a = x, *b = y;

	return (a->id > b->id) - (a->id < b->id);
}

/* Number the tracks by rising id, each once. */
static enum qf_status number_pieces(struct collecting *k, struct qf_err *e)
{
	struct cli_airable *a = k->a;

	if (k->n)
		qsort(k->piece, k->n, sizeof *k->piece, by_id);
	a->id = qf_alloc(k->n, sizeof *a->id);
	a->piece = qf_alloc(k->n, sizeof *a->piece);
	if (!a->id || !a->piece)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", k->n);
	for (size_t i = 0; i < k->n; i++)
		if (i == 0 || k->piece[i].id != k->piece[i - 1].id) {
			a->id[a->pieces] = k->piece[i].id;
			a->piece[a->pieces++] = k->piece[i].piece;
		}
	return QF_OK;
}

static uint32_t piece_of(const struct cli_airable *a, int64_t id)
{
	size_t low = 0, high = a->pieces;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (a->id[mid] < id)
			low = mid + 1;
		else
			high = mid;
	}
	return (uint32_t)low;
}

static enum qf_status number_queue(const struct cli_airable *a, struct cli_queue *q, struct qf_err *e)
{
	q->piece = qf_alloc(q->n, sizeof *q->piece);
	if (!q->piece)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", q->n);
	for (size_t i = 0; i < q->n; i++)
		q->piece[i] = piece_of(a, q->id[i]);
	return QF_OK;
}

/* ---- rotations ----------------------------------------------------------------------------------- */

struct ranked {
	double score;
	uint64_t key;
	int64_t id;
};

static int by_score(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static enum qf_status rank(const struct cli_airable *a, struct cli_queue *q, struct qf_err *e)
{
	struct ranked *r = qf_alloc(q->n, sizeof *r);
	enum qf_status rc = r ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", q->n);

	for (size_t i = 0; rc == QF_OK && i < q->n; i++) {
		const struct cli_offer *o = cli_airable_offer_of(a, q->id[i]);

		r[i] = (struct ranked){ o ? o->score : NAN, 0, q->id[i] };
		if (isnan(r[i].score))
			rc = qf_fail(e, QF_EINVAL, "its rotation is by score: rows with scores are wanted on standard input, as of `qfzz recommend`");
	}
	if (rc == QF_OK && q->n)
		qsort(r, q->n, sizeof *r, by_score);
	for (size_t i = 0; rc == QF_OK && i < q->n; i++)
		q->id[i] = r[i].id;
	qf_free(r);
	return rc;
}

/* Fisher and Yates, as in D. Knuth, "The Art of Computer Programming" 2, 3.4.2, algorithm P. */
void cli_airable_shuffle(struct cli_airable *a, const struct qf_daypart *d, uint64_t key)
{
	for (size_t k = 0; k < a->dayparts; k++) {
		struct cli_queue *q = &a->queue[k];

		if (d[k].rotation != QF_ROTATE_SHUFFLE)
			continue;
		for (size_t i = q->n; i > 1; i--) {
			size_t j = qf_random_below(qf_random(key, k), i, (uint32_t)i);
			uint32_t piece = q->piece[i - 1];

			q->piece[i - 1] = q->piece[j];
			q->piece[j] = piece;
		}
	}
}

static enum qf_status select_daypart(struct collecting *k, struct qf_catalog *c, const struct qf_daypart *d, size_t i, int64_t now,
				     struct qf_err *e)
{
	enum qf_status rc = run_query(k, c, d->query, false, now, &k->a->queue[i], e);

	if (rc == QF_OK && d->rotation == QF_ROTATE_SCORE)
		rc = rank(k->a, &k->a->queue[i], e);
	if (rc == QF_OK && d->jingles)
		rc = run_query(k, c, d->jingles, true, now, &k->a->jingles[i], e);
	return rc == QF_OK ? rc : qf_err_at(e, d->name);
}

enum qf_status cli_airable_select(struct cli_airable *a, struct qf_catalog *c, const char *where, const struct qf_daypart *d, size_t n,
				  int64_t now, struct qf_err *e)
{
	struct collecting k = { .a = a };
	enum qf_status rc = cli_choose(&a->chosen, c, where, now, e);

	a->dayparts = n;
	a->queue = qf_zalloc(n, sizeof *a->queue);
	a->jingles = qf_zalloc(n, sizeof *a->jingles);
	if (rc == QF_OK && (!a->queue || !a->jingles))
		rc = qf_fail(e, QF_ENOMEM, "out of memory for %zu dayparts", n);
	for (size_t i = 0; rc == QF_OK && i < n; i++)
		rc = select_daypart(&k, c, &d[i], i, now, e);
	if (rc == QF_OK)
		rc = number_pieces(&k, e);
	for (size_t i = 0; rc == QF_OK && i < n; i++)
		if (number_queue(a, &a->queue[i], e) || number_queue(a, &a->jingles[i], e))
			rc = e->code;
	qf_free(k.piece);
	qf_buf_free(&k.fold);
	return rc;
}

static void free_queues(struct cli_queue *q, size_t n)
{
	for (size_t i = 0; q && i < n; i++) {
		qf_free(q[i].id);
		qf_free(q[i].piece);
	}
	qf_free(q);
}

void cli_airable_free(struct cli_airable *a)
{
	free_queues(a->queue, a->dayparts);
	free_queues(a->jingles, a->dayparts);
	cli_chosen_free(&a->chosen);
	qf_free(a->offer);
	qf_free(a->id);
	qf_free(a->piece);
	cli_names_free(&a->artists);
	qf_arena_free(&a->texts);
	*a = (struct cli_airable){ 0 };
}
