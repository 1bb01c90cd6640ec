/* lesson.h - what qfzz train learns from: who likes which tracks of the catalog, how much, and
 * how these sound. */
#ifndef QFZZ_CLI_LESSON_H
#define QFZZ_CLI_LESSON_H

#include "base/err.h"
#include "base/hash.h"
#include "catalog/learn.h"
#include "model/interactions.h"

#include <stddef.h>
#include <stdint.h>

struct cli_lesson { /* all zero is an empty one */
	const struct qf_library *lib;
	struct qf_triple *triple; /* [n] by user, then item; weighted plays */
	size_t n, users, items;
	int64_t *user;            /* [users] hashes of their names, by whose order they are numbered */
	size_t *held;             /* [users] the triple that a check holds back, or SIZE_MAX */
	int64_t *item_id;         /* [items] rising */
	uint32_t *place;          /* [items] in the library */
	float *played;            /* [items * 2] listeners, weighted plays */
	float *sound, *features;  /* [items * QF_SOUND_DIM], and with a constant 1 behind each that has one */
	uint8_t hash[QF_SHA256];  /* whom, what, how much, and how it sounds */
	size_t room, user_room;
};

/* Likings up to `now` of the tracks of lib (borrowed until free), plays fading by half in half_life
 * days (0: never). Of a user with 5 tracks and more, the one met last may be held back. To be freed
 * also after an error; errors of cli_listening(). */
enum qf_status cli_lesson_read(struct cli_lesson *d, struct qf_catalog *c, const struct qf_library *lib, int64_t now, double half_life,
			       struct qf_err *e);
void cli_lesson_free(struct cli_lesson *d); /* all zero again */

#endif
