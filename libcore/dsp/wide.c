#include "dsp/wide.h"

#include "dsp/fastlog.h"

#include <stdint.h>
#include <string.h>

/* Vectors may stand on any float and alias plain arrays. */
typedef float v16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t i16 __attribute__((vector_size(64), aligned(4), may_alias));

/* cos(2 pi t), |t| <= 1/2, in powers of t, by least squares. */
#define COS_2 -19.7344889f
#define COS_4 64.7407196f
#define COS_6 -82.8514460f
#define COS_8 46.5932676f

#define TARGET
#define NAME(x) x##_plain
#include "dsp/wide_body.h"
#undef TARGET
#undef NAME

#ifdef __x86_64__
#define TARGET __attribute__((target("avx2")))
#define NAME(x) x##_avx2
#include "dsp/wide_body.h"
#undef TARGET
#undef NAME
#define TARGET __attribute__((target("avx512f")))
#define NAME(x) x##_avx512
#include "dsp/wide_body.h"
#undef TARGET
#undef NAME
#endif

static const struct qf_wide sets[] = {
	{ "plain", add_plain, waves_plain, largest_plain, log_plain },
#ifdef __x86_64__
	{ "avx2", add_avx2, waves_avx2, largest_avx2, log_avx2 },
	{ "avx512", add_avx512, waves_avx512, largest_avx512, log_avx512 },
#endif
};

const struct qf_wide *qf_wide_of(int i)
{
	if (i < 0 || (size_t)i >= sizeof sets / sizeof *sets)
		return NULL;
#ifdef __x86_64__
	if ((i == 1 && !__builtin_cpu_supports("avx2")) || (i == 2 && !__builtin_cpu_supports("avx512f")))
		return NULL;
#endif
	return &sets[i];
}

const struct qf_wide *qf_wide_best(void)
{
	int i = (int)(sizeof sets / sizeof *sets) - 1;

	while (!qf_wide_of(i))
		i--;
	return &sets[i];
}
