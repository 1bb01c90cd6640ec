/* person.h - everything the catalog holds on one person: to be shown, renamed or wiped out.
 *
 * Errors as in catalog.h; only what is special to a call is said there. */
#ifndef QF_CATALOG_PERSON_H
#define QF_CATALOG_PERSON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/event.h"
#include "catalog/catalog.h"
#include "catalog/event.h"

#include <stddef.h>
#include <stdint.h>

struct qf_person {
	int64_t id;
	int64_t events, copies; /* copies: told by a second source (event.h) */
	int64_t first, last;    /* times of events, 0: none has one */
	int64_t sessions;
	int64_t models;         /* that may have learned from these events: all, if there are any */
};

/* QF_ENOTFOUND: nobody is called so. */
enum qf_status qf_catalog_person(struct qf_catalog *c, const char *name, struct qf_person *p, struct qf_err *e);

/* The names of all, in the order of their numbers, in the arena. */
enum qf_status qf_catalog_people(struct qf_catalog *c, const char *const **names, size_t *n, struct qf_arena *a, struct qf_err *e);

struct qf_held { /* one event or copy; valid during the call */
	struct qf_event event; /* user is not set */
	uint8_t uid[QF_EVENT_UID];
	uint8_t copy_of[QF_EVENT_UID]; /* of a copy: the uid of its event */
	bool is_copy;
	int64_t track, session; /* 0: none */
	int hour, weekday;      /* weekday 0: not known */
};

/* Every event by time and number, each followed by its copies. Anything but QF_OK from fn ends the
 * walk; fn must not write. */
enum qf_status qf_catalog_held(struct qf_catalog *c, int64_t user,
			       enum qf_status (*fn)(void *ctx, const struct qf_held *h, struct qf_err *e), void *ctx, struct qf_err *e);

/* Move an event or copy to another user, under its new uid; one that is there already wins. The user
 * that is left is to be forgotten. Wants an open transaction, as does the next. */
enum qf_status qf_catalog_move_event(struct qf_catalog *c, const uint8_t uid[QF_EVENT_UID], const uint8_t new_uid[QF_EVENT_UID],
				     int64_t to, struct qf_err *e);

/* Delete a user with events and copies; with `models`, all trained models as well, for what was
 * learned from somebody can be told from them. Their bytes are overwritten in the pages that stay. */
enum qf_status qf_catalog_forget(struct qf_catalog *c, int64_t user, bool models, struct qf_err *e);

/* Write the file anew without what was deleted, and empty the write-ahead log, so that no byte of it is
 * left in either. Not in a transaction. QF_EBUSY: a reader kept the log in use; it can be called again. */
enum qf_status qf_catalog_wipe(struct qf_catalog *c, struct qf_err *e);

#endif
