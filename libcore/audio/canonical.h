/* canonical.h - one vocabulary for the tags of all formats.
 *
 * TagLib already gives most formats the same upper-case keys; here they get the lower-case names that the catalog, rows and
 * queries use ("mb_recordingid", "rg_track_gain"), and it is told what their values look like. Names follow Picard's tag mapping
 * (picard-docs.musicbrainz.org, appendix B). Beware: the tag MUSICBRAINZ_TRACKID holds the recording, MUSICBRAINZ_RELEASETRACKID the
 * track on a release. tagset.h makes the tags of a file out of it. */
#ifndef QF_AUDIO_CANONICAL_H
#define QF_AUDIO_CANONICAL_H

enum qf_tag_shape { /* of a value */
	QF_TAG_LIST,   /* any number of values */
	QF_TAG_SINGLE,
	QF_TAG_OF,     /* single, "3/12": the number, and the total under the key of the next rule */
	QF_TAG_DATE,   /* single: the ISO prefix is kept */
	QF_TAG_GAIN,   /* single, dB: the number alone, towards -18 LUFS */
	QF_TAG_R128,   /* single, 1/256 dB towards -23 LUFS */
	QF_TAG_PEAK,   /* single, full scale = 1: the number alone */
	QF_TAG_ADVICE, /* single, a parental advisory: "1" explicit, "0" clean; nothing when it says neither */
	QF_TAG_SCALED, /* single, 0 to 1 as 0 to 100 */
	QF_TAG_FOUND   /* single, found in the value of another key: has no raw key of its own */
};

struct qf_tag_rule {
	const char *raw, *key;
	enum qf_tag_shape shape;
};

/* Rules of one key stand together; where it is single-valued, the first wins. Raw keys are in upper case. */
extern const struct qf_tag_rule qf_tag_rules[];

/* The place of the rule for a raw key, or -1. Keys are compared without case, and with '_', ' ' and '-' taken as the same: freeform
 * atoms say "MusicBrainz Album Id" where Vorbis comments say MUSICBRAINZ_ALBUMID. */
int qf_tag_rule(const char *raw);

#endif
