#include "playlist/jspf.h"

#include "playlist/mbid.h"
#include "playlist/place.h"
#include "rows/json.h"

#include <math.h>

static void put_text(struct qf_buf *out, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	qf_json_key(out, key);
	qf_json_str(out, text);
}

/* A list of the one text. */
static void put_list(struct qf_buf *out, const char *key, const struct qf_buf *text)
{
	qf_json_key(out, key);
	qf_json_open(out, '[');
	qf_json_strn(out, text->p ? text->p : "", text->len);
	qf_json_close(out, ']');
	out->failed |= text->failed;
}

static void put_extension(struct qf_buf *out, const struct qf_entry *t)
{
	const struct {
		const char *key;
		double value;
		int decimals;
	} numbers[] = {
		{ "score", t->score, 6 },	   { "trust", t->trust, 4 },   { "quality", t->quality, 4 },
		{ "tempo_bpm", t->tempo_bpm, 2 }, { "energy", t->energy, 3 },
	};

	qf_json_key(out, "extension");
	qf_json_open(out, '{');
	qf_json_key(out, QF_JSPF_TRACK);
	qf_json_open(out, '{');
	qf_json_key(out, "additional_metadata");
	qf_json_open(out, '{');
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (isfinite(numbers[i].value)) {
			qf_json_key(out, numbers[i].key);
			qf_json_num(out, numbers[i].value, numbers[i].decimals);
		}
	put_text(out, "camelot", t->camelot);
	qf_json_close(out, '}');
	qf_json_close(out, '}');
	qf_json_close(out, '}');
}

static void put_track(struct qf_buf *out, const struct qf_entry *t)
{
	struct qf_buf uri = { 0 };

	qf_json_open(out, '{');
	qf_place_uri(&uri, t->path);
	put_list(out, "location", &uri);
	if (qf_mbid_valid(t->mbid)) {
		qf_buf_clear(&uri);
		qf_buf_printf(&uri, QF_MBID_RECORDING "%s", t->mbid);
		put_list(out, "identifier", &uri);
	}
	put_text(out, "title", t->title);
	put_text(out, "creator", t->artist);
	put_text(out, "album", t->album);
	if (t->duration_ms > 0) {
		qf_json_key(out, "duration");
		qf_json_int(out, t->duration_ms);
	}
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
	qf_json_key(out, "public");
	qf_json_bool(out, false);
	qf_json_close(out, '}');
	qf_json_close(out, '}');
	qf_json_key(out, "track");
	qf_json_open(out, '[');
	for (size_t i = 0; i < list->n; i++)
		put_track(out, &list->entries[i]);
	qf_buf_puts(out, "]}}\n");
	return qf_buf_check(out, e);
}
