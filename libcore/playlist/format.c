#include "playlist/format.h"

#include "playlist/jspf.h"
#include "playlist/m3u.h"
#include "playlist/pathlist.h"
#include "playlist/pls.h"
#include "playlist/xspf.h"

#include <string.h>
#include <strings.h>

const struct qf_playlist_format qf_playlist_formats[] = {
	{ "m3u", { ".m3u", ".m3u8" }, false, qf_line_refuses, qf_m3u_write, qf_m3u_read },
	{ "pls", { ".pls" }, false, qf_line_refuses, qf_pls_write, qf_pls_read },
	{ "jspf", { ".jspf" }, true, qf_uri_refuses, qf_jspf_write, qf_jspf_read },
	{ "xspf", { ".xspf" }, true, qf_uri_refuses, qf_xspf_write, qf_xspf_read },
	{ "paths", { ".txt" }, false, qf_pathlist_refuses, qf_pathlist_write, qf_pathlist_read },
	{ 0 }
};

const struct qf_playlist_format *qf_playlist_format_find(const char *name)
{
	for (const struct qf_playlist_format *f = qf_playlist_formats; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

const struct qf_playlist_format *qf_playlist_format_of(const char *file)
{
	size_t n = strlen(file);

	for (const struct qf_playlist_format *f = qf_playlist_formats; f->name; f++)
		for (const char *const *s = f->suffixes; *s; s++)
			if (n > strlen(*s) && strcasecmp(file + n - strlen(*s), *s) == 0)
				return f;
	return NULL;
}

static struct qf_span without_mark(struct qf_span text)
{
	if (text.n >= 3 && memcmp(text.p, "\xEF\xBB\xBF", 3) == 0)
		return (struct qf_span){ text.p + 3, text.n - 3 };
	return text;
}

const struct qf_playlist_format *qf_playlist_format_like(struct qf_span text)
{
	static const struct { const char *start, *name; } signs[] = { { "{", "jspf" }, { "<", "xspf" }, { "[playlist]", "pls" } };

	text = without_mark(text);
	while (text.n && strchr(" \t\r\n", *text.p)) {
		text.p++;
		text.n--;
	}
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (text.n >= strlen(signs[i].start) && strncasecmp(text.p, signs[i].start, strlen(signs[i].start)) == 0)
			return qf_playlist_format_find(signs[i].name);
	return qf_playlist_formats;
}

bool qf_playlist_escaped(const struct qf_playlist_format *f, const struct qf_profile *profile)
{
	return f->uris || (f->refuses == qf_line_refuses && profile && profile->spelled == QF_SPELLED_REFERENCE);
}

enum qf_status qf_playlist_read(const struct qf_playlist_format *f, struct qf_reading *to, struct qf_span text, struct qf_err *e)
{
	return f->read(to, without_mark(text), e);
}
