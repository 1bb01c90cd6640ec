#include "cli/ease.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <math.h>
#include <string.h>

enum { PAGE = 128 /* tracks */, HEAD = 2 * sizeof(uint32_t) };

/* ---- there ------------------------------------------------------------------------------ */

enum qf_status cli_ease_put(struct qf_catalog *c, int64_t model, const int64_t *id, const struct qf_ease *m, struct qf_err *e)
{
	struct qf_buf page = { 0 };
	enum qf_status rc = QF_OK;

	for (size_t first = 0; rc == QF_OK && first < m->items; first += PAGE) {
		size_t n = m->items - first < PAGE ? m->items - first : PAGE, at = m->at[first], pairs = m->at[first + n] - at;

		qf_buf_clear(&page);
		for (size_t i = first; i < first + n; i++) {
			uint32_t count = (uint32_t)(m->at[i + 1] - m->at[i]);

			qf_buf_put(&page, &m->spread[i], sizeof *m->spread);
			qf_buf_put(&page, &count, sizeof count);
		}
		qf_buf_put(&page, m->col + at, pairs * sizeof *m->col);
		qf_buf_put(&page, m->r + at, pairs * sizeof *m->r);
		rc = qf_buf_check(&page, e);
		if (rc == QF_OK)
			rc = qf_catalog_put_page(c, model, "ease", id + first, n, page.p, page.len, e);
	}
	qf_buf_free(&page);
	return rc;
}

/* ---- and back --------------------------------------------------------------------------- */

struct reading {
	const struct qf_library *lib;
	struct qf_ease m;          /* numbered as in the model */
	size_t room, pairs_room;
	int64_t last;              /* id, of which the next is greater */
	size_t *place;             /* [m.items] in the library, SIZE_MAX: gone */
};

static enum qf_status damaged(struct qf_err *e)
{
	return qf_fail(e, QF_ECORRUPT, "catalog: a page of the model is damaged; `qfzz train --force` makes a new one");
}

static enum qf_status grow(void **p, size_t n, size_t size, struct qf_err *e)
{
	void *more = qf_realloc(*p, n, size);

	if (!more)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu pairs of tracks", n);
	*p = more;
	return QF_OK;
}

static enum qf_status make_room(struct reading *r, size_t items, size_t pairs, struct qf_err *e)
{
	if (items + 1 > r->room) {
		r->room = 2 * (items + 1);
		if (grow((void **)&r->m.at, r->room, sizeof *r->m.at, e) || grow((void **)&r->m.spread, r->room, sizeof(float), e) ||
		    grow((void **)&r->place, r->room, sizeof *r->place, e))
			return e->code;
	}
	if (pairs > r->pairs_room || !r->m.col) {
		r->pairs_room = 2 * pairs;
		if (grow((void **)&r->m.col, r->pairs_room, sizeof(uint32_t), e) || grow((void **)&r->m.r, r->pairs_room, sizeof(float), e))
			return e->code;
	}
	return QF_OK;
}

/* Into at[] and spread[]; the number of pairs that the page says it has, SIZE_MAX: it is damaged. */
static size_t take_heads(struct reading *r, const uint8_t *p, const int64_t *id, size_t n)
{
	size_t pairs = 0;

	for (size_t i = 0; i < n; i++, p += HEAD) {
		uint32_t count;

		memcpy(&r->m.spread[r->m.items + i], p, sizeof(float));
		memcpy(&count, p + sizeof(float), sizeof count);
		pairs += count;
		r->m.at[r->m.items + i + 1] = r->m.n + pairs;
		r->place[r->m.items + i] = qf_library_find(r->lib, id[i]);
		if (id[i] <= r->last)
			return SIZE_MAX;
		r->last = id[i];
	}
	return pairs;
}

static enum qf_status take_page(void *arg, const int64_t *id, size_t n, const void *bytes, size_t len, struct qf_err *e)
{
	struct reading *r = arg;
	size_t pairs = len < n * HEAD ? 0 : (len - n * HEAD) / (sizeof(uint32_t) + sizeof(float));
	const uint8_t *p = bytes;

	if (n == 0 || len != n * HEAD + pairs * (sizeof(uint32_t) + sizeof(float)))
		return damaged(e);
	if (make_room(r, r->m.items + n, r->m.n + pairs, e))
		return e->code;
	if (take_heads(r, p, id, n) != pairs)
		return damaged(e);
	p += n * HEAD;
	memcpy(r->m.col + r->m.n, p, pairs * sizeof(uint32_t));
	memcpy(r->m.r + r->m.n, p + pairs * sizeof(uint32_t), pairs * sizeof(float));
	r->m.items += n;
	r->m.n += pairs;
	return QF_OK;
}

/* Numbers in range and rising, values that are some. */
static enum qf_status check(const struct qf_ease *m, struct qf_err *e)
{
	for (size_t i = 0; i < m->items; i++) {
		if (!(m->spread[i] > 0) || !isfinite(m->spread[i]))
			return damaged(e);
		for (size_t j = m->at[i]; j < m->at[i + 1]; j++)
			if (m->col[j] >= m->items || (j > m->at[i] && m->col[j] <= m->col[j - 1]) || !(fabsf(m->r[j]) < 2))
				return damaged(e);
	}
	return QF_OK;
}

/* Both are numbered by rising id, so that rows and neighbours keep their order. */
static enum qf_status place(struct qf_ease *out, const struct reading *r, struct qf_err *e)
{
	const struct qf_ease *m = &r->m;
	size_t n = 0, row = 0;

	if (qf_ease_open(out, r->lib->n, m->n, e))
		return e->code;
	for (size_t i = 0; i < m->items; i++) {
		if (r->place[i] == SIZE_MAX)
			continue;
		for (; row < r->place[i]; row++)
			out->at[row + 1] = n;
		out->spread[row] = m->spread[i];
		for (size_t j = m->at[i]; j < m->at[i + 1]; j++)
			if (r->place[m->col[j]] != SIZE_MAX) {
				out->col[n] = (uint32_t)r->place[m->col[j]];
				out->r[n++] = m->r[j];
			}
		out->at[++row] = n;
	}
	for (; row < out->items; row++)
		out->at[row + 1] = n;
	out->n = n;
	return QF_OK;
}

enum qf_status cli_ease_get(struct qf_ease *out, struct qf_catalog *c, int64_t model, const struct qf_library *lib, struct qf_err *e)
{
	struct reading r = { .lib = lib };
	enum qf_status rc;

	*out = (struct qf_ease){ 0 };
	if ((rc = make_room(&r, 0, 0, e)) == QF_OK) {
		r.m.at[0] = 0;
		rc = qf_catalog_pages(c, model, "ease", take_page, &r, e);
	}
	if (rc == QF_OK)
		rc = check(&r.m, e);
	if (rc == QF_OK)
		rc = place(out, &r, e);
	qf_ease_free(&r.m);
	qf_free(r.place);
	return rc;
}
