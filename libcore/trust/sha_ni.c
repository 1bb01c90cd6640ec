/* Four tries side by side with the SHA instructions of x86: each sha256rnds2 waits for the one
 * before it, so one try alone leaves the unit idle three quarters of the time.
 *
 * The processor wants the state as (a b e f) and (c d g h), and takes two rounds an
 * instruction; four words of the schedule stand in a register, of which a window of four
 * turns over the rounds. Of the first four computed words, W16 to W19, only W19 holds the
 * changing word 12, and holds it as a plain summand, so they are worked out once with 0 there. */
#if defined(__x86_64__)
#include "trust/sha.h"

#include <immintrin.h>

#if !defined(__clang__)
#pragma GCC optimize("live-range-shrinkage") /* else gcc 12 keeps three times as much on the stack, and loses a third */
#endif

#define NI __attribute__((target("sha,sse4.1,ssse3")))

bool qf_sha_ni_usable(void)
{
	unsigned a = 7, b, c = 0, d;

	if (!__builtin_cpu_supports("sse4.1") || !__builtin_cpu_supports("ssse3"))
		return false;
	/* __builtin_cpu_supports() of gcc 12 does not know "sha": CPUID leaf 7, EBX bit 29 */
	__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return b >> 29 & 1;
}

#define FOUR(DO) DO(0) DO(1) DO(2) DO(3)

/* Four rounds of try i with the words in w. */
#define ROUNDS(i, w) do { \
	__m128i q = _mm_add_epi32(w, k); \
	c##i = _mm_sha256rnds2_epu32(c##i, a##i, q); \
	a##i = _mm_sha256rnds2_epu32(a##i, c##i, _mm_shuffle_epi32(q, 0x0e)); \
} while (0);

/* The next four words in the place of p, the oldest of the window p q r s, and four rounds with them. */
#define NEXT(i, p, q, r, s) \
	p##i = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(p##i, q##i), _mm_alignr_epi8(s##i, r##i, 4)), s##i); \
	ROUNDS(i, p##i)
#define STEP(n, p, q, r, s) do { \
	const __m128i k = _mm_load_si128((const __m128i *)(const void *)(qf_sha256_k + (n))); \
	NEXT(0, p, q, r, s) NEXT(1, p, q, r, s) NEXT(2, p, q, r, s) NEXT(3, p, q, r, s) \
} while (0)

struct constant { /* of a piece */
	__m128i a, c;            /* the state behind round 12 */
	__m128i w4, w8, w12, w16; /* words 4 to 19, with 0 as word 12 */
};

/* The first words of the hashes of four tries whose word 12 are in n[]. */
static inline __attribute__((always_inline)) NI __m128i hash4(const struct constant *o, __m128i n)
{
	__m128i a0 = o->a, a1 = o->a, a2 = o->a, a3 = o->a, c0 = o->c, c1 = o->c, c2 = o->c, c3 = o->c;
	/* word 12 in lane 0 for W12 to W15, in lane 3 for W16 to W19 */
#define TRY(i) \
	__m128i own##i = _mm_srli_si128(_mm_slli_si128(n, 12 - 4 * (i)), 12); \
	__m128i z##i = _mm_or_si128(o->w12, own##i), p##i = _mm_add_epi32(o->w16, _mm_slli_si128(own##i, 12)); \
	__m128i q##i = o->w4, r##i = o->w8;
	FOUR(TRY)
#undef TRY
	{
		const __m128i k = _mm_load_si128((const __m128i *)(const void *)(qf_sha256_k + 12));
#define FIRST(i) ROUNDS(i, z##i)
		FOUR(FIRST)
#undef FIRST
	}
	{
		const __m128i k = _mm_load_si128((const __m128i *)(const void *)(qf_sha256_k + 16));
#define SECOND(i) ROUNDS(i, p##i)
		FOUR(SECOND)
#undef SECOND
	}
	STEP(20, q, r, z, p);
	STEP(24, r, z, p, q);
	STEP(28, z, p, q, r);
	STEP(32, p, q, r, z);
	STEP(36, q, r, z, p);
	STEP(40, r, z, p, q);
	STEP(44, z, p, q, r);
	STEP(48, p, q, r, z);
	STEP(52, q, r, z, p);
	STEP(56, r, z, p, q);
	STEP(60, z, p, q, r);
	/* `a` is the highest lane of each */
	return _mm_unpackhi_epi64(_mm_unpackhi_epi32(a0, a1), _mm_unpackhi_epi32(a2, a3));
}

static NI void prepare(struct constant *o, const uint32_t state[8], const uint32_t w[16])
{
	const __m128i *words = (const __m128i *)(const void *)w;
	uint32_t s[8];
	__m128i t;

	for (int i = 0; i < 8; i++)
		s[i] = state[i];
	qf_sha_first_rounds(s, w);
	o->a = _mm_set_epi32((int)s[0], (int)s[1], (int)s[4], (int)s[5]);
	o->c = _mm_set_epi32((int)s[2], (int)s[3], (int)s[6], (int)s[7]);
	o->w4 = _mm_loadu_si128(words + 1);
	o->w8 = _mm_loadu_si128(words + 2);
	o->w12 = _mm_insert_epi32(_mm_loadu_si128(words + 3), 0, 0);
	t = _mm_sha256msg1_epu32(_mm_loadu_si128(words), o->w4);
	o->w16 = _mm_sha256msg2_epu32(_mm_add_epi32(t, _mm_alignr_epi8(o->w12, o->w8, 4)), o->w12);
}

NI bool qf_sha_ni_scan(const uint32_t state[8], const uint32_t w[16], uint32_t first, uint32_t limit, uint32_t *at)
{
	static const uint32_t last[16] = { '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f' };
	const __m128i start = _mm_set1_epi32((int)state[0]), most = _mm_set1_epi32((int)limit);
	struct constant o;

	prepare(&o, state, w);
	for (uint32_t x = first & ~3U; x < QF_MINE_PIECE; x += 4) {
		__m128i n = _mm_or_si128(_mm_set1_epi32((int)qf_sha_digits(x)), _mm_loadu_si128((const __m128i *)(const void *)(last + (x & 15))));
		__m128i h = _mm_add_epi32(hash4(&o, n), start);
		unsigned found = (unsigned)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(_mm_min_epu32(h, most), h)));

		if (x < first)
			found &= 15U << (first - x);
		if (found) {
			*at = x + (uint32_t)__builtin_ctz(found);
			return true;
		}
	}
	return false;
}
#endif
