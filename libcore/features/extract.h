/* extract.h - the one pass over a track: PCM in, every feature out.
 *
 *     qf_extract_open(&x, rate, channels, &e);
 *     while (decoding) qf_extract_feed(x, pcm, frames, &e);
 *     qf_extract_finish(x, &features, &e);
 *     qf_extract_close(x);
 *
 * What every field of struct qf_features means, and its unit, stands in
 * schemas/features.tsv; all are filled here but file_sha256, audio_id and
 * pcm_sha256, which need the file or its samples as they are, and not its sound. Memory does not grow with the length of the
 * track but for about a thousand bytes a second (onset curve, chromagram, 100 ms
 * energies, cepstra, beats). The same input gives the same bits. */
#ifndef QF_FEATURES_EXTRACT_H
#define QF_FEATURES_EXTRACT_H

#include "base/err.h"
#include "base/features.h"
#include "features/tempo.h"

#include <stdbool.h>
#include <stddef.h>

struct qf_extract; /* opaque: one track under way */

/* lossless: as the file's format has it; only then is a lossy source suspected (lossy_suspicion).
 * rate_hz 1,000 to 384,000; channels 1 to 64 (more than two are loudness-weighted
 * as ITU-R BS.1770-4 says for 5.1, else as front channels). QF_EUNSUPPORTED
 * outside of that, QF_ENOMEM. */
enum qf_status qf_extract_open(struct qf_extract **out, int rate_hz, int channels, bool lossless, struct qf_err *e);

/* pcm[frames * channels], interleaved, full scale = 1.0. Values that are not finite
 * count as 0. QF_ENOMEM; QF_ELIMIT beyond 12 hours. */
enum qf_status qf_extract_feed(struct qf_extract *x, const float *pcm, size_t frames, struct qf_err *e);

/* What was heard. f is initialised here and the caller's to free, also after an
 * error. QF_EFORMAT when nothing was fed; QF_ENOMEM. Call once. */
enum qf_status qf_extract_finish(struct qf_extract *x, struct qf_features *f, struct qf_err *e);

/* How the tempo came about, after finish: for training and measuring; the extractor's. */
const struct qf_tempo *qf_extract_tempo(const struct qf_extract *x);

void qf_extract_close(struct qf_extract *x); /* NULL is fine */

#endif
