#include "quality/table.h"

#include "base/text.h"
#include "quality/manifest.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH, TITLE, ARTIST, ALBUM, GENRE, YEAR, DURATION, LICENCE, SHA256, KNOWN, COLUMNS_MAX = 100 };

static const struct { const char *name; int is; } heads[] = {
	{ "path", PATH }, { "track_id", PATH }, { "title", TITLE }, { "artist", ARTIST }, { "artist_id", ARTIST }, { "album", ALBUM },
	{ "album_id", ALBUM }, { "genre", GENRE }, { "year", YEAR }, { "date", YEAR }, { "duration_s", DURATION }, { "duration", DURATION },
	{ "licence", LICENCE }, { "license", LICENCE }, { "sha256", SHA256 },
};

struct reader {
	int column[COLUMNS_MAX]; /* what each one is; KNOWN: nothing */
	size_t columns;
	char *cell[KNOWN];       /* of this line, NULL: empty */
};

/* Cut the next cell off *p, which is NULL behind the last. */
static char *next_cell(char **p)
{
	char *cell = *p, *tab = strchr(cell, '\t');

	if (tab)
		*tab = '\0';
	*p = tab ? tab + 1 : NULL;
	return cell;
}

static enum qf_status read_head(struct reader *r, char *line, struct qf_err *e)
{
	bool path = false;

	while (line && r->columns < COLUMNS_MAX) {
		char *name = next_cell(&line);
		int is = KNOWN;

		for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
			if (strcmp(name, heads[i].name) == 0)
				is = heads[i].is;
		for (size_t i = 0; i < r->columns; i++)
			if (r->column[i] == is)
				is = KNOWN; /* the first of a kind counts */
		path |= is == PATH;
		r->column[r->columns++] = is;
	}
	return path ? QF_OK : qf_fail(e, QF_EFORMAT, "line 1: no column is called path or track_id");
}

static bool is_digest(const char *s)
{
	size_t n = 0;

	while (isxdigit((unsigned char)s[n]))
		n++;
	return n == 64 && !s[n];
}

static double number(const char *s)
{
	char *end;
	double v = s ? strtod(s, &end) : NAN;

	return s && *end == '\0' && isfinite(v) ? v : NAN;
}

/* 1987 of "1987-05"; 0: none. */
static int year_of(const char *s)
{
	long v = strtol(s, NULL, 10);

	return v > 0 && v < 10000 ? (int)v : 0;
}

static enum qf_status read_line(struct reader *r, char *line, struct qf_table_row *row, struct qf_err *e)
{
	memset(r->cell, 0, sizeof r->cell);
	for (size_t i = 0; line && i < r->columns; i++) {
		char *cell = next_cell(&line);

		if (r->column[i] == KNOWN || !*cell)
			continue;
		if (r->column[i] != PATH && !qf_utf8_valid(cell, strlen(cell)))
			return qf_fail(e, QF_EFORMAT, "not UTF-8");
		r->cell[r->column[i]] = cell;
	}
	*row = (struct qf_table_row){ r->cell[PATH], r->cell[TITLE], r->cell[ARTIST], r->cell[ALBUM], r->cell[GENRE], r->cell[LICENCE],
				      r->cell[SHA256], r->cell[YEAR] ? year_of(r->cell[YEAR]) : 0, number(r->cell[DURATION]) };
	if (row->path && strncmp(row->path, "./", 2) == 0)
		row->path += 2;
	if (!row->path || !qf_path_stays(row->path, strlen(row->path)))
		return qf_fail(e, QF_EFORMAT, "'%.100s' is no path within the set", row->path ? row->path : "");
	if (row->sha256 && !is_digest(row->sha256))
		return qf_fail(e, QF_EFORMAT, "'%.70s' is no SHA-256", row->sha256);
	return QF_OK;
}

enum qf_status qf_table_read(char *text, size_t n, enum qf_status (*fn)(void *user, const struct qf_table_row *row, struct qf_err *e),
			     void *user, struct qf_err *e)
{
	struct reader r = { .columns = 0 };
	size_t line = 0;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && n) {
		char *lf = memchr(text, '\n', n), place[32];
		size_t len = lf ? (size_t)(lf - text) : n;
		struct qf_table_row row;

		line++;
		if (!lf || memchr(text, '\0', len))
			return qf_fail(e, QF_EFORMAT, "line %zu: %s", line, lf ? "a NUL" : "the table stops without a newline");
		text[len - (len && text[len - 1] == '\r')] = '\0';
		text[len] = '\0';
		if (line == 1) {
			rc = read_head(&r, text, e);
		} else if (*text) {
			rc = read_line(&r, text, &row, e);
			if (rc != QF_OK) {
				snprintf(place, sizeof place, "line %zu", line);
				qf_err_at(e, place);
			} else {
				rc = fn(user, &row, e);
			}
		}
		text += len + 1;
		n -= len + 1;
	}
	return rc == QF_OK && line == 0 ? qf_fail(e, QF_EFORMAT, "an empty table") : rc;
}
