#include "playlist/space.h"

#include "base/alloc.h"

#include <stdbool.h>
#include <string.h>

/* With the largest groups at distance d, the last m of which are all of size c, n places are needed: (c - 1) d + m. */
enum qf_status qf_space_widest(const uint32_t *group, size_t n, size_t wanted, size_t *gap, struct qf_err *e)
{
	uint32_t *count = qf_zalloc(n, sizeof *count);
	size_t most = 0, m = 0;

	if (!count)
		return qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
	for (size_t i = 0; i < n; i++)
		if (++count[group[i]] > most)
			most = count[group[i]];
	for (size_t i = 0; i < n; i++)
		m += most && count[i] == most;
	*gap = most > 1 ? (n - m) / (most - 1) - 1 : wanted;
	if (most > 1 && (n - m) < most - 1)
		*gap = 0;
	if (*gap > wanted)
		*gap = wanted;
	qf_free(count);
	return QF_OK;
}

struct spacer {
	uint32_t *perm, *out; /* [n]; perm is used up from the front */
	const uint32_t *held;
	size_t n, at, n_spacing;
	const struct qf_spacing *spacing;
	uint32_t *left;  /* [n] free tracks of each group of the first spacing that are still to come */
	size_t *next;    /* [n] the first place at which such a group may come again */
	uint32_t *due;   /* [n + 1] groups whose latest start is so many places ahead */
};

/* Whether track t at s->at is too near to another of its group. */
static bool breaks(const struct spacer *s, size_t k, uint32_t t)
{
	const struct qf_spacing *sp = &s->spacing[k];
	size_t from = s->at > sp->gap ? s->at - sp->gap : 0;

	for (size_t i = from; i < s->at; i++)
		if (sp->group[s->out[i]] == sp->group[t])
			return true;
	for (size_t i = s->at + 1; s->held && i <= s->at + sp->gap && i < s->n; i++)
		if (s->held[i] != QF_SPACE_FREE && sp->group[s->held[i]] == sp->group[t])
			return true;
	return false;
}

static size_t count_broken(const struct spacer *s, uint32_t t)
{
	size_t n = 0;

	for (size_t k = 0; k < s->n_spacing; k++)
		n += breaks(s, k, t);
	return n;
}

/* The latest place at which a group of c tracks can begin to fit into what is left, as places from here; 0: now. */
static size_t latest(const struct spacer *s, uint32_t c)
{
	size_t need = (c - 1) * (s->spacing[0].gap + 1), ahead = s->n - 1 - s->at;

	return ahead > need ? ahead - need : 0;
}

/* How near the deadline of a group must be for it to come now: the groups due within the next x places are x + 1 or more
 * (earliest deadline first). SIZE_MAX: there is time. */
static size_t urgent_within(struct spacer *s)
{
	size_t due = 0;

	memset(s->due, 0, (s->n + 1) * sizeof *s->due);
	for (size_t g = 0; g < s->n; g++)
		if (s->left[g] > 1 || (s->left[g] == 1 && s->next[g] > s->at))
			s->due[latest(s, s->left[g])]++;
	for (size_t x = 0; s->at + x < s->n; x++) {
		due += s->due[x];
		if (due > x)
			return x;
	}
	return SIZE_MAX;
}

/* The place in perm of the track to come, among perm[from..]. */
static size_t choose(struct spacer *s, size_t from)
{
	size_t within = s->n_spacing && s->spacing[0].gap ? urgent_within(s) : SIZE_MAX, best = from, fewest = SIZE_MAX;

	for (size_t i = from; within != SIZE_MAX && i < s->n; i++) {
		uint32_t g = s->spacing[0].group[s->perm[i]];

		if (s->perm[i] != QF_SPACE_FREE && latest(s, s->left[g]) <= within && count_broken(s, s->perm[i]) == 0)
			return i;
	}
	for (size_t i = from; fewest && i < s->n; i++) {
		size_t n = count_broken(s, s->perm[i]);

		if (n < fewest) {
			fewest = n;
			best = i;
		}
	}
	return best;
}

static void put(struct spacer *s, uint32_t t, bool free, size_t *broken)
{
	uint32_t g = s->n_spacing ? s->spacing[0].group[t] : 0;

	for (size_t k = 0; k < s->n_spacing; k++) {
		const struct qf_spacing *sp = &s->spacing[k];

		for (size_t i = s->at > sp->gap ? s->at - sp->gap : 0; i < s->at; i++)
			if (sp->group[s->out[i]] == sp->group[t]) {
				broken[k]++;
				break;
			}
	}
	s->out[s->at] = t;
	if (s->n_spacing) {
		s->left[g] -= free;
		s->next[g] = s->at + s->spacing[0].gap + 1;
	}
}

static bool is_held(const struct spacer *s, uint32_t t)
{
	for (size_t i = 0; s->held && i < s->n; i++)
		if (s->held[i] == t)
			return true;
	return false;
}

static void arrange(struct spacer *s, size_t *broken)
{
	size_t from = 0, free = 0;

	for (size_t i = 0; i < s->n; i++) /* the held ones leave the order */
		if (!is_held(s, s->perm[i])) {
			s->perm[free++] = s->perm[i];
			if (s->n_spacing)
				s->left[s->spacing[0].group[s->perm[free - 1]]]++;
		}
	memmove(s->perm + s->n - free, s->perm, free * sizeof *s->perm);
	from = s->n - free;
	for (s->at = 0; s->at < s->n; s->at++) {
		if (s->held && s->held[s->at] != QF_SPACE_FREE) {
			put(s, s->held[s->at], false, broken);
		} else {
			size_t i = choose(s, from);
			uint32_t t = s->perm[i];

			memmove(s->perm + from + 1, s->perm + from, (i - from) * sizeof *s->perm);
			from++;
			put(s, t, true, broken);
		}
	}
	memcpy(s->perm, s->out, s->n * sizeof *s->perm);
}

enum qf_status qf_space(uint32_t *perm, size_t n, const uint32_t *held, const struct qf_spacing *spacing, size_t n_spacing,
			size_t *broken, struct qf_err *e)
{
	struct spacer s = { .perm = perm, .held = held, .n = n, .spacing = spacing, .n_spacing = n_spacing };
	enum qf_status rc = QF_OK;

	memset(broken, 0, n_spacing * sizeof *broken);
	s.out = qf_alloc(n, sizeof *s.out);
	s.left = qf_zalloc(n, sizeof *s.left);
	s.next = qf_zalloc(n, sizeof *s.next);
	s.due = qf_alloc(n + 1, sizeof *s.due);
	if (s.out && s.left && s.next && s.due)
		arrange(&s, broken);
	else
		rc = qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
	qf_free(s.out);
	qf_free(s.left);
	qf_free(s.next);
	qf_free(s.due);
	return rc;
}
