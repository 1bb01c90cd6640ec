#include "trust/hex.h"

#include <string.h>

enum { PIECE = 16 };

static inline uint8_t digit(uint8_t c, uint8_t *bad)
{
	uint8_t v = (uint8_t)(c - '0'), letter = (uint8_t)(c - 'a');

	*bad |= (v > 9) & (letter > 5);
	return v > 9 ? (uint8_t)(letter + 10) : v;
}

/* Without a branch, and from a copy, so that compilers make vectors of it where n is known. */
static inline uint8_t decode(const char *p, size_t n, uint8_t *out)
{
	uint8_t in[2 * PIECE], v[PIECE], bad = 0;

	memcpy(in, p, 2 * n);
	for (size_t i = 0; i < n; i++)
		v[i] = (uint8_t)(digit(in[2 * i], &bad) << 4 | digit(in[2 * i + 1], &bad));
	memcpy(out, v, n);
	return bad;
}

bool qf_hex_decode(const char *p, size_t n, uint8_t *out)
{
	uint8_t bad = 0;

	for (; n >= PIECE; n -= PIECE, p += 2 * PIECE, out += PIECE)
		bad |= decode(p, PIECE, out);
	return !(bad | decode(p, n, out));
}

void qf_hex_encode(const uint8_t *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}
