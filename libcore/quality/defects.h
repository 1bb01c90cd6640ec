/* defects.h - what is wrong with a file, from what was found when it was scanned and listened to. */
#ifndef QF_QUALITY_DEFECTS_H
#define QF_QUALITY_DEFECTS_H

#include "base/track.h"
#include "quality/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_found { /* of one file; NULL or 0: not known */
	const struct qf_track *track; /* its tags and header, with features if it was heard; NULL: not in the catalog */
	bool gone;                    /* the file is not there any more */
	bool expected;                /* there should be a file: false for sets of metadata alone */
	const char *failure;          /* class of the failure, as the catalog has it */
	const char *told_sha256;      /* by descriptor or manifest, hexadecimal */
	const char *told_title, *told_artist; /* by the descriptor */
	int track_total, disc_total;  /* by the tags */
	bool licences_contradict;     /* licence.h */
	bool declared_stereo;         /* by the descriptor of the set */
};

/* Bits of enum qf_defect, but for duplicates and minorities, which only a whole set tells.
 *   undecodable  a failure of another class than truncated and damaged, and no features
 *   silent       heard, and the highest sample or the loudness is below -60 dBFS (LUFS; the loudness of a steady sound is
 *                close to its RMS), or there is no sample but 0
 *   duration     of header and decoded audio, more than 0.5 s and more than 1 % of the header apart
 *   lossy        lossy_suspicion of 0.5 and more in a lossless codec (flac, alac, wav, aiff, wavpack, ape)
 *   clipped      three samples for each stored run, which is the least a run has, are 0.1 % of all samples or more
 *   tags         track or disc number above the total; two tags with different licences; title or artist unlike those that
 *                the descriptor tells (folded)
 *   fake stereo  two channels with a side signal below 1e-6 of the energy */
uint32_t qf_defects_of(const struct qf_found *f);

bool qf_is_lossless(const char *codec);

/* Set the bit of a minority in defects[n] where rate_hz or channels differ from those that most files have (of equals the
 * higher); 0 is not known and no minority. */
void qf_mark_minorities(const int *rate_hz, const int *channels, size_t n, uint32_t *defects);

#endif
