#include "trust/hex.h"

#define X 0xff

/* the value of each character; X: none */
static const uint8_t value[256] = {
#define ROW X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X
	ROW, ROW, ROW,
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, X, X, X, X, X, X,
	ROW, ROW,
	X, 10, 11, 12, 13, 14, 15, X, X, X, X, X, X, X, X, X,
	ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW,
#undef ROW
};

bool qf_hex_decode(const char *p, size_t n, uint8_t *out)
{
	unsigned bad = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned hi = value[(unsigned char)p[2 * i]], lo = value[(unsigned char)p[2 * i + 1]];

		bad |= hi | lo;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return bad < 16;
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
