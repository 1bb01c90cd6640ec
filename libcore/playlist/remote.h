/* remote.h - files that a web server hands out: URLs for players elsewhere, signed if wanted.
 *
 * Signed as nginx's ngx_http_secure_link_module checks it: the token is the MD5 digest of
 * expiry, path of the URL (not escaped), a blank and the secret, in base64url without padding (RFC 4648,
 * section 5). Two forms:
 *
 *   query   URL/a/b.flac?md5=TOKEN&expires=EXPIRY     the path is that of the file
 *           secure_link $arg_md5,$arg_expires; secure_link_md5 "$secure_link_expires$uri SECRET";
 *   path    URL/TOKEN/EXPIRY/a/b.flac                 the path is /a/, so that whatever lies in
 *           the folder, the segments of an HLS list for one, is open as well
 *           location ~ "^/s/(?<t>[A-Za-z0-9_-]{22})/(?<x>[0-9]+)/(?<d>[^/]+)/(?<f>.+)$" { secure_link $t,$x;
 *           secure_link_md5 "$x/$d/ SECRET"; alias …/$d/$f; } */
#ifndef QF_PLAYLIST_REMOTE_H
#define QF_PLAYLIST_REMOTE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum qf_sign { QF_SIGN_NONE, QF_SIGN_QUERY, QF_SIGN_PATH };

struct qf_remote {
	const char *url;  /* of the folder `root`, with its scheme: "https://host/music" */
	const char *root; /* absolute, without symbolic links */
	enum qf_sign sign;
	const char *secret;
	int64_t expires;  /* seconds since 1970 */
};

/* Why it cannot name this file (absolute path), as a sentence; NULL when it can. */
const char *qf_remote_refuses(const struct qf_remote *r, const char *path);

/* Append its URL. Only for files that it does not refuse. */
void qf_remote_put(struct qf_buf *out, const struct qf_remote *r, const char *path);

/* The path of the file that a URL of this form names, appended: neither token nor expiry is checked.
 * False, and nothing appended, when it is none of them. */
bool qf_remote_path(struct qf_buf *out, const struct qf_remote *r, const char *url);

#endif
