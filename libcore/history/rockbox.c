/* Rockbox's .scrobbler.log, of the portable player scrobbler working group's form 1.1.
 *
 *   #AUDIOSCROBBLER/1.1
 *   #TZ/UTC, or #TZ/UNKNOWN: then times are those of the player's clock
 *   #CLIENT/…
 *   artist, album, title, track number, seconds, rating, start, MusicBrainz recording id
 *
 * with tabs between. Rating L: at least half of it was heard; S: it was skipped. Lines
 * that begin with # among them ("# FAILED …") say nothing of listening. */
#include "history/format.h"

#include <string.h>

enum { ARTIST, ALBUM, TITLE, NUMBER, SECONDS, RATING, START, MBID, CELLS };

static bool begins(struct qf_span line, const char *with)
{
	size_t n = strlen(with);

	return line.n >= n && memcmp(line.p, with, n) == 0;
}

bool qf_rockbox_sniff(struct qf_span line)
{
	return begins(line, "#AUDIOSCROBBLER/");
}

static const char *tagged(const char *cell)
{
	return strcmp(cell, "<Untagged>") == 0 ? "" : cell;
}

static enum qf_status entry(struct qf_record *r, const char *const *cell, struct qf_err *e)
{
	struct qf_event ev = qf_record_event(r, "rockbox"), length = { 0 };
	enum qf_status rc;

	if (strcmp(cell[RATING], "L") != 0 && strcmp(cell[RATING], "S") != 0)
		return qf_fail(e, QF_EFORMAT, "the rating is neither L nor S");
	if (strcmp(cell[RATING], "S") == 0)
		ev.action = QF_ACTION_SKIP;
	else
		ev.derived = true;
	if ((rc = qf_cell_text(tagged(cell[ARTIST]), &ev.artist, e)) != QF_OK ||
	    (rc = qf_cell_text(tagged(cell[ALBUM]), &ev.album, e)) != QF_OK ||
	    (rc = qf_cell_text(tagged(cell[TITLE]), &ev.title, e)) != QF_OK ||
	    (rc = qf_cell_mbid(r, cell[MBID], &ev.mbid, e)) != QF_OK ||
	    (rc = qf_cell_time(r, cell[START], true, &ev, e)) != QF_OK)
		return rc;
	if (ev.t && r->state->local && (rc = qf_record_to_utc(r, &ev.t, e)) != QF_OK)
		return rc;
	if (strlen(cell[SECONDS]) < 6 && qf_cell_time(r, cell[SECONDS], true, &length, NULL) == QF_OK)
		ev.dur_ms = length.t * 1000;
	return qf_record_emit(r, &ev, e);
}

enum qf_status qf_rockbox_parse(struct qf_record *r, struct qf_err *e)
{
	const char *cell[CELLS];
	enum qf_status rc;
	size_t n;

	if (begins(r->body, "#TZ/"))
		r->state->local = !begins(r->body, "#TZ/UTC");
	if (begins(r->body, "#"))
		return QF_OK;
	if ((rc = qf_cells(r, '\t', cell, CELLS, &n, e)) != QF_OK)
		return rc;
	if (n < MBID) /* which form 1.0 does not have */
		return qf_fail(e, QF_EFORMAT, "%zu columns instead of 8", n);
	if (n == MBID)
		cell[MBID] = "";
	return entry(r, cell, e);
}
