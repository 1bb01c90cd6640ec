/* plan - storage plans of 100,000 and 1,000,000 made-up tracks: processor time, value against the bound, and the
 * regret of the rules. Plays are long-tailed, lengths log-normal around 225 s; both are made up. */
#include "base/alloc.h"
#include "base/random.h"
#include "plan/transcode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double unit(uint64_t *at)
{
	return (double)((qf_random(1, ++*at) >> 11) + 1) * 0x1p-53;
}

static double normal(uint64_t *at)
{
	double r = sqrt(-2 * log(unit(at)));

	return r * cos(2 * 3.14159265358979 * unit(at));
}

static double cpu_s(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static int one(const char *ladder, size_t n, double budget)
{
	static const char *const names[] = { "knapsack", "play-count", "tiers" };
	struct qf_source *s = qf_zalloc(n, sizeof *s);
	struct qf_err e = { 0 };
	struct qf_menu m;
	size_t rungs;
	uint64_t at = 0;
	const struct qf_rung *r = qf_ladder_find(ladder, &rungs);

	if (!s || qf_menu_init(&m, r, rungs, &e))
		return 1;
	for (size_t i = 0; i < n; i++) {
		double plays = fmin(floor(exp(0.6 + 1.9 * normal(&at))), 20000);

		s[i] = (struct qf_source){ .duration_ms = (int64_t)(1000 * exp(log(225) + 0.35 * normal(&at))), .kbps = 900,
					   .lossless = true, .packed = true, .weight = plays + 0.1, .plays = plays };
	}
	for (int how = QF_STORE_KNAPSACK; how <= QF_STORE_TIERS; how++) {
		struct qf_transcode t;
		double began = cpu_s();

		if (qf_transcode_plan(&m, (enum qf_store)how, s, n, (int64_t)budget, &t, &e)) {
			fprintf(stderr, "%s\n", e.text);
			return 1;
		}
		printf("plan %-8s %8zu tracks %5.0f GB  %-10s %5.2f CPU s  used %.4f  regret %.2e%s  wanted %.1f GB\n", ladder, n, budget / 1e9,
		       names[how], cpu_s() - began, (double)t.bytes / budget, qf_transcode_regret(&t), t.optimal ? " (optimal)" : "",
		       (double)t.wanted / 1e9);
		if (n == 100000 && how == QF_STORE_KNAPSACK && (cpu_s() - began > 2 || (double)t.bytes > budget || t.value > t.bound)) {
			fprintf(stderr, "100,000 tracks: more than 2 CPU s, the budget or the bound\n");
			return 1;
		}
		qf_transcode_free(&t);
	}
	qf_free(s);
	return 0;
}

int main(void)
{
	return one("standard", 100000, 10e9) || one("mp3", 100000, 10e9) || one("standard", 1000000, 100e9);
}
