#include "cli/lesson.h"

#include "base/alloc.h"
#include "cli/listening.h"
#include "cli/names.h"
#include "model/linear.h"

#include <stdlib.h>
#include <string.h>

enum { CHECK_LEAST = 5 /* tracks of a user from which one is held back */ };

static enum qf_status grow(void **p, size_t *room, size_t need, size_t size, struct qf_err *e)
{
	size_t more = *room ? *room : 256;
	void *q;

	while (more < need)
		more *= 2;
	if (*p && more == *room)
		return QF_OK;
	q = qf_realloc(*p, more, size);
	if (!q)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu pairs of users and tracks", need);
	*p = q;
	*room = more;
	return QF_OK;
}

static bool counts(const struct cli_heard *h)
{
	return h->weight > 0 && !h->barred;
}

/* Of the tracks that a user likes, the one met last. */
static size_t newest(const struct cli_taste *t, size_t first)
{
	const struct cli_heard *best = NULL;
	size_t likes = 0, at = SIZE_MAX;

	for (size_t i = 0; i < t->n; i++) {
		if (!counts(&t->heard[i]))
			continue;
		if (!best || t->heard[i].first > best->first) {
			best = &t->heard[i];
			at = first + likes;
		}
		likes++;
	}
	return likes >= CHECK_LEAST ? at : SIZE_MAX;
}

static enum qf_status add_user(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	struct cli_lesson *d = arg;
	size_t first = d->n, room = d->user_room;

	if (grow((void **)&d->triple, &d->room, d->n + t->n, sizeof *d->triple, e) ||
	    grow((void **)&d->user, &room, d->users + 1, sizeof *d->user, e) ||
	    grow((void **)&d->held, &d->user_room, d->users + 1, sizeof *d->held, e))
		return e->code;
	for (size_t i = 0; i < t->n; i++)
		if (counts(&t->heard[i]))
			d->triple[d->n++] = (struct qf_triple){ (uint32_t)d->users, t->heard[i].item, t->heard[i].weight };
	if (d->n == first)
		return QF_OK;
	d->user[d->users] = t->user;
	d->held[d->users++] = newest(t, first);
	return QF_OK;
}

/* ---- users by name ---------------------------------------------------------------------- */

struct naming {
	struct cli_lesson *d;
	uint32_t *to, next; /* [users] the new number of each */
	int64_t *key;       /* [users] by new number */
};

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static enum qf_status take_name(void *arg, int64_t id, const char *name, struct qf_err *e)
{
	struct naming *n = arg;
	const int64_t *found = n->d->users ? bsearch(&id, n->d->user, n->d->users, sizeof id, by_id) : NULL;

	(void)e;
	if (found) {
		n->key[n->next] = (int64_t)(cli_name_key(name, strlen(name)) >> 1);
		n->to[found - n->d->user] = n->next++;
	}
	return QF_OK;
}

/* The users' triples one after the other, in their new order: into t[n], at[users + 1] and held[users]. */
static void reorder(const struct cli_lesson *d, const uint32_t *to, struct qf_triple *t, size_t *at, size_t *held)
{
	for (size_t i = 0; i < d->n; i++)
		at[to[d->triple[i].user] + 1]++;
	for (size_t u = 0; u < d->users; u++)
		at[u + 1] += at[u];
	for (size_t i = 0; i < d->n; i++) {
		uint32_t old = d->triple[i].user, now = to[old];

		if (d->held[old] == i)
			held[now] = at[now];
		t[at[now]] = d->triple[i];
		t[at[now]++].user = now;
	}
}

/* Users get numbers by the order of their names and start where their names say, so that nothing hangs on
 * who came into the catalog first. */
static enum qf_status number_users(struct cli_lesson *d, struct qf_catalog *c, struct qf_err *e)
{
	struct naming n = { .d = d };
	struct qf_triple *t = qf_alloc(d->n, sizeof *t);
	size_t *at = qf_zalloc(d->users + 1, sizeof *at), *held = qf_alloc(d->users, sizeof *held);
	enum qf_status rc = QF_OK;

	n.to = qf_alloc(d->users, sizeof *n.to);
	n.key = qf_alloc(d->users, sizeof *n.key);
	if (!t || !at || !held || !n.to || !n.key)
		rc = qf_fail(e, QF_ENOMEM, "out of memory for %zu pairs of users and tracks", d->n);
	if (rc == QF_OK && (rc = qf_catalog_users(c, take_name, &n, e)) == QF_OK && n.next != d->users)
		rc = qf_fail(e, QF_ECORRUPT, "catalog: there are events of users without a name");
	if (rc == QF_OK) {
		memset(held, 0xff, d->users * sizeof *held); /* SIZE_MAX */
		reorder(d, n.to, t, at, held);
		qf_free(d->triple);
		qf_free(d->user);
		qf_free(d->held);
		d->triple = t;
		d->user = n.key;
		d->held = held;
	} else {
		qf_free(t);
		qf_free(n.key);
		qf_free(held);
	}
	qf_free(n.to);
	qf_free(at);
	return rc;
}

/* ---- tracks by number ------------------------------------------------------------------- */

/* Tracks that anybody heard get numbers of their own, in the order of their ids. */
static enum qf_status number_items(struct cli_lesson *d, struct qf_err *e)
{
	uint32_t *number = qf_zalloc(d->lib->n, sizeof *number);

	if (!number)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", d->lib->n);
	for (size_t i = 0; i < d->n; i++)
		number[d->triple[i].item] = 1;
	for (size_t i = 0; i < d->lib->n; i++)
		if (number[i])
			number[i] = (uint32_t)d->items++;
	d->item_id = qf_alloc(d->items, sizeof *d->item_id);
	d->place = qf_alloc(d->items, sizeof *d->place);
	d->played = qf_zalloc(d->items, 2 * sizeof *d->played);
	d->sound = qf_zalloc(d->items, QF_SOUND_DIM * sizeof *d->sound);
	d->features = qf_zalloc(d->items, (QF_SOUND_DIM + 1) * sizeof *d->features);
	if (!d->item_id || !d->place || !d->played || !d->sound || !d->features) {
		qf_free(number);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", d->items);
	}
	for (size_t i = 0; i < d->n; i++) {
		struct qf_triple *t = &d->triple[i];
		uint32_t at = t->item;

		t->item = number[at];
		d->item_id[t->item] = d->lib->id[at];
		d->place[t->item] = at;
		d->played[2 * t->item]++;
		d->played[2 * t->item + 1] += t->weight;
	}
	qf_free(number);
	return QF_OK;
}

static void copy_sounds(struct cli_lesson *d)
{
	for (size_t i = 0; i < d->items; i++) {
		const float *sound = d->lib->sound + (size_t)d->place[i] * QF_SOUND_DIM;

		memcpy(d->sound + i * QF_SOUND_DIM, sound, QF_SOUND_DIM * sizeof *sound);
		memcpy(d->features + i * (QF_SOUND_DIM + 1), sound, QF_SOUND_DIM * sizeof *sound);
		d->features[i * (QF_SOUND_DIM + 1) + QF_SOUND_DIM] = qf_linear_dot(sound, sound, QF_SOUND_DIM) > 0 ? 1 : 0;
	}
}

/* Whom, what, how much, and how it sounds. */
static enum qf_status hash_data(struct cli_lesson *d, struct qf_err *e)
{
	struct qf_sha256 *h;
	enum qf_status rc = qf_sha256_open(&h, e);

	if (rc != QF_OK)
		return rc;
	for (size_t i = 0; i < d->n; i++) {
		const struct qf_triple *t = &d->triple[i];

		qf_sha256_add(h, &d->user[t->user], sizeof *d->user);
		qf_sha256_add(h, &d->item_id[t->item], sizeof *d->item_id);
		qf_sha256_add(h, &t->weight, sizeof t->weight);
	}
	qf_sha256_add(h, d->sound, d->items * QF_SOUND_DIM * sizeof *d->sound);
	qf_sha256_end(h, d->hash);
	qf_sha256_close(h);
	return QF_OK;
}

enum qf_status cli_lesson_read(struct cli_lesson *d, struct qf_catalog *c, const struct qf_library *lib, int64_t now, double half_life,
			       struct qf_err *e)
{
	memset(d, 0, sizeof *d);
	d->lib = lib;
	if (cli_listening(c, lib, 0, now, half_life, add_user, d, e) || number_users(d, c, e) || number_items(d, e))
		return e->code;
	copy_sounds(d);
	return hash_data(d, e);
}

void cli_lesson_free(struct cli_lesson *d)
{
	qf_free(d->triple);
	qf_free(d->user);
	qf_free(d->held);
	qf_free(d->item_id);
	qf_free(d->place);
	qf_free(d->played);
	qf_free(d->sound);
	qf_free(d->features);
	memset(d, 0, sizeof *d);
}
