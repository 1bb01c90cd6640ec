/* sha.h - the kernels of mine.h and many.h. Not for other rooms. */
#ifndef QF_TRUST_SHA_H
#define QF_TRUST_SHA_H

#include "trust/many.h"
#include "trust/mine.h"

/* The four characters of try x, as word 12 has them, but for the last one. */
static inline uint32_t qf_sha_digits(uint32_t x)
{
	static const char hex[] = "0123456789abcdef";

	return (uint32_t)hex[x >> 12 & 15] << 24 | (uint32_t)hex[x >> 8 & 15] << 16 | (uint32_t)hex[x >> 4 & 15] << 8;
}

extern const uint32_t qf_sha_last[16]; /* that one */

/* Rounds 0 to 11, which no try changes. */
void qf_sha_first_rounds(uint32_t s[8], const uint32_t w[16]);

bool qf_sha_plain_usable(void);
bool qf_sha_plain_scan(const uint32_t state[8], const uint32_t w[16], uint32_t first, uint32_t limit, uint32_t *at);
bool qf_sha_avx2_usable(void);
bool qf_sha_avx2_scan(const uint32_t state[8], const uint32_t w[16], uint32_t first, uint32_t limit, uint32_t *at);
bool qf_sha_ni_usable(void);
bool qf_sha_ni_scan(const uint32_t state[8], const uint32_t w[16], uint32_t first, uint32_t limit, uint32_t *at);

/* The hashes of messages that are padded to whole blocks; of those without blocks, nothing. */
void qf_sha_ni_hash(uint8_t (*text)[64 * QF_MANY_BLOCKS], const size_t blocks[QF_MANY], uint8_t (*hash)[QF_SHA256]);

#endif
