/* form.h - what happens along the beats: chords, bars, parts and the preview.
 *
 * A grid of beats, or of half seconds where there are fewer than 8 beats, divides the
 * track; what lies before the first and behind the last beat are spans of their own. Each span gets
 * the pitch classes of chromagram.h at the tuning of the track, and chords.h names
 * them. Two spans, or as many as keep the track within 600, are a unit of
 * structure.h. The preview begins on the bar nearest to the unit found, and so
 * early that 30 s fit; at 0 for tracks of less than that. */
#ifndef QF_FEATURES_FORM_H
#define QF_FEATURES_FORM_H

#include "base/err.h"
#include "base/features.h"
#include "features/chromagram.h"
#include "features/rhythm.h"
#include "features/series.h"

#define QF_FORM_PREVIEW_S 30

/* Reads duration_s, beats_s, tempo_bpm and tuning_cents; fills chords, chords_confidence,
 * downbeats_s, downbeats_confidence (NaN without beats), segments and preview_start_s. QF_ENOMEM. */
enum qf_status qf_form_find(const struct qf_chromagram *c, const struct qf_rhythm *r, const struct qf_series *s,
			    struct qf_features *f, struct qf_err *e);

#endif
