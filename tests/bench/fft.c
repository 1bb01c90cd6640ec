/* fft.c - what FFTW's planning modes cost and bring, for the transforms that a track needs.
 *
 *   fft
 *
 * CPU time of the first plan of a process, of the same plan made again (FFTW remembers, so that all files of
 * a worker but the first have it for nothing), and of a transform; then the same with FFTW_MEASURE. Modes take
 * turns, and the best of 5 rounds counts. The last line is what MEASURE would save in a second of sound. */
#define _POSIX_C_SOURCE 200809L
#include <fftw3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, RUNS = 4000, SIZES = 3 };
static const struct { int n; double per_s; } transforms[SIZES] = {{1024, 86.1}, {2048, 3 + 5.4}, {8192, 2.7}}; /* at 44.1 kHz */
struct cost { double first_s, again_s, run_s; };

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double plan(fftwf_plan *p, int n, float *in, fftwf_complex *out, unsigned mode)
{
	double t = cpu();

	*p = fftwf_plan_dft_r2c_1d(n, in, out, mode);
	return cpu() - t;
}

static void keep_best(double *best, double x)
{
	*best = *best == 0 || x < *best ? x : *best;
}

static void measure(int n, unsigned mode, struct cost *c)
{
	float *in = fftwf_alloc_real((size_t)n);
	fftwf_complex *out = fftwf_alloc_complex((size_t)n / 2 + 1);
	fftwf_plan p, q;
	double t;

	fftwf_forget_wisdom();
	keep_best(&c->first_s, plan(&p, n, in, out, mode));
	keep_best(&c->again_s, plan(&q, n, in, out, mode));
	memset(in, 0, (size_t)n * sizeof *in);
	t = cpu();
	for (int i = 0; i < RUNS; i++)
		fftwf_execute(p);
	keep_best(&c->run_s, (cpu() - t) / RUNS);
	fftwf_destroy_plan(p);
	fftwf_destroy_plan(q);
	fftwf_free(in);
	fftwf_free(out);
}

int main(void)
{
	static const struct { const char *name; unsigned mode; } modes[2] = {{"ESTIMATE", FFTW_ESTIMATE}, {"MEASURE", FFTW_MEASURE}};
	struct cost c[SIZES][2] = {{{0}}};
	double saved = 0;

	for (int r = 0; r < ROUNDS; r++)
		for (int k = 0; k < SIZES; k++)
			for (int m = 0; m < 2; m++)
				measure(transforms[k].n, modes[m].mode, &c[k][m]);
	for (int k = 0; k < SIZES; k++) {
		for (int m = 0; m < 2; m++)
			printf("FFT of %4d, %-8s  first plan %8.3f ms, again %6.3f ms, a transform %6.2f us\n", transforms[k].n, modes[m].name,
			       1e3 * c[k][m].first_s, 1e3 * c[k][m].again_s, 1e6 * c[k][m].run_s);
		saved += transforms[k].per_s * (c[k][0].run_s - c[k][1].run_s);
	}
	printf("MEASURE would save %.4f ms of a second of sound\n", 1e3 * saved);
	return 0;
}
