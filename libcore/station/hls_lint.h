/* hls_lint.h - does a playlist keep to RFC 8216, HTTP Live Streaming?
 *
 * Every rule of sections 4 and 7 that a playlist can break by itself, for Media and Master Playlists of any origin: encoding,
 * which tags may stand together and how often, the form of every value and attribute, what must come before what, lengths
 * against the target duration, and the version that the tags call for. What it says of files (are they there, how large are
 * they) is for the caller to ask, who is given their names. Unknown tags, attributes and comments say nothing (6.3.1).
 *
 *     struct qf_hls_report r = { 0 };
 *     qf_hls_lint(text, &r, &e);
 *     … r.finding[0 .. r.n), r.entry[0 .. r.n_entries) …
 *     qf_hls_report_free(&r); */
#ifndef QF_STATION_HLS_LINT_H
#define QF_STATION_HLS_LINT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_HLS_FINDINGS 1000 /* of one text, at most: then it stops listening */

struct qf_hls_finding {
	size_t line;         /* from 1 */
	bool must;           /* false: the standard only says "SHOULD" */
	const char *section; /* "4.3.2.1" */
	const char *text;    /* "line 7: …", a sentence; in the arena */
};

struct qf_hls_entry { /* a file that the playlist names: a segment, or a rendition with its rates */
	size_t line;
	const char *uri;     /* as it stands there */
	double seconds;      /* of a segment, 0: of a rendition */
	int64_t bandwidth, average_bandwidth; /* of a rendition; 0: not said */
	int64_t bytes;       /* of a byte range, -1: the whole file */
};

struct qf_hls_report { /* all zero is an empty one */
	struct qf_hls_finding *finding; /* [n] by line */
	size_t n;
	struct qf_hls_entry *entry; /* [n_entries] in their order */
	size_t n_entries;
	size_t musts;        /* findings that break a "MUST": 0 conforms */
	bool master;
	int64_t target_s;    /* of a Media Playlist, 0: it says none, INT64_MAX: nonsense */
	size_t cap, cap_entries; /* inside, as the following */
	struct qf_arena texts;
};

/* Read and judge. QF_OK whatever is wrong with the text; QF_ENOMEM. The caller frees the report also then. */
enum qf_status qf_hls_lint(struct qf_span text, struct qf_hls_report *r, struct qf_err *e);
void qf_hls_report_free(struct qf_hls_report *r); /* all zero again */

/* One finding more, for those who look at the files too; sorted in by line. */
enum qf_status qf_hls_find(struct qf_hls_report *r, size_t line, bool must, const char *section, struct qf_err *e, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

#endif
