#include "trust/chain.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum qf_status at_block(const struct qf_chain *c, struct qf_err *e)
{
	char place[32];

	snprintf(place, sizeof place, "block %" PRId64, c->pace.n ? c->pace.n - 1 : 0);
	return qf_err_at(e, place);
}

static enum qf_status at_record(const struct qf_chain *c, uint32_t record, struct qf_err *e)
{
	char place[64];

	snprintf(place, sizeof place, "block %" PRId64 ", record %" PRIu32, c->pace.n ? c->pace.n - 1 : 0, record);
	return qf_err_at(e, place);
}

/* ---- each record once -------------------------------------------------------------------------- */

static size_t place_of(const struct qf_chain *c, const uint8_t *leaf)
{
	size_t at = 0;

	for (int i = 0; i < 8; i++)
		at = at << 8 | leaf[i];
	return at & (c->seen_room - 1);
}

static bool is_free(const uint8_t place[QF_CHAIN_SEEN])
{
	static const uint8_t none[QF_CHAIN_SEEN];

	return memcmp(place, none, sizeof none) == 0;
}

/* The place of a leaf, or the free one where it belongs. Open addressing; at most half is used. */
static uint8_t *look_up(struct qf_chain *c, const uint8_t *leaf)
{
	size_t at = place_of(c, leaf);

	while (!is_free(c->seen[at]) && memcmp(c->seen[at], leaf, QF_CHAIN_SEEN) != 0)
		at = (at + 1) & (c->seen_room - 1);
	return c->seen[at];
}

static enum qf_status grow(struct qf_chain *c, size_t room, struct qf_err *e)
{
	uint8_t (*old)[QF_CHAIN_SEEN] = c->seen;
	size_t had = c->seen_room;

	c->seen = qf_zalloc(room, sizeof *c->seen);
	if (!c->seen) {
		c->seen = old;
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu records", room / 2);
	}
	c->seen_room = room;
	for (size_t i = 0; i < had; i++)
		if (!is_free(old[i]))
			memcpy(look_up(c, old[i]), old[i], QF_CHAIN_SEEN);
	qf_free(old);
	return QF_OK;
}

enum qf_status qf_chain_expect(struct qf_chain *c, size_t n, struct qf_err *e)
{
	size_t room = 1024;

	while (room / 2 <= n && room <= SIZE_MAX / 4)
		room *= 2;
	return room > c->seen_room ? grow(c, room, e) : QF_OK;
}

/* Records first to first + n - 1 of the block into the trees and the table, each look into which would wait for memory; so it is
 * asked for some hashes ahead. */
static enum qf_status enter(struct qf_chain *c, uint8_t (*leaf)[QF_SHA256], uint32_t first, uint32_t n, struct qf_err *e)
{
	if (c->seen_n + n > c->seen_room / 2 && grow(c, c->seen_room ? 2 * c->seen_room : 1024, e))
		return e->code;
	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch(c->seen[place_of(c, leaf[i])], 1);
	for (uint32_t i = 0; i < n; i++) {
		qf_merkle_add(&c->tree, leaf[i]);
		if (c->with_log)
			qf_merkle_add(&c->log, leaf[i]);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *place = look_up(c, leaf[i]);

		if (!is_free(place)) {
			qf_fail(e, QF_EFORMAT, "the same record stands in the chain before");
			return at_record(c, first + i, e);
		}
		memcpy(place, leaf[i], QF_CHAIN_SEEN);
		c->seen_n++;
	}
	return QF_OK;
}

/* The records that wait, in the order in which they came. */
static enum qf_status settle(struct qf_chain *c, struct qf_err *e)
{
	uint8_t leaf[QF_MANY][QF_SHA256];
	uint32_t n = (uint32_t)c->waiting.n;

	if (n == 0)
		return QF_OK;
	qf_many_end(&c->waiting, leaf);
	memcpy(c->leaf, leaf[n - 1], sizeof c->leaf);
	return enter(c, leaf, c->got - n, n, e);
}

/* ---- blocks ------------------------------------------------------------------------------------- */

/* Whether the block that is open may end here. */
static enum qf_status complete(struct qf_chain *c, struct qf_err *e)
{
	uint8_t root[QF_SHA256];

	if (c->pace.n == 0 || c->skipped)
		return QF_OK;
	if (settle(c, e))
		return e->code;
	if (c->got != c->block.count)
		qf_fail(e, QF_EFORMAT, "%" PRIu32 " records, the header counts %" PRIu32, c->got, c->block.count);
	else if (qf_merkle_root(&c->tree, root), memcmp(root, c->block.root, sizeof root) != 0)
		qf_fail(e, QF_EFORMAT, "the Merkle root of its records is another one than the header's");
	else
		return QF_OK;
	return at_block(c, e);
}

static enum qf_status follows(const struct qf_chain *c, const struct qf_block *b, const uint8_t hash[QF_SHA256], struct qf_err *e)
{
	unsigned asked = c->pace.n ? qf_pace_bits(&c->pace, &c->rules) : 0; /* block 0 sets its own: see the genesis record */

	if (b->index != c->pace.n)
		return qf_fail(e, QF_EFORMAT, "its index is %" PRId64, b->index);
	if (memcmp(b->prev, c->tip, QF_SHA256) != 0)
		return qf_fail(e, QF_EFORMAT, "it does not follow the block before it");
	if (b->bits < asked)
		return qf_fail(e, QF_EFORMAT, "%u bits of work, %u are asked", b->bits, asked);
	if (qf_block_zero_bits(hash) < b->bits)
		return qf_fail(e, QF_EFORMAT, "its hash begins with %u zero bits, not %u: no proof of work", qf_block_zero_bits(hash), b->bits);
	if (b->ts < qf_pace_earliest(&c->pace))
		return qf_fail(e, QF_EFORMAT, "its time is not after the median of the blocks before it");
	if (c->now && b->ts > c->now + QF_BLOCK_FUTURE_S)
		return qf_fail(e, QF_EFORMAT, "its time is more than two hours ahead");
	return QF_OK;
}

enum qf_status qf_chain_block(struct qf_chain *c, struct qf_span header, struct qf_err *e)
{
	struct qf_block b;
	uint8_t hash[QF_SHA256];
	char place[32];

	if (complete(c, e))
		return e->code;
	snprintf(place, sizeof place, "block %" PRId64, c->pace.n);
	if (qf_block_parse(&b, header, e))
		return qf_err_at(e, place);
	qf_block_hash(header.p, hash);
	if (follows(c, &b, hash, e))
		return qf_err_at(e, place);
	if (c->pace.n == 0)
		c->rules = (struct qf_rules){ .bits = b.bits, .interval_s = 1 }; /* until the genesis record is there */
	qf_pace_add(&c->pace, &c->rules, b.ts);
	qf_work_add(&c->work, b.bits);
	memcpy(c->tip, hash, sizeof hash);
	c->block = b;
	c->got = 0;
	c->skipped = false;
	c->tree.n = 0;
	return QF_OK;
}

/* ---- records ------------------------------------------------------------------------------------ */

bool qf_chain_at_genesis(const struct qf_chain *c)
{
	return c->pace.n == 1 && c->got == 0;
}

static enum qf_status take_genesis(struct qf_chain *c, struct qf_span line, struct qf_err *e)
{
	struct qf_genesis g;

	if (qf_genesis_parse(&g, line, e))
		return e->code;
	if (c->block.count != 1)
		return qf_fail(e, QF_EFORMAT, "block 0 holds the genesis record alone");
	if (c->block.bits < g.rules.bits)
		return qf_fail(e, QF_EFORMAT, "%u bits of work, %u are asked", c->block.bits, g.rules.bits);
	c->rules = g.rules;
	c->pace.asked = g.rules.bits;
	memcpy(c->id, g.id, sizeof c->id);
	qf_record_leaf(g.rec, g.sig, c->leaf);
	return QF_OK;
}

_Static_assert(QF_LEAF_MAX <= QF_MANY_MAX, "a record may wait");

static enum qf_status take_record(struct qf_chain *c, struct qf_span line, struct qf_record *r, struct qf_err *e)
{
	if (qf_record_parse(r, line, e))
		return e->code;
	if (memcmp(r->chain, c->id, sizeof c->id) != 0)
		return qf_fail(e, QF_EFORMAT, "it belongs to another chain");
	if (r->ts > c->block.ts + QF_BLOCK_FUTURE_S)
		return qf_fail(e, QF_EFORMAT, "its time is more than two hours ahead of its block");
	qf_record_leaf_text(r->rec, r->sig, qf_many_add(&c->waiting, 1 + r->rec.n + QF_SIGNATURE));
	return QF_OK;
}

/* The one that came, or one before it. */
static enum qf_status refuse_record(struct qf_chain *c, struct qf_err *e)
{
	struct qf_err earlier = { 0 };

	if (settle(c, &earlier) == QF_OK)
		return at_record(c, c->got, e);
	*e = earlier;
	return e->code;
}

enum qf_status qf_chain_record(struct qf_chain *c, struct qf_span line, struct qf_record *r, struct qf_err *e)
{
	bool genesis = qf_chain_at_genesis(c);
	enum qf_status rc;

	if (c->pace.n == 0)
		rc = qf_fail(e, QF_EFORMAT, "a record before the first block");
	else if (c->got == c->block.count)
		rc = qf_fail(e, QF_EFORMAT, "more records than the header counts (%" PRIu32 ")", c->block.count);
	else
		rc = genesis ? take_genesis(c, line, e) : take_record(c, line, r, e);
	if (rc != QF_OK)
		return refuse_record(c, e);
	c->got++;
	if (genesis)
		return enter(c, &c->leaf, 0, 1, e);
	return c->with_log || c->waiting.n == QF_MANY ? settle(c, e) : QF_OK;
}

enum qf_status qf_chain_end(struct qf_chain *c, struct qf_err *e)
{
	if (c->pace.n == 0)
		return qf_fail(e, QF_EFORMAT, "no block at all");
	return complete(c, e);
}

void qf_chain_skip(struct qf_chain *c)
{
	c->skipped = true;
}

void qf_chain_free(struct qf_chain *c)
{
	qf_free(c->seen);
	memset(c, 0, sizeof *c);
}

/* ---- lines -------------------------------------------------------------------------------------- */

#define OPEN "{\"blk\":\""
#define SHUT "\"}"

enum qf_status qf_chain_line(struct qf_span line, bool *is_block, struct qf_span *header, struct qf_err *e)
{
	enum { LEFT = sizeof OPEN - 1, BOTH = LEFT + sizeof SHUT - 1 };

	*is_block = line.n >= 6 && memcmp(line.p, OPEN, 6) == 0;
	if (!*is_block)
		return QF_OK;
	if (line.n != BOTH + QF_BLOCK_HEADER || memcmp(line.p, OPEN, LEFT) != 0 || memcmp(line.p + line.n - 2, SHUT, 2) != 0)
		return qf_fail(e, QF_EFORMAT, "a block's line is {\"blk\":\"…\"} with %d characters in it", QF_BLOCK_HEADER);
	*header = (struct qf_span){ line.p + LEFT, QF_BLOCK_HEADER };
	return QF_OK;
}

void qf_chain_put_block(struct qf_buf *out, const char header[QF_BLOCK_HEADER])
{
	qf_buf_puts(out, OPEN);
	qf_buf_put(out, header, QF_BLOCK_HEADER);
	qf_buf_puts(out, SHUT "\n");
}
