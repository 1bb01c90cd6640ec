#include "dsp/fft.h"

#include "base/alloc.h"

#include <fftw3.h>

struct qf_fft {
	size_t n;
	float *in;
	fftwf_complex *out;
	fftwf_plan plan;
};

enum qf_status qf_fft_open(struct qf_fft **out, size_t n, struct qf_err *e)
{
	struct qf_fft *t;

	*out = NULL;
	if (n < 2 || n % 2 || n > (size_t)1 << 24)
		return qf_fail(e, QF_EINVAL, "fft: %zu values", n);
	t = qf_zalloc(1, sizeof *t);
	if (!t)
		goto fail;
	t->n = n;
	t->in = qf_zalloc(n, sizeof *t->in);
	t->out = qf_zalloc(n / 2 + 1, sizeof *t->out);
	if (!t->in || !t->out)
		goto fail;
	t->plan = fftwf_plan_dft_r2c_1d((int)n, t->in, t->out, FFTW_ESTIMATE);
	if (!t->plan)
		goto fail;
	*out = t;
	return QF_OK;
fail:
	qf_fft_close(t);
	return qf_fail(e, QF_ENOMEM, "fft: out of memory for %zu values", n);
}

void qf_fft_close(struct qf_fft *t)
{
	if (!t)
		return;
	if (t->plan)
		fftwf_destroy_plan(t->plan);
	qf_free(t->in);
	qf_free(t->out);
	qf_free(t);
}

float *qf_fft_input(struct qf_fft *t)
{
	return t->in;
}

void qf_fft_power(struct qf_fft *t, float *out)
{
	fftwf_execute(t->plan);
	for (size_t k = 0; k <= t->n / 2; k++)
		out[k] = t->out[k][0] * t->out[k][0] + t->out[k][1] * t->out[k][1];
}

void qf_fft_real(struct qf_fft *t, float *out)
{
	fftwf_execute(t->plan);
	for (size_t k = 0; k <= t->n / 2; k++)
		out[k] = t->out[k][0];
}

void qf_fft_complex(struct qf_fft *t, float *re, float *im)
{
	fftwf_execute(t->plan);
	for (size_t k = 0; k <= t->n / 2; k++) {
		re[k] = t->out[k][0];
		im[k] = t->out[k][1];
	}
}
