/* fft.h - the spectrum of a real signal, by FFTW in single precision.
 *
 *     qf_fft_open(&t, 1024, &e);
 *     fill qf_fft_input(t)[0..1023];
 *     qf_fft_power(t, power);
 *     qf_fft_close(t);
 *
 * Plans are made with FFTW_ESTIMATE: no measuring, so the same machine always gets
 * the same plan and the same bits, which FFTW_MEASURE and the wisdom saved from it cannot
 * promise. What is lost by it, on an AMD EPYC with AVX-512 (tests/bench/fft.c, three runs): -0.011,
 * 0.011 and 0.013 ms of the 2.8 ms that a second of sound takes with its decoding; MEASURE would plan for
 * 0.5 s. The first plan of a length costs a process 1 ms, each later one 0.02 ms: FFTW
 * remembers it, so that a worker plans once for all of its files. FFTW's planner keeps state of its own for the
 * whole process: open and close transforms in one thread only (aubio's objects
 * plan too). A transform that is open may run in any thread, one at a time. */
#ifndef QF_DSP_FFT_H
#define QF_DSP_FFT_H

#include "base/err.h"

#include <stddef.h>

struct qf_fft; /* opaque: one length */

/* n real values, even, 2 to 2^24. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_fft_open(struct qf_fft **out, size_t n, struct qf_err *e);
void qf_fft_close(struct qf_fft *t); /* NULL is fine */

/* n values to fill before each transform; what they hold after one is undefined.
 * Owned by the transform. */
float *qf_fft_input(struct qf_fft *t);

/* Transform the input; out[n / 2 + 1], bin k at k / n of the sample rate:
 * the squared magnitudes, the real parts, or both parts (re and im, each as long).
 * Unscaled, as sum x e^(-2 pi i k j / n). */
void qf_fft_power(struct qf_fft *t, float *out);
void qf_fft_real(struct qf_fft *t, float *out);
void qf_fft_complex(struct qf_fft *t, float *re, float *im);

#endif
