#include "playlist/fit.h"

#include "base/alloc.h"

#include <string.h>

#define STEPS 2000 /* of the target; those beyond it are for what is nearest where nothing fits */
#define STATES (STEPS + STEPS / 2)

struct state {
	int64_t sum; /* exact; -1: nothing adds up to this step */
	double value;
};

struct knapsack {
	const int64_t *duration;
	size_t n;
	int64_t step; /* ms */
	struct state *state; /* [STATES] */
	uint8_t *taken;      /* [n * STATES / 8] bits: track i brought a step to what it was behind it */
};

static bool bit(const struct knapsack *k, size_t i, size_t j)
{
	size_t at = i * STATES + j;

	return k->taken[at / 8] & 1u << at % 8;
}

static void set_bit(struct knapsack *k, size_t i, size_t j)
{
	size_t at = i * STATES + j;

	k->taken[at / 8] |= (uint8_t)(1u << at % 8);
}

static void add(struct knapsack *k, size_t i)
{
	double value = (double)k->duration[i] * (double)(k->n - i);

	for (size_t j = STATES; j-- > 0;) {
		struct state *from = &k->state[j];
		int64_t sum = from->sum + k->duration[i];
		size_t to = (size_t)(sum / k->step);

		if (from->sum < 0 || to >= STATES || k->state[to].value >= from->value + value)
			continue;
		k->state[to] = (struct state){ sum, from->value + value };
		set_bit(k, i, to);
	}
}

/* The step to go for: the best within the tolerance, else the nearest. */
static size_t choose(const struct knapsack *k, int64_t target)
{
	int64_t slack = (int64_t)((double)target * QF_FIT_TOLERANCE), nearest = INT64_MAX;
	size_t best = 0;
	double most = -1;

	for (size_t j = 0; j < STATES; j++) {
		int64_t off = k->state[j].sum < 0 ? INT64_MAX : k->state[j].sum > target ? k->state[j].sum - target : target - k->state[j].sum;

		if (off <= slack ? k->state[j].value > most : most < 0 && off < nearest) {
			best = j;
			nearest = off;
			most = off <= slack ? k->state[j].value : -1;
		}
	}
	return best;
}

static void walk_back(const struct knapsack *k, size_t j, bool *chosen)
{
	int64_t sum = k->state[j].sum;

	for (size_t i = k->n; i-- > 0;)
		if (bit(k, i, j)) {
			chosen[i] = true;
			sum -= k->duration[i];
			j = (size_t)(sum / k->step);
		}
}

enum qf_status qf_fit(const int64_t *duration_ms, const bool *must, size_t n, int64_t target_ms, bool *chosen, int64_t *total_ms,
		      struct qf_err *e)
{
	struct knapsack k = { .duration = duration_ms, .n = n };
	int64_t rest = target_ms;
	enum qf_status rc = QF_OK;

	k.state = qf_alloc(STATES, sizeof *k.state);
	k.taken = qf_zalloc(n / 8 + 1, STATES);
	if (!k.state || !k.taken)
		rc = qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", n);
	for (size_t i = 0; i < n; i++) {
		chosen[i] = must && must[i];
		rest -= chosen[i] ? duration_ms[i] : 0;
	}
	if (rc == QF_OK && rest > 0) {
		k.step = rest / STEPS + 1;
		for (size_t j = 0; j < STATES; j++)
			k.state[j] = (struct state){ j ? -1 : 0, j ? -1 : 0 };
		for (size_t i = 0; i < n; i++)
			if (!chosen[i] && duration_ms[i] > 0)
				add(&k, i);
		walk_back(&k, choose(&k, rest), chosen);
	}
	*total_ms = 0;
	for (size_t i = 0; i < n; i++)
		*total_ms += chosen[i] ? duration_ms[i] : 0;
	qf_free(k.state);
	qf_free(k.taken);
	return rc;
}
