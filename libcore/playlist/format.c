#include "playlist/format.h"

#include "playlist/jspf.h"
#include "playlist/m3u.h"
#include "playlist/xspf.h"

#include <string.h>
#include <strings.h>

const struct qf_playlist_format qf_playlist_formats[] = {
	{ "m3u", { ".m3u", ".m3u8" }, qf_m3u_holds, qf_m3u_write },
	{ "jspf", { ".jspf" }, NULL, qf_jspf_write },
	{ "xspf", { ".xspf" }, NULL, qf_xspf_write },
	{ NULL, { NULL }, NULL, NULL }
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
