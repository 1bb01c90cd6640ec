#include "playlist/merge.h"

#include "base/alloc.h"

#include <string.h>

#define NONE SIZE_MAX

const char *const qf_change_name[QF_CHANGES] = { "added", "removed", "moved" };
const char *const qf_conflict_text[QF_CONFLICTS] = {
	"both moved it to different places; it stays where the first has it",
	"the first removed it, the second moved it; it stays",
	"the second removed it, the first moved it; it stays",
};

static enum qf_status no_memory(size_t keys, struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", keys);
}

/* place[keys] of each key, or NONE. */
static size_t *places(struct qf_keys list, size_t keys)
{
	size_t *at = qf_alloc(keys, sizeof *at);

	for (size_t i = 0; at && i < keys; i++)
		at[i] = NONE;
	for (size_t i = 0; at && i < list.n; i++)
		at[list.key[i]] = i;
	return at;
}

/* moved[keys]: in both lists, but not in their longest common order. at: places in `from`. */
static enum qf_status find_moved(const size_t *at, struct qf_keys to, size_t keys, bool *moved, struct qf_err *e)
{
	size_t *tail = qf_alloc(to.n, sizeof *tail), *before = qf_alloc(to.n, sizeof *before), len = 0;

	memset(moved, 0, keys * sizeof *moved);
	for (size_t i = 0; tail && before && i < to.n; i++) {
		size_t place = at[to.key[i]], low = 0, high = len;

		if (place == NONE)
			continue;
		moved[to.key[i]] = true;
		while (low < high) { /* the shortest run that place cannot prolong */
			size_t mid = (low + high) / 2;

			if (at[to.key[tail[mid]]] < place)
				low = mid + 1;
			else
				high = mid;
		}
		before[i] = low ? tail[low - 1] : NONE;
		tail[low] = i;
		len += low == len;
	}
	for (size_t i = tail && before && len ? tail[len - 1] : NONE; i != NONE; i = before[i])
		moved[to.key[i]] = false;
	if (!tail || !before)
		no_memory(keys, e);
	len = tail && before;
	qf_free(tail);
	qf_free(before);
	return len ? QF_OK : QF_ENOMEM;
}

enum qf_status qf_list_diff(struct qf_keys from, struct qf_keys to, size_t keys, struct qf_list_change *out, size_t *n, struct qf_err *e)
{
	size_t *in_from = places(from, keys), *in_to = places(to, keys);
	bool *moved = qf_alloc(keys, sizeof *moved);
	enum qf_status rc = in_from && in_to && moved ? find_moved(in_from, to, keys, moved, e) : no_memory(keys, e);

	*n = 0;
	for (size_t i = 0; rc == QF_OK && i < from.n; i++)
		if (in_to[from.key[i]] == NONE)
			out[(*n)++] = (struct qf_list_change){ QF_CHANGE_REMOVED, from.key[i], i, NONE };
	for (size_t i = 0; rc == QF_OK && i < to.n; i++) {
		uint32_t k = to.key[i];

		if (in_from[k] == NONE)
			out[(*n)++] = (struct qf_list_change){ QF_CHANGE_ADDED, k, NONE, i };
		else if (moved[k])
			out[(*n)++] = (struct qf_list_change){ QF_CHANGE_MOVED, k, in_from[k], i };
	}
	qf_free(in_from);
	qf_free(in_to);
	qf_free(moved);
	return rc;
}

/* ---- three lists ----------------------------------------------------------------------------------- */

struct side {
	struct qf_keys list;
	size_t *at;  /* [keys] */
	bool *moved; /* [keys] */
};

struct merging {
	size_t *base; /* [keys] places */
	struct side a, b;
	uint32_t *next; /* [keys + 1] the result as a chain: next[keys] is its head, keys its end */
	bool *in;       /* [keys] of the result */
	size_t keys;
};

static enum qf_status open_side(struct side *s, struct qf_keys list, const struct merging *m, struct qf_err *e)
{
	s->list = list;
	s->at = places(list, m->keys);
	s->moved = qf_alloc(m->keys, sizeof *s->moved);
	return s->at && s->moved ? find_moved(m->base, list, m->keys, s->moved, e) : no_memory(m->keys, e);
}

static bool removed(const struct merging *m, const struct side *s, uint32_t k)
{
	return m->base[k] != NONE && s->at[k] == NONE;
}

static void put_behind(struct merging *m, uint32_t k, uint32_t before)
{
	m->next[k] = m->next[before];
	m->next[before] = k;
	m->in[k] = true;
}

static void take_out(struct merging *m, uint32_t k)
{
	uint32_t i = (uint32_t)m->keys;

	while (m->next[i] != k)
		i = m->next[i];
	m->next[i] = m->next[k];
	m->in[k] = false;
}

/* What a track follows in a list; keys: it is the first. */
static uint32_t follows(const struct merging *m, const struct side *s, uint32_t k)
{
	return s->at[k] ? s->list.key[s->at[k] - 1] : (uint32_t)m->keys;
}

static bool contradicts(const struct merging *m, uint32_t k, enum qf_conflict *what)
{
	bool a_moved = m->a.at[k] != NONE && m->a.moved[k], b_moved = m->b.at[k] != NONE && m->b.moved[k];

	*what = a_moved && b_moved ? QF_CONFLICT_BOTH_MOVED : a_moved ? QF_CONFLICT_B_REMOVED : QF_CONFLICT_A_REMOVED;
	if (a_moved && b_moved)
		return follows(m, &m->a, k) != follows(m, &m->b, k);
	return (a_moved && removed(m, &m->b, k)) || (b_moved && removed(m, &m->a, k));
}

/* a's order without what b removed. */
static void lay_out(struct merging *m)
{
	uint32_t last = (uint32_t)m->keys;

	m->next[last] = last;
	memset(m->in, 0, m->keys * sizeof *m->in);
	for (size_t i = 0; i < m->a.list.n; i++) {
		uint32_t k = m->a.list.key[i];

		if (removed(m, &m->b, k) && !m->a.moved[k])
			continue;
		put_behind(m, k, last);
		last = k;
	}
}

/* What b added or moved comes behind what it follows there. */
static void work_in(struct merging *m)
{
	uint32_t last = (uint32_t)m->keys;

	for (size_t i = 0; i < m->b.list.n; i++) {
		uint32_t k = m->b.list.key[i];
		bool fresh = !m->in[k] && (m->base[k] == NONE || m->b.moved[k]);

		if (m->in[k] && m->base[k] != NONE && m->b.moved[k] && !m->a.moved[k]) {
			take_out(m, k);
			fresh = true;
		}
		if (fresh)
			put_behind(m, k, last);
		if (m->in[k])
			last = k;
	}
}

enum qf_status qf_list_merge(struct qf_keys base, struct qf_keys a, struct qf_keys b, size_t keys, uint32_t *out, size_t *n,
			     struct qf_list_conflict *conflicts, size_t *n_conflicts, struct qf_err *e)
{
	struct merging m = { .keys = keys };
	enum qf_status rc;

	m.base = places(base, keys);
	m.next = qf_alloc(keys + 1, sizeof *m.next);
	m.in = qf_alloc(keys, sizeof *m.in);
	rc = m.base && m.next && m.in ? QF_OK : no_memory(keys, e);
	if (rc == QF_OK && (open_side(&m.a, a, &m, e) || open_side(&m.b, b, &m, e)))
		rc = QF_ENOMEM;
	*n = *n_conflicts = 0;
	for (uint32_t k = 0; rc == QF_OK && k < keys; k++)
		if (contradicts(&m, k, &conflicts[*n_conflicts].what))
			conflicts[(*n_conflicts)++].key = k;
	if (rc == QF_OK) {
		lay_out(&m);
		work_in(&m);
		for (uint32_t k = m.next[keys]; k != keys; k = m.next[k])
			out[(*n)++] = k;
	}
	qf_free(m.base);
	qf_free(m.a.at);
	qf_free(m.a.moved);
	qf_free(m.b.at);
	qf_free(m.b.moved);
	qf_free(m.next);
	qf_free(m.in);
	return rc;
}
