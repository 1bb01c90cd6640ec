/* place.h - where a track lies, in the spelling of each playlist format.
 *
 * Paths are bytes and are never decoded: what the file system has is what the
 * player gets. Nothing here looks at the disk. */
#ifndef QF_PLAYLIST_PLACE_H
#define QF_PLAYLIST_PLACE_H

#include "base/buf.h"

/* Append `path` as it is found from `folder`: "../music/a.flac". Both are absolute;
 * empty and "." components are dropped. `folder` is free of symbolic links, or ".."
 * would leave it by another way than it was entered. The path is appended as it is
 * where no relative one exists: it is relative already, or `folder` has a ".." below
 * what both share. Appends "." for the folder itself. */
void qf_place_relative(struct qf_buf *out, const char *folder, const char *path);

/* Append an absolute path as a URI (RFC 8089): "file://" and the path, every byte
 * but "/" and the unreserved ones of RFC 3986 (letters, digits, - . _ ~) as %XX. */
void qf_place_uri(struct qf_buf *out, const char *path);

/* The last component, without its suffix unless it has nothing else:
 * "/a/b.c.flac" gives "b.c". Borrowed from path. */
struct qf_span qf_place_stem(const char *path);

#endif
