/* fused_body.h - the kernels of linear.h, once for each instruction set: linear.c
 * includes this with TARGET, an attribute, and NAME, which tells the copies apart.
 *
 * GCC lowers wide vectors before it inlines, so that one body shared through an
 * inline function would be narrow everywhere. No `#ifndef` on purpose. */

/* Sixteen lanes to four, halves upon halves. */
TARGET static inline void NAME(fold)(const v16 *a, v4 *out)
{
	v8 b = __builtin_shufflevector(*a, *a, 0, 1, 2, 3, 4, 5, 6, 7) +
	       __builtin_shufflevector(*a, *a, 8, 9, 10, 11, 12, 13, 14, 15);

	*out = __builtin_shufflevector(b, b, 0, 1, 2, 3) + __builtin_shufflevector(b, b, 4, 5, 6, 7);
}

/* The sum of all lanes in a fixed order, of one vector and of four at once: the same
 * order, so that it does not matter which of the two an item meets. */
TARGET static inline float NAME(across)(const v16 *a)
{
	v4 c;

	NAME(fold)(a, &c);
	return (c[0] + c[2]) + (c[1] + c[3]);
}

TARGET static inline void NAME(across4)(const v16 *a, v4 *out)
{
	v4 c[4], x, y;

	UNROLL for (size_t i = 0; i < 4; i++)
		NAME(fold)(&a[i], &c[i]);
	x = __builtin_shufflevector(c[0], c[1], 0, 4, 1, 5) + __builtin_shufflevector(c[0], c[1], 2, 6, 3, 7);
	y = __builtin_shufflevector(c[2], c[3], 0, 4, 1, 5) + __builtin_shufflevector(c[2], c[3], 2, 6, 3, 7);
	*out = __builtin_shufflevector(x, y, 0, 1, 4, 5) + __builtin_shufflevector(x, y, 2, 3, 6, 7);
}

/* x and y stay in registers when VECTORS is a constant. */
#define FUSED(VECTORS, NAME_N) \
	TARGET static void NAME_N(const float *rows, const float *c, size_t n, float target, const float *x, float *y) \
	{ \
		v16 xs[VECTORS], ys[VECTORS]; \
		size_t i = 0; \
		UNROLL for (size_t v = 0; v < VECTORS; v++) { \
			xs[v] = ((const v16 *)x)[v]; \
			ys[v] = ((const v16 *)y)[v]; \
		} \
		for (; i + 4 <= n; i += 4) { \
			v16 s[4]; \
			v4 t; \
			UNROLL for (size_t j = 0; j < 4; j++) { \
				const v16 *q = (const v16 *)rows + (i + j) * VECTORS; \
				s[j] = q[0] * xs[0]; \
				UNROLL for (size_t v = 1; v < VECTORS; v++) \
					s[j] += q[v] * xs[v]; \
			} \
			NAME(across4)(s, &t); \
			t = *(const v4 *)(c + i) * (t - target); \
			UNROLL for (size_t j = 0; j < 4; j++) { \
				const v16 *q = (const v16 *)rows + (i + j) * VECTORS; \
				UNROLL for (size_t v = 0; v < VECTORS; v++) \
					ys[v] += q[v] * t[j]; \
			} \
		} \
		for (; i < n; i++) { \
			const v16 *q = (const v16 *)rows + i * VECTORS; \
			v16 s = q[0] * xs[0]; \
			UNROLL for (size_t v = 1; v < VECTORS; v++) \
				s += q[v] * xs[v]; \
			float t = c[i] * (NAME(across)(&s) - target); \
			UNROLL for (size_t v = 0; v < VECTORS; v++) \
				ys[v] += q[v] * t; \
		} \
		UNROLL for (size_t v = 0; v < VECTORS; v++) \
			((v16 *)y)[v] = ys[v]; \
	}

FUSED(1, NAME(fused1))
FUSED(2, NAME(fused2))
FUSED(4, NAME(fused4))
FUSED(8, NAME(fused8))
FUSED(12, NAME(fused12))
#undef FUSED

TARGET static void NAME(fused_any)(size_t k, const float *rows, const float *c, size_t n, float target, const float *x, float *y)
{
	const v16 *xs = (const v16 *)x;
	v16 *ys = (v16 *)y;

	for (size_t i = 0; i < n; i++) {
		const v16 *q = (const v16 *)(rows + i * k);
		v16 s = q[0] * xs[0];

		for (size_t v = 1; v < k / QF_LANES; v++)
			s += q[v] * xs[v];
		float t = c[i] * (NAME(across)(&s) - target);
		for (size_t v = 0; v < k / QF_LANES; v++)
			ys[v] += q[v] * t;
	}
}

TARGET static void NAME(fused)(size_t k, const float *rows, const float *c, size_t n, float target, const float *x, float *y)
{
	switch (k / QF_LANES) {
	case 1: NAME(fused1)(rows, c, n, target, x, y); break;
	case 2: NAME(fused2)(rows, c, n, target, x, y); break;
	case 4: NAME(fused4)(rows, c, n, target, x, y); break;
	case 8: NAME(fused8)(rows, c, n, target, x, y); break;
	case 12: NAME(fused12)(rows, c, n, target, x, y); break;
	default: NAME(fused_any)(k, rows, c, n, target, x, y);
	}
}

/* Four columns of 16 at a time: y is read and written once for all rows of g. */
TARGET static void NAME(symv)(size_t k, const float *g, float reg, const float *x, float *y)
{
	size_t vectors = k / QF_LANES, v = 0;

	for (; v + 4 <= vectors; v += 4) {
		const v16 *xs = (const v16 *)x + v;
		v16 y0 = xs[0] * reg, y1 = xs[1] * reg, y2 = xs[2] * reg, y3 = xs[3] * reg;

		for (size_t i = 0; i < k; i++) {
			const v16 *row = (const v16 *)(g + i * k) + v;

			y0 += row[0] * x[i];
			y1 += row[1] * x[i];
			y2 += row[2] * x[i];
			y3 += row[3] * x[i];
		}
		v16 *ys = (v16 *)y + v;
		ys[0] = y0, ys[1] = y1, ys[2] = y2, ys[3] = y3;
	}
	for (; v < vectors; v++) {
		v16 y0 = ((const v16 *)x)[v] * reg;

		for (size_t i = 0; i < k; i++)
			y0 += ((const v16 *)(g + i * k))[v] * x[i];
		((v16 *)y)[v] = y0;
	}
}

/* The places are random, so fetching them is the longest part of an epoch: rows are called
 * for some time before they are copied. */
TARGET static void NAME(gather)(size_t k, const float *v, const uint32_t *cell, size_t n, float *to)
{
	size_t vectors = k / QF_LANES;

	for (size_t i = 0; i < n; i++) {
		const v16 *from = (const v16 *)(v + qf_pair_col(cell[i]) * k);

		if (i + AHEAD < n)
			for (size_t j = 0; j < k; j += QF_LANES)
				__builtin_prefetch(v + qf_pair_col(cell[i + AHEAD]) * k + j);
		for (size_t j = 0; j < vectors; j++)
			((v16 *)to)[i * vectors + j] = from[j];
	}
}
