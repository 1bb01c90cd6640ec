#include "model/profile.h"

#include "base/alloc.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- shares ---------------------------------------------------------------------------------- */

enum { MOST_OF_ACT = 32 };

struct part { /* of an act, that counts for one number */
	uint32_t of;
	double part;
};

static size_t genre_parts(const struct qf_facets *f, uint32_t item, struct part *out)
{
	const uint32_t *g = f->genre + item * (size_t)QF_GENRES;
	size_t n = 0;

	while (n < QF_GENRES && g[n] != QF_NO_NUMBER && g[n] != 0)
		n++;
	for (size_t i = 0; i < n; i++)
		out[i] = (struct part){ g[i], 1 / (double)n };
	return n;
}

static size_t decade_parts(const struct qf_facets *f, uint32_t item, struct part *out)
{
	int year = f->year[item];

	*out = (struct part){ (uint32_t)(year > 0 ? year - year % 10 : 0), 1 };
	return year > 0;
}

static size_t key_parts(const struct qf_facets *f, uint32_t item, struct part *out)
{
	*out = (struct part){ f->key[item], 1 };
	return f->key[item] != 0;
}

static size_t mood_parts(const struct qf_facets *f, uint32_t item, struct part *out)
{
	size_t n = 0;

	for (uint32_t m = 0; m < f->mood_names; m++)
		if (f->moods[item] >> m & 1)
			out[n++] = (struct part){ m, 1 };
	return n;
}

static size_t artist_parts(const struct qf_facets *f, uint32_t item, struct part *out)
{
	*out = (struct part){ f->artist[item], 1 };
	return f->artist[item] != QF_NO_NUMBER;
}

static size_t track_parts(const struct qf_facets *f, uint32_t item, struct part *out)
{
	(void)f;
	*out = (struct part){ item, 1 };
	return 1;
}

static size_t (*const parts_of[QF_ASPECTS])(const struct qf_facets *f, uint32_t item, struct part *out) = {
	[QF_ASPECT_GENRE] = genre_parts, [QF_ASPECT_DECADE] = decade_parts, [QF_ASPECT_KEY] = key_parts,
	[QF_ASPECT_MOOD] = mood_parts,	 [QF_ASPECT_ARTIST] = artist_parts, [QF_ASPECT_TRACK] = track_parts,
};

static int by_number(const void *a, const void *b)
{
	const struct qf_share *x = a, *y = b;

	return x->of < y->of ? -1 : x->of > y->of;
}

/* Also by share, so that sums do not depend on how qsort() leaves equals. */
static int by_number_and_share(const void *a, const void *b)
{
	const struct qf_share *x = a, *y = b;
	int order = by_number(a, b);

	return order ? order : x->share < y->share ? -1 : x->share > y->share;
}

static int greatest_first(const void *a, const void *b)
{
	const struct qf_share *x = a, *y = b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	return by_number(a, b);
}

/* One entry for each number, with the sum of its shares. Returns how many. */
static size_t merge(struct qf_share *v, size_t n)
{
	size_t to = 0;

	qsort(v, n, sizeof *v, by_number_and_share);
	for (size_t i = 0; i < n; i++)
		if (to && v[to - 1].of == v[i].of)
			v[to - 1].share += v[i].share;
		else
			v[to++] = v[i];
	return to;
}

static enum qf_status find_shares(struct qf_shares *s, enum qf_aspect aspect, const struct qf_listen *act, size_t n,
				  const struct qf_facets *f, struct qf_err *e)
{
	struct part part[MOST_OF_ACT];
	size_t room = 0;
	double weight = 0;

	for (size_t i = 0; i < n; i++)
		room += parts_of[aspect](f, act[i].item, part);
	s->v = qf_alloc(room, sizeof *s->v);
	if (!s->v)
		return qf_fail(e, QF_ENOMEM, "profile: out of memory for %zu acts", n);
	for (size_t i = 0; i < n; i++) {
		size_t k = parts_of[aspect](f, act[i].item, part);

		for (size_t j = 0; j < k; j++)
			s->v[s->n++] = (struct qf_share){ part[j].of, part[j].part * (double)act[i].weight };
		weight += k ? (double)act[i].weight : 0;
	}
	s->n = merge(s->v, s->n);
	for (size_t i = 0; i < s->n; i++)
		s->v[i].share /= weight;
	qsort(s->v, s->n, sizeof *s->v, greatest_first);
	return QF_OK;
}

/* ---- facets ---------------------------------------------------------------------------------- */

struct weighed {
	double value, weight;
};

static int by_value(const void *a, const void *b)
{
	const struct weighed *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

static double passed_by(const struct weighed *v, size_t n, double weight, double part)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		if ((sum += v[i].weight) >= part * weight)
			return v[i].value;
	return v[n - 1].value;
}

static void describe(struct qf_range_of *r, struct weighed *v, size_t n)
{
	double weight = 0, sum = 0, square = 0;

	*r = (struct qf_range_of){ .n = n };
	if (n == 0)
		return;
	qsort(v, n, sizeof *v, by_value);
	for (size_t i = 0; i < n; i++) {
		weight += v[i].weight;
		sum += v[i].weight * v[i].value;
	}
	r->mean = sum / weight;
	for (size_t i = 0; i < n; i++)
		square += v[i].weight * (v[i].value - r->mean) * (v[i].value - r->mean);
	r->sd = sqrt(square / weight);
	r->low = passed_by(v, n, weight, 0.1);
	r->median = passed_by(v, n, weight, 0.5);
	r->high = passed_by(v, n, weight, 0.9);
}

static enum qf_status find_facets(struct qf_profile *p, const struct qf_listen *act, size_t n, const struct qf_facets *f, struct qf_err *e)
{
	struct weighed *v = qf_alloc(n, sizeof *v);

	if (!v)
		return qf_fail(e, QF_ENOMEM, "profile: out of memory for %zu acts", n);
	for (size_t k = 0; k < QF_FACETS; k++) {
		size_t known = 0;

		for (size_t i = 0; i < n; i++) {
			double value = (double)f->value[act[i].item * (size_t)QF_FACETS + k];

			if (isfinite(value))
				v[known++] = (struct weighed){ value, (double)act[i].weight };
		}
		describe(&p->facet[k], v, known);
	}
	qf_free(v);
	return QF_OK;
}

static void find_times(struct qf_profile *p, const struct qf_listen *act, size_t n)
{
	double weight = 0;

	for (size_t i = 0; i < n; i++) {
		if (act[i].day < 1 || act[i].day > 7)
			continue;
		p->timed++;
		weight += (double)act[i].weight;
		p->hour[act[i].hour] += (double)act[i].weight;
		p->day[act[i].day] += (double)act[i].weight;
	}
	for (size_t h = 0; h < 24 && weight > 0; h++)
		p->hour[h] /= weight;
	for (size_t d = 0; d < 8 && weight > 0; d++)
		p->day[d] /= weight;
}

/* ---- quarters ---------------------------------------------------------------------------------- */

/* Year and quarter of an instant, UTC: the proleptic Gregorian calendar by eras of 400 years that begin in March. */
static int quarter_of(int64_t at, int *year)
{
	int64_t days = at / 86400 - (at % 86400 < 0) + 719468, era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100), month = (5 * of_year + 2) / 153 + 3; /* 3 March to 14 February */

	*year = (int)(y + era * 400 + (month > 12));
	return (int)((month > 12 ? month - 13 : month - 1) / 3 + 1);
}

static double mean_of(const struct qf_listen *act, size_t n, const struct qf_facets *f, enum qf_facet facet)
{
	double sum = 0, weight = 0;

	for (size_t i = 0; i < n; i++) {
		double v = (double)f->value[act[i].item * (size_t)QF_FACETS + facet];

		if (!isfinite(v))
			continue;
		sum += v * (double)act[i].weight;
		weight += (double)act[i].weight;
	}
	return weight > 0 ? sum / weight : NAN;
}

static double share_in(const struct qf_shares *s, uint32_t of)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].of == of)
			return s->v[i].share;
	return 0;
}

static double change(const struct qf_shares *from, const struct qf_shares *to)
{
	double sum = 0;

	if (from->n == 0 || to->n == 0)
		return NAN;
	for (size_t i = 0; i < to->n; i++)
		sum += fabs(to->v[i].share - share_in(from, to->v[i].of));
	for (size_t i = 0; i < from->n; i++)
		sum += share_in(to, from->v[i].of) > 0 ? 0 : from->v[i].share;
	return sum / 2;
}

/* first[artist]: the place in act[] of the artist's first act, among all. */
static enum qf_status add_quarter(struct qf_profile *p, const struct qf_listen *act, size_t from, size_t to, const size_t *first,
				  const struct qf_facets *f, struct qf_err *e)
{
	struct qf_quarter *q = &p->quarter[p->quarters++];
	double fresh = 0;

	*q = (struct qf_quarter){ .tempo = mean_of(act + from, to - from, f, QF_FACET_TEMPO), .change = NAN,
				  .energy = mean_of(act + from, to - from, f, QF_FACET_ENERGY) };
	q->quarter = quarter_of(act[from].at, &q->year);
	for (size_t i = from; i < to; i++) {
		q->weight += (double)act[i].weight;
		if (first[i] != SIZE_MAX && first[i] >= from)
			fresh += (double)act[i].weight;
	}
	q->new_artists = fresh / q->weight;
	if (find_shares(&q->genre, QF_ASPECT_GENRE, act + from, to - from, f, e))
		return e->code;
	if (p->quarters > 1)
		q->change = change(&q[-1].genre, &q->genre);
	return QF_OK;
}

struct heard {
	uint32_t artist;
	size_t at;
};

static int by_artist(const void *a, const void *b)
{
	const struct heard *x = a, *y = b;

	if (x->artist != y->artist)
		return x->artist < y->artist ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* For each act the place of the first act of the same artist; SIZE_MAX for a track without one, which is never new. */
static size_t *first_acts(const struct qf_listen *act, size_t n, const struct qf_facets *f)
{
	struct heard *v = qf_alloc(n, sizeof *v);
	size_t *first = qf_alloc(n, sizeof *first), at = 0;

	for (size_t i = 0; v && i < n; i++)
		v[i] = (struct heard){ f->artist[act[i].item], i };
	if (v)
		qsort(v, n, sizeof *v, by_artist);
	for (size_t i = 0; v && first && i < n; i++) {
		if (i == 0 || v[i].artist != v[i - 1].artist)
			at = v[i].at;
		first[v[i].at] = v[i].artist == QF_NO_NUMBER ? SIZE_MAX : at;
	}
	qf_free(v);
	if (!v) {
		qf_free(first);
		return NULL;
	}
	return first;
}

static enum qf_status find_quarters(struct qf_profile *p, const struct qf_listen *act, size_t n, const struct qf_facets *f, struct qf_err *e)
{
	size_t *first = first_acts(act, n, f), from = 0, count = 0, last = SIZE_MAX;
	enum qf_status rc = QF_OK;

	while (from < n && act[from].at <= 0)
		from++;
	for (size_t i = from; i < n; i++) {
		int year, quarter = quarter_of(act[i].at, &year);
		size_t number = (size_t)(year * 4 + quarter);

		count += number != last;
		last = number;
	}
	p->quarter = qf_zalloc(count, sizeof *p->quarter);
	if (!first || !p->quarter)
		rc = qf_fail(e, QF_ENOMEM, "profile: out of memory for %zu acts", n);
	for (size_t to; rc == QF_OK && from < n; from = to) {
		int year, quarter = quarter_of(act[from].at, &year), y;

		for (to = from + 1; to < n && quarter_of(act[to].at, &y) == quarter && y == year; to++)
			;
		rc = add_quarter(p, act, from, to, first, f, e);
	}
	qf_free(first);
	return rc;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

enum qf_status qf_profile_make(struct qf_profile *p, const struct qf_listen *act, size_t n, const struct qf_facets *f, struct qf_err *e)
{
	memset(p, 0, sizeof *p);
	for (size_t i = 0; i < n; i++)
		p->weight += (double)act[i].weight;
	for (enum qf_aspect a = 0; a < QF_ASPECTS; a++)
		if (find_shares(&p->aspect[a], a, act, n, f, e))
			return e->code;
	p->tracks = p->aspect[QF_ASPECT_TRACK].n;
	p->artists = p->aspect[QF_ASPECT_ARTIST].n;
	find_times(p, act, n);
	return find_facets(p, act, n, f, e) ? e->code : find_quarters(p, act, n, f, e);
}

void qf_profile_free(struct qf_profile *p)
{
	for (size_t a = 0; a < QF_ASPECTS; a++)
		qf_free(p->aspect[a].v);
	for (size_t i = 0; i < p->quarters; i++)
		qf_free(p->quarter[i].genre.v);
	qf_free(p->quarter);
	memset(p, 0, sizeof *p);
}
