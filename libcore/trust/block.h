/* block.h - block headers, and the rules by which one may follow another.
 *
 * A header is 244 ASCII characters, fields of fixed width with single blanks between them,
 * blanks up to the nonce:
 *
 *     mchain1 index(10) prev(64) root(64) count(7) bits(2) ts(12) node(16)   …   nonce(12)
 *
 * index, count, bits and ts are decimal with leading zeros; prev is the hash of the header
 * before (64 zeros for the first), root the Merkle root (trust/merkle.h) of the block's
 * records, nonce 12 hexadecimal digits. The hash of a block is SHA-256 of these bytes, and
 * must begin with `bits` zero bits: expected work 2^bits. "mchain1" stands for all rules here.
 *
 * The bits that a block must have begin with those of the genesis record and are set anew at
 * every 64th block: one more when the 63 intervals before it took less than half of what
 * they should, one less (never below the first) when they took more than twice as long. A
 * miner may do more than is asked. The time must be later than the median of the 11 blocks
 * before. */
#ifndef QF_TRUST_BLOCK_H
#define QF_TRUST_BLOCK_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdint.h>

#define QF_BLOCK_HEADER 244
#define QF_BLOCK_NONCE 12
#define QF_BLOCK_BITS_MAX 90        /* the work of 10^10 blocks then fits 128 bits */
#define QF_BLOCK_RECORDS_MAX 65536
#define QF_BLOCK_RETARGET 64
#define QF_BLOCK_FUTURE_S 7200      /* a block may be this much ahead of the clock, a record of its block */
#define QF_TIME_MIN INT64_C(946684800)    /* 2000-01-01: no record and no block is older */
#define QF_TIME_MAX INT64_C(253402300799) /* the end of the year 9999 */

struct qf_block {
	int64_t index;
	uint8_t prev[QF_SHA256], root[QF_SHA256];
	uint32_t count; /* records, from 1 */
	unsigned bits;
	int64_t ts;     /* seconds since the epoch */
	char node[17];  /* who mined it: 1 to 16 of a-z 0-9 . - */
	uint64_t nonce; /* below 2^48 */
};

bool qf_block_is_node(const char *name);

/* The header of a block whose values are in range. */
void qf_block_write(const struct qf_block *b, char header[QF_BLOCK_HEADER]);

/* QF_EFORMAT: not the one form that these values have, or out of range; no rule of order and
 * no hash is looked at. */
enum qf_status qf_block_parse(struct qf_block *b, struct qf_span header, struct qf_err *e);

void qf_block_set_nonce(char header[QF_BLOCK_HEADER], uint64_t nonce);
void qf_block_hash(const char header[QF_BLOCK_HEADER], uint8_t hash[QF_SHA256]);
unsigned qf_block_zero_bits(const uint8_t hash[QF_SHA256]); /* at the beginning */

/* ---- work: exact, 128 bits ------------------------------------------------------------------ */

#define QF_WORK 16 /* bytes, big endian, so that memcmp() orders them */

struct qf_work {
	uint64_t hi, lo;
};

void qf_work_add(struct qf_work *w, unsigned bits); /* 2^bits more */
void qf_work_write(const struct qf_work *w, uint8_t out[QF_WORK]);
void qf_work_read(struct qf_work *w, const uint8_t in[QF_WORK]);

/* Whether the chain of the first work and tip is to be preferred: more work, or as much and the
 * lower hash. Two nodes that know the same chains choose the same one. */
bool qf_work_wins(const struct qf_work *a, const uint8_t tip_a[QF_SHA256], const struct qf_work *b, const uint8_t tip_b[QF_SHA256]);

/* ---- pace: which bits and which time the next block may have ---------------------------------- */

struct qf_rules { /* of the genesis record */
	unsigned bits;      /* of the first block, and the least ever; 0 to QF_BLOCK_BITS_MAX */
	int64_t interval_s; /* that blocks should be apart, from 1 */
};

struct qf_pace { /* all zero: before the first block */
	int64_t n;       /* blocks so far */
	unsigned asked;  /* of the last one */
	int64_t ts[QF_BLOCK_RETARGET]; /* of block i at i % 64 */
};

unsigned qf_pace_bits(const struct qf_pace *p, const struct qf_rules *r); /* that are asked of the next block */
int64_t qf_pace_earliest(const struct qf_pace *p);                        /* that the next one may carry */
void qf_pace_add(struct qf_pace *p, const struct qf_rules *r, int64_t ts);

#endif
