/* chain.h - blocks and records in a row, checked one by one as they come.
 *
 * The portable form of a chain is NDJSON: {"blk":"<header>"}, then as many record lines as the
 * header counts, then the next block. What is checked of a block: its form, index, link, asked
 * bits, work, time, count and Merkle root; of a record: its form, chain, time, and that it
 * stands in the chain once. Signatures are left to the caller, who may use several threads
 * (qf_record_signed): hashes take a microsecond a record, a signature fifty. */
#ifndef QF_TRUST_CHAIN_H
#define QF_TRUST_CHAIN_H

#include "trust/block.h"
#include "trust/genesis.h"
#include "trust/many.h"
#include "trust/merkle.h"
#include "trust/record.h"

#define QF_CHAIN_SEEN 16 /* bytes of a leaf by which records are told apart */

struct qf_chain { /* all zero but for the first two: nothing came yet */
	int64_t now;             /* blocks may be QF_BLOCK_FUTURE_S ahead of it; 0: it is not known */
	bool with_log;           /* `log` and `leaf` are wanted behind each record; else these are hashed by eights */
	struct qf_rules rules;   /* of the genesis record, once it came */
	uint8_t id[QF_SHA256];
	struct qf_pace pace;     /* pace.n: blocks so far, the open one included */
	struct qf_work work;     /* of all of them */
	uint8_t tip[QF_SHA256];  /* hash of the last one */
	struct qf_block block;   /* the last one */
	uint32_t got;            /* of its records */
	bool skipped;            /* which do not come */
	struct qf_merkle tree;   /* of these */
	struct qf_merkle log;    /* of all records of the chain: what checkpoints speak of (trust/note.h) */
	uint8_t leaf[QF_SHA256]; /* of the last record */
	struct qf_many waiting;  /* the last records, as yet in neither tree */
	uint8_t (*seen)[QF_CHAIN_SEEN];
	size_t seen_n, seen_room;
};

/* The header of the next block. The block before it must be complete. QF_EFORMAT, with the
 * number of the block in front: "block 3: …". */
enum qf_status qf_chain_block(struct qf_chain *c, struct qf_span header, struct qf_err *e);

/* The next record of the open block. *r is not filled for the genesis record, of which
 * qf_chain_at_genesis() tells beforehand. QF_EFORMAT: "block 3, record 0: …", the first that is wrong; that one stands in the
 * chain twice may be told some records later, by the end of its block at the latest. QF_ENOMEM. */
enum qf_status qf_chain_record(struct qf_chain *c, struct qf_span line, struct qf_record *r, struct qf_err *e);
bool qf_chain_at_genesis(const struct qf_chain *c);

/* No more comes: the last block must be complete, and there must be one. QF_EFORMAT. */
enum qf_status qf_chain_end(struct qf_chain *c, struct qf_err *e);

/* Have room for n records; without it room grows as they come. QF_ENOMEM. */
enum qf_status qf_chain_expect(struct qf_chain *c, size_t n, struct qf_err *e);

/* The records of the open block were checked before and do not come: its header counts for them.
 * Not for block 0. `log` then means nothing. */
void qf_chain_skip(struct qf_chain *c);
void qf_chain_free(struct qf_chain *c);

/* One line of the portable form: *is_block tells which, and *header is then the header's text
 * within it. QF_EFORMAT when it begins as a block and is not in its one form. */
enum qf_status qf_chain_line(struct qf_span line, bool *is_block, struct qf_span *header, struct qf_err *e);
void qf_chain_put_block(struct qf_buf *out, const char header[QF_BLOCK_HEADER]); /* with its newline */

#endif
