/* wide_body.h - the loops of wide.h, once for each instruction set: wide.c includes this
 * with TARGET, an attribute, and NAME, which tells the copies apart. No `#ifndef` on purpose. */

TARGET static void NAME(add)(float *y, const float *h, size_t n, const float *x, size_t step)
{
	v16 a = ((const v16 *)y)[0], b = ((const v16 *)y)[1];

	for (size_t k = 0; k < n; k++, x += step) {
		a += ((const v16 *)x)[0] * h[k];
		b += ((const v16 *)x)[1] * h[k];
	}
	((v16 *)y)[0] = a;
	((v16 *)y)[1] = b;
}

/* What is left of rounding to whole turns, by adding and taking away 1.5 * 2^23, and a polynomial in its square. */
TARGET static void NAME(waves)(float *y, const float *x, size_t n, float times)
{
	v16 sum = *(const v16 *)y;

	for (size_t r = 0; r < n; r++, x += QF_WIDE_ROW) {
		v16 turn = *(const v16 *)x * times, q;

		turn -= (turn + 12582912.0f) - 12582912.0f;
		q = turn * turn;
		sum += q * (q * (q * (q * COS_8 + COS_6) + COS_4) + COS_2) + 1.0f;
	}
	*(v16 *)y = sum;
}

/* The last step overlaps the one before. Without their signs, floats compare as integers do, and those without branches. */
TARGET static float NAME(largest)(const float *x, size_t n)
{
	i16 m = { 0 };
	int32_t most = 0;
	float out;

	for (size_t i = 0; i < n; i += 16) {
		i16 a = *(const i16 *)(x + (i + 16 <= n ? i : n - 16)) & 0x7fffffff, more = a > m;

		m = (a & more) | (m & ~more);
	}
	for (size_t i = 0; i < 16; i++)
		most = m[i] > most ? m[i] : most;
	memcpy(&out, &most, sizeof out);
	return out;
}

TARGET static void NAME(log)(const float *x, size_t n, float plus, float times, float *out)
{
	qf_fastlog(x, n, plus, times, out);
}
