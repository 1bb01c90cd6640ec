/* Tables of scrobbles: Last.fm, as its several exporters write it, and Libre.fm.
 *
 *   lastfm    a header with "uts" or "utc_time", artist and track, in any order:
 *                 uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid
 *             or no header: artist, album, track, "dd Mon yyyy hh:mm" (UTC)
 *   librefm   a header with another time, artist and track: time,artist,track,album
 *
 * Cells are divided by commas, semicolons or tabs, whichever the header has first. */
#include "history/format.h"

#include "history/time.h"

#include <string.h>

enum { CELLS = 32 };

static const struct {
	const char *head;
	enum qf_column column;
} heads[] = {
	{ "uts", QF_COL_TIME_UTC }, { "utc_time", QF_COL_TIME_UTC }, /* the first one of a kind counts, which is the more precise */
	{ "time", QF_COL_TIME }, { "date", QF_COL_TIME }, { "timestamp", QF_COL_TIME }, { "datetime", QF_COL_TIME },
	{ "artist", QF_COL_ARTIST }, { "artist_name", QF_COL_ARTIST }, { "artist name", QF_COL_ARTIST },
	{ "track", QF_COL_TITLE }, { "title", QF_COL_TITLE }, { "track_name", QF_COL_TITLE }, { "track name", QF_COL_TITLE },
	{ "name", QF_COL_TITLE }, { "song", QF_COL_TITLE },
	{ "album", QF_COL_ALBUM }, { "album_name", QF_COL_ALBUM }, { "album name", QF_COL_ALBUM }, { "release", QF_COL_ALBUM },
	{ "track_mbid", QF_COL_MBID }, { "recording_mbid", QF_COL_MBID }, { "track mbid", QF_COL_MBID },
	{ "duration", QF_COL_SECONDS }, { "length", QF_COL_SECONDS },
};

static bool same_word(const char *p, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!word[i] || (p[i] >= 'A' && p[i] <= 'Z' ? p[i] - 'A' + 'a' : p[i]) != word[i])
			return false; /* the cell may hold a NUL where the word ends */
	return word[n] == '\0';
}

static int head_of(const char *p, size_t n)
{
	if (n >= 2 && p[0] == '"' && p[n - 1] == '"') {
		p++;
		n -= 2;
	}
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (same_word(p, n, heads[i].head))
			return (int)heads[i].column;
	return -1;
}

/* Whether the line is a header of a table of scrobbles; its columns go to *to. */
static bool read_header(struct qf_span line, struct qf_format_state *to)
{
	size_t at = 0;
	int number = 1;

	while (at < line.n && !strchr(",;\t", line.p[at]))
		at++;
	if (at == line.n)
		return false;
	to->separator = line.p[at];
	for (at = 0; at <= line.n; number++) {
		const char *from = line.p + at, *stop = at < line.n ? memchr(from, to->separator, line.n - at) : NULL;
		size_t n = stop ? (size_t)(stop - from) : line.n - at;
		int column = head_of(from, n);

		if (column >= 0 && !to->column[column])
			to->column[column] = number;
		at += n + 1;
	}
	return to->column[QF_COL_ARTIST] && to->column[QF_COL_TITLE] && (to->column[QF_COL_TIME] || to->column[QF_COL_TIME_UTC]);
}

/* Without a header: the line ends with a time in words. */
static bool ends_with_words(struct qf_span line)
{
	size_t n = line.n - (line.n && line.p[line.n - 1] == '"'), from = n;
	struct qf_moment m;

	while (from && !strchr("\",", line.p[from - 1]))
		from--;
	if (qf_time_read_words(line.p + from, n - from, &m))
		return true;
	while (from && line.p[from - 1] == ',') /* "02 Jan 2026, 03:04" */
		for (from--; from && !strchr("\",", line.p[from - 1]);)
			from--;
	return qf_time_read_words(line.p + from, n - from, &m);
}

bool qf_lastfm_sniff(struct qf_span line)
{
	struct qf_format_state s = { 0 };

	return read_header(line, &s) ? s.column[QF_COL_TIME_UTC] != 0 : ends_with_words(line);
}

bool qf_librefm_sniff(struct qf_span line)
{
	struct qf_format_state s = { 0 };

	return read_header(line, &s) && !s.column[QF_COL_TIME_UTC];
}

static const char *cell_of(const struct qf_record *r, const char *const *cell, size_t n, enum qf_column column)
{
	size_t at = (size_t)r->state->column[column];

	return at && at <= n ? cell[at - 1] : "";
}

static enum qf_status scrobble(struct qf_record *r, const char *src, struct qf_err *e)
{
	struct qf_event ev = qf_record_event(r, src);
	const char *cell[CELLS], *utc, *seconds, *t;
	enum qf_status rc;
	size_t n;

	ev.derived = true;
	if ((rc = qf_cells(r, r->state->separator, cell, CELLS, &n, e)) != QF_OK)
		return rc;
	utc = cell_of(r, cell, n, QF_COL_TIME_UTC);
	t = *utc ? utc : cell_of(r, cell, n, QF_COL_TIME);
	if (!*t)
		return qf_fail(e, QF_EFORMAT, "no time");
	if ((rc = qf_cell_time(r, t, t == utc, &ev, e)) != QF_OK ||
	    (rc = qf_cell_text(cell_of(r, cell, n, QF_COL_ARTIST), &ev.artist, e)) != QF_OK ||
	    (rc = qf_cell_text(cell_of(r, cell, n, QF_COL_TITLE), &ev.title, e)) != QF_OK ||
	    (rc = qf_cell_text(cell_of(r, cell, n, QF_COL_ALBUM), &ev.album, e)) != QF_OK ||
	    (rc = qf_cell_mbid(r, cell_of(r, cell, n, QF_COL_MBID), &ev.mbid, e)) != QF_OK)
		return rc;
	seconds = cell_of(r, cell, n, QF_COL_SECONDS);
	if (*seconds && strspn(seconds, "0123456789") == strlen(seconds) && strlen(seconds) < 6)
		for (; *seconds; seconds++)
			ev.dur_ms = ev.dur_ms * 10 + (*seconds - '0') * INT64_C(1000);
	return qf_record_emit(r, &ev, e);
}

static const struct qf_format_state headerless = {
	.separator = ',',
	.column = { [QF_COL_ARTIST] = 1, [QF_COL_ALBUM] = 2, [QF_COL_TITLE] = 3, [QF_COL_TIME_UTC] = 4 },
};

enum qf_status qf_lastfm_parse(struct qf_record *r, struct qf_err *e)
{
	if (!r->state->begun) {
		bool header = read_header(r->body, r->state);

		if (!header)
			*r->state = headerless;
		r->state->begun = true;
		if (header)
			return QF_OK;
	}
	return scrobble(r, "lastfm", e);
}

enum qf_status qf_librefm_parse(struct qf_record *r, struct qf_err *e)
{
	if (r->state->begun)
		return r->state->separator ? scrobble(r, "librefm", e) : QF_OK;
	r->state->begun = true;
	if (read_header(r->body, r->state))
		return QF_OK;
	r->state->separator = '\0';
	return qf_fail(e, QF_EFORMAT, "no header that names time, artist and track; the file was not read");
}
