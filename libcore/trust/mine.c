#include "trust/mine.h"

#include "base/hash.h"
#include "trust/sha.h"

#include <string.h>

enum { NONCE = QF_BLOCK_HEADER - QF_BLOCK_NONCE, HEAD = 192, TAIL = QF_BLOCK_HEADER - HEAD };

const struct qf_miner qf_miners[] = {
#if defined(__x86_64__)
	{ "sha-ni", qf_sha_ni_usable, qf_sha_ni_scan },
	{ "avx2", qf_sha_avx2_usable, qf_sha_avx2_scan },
#endif
	{ "plain", qf_sha_plain_usable, qf_sha_plain_scan },
	{ .name = NULL },
};

const struct qf_miner *qf_miner_find(const char *name)
{
	for (const struct qf_miner *m = qf_miners; m->name; m++)
		if ((!name || strcmp(name, m->name) == 0) && m->usable())
			return m;
	return NULL;
}

static void load(uint32_t w[16], const uint8_t *p)
{
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
}

void qf_mine_begin(struct qf_mine_job *j, const char header[QF_BLOCK_HEADER], unsigned bits)
{
	uint32_t w[16];

	memcpy(j->header, header, sizeof j->header);
	memcpy(j->state, qf_sha256_start, sizeof j->state);
	j->bits = bits;
	for (size_t at = 0; at < HEAD; at += 64) {
		load(w, (const uint8_t *)header + at);
		qf_sha256_block(j->state, w);
	}
}

/* The kernels compare one word; what has more than 32 zero bits, and every find, is judged by the whole hash. */
static bool confirmed(const struct qf_mine_job *j, uint64_t nonce)
{
	char header[QF_BLOCK_HEADER];
	uint8_t hash[QF_SHA256];

	memcpy(header, j->header, sizeof header);
	qf_block_set_nonce(header, nonce);
	qf_sha256(header, sizeof header, hash);
	return qf_block_zero_bits(hash) >= j->bits;
}

bool qf_mine_piece(const struct qf_mine_job *j, const struct qf_miner *m, uint64_t piece, uint64_t *nonce)
{
	char header[QF_BLOCK_HEADER];
	uint8_t block[64] = { 0 };
	uint32_t w[16], at, limit = j->bits >= 32 ? 0 : UINT32_MAX >> j->bits;

	memcpy(header, j->header, sizeof header);
	qf_block_set_nonce(header, piece * QF_MINE_PIECE);
	memcpy(block, header + HEAD, TAIL);
	block[TAIL] = 0x80;
	load(w, block);
	w[15] = QF_BLOCK_HEADER * 8;
	for (uint32_t from = 0; from < QF_MINE_PIECE && m->scan(j->state, w, from, limit, &at); from = at + 1) {
		*nonce = piece * QF_MINE_PIECE + at;
		if (confirmed(j, *nonce))
			return true;
	}
	return false;
}
