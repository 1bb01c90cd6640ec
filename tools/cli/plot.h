/* plot.h - a picture of one track, as SVG: waveform with its parts and the preview, beats and
 * bars, chords, pitch classes with the key, and the main figures in words. */
#ifndef QFZZ_CLI_PLOT_H
#define QFZZ_CLI_PLOT_H

#include "base/buf.h"
#include "base/features.h"

/* Append the whole document. Same features, same bytes. What is not known is left out. */
void plot_features(struct qf_buf *out, const char *title, const struct qf_features *f);

#endif
