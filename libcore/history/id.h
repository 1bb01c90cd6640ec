/* id.h - the name of an event, by which a second import of it is known.
 *
 * The first 16 bytes of the SHA-256 of these fields, each followed by a NUL:
 *
 *     user, src, t in decimal, action, artist, title, and mbid, else path, else nothing
 *
 * with nothing for what is not known. No field can hold a NUL, so no two
 * different events share the hashed bytes. What a later import may know better
 * (album, isrc, milliseconds) takes no part. */
#ifndef QF_HISTORY_ID_H
#define QF_HISTORY_ID_H

#include "base/err.h"
#include "base/event.h"

#include <stdint.h>

#define QF_EVENT_ID 16 /* bytes */

enum qf_status qf_event_id(const struct qf_event *ev, uint8_t id[QF_EVENT_ID], struct qf_err *e); /* QF_ENOMEM */

#endif
