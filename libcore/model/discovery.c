#include "model/discovery.h"

#include "base/alloc.h"
#include "base/facets.h"

#include <math.h>
#include <stdlib.h>

struct entry { /* a met artist */
	uint32_t artist;
	double plays;
};

static int by_artist(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->artist < y->artist ? -1 : x->artist > y->artist;
}

/* One entry for each artist, rising, with the sum of plays. Returns how many. */
static size_t merge(struct entry *v, size_t n)
{
	size_t to = 0;

	qsort(v, n, sizeof *v, by_artist);
	for (size_t i = 0; i < n; i++)
		if (to && v[to - 1].artist == v[i].artist)
			v[to - 1].plays += v[i].plays;
		else
			v[to++] = v[i];
	return to;
}

static double on_scale(double plays, double most)
{
	return plays > 0 && most > 0 ? log1p(plays) / log1p(most) : 0;
}

struct familiar {
	const struct entry *artist; /* [artists] */
	size_t artists;
	const float *own;   /* [items] plays of the track itself */
	const bool *is_met; /* [items] */
	double most_artist, most_track;
};

static double familiarity(const struct familiar *f, uint32_t item, uint32_t artist, bool *known)
{
	const struct entry *a = artist == QF_NO_NUMBER ? NULL
			      : bsearch(&(struct entry){ artist, 0 }, f->artist, f->artists, sizeof *f->artist, by_artist);
	double track = on_scale((double)f->own[item], f->most_track);

	*known = a || f->is_met[item];
	if (artist == QF_NO_NUMBER)
		return track;
	return (track + (a ? on_scale(a->plays, f->most_artist) : 0)) / 2;
}

enum qf_status qf_discovery(const struct qf_met *met, size_t n, const uint32_t *artist, size_t items, double d, double *part,
			    bool *barred, struct qf_err *e)
{
	struct entry *v = qf_alloc(n, sizeof *v);
	float *own = qf_zalloc(items, sizeof *own);
	bool *is_met = qf_zalloc(items, sizeof *is_met);
	struct familiar f = { .artist = v, .own = own, .is_met = is_met };
	size_t with_artist = 0;
	enum qf_status rc = QF_OK;

	if (!v || !own || !is_met) {
		rc = qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", items);
		goto out;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t item = met[i].item;

		own[item] = met[i].weight;
		is_met[item] = true;
		f.most_track = fmax(f.most_track, (double)met[i].weight);
		if (artist[item] != QF_NO_NUMBER)
			v[with_artist++] = (struct entry){ artist[item], (double)met[i].weight };
	}
	f.artists = merge(v, with_artist);
	for (size_t i = 0; i < f.artists; i++)
		f.most_artist = fmax(f.most_artist, v[i].plays);
	for (size_t i = 0; i < items; i++) {
		bool known;

		part[i] = (1 - 2 * d) * familiarity(&f, (uint32_t)i, artist[i], &known);
		if ((d <= 0 && !known) || (d >= 1 && known))
			barred[i] = true;
	}
out:
	qf_free(v);
	qf_free(own);
	qf_free(is_met);
	return rc;
}
