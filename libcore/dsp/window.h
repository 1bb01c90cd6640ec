/* window.h - window functions for short-time spectra. */
#ifndef QF_DSP_WINDOW_H
#define QF_DSP_WINDOW_H

#include <stddef.h>

/* The periodic Hann window, w[i] = gain * (1 - cos(2 pi i / n)) / 2. With
 * gain = 4 / n a sine of amplitude a in the middle of a bin has the magnitude a
 * there, since the window sums to n / 2 and a real sine has two halves.
 * F. J. Harris, "On the use of windows for harmonic analysis", Proc. IEEE 66, 1978. */
void qf_window_hann(float *w, size_t n, double gain);

#endif
