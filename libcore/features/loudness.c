#include "features/loudness.h"

#include "base/alloc.h"
#include "dsp/kweight.h"
#include "dsp/peak4x.h"
#include "features/album.h"
#include "features/curve.h"
#include "features/gating.h"
#include "features/momentary.h"

#include <math.h>
#include <string.h>

#define AUDIBLE 0.001f /* -60 dBFS */
#define PIECES 10      /* of a tenth of a second */
#define REPLAYGAIN_LUFS (-18.0)
#define KEEP (QF_PEAK4X_TAPS - 1)
#define PLANE (KEEP + QF_LOUDNESS_MAX + QF_PEAK4X_TILE)

struct qf_loudness {
	struct qf_kweight weighting;
	struct qf_kweight_pair *pairs; /* pairs[(channels + 1) / 2] */
	double *energy;                /* energy[channels + 1], of the 10 ms under way */
	double in_tenth_energy;        /* weighted, of the pieces of the tenth that are whole */
	size_t pieces;                 /* of them */
	size_t tenth_frames, in_tenth; /* frames of a tenth of a second, and of the one under way */
	double *tenth;                 /* tenth[tenths]: gating.h */
	size_t tenths, cap;
	struct qf_momentary momentary;
	struct qf_peak4x interpolator;
	double rate_hz;
	size_t channels;
	uint64_t frames, first, last; /* first and last audible frame */
	int audible;
	float peak, true_peak;
	float plane[PLANE]; /* one channel at a time: what was kept, then this block */
	float *kept;        /* kept[channels * KEEP]: the end of each channel */
};

/* BS.1770-4, table 4, in the order that WAV and libebur128 have. */
static double weight(size_t channel, size_t channels)
{
	static const double five[] = {1, 1, 1, 1.41, 1.41}, six[] = {1, 1, 1, 0, 1.41, 1.41};

	return channels == 5 ? five[channel] : channels == 6 ? six[channel] : 1;
}

enum qf_status qf_loudness_open(struct qf_loudness **out, int rate_hz, int channels, struct qf_err *e)
{
	struct qf_loudness *l = qf_zalloc(1, sizeof *l);

	*out = NULL;
	if (l) {
		l->rate_hz = rate_hz;
		l->tenth_frames = (size_t)(rate_hz + 5) / 10;
		l->channels = (size_t)channels;
		l->kept = qf_zalloc(l->channels * KEEP, sizeof *l->kept);
		l->pairs = qf_zalloc((l->channels + 1) / 2, sizeof *l->pairs);
		l->energy = qf_zalloc(l->channels + 1, sizeof *l->energy);
	}
	if (!l || !l->kept || !l->pairs || !l->energy) {
		qf_loudness_close(l);
		return qf_fail(e, QF_ENOMEM, "loudness: out of memory for %d channels at %d Hz", channels, rate_hz);
	}
	qf_kweight_init(&l->weighting, rate_hz);
	qf_peak4x_init(&l->interpolator);
	*out = l;
	return QF_OK;
}

void qf_loudness_close(struct qf_loudness *l)
{
	if (!l)
		return;
	qf_free(l->kept);
	qf_free(l->pairs);
	qf_free(l->energy);
	qf_free(l->tenth);
	qf_free(l);
}

static enum qf_status end_tenth(struct qf_loudness *l, struct qf_err *e)
{
	if (l->tenths == l->cap) {
		size_t cap = l->cap + l->cap / 4 + 1024;
		double *p = qf_realloc(l->tenth, cap, sizeof *p);

		if (!p)
			return qf_fail(e, QF_ENOMEM, "loudness: out of memory");
		l->tenth = p;
		l->cap = cap;
	}
	l->tenth[l->tenths++] = l->in_tenth_energy / (double)l->tenth_frames;
	l->in_tenth_energy = 0;
	l->in_tenth = l->pieces = 0;
	return QF_OK;
}

static void end_piece(struct qf_loudness *l)
{
	double sum = 0;

	for (size_t c = 0; c < l->channels; c++)
		sum += weight(c, l->channels) * l->energy[c];
	memset(l->energy, 0, (l->channels + 1) * sizeof *l->energy);
	qf_momentary_next(&l->momentary, sum);
	l->in_tenth_energy += sum;
	l->pieces++;
}

/* Ten pieces to a tenth, as even as whole frames allow. */
static enum qf_status weigh(struct qf_loudness *l, const float *pcm, size_t frames, struct qf_err *e)
{
	enum qf_status st = QF_OK;

	while (frames && st == QF_OK) {
		size_t end = (l->pieces + 1) * l->tenth_frames / PIECES, room = end - l->in_tenth, n = frames < room ? frames : room;

		for (size_t c = 0; c < l->channels; c += 2)
			qf_kweight_run(&l->weighting, &l->pairs[c / 2], pcm + c, l->channels, c + 1 < l->channels, n,
				       l->energy + c);
		pcm += n * l->channels;
		frames -= n;
		l->in_tenth += n;
		if (l->in_tenth == end)
			end_piece(l);
		if (l->pieces == PIECES)
			st = end_tenth(l, e);
	}
	return st;
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
	enum qf_status st = weigh(l, pcm, frames, e);

	look_for_sound(l, pcm, frames);
	look_for_peaks(l, pcm, frames);
	l->frames += frames;
	return st;
}

static double decibels(float linear)
{
	return linear > 0 ? 20 * log10((double)linear) : NAN;
}

enum qf_status qf_loudness_finish(struct qf_loudness *l, struct qf_features *f, struct qf_err *e)
{
	enum qf_status st;

	for (size_t c = 0; c < l->channels; c++) { /* what the interpolator is behind */
		memcpy(l->plane, l->kept + c * KEEP, KEEP * sizeof *l->plane);
		memset(l->plane + KEEP, 0, QF_PEAK4X_TILE * sizeof *l->plane);
		l->true_peak = qf_peak4x_run(&l->interpolator, l->plane, 1, l->true_peak);
	}
	f->loudness_lufs = qf_gating_integrated(l->tenth, l->tenths);
	f->loudness_momentary_max_lufs = qf_momentary_max(&l->momentary, (double)l->tenth_frames / PIECES);
	f->loudness_short_max_lufs = qf_momentary_short_max(&l->momentary, (double)l->tenth_frames / PIECES);
	f->replaygain_db = REPLAYGAIN_LUFS - f->loudness_lufs;
	f->peak_dbfs = decibels(l->peak);
	f->true_peak_dbtp = decibels(l->true_peak > l->peak ? l->true_peak : l->peak);
	f->silence_head_s = (double)(l->audible ? l->first : l->frames) / l->rate_hz;
	f->silence_tail_s = l->audible ? (double)(l->frames - 1 - l->last) / l->rate_hz : 0;
	st = qf_gating_range(l->tenth, l->tenths, &f->loudness_range_lu, e);
	if (st == QF_OK)
		st = qf_curve_draw(l->tenth, l->tenths, &f->loudness_curve, e);
	return st == QF_OK ? qf_album_histogram(l->tenth, l->tenths, &f->loudness_histogram, e) : st;
}
