#include "catalog/cells.h"

#include <string.h>

static unsigned big16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* A variable-length integer at *at; *at ends behind it. False: it does not end before `end`. */
static bool varint(const uint8_t *p, size_t *at, size_t end, uint64_t *v)
{
	*v = 0;
	for (int i = 0; i < 9 && *at < end; i++) {
		uint8_t b = p[(*at)++];

		if (i == 8) {
			*v = *v << 8 | b;
			return true;
		}
		*v = *v << 7 | (b & 0x7f);
		if (!(b & 0x80))
			return true;
	}
	return false;
}

static bool is_inner(enum qf_page_kind k)
{
	return k == QF_PAGE_INDEX_INNER || k == QF_PAGE_TABLE_INNER;
}

bool qf_page_read(struct qf_page *h, const uint8_t *p, size_t size, bool first)
{
	size_t at = first ? 100 : 0;
	int kind = p[at];

	if (kind != QF_PAGE_INDEX_INNER && kind != QF_PAGE_TABLE_INNER && kind != QF_PAGE_INDEX_LEAF && kind != QF_PAGE_TABLE_LEAF)
		return false;
	*h = (struct qf_page){ .p = p, .size = size, .kind = (enum qf_page_kind)kind, .cells = big16(p + at + 3) };
	h->at = at + (is_inner(h->kind) ? 12 : 8);
	h->right = is_inner(h->kind) ? qf_big32(p + at + 8) : 0;
	return h->at + 2 * (size_t)h->cells <= size;
}

/* How much of a record stands on the page itself (section 1.6, "X", "M" and "K"). */
static size_t here(const struct qf_page *h, uint64_t payload)
{
	size_t u = h->size, m = (u - 12) * 32 / 255 - 23;
	size_t x = h->kind == QF_PAGE_TABLE_LEAF ? u - 35 : (u - 12) * 64 / 255 - 23, k;

	if (payload <= x)
		return (size_t)payload;
	k = m + (size_t)((payload - m) % (u - 4));
	return k <= x ? k : m;
}

bool qf_page_cell(const struct qf_page *h, unsigned i, struct qf_cell *c)
{
	size_t at = big16(h->p + h->at + 2 * (size_t)i);
	uint64_t rowid = 0;

	*c = (struct qf_cell){ 0 };
	if (at < h->at + 2 * (size_t)h->cells)
		return false;
	if (is_inner(h->kind)) {
		if (at + 4 > h->size)
			return false;
		c->left = qf_big32(h->p + at);
		at += 4;
		if (h->kind == QF_PAGE_TABLE_INNER)
			return true;
	}
	if (!varint(h->p, &at, h->size, &c->payload))
		return false;
	if (h->kind == QF_PAGE_TABLE_LEAF && !varint(h->p, &at, h->size, &rowid))
		return false;
	c->rowid = (int64_t)rowid;
	c->here_n = here(h, c->payload);
	if (c->payload == 0 || c->here_n > h->size - at)
		return false;
	c->here = h->p + at;
	if (c->here_n < c->payload) {
		if (h->size - at - c->here_n < 4)
			return false;
		c->overflow = qf_big32(c->here + c->here_n);
	}
	return true;
}

/* ---- records ------------------------------------------------------------------------------------ */

static uint64_t length_of(uint64_t type)
{
	static const uint8_t lengths[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0 };

	return type < 10 ? lengths[type] : (type - 12) / 2;
}

int qf_record_read(const uint8_t *p, size_t n, uint64_t whole, struct qf_value *v, int max)
{
	size_t at = 0;
	uint64_t head, body, type;
	int k = 0;

	if (!varint(p, &at, n, &head) || head < at || head > n)
		return -1;
	for (body = head; at < head; k++) {
		uint64_t length;

		if (k == max || !varint(p, &at, (size_t)head, &type) || type == 10 || type == 11)
			return -1;
		length = length_of(type);
		if (length > whole - body)
			return -1;
		v[k] = (struct qf_value){ type, body + length <= n ? p + body : NULL, (size_t)length };
		body += length;
	}
	return body == whole ? k : -1;
}

int64_t qf_value_int(const struct qf_value *v)
{
	uint64_t x = v->n && v->p[0] & 0x80 ? UINT64_MAX : 0;

	if (v->type == 8 || v->type == 9)
		return (int64_t)v->type - 8;
	for (size_t i = 0; i < v->n; i++)
		x = x << 8 | v->p[i];
	return (int64_t)x;
}

double qf_value_real(const struct qf_value *v)
{
	uint64_t x = (uint64_t)qf_value_int(v);
	double d;

	memcpy(&d, &x, sizeof d);
	return d;
}
