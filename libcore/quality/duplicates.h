/* duplicates.h - which files are the same, how, and which copy to keep.
 *
 *   exact      the same SHA-256
 *   audio      the same encoded audio packets under other tags (audio_id)
 *   samples    lossless, and the same samples at the same rate in another format (pcm_sha256)
 *   recording  the same sound in another encoding, offset, trim or fade (prints.h)
 *   tags       artist and title alike (folded) and lengths within 2 s, where one of the two has no fingerprint: a hint
 *
 * Files that are the same in any of the first four ways are one group; a file that only its tags lead to joins too, and says
 * so. Kept is, by the first of these that tells: lossless and not suspected of a lossy source, fewer defects, higher bitrate,
 * more tags, longer, first path. */
#ifndef QF_QUALITY_DUPLICATES_H
#define QF_QUALITY_DUPLICATES_H

#include "base/err.h"
#include "quality/prints.h"

#include <stdbool.h>
#include <stddef.h>

struct qf_copy { /* a file; NULL, 0: not known */
	const char *path;
	const char *sha256, *audio_id, *samples; /* samples: their hash with rate and channels */
	const char *artist, *title; /* of them the folded form counts */
	struct qf_print print;
	double duration_s;
	double defects;   /* weight of the worst one, duplicates aside */
	bool lossless;    /* and not suspected */
	int bitrate_kbps;
	int tags;         /* how many of them are filled */
};

enum qf_sameness { QF_SAME_EXACT, QF_SAME_AUDIO, QF_SAME_SAMPLES, QF_SAME_RECORDING, QF_SAME_TAGS, QF_SAMENESSES };
extern const char *const qf_sameness_names[QF_SAMENESSES];

enum qf_keep_reason { QF_KEEP_LOSSLESS, QF_KEEP_SOUND, QF_KEEP_BITRATE, QF_KEEP_TAGS, QF_KEEP_LENGTH, QF_KEEP_PATH, QF_KEEP_REASONS };
extern const char *const qf_keep_words[QF_KEEP_REASONS]; /* "it is lossless", … */

struct qf_duplicate {
	size_t file;
	bool keep;
	enum qf_sameness how;       /* of one that is not kept: the surest way that leads to the group */
	double same, offset_s;      /* of RECORDING */
	enum qf_keep_reason reason; /* why the kept one is better than this one; of the kept one: why better than the next best */
};

struct qf_duplicates {
	struct qf_duplicate *v; /* one group after the other; in each the kept one first, then by file */
	size_t n;
	size_t *group;          /* [groups + 1]: where each begins */
	size_t groups;
};

/* Find the groups of file[n], in the order of their first files. out is the caller's to free, also after failure. QF_ENOMEM. */
enum qf_status qf_duplicates_find(const struct qf_copy *file, size_t n, struct qf_duplicates *out, struct qf_err *e);
void qf_duplicates_free(struct qf_duplicates *d);

#endif
