#include "trust/block.h"

#include "trust/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "mchain1"

static const struct { size_t at, n; const char *name; } fields[] = {
	{ 8, 10, "index" }, { 19, 64, "prev" }, { 84, 64, "root" }, { 149, 7, "count" },
	{ 157, 2, "bits" }, { 160, 12, "ts" }, { 173, 16, "node" }, { 232, QF_BLOCK_NONCE, "nonce" },
};
enum { INDEX, PREV, ROOT, COUNT, BITS, TS, NODE, NONCE, FIELDS };

bool qf_block_is_node(const char *name)
{
	size_t n = strlen(name);

	return n >= 1 && n <= 16 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == n;
}

void qf_block_set_nonce(char header[QF_BLOCK_HEADER], uint64_t nonce)
{
	char digits[17];

	snprintf(digits, sizeof digits, "%012" PRIx64, nonce & (((uint64_t)1 << 48) - 1));
	memcpy(header + fields[NONCE].at, digits, QF_BLOCK_NONCE);
}

void qf_block_write(const struct qf_block *b, char header[QF_BLOCK_HEADER])
{
	char prev[2 * QF_SHA256 + 1], root[2 * QF_SHA256 + 1], text[512];

	qf_hex_encode(b->prev, QF_SHA256, prev);
	qf_hex_encode(b->root, QF_SHA256, root);
	snprintf(text, sizeof text, MAGIC " %010" PRId64 " %s %s %07" PRIu32 " %02u %012" PRId64 " %-16s%*s", b->index, prev, root, b->count,
		 b->bits, b->ts, b->node, (int)(fields[NONCE].at - fields[NODE].at - fields[NODE].n) + QF_BLOCK_NONCE, "");
	memcpy(header, text, QF_BLOCK_HEADER);
	qf_block_set_nonce(header, b->nonce);
}

static enum qf_status wrong(enum qf_status rc, const char *field, struct qf_err *e)
{
	return qf_fail(e, rc, "the header's %s is not in its one form", field);
}

static bool number(const char *p, int base, size_t n, uint64_t *out)
{
	char text[20];
	char *end;

	memcpy(text, p, n);
	text[n] = '\0';
	*out = strtoull(text, &end, base);
	return text[0] >= '0' && *end == '\0'; /* no sign, no blank, no 0x: what else is not in its form is seen below */
}

enum qf_status qf_block_parse(struct qf_block *b, struct qf_span header, struct qf_err *e)
{
	static const struct { int field, base; uint64_t lo, hi; } numbers[] = {
		{ INDEX, 10, 0, 9999999999U }, { COUNT, 10, 1, QF_BLOCK_RECORDS_MAX }, { BITS, 10, 0, QF_BLOCK_BITS_MAX },
		{ TS, 10, (uint64_t)QF_TIME_MIN, (uint64_t)QF_TIME_MAX }, { NONCE, 16, 0, ((uint64_t)1 << 48) - 1 },
	};
	uint64_t v[FIELDS] = { 0 };
	char again[QF_BLOCK_HEADER];

	if (header.n != QF_BLOCK_HEADER)
		return qf_fail(e, QF_EFORMAT, "a header has %d characters, not %zu", QF_BLOCK_HEADER, header.n);
	if (memcmp(header.p, MAGIC " ", sizeof MAGIC) != 0)
		return qf_fail(e, QF_EFORMAT, "a header begins with \"" MAGIC "\": this one follows other rules, or is none");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		int f = numbers[i].field;

		if (!number(header.p + fields[f].at, numbers[i].base, fields[f].n, &v[f]) || v[f] < numbers[i].lo || v[f] > numbers[i].hi)
			return wrong(QF_EFORMAT, fields[f].name, e);
	}
	*b = (struct qf_block){ .index = (int64_t)v[INDEX], .count = (uint32_t)v[COUNT], .bits = (unsigned)v[BITS], .ts = (int64_t)v[TS], .nonce = v[NONCE] };
	memcpy(b->node, header.p + fields[NODE].at, fields[NODE].n);
	b->node[strcspn(b->node, " ")] = '\0';
	if (!qf_block_is_node(b->node))
		return wrong(QF_EFORMAT, "node", e);
	if (!qf_hex_decode(header.p + fields[PREV].at, QF_SHA256, b->prev) || !qf_hex_decode(header.p + fields[ROOT].at, QF_SHA256, b->root))
		return wrong(QF_EFORMAT, "prev or root", e);
	qf_block_write(b, again);
	return memcmp(again, header.p, sizeof again) == 0 ? QF_OK : wrong(QF_EFORMAT, "spacing or a number", e);
}

void qf_block_hash(const char header[QF_BLOCK_HEADER], uint8_t hash[QF_SHA256])
{
	qf_sha256(header, QF_BLOCK_HEADER, hash);
}

unsigned qf_block_zero_bits(const uint8_t hash[QF_SHA256])
{
	unsigned n = 0;

	while (n < 8 * QF_SHA256 && !(hash[n / 8] >> (7 - n % 8) & 1))
		n++;
	return n;
}

/* ---- work ----------------------------------------------------------------------------------- */

void qf_work_add(struct qf_work *w, unsigned bits)
{
	uint64_t one = (uint64_t)1 << bits % 64;

	if (bits >= 64) {
		w->hi += one;
		return;
	}
	w->lo += one;
	w->hi += w->lo < one;
}

void qf_work_write(const struct qf_work *w, uint8_t out[QF_WORK])
{
	for (int i = 0; i < 8; i++) {
		out[i] = (uint8_t)(w->hi >> (56 - 8 * i));
		out[8 + i] = (uint8_t)(w->lo >> (56 - 8 * i));
	}
}

void qf_work_read(struct qf_work *w, const uint8_t in[QF_WORK])
{
	*w = (struct qf_work){ 0, 0 };
	for (int i = 0; i < 8; i++) {
		w->hi = w->hi << 8 | in[i];
		w->lo = w->lo << 8 | in[8 + i];
	}
}

bool qf_work_wins(const struct qf_work *a, const uint8_t tip_a[QF_SHA256], const struct qf_work *b, const uint8_t tip_b[QF_SHA256])
{
	if (a->hi != b->hi)
		return a->hi > b->hi;
	if (a->lo != b->lo)
		return a->lo > b->lo;
	return memcmp(tip_a, tip_b, QF_SHA256) < 0;
}

/* ---- pace ----------------------------------------------------------------------------------- */

unsigned qf_pace_bits(const struct qf_pace *p, const struct qf_rules *r)
{
	int64_t took, should = (QF_BLOCK_RETARGET - 1) * r->interval_s;

	if (p->n == 0)
		return r->bits;
	if (p->n % QF_BLOCK_RETARGET != 0)
		return p->asked;
	took = p->ts[QF_BLOCK_RETARGET - 1] - p->ts[0];
	if (took < should / 2 && p->asked < QF_BLOCK_BITS_MAX)
		return p->asked + 1;
	return took / 2 > should && p->asked > r->bits ? p->asked - 1 : p->asked;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t qf_pace_earliest(const struct qf_pace *p)
{
	int64_t last[11];
	int n = p->n < 11 ? (int)p->n : 11;

	if (n == 0)
		return QF_TIME_MIN;
	for (int i = 0; i < n; i++)
		last[i] = p->ts[(p->n - 1 - i) % QF_BLOCK_RETARGET];
	qsort(last, (size_t)n, sizeof *last, by_time);
	return last[n / 2] + 1;
}

void qf_pace_add(struct qf_pace *p, const struct qf_rules *r, int64_t ts)
{
	p->asked = qf_pace_bits(p, r);
	p->ts[p->n % QF_BLOCK_RETARGET] = ts;
	p->n++;
}
