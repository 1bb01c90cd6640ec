/* tagset.h - the tags of one file, in the words of canonical.h.
 *
 * "3/12" becomes a number and a total, dates keep their ISO 8601 prefix with the precision that was given, and a Creative Commons
 * address in any licence tag gives "licenseurl".
 *
 * Gains (rg_track_gain, rg_album_gain) are numbers of dB towards -18 LUFS, as ReplayGain 2.0 counts: "-6.50 dB"
 * becomes "-6.50"; where REPLAYGAIN_REFERENCE_LOUDNESS names another level, the difference is taken into account; Opus'
 * R128_TRACK_GAIN (RFC 7845, 5.2.1: 1/256 dB towards -23 LUFS) is R128/256 + 5. The text of the file is kept
 * raw, unless it is just the number with " dB" behind it. A gain that is no number is only kept raw.
 *
 * "explicit" is 1 or 0 (ITUNESADVISORY, EXPLICIT); "rating" is 0 to 100 where the file's scale is known; picture_count
 * and the type, MIME type and bytes of the front cover, else of the first picture, come from tags.h.
 *
 *     struct qf_tagset t = { 0 };
 *     qf_tagset_add(&t, "TITLE", value, n, &e); …       // each raw pair, in the file's order
 *     qf_tagset_finish(&t, &e);
 *     ... t.tags[0..n_tags), t.raw[0..n_raw) ...
 *     qf_tagset_free(&t); */
#ifndef QF_AUDIO_TAGSET_H
#define QF_AUDIO_TAGSET_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct qf_tag {
	const char *key, *value; /* value: clean UTF-8 without NUL */
	int rank;                /* place of its rule in the table, -1: none; inside only */
};

struct qf_tagset { /* all zero is empty */
	/* Canonical tags, in the order of the table, values of one key in the file's order.
	 * A key that is single-valued stands once. */
	struct qf_tag *tags;
	size_t n_tags;
	/* What the canonical ones do not hold, keys in lower case: unknown keys, second values of
	 * single-valued keys, and the original of each value that was rewritten. */
	struct qf_tag *raw;
	size_t n_raw;
	size_t cap_tags, cap_raw; /* inside */
	struct qf_arena mem;
};

/* Take one raw pair; both are copied. QF_ENOMEM. */
enum qf_status qf_tagset_add(struct qf_tagset *t, const char *key, const char *value, size_t n, struct qf_err *e);

/* All is there: sort, drop doubles, derive licenseurl. Call once. QF_ENOMEM. */
enum qf_status qf_tagset_finish(struct qf_tagset *t, struct qf_err *e);
void qf_tagset_free(struct qf_tagset *t);

/* The first value of a canonical key, or NULL. After finish. */
const char *qf_tagset_get(const struct qf_tagset *t, const char *key);

#endif
