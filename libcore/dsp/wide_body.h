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
