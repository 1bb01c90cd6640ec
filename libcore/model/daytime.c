#include "model/daytime.h"

#include "base/alloc.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define REACH 3.0 /* hours */
#define OTHER_DAY 0.25
#define SMOOTH 5.0 /* acts */
#define TEMPO_BAND 20.0F
enum { TEMPO_BANDS = 20, ENERGY_BANDS = 5 };

/* ---- reading ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	int hour[2], day[2]; /* from, to; -1 and 0: says nothing of it */
} words[] = {
	{ "morning", { 6, 11 }, { 0 } },    { "afternoon", { 12, 17 }, { 0 } }, { "evening", { 18, 22 }, { 0 } },
	{ "night", { 23, 4 }, { 0 } },      { "weekday", { -1 }, { 1, 5 } },	{ "workday", { -1 }, { 1, 5 } },
	{ "weekend", { -1 }, { 6, 7 } },    { "monday", { -1 }, { 1, 1 } },	{ "tuesday", { -1 }, { 2, 2 } },
	{ "wednesday", { -1 }, { 3, 3 } },  { "thursday", { -1 }, { 4, 4 } },	{ "friday", { -1 }, { 5, 5 } },
	{ "saturday", { -1 }, { 6, 6 } },   { "sunday", { -1 }, { 7, 7 } },
};

static bool is_word(const char *name, const char *p, size_t n)
{
	size_t whole = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (i >= whole || tolower((unsigned char)p[i]) != name[i])
			return false;
	return n == whole || (n == 3 && strcmp(name + whole - 3, "day") == 0); /* "mon" */
}

static bool read_word(struct qf_daytime *m, const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!is_word(words[i].name, p, n))
			continue;
		for (int h = words[i].hour[0]; h >= 0; h = h == words[i].hour[1] ? -1 : (h + 1) % 24)
			m->hour[h] = true;
		for (int d = words[i].day[0]; d && d <= words[i].day[1]; d++)
			m->day[d] = true;
		return true;
	}
	return false;
}

/* "8", "08", "8:15": the hour. */
static bool read_hour(struct qf_daytime *m, const char *p, size_t n)
{
	char *end;
	long hour, minute = 0;

	if (n == 0 || n > 5 || !isdigit((unsigned char)*p))
		return false;
	hour = strtol(p, &end, 10);
	if (*end == ':' && isdigit((unsigned char)end[1]))
		minute = strtol(end + 1, &end, 10);
	if (end != p + n || hour > 23 || minute > 59)
		return false;
	m->hour[hour] = true;
	return true;
}

enum qf_status qf_daytime_read(struct qf_daytime *m, const char *text, int now_hour, int now_day, struct qf_err *e)
{
	bool any = false;

	memset(m, 0, sizeof *m);
	for (const char *p = text + strspn(text, " ,"); *p; p += strspn(p, " ,")) {
		size_t n = strcspn(p, " ,");

		if (n == 3 && memcmp(p, "now", 3) == 0)
			m->hour[now_hour] = m->day[now_day] = true;
		else if (!read_hour(m, p, n) && !read_word(m, p, n))
			return qf_fail(e, QF_EINVAL, "'%.*s' is no time: now, an hour (0 to 23), a day of the week, weekday, weekend,"
						     " morning, afternoon, evening or night", n > 40 ? 40 : (int)n, p);
		any = true;
		p += n;
	}
	return any ? QF_OK : qf_fail(e, QF_EINVAL, "no time is given");
}

/* ---- nearness ------------------------------------------------------------------------------ */

static double near_hour(const struct qf_daytime *m, int hour)
{
	double best = 0;
	bool any = true;

	for (int h = 0; h < 24; h++) {
		int d = abs(h - hour);

		if (!m->hour[h])
			continue;
		any = false;
		d = d > 12 ? 24 - d : d;
		if (d < REACH)
			best = fmax(best, (1 + cos(PI * d / REACH)) / 2);
	}
	return any ? 1 : best;
}

static double near_day(const struct qf_daytime *m, int day)
{
	bool any = true, same_half = false;

	for (int d = 1; d <= 7; d++)
		if (m->day[d]) {
			any = false;
			same_half = same_half || (d > 5) == (day > 5);
		}
	if (any || m->day[day])
		return 1;
	return same_half ? OTHER_DAY : 0;
}

double qf_daytime_near(const struct qf_daytime *m, int hour, int day)
{
	return near_hour(m, hour) * near_day(m, day);
}

/* ---- lifts --------------------------------------------------------------------------------- */

static uint32_t track_of(const struct qf_facets *f, uint32_t item)
{
	(void)f;
	return item;
}

static uint32_t artist_of(const struct qf_facets *f, uint32_t item)
{
	return f->artist[item];
}

static uint32_t genre_of(const struct qf_facets *f, uint32_t item)
{
	uint32_t g = f->genre[item * (size_t)QF_GENRES];

	return g ? g : QF_NO_NUMBER;
}

static uint32_t band(float v, float width, uint32_t bands)
{
	if (!isfinite(v) || v < 0)
		return QF_NO_NUMBER;
	return v / width < (float)bands ? (uint32_t)(v / width) : bands - 1;
}

static uint32_t tempo_of(const struct qf_facets *f, uint32_t item)
{
	return band(f->value[item * (size_t)QF_FACETS + QF_FACET_TEMPO], TEMPO_BAND, TEMPO_BANDS);
}

static uint32_t energy_of(const struct qf_facets *f, uint32_t item)
{
	return band(f->value[item * (size_t)QF_FACETS + QF_FACET_ENERGY], 1.0F / ENERGY_BANDS, ENERGY_BANDS);
}

static uint32_t (*const views[])(const struct qf_facets *f, uint32_t item) = { track_of, artist_of, genre_of, tempo_of, energy_of };
enum { VIEWS = sizeof views / sizeof *views };

struct tally { /* of one view */
	double *all, *then; /* by value */
	double every, every_then;
};

static void count(struct tally *t, uint32_t (*view)(const struct qf_facets *, uint32_t), const struct qf_daytime *m,
		  const struct qf_act_then *act, size_t n, const struct qf_facets *f)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t x = view(f, act[i].item);
		double w = (double)act[i].weight, near = w * qf_daytime_near(m, act[i].hour, act[i].day);

		if (x == QF_NO_NUMBER)
			continue;
		t->all[x] += w;
		t->then[x] += near;
		t->every += w;
		t->every_then += near;
	}
}

static double lift_of(const struct tally *t, uint32_t x)
{
	double p = t->all[x] / t->every;
	double then = (t->then[x] + SMOOTH * p) / (t->every_then + SMOOTH);

	return fmin(fmax(log2(then / p), -1), 1);
}

/* How many numbers a view may give. */
static size_t range(const struct qf_facets *f, uint32_t (*view)(const struct qf_facets *, uint32_t))
{
	size_t most = 0;

	for (size_t i = 0; i < f->n; i++) {
		uint32_t x = view(f, (uint32_t)i);

		if (x != QF_NO_NUMBER && x + (size_t)1 > most)
			most = x + (size_t)1;
	}
	return most;
}

enum qf_status qf_daytime_lift(const struct qf_daytime *m, const struct qf_act_then *act, size_t n, const struct qf_facets *f,
			      double *lift, struct qf_err *e)
{
	uint8_t *known = qf_zalloc(f->n, sizeof *known); /* views that say something */
	enum qf_status rc = known ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", f->n);

	memset(lift, 0, f->n * sizeof *lift);
	for (size_t v = 0; rc == QF_OK && v < VIEWS; v++) {
		size_t values = range(f, views[v]);
		struct tally t = { .all = qf_zalloc(values, sizeof *t.all), .then = qf_zalloc(values, sizeof *t.then) };

		if (t.all && t.then)
			count(&t, views[v], m, act, n, f);
		else
			rc = qf_fail(e, QF_ENOMEM, "out of memory for %zu values", values);
		for (size_t i = 0; rc == QF_OK && i < f->n; i++) {
			uint32_t x = views[v](f, (uint32_t)i);

			if (x == QF_NO_NUMBER || !(t.all[x] > 0))
				continue;
			lift[i] += lift_of(&t, x);
			known[i]++;
		}
		qf_free(t.all);
		qf_free(t.then);
	}
	for (size_t i = 0; known && i < f->n; i++)
		lift[i] /= known[i] ? known[i] : 1;
	qf_free(known);
	return rc;
}
