/* place.h - where a track lies, in the spelling of each playlist format.
 *
 * Paths are bytes and are never decoded: what the file system has is what the
 * player gets. Nothing here looks at the disk. */
#ifndef QF_PLAYLIST_PLACE_H
#define QF_PLAYLIST_PLACE_H

#include "base/buf.h"

#include <stdbool.h>

/* Append `path` as it is found from `folder`: "../music/a.flac". Both are absolute;
 * empty and "." components are dropped. `folder` is free of symbolic links, or ".."
 * would leave it by another way than it was entered. The path is appended as it is
 * where no relative one exists: it is relative already, or `folder` has a ".." below
 * what both share. Appends "." for the folder itself. */
void qf_place_relative(struct qf_buf *out, const char *folder, const char *path);

/* Append bytes as the path of a URI: every one but "/" and the unreserved ones of RFC 3986
 * (letters, digits, - . _ ~) as %XX. */
void qf_place_escape(struct qf_buf *out, const char *path, size_t n);

/* The reverse, appended. False where % is not followed by two hexadecimal digits, or %00 stands there. */
bool qf_place_unescape(struct qf_buf *out, const char *text, size_t n);

/* Append an absolute path as a URI (RFC 8089): "file://" and the path, escaped. */
void qf_place_uri(struct qf_buf *out, const char *path);

/* What an entry of a foreign list may mean, as an absolute path, likeliest first: as it stands;
 * with backslashes for slashes; with %XX resolved; with both; and each of these again with its
 * accents composed (NFC) and decomposed (NFD). A file:// URI is always resolved; other URLs
 * mean no file. Relative places start at `folder`; leading "." and ".." are resolved by name.
 *
 *   nth      0 to QF_PLACE_GUESSES - 1: try them in this order, and take the first that is there
 *   escaped  the list is known to be of URI references: %XX is resolved first
 *
 * Appends and returns true, or false when the nth guess is none, or the same as an earlier one. */
bool qf_place_guess(struct qf_buf *out, const char *folder, const char *place, bool escaped, unsigned nth);

#define QF_PLACE_GUESSES 12u

/* Whether it begins with a scheme and "://". */
bool qf_place_is_url(const char *place);

/* The last component, without its suffix unless it has nothing else:
 * "/a/b.c.flac" gives "b.c". Borrowed from path. */
struct qf_span qf_place_stem(const char *path);

#endif
