#include "cli/curate.h"

#include "base/alloc.h"
#include "quality/licence.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct ranked {
	size_t file;
	const char *artist;
	double score;
	int tags;
	size_t turn; /* of its artist, among those that are as good */
};

static int by_worth(const struct ranked *x, const struct ranked *y)
{
	if (x->score > y->score || x->score < y->score)
		return x->score > y->score ? -1 : 1;
	return (x->tags < y->tags) - (x->tags > y->tags);
}

static int by_artist(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int c = by_worth(x, y);

	c = c ? c : strcasecmp(x->artist, y->artist);
	return c ? c : (x->file > y->file) - (x->file < y->file);
}

static int by_turn(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int c = by_worth(x, y);

	c = c ? c : (x->turn > y->turn) - (x->turn < y->turn);
	return c ? c : (x->file > y->file) - (x->file < y->file);
}

static bool is_open(const char *licence)
{
	struct qf_licence l;

	qf_licence_judge(licence ? licence : "", licence ? strlen(licence) : 0, &l);
	return l.open;
}

static size_t gather(const struct judged *j, const struct qf_rules *r, double least, struct ranked *v)
{
	size_t n = 0;

	for (size_t i = 0; i < j->s.n; i++) {
		const struct qf_member *m = &j->member[i];
		bool is_copy = j->copy[i] && !j->copy[i]->keep && j->copy[i]->how != QF_SAME_TAGS;

		if (!j->file[i].track.id || j->file[i].gone || is_copy || judged_score(j, i, r) < least - 1e-12 || !is_open(m->licence))
			continue;
		v[n++] = (struct ranked){ i, m->artist ? m->artist : "", judged_score(j, i, r), __builtin_popcount(qf_member_filled(m)), 0 };
	}
	return n;
}

enum qf_status curate(const struct judged *j, const struct qf_rules *r, const struct curate_limits *limits, bool *take, struct qf_err *e)
{
	struct ranked *v = qf_alloc(j->s.n, sizeof *v);
	size_t n, taken = 0;
	int64_t bytes = 0;

	if (!v)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	memset(take, 0, j->s.n * sizeof *take);
	n = gather(j, r, limits->score, v);
	if (n)
		qsort(v, n, sizeof *v, by_artist);
	for (size_t i = 1; i < n; i++)
		if (by_worth(&v[i], &v[i - 1]) == 0 && strcasecmp(v[i].artist, v[i - 1].artist) == 0)
			v[i].turn = v[i - 1].turn + 1;
	if (n)
		qsort(v, n, sizeof *v, by_turn);
	for (size_t i = 0; i < n && (!limits->tracks || taken < limits->tracks); i++) {
		int64_t size = j->file[v[i].file].size;

		if (limits->bytes && size > limits->bytes - bytes)
			continue;
		bytes += size;
		taken++;
		take[v[i].file] = true;
	}
	qf_free(v);
	return QF_OK;
}
