/* prints.h - recordings that are the same, by their acoustic fingerprints, without comparing all pairs.
 *
 * A fingerprint is Chromaprint's: 32 bits for each 0.1238 s of the first 120 s (L. Lalinsky, https://acoustid.org/chromaprint).
 * Of each one some 128 values are kept, those whose hash is lowest, so that two copies keep the same ones wherever they begin.
 * These go into an inverted index, value -> tracks, and a track meets those that share two values or more: in each
 * value's list it looks at its next few neighbours only, so that the work grows with the number of tracks and not
 * with its square, also where thousands share a value. (Of many copies each meets its neighbours, which joins all.) Those
 * that meet are aligned: over the likeliest offsets the share of differing bits is counted where both overlap.
 *
 * Measured on music of games, against the original: 64 kbit/s MP3 differs in 1 to 3 % of the bits, 32 kbit/s Opus in 2 to 5 %, a cut of
 * 1 s in 1 to 2 %, of half a step (0.06 s) and MP3 in 4 to 8 %; unrelated music in 48 %. A live version, or a remix
 * of other length, is another recording: lengths must agree. */
#ifndef QF_QUALITY_PRINTS_H
#define QF_QUALITY_PRINTS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define QF_PRINT_STEP_S 0.12383 /* 4096 / 3 samples at 11,025 Hz */
#define QF_PRINT_BITS 0.12      /* at most this share of the bits may differ */
#define QF_PRINT_BITS_SHORT 0.05 /* of prints shorter than this, since two hits on one drum differ in 8 to 10 %: */
#define QF_PRINT_SHORT 80       /* steps, 10 s */
#define QF_PRINT_APART_S 10.0   /* offset, and difference of the lengths, at most; and a fifth of the longer one */
#define QF_PRINT_DISTINCT 16    /* a print of fewer distinct values says too little (silence, a steady tone) */

struct qf_print {
	const uint32_t *v; /* v[n]; n = 0: none, matches nothing */
	size_t n;
	double duration_s; /* of the whole track */
};

struct qf_print_pair {
	size_t a, b;     /* a < b */
	double same;     /* share of equal bits, 1 - QF_PRINT_BITS or more */
	double offset_s; /* how much later the same sound comes in a than in b */
};

/* Decode the text that AcoustID takes. *out is the caller's to qf_free; NULL with *n = 0 where it cannot be decoded.
 * QF_ENOMEM. */
enum qf_status qf_print_decode(const char *text, uint32_t **out, size_t *n, struct qf_err *e);

/* All pairs that meet and match, in the order of a, then b: *out is the caller's to qf_free. Every set of copies is joined by its
 * pairs; not every two of it need be one. QF_ENOMEM; QF_ELIMIT beyond 2^32 values in the index. */
enum qf_status qf_prints_match(const struct qf_print *p, size_t n, struct qf_print_pair **out, size_t *pairs, struct qf_err *e);

#endif
