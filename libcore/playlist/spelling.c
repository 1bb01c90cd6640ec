#include "playlist/spelling.h"

#include "base/text.h"
#include "playlist/place.h"

#include <string.h>

const struct qf_profile qf_profiles[] = {
	{ "mpv", "raw bytes, as mpv, mpg123, cmus and audacious read them", QF_SPELLED_RAW, "\n", '/', 0, 0, false },
	{ "mpd", "raw bytes; MPD trims lines, and finds no name that begins with a blank", QF_SPELLED_RAW, "\n", '/', QF_NOT_EDGE_BLANKS | QF_NOT_BLANK_FIRST, 0, false },
	{ "vlc", "relative URI references", QF_SPELLED_REFERENCE, "\n", '/', 0, 0, false },
	{ "navidrome", "raw bytes; Navidrome trims lines and knows UTF-8 only", QF_SPELLED_RAW, "\n", '/', QF_NOT_EDGE_BLANKS | QF_NOT_FOREIGN, 0, false },
	{ "rockbox", "CRLF, names that FAT can hold", QF_SPELLED_RAW, "\r\n", '/', QF_NOT_EDGE_BLANKS | QF_NOT_FOREIGN | QF_NOT_FAT, 0, false },
	{ "car", "CRLF, backslashes, names that FAT can hold, at most 999", QF_SPELLED_RAW, "\r\n", '\\', QF_NOT_EDGE_BLANKS | QF_NOT_FOREIGN | QF_NOT_FAT, 999, false },
	{ "uri", "file:// URIs, for any name", QF_SPELLED_URI, "\n", '/', 0, 0, false },
	{ "ezstream", "raw bytes, whole paths", QF_SPELLED_WHOLE, "\n", '/', 0, 0, false },
	{ "liquidsoap", "whole paths, with gain and cue points in front", QF_SPELLED_WHOLE, "\n", '/', QF_NOT_EDGE_BLANKS | QF_NOT_FOREIGN, 0, true },
	{ 0 }
};

const struct qf_profile *qf_profile_find(const char *name)
{
	for (const struct qf_profile *p = qf_profiles; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

static const struct qf_profile *profile_of(const struct qf_playlist *list)
{
	return list->profile ? list->profile : qf_profiles;
}

/* A component of a path that FAT cannot hold (Microsoft, FAT: General Overview of On-Disk Format, 1.03). */
static bool breaks_fat(const char *path)
{
	for (const char *p = path; *p; p++) {
		bool last = p[1] == '/' || p[1] == '\0';

		if ((unsigned char)*p < ' ' || strchr("\\:*?\"<>|", *p))
			return true;
		if (last && (*p == ' ' || (*p == '.' && p != path && p[-1] != '/' && !(p[-1] == '.' && (p - 1 == path || p[-2] == '/')))))
			return true;
	}
	return false;
}

static bool begins_blank(const char *path)
{
	for (const char *p = path; *p; p++)
		if ((*p == ' ' || *p == '\t') && (p == path || p[-1] == '/'))
			return true;
	return false;
}

static const char *refuses_raw(const struct qf_profile *p, const char *path)
{
	size_t n = strlen(path);

	if (path[strcspn(path, "\n\r")])
		return "a path with a line break cannot stand in this format; jspf, xspf and --profile uri can hold it";
	if (p->refuses & QF_NOT_EDGE_BLANKS && n && strchr(" \t", path[n - 1]))
		return "a name that ends in a blank cannot stand in this format; jspf and xspf can hold it";
	if (p->refuses & QF_NOT_BLANK_FIRST && begins_blank(path))
		return "a name that begins with a blank is not found by this player";
	if (p->refuses & QF_NOT_FOREIGN && !qf_utf8_valid(path, n))
		return "a name that is not UTF-8 is lost on this player";
	return NULL;
}

/* Relative to the list, or as it is. */
static void put_relative(struct qf_buf *out, const struct qf_playlist *list, const char *path)
{
	if (list->folder)
		qf_place_relative(out, list->folder, path);
	else
		qf_buf_puts(out, path);
}

const char *qf_line_refuses(const struct qf_playlist *list, size_t i)
{
	const struct qf_profile *p = profile_of(list);
	const char *path = list->entries[i].path, *why = NULL;
	struct qf_buf place = { 0 };

	if (p->most && i >= p->most)
		return "the list is longer than this player takes";
	if (list->remote)
		return qf_remote_refuses(list->remote, path);
	if (p->spelled == QF_SPELLED_WHOLE)
		return refuses_raw(p, path);
	if (p->spelled == QF_SPELLED_RAW) {
		put_relative(&place, list, path);
		why = refuses_raw(p, path);
		if (!why && p->refuses & QF_NOT_FAT && place.p && breaks_fat(place.p))
			why = "a FAT file system cannot hold this name";
		qf_buf_free(&place);
	}
	return why;
}

static void put_raw(struct qf_buf *out, const struct qf_profile *p, const struct qf_buf *place)
{
	size_t start = out->len;

	if (place->len && strchr("# \t", place->p[0]))
		qf_buf_puts(out, "./");
	qf_buf_put(out, place->p, place->len);
	for (size_t k = start; p->slash != '/' && k < out->len; k++)
		if (out->p[k] == '/')
			out->p[k] = p->slash;
}

void qf_line_put(struct qf_buf *out, const struct qf_playlist *list, size_t i)
{
	const struct qf_profile *p = profile_of(list);
	const char *path = list->entries[i].path;
	struct qf_buf place = { 0 };

	if (list->remote) {
		qf_remote_put(out, list->remote, path);
	} else if (p->spelled == QF_SPELLED_WHOLE) {
		qf_buf_puts(out, path);
	} else if (p->spelled == QF_SPELLED_URI) {
		qf_place_uri(out, path);
	} else {
		put_relative(&place, list, path);
		if (p->spelled == QF_SPELLED_RAW)
			put_raw(out, p, &place);
		else
			qf_place_escape(out, place.p ? place.p : "", place.len);
	}
	out->failed |= place.failed;
	qf_buf_free(&place);
}

const char *qf_uri_refuses(const struct qf_playlist *list, size_t i)
{
	return list->remote ? qf_remote_refuses(list->remote, list->entries[i].path) : NULL;
}

void qf_uri_put(struct qf_buf *out, const struct qf_playlist *list, size_t i)
{
	if (list->remote)
		qf_remote_put(out, list->remote, list->entries[i].path);
	else
		qf_place_uri(out, list->entries[i].path);
}

const char *qf_line_end(const struct qf_playlist *list)
{
	return profile_of(list)->newline;
}
