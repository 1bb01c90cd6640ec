/* plot.h - a picture of one track: waveform with its parts and the preview, loudness over time, beats and
 * bars, chords, pitch classes with the key, and the main figures in words. */
#ifndef QFZZ_CLI_PLOT_H
#define QFZZ_CLI_PLOT_H

#include "base/features.h"
#include "cli/canvas.h"

#define PLOT_WIDE 1180
#define PLOT_HIGH 752

/* Same features, same picture. title is UTF-8. What is not known is left out. */
void plot_features(struct canvas *c, const char *title, const struct qf_features *f);

#endif
