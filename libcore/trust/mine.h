/* mine.h - the search for a nonce that makes the hash of a block header begin with zero bits.
 *
 * A header (trust/block.h) is 244 = 3 * 64 + 52 bytes of text, and its nonce the last 12
 * hexadecimal digits: a "late nonce". Of the fourth and last block of SHA-256 only word 12
 * (the last four digits) changes within 65,536 tries, so the state behind the first 192
 * bytes, 12 of the 64 rounds, and 4 words of the message schedule are worked out once for
 * all of them.
 *
 * The tries are numbered: piece p are the nonces from p * 65,536, and a piece is searched
 * from its lowest. Which nonce of which piece is found depends on nothing else, so any number
 * of threads that take the pieces in rising order come to the same result. */
#ifndef QF_TRUST_MINE_H
#define QF_TRUST_MINE_H

#include "trust/block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_MINE_PIECE 65536                  /* tries */
#define QF_MINE_PIECES ((uint64_t)1 << 32)   /* of them */

/* One way to try the nonces of a piece. */
struct qf_miner {
	const char *name; /* "sha-ni", "avx2", "plain" */
	bool (*usable)(void); /* on this processor */

	/* The first of the tries from `first` whose hash begins with a word (big endian) of at most
	 * `limit`: true, and which in *at. state[8] is behind the first three blocks; w[16] the
	 * fourth, w[12] ignored. */
	bool (*scan)(const uint32_t state[8], const uint32_t w[16], uint32_t first, uint32_t limit, uint32_t *at);
};

extern const struct qf_miner qf_miners[]; /* the fastest first, ended by one without a name */

/* The fastest that this processor can run, or NULL when `name` is none or cannot run here; name
 * NULL: any. */
const struct qf_miner *qf_miner_find(const char *name);

struct qf_mine_job {
	char header[QF_BLOCK_HEADER]; /* of any nonce */
	uint32_t state[8];
	unsigned bits;
};

/* Prepare the search for a hash that begins with `bits` zero bits, at most QF_BLOCK_BITS_MAX. */
void qf_mine_begin(struct qf_mine_job *j, const char header[QF_BLOCK_HEADER], unsigned bits);

/* Search piece `piece` < QF_MINE_PIECES. True: *nonce is the lowest one in it that does. */
bool qf_mine_piece(const struct qf_mine_job *j, const struct qf_miner *m, uint64_t piece, uint64_t *nonce);

/* One block of SHA-256 (FIPS 180-4, 6.2.2) in plain C: what the kernels build upon. */
void qf_sha256_block(uint32_t state[8], const uint32_t w[16]);
extern const uint32_t qf_sha256_k[64], qf_sha256_start[8];

#endif
