#include "station/programme.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define EXACT_MS 500 /* near enough to the end of a shift */
#define TAIL_TRACKS 4

enum qf_status qf_programme_init(struct qf_programme *p, const struct qf_piece *piece, size_t pieces, size_t artists, struct qf_err *e)
{
	*p = (struct qf_programme){ .piece = piece, .pieces = pieces, .artists = artists };
	p->piece_end = qf_alloc(pieces, sizeof *p->piece_end);
	p->artist_end = qf_alloc(artists, sizeof *p->artist_end);
	if (!p->piece_end || !p->artist_end) {
		qf_programme_free(p);
		return qf_fail(e, QF_ENOMEM, "out of memory for a programme of %zu tracks", pieces);
	}
	for (size_t i = 0; i < pieces; i++)
		p->piece_end[i] = INT64_MIN;
	for (size_t i = 0; i < artists; i++)
		p->artist_end[i] = INT64_MIN;
	return QF_OK;
}

void qf_programme_free(struct qf_programme *p)
{
	qf_free(p->piece_end);
	qf_free(p->artist_end);
	qf_free(p->spot);
	*p = (struct qf_programme){ 0 };
}

/* From when on a piece may be played. */
static int64_t free_from(const struct qf_programme *p, const struct qf_shift *s, uint32_t piece)
{
	uint32_t artist = p->piece[piece].artist;
	int64_t own = p->piece_end[piece], its = artist == QF_NO_ARTIST ? INT64_MIN : p->artist_end[artist];

	own = own == INT64_MIN ? own : own + s->track_gap;
	its = its == INT64_MIN ? its : its + s->artist_gap;
	return own > its ? own : its;
}

static enum qf_status air(struct qf_programme *p, const struct qf_shift *s, uint32_t piece, bool jingle, int64_t *now, struct qf_err *e)
{
	const struct qf_piece *what = &p->piece[piece];

	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 256;
		struct qf_spot *spot = qf_realloc(p->spot, room, sizeof *spot);

		if (!spot)
			return qf_fail(e, QF_ENOMEM, "out of memory for a programme of %zu tracks", p->n);
		p->spot = spot;
		p->room = room;
	}
	p->spot[p->n++] = (struct qf_spot){ piece, jingle, !jingle && free_from(p, s, piece) > *now, *now };
	*now += what->ms;
	p->piece_end[piece] = *now;
	if (!jingle && what->artist != QF_NO_ARTIST)
		p->artist_end[what->artist] = *now;
	return QF_OK;
}

/* A piece of the queue goes to its end. */
static uint32_t turn(uint32_t *queue, size_t n, uint32_t piece)
{
	size_t at = 0;

	while (queue[at] != piece)
		at++;
	memmove(&queue[at], &queue[at + 1], (n - at - 1) * sizeof *queue);
	queue[n - 1] = piece;
	return piece;
}

/* ---- the last few tracks -------------------------------------------------------------------- */

struct few { /* none, one or two of the candidates */
	int64_t ms;
	uint8_t n, at[2]; /* among the candidates */
};

static int by_length(const void *a, const void *b)
{
	const struct few *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	return memcmp(x->at, y->at, sizeof x->at); /* so that equal lengths have one order */
}

struct tail {
	int64_t now;
	uint32_t piece[QF_TAIL_WIDTH]; /* in the order of the queue */
	uint32_t artist[QF_TAIL_WIDTH];
	int64_t ms[QF_TAIL_WIDTH];
	int64_t free[QF_TAIL_WIDTH]; /* from when on it may be played */
	size_t n;
	bool apart; /* an artist may stand there once only */
	struct few few[1 + QF_TAIL_WIDTH + QF_TAIL_WIDTH * (QF_TAIL_WIDTH - 1) / 2];
	size_t n_few;
	uint8_t best[TAIL_TRACKS]; /* in the order of play */
	size_t n_best;
	int64_t off; /* of best: INT64_MAX while there is none */
};

static bool together(const struct tail *t, uint8_t a, uint8_t b)
{
	return a != b && !(t->apart && t->artist[a] != QF_NO_ARTIST && t->artist[a] == t->artist[b]);
}

static bool disjoint(const struct tail *t, const struct few *a, const struct few *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (!together(t, a->at[i], b->at[k]))
				return false;
	return true;
}

static void list_few(struct tail *t)
{
	t->n_few = 0;
	t->few[t->n_few++] = (struct few){ 0 };
	for (uint8_t i = 0; i < t->n; i++) {
		t->few[t->n_few++] = (struct few){ t->ms[i], 1, { i, 0 } };
		for (uint8_t k = 0; k < i; k++)
			if (together(t, i, k))
				t->few[t->n_few++] = (struct few){ t->ms[i] + t->ms[k], 2, { k, i } };
	}
	qsort(t->few, t->n_few, sizeof *t->few, by_length);
}

/* Both, those first that may be played first: which is the order that keeps all gaps if any does. False: none does. */
static bool in_turn(const struct tail *t, const struct few *a, const struct few *b, uint8_t order[TAIL_TRACKS])
{
	int64_t now = t->now;
	size_t n = 0;

	for (size_t i = 0; i < (size_t)a->n + b->n; i++) {
		uint8_t x = i < a->n ? a->at[i] : b->at[i - a->n];
		size_t k = n++;

		for (; k > 0 && (t->free[order[k - 1]] > t->free[x] || (t->free[order[k - 1]] == t->free[x] && order[k - 1] > x)); k--)
			order[k] = order[k - 1];
		order[k] = x;
	}
	for (size_t i = 0; i < n; i++) {
		if (t->free[order[i]] > now)
			return false;
		now += t->ms[order[i]];
	}
	return true;
}

/* Take the two if they go together; they end so far from the end of the shift. */
static bool take(struct tail *t, const struct few *a, const struct few *b, int64_t off)
{
	uint8_t order[TAIL_TRACKS];

	if (!disjoint(t, a, b) || !in_turn(t, a, b, order))
		return false;
	t->n_best = (size_t)a->n + b->n;
	memcpy(t->best, order, t->n_best);
	t->off = off;
	return true;
}

/* The companion of a that comes nearest to `left`, going down and up from where it would be exact. */
static void complete(struct tail *t, const struct few *a, int64_t left)
{
	size_t low = 0, high = t->n_few;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (t->few[mid].ms < left - a->ms)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t i = low; i < t->n_few && a->ms + t->few[i].ms - left < t->off; i++)
		if (take(t, a, &t->few[i], a->ms + t->few[i].ms - left))
			break;
	for (size_t i = low; i-- > 0 && left - a->ms - t->few[i].ms < t->off;)
		if (take(t, a, &t->few[i], left - a->ms - t->few[i].ms))
			break;
}

/* The first `width` tracks of the queue that may be played before the shift ends; any time if `anyhow`. */
static void gather(struct tail *t, const struct qf_programme *p, const struct qf_shift *s, size_t width, bool anyhow)
{
	t->n = 0;
	t->apart = s->artist_gap > 0 && !anyhow;
	for (size_t i = 0; i < s->n && t->n < width; i++) {
		const struct qf_piece *piece = &p->piece[s->queue[i]];
		int64_t from = anyhow ? t->now : free_from(p, s, s->queue[i]);

		if (piece->ms > s->until - t->now + EXACT_MS || from > s->until - piece->ms + EXACT_MS)
			continue;
		t->piece[t->n] = s->queue[i];
		t->artist[t->n] = piece->artist;
		t->free[t->n] = from < t->now ? t->now : from;
		t->ms[t->n++] = piece->ms;
	}
}

/* As few steps down the queue as make it exact. */
static void search(struct tail *t, const struct qf_programme *p, const struct qf_shift *s, bool anyhow)
{
	t->off = INT64_MAX;
	t->n_best = 0;
	for (size_t width = 4; width <= QF_TAIL_WIDTH && t->off > EXACT_MS; width *= 2) {
		gather(t, p, s, width, anyhow);
		list_few(t);
		for (size_t i = 0; i < t->n_few; i++)
			if (t->few[i].n > 0)
				complete(t, &t->few[i], s->until - t->now);
		if (t->n < width)
			break;
	}
}

static enum qf_status end_shift(struct qf_programme *p, const struct qf_shift *s, int64_t mean, int64_t *now, struct qf_err *e)
{
	struct tail *t = qf_alloc(1, sizeof *t);
	enum qf_status rc = t ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for the end of a daypart");

	if (rc != QF_OK)
		return rc;
	t->now = *now;
	search(t, p, s, false);
	if (t->off > mean / 2) /* a whole track is missing: better one too soon */
		search(t, p, s, true);
	if (t->off >= s->until - *now) /* nothing at all is nearer */
		t->n_best = 0;
	for (size_t i = 0; rc == QF_OK && i < t->n_best; i++)
		rc = air(p, s, turn(s->queue, s->n, t->piece[t->best[i]]), false, now, e);
	qf_free(t);
	return rc;
}

/* ---- a shift ---------------------------------------------------------------------------------- */

/* The place of the next track that ends before the shift does: the first that may be played, else
 * the one that may soonest; s->n if none is short enough. */
static size_t next_up(const struct qf_programme *p, const struct qf_shift *s, int64_t now)
{
	size_t best = s->n;
	int64_t soonest = INT64_MAX;

	for (size_t i = 0; i < s->n; i++) {
		int64_t from = free_from(p, s, s->queue[i]);

		if (p->piece[s->queue[i]].ms > s->until - now || from >= soonest)
			continue;
		best = i;
		soonest = from;
		if (from <= now)
			break;
	}
	return best;
}

/* Of the tracks that come next. */
static int64_t mean_length(const struct qf_programme *p, const struct qf_shift *s)
{
	size_t n = s->n < QF_TAIL_WIDTH ? s->n : QF_TAIL_WIDTH;
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += p->piece[s->queue[i]].ms / (int64_t)n;
	return sum;
}

enum qf_status qf_programme_fill(struct qf_programme *p, const struct qf_shift *s, int64_t *now, struct qf_err *e)
{
	int64_t mean, jingled = INT64_MIN;
	size_t begun;
	enum qf_status rc = QF_OK;

	if (s->n == 0)
		return QF_OK;
	while (rc == QF_OK) {
		bool due = s->jingles && (jingled == INT64_MIN || *now - jingled >= s->jingle_every);
		size_t at;

		mean = mean_length(p, s);
		if (due && p->piece[s->jingle[0]].ms < s->until - *now) {
			rc = air(p, s, turn(s->jingle, s->jingles, s->jingle[0]), true, now, e);
			jingled = *now;
		}
		at = next_up(p, s, *now);
		if (s->until - *now <= TAIL_TRACKS * mean || at == s->n)
			break;
		if (rc == QF_OK)
			rc = air(p, s, turn(s->queue, s->n, s->queue[at]), false, now, e);
	}
	do { /* once, but where the queue is so short that it comes round */
		begun = p->n;
		if (rc == QF_OK && *now < s->until)
			rc = end_shift(p, s, mean, now, e);
	} while (rc == QF_OK && p->n > begun && s->until - *now > mean / 2);
	return rc;
}
