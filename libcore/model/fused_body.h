/* fused_body.h - the kernels of linear.h, once for each instruction set: linear.c includes this
 * with TARGET, an attribute, NAME, which tells the copies apart, and VEC, the widest vector that
 * the set has registers for. Of 16 lanes that are summed by themselves it holds 16 / PARTS.
 *
 * GCC keeps vectors that are wider than the registers in memory, and lowers them before it
 * inlines: so each set has vectors of its own width, and no body is shared through an inline
 * function. No `#ifndef` on purpose. */

#define PARTS (sizeof(v16) / sizeof(VEC))

/* Sixteen lanes to four, halves upon halves, whatever they were held in. */
TARGET static inline void NAME(fold)(const VEC *a, v4 *out)
{
#if WIDTH == 16
	v8 b = __builtin_shufflevector(*a, *a, 0, 1, 2, 3, 4, 5, 6, 7) +
	       __builtin_shufflevector(*a, *a, 8, 9, 10, 11, 12, 13, 14, 15);

	*out = __builtin_shufflevector(b, b, 0, 1, 2, 3) + __builtin_shufflevector(b, b, 4, 5, 6, 7);
#elif WIDTH == 8
	v8 b = a[0] + a[1];

	*out = __builtin_shufflevector(b, b, 0, 1, 2, 3) + __builtin_shufflevector(b, b, 4, 5, 6, 7);
#else
	*out = (a[0] + a[2]) + (a[1] + a[3]);
#endif
}

/* The sum of all lanes in a fixed order, of one item and of four at once: the same
 * order, so that it does not matter which of the two an item meets. */
TARGET static inline float NAME(across)(const VEC *a)
{
	v4 c;

	NAME(fold)(a, &c);
	return (c[0] + c[2]) + (c[1] + c[3]);
}

TARGET static inline void NAME(across4)(VEC a[][PARTS], v4 *out)
{
	v4 c[4], x, y;

	UNROLL for (size_t i = 0; i < 4; i++)
		NAME(fold)(a[i], &c[i]);
	x = __builtin_shufflevector(c[0], c[1], 0, 4, 1, 5) + __builtin_shufflevector(c[0], c[1], 2, 6, 3, 7);
	y = __builtin_shufflevector(c[2], c[3], 0, 4, 1, 5) + __builtin_shufflevector(c[2], c[3], 2, 6, 3, 7);
	*out = __builtin_shufflevector(x, y, 0, 1, 4, 5) + __builtin_shufflevector(x, y, 2, 3, 6, 7);
}

/* x and y stay in registers where there are enough (32 of AVX-512, VECTORS a constant); else they are
 * read once for four items. */
#define FUSED(VECTORS, NAME_N) \
	TARGET static void NAME_N(const float *rows, const float *c, size_t n, float target, const float *x, float *y) \
	{ \
		enum { N = (VECTORS) * PARTS }; \
		VEC held_x[N], held_y[N]; \
		const VEC *xs = WIDTH == 16 ? held_x : (const VEC *)x; \
		VEC *ys = WIDTH == 16 ? held_y : (VEC *)y; \
		size_t i = 0; \
		if (WIDTH == 16) \
			UNROLL for (size_t v = 0; v < N; v++) { \
				held_x[v] = ((const VEC *)x)[v]; \
				held_y[v] = ((const VEC *)y)[v]; \
			} \
		for (; i + 4 <= n; i += 4) { \
			const VEC *q = (const VEC *)rows + i * N; \
			VEC s[4][PARTS]; \
			v4 t; \
			UNROLL for (size_t v = 0; v < N; v++) { \
				UNROLL for (size_t j = 0; j < 4; j++) \
					s[j][v % PARTS] = v < PARTS ? q[j * N + v] * xs[v] : s[j][v % PARTS] + q[j * N + v] * xs[v]; \
			} \
			NAME(across4)(s, &t); \
			t = *(const v4 *)(c + i) * (t - target); \
			UNROLL for (size_t v = 0; v < N; v++) { \
				VEC sum = ys[v]; \
				UNROLL for (size_t j = 0; j < 4; j++) \
					sum += q[j * N + v] * t[j]; \
				ys[v] = sum; \
			} \
		} \
		for (; i < n; i++) { \
			const VEC *q = (const VEC *)rows + i * N; \
			VEC s[PARTS]; \
			UNROLL for (size_t v = 0; v < N; v++) \
				s[v % PARTS] = v < PARTS ? q[v] * xs[v] : s[v % PARTS] + q[v] * xs[v]; \
			float t = c[i] * (NAME(across)(s) - target); \
			UNROLL for (size_t v = 0; v < N; v++) \
				ys[v] += q[v] * t; \
		} \
		if (WIDTH == 16) \
			UNROLL for (size_t v = 0; v < N; v++) \
				((VEC *)y)[v] = held_y[v]; \
	}

FUSED(1, NAME(fused1))
FUSED(2, NAME(fused2))
FUSED(4, NAME(fused4))
FUSED(8, NAME(fused8))
FUSED(12, NAME(fused12))
#undef FUSED

TARGET static void NAME(fused_any)(size_t k, const float *rows, const float *c, size_t n, float target, const float *x, float *y)
{
	const VEC *xs = (const VEC *)x;
	VEC *ys = (VEC *)y;

	for (size_t i = 0; i < n; i++) {
		const VEC *q = (const VEC *)(rows + i * k);
		VEC s[PARTS];

		UNROLL for (size_t p = 0; p < PARTS; p++)
			s[p] = q[p] * xs[p];
		for (size_t v = PARTS; v < k / WIDTH; v += PARTS)
			UNROLL for (size_t p = 0; p < PARTS; p++)
				s[p] += q[v + p] * xs[v + p];
		float t = c[i] * (NAME(across)(s) - target);
		for (size_t v = 0; v < k / WIDTH; v++)
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

/* Four vectors at a time: y is read and written once for all rows of g. */
TARGET static void NAME(symv)(size_t k, const float *g, float reg, const float *x, float *y)
{
	size_t vectors = k / WIDTH, v = 0;

	for (; v + 4 <= vectors; v += 4) {
		const VEC *xs = (const VEC *)x + v;
		VEC y0 = xs[0] * reg, y1 = xs[1] * reg, y2 = xs[2] * reg, y3 = xs[3] * reg;

		for (size_t i = 0; i < k; i++) {
			const VEC *row = (const VEC *)(g + i * k) + v;

			y0 += row[0] * x[i];
			y1 += row[1] * x[i];
			y2 += row[2] * x[i];
			y3 += row[3] * x[i];
		}
		VEC *ys = (VEC *)y + v;
		ys[0] = y0, ys[1] = y1, ys[2] = y2, ys[3] = y3;
	}
	for (; v < vectors; v++) {
		VEC y0 = ((const VEC *)x)[v] * reg;

		for (size_t i = 0; i < k; i++)
			y0 += ((const VEC *)(g + i * k))[v] * x[i];
		((VEC *)y)[v] = y0;
	}
}

/* The places are random, so fetching them is the longest part of an epoch: rows are called
 * for some time before they are copied. */
TARGET static void NAME(gather)(size_t k, const float *v, const uint32_t *cell, size_t n, float *to)
{
	size_t vectors = k / WIDTH;

	for (size_t i = 0; i < n; i++) {
		const VEC *from = (const VEC *)(v + qf_pair_col(cell[i]) * k);

		if (i + AHEAD < n)
			for (size_t j = 0; j < k; j += QF_LANES)
				__builtin_prefetch(v + qf_pair_col(cell[i + AHEAD]) * k + j);
		for (size_t j = 0; j < vectors; j++)
			((VEC *)to)[i * vectors + j] = from[j];
	}
}

#undef PARTS
#undef TARGET
#undef NAME
#undef VEC
#undef WIDTH
