/* genesis.h - the first record of a chain: its settings, for good.
 *
 *     {"rec":{"action":"genesis","actor":"…","anchors":["…"],"bits":16,"interval":600,"name":"…","ts":…,"v":1},"sig":"…"}
 *
 * signed like any record (trust/record.h). SHA-256 of the line is the chain's id, which every
 * other record names; it is the only record of block 0. The anchors are the keys that the
 * operator vouches for: from them trust flows (trust/reputation.h). */
#ifndef QF_TRUST_GENESIS_H
#define QF_TRUST_GENESIS_H

#include "trust/block.h"
#include "trust/record.h"

#define QF_ANCHORS_MAX 256
#define QF_CHAIN_NAME 65 /* 1 to 64 of a-z 0-9 . - and a NUL */

struct qf_genesis {
	char name[QF_CHAIN_NAME];
	struct qf_rules rules;
	int64_t ts;
	uint8_t actor[QF_KEY], sig[QF_SIGNATURE];
	uint8_t anchors[QF_ANCHORS_MAX][QF_KEY]; /* in rising order, each once */
	size_t n_anchors;
	uint8_t id[QF_SHA256]; /* of the chain */
	struct qf_span rec;    /* what is signed */
};

bool qf_genesis_is_name(const char *name);

/* Read a line, signature included. QF_EFORMAT. */
enum qf_status qf_genesis_parse(struct qf_genesis *g, struct qf_span line, struct qf_err *e);

/* Sign it (name, rules, ts, actor and anchors are set; anchors are put in order here) and
 * append the line, without newline. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_genesis_sign(struct qf_genesis *g, const uint8_t secret[QF_SECRET], struct qf_buf *line, struct qf_err *e);

#endif
