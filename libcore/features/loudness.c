#include "features/loudness.h"

#include "base/alloc.h"
#include "dsp/peak4x.h"

#include <ebur128.h>
#include <math.h>
#include <string.h>

#define AUDIBLE 0.001f /* -60 dBFS */
#define REPLAYGAIN_LUFS (-18.0)
#define KEEP (QF_PEAK4X_TAPS - 1)
#define PLANE (KEEP + QF_LOUDNESS_MAX + QF_PEAK4X_TILE)

struct qf_loudness {
	ebur128_state *ebu;
	struct qf_peak4x interpolator;
	double rate_hz;
	size_t channels;
	uint64_t frames, first, last; /* first and last audible frame */
	int audible;
	float peak, true_peak;
	float plane[PLANE]; /* one channel at a time: what was kept, then this block */
	float *kept;        /* kept[channels * KEEP]: the end of each channel */
};

static void map_channels(ebur128_state *s, int channels)
{
	if (channels == 5 || channels == 6)
		return; /* libebur128's own default is 5.0 and 5.1 */
	for (int c = 0; c < channels; c++)
		ebur128_set_channel(s, (unsigned)c, EBUR128_LEFT);
}

enum qf_status qf_loudness_open(struct qf_loudness **out, int rate_hz, int channels, struct qf_err *e)
{
	struct qf_loudness *l = qf_zalloc(1, sizeof *l);

	*out = NULL;
	if (l) {
		l->rate_hz = rate_hz;
		l->channels = (size_t)channels;
		l->kept = qf_zalloc(l->channels * KEEP, sizeof *l->kept);
		l->ebu = ebur128_init((unsigned)channels, (unsigned long)rate_hz, EBUR128_MODE_I | EBUR128_MODE_LRA);
	}
	if (!l || !l->kept || !l->ebu) {
		qf_loudness_close(l);
		return qf_fail(e, QF_ENOMEM, "loudness: out of memory for %d channels at %d Hz", channels, rate_hz);
	}
	map_channels(l->ebu, channels);
	qf_peak4x_init(&l->interpolator);
	*out = l;
	return QF_OK;
}

void qf_loudness_close(struct qf_loudness *l)
{
	if (!l)
		return;
	if (l->ebu)
		ebur128_destroy(&l->ebu);
	qf_free(l->kept);
	qf_free(l);
}

static void look_for_sound(struct qf_loudness *l, const float *pcm, size_t frames)
{
	size_t n = frames * l->channels, i = 0, j = n;

	while (i < n && fabsf(pcm[i]) <= AUDIBLE)
		i++;
	if (i == n)
		return;
	while (fabsf(pcm[j - 1]) <= AUDIBLE)
		j--;
	if (!l->audible)
		l->first = l->frames + i / l->channels;
	l->last = l->frames + (j - 1) / l->channels;
	l->audible = 1;
}

/* The interpolator runs behind by KEEP samples, so that each block is whole tiles
 * but for the last, which is filled up with silence. */
static void look_for_peaks(struct qf_loudness *l, const float *pcm, size_t frames)
{
	size_t tiles = (frames + QF_PEAK4X_TILE - 1) / QF_PEAK4X_TILE, surplus = tiles * QF_PEAK4X_TILE - frames;

	for (size_t c = 0; c < l->channels; c++) {
		float *x = l->plane + KEEP, peak = l->peak;

		memcpy(l->plane, l->kept + c * KEEP, KEEP * sizeof *x);
		for (size_t i = 0; i < frames; i++) {
			float a = fabsf(x[i] = pcm[i * l->channels + c]);

			peak = a > peak ? a : peak;
		}
		memset(x + frames, 0, surplus * sizeof *x);
		l->peak = peak;
		l->true_peak = qf_peak4x_run(&l->interpolator, l->plane, tiles, l->true_peak);
		memcpy(l->kept + c * KEEP, l->plane + frames, KEEP * sizeof *x);
	}
}

enum qf_status qf_loudness_feed(struct qf_loudness *l, const float *pcm, size_t frames, struct qf_err *e)
{
	if (ebur128_add_frames_float(l->ebu, pcm, frames) != EBUR128_SUCCESS)
		return qf_fail(e, QF_ENOMEM, "loudness: out of memory");
	look_for_sound(l, pcm, frames);
	look_for_peaks(l, pcm, frames);
	l->frames += frames;
	return QF_OK;
}

static double decibels(float linear)
{
	return linear > 0 ? 20 * log10((double)linear) : NAN;
}

enum qf_status qf_loudness_finish(struct qf_loudness *l, struct qf_features *f, struct qf_err *e)
{
	float silence[KEEP] = {0};
	double range;

	for (size_t c = 0; c < l->channels; c++) { /* what the interpolator is behind */
		memcpy(l->plane, l->kept + c * KEEP, sizeof silence);
		memset(l->plane + KEEP, 0, QF_PEAK4X_TILE * sizeof *l->plane);
		l->true_peak = qf_peak4x_run(&l->interpolator, l->plane, 1, l->true_peak);
	}
	if (ebur128_loudness_global(l->ebu, &f->loudness_lufs) != EBUR128_SUCCESS || !isfinite(f->loudness_lufs))
		f->loudness_lufs = NAN;
	if (ebur128_loudness_range(l->ebu, &range) == EBUR128_ERROR_NOMEM)
		return qf_fail(e, QF_ENOMEM, "loudness: out of memory for the range");
	f->loudness_range_lu = isnan(f->loudness_lufs) || (double)l->frames < 3 * l->rate_hz ? NAN : range;
	f->replaygain_db = REPLAYGAIN_LUFS - f->loudness_lufs;
	f->peak_dbfs = decibels(l->peak);
	f->true_peak_dbtp = decibels(l->true_peak > l->peak ? l->true_peak : l->peak);
	f->silence_head_s = (double)(l->audible ? l->first : l->frames) / l->rate_hz;
	f->silence_tail_s = l->audible ? (double)(l->frames - 1 - l->last) / l->rate_hz : 0;
	return QF_OK;
}
