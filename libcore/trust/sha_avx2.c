/* Eight tries side by side, one a lane: for processors with AVX2 that have no SHA instructions. */
#if defined(__x86_64__)
#include "trust/sha.h"

#include <immintrin.h>

#if !defined(__clang__)
#pragma GCC optimize("live-range-shrinkage") /* else gcc 12 keeps three times as much on the stack, and loses a third */
#endif

#define AVX2 __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline)) AVX2

bool qf_sha_avx2_usable(void)
{
	return __builtin_cpu_supports("avx2");
}

INLINE __m256i add(__m256i a, __m256i b)
{
	return _mm256_add_epi32(a, b);
}

INLINE __m256i turn(__m256i x, int n)
{
	return _mm256_or_si256(_mm256_srli_epi32(x, n), _mm256_slli_epi32(x, 32 - n));
}

INLINE __m256i xor3(__m256i a, __m256i b, __m256i c)
{
	return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
}

/* One round. The state stays where it is and is called by other names in the next one; of
 * the majority (a & b) ^ (a & c) ^ (b & c) = b ^ ((a ^ b) & (b ^ c)) the inner b ^ c is a ^ b of
 * the round before. */
#define ROUND(a, b, c, d, e, f, g, h, k_w) do { \
	__m256i ab = _mm256_xor_si256(a, b); \
	__m256i t = add(add(h, k_w), add(xor3(turn(e, 6), turn(e, 11), turn(e, 25)), \
		_mm256_xor_si256(g, _mm256_and_si256(e, _mm256_xor_si256(f, g))))); \
	d = add(d, t); \
	h = add(add(t, xor3(turn(a, 2), turn(a, 13), turn(a, 22))), _mm256_xor_si256(b, _mm256_and_si256(ab, bc))); \
	bc = ab; \
} while (0)

#define K(i) _mm256_set1_epi32((int)qf_sha256_k[i])

/* Word i of the schedule into the place of word i - 16, and that with its constant. */
INLINE __m256i next(__m256i w[16], int i)
{
	__m256i p = w[(i + 1) & 15], q = w[(i + 14) & 15];

	w[i & 15] = add(add(w[i & 15], w[(i + 9) & 15]), add(xor3(turn(p, 7), turn(p, 18), _mm256_srli_epi32(p, 3)),
							    xor3(turn(q, 17), turn(q, 19), _mm256_srli_epi32(q, 10))));
	return add(w[i & 15], K(i));
}

#define EIGHT(i) \
	ROUND(e, f, g, h, a, b, c, d, next(w, i)); ROUND(d, e, f, g, h, a, b, c, next(w, i + 1)); \
	ROUND(c, d, e, f, g, h, a, b, next(w, i + 2)); ROUND(b, c, d, e, f, g, h, a, next(w, i + 3)); \
	ROUND(a, b, c, d, e, f, g, h, next(w, i + 4)); ROUND(h, a, b, c, d, e, f, g, next(w, i + 5)); \
	ROUND(g, h, a, b, c, d, e, f, next(w, i + 6)); ROUND(f, g, h, a, b, c, d, e, next(w, i + 7));

/* The first words, less the start, of the hashes of eight tries: s is the state behind round 12. */
INLINE __m256i hash8(const uint32_t s[8], const uint32_t block[16], __m256i word12)
{
	__m256i a = _mm256_set1_epi32((int)s[0]), b = _mm256_set1_epi32((int)s[1]), c = _mm256_set1_epi32((int)s[2]);
	__m256i d = _mm256_set1_epi32((int)s[3]), e = _mm256_set1_epi32((int)s[4]), f = _mm256_set1_epi32((int)s[5]);
	__m256i g = _mm256_set1_epi32((int)s[6]), h = _mm256_set1_epi32((int)s[7]), bc = _mm256_xor_si256(b, c), w[16];

	for (int i = 0; i < 16; i++)
		w[i] = _mm256_set1_epi32((int)block[i]);
	w[12] = word12;
	ROUND(a, b, c, d, e, f, g, h, add(w[12], K(12)));
	ROUND(h, a, b, c, d, e, f, g, add(w[13], K(13)));
	ROUND(g, h, a, b, c, d, e, f, add(w[14], K(14)));
	ROUND(f, g, h, a, b, c, d, e, add(w[15], K(15)));
	EIGHT(16) EIGHT(24) EIGHT(32) EIGHT(40) EIGHT(48) EIGHT(56)
	return e; /* 52 rounds on, what was called e is a */
}

AVX2 bool qf_sha_avx2_scan(const uint32_t state[8], const uint32_t w[16], uint32_t first, uint32_t limit, uint32_t *at)
{
	const __m256i start = _mm256_set1_epi32((int)state[0]), most = _mm256_set1_epi32((int)limit);
	uint32_t s[8];

	for (int i = 0; i < 8; i++)
		s[i] = state[i];
	qf_sha_first_rounds(s, w);
	for (uint32_t x = first & ~7U; x < QF_MINE_PIECE; x += 8) {
		__m256i n = _mm256_or_si256(_mm256_set1_epi32((int)qf_sha_digits(x)), _mm256_loadu_si256((const __m256i *)(const void *)(qf_sha_last + (x & 15))));
		__m256i h = add(hash8(s, w, n), start);
		unsigned found = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_min_epu32(h, most), h)));

		if (x < first)
			found &= 255U << (first - x);
		if (found) {
			*at = x + (uint32_t)__builtin_ctz(found);
			return true;
		}
	}
	return false;
}
#endif
