#include "features/repeats.h"

#include "base/alloc.h"
#include "dsp/fft.h"

#include <math.h>
#include <string.h>

#define LEAST_MEAN 0.05f
#define LEAST_VALUES 64
#define MOST_VALUES ((size_t)1 << 23) /* qf_fft_open's limit, twice over */

struct qf_repeats {
	size_t window;
	struct qf_fft *fft; /* of two windows, so that the end does not come round to the beginning */
	float *spectrum;    /* spectrum[window + 1] */
	double *acf;        /* acf[window] */
};

enum qf_status qf_repeats_open(struct qf_repeats **out, size_t window, struct qf_err *e)
{
	struct qf_repeats *r;

	*out = NULL;
	if (window < LEAST_VALUES || window > MOST_VALUES || window % 2)
		return qf_fail(e, QF_EINVAL, "repeats: a window of %zu values", window);
	r = qf_zalloc(1, sizeof *r);
	if (!r)
		return qf_fail(e, QF_ENOMEM, "repeats: out of memory");
	r->window = window;
	r->spectrum = qf_alloc(window + 1, sizeof *r->spectrum);
	r->acf = qf_alloc(window, sizeof *r->acf);
	if (!r->spectrum || !r->acf || qf_fft_open(&r->fft, 2 * window, e) != QF_OK) {
		qf_repeats_close(r);
		return qf_fail(e, QF_ENOMEM, "repeats: out of memory");
	}
	*out = r;
	return QF_OK;
}

void qf_repeats_close(struct qf_repeats *r)
{
	if (!r)
		return;
	qf_fft_close(r->fft);
	qf_free(r->spectrum);
	qf_free(r->acf);
	qf_free(r);
}

size_t qf_repeats_windows(const struct qf_repeats *r, size_t n)
{
	return n < r->window / 2 ? 1 : (n - r->window / 2) / (r->window / 4) + 1;
}

/* The power to 0.35 is the magnitude to 0.7, and being real and even it goes back by the same transform. */
static int correlate(struct qf_repeats *r)
{
	float *in = qf_fft_input(r->fft);

	qf_fft_power(r->fft, r->spectrum);
	for (size_t k = 0; k <= r->window; k++)
		in[k] = powf(r->spectrum[k], 0.35f);
	for (size_t k = 1; k < r->window; k++)
		in[2 * r->window - k] = in[k];
	qf_fft_real(r->fft, r->spectrum);
	if (!(r->spectrum[0] > 0))
		return 0;
	for (size_t k = 0; k < r->window; k++)
		r->acf[k] = (double)(r->spectrum[k] / r->spectrum[0]);
	return 1;
}

const double *qf_repeats_window(struct qf_repeats *r, const float *curve, size_t n, size_t i)
{
	float *in = qf_fft_input(r->fft), mean = 0;
	size_t at = i * (r->window / 4), len = n - at < r->window ? n - at : r->window;

	for (size_t k = 0; k < len; k++)
		mean += curve[at + k];
	if (len < LEAST_VALUES || mean / (float)len < LEAST_MEAN)
		return NULL;
	mean /= (float)len;
	memset(in, 0, 2 * r->window * sizeof *in);
	for (size_t k = 0; k < len; k++)
		in[k] = curve[at + k] - mean;
	return correlate(r) ? r->acf : NULL;
}

size_t qf_repeats_mean(struct qf_repeats *r, const float *curve, size_t n, double *mean)
{
	size_t windows = qf_repeats_windows(r, n), heard = 0;

	memset(mean, 0, r->window * sizeof *mean);
	for (size_t i = 0; i < windows; i++) {
		const double *acf = qf_repeats_window(r, curve, n, i);

		for (size_t k = 0; acf && k < r->window; k++)
			mean[k] += acf[k];
		heard += acf != NULL;
	}
	for (size_t k = 0; k < r->window; k++)
		mean[k] /= (double)windows;
	return heard;
}
