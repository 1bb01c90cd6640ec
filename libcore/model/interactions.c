/* Two counting sorts, by item and then by user, both stable: linear in the number
 * of triples, and equal pairs keep their order, so that their sum is the same on
 * every run. */
#include "model/interactions.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

static enum qf_status room(struct qf_interactions *m, size_t rows, size_t cols, size_t n, struct qf_err *e)
{
	memset(m, 0, sizeof *m);
	if (rows > UINT32_MAX || cols > UINT32_MAX)
		return qf_fail(e, QF_EINVAL, "interactions: %zu x %zu is more than 2^32 - 1", rows, cols);
	m->at = qf_zalloc(rows + 1, sizeof *m->at);
	m->col = qf_alloc(n, sizeof *m->col);
	m->weight = qf_alloc(n, sizeof *m->weight);
	if (!m->at || !m->col || !m->weight) {
		qf_interactions_free(m);
		return qf_fail(e, QF_ENOMEM, "interactions: out of memory for %zu pairs", n);
	}
	m->rows = rows;
	m->cols = cols;
	m->n = n;
	return QF_OK;
}

/* at[] holds counts, moved one up: make them the places where rows begin. */
static void counts_to_places(struct qf_interactions *m)
{
	for (size_t r = 0; r < m->rows; r++)
		m->at[r + 1] += m->at[r];
}

/* After filling with at[r]++ every place is the next row's: move them back. */
static void places_back(struct qf_interactions *m)
{
	if (m->rows)
		memmove(m->at + 1, m->at, m->rows * sizeof *m->at);
	m->at[0] = 0;
}

static void put(struct qf_interactions *m, size_t row, size_t col, float weight)
{
	size_t at = m->at[row]++;

	m->col[at] = (uint32_t)col;
	m->weight[at] = weight;
}

enum qf_status qf_interactions_transpose(struct qf_interactions *out, const struct qf_interactions *in,
					 struct qf_err *e)
{
	if (room(out, in->cols, in->rows, in->n, e))
		return e->code;
	for (size_t i = 0; i < in->n; i++)
		out->at[in->col[i] + 1]++;
	counts_to_places(out);
	for (size_t r = 0; r < in->rows; r++)
		for (size_t i = in->at[r]; i < in->at[r + 1]; i++)
			put(out, in->col[i], r, in->weight[i]);
	places_back(out);
	return QF_OK;
}

/* Equal columns of a row stand beside each other: add them up. */
static void merge_equal(struct qf_interactions *m)
{
	size_t to = 0;

	for (size_t r = 0; r < m->rows; r++) {
		size_t from = m->at[r], end = m->at[r + 1], first = to;

		m->at[r] = to;
		for (; from < end; from++) {
			if (to > first && m->col[to - 1] == m->col[from]) {
				m->weight[to - 1] += m->weight[from];
				continue;
			}
			m->col[to] = m->col[from];
			m->weight[to++] = m->weight[from];
		}
	}
	m->at[m->rows] = m->n = to;
}

enum qf_status qf_interactions_build(struct qf_interactions *out, const struct qf_triple *t, size_t n,
				     size_t users, size_t items, struct qf_err *e)
{
	struct qf_interactions by_item;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < n; i++) {
		if (t[i].user >= users || t[i].item >= items)
			return qf_fail(e, QF_EINVAL, "interactions: triple %zu is outside of %zu x %zu", i, users, items);
		if (!isfinite(t[i].weight) || t[i].weight <= 0)
			return qf_fail(e, QF_EINVAL, "interactions: triple %zu weighs %g", i, (double)t[i].weight);
	}
	if (room(&by_item, items, users, n, e))
		return e->code;
	for (size_t i = 0; i < n; i++)
		by_item.at[t[i].item + 1]++;
	counts_to_places(&by_item);
	for (size_t i = 0; i < n; i++)
		put(&by_item, t[i].item, t[i].user, t[i].weight);
	places_back(&by_item);
	if (qf_interactions_transpose(out, &by_item, e) == QF_OK)
		merge_equal(out);
	qf_interactions_free(&by_item);
	return out->at ? QF_OK : e->code;
}

void qf_interactions_confidence(struct qf_interactions *m, double scale, double eps)
{
	for (size_t i = 0; i < m->n; i++)
		m->weight[i] = (float)(1 + scale * log1p((double)m->weight[i] / eps));
}

size_t qf_interactions_longest(const struct qf_interactions *m)
{
	size_t most = 0;

	for (size_t r = 0; r < m->rows; r++)
		if (qf_interactions_count(m, r) > most)
			most = qf_interactions_count(m, r);
	return most;
}

void qf_interactions_free(struct qf_interactions *m)
{
	qf_free(m->at);
	qf_free(m->col);
	qf_free(m->weight);
	memset(m, 0, sizeof *m);
}
