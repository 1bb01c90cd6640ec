#include "station/dayparts.h"

#include "base/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME, DAYS, HOURS, QUERY, ROTATION, ARTIST_GAP, JINGLES, EVERY, LOUDNESS, COLUMNS };

#define WEEK_S (7 * (int64_t)QF_DAY_S)
#define MOST_MINUTES (7 * 24 * 60)

static const char *const day_names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
static const char *const rotations[] = { "query", "score", "shuffle" }; /* as enum qf_rotation */

/* The index of text[n] in names, or -1. */
static int named(const char *const *names, size_t count, const char *text, size_t n)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == n && memcmp(names[i], text, n) == 0)
			return (int)i;
	return -1;
}

static enum qf_status read_days(const char *text, unsigned *days, struct qf_err *e)
{
	*days = 0;
	if (strcmp(text, "daily") == 0) {
		*days = 0x7f;
		return QF_OK;
	}
	for (const char *p = text;; p++) {
		size_t n = strcspn(p, ","), dash = strcspn(p, ",-");
		int first = named(day_names, 7, p, dash), last = first;

		if (dash < n)
			last = named(day_names, 7, p + dash + 1, n - dash - 1);
		if (first < 0 || last < 0)
			return qf_fail(e, QF_EINVAL, "days '%s': wanted is daily, or a list of mon to sun like mon-fri,sun", text);
		for (int d = first;; d = (d + 1) % 7) {
			*days |= 1u << d;
			if (d == last)
				break;
		}
		p += n;
		if (!*p)
			return QF_OK;
	}
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "06:30" as seconds; where it ends, or NULL. */
static const char *read_clock(const char *p, int32_t *s)
{
	int h, m;

	if (!digit(p[0]) || !digit(p[1]) || p[2] != ':' || !digit(p[3]) || !digit(p[4]))
		return NULL;
	h = 10 * (p[0] - '0') + p[1] - '0';
	m = 10 * (p[3] - '0') + p[4] - '0';
	*s = h * 3600 + m * 60;
	return m < 60 && *s <= QF_DAY_S ? p + 5 : NULL;
}

static enum qf_status read_hours(const char *text, struct qf_daypart *d, struct qf_err *e)
{
	const char *p = read_clock(text, &d->from_s);

	p = p && *p == '-' ? read_clock(p + 1, &d->until_s) : NULL;
	if (!p || *p || d->from_s == QF_DAY_S)
		return qf_fail(e, QF_EINVAL, "hours '%s': wanted is something like 06:00-10:00", text);
	if (d->until_s <= d->from_s)
		d->until_s += QF_DAY_S;
	return QF_OK;
}

static enum qf_status read_minutes(const char *text, const char *what, int64_t least, int64_t *seconds, struct qf_err *e)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v * 60 >= (double)least && v <= MOST_MINUTES))
		return qf_fail(e, QF_EINVAL, "%s '%s': wanted are minutes, %s%d", what, text, least ? "more than 0 and up to " : "0 to ", MOST_MINUTES);
	*seconds = (int64_t)llround(v * 60);
	return QF_OK;
}

static enum qf_status read_loudness(const char *text, double *lufs, struct qf_err *e)
{
	char *end;

	*lufs = NAN;
	if (strcmp(text, "-") == 0)
		return QF_OK;
	*lufs = strtod(text, &end);
	if (end == text || *end || !(*lufs >= -40 && *lufs <= -5))
		return qf_fail(e, QF_EINVAL, "loudness '%s': wanted is - or -40 to -5 LUFS", text);
	return QF_OK;
}

static enum qf_status read_cells(char **cell, struct qf_daypart *d, struct qf_err *e)
{
	int r = named(rotations, sizeof rotations / sizeof *rotations, cell[ROTATION], strlen(cell[ROTATION]));
	bool jingles = strcmp(cell[JINGLES], "-") != 0;

	d->name = cell[NAME];
	d->query = strcmp(cell[QUERY], "*") == 0 ? "" : cell[QUERY];
	d->jingles = jingles ? cell[JINGLES] : NULL;
	if (!*d->name)
		return qf_fail(e, QF_EINVAL, "the name is missing");
	if (r < 0)
		return qf_fail(e, QF_EINVAL, "rotation '%s': wanted is query, score or shuffle", cell[ROTATION]);
	d->rotation = (enum qf_rotation)r;
	if (!jingles && strcmp(cell[EVERY], "-") != 0)
		return qf_fail(e, QF_EINVAL, "'%s' minutes between jingles, and no jingles", cell[EVERY]);
	if (read_days(cell[DAYS], &d->days, e) || read_hours(cell[HOURS], d, e) ||
	    read_minutes(cell[ARTIST_GAP], "artist gap", 0, &d->artist_gap_s, e) ||
	    (jingles && read_minutes(cell[EVERY], "between jingles", 1, &d->jingle_every_s, e)))
		return e->code;
	return read_loudness(cell[LOUDNESS], &d->loudness_lufs, e);
}

/* Cut a line, which is ours to change, at its tabs. */
static enum qf_status read_line(char *line, struct qf_daypart *d, struct qf_err *e)
{
	char *cell[COLUMNS];
	size_t n = 0;

	for (char *p = line; p; n++) {
		char *tab = strchr(p, '\t');

		if (tab)
			*tab = '\0';
		if (n < COLUMNS)
			cell[n] = p;
		p = tab ? tab + 1 : NULL;
	}
	if (n != COLUMNS)
		return qf_fail(e, QF_EINVAL, "%zu cells with tabs between, wanted are %d: name, days, hours, query, rotation, artist gap, "
			       "jingles, every, loudness", n, COLUMNS);
	return read_cells(cell, d, e);
}

/* ---- no two at a time ---------------------------------------------------------------------- */

struct stretch { /* of the week, from Monday's midnight */
	int64_t from, until;
	size_t line, daypart;
};

static int by_time(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static enum qf_status check_overlap(const struct qf_daypart *d, const size_t *line, size_t n, struct qf_arena *a, struct qf_err *e)
{
	struct stretch *s = qf_arena_get(a, n * 7 + 1, sizeof *s), *wrapped;
	size_t count = 0;

	if (!s)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu dayparts", n);
	for (size_t i = 0; i < n; i++)
		for (int day = 0; day < 7; day++)
			if (d[i].days >> day & 1)
				s[count++] = (struct stretch){ day * (int64_t)QF_DAY_S + d[i].from_s, day * (int64_t)QF_DAY_S + d[i].until_s, line[i], i };
	if (count == 0)
		return QF_OK;
	qsort(s, count, sizeof *s, by_time);
	wrapped = &s[count]; /* behind Sunday comes Monday */
	*wrapped = s[0];
	wrapped->from += WEEK_S;
	for (size_t i = 0; i < count; i++)
		if (s[i + 1].from < s[i].until)
			return qf_fail(e, QF_EINVAL, "lines %zu and %zu: %s and %s are on air at the same time on %s", s[i].line, s[i + 1].line,
				       d[s[i].daypart].name, d[s[i + 1].daypart].name, day_names[s[i + 1].from % WEEK_S / QF_DAY_S]);
	return QF_OK;
}

/* ---- the table ------------------------------------------------------------------------------ */

static enum qf_status at_line(size_t number, struct qf_err *e)
{
	char place[32];

	snprintf(place, sizeof place, "line %zu", number);
	return qf_err_at(e, place);
}

static size_t count_lines(const char *text, size_t size)
{
	size_t n = 1;

	for (size_t i = 0; i < size; i++)
		n += text[i] == '\n';
	return n;
}

enum qf_status qf_dayparts_parse(const char *text, size_t size, struct qf_arena *a, struct qf_daypart **out, size_t *n,
				 struct qf_err *e)
{
	size_t lines = count_lines(text, size), number = 0;
	char *copy = qf_arena_dup(a, text, size);
	size_t *line;

	*n = 0;
	if (memchr(text, '\0', size) || !qf_utf8_valid(text, size))
		return qf_fail(e, QF_EINVAL, "this is no text in UTF-8");
	lines = lines < QF_DAYPARTS_MAX ? lines : QF_DAYPARTS_MAX;
	*out = qf_arena_get(a, lines, sizeof **out);
	line = qf_arena_get(a, lines, sizeof *line);
	if (!copy || !*out || !line)
		return qf_fail(e, QF_ENOMEM, "out of memory for a table of %zu bytes", size);
	for (char *p = copy, *end; p; p = end) {
		end = strchr(p, '\n');
		if (end)
			*end++ = '\0';
		number++;
		p[strcspn(p, "\r")] = '\0';
		if (!*p || *p == '#')
			continue;
		if (*n == QF_DAYPARTS_MAX)
			return qf_fail(e, QF_ELIMIT, "more than %d dayparts", QF_DAYPARTS_MAX);
		(*out)[*n] = (struct qf_daypart){ 0 };
		if (read_line(p, &(*out)[*n], e))
			return at_line(number, e);
		line[(*n)++] = number;
	}
	return check_overlap(*out, line, *n, a, e);
}
