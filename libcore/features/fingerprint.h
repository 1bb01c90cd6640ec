/* fingerprint.h - Chromaprint, as AcoustID takes it.
 *
 * libchromaprint's default algorithm (TEST2, called 2 by the AcoustID service)
 * over the first 120 s. The samples go as 16 bits through libswresample to mono at
 * 11,025 Hz, as in fpcalc, because libchromaprint's own resampler gives another
 * fingerprint for some rates: what comes out is what `fpcalc -plain FILE` prints.
 * For a source of 16 bits or less the string is the same; a lossy file differs in
 * single bits where another decoder rounds otherwise, which AcoustID's matching
 * forgives.
 * L. Lalinsky, https://acoustid.org/chromaprint. */
#ifndef QF_FEATURES_FINGERPRINT_H
#define QF_FEATURES_FINGERPRINT_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>

#define QF_FINGERPRINT_SECONDS 120

struct qf_fingerprint; /* opaque */

/* QF_ENOMEM. More than 8 channels, which fpcalc refuses, count as their mean; a
 * rate that libswresample refuses gives no fingerprint, not an error. */
enum qf_status qf_fingerprint_open(struct qf_fingerprint **out, int rate_hz, int channels, struct qf_err *e);
void qf_fingerprint_close(struct qf_fingerprint *p); /* NULL is fine */

/* pcm[frames * channels], interleaved, finite; taken as round(x * 32768) within
 * the 16 bits. What lies past 120 s is passed over. QF_ENOMEM. */
enum qf_status qf_fingerprint_feed(struct qf_fingerprint *p, const float *pcm, size_t frames, struct qf_err *e);

/* f->fingerprint: compressed and in URL-safe base64; NULL when the track is too
 * short for one value (about 3 s). Call once. QF_ENOMEM. */
enum qf_status qf_fingerprint_finish(struct qf_fingerprint *p, struct qf_features *f, struct qf_err *e);

#endif
