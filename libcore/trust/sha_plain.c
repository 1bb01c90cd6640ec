#include "trust/sha.h"

const uint32_t qf_sha256_start[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
};
const uint32_t qf_sha256_k[64] __attribute__((aligned(64))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};
const uint32_t qf_sha_last[16] = { '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f' };

static inline uint32_t turn(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

/* Rounds from..to-1 of FIPS 180-4, 6.2.2, step 3; w is the schedule. */
static inline void rounds(uint32_t s[8], const uint32_t *w, int from, int to)
{
	for (int i = from; i < to; i++) {
		uint32_t a = s[0], e = s[4];
		uint32_t t1 = s[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + qf_sha256_k[i] + w[i];
		uint32_t t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));

		s[7] = s[6];
		s[6] = s[5];
		s[5] = e;
		s[4] = s[3] + t1;
		s[3] = s[2];
		s[2] = s[1];
		s[1] = a;
		s[0] = t1 + t2;
	}
}

static inline void schedule(uint32_t w[64])
{
	for (int i = 16; i < 64; i++) {
		uint32_t p = w[i - 15], q = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] + (turn(p, 7) ^ turn(p, 18) ^ p >> 3) + (turn(q, 17) ^ turn(q, 19) ^ q >> 10);
	}
}

static void copy(uint32_t *to, const uint32_t *from, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = from[i];
}

void qf_sha256_block(uint32_t state[8], const uint32_t block[16])
{
	uint32_t w[64], s[8];

	copy(w, block, 16);
	copy(s, state, 8);
	schedule(w);
	rounds(s, w, 0, 64);
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

void qf_sha_first_rounds(uint32_t s[8], const uint32_t w[16])
{
	rounds(s, w, 0, 12);
}

bool qf_sha_plain_usable(void)
{
	return true;
}

bool qf_sha_plain_scan(const uint32_t state[8], const uint32_t block[16], uint32_t first, uint32_t limit, uint32_t *at)
{
	uint32_t begun[8], w[64], s[8];

	copy(begun, state, 8);
	copy(w, block, 16);
	qf_sha_first_rounds(begun, w);
	for (uint32_t x = first; x < QF_MINE_PIECE; x++) {
		w[12] = qf_sha_digits(x) | qf_sha_last[x & 15];
		schedule(w);
		copy(s, begun, 8);
		rounds(s, w, 12, 64);
		*at = x;
		if (s[0] + state[0] <= limit)
			return true;
	}
	return false;
}
