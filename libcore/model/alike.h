/* alike.h - how alike two tracks are, many times over.
 *
 * The cosine of their factors (of ease.h: their partial correlation) and that of their embeddings, blended by the weight
 * n / (n + 20) with n the listeners of the one that has fewer; where one of the two is not
 * known of both tracks, the other one alone; 0 when neither is. -1 to 1. Sums run in
 * float in eight lanes: the same bits on every x86-64. */
#ifndef QF_MODEL_ALIKE_H
#define QF_MODEL_ALIKE_H

#include "base/err.h"
#include "model/recommend.h"

#include <stddef.h>
#include <stdint.h>

struct qf_alike { /* private */
	const struct qf_model *m;
	float *by_factor; /* [items] 1 / |q_i|, 0 without a factor; with ease 1 or 0 */
	float *by_sound;  /* [items] 1 / |g_i| */
	double even;
};

/* A view of the model, borrowed. QF_ENOMEM; to be closed whatever comes back. */
enum qf_status qf_alike_open(struct qf_alike *a, const struct qf_model *m, struct qf_err *e);
void qf_alike_close(struct qf_alike *a);

/* The two shares; `item` is x. */
struct qf_reason qf_alike_parts(const struct qf_alike *a, uint32_t x, uint32_t y);

/* Their sum. alike: a struct qf_alike. */
double qf_alike_of(const void *alike, uint32_t x, uint32_t y);

/* The same with one weight for all pairs, U / (U + 20) for U listeners, what is not known
 * giving nothing, and 1 for a track and itself: positive semidefinite over any tracks. Of ease the sound
 * alone, since correlations of which some were not kept may be anything. */
double qf_alike_even(const void *alike, uint32_t x, uint32_t y);

/* x.y over n floats. */
double qf_alike_dot(const float *x, const float *y, size_t n);

#endif
