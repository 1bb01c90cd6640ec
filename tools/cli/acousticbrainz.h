/* acousticbrainz.h - features under the names that AcousticBrainz's extractor gave them.
 *
 * One JSON object with lowlevel, rhythm, tonal and metadata, as far as what we measure
 * is the same thing in the same unit: what programs such as beets read. Fields that
 * we do not measure are left out, never invented. Where AcousticBrainz has moments of a
 * frame series, mean and var are given. Definitions differ in detail (frames, windows): values
 * are comparable with each other, and near, not equal, to those of Essentia. */
#ifndef QFZZ_CLI_ACOUSTICBRAINZ_H
#define QFZZ_CLI_ACOUSTICBRAINZ_H

#include "base/buf.h"
#include "base/features.h"

void acousticbrainz_put(struct qf_buf *out, const char *path, const struct qf_features *f);

#endif
