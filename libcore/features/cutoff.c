#include "features/cutoff.h"

#include "base/alloc.h"
#include "dsp/fft.h"
#include "dsp/stats.h"
#include "dsp/window.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define FRAME 2048
#define BINS (FRAME / 2 + 1)
#define PER_SECOND 3
#define AUDIBLE 1e-6f /* mean square, -60 dBFS */
#define SIDE 3        /* bins to either side that are averaged */
#define ABOVE_FLOOR 6.0
#define DEEP 20.0
#define LOWEST_FLOOR -120.0
#define SILENT -118.0    /* dB re a full-scale sine in a bin; rounding to 16 bits has -126 */
#define LOWEST_HZ 12000.0
#define HIGHEST_HZ 20700.0
#define ENCODERS_HZ 16200.0
#define EDGE_HZ 500.0
#define FALL_NONE 12.0
#define FALL_SPAN 20.0
#define FALL_DOUBT 5.7 /* dB, of one frame: twice what chance makes of a fall between two means of 7 bins */
#define SILENT_MOST 0.7
#define FALL_MOST 0.4
#define LEAD_NONE 4.3 /* standard deviations */
#define LEAD_SPAN 2.2

struct qf_cutoff {
	double rate_hz;
	struct qf_fft *fft;
	float window[FRAME], frame[FRAME], power[BINS];
	size_t filled, skip, every; /* skip: samples to pass over before the next frame */
	size_t frames;
	double sum[BINS];
};

enum qf_status qf_cutoff_open(struct qf_cutoff **out, double rate_hz, struct qf_err *e)
{
	struct qf_cutoff *c = qf_zalloc(1, sizeof *c);

	*out = NULL;
	if (!c)
		return qf_fail(e, QF_ENOMEM, "cutoff: out of memory");
	if (qf_fft_open(&c->fft, FRAME, e) != QF_OK) {
		qf_free(c);
		return QF_ENOMEM;
	}
	c->rate_hz = rate_hz;
	c->every = (size_t)fmax(FRAME, rate_hz / PER_SECOND);
	qf_window_hann(c->window, FRAME, 4.0 / FRAME);
	*out = c;
	return QF_OK;
}

void qf_cutoff_close(struct qf_cutoff *c)
{
	if (!c)
		return;
	qf_fft_close(c->fft);
	qf_free(c);
}

static void take_frame(struct qf_cutoff *c)
{
	float *in = qf_fft_input(c->fft);

	if (qf_dot(c->frame, c->frame, FRAME) < AUDIBLE * FRAME)
		return;
	for (size_t i = 0; i < FRAME; i++)
		in[i] = c->frame[i] * c->window[i];
	qf_fft_power(c->fft, c->power);
	for (size_t k = 0; k < BINS; k++)
		c->sum[k] += (double)c->power[k];
	c->frames++;
}

void qf_cutoff_feed(struct qf_cutoff *c, const float *mono, size_t n)
{
	while (n) {
		size_t room = c->skip ? c->skip : FRAME - c->filled, some = n < room ? n : room;

		if (c->skip)
			c->skip -= some;
		else {
			memcpy(c->frame + c->filled, mono, some * sizeof *mono);
			c->filled += some;
		}
		mono += some;
		n -= some;
		if (c->filled == FRAME) {
			take_frame(c);
			c->filled = 0;
			c->skip = c->every - FRAME;
		}
	}
}

/* The averaged spectrum in dB re a full-scale sine. */
static void levels(const struct qf_cutoff *c, double db[BINS])
{
	for (size_t k = 0; k < BINS; k++) {
		size_t from = k > SIDE ? k - SIDE : 0, to = k + SIDE < BINS ? k + SIDE : BINS - 1;
		double sum = 0;

		for (size_t j = from; j <= to; j++)
			sum += c->sum[j];
		db[k] = 10 * log10(sum / (double)(to - from + 1) / (double)c->frames + 1e-16);
	}
}

void qf_cutoff_finish(const struct qf_cutoff *c, struct qf_features *f)
{
	double db[BINS], floor_db = INFINITY, below = 0;
	size_t top = BINS - 1;

	if (!c->frames)
		return;
	levels(c, db);
	for (size_t k = BINS / 2; k < BINS; k++)
		floor_db = fmin(floor_db, db[k]);
	for (size_t k = BINS / 4; k < BINS / 2; k++)
		below += db[k] / (double)(BINS / 2 - BINS / 4);
	floor_db = fmax(fmin(floor_db, below - DEEP), LOWEST_FLOOR);
	while (top > 0 && db[top] < floor_db + ABOVE_FLOOR)
		top--;
	f->cutoff_hz = (double)top * c->rate_hz / FRAME;
}

/* The largest share of suspicion that any fall of the spectrum gives. */
static double by_fall(const struct qf_cutoff *c)
{
	double db[BINS], most = 0, hz = c->rate_hz / FRAME, none = FALL_NONE + FALL_DOUBT / sqrt((double)c->frames);
	size_t half = (size_t)(EDGE_HZ / 2 / hz + 0.5);

	levels(c, db);
	for (size_t k = (size_t)(LOWEST_HZ / hz); (double)k * hz <= HIGHEST_HZ && k + half < BINS; k++) {
		double above = fmax(db[k + half], LOWEST_FLOOR - 20), share = qf_clamp((db[k - half] - above - none) / FALL_SPAN, 0, 1);
		bool silent = above < SILENT && (double)k * hz > ENCODERS_HZ;

		most = fmax(most, fmin(share, silent ? SILENT_MOST : FALL_MOST));
	}
	return most;
}

void qf_cutoff_suspect(const struct qf_cutoff *c, double grid_lead, struct qf_features *f)
{
	if (c->frames && !isnan(grid_lead))
		f->lossy_suspicion = fmax(qf_clamp((grid_lead - LEAD_NONE) / LEAD_SPAN, 0, 1), by_fall(c));
}
