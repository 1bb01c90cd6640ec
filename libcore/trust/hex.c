#define _DEFAULT_SOURCE /* le64toh */
#include "trust/hex.h"

#include <endian.h>
#include <string.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight digits at once, the first of them the lowest byte of x, to four bytes likewise; a bit of *bad for each that is no digit.
 * A letter has bit 6, and lies 39 above where a digit of its value would be; no sum leaves its byte. */
static inline uint32_t four(uint64_t x, uint64_t *bad)
{
	uint64_t letter = x >> 6 & EACH(1);
	uint64_t v = (x & EACH(15)) + 9 * letter;
	uint64_t ten = (v + EACH(6)) >> 4 & EACH(1);

	*bad |= (x ^ (v + EACH('0') + 39 * letter)) | (v & EACH(16)) | (ten ^ letter);
	v = (v << 4 | v >> 8) & UINT64_C(0x00ff00ff00ff00ff);
	v = (v | v >> 8) & UINT64_C(0x0000ffff0000ffff);
	return (uint32_t)(v | v >> 16);
}

bool qf_hex_decode(const char *p, size_t n, uint8_t *out)
{
	uint64_t bad = 0, x;
	uint32_t v;

	for (; n >= 4; n -= 4, p += 8, out += 4) {
		memcpy(&x, p, 8);
		v = htole32(four(le64toh(x), &bad));
		memcpy(out, &v, 4);
	}
	x = EACH('0');
	memcpy(&x, p, 2 * n);
	v = htole32(four(le64toh(x), &bad));
	memcpy(out, &v, n);
	return bad == 0;
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
