/* The harmonic order: a short open path through all tracks.
 *
 * A path stands in at[1..n], with a node of no cost at either end (at[0] and
 * at[n + 1]), so that the ends need no cases of their own. An artist twice in a row
 * is only a very dear step: the first path has as few of them as any path can have,
 * and since every later move must make the sum smaller, none is ever added. */
#include "playlist/order.h"

#include "base/alloc.h"
#include "base/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HOURS 12
#define UNKNOWN_KEY (-1)
#define SEMITONES_MAX 4.0
#define OCTAVE_PRICE 0.5
#define UNKNOWN_PRICE 1.0
#define LONGEST_SEGMENT 3
#define LONGEST_KICK 50 /* tracks */
#define STARTS 10
#define KICKS 300

/* The classic Camelot rule and how a breach of it is priced: [letters differ][hours apart]. */
static const double key_price[2][HOURS / 2 + 1] = {
	{ 0.00, 0.25, 1.5, 2.5, 3.0, 3.5, 4.0 },
	{ 0.25, 1.50, 2.5, 3.0, 3.5, 4.0, 4.0 },
};

struct node {
	double tempo; /* 12 * log2(BPM): semitones; NaN = not known */
	int hour;     /* 0 to 11, or UNKNOWN_KEY */
	int letter;   /* 0 = A, 1 = B */
	uint32_t artist; /* tracks of the same artist have the same number */
	bool end;     /* not a track, but what stands before the first and behind the last */
};

struct path {
	const struct node *nodes; /* [n + 1], the last one is the end */
	size_t n;
	uint32_t *at;             /* [n + 2] */
	size_t asked, budget;     /* prices */
};

static void read_camelot(const char *code, struct node *to)
{
	char *rest;
	long hour;

	to->hour = UNKNOWN_KEY;
	if (!code || *code < '1' || *code > '9')
		return;
	hour = strtol(code, &rest, 10);
	if (hour > HOURS || (*rest != 'A' && *rest != 'B') || rest[1])
		return;
	to->hour = (int)hour - 1;
	to->letter = *rest == 'B';
}

static double tempo_price(double a, double b)
{
	double straight = fabs(a - b), octave = fabs(12 - straight) + OCTAVE_PRICE;

	if (isnan(straight))
		return UNKNOWN_PRICE;
	return fmin(fmin(straight, octave), SEMITONES_MAX);
}

static double price(const struct node *a, const struct node *b)
{
	double sum;
	int apart;

	if (a->end || b->end)
		return 0;
	sum = tempo_price(a->tempo, b->tempo);
	if (a->hour == UNKNOWN_KEY || b->hour == UNKNOWN_KEY) {
		sum += UNKNOWN_PRICE;
	} else {
		apart = abs(a->hour - b->hour);
		sum += key_price[a->letter != b->letter][apart > HOURS / 2 ? HOURS - apart : apart];
	}
	return a->artist == b->artist ? sum + QF_HARMONIC_SAME_ARTIST : sum;
}

static double between(struct path *p, size_t i, size_t j)
{
	p->asked++;
	return price(&p->nodes[p->at[i]], &p->nodes[p->at[j]]);
}

/* ---- tracks to nodes ------------------------------------------------------------------- */

struct name {
	char *folded; /* NULL = not known: an artist of its own */
	uint32_t track;
};

static int compare_names(const void *x, const void *y)
{
	const struct name *a = x, *b = y;
	int d = !a->folded || !b->folded ? (b->folded != NULL) - (a->folded != NULL) : strcmp(a->folded, b->folded);

	return d ? d : a->track < b->track ? -1 : 1;
}

/* Give equal artists equal numbers, below n. */
static enum qf_status number_artists(const struct qf_entry *entries, size_t n, struct node *nodes, struct qf_err *e)
{
	struct name *names = qf_zalloc(n, sizeof *names);
	struct qf_buf text = { 0 };
	enum qf_status rc = names ? QF_OK : qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);

	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		const char *artist = entries[i].artist;

		names[i].track = (uint32_t)i;
		if (!artist || !*artist)
			continue;
		qf_buf_clear(&text);
		rc = qf_text_fold(&text, artist, strlen(artist), e);
		if (rc == QF_OK && text.len && (names[i].folded = qf_memdup0(text.p, text.len)) == NULL)
			rc = qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
	}
	if (rc == QF_OK) {
		uint32_t number = 0;

		qsort(names, n, sizeof *names, compare_names);
		for (size_t i = 0; i < n; i++) {
			bool same = i && names[i].folded && names[i - 1].folded && strcmp(names[i].folded, names[i - 1].folded) == 0;

			number += i && !same;
			nodes[names[i].track].artist = number;
		}
	}
	for (size_t i = 0; names && i < n; i++)
		qf_free(names[i].folded);
	qf_free(names);
	qf_buf_free(&text);
	return rc;
}

static enum qf_status make_nodes(const struct qf_entry *entries, size_t n, struct node *nodes, struct qf_err *e)
{
	for (size_t i = 0; i < n; i++) {
		double bpm = entries[i].tempo_bpm;

		nodes[i] = (struct node){ .tempo = bpm > 0 && isfinite(bpm) ? 12 * log2(bpm) : NAN };
		read_camelot(entries[i].camelot, &nodes[i]);
	}
	nodes[n] = (struct node){ .end = true };
	return number_artists(entries, n, nodes, e);
}

enum qf_status qf_harmonic_step(const struct qf_entry *a, const struct qf_entry *b, double *cost, struct qf_err *e)
{
	const struct qf_entry pair[2] = { *a, *b };
	struct node nodes[3];
	enum qf_status rc = make_nodes(pair, 2, nodes, e);

	*cost = rc == QF_OK ? price(&nodes[0], &nodes[1]) : NAN;
	return rc;
}

/* ---- the first path -------------------------------------------------------------------- */

/* The artist with more than half of the `left` tracks: he must come next, or two of
 * his will meet for want of others. count[n]; n if there is none. */
static size_t dominant(const uint32_t *count, size_t n, size_t left)
{
	for (size_t i = 0; i < n; i++)
		if (2 * (size_t)count[i] > left)
			return i;
	return n;
}

/* Nearest neighbour from the track `first`. at[i..n] always holds the tracks that are left. */
static void walk(struct path *p, size_t first, uint32_t *count)
{
	memset(count, 0, p->n * sizeof *count);
	for (size_t i = 0; i < p->n; i++) {
		p->at[i + 1] = (uint32_t)i;
		count[p->nodes[i].artist]++;
	}
	p->at[0] = p->at[p->n + 1] = (uint32_t)p->n;
	for (size_t i = 1; i <= p->n; i++) {
		size_t must = dominant(count, p->n, p->n - i + 1), best = 0;
		uint32_t last = p->nodes[p->at[i - 1]].artist;
		double lowest = INFINITY;
		uint32_t chosen;

		if (must < p->n && i > 1 && must == last)
			must = p->n; /* he has just been: somebody else, if there is anybody */
		for (size_t j = i; j <= p->n; j++) {
			double cost;

			if (must < p->n && p->nodes[p->at[j]].artist != must)
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
		count[p->nodes[chosen].artist]--;
	}
}

/* ---- improving it ---------------------------------------------------------------------- */

#define LEAST_GAIN 1e-6 /* semitones; far above what rounding does beside QF_HARMONIC_SAME_ARTIST */

static void reverse(uint32_t *at, size_t i, size_t j)
{
	for (; i < j; i++, j--) {
		uint32_t t = at[i];

		at[i] = at[j];
		at[j] = t;
	}
}

/* 2-opt: play i..j backwards wherever that is cheaper. True if anything was. */
static bool two_opt(struct path *p)
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
static bool move_segment(struct path *p, size_t i, size_t len)
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

static bool or_opt(struct path *p)
{
	bool better = false;

	for (size_t len = 1; len <= LONGEST_SEGMENT; len++)
		for (size_t i = 1; i + len <= p->n + 1; i++)
			better |= move_segment(p, i, len);
	return better;
}

static void improve(struct path *p)
{
	bool better = true;

	while (better && p->asked < p->budget) {
		better = two_opt(p);
		better |= or_opt(p);
	}
}

/* Let two neighbouring segments change places: the double bridge, a move that 2-opt and
 * or-opt would need many steps to take back. */
static void kick(struct path *p, uint64_t *lcg)
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

static double length(struct path *p)
{
	double sum = 0;

	for (size_t i = 1; i < p->n; i++)
		sum += between(p, i, i + 1);
	return sum;
}

/* ---- the search ------------------------------------------------------------------------ */

/* Remember the path if it is the shortest so far. */
static void keep(struct path *p, double *shortest, uint32_t *best)
{
	double sum = length(p);

	if (sum >= *shortest - LEAST_GAIN)
		return;
	*shortest = sum;
	memcpy(best, p->at, (p->n + 2) * sizeof *best);
}

static void search(struct path *p, uint32_t *count, uint32_t *best)
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

enum qf_status qf_order_harmonic(const struct qf_entry *entries, size_t n, uint32_t *perm, struct qf_err *e)
{
	struct node *nodes = NULL;
	struct path p = { .n = n, .budget = QF_HARMONIC_STEPS };
	uint32_t *count = NULL, *best = NULL;
	enum qf_status rc;

	if (n > QF_HARMONIC_MAX)
		return qf_fail(e, QF_ELIMIT, "the harmonic order takes at most %u tracks, not %zu", QF_HARMONIC_MAX, n);
	nodes = qf_alloc(n + 1, sizeof *nodes);
	count = qf_alloc(n, sizeof *count);
	best = qf_alloc(n + 2, sizeof *best);
	p.at = qf_alloc(n + 2, sizeof *p.at);
	p.nodes = nodes;
	rc = nodes && count && best && p.at ? make_nodes(entries, n, nodes, e)
					    : qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
	if (rc == QF_OK && n) {
		search(&p, count, best);
		if (best[1] > best[n])
			reverse(best, 1, n);
		memcpy(perm, best + 1, n * sizeof *perm);
	}
	qf_free(p.at);
	qf_free(best);
	qf_free(count);
	qf_free(nodes);
	return rc;
}
