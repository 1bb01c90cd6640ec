/* merkle.h - the Merkle tree of RFC 9162 (section 2.1), and proofs in it.
 *
 * A leaf is SHA-256(0x00, data), a node SHA-256(0x01, left, right), and a tree of n leaves
 * is split at the largest power of two below n. A tree is built from leaf hashes in one
 * pass that holds one hash a level, so the length of a log costs no memory. */
#ifndef QF_TRUST_MERKLE_H
#define QF_TRUST_MERKLE_H

#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_MERKLE_LEVELS 64

struct qf_merkle { /* all zero is an empty tree */
	uint64_t n; /* leaves so far */
	uint8_t node[QF_MERKLE_LEVELS][QF_SHA256]; /* of the whole subtree of 2^level leaves, where that bit of n is set */
};

void qf_merkle_add(struct qf_merkle *m, const uint8_t leaf[QF_SHA256]);

/* The root of what was added; it can go on afterwards. Of an empty tree: SHA-256 of nothing. */
void qf_merkle_root(const struct qf_merkle *m, uint8_t root[QF_SHA256]);

/* SHA-256(0x01, left, right). */
void qf_merkle_node(const uint8_t left[QF_SHA256], const uint8_t right[QF_SHA256], uint8_t out[QF_SHA256]);

/* The path from leaf `at` to the root of leaves[n], at < n: proof[QF_MERKLE_LEVELS], of which
 * *len are used. Cannot fail. */
void qf_merkle_prove(const uint8_t (*leaves)[QF_SHA256], uint64_t n, uint64_t at, uint8_t (*proof)[QF_SHA256], size_t *len);

/* Why a tree of `n` leaves begins with the tree of `old` leaves, 0 < old <= n (section 2.1.4.1).
 * proof[QF_MERKLE_LEVELS + 1]. Cannot fail. */
void qf_merkle_prove_consistent(const uint8_t (*leaves)[QF_SHA256], uint64_t old, uint64_t n, uint8_t (*proof)[QF_SHA256],
				size_t *len);

/* Whether the leaf stands at `at` in the tree of n leaves with that root (section 2.1.3.2). */
bool qf_merkle_includes(const uint8_t leaf[QF_SHA256], uint64_t at, uint64_t n, const uint8_t (*proof)[QF_SHA256], size_t len,
			const uint8_t root[QF_SHA256]);

/* Whether the tree of n leaves begins with that of `old` (section 2.1.4.2). An old tree of
 * no leaves proves nothing and is refused. */
bool qf_merkle_consistent(uint64_t old, uint64_t n, const uint8_t (*proof)[QF_SHA256], size_t len,
			  const uint8_t old_root[QF_SHA256], const uint8_t root[QF_SHA256]);

#endif
