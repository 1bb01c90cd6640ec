/* pathlist.h - one absolute path (or URL) a line, and nothing else. */
#ifndef QF_PLAYLIST_PATHLIST_H
#define QF_PLAYLIST_PATHLIST_H

#include "playlist/reading.h"

const char *qf_pathlist_refuses(const struct qf_playlist *list, size_t i);
enum qf_status qf_pathlist_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e); /* QF_ENOMEM */
enum qf_status qf_pathlist_read(struct qf_reading *to, struct qf_span text, struct qf_err *e);           /* QF_ENOMEM */

#endif
