#include "query/field.h"

#include "base/features.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

enum { NAME_MAX_LEN = 64 };

static const struct qf_field own[] = { /* columns of a track, in the order in which people are shown them */
	{ "title", QF_FIELD_NAME, false, false, 0 },
	{ "artist", QF_FIELD_NAME, false, false, 0 },
	{ "album", QF_FIELD_NAME, false, false, 0 },
	{ "albumartist", QF_FIELD_NAME, false, false, 0 },
	{ "genre", QF_FIELD_NAME, false, false, 0 },
	{ "year", QF_FIELD_INT, false, false, 0 },
	{ "date", QF_FIELD_NAME, false, false, 0 },
	{ "tracknumber", QF_FIELD_INT, false, false, 0 },
	{ "discnumber", QF_FIELD_INT, false, false, 0 },
	{ "duration", QF_FIELD_REAL, false, true, 3 },
	{ "dataset", QF_FIELD_NAME, false, false, 0 },
	{ "path", QF_FIELD_PATH, false, false, 0 },
	{ "codec", QF_FIELD_CODE, false, false, 0 },
	{ "sample_rate_hz", QF_FIELD_INT, false, false, 0 },
	{ "channels", QF_FIELD_INT, false, false, 0 },
	{ "bitrate_kbps", QF_FIELD_INT, false, false, 0 },
	{ "isrc", QF_FIELD_CODE, false, false, 0 },
	{ "mb_recordingid", QF_FIELD_CODE, false, false, 0 },
	{ "track", QF_FIELD_INT, false, false, 0 }, /* the catalog's number, as in rows */
	{ "added", QF_FIELD_DATE, false, false, 0 },
	{ "updated", QF_FIELD_DATE, false, false, 0 },
	{ "plays", QF_FIELD_INT, false, false, 0 },
	{ "skips", QF_FIELD_INT, false, false, 0 },
	{ "likes", QF_FIELD_INT, false, false, 0 },
	{ "played", QF_FIELD_DATE, false, false, 0 },
	{ "gone", QF_FIELD_DATE, false, false, 0 },
	{ "quality", QF_FIELD_REAL, false, false, 4 },
	{ "defects", QF_FIELD_LABELS, false, false, 0 },
	{ "trust", QF_FIELD_REAL, false, false, 4 },
	{ "features", QF_FIELD_RECORD, false, false, 0 },
	{ "file", QF_FIELD_RECORD, false, false, 0 },
	{ "failure", QF_FIELD_RECORD, false, false, 0 },
};

static const struct { const char *alias, *name; } aliases[] = {
	{ "mood", "moods" },
	{ "bpm", "tempo_bpm" }, /* the tag of that name is tag.bpm */
	{ "length", "duration" },
	{ "disc", "discnumber" },
	{ "samplerate", "sample_rate_hz" },
	{ "bitrate", "bitrate_kbps" },
	{ "format", "codec" },
	{ "mbid", "mb_recordingid" },
	{ "id", "track" },
	{ "lastplayed", "played" },
};

static const char *const tags[] = { /* the keys of audio/canonical.h that are no columns */
	"artists", "albumartists", "composer", "conductor", "remixer", "lyricist", "arranger", "producer", "performer", "titlesort",
	"artistsort", "albumartistsort", "albumsort", "tracktotal", "disctotal", "discsubtitle", "originaldate", "releasedate",
	"grouping", "comment", "language", "label", "catalognumber", "barcode", "media", "releasecountry", "releasestatus",
	"releasetype", "iswc", "license", "licenseurl", "copyright", "encodedby", "encoder", "mb_trackid", "mb_albumid",
	"mb_releasegroupid", "mb_artistid", "mb_albumartistid", "mb_workid", "acoustid_id", "acoustid_fingerprint", "rg_track_gain",
	"rg_track_peak", "rg_album_gain", "rg_album_peak", "rg_reference", "rg_range", "compilation", "rating", "playcount",
	"lyrics", "synced_lyrics", "explicit", "picture_count", "picture_type", "picture_mime", "picture_bytes",
};

static const char *const units[] = { "bpm", "lufs", "lu", "dbfs", "dbtp", "db", "hz", "cents", "s", "mean" };

#define N(array) (sizeof(array) / sizeof *(array))

static struct qf_field of_feature(const struct qf_feature *d)
{
	static const enum qf_field_kind kinds[] = {
		[QF_FEATURE_REAL] = QF_FIELD_REAL,   [QF_FEATURE_TEXT] = QF_FIELD_CODE,	  [QF_FEATURE_LABELS] = QF_FIELD_LABELS,
		[QF_FEATURE_VEC] = QF_FIELD_RECORD, [QF_FEATURE_LIST] = QF_FIELD_RECORD, [QF_FEATURE_BYTES] = QF_FIELD_RECORD,
	};

	return (struct qf_field){ d->name, kinds[d->type], true, d->type == QF_FEATURE_REAL && strcmp(d->unit, "s") == 0,
				  d->decimals };
}

bool qf_field_at(size_t i, struct qf_field *out)
{
	if (i < N(own))
		*out = own[i];
	else if ((i -= N(own)) < QF_FEATURES_N)
		*out = of_feature(&qf_feature_table[i]);
	else if ((i -= QF_FEATURES_N) < N(tags))
		*out = (struct qf_field){ tags[i], QF_FIELD_TAG, false, false, 0 };
	else
		return false;
	return true;
}

static bool is_unit(const char *word, size_t n)
{
	for (size_t i = 0; i < N(units); i++)
		if (strlen(units[i]) == n && memcmp(units[i], word, n) == 0)
			return true;
	return false;
}

static bool is_own(const char *name)
{
	for (size_t i = 0; i < N(own); i++)
		if (strcmp(own[i].name, name) == 0)
			return true;
	return false;
}

/* The words of a feature's name that are no units; the whole name where that is taken. */
static const char *short_name(const struct qf_field *f, char to[NAME_MAX_LEN])
{
	size_t len = 0;

	if (!f->feature || strlen(f->name) >= NAME_MAX_LEN)
		return f->name;
	for (const char *p = f->name; *p;) {
		size_t n = strcspn(p, "_");

		if (!is_unit(p, n)) {
			if (len)
				to[len++] = '_';
			memcpy(to + len, p, n);
			len += n;
		}
		p += n + (p[n] == '_');
	}
	to[len] = '\0';
	return len && !is_own(to) ? to : f->name;
}

void qf_field_put_short(struct qf_buf *out, const struct qf_field *f)
{
	char to[NAME_MAX_LEN];

	qf_buf_puts(out, short_name(f, to));
}

static bool same(const char *a, const char *b, size_t n)
{
	return strlen(a) == n && strncasecmp(a, b, n) == 0;
}

bool qf_field_find(const char *name, size_t n, struct qf_field *out)
{
	char to[NAME_MAX_LEN];

	for (size_t i = 0; i < N(aliases); i++)
		if (same(aliases[i].alias, name, n)) {
			name = aliases[i].name;
			n = strlen(name);
			break;
		}
	for (size_t i = 0; qf_field_at(i, out); i++)
		if (same(out->name, name, n) || same(short_name(out, to), name, n))
			return true;
	return false;
}

void qf_field_put_all(struct qf_buf *out)
{
	struct qf_field f;
	bool any = false;

	for (size_t i = 0; qf_field_at(i, &f) && f.kind != QF_FIELD_TAG; i++) {
		if (f.kind == QF_FIELD_RECORD)
			continue;
		if (any)
			qf_buf_putc(out, ' ');
		any = true;
		qf_field_put_short(out, &f);
	}
}

void qf_field_suggest(struct qf_buf *out, const char *name, size_t n)
{
	char lower[NAME_MAX_LEN], to[NAME_MAX_LEN];
	size_t closest = n > 3 ? 3 : 2; /* fewer edits than that */
	struct qf_field f, best = { 0 };

	if (n > sizeof lower)
		return;
	for (size_t i = 0; i < n; i++)
		lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
	for (size_t i = 0; qf_field_at(i, &f); i++) {
		const char *s = short_name(&f, to);
		size_t d = qf_text_edits(lower, n, s, strlen(s)), full = qf_text_edits(lower, n, f.name, strlen(f.name));

		d = full < d ? full : d;
		if (d < closest) {
			closest = d;
			best = f;
		}
	}
	if (best.name)
		qf_field_put_short(out, &best);
}
