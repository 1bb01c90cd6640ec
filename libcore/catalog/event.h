/* event.h - listening in the catalog: users, events, and the tracks they speak of.
 *
 * An event is stored once, under the hash of its content that the caller gives
 * (history/id.h), and keeps its names, so that one without a track can be matched
 * again when the library has grown. A time that is not known is stored as 0.
 *
 * Writing calls want an open transaction (qf_catalog_begin). Every call can fail with
 * what catalog.h names: QF_EBUSY, QF_EIO, QF_ECORRUPT, QF_ENOMEM. */
#ifndef QF_CATALOG_EVENT_H
#define QF_CATALOG_EVENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/event.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_EVENT_UID 16 /* bytes of the hash */

enum qf_status qf_catalog_has_event(struct qf_catalog *c, const uint8_t uid[QF_EVENT_UID], bool *has, struct qf_err *e);

/* Store an event and, if need be, its user; track 0: none that matches. One that is
 * there already stays as it is, and *is_new is false. */
enum qf_status qf_catalog_put_event(struct qf_catalog *c, const uint8_t uid[QF_EVENT_UID], const struct qf_event *ev,
				    int64_t track, bool *is_new, struct qf_err *e);

/* ---- events that have no track ------------------------------------------------------------ */

struct qf_unmatched {
	int64_t id;
	struct qf_event event; /* texts in the arena */
};

/* Up to `max` of them with a number above `after`, by number. */
enum qf_status qf_catalog_unmatched(struct qf_catalog *c, int64_t after, struct qf_unmatched *out, size_t max, size_t *n,
				    struct qf_arena *a, struct qf_err *e);
enum qf_status qf_catalog_set_event_track(struct qf_catalog *c, int64_t event, int64_t track, struct qf_err *e);

/* ---- tracks that carry a value ------------------------------------------------------------- */

/* Up to `max` of them: those whose file is there before those that are missing, then by number. */
enum qf_status qf_catalog_tracks_by_mbid(struct qf_catalog *c, const char *mbid, struct qf_candidate *out, size_t max,
					 size_t *n, struct qf_err *e);
enum qf_status qf_catalog_tracks_by_isrc(struct qf_catalog *c, const char *isrc, struct qf_candidate *out, size_t max,
					 size_t *n, struct qf_err *e);

/* Artist and title as base/text.h folds them. */
enum qf_status qf_catalog_tracks_by_names(struct qf_catalog *c, const char *artist, const char *title,
					  struct qf_candidate *out, size_t max, size_t *n, struct qf_err *e);

#endif
