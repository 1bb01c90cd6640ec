/* acousticbrainz.h - features under the names that AcousticBrainz's extractor gave them.
 *
 * One JSON object with lowlevel, rhythm, tonal, highlevel and metadata, as far as what we measure
 * is the same thing in the same unit: what programs such as beets read. Fields that
 * we do not measure are left out, never invented. Where AcousticBrainz has moments of a
 * frame series, mean and var are given, or what of them we have. Definitions differ in detail (frames, windows): values
 * are comparable with each other, and near, not equal, to those of Essentia. Notes on some:
 *
 *   mfcc                       the first 13, in dB as there: 20 / ln 10 times ours, whose logarithms are natural
 *   spectral_spread            mean of the squared bandwidth, in Hz^2
 *   loudness_ebu128            of momentary and short_term the maximum
 *   bpm_histogram_*_peak_bpm   our first and second candidate for the tempo
 *   chords_strength            our chords_confidence
 *   highlevel                  a probability there, a share of 1 here: danceability, acousticness and voice_likelihood.
 *                              rhythm.danceability, which goes to 3 there, is left out
 *   hpcp                       12 values, not 36; A is the first, as there
 *   metadata                   tags and properties as the catalog has them */
#ifndef QFZZ_CLI_ACOUSTICBRAINZ_H
#define QFZZ_CLI_ACOUSTICBRAINZ_H

#include "base/buf.h"
#include "base/features.h"
#include "base/track.h"

void acousticbrainz_put(struct qf_buf *out, const struct qf_track *t, const struct qf_features *f);

#endif
