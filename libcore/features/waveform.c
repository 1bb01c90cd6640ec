#include "features/waveform.h"

#include "base/alloc.h"
#include "dsp/stats.h"

#define LANES 16

static float min2(float a, float b) { return a < b ? a : b; }
static float max2(float a, float b) { return a > b ? a : b; }

/* Stretch lo..hi over x[n], in lanes, so that compilers need not ask whether the order matters. */
static void stretch(const float *x, size_t n, float *lo, float *hi)
{
	float l[LANES], h[LANES];
	size_t i = 0;

	for (size_t k = 0; k < LANES; k++) {
		l[k] = *lo;
		h[k] = *hi;
	}
	for (; i + LANES <= n; i += LANES)
		for (size_t k = 0; k < LANES; k++) {
			l[k] = min2(l[k], x[i + k]);
			h[k] = max2(h[k], x[i + k]);
		}
	for (; i < n; i++) {
		l[0] = min2(l[0], x[i]);
		h[0] = max2(h[0], x[i]);
	}
	for (size_t k = 0; k < LANES; k++) {
		*lo = min2(*lo, l[k]);
		*hi = max2(*hi, h[k]);
	}
}

static void merge_neighbours(struct qf_waveform *w)
{
	for (size_t i = 0; i < QF_WAVEFORM_RUNS / 2; i++) {
		w->lo[i] = min2(w->lo[2 * i], w->lo[2 * i + 1]);
		w->hi[i] = max2(w->hi[2 * i], w->hi[2 * i + 1]);
	}
	w->runs = QF_WAVEFORM_RUNS / 2;
	w->shift++;
}

/* As many frames as fit into the run under way. */
static size_t add_to_run(struct qf_waveform *w, const float *pcm, size_t frames, size_t channels)
{
	uint64_t room = ((uint64_t)1 << w->shift) - w->in_run;
	size_t n = frames < room ? frames : (size_t)room;
	float lo = w->in_run ? w->lo[w->runs] : pcm[0], hi = w->in_run ? w->hi[w->runs] : pcm[0];

	stretch(pcm, n * channels, &lo, &hi);
	w->lo[w->runs] = lo;
	w->hi[w->runs] = hi;
	w->in_run += n;
	return n;
}

void qf_waveform_feed(struct qf_waveform *w, const float *pcm, size_t frames, size_t channels)
{
	w->frames += frames;
	while (frames) {
		size_t n = add_to_run(w, pcm, frames, channels);

		pcm += n * channels;
		frames -= n;
		if (w->in_run < (uint64_t)1 << w->shift)
			break;
		w->in_run = 0;
		if (++w->runs == QF_WAVEFORM_RUNS)
			merge_neighbours(w);
	}
}

static int8_t level(float x)
{
	return (int8_t)lrint(qf_clamp((double)x, -1, 1) * 127);
}

enum qf_status qf_waveform_finish(const struct qf_waveform *w, struct qf_features *f, struct qf_err *e)
{
	if (!w->frames)
		return QF_OK;
	f->waveform.v = qf_alloc(2 * QF_WAVEFORM_COLUMNS, 1);
	if (!f->waveform.v)
		return qf_fail(e, QF_ENOMEM, "waveform: out of memory");
	f->waveform.n = 2 * QF_WAVEFORM_COLUMNS;
	for (uint64_t c = 0; c < QF_WAVEFORM_COLUMNS; c++) {
		uint64_t from = c * w->frames / QF_WAVEFORM_COLUMNS, to = (c + 1) * w->frames / QF_WAVEFORM_COLUMNS;
		size_t first = (size_t)(from >> w->shift), last = (size_t)((to > from ? to - 1 : from) >> w->shift);
		float lo = w->lo[first], hi = w->hi[first];

		for (size_t i = first + 1; i <= last; i++) {
			lo = min2(lo, w->lo[i]);
			hi = max2(hi, w->hi[i]);
		}
		f->waveform.v[2 * c] = level(lo);
		f->waveform.v[2 * c + 1] = level(hi);
	}
	return QF_OK;
}
