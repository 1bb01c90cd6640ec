/* Eight tries side by side with the SHA instructions of x86: each sha256rnds2 waits for the one
 * before it, so one try alone leaves the unit idle half of the time, and four leave it idle where
 * they end and the next four begin. With eight it hardly ever is: a try costs its 26 sha256rnds2 and little more.
 *
 * The processor wants the state as (a b e f) and (c d g h), and takes two rounds an
 * instruction; four words of the schedule stand in a register, of which a window of four
 * turns over the rounds. Of the first four computed words, W16 to W19, only W19 holds the
 * changing word 12, and holds it as a plain summand, so they are worked out once with 0 there. */
#if defined(__x86_64__)
#include "trust/sha.h"

#include <immintrin.h>

#define NI __attribute__((target("sha,sse4.1,ssse3")))
#define INLINE static inline __attribute__((always_inline)) NI
#define EACH _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++) /* unrolled, for the arrays to become registers */

bool qf_sha_ni_usable(void)
{
	unsigned a = 7, b, c = 0, d;

	if (!__builtin_cpu_supports("sse4.1") || !__builtin_cpu_supports("ssse3"))
		return false;
	/* __builtin_cpu_supports() of gcc 12 does not know "sha": CPUID leaf 7, EBX bit 29 */
	__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return b >> 29 & 1;
}

INLINE __m128i load(const uint32_t w[4])
{
	return _mm_loadu_si128((const __m128i *)(const void *)w);
}

/* Rounds n to n + 3 with the words in w. */
INLINE void rounds(__m128i a[8], __m128i c[8], const __m128i w[8], int n)
{
	EACH {
		__m128i q = _mm_add_epi32(w[i], load(qf_sha256_k + n));

		c[i] = _mm_sha256rnds2_epu32(c[i], a[i], q);
		a[i] = _mm_sha256rnds2_epu32(a[i], c[i], _mm_shuffle_epi32(q, 0x0e));
	}
}

/* The next four words into the place of p, the oldest of the window p q r s. */
INLINE __m128i next(__m128i p, __m128i q, __m128i r, __m128i s)
{
	return _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(p, q), _mm_alignr_epi8(s, r, 4)), s);
}

INLINE void step(__m128i a[8], __m128i c[8], __m128i p[8], const __m128i q[8], const __m128i r[8], const __m128i s[8], int n)
{
	EACH
		p[i] = next(p[i], q[i], r[i], s[i]);
	rounds(a, c, p, n);
}

/* All from there on; words 16 to 19 are in p, 4 to 15 in q, r and s. */
INLINE void from_round_20(__m128i a[8], __m128i c[8], __m128i p[8], __m128i q[8], __m128i r[8], __m128i s[8])
{
	step(a, c, q, r, s, p, 20);
	step(a, c, r, s, p, q, 24);
	step(a, c, s, p, q, r, 28);
	step(a, c, p, q, r, s, 32);
	step(a, c, q, r, s, p, 36);
	step(a, c, r, s, p, q, 40);
	step(a, c, s, p, q, r, 44);
	step(a, c, p, q, r, s, 48);
	step(a, c, q, r, s, p, 52);
	step(a, c, r, s, p, q, 56);
	step(a, c, s, p, q, r, 60);
}

/* ---- mining: eight nonces, of which only the words of the last block from word 12 on differ -------------- */

struct constant { /* of a piece */
	__m128i a, c;             /* the state behind round 12 */
	__m128i w4, w8, w12, w16; /* words 4 to 19, with 0 as word 12 */
	__m128i start, limit;     /* what the first word of the result is added to, and may be at most */
};

/* Word i of x alone, as word 0. */
INLINE __m128i only(__m128i x, int i)
{
	x = i == 0 ? _mm_slli_si128(x, 12) : i == 1 ? _mm_slli_si128(x, 8) : i == 2 ? _mm_slli_si128(x, 4) : x;
	return _mm_srli_si128(x, 12);
}

/* A bit for each of four tries that is a find; `a` is the highest word of its state. */
INLINE unsigned finds(const struct constant *o, const __m128i a[4])
{
	__m128i h = _mm_unpackhi_epi64(_mm_unpackhi_epi32(a[0], a[1]), _mm_unpackhi_epi32(a[2], a[3]));

	h = _mm_add_epi32(h, o->start);
	return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(_mm_min_epu32(h, o->limit), h)));
}

/* A bit for each find among the tries whose word 12 are in n[]. */
INLINE unsigned eight(const struct constant *o, const __m128i n[2])
{
	__m128i a[8], c[8], p[8], q[8], r[8], s[8];

	EACH {
		__m128i own = only(n[i / 4], i % 4);

		a[i] = o->a;
		c[i] = o->c;
		q[i] = o->w4;
		r[i] = o->w8;
		s[i] = _mm_or_si128(o->w12, own);
		p[i] = _mm_add_epi32(o->w16, _mm_slli_si128(own, 12));
	}
	rounds(a, c, s, 12);
	rounds(a, c, p, 16);
	from_round_20(a, c, p, q, r, s);
	return finds(o, a) | finds(o, a + 4) << 4;
}

static NI void prepare(struct constant *o, const uint32_t state[8], const uint32_t w[16], uint32_t limit)
{
	uint32_t s[8];

	for (int i = 0; i < 8; i++)
		s[i] = state[i];
	qf_sha_first_rounds(s, w);
	o->a = _mm_set_epi32((int)s[0], (int)s[1], (int)s[4], (int)s[5]);
	o->c = _mm_set_epi32((int)s[2], (int)s[3], (int)s[6], (int)s[7]);
	o->w4 = load(w + 4);
	o->w8 = load(w + 8);
	o->w12 = _mm_insert_epi32(load(w + 12), 0, 0);
	o->w16 = next(load(w), o->w4, o->w8, o->w12);
	o->start = _mm_set1_epi32((int)state[0]);
	o->limit = _mm_set1_epi32((int)limit);
}

NI bool qf_sha_ni_scan(const uint32_t state[8], const uint32_t w[16], uint32_t first, uint32_t limit, uint32_t *at)
{
	struct constant o;

	prepare(&o, state, w, limit);
	for (uint32_t x = first & ~7U; x < QF_MINE_PIECE; x += 8) {
		const uint32_t *last = qf_sha_last + (x & 15);
		__m128i digits = _mm_set1_epi32((int)qf_sha_digits(x));
		unsigned found = eight(&o, (__m128i[2]){ _mm_or_si128(digits, load(last)), _mm_or_si128(digits, load(last + 4)) });

		if (x < first)
			found &= 255U << (first - x);
		if (found) {
			*at = x + (uint32_t)__builtin_ctz(found);
			return true;
		}
	}
	return false;
}

/* ---- eight messages ---------------------------------------------------------------------------------------- */

INLINE __m128i words(const uint8_t *p)
{
	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
}

INLINE void put(uint8_t *to, __m128i x) /* its highest byte first */
{
	x = _mm_shuffle_epi8(x, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
	_mm_storeu_si128((__m128i *)(void *)to, x);
}

NI void qf_sha_ni_hash(uint8_t (*text)[64 * QF_MANY_BLOCKS], const size_t blocks[QF_MANY], uint8_t (*hash)[QF_SHA256])
{
	__m128i a[8], c[8], p[8], q[8], r[8], s[8], was_a[8], was_c[8];
	size_t most = 0;

	EACH {
		const uint32_t *h = qf_sha256_start;

		a[i] = _mm_set_epi32((int)h[0], (int)h[1], (int)h[4], (int)h[5]);
		c[i] = _mm_set_epi32((int)h[2], (int)h[3], (int)h[6], (int)h[7]);
		most = blocks[i] > most ? blocks[i] : most;
	}
	for (size_t b = 0; b < most; b++) {
		EACH {
			was_a[i] = a[i];
			was_c[i] = c[i];
			p[i] = words(text[i] + 64 * b);
			q[i] = words(text[i] + 64 * b + 16);
			r[i] = words(text[i] + 64 * b + 32);
			s[i] = words(text[i] + 64 * b + 48);
		}
		rounds(a, c, p, 0);
		rounds(a, c, q, 4);
		rounds(a, c, r, 8);
		rounds(a, c, s, 12);
		step(a, c, p, q, r, s, 16);
		from_round_20(a, c, p, q, r, s);
		EACH {
			a[i] = _mm_add_epi32(a[i], was_a[i]);
			c[i] = _mm_add_epi32(c[i], was_c[i]);
			if (b + 1 != blocks[i])
				continue;
			put(hash[i], _mm_unpackhi_epi64(c[i], a[i]));
			put(hash[i] + 16, _mm_unpacklo_epi64(c[i], a[i]));
		}
	}
}
#endif
