/* A path stands in at[1..n], with a node of no cost at either end (at[0] and at[n + 1], the number n), so that
 * the ends need no cases of their own. A group twice in a row is only a very dear step: the first path has as few
 * of them as any path can have, and since every later move must make the sum smaller, none is ever added. */
#include "playlist/path.h"

#include "base/alloc.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define LONGEST_SEGMENT 3
#define LONGEST_KICK 50 /* tracks */
#define STARTS 10
#define KICKS 300

struct walk {
	const struct qf_path *of;
	const uint32_t *group;
	size_t n;
	uint32_t *at; /* [n + 2] */
	size_t asked, budget; /* prices */
};

static double between(struct walk *p, size_t i, size_t j)
{
	uint32_t a = p->at[i], b = p->at[j];
	double sum;

	p->asked++;
	if (a == p->n || b == p->n)
		return 0;
	sum = p->of->price(p->of->ctx, a, b);
	return p->group[a] == p->group[b] ? sum + QF_PATH_SAME_GROUP : sum;
}

/* ---- the first path -------------------------------------------------------------------- */

/* The group with more than half of the `left` tracks: it must come next, or two of
 * its tracks will meet for want of others. count[n]; n if there is none. */
static size_t dominant(const uint32_t *count, size_t n, size_t left)
{
	for (size_t i = 0; i < n; i++)
		if (2 * (size_t)count[i] > left)
			return i;
	return n;
}

/* Nearest neighbour from the track `first`. at[i..n] always holds the tracks that are left. */
static void walk(struct walk *p, size_t first, uint32_t *count)
{
	memset(count, 0, p->n * sizeof *count);
	for (size_t i = 0; i < p->n; i++) {
		p->at[i + 1] = (uint32_t)i;
		count[p->group[i]]++;
	}
	p->at[0] = p->at[p->n + 1] = (uint32_t)p->n;
	for (size_t i = 1; i <= p->n; i++) {
		size_t must = dominant(count, p->n, p->n - i + 1), best = 0;
		size_t last = i > 1 ? p->group[p->at[i - 1]] : p->n;
		double lowest = INFINITY;
		uint32_t chosen;

		if (must < p->n && i > 1 && must == last)
			must = p->n; /* it has just been: another one, if there is any */
		for (size_t j = i; j <= p->n; j++) {
			double cost;

			if (must < p->n && p->group[p->at[j]] != must)
				continue;
			cost = i > 1 ? between(p, i - 1, j) : (double)(p->at[j] != first);
			if (cost < lowest || (best && !(cost > lowest) && p->at[j] < p->at[best])) {
				lowest = cost;
				best = j;
			}
		}
		chosen = p->at[best];
		p->at[best] = p->at[i];
		p->at[i] = chosen;
		count[p->group[chosen]]--;
	}
}

/* ---- improving it ---------------------------------------------------------------------- */

#define LEAST_GAIN 1e-6 /* semitones; far above what rounding does beside QF_PATH_SAME_GROUP */

static void reverse(uint32_t *at, size_t i, size_t j)
{
	for (; i < j; i++, j--) {
		uint32_t t = at[i];

		at[i] = at[j];
		at[j] = t;
	}
}

/* 2-opt: play i..j backwards wherever that is cheaper. True if anything was. */
static bool two_opt(struct walk *p)
{
	bool better = false;

	for (size_t i = 1; i < p->n; i++) {
		double before = between(p, i - 1, i);

		for (size_t j = i + 1; j <= p->n && p->asked < p->budget; j++) {
			double gain = before + between(p, j, j + 1) - between(p, i - 1, j) - between(p, i, j + 1);

			if (gain > LEAST_GAIN) {
				reverse(p->at, i, j);
				before = between(p, i - 1, i);
				better = true;
			}
		}
	}
	return better;
}

/* Move the segment i..i+len-1 between j and j + 1, turned round or not. Three reversals
 * do it: of the segment and of what lies between it and its new place, then of both. */
static void move(uint32_t *at, size_t i, size_t len, size_t j, bool turned)
{
	size_t from = j < i ? j + 1 : i, to = j < i ? i + len - 1 : j;
	size_t seg = j < i ? from : to - len + 1;

	reverse(at, from, to);
	if (!turned)
		reverse(at, seg, seg + len - 1);
	if (j < i)
		reverse(at, seg + len, to);
	else
		reverse(at, from, seg - 1);
}

/* Or-opt of one segment: the first better place. */
static bool move_segment(struct walk *p, size_t i, size_t len)
{
	size_t last = i + len - 1;
	double freed = between(p, i - 1, i) + between(p, last, last + 1) - between(p, i - 1, last + 1);

	if (freed <= LEAST_GAIN)
		return false;
	for (size_t j = 0; j <= p->n && p->asked < p->budget; j++) {
		double open, same, turned;

		if (j + 1 >= i && j <= last)
			continue;
		open = freed + between(p, j, j + 1);
		same = between(p, j, i) + between(p, last, j + 1);
		turned = between(p, j, last) + between(p, i, j + 1);
		if (open - fmin(same, turned) > LEAST_GAIN) {
			move(p->at, i, len, j, turned < same);
			return true;
		}
	}
	return false;
}

static bool or_opt(struct walk *p)
{
	bool better = false;

	for (size_t len = 1; len <= LONGEST_SEGMENT; len++)
		for (size_t i = 1; i + len <= p->n + 1; i++)
			better |= move_segment(p, i, len);
	return better;
}

static void improve(struct walk *p)
{
	bool better = true;

	while (better && p->asked < p->budget) {
		better = two_opt(p);
		better |= or_opt(p);
	}
}

/* Let two neighbouring segments change places: the double bridge, a move that 2-opt and
 * or-opt would need many steps to take back. */
static void kick(struct walk *p, uint64_t *lcg)
{
	size_t longest = p->n / 3 < LONGEST_KICK ? p->n / 3 : LONGEST_KICK, cut[3];

	for (size_t i = 0; i < 3; i++) {
		*lcg = *lcg * 6364136223846793005u + 1442695040888963407u; /* D. Knuth, MMIX */
		cut[i] = (size_t)(*lcg >> 33);
	}
	cut[1] = cut[1] % longest + 1;
	cut[2] = cut[2] % longest + 1;
	cut[0] = cut[0] % (p->n - cut[1] - cut[2] + 1) + 1;
	reverse(p->at, cut[0], cut[0] + cut[1] - 1);
	reverse(p->at, cut[0] + cut[1], cut[0] + cut[1] + cut[2] - 1);
	reverse(p->at, cut[0], cut[0] + cut[1] + cut[2] - 1);
}

static double length(struct walk *p)
{
	double sum = 0;

	for (size_t i = 1; i < p->n; i++)
		sum += between(p, i, i + 1);
	return sum;
}

/* ---- the search ------------------------------------------------------------------------ */

/* Remember the path if it is the shortest so far. */
static void keep(struct walk *p, double *shortest, uint32_t *best)
{
	double sum = length(p);

	if (sum >= *shortest - LEAST_GAIN)
		return;
	*shortest = sum;
	memcpy(best, p->at, (p->n + 2) * sizeof *best);
}

static void search(struct walk *p, uint32_t *count, uint32_t *best)
{
	double shortest = INFINITY;
	uint64_t lcg = 1;

	for (size_t first = 0; first < p->n && first < STARTS && (first == 0 || p->asked < p->budget); first++) {
		walk(p, first, count);
		improve(p);
		keep(p, &shortest, best);
	}
	for (int i = 0; i < KICKS && p->n > 3 && p->asked < p->budget; i++) {
		memcpy(p->at, best, (p->n + 2) * sizeof *best);
		kick(p, &lcg);
		improve(p);
		keep(p, &shortest, best);
	}
}

enum qf_status qf_path_solve(const struct qf_path *of, uint32_t *perm, struct qf_err *e)
{
	size_t n = of->n;
	struct walk p = { .of = of, .group = of->group, .n = n, .budget = QF_PATH_STEPS };
	uint32_t *count = qf_alloc(n, sizeof *count), *best = qf_alloc(n + 2, sizeof *best);
	enum qf_status rc = QF_OK;

	p.at = qf_alloc(n + 2, sizeof *p.at);
	if (!count || !best || !p.at)
		rc = qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
	if (rc == QF_OK && n) {
		search(&p, count, best);
		if (best[1] > best[n])
			reverse(best, 1, n);
		memcpy(perm, best + 1, n * sizeof *perm);
	}
	qf_free(p.at);
	qf_free(best);
	qf_free(count);
	return rc;
}
