#include "playlist/jspf.h"

#include "playlist/mbid.h"
#include "playlist/spelling.h"
#include "rows/json.h"

#include <math.h>
#include <string.h>

/* What stands in additional_metadata. */
static const struct {
	const char *key;
	size_t at; /* in struct qf_entry, a double */
	int decimals;
} numbers[] = {
	{ "score", offsetof(struct qf_entry, score), 6 }, { "trust", offsetof(struct qf_entry, trust), 4 },
	{ "quality", offsetof(struct qf_entry, quality), 4 }, { "tempo_bpm", offsetof(struct qf_entry, tempo_bpm), 2 },
	{ "energy", offsetof(struct qf_entry, energy), 3 },
};
#define N_NUMBERS (sizeof numbers / sizeof *numbers)

static void put_text(struct qf_buf *out, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	qf_json_put_str(out, key, text);
}

/* MusicBrainz and ISRC, as URIs. */
static void put_identifiers(struct qf_buf *out, const struct qf_entry *t)
{
	struct qf_buf uri = { 0 };

	if (!qf_mbid_valid(t->mbid) && !t->isrc)
		return;
	qf_json_key(out, "identifier");
	qf_json_open(out, '[');
	if (qf_mbid_valid(t->mbid)) {
		qf_buf_printf(&uri, QF_MBID_RECORDING "%s", t->mbid);
		qf_json_strn(out, uri.p ? uri.p : "", uri.len);
	}
	if (t->isrc) {
		qf_buf_clear(&uri);
		qf_buf_printf(&uri, "urn:isrc:%s", t->isrc);
		qf_json_strn(out, uri.p ? uri.p : "", uri.len);
	}
	qf_json_close(out, ']');
	out->failed |= uri.failed;
	qf_buf_free(&uri);
}

static void put_extension(struct qf_buf *out, const struct qf_entry *t)
{
	qf_json_key(out, "extension");
	qf_json_open(out, '{');
	qf_json_key(out, QF_JSPF_TRACK);
	qf_json_open(out, '{');
	qf_json_key(out, "additional_metadata");
	qf_json_open(out, '{');
	for (size_t i = 0; i < N_NUMBERS; i++) {
		double v = *(const double *)(const void *)((const char *)t + numbers[i].at);

		if (isfinite(v))
			qf_json_put_num(out, numbers[i].key, v, numbers[i].decimals);
	}
	put_text(out, "camelot", t->camelot);
	qf_json_close(out, '}');
	qf_json_close(out, '}');
	qf_json_close(out, '}');
}

static void put_track(struct qf_buf *out, const struct qf_playlist *list, size_t i)
{
	const struct qf_entry *t = &list->entries[i];
	struct qf_buf uri = { 0 };

	qf_json_open(out, '{');
	qf_uri_put(&uri, list, i);
	qf_json_key(out, "location");
	qf_json_open(out, '[');
	qf_json_strn(out, uri.p ? uri.p : "", uri.len);
	qf_json_close(out, ']');
	out->failed |= uri.failed;
	put_identifiers(out, t);
	put_text(out, "title", t->title);
	put_text(out, "creator", t->artist);
	put_text(out, "album", t->album);
	if (t->duration_ms > 0)
		qf_json_put_int(out, "duration", t->duration_ms);
	put_extension(out, t);
	qf_json_close(out, '}');
	qf_buf_free(&uri);
}

enum qf_status qf_jspf_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e)
{
	qf_json_open(out, '{');
	qf_json_key(out, "playlist");
	qf_json_open(out, '{');
	put_text(out, "title", list->title);
	put_text(out, "creator", "qfzz");
	put_text(out, "annotation", list->note);
	qf_json_key(out, "extension");
	qf_json_open(out, '{');
	qf_json_key(out, QF_JSPF_PLAYLIST);
	qf_json_open(out, '{');
	qf_json_put_bool(out, "public", false);
	qf_json_close(out, '}');
	qf_json_close(out, '}');
	qf_json_key(out, "track");
	qf_json_open(out, '[');
	for (size_t i = 0; i < list->n; i++)
		if (!qf_uri_refuses(list, i))
			put_track(out, list, i);
	qf_buf_puts(out, "]}}\n");
	return qf_buf_check(out, e);
}

/* ---- reading ---------------------------------------------------------------------------------- */

/* A member that is a string, or the first of a list of them. False: out of memory. */
static bool read_text(struct qf_reading *to, struct qf_span object, const char *key, const char **text)
{
	struct qf_span value, list, none;
	struct qf_buf b = { 0 };
	bool ok;

	if (!qf_json_get(object, key, &value))
		return true;
	list = value;
	if (qf_json_type(value) == QF_JSON_ARRAY && !qf_json_next(&list, &none, &value))
		return true;
	ok = !qf_json_to_text(value, &b) || (!b.failed && qf_reading_bytes(to, text, (struct qf_span){ b.p, b.len }));
	ok = ok && !b.failed;
	qf_buf_free(&b);
	return ok;
}

static bool read_identifier(struct qf_reading *to, struct qf_entry *t, struct qf_span value)
{
	struct qf_buf b = { 0 };
	bool ok = !qf_json_to_text(value, &b) || (!b.failed && qf_reading_identifier(to, t, (struct qf_span){ b.p, b.len }));

	ok = ok && !b.failed;
	qf_buf_free(&b);
	return ok;
}

static bool read_identifiers(struct qf_reading *to, struct qf_entry *t, struct qf_span track)
{
	struct qf_span value, item, none;
	bool ok = true;

	if (!qf_json_get(track, "identifier", &value))
		return true;
	if (qf_json_type(value) != QF_JSON_ARRAY)
		return read_identifier(to, t, value);
	while (ok && qf_json_next(&value, &none, &item))
		ok = read_identifier(to, t, item);
	return ok;
}

static bool read_extension(struct qf_reading *to, struct qf_entry *t, struct qf_span track)
{
	struct qf_span ext, ours, more, v;

	if (!qf_json_get(track, "extension", &ext) || !qf_json_get(ext, QF_JSPF_TRACK, &ours) ||
	    !qf_json_get(ours, "additional_metadata", &more))
		return true;
	for (size_t i = 0; i < N_NUMBERS; i++)
		if (qf_json_get(more, numbers[i].key, &v))
			qf_json_to_num(v, (double *)(void *)((char *)t + numbers[i].at));
	return read_text(to, more, "camelot", &t->camelot);
}

static bool read_track(struct qf_reading *to, struct qf_span track)
{
	struct qf_entry *t = qf_reading_add(to);
	struct qf_span v;

	if (!t)
		return false;
	if (qf_json_get(track, "duration", &v) && (!qf_json_to_int(v, &t->duration_ms) || t->duration_ms < 0))
		t->duration_ms = 0;
	return read_text(to, track, "location", &t->path) && read_identifiers(to, t, track) &&
	       read_text(to, track, "title", &t->title) && read_text(to, track, "creator", &t->artist) &&
	       read_text(to, track, "album", &t->album) && read_extension(to, t, track);
}

enum qf_status qf_jspf_read(struct qf_reading *to, struct qf_span text, struct qf_err *e)
{
	struct qf_span list, tracks, track, none;
	bool ok;

	if (qf_json_check(text, e))
		return qf_err_at(e, "JSPF");
	if (!qf_json_get(text, "playlist", &list) || qf_json_type(list) != QF_JSON_OBJECT)
		return qf_fail(e, QF_EFORMAT, "no JSPF: it has no \"playlist\"");
	ok = read_text(to, list, "title", &to->title) && read_text(to, list, "annotation", &to->note);
	if (qf_json_get(list, "track", &tracks) && qf_json_type(tracks) == QF_JSON_ARRAY)
		while (ok && qf_json_next(&tracks, &none, &track))
			ok = qf_json_type(track) != QF_JSON_OBJECT || read_track(to, track);
	return ok ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu entries", to->n);
}
