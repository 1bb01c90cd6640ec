/* Everything runs on blocks of BLOCK frames, however the samples come in, so
 * that the result does not depend on how they were cut. A block goes, as it is,
 * to loudness, waveform, channels, codecgrid and fingerprint; its mean over the channels goes
 * to cutoff, and is halved in rate to 15 to 30 kHz for timbre, whose frames rhythm,
 * series and voice read, and from there to 4 to 8 kHz for tonality and chromagram.
 * What needs the beats (form) comes at the end. */
#include "features/extract.h"

#include "base/alloc.h"
#include "dsp/halve.h"
#include "features/channels.h"
#include "features/chromagram.h"
#include "features/codecgrid.h"
#include "features/cutoff.h"
#include "features/embedding.h"
#include "features/fingerprint.h"
#include "features/form.h"
#include "features/loudness.h"
#include "features/moods.h"
#include "features/rhythm.h"
#include "features/series.h"
#include "features/timbre.h"
#include "features/tonality.h"
#include "features/voice.h"
#include "features/waveform.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define BLOCK 4096 /* frames; QF_HALVE_MAX and QF_LOUDNESS_MAX allow it */
#define LOUDEST 1e6f
#define ANALYSIS_MAX_HZ 30000.0
#define TONALITY_MAX_HZ 8000.0
#define HALVINGS 4 /* 384 kHz to 24 kHz */
#define LONGEST_S 43200
#define HOP_MIN 16 /* the shortest of timbre's: a frame of 64 */

struct chain { /* halvings one after the other */
	size_t n;
	struct qf_halve stage[HALVINGS];
};

struct qf_extract {
	int rate_hz;
	size_t channels, filled; /* filled: frames in block */
	uint64_t frames;
	float *block;            /* block[BLOCK * channels] */
	struct chain to_analysis, to_tonality;
	float last_in, last_out; /* of the DC filter */
	float a[BLOCK + QF_HALVE_TILE], b[BLOCK + QF_HALVE_TILE];
	struct qf_timbre_frame frame[BLOCK / HOP_MIN + 1];
	double frame_rate_hz;    /* of timbre */
	struct qf_loudness *loudness;
	struct qf_timbre *timbre;
	struct qf_rhythm *rhythm;
	struct qf_tonality *tonality;
	struct qf_fingerprint *fingerprint;
	struct qf_chromagram *chromagram;
	struct qf_cutoff *cutoff;
	struct qf_codecgrid *codecgrid; /* NULL: the sound is known to be lossy */
	struct qf_waveform waveform;
	struct qf_channels stereo;
	struct qf_series series;
	struct qf_voice voice;
};

/* Returns the rate behind the chain. */
static double plan_chain(struct chain *c, double rate_hz, double max_hz, int taps)
{
	for (; rate_hz > max_hz; rate_hz /= 2)
		qf_halve_init(&c->stage[c->n++], taps);
	return rate_hz;
}

static enum qf_status open_parts(struct qf_extract *x, bool lossless, struct qf_err *e)
{
	double analysis = plan_chain(&x->to_analysis, x->rate_hz, ANALYSIS_MAX_HZ, 31);
	double tonal = plan_chain(&x->to_tonality, analysis, TONALITY_MAX_HZ, 63);
	int channels = (int)x->channels;
	enum qf_status st = qf_loudness_open(&x->loudness, x->rate_hz, channels, e);

	if (st == QF_OK)
		st = qf_timbre_open(&x->timbre, analysis, e);
	if (st == QF_OK)
		x->frame_rate_hz = analysis / (double)qf_timbre_hop(x->timbre);
	if (st == QF_OK)
		st = qf_rhythm_open(&x->rhythm, x->frame_rate_hz, QF_TIMBRE_EVENT * (double)qf_timbre_length(x->timbre) / analysis,
				    e);
	if (st == QF_OK)
		st = qf_tonality_open(&x->tonality, tonal, e);
	if (st == QF_OK)
		st = qf_chromagram_open(&x->chromagram, tonal, e);
	if (st == QF_OK)
		st = qf_cutoff_open(&x->cutoff, x->rate_hz, e);
	if (st == QF_OK && lossless)
		st = qf_codecgrid_open(&x->codecgrid, e);
	if (st == QF_OK)
		st = qf_fingerprint_open(&x->fingerprint, x->rate_hz, channels, e);
	if (st != QF_OK)
		return st;
	x->series.block_s = QF_SERIES_FRAMES / x->frame_rate_hz;
	qf_voice_init(&x->voice, x->frame_rate_hz);
	return st;
}

enum qf_status qf_extract_open(struct qf_extract **out, int rate_hz, int channels, bool lossless, struct qf_err *e)
{
	struct qf_extract *x;
	enum qf_status st;

	*out = NULL;
	if (rate_hz < 1000 || rate_hz > 384000 || channels < 1 || channels > 64)
		return qf_fail(e, QF_EUNSUPPORTED, "%d channels at %d Hz: only 1 to 64 at 1,000 to 384,000 Hz can be analysed",
			       channels, rate_hz);
	x = qf_zalloc(1, sizeof *x);
	if (x)
		x->block = qf_alloc(BLOCK * (size_t)channels, sizeof *x->block);
	if (!x || !x->block) {
		qf_free(x);
		return qf_fail(e, QF_ENOMEM, "extract: out of memory");
	}
	x->rate_hz = rate_hz;
	x->channels = (size_t)channels;
	st = open_parts(x, lossless, e);
	if (st == QF_OK)
		*out = x;
	else
		qf_extract_close(x);
	return st;
}

const struct qf_tempo *qf_extract_tempo(const struct qf_extract *x)
{
	return qf_rhythm_tempo(x->rhythm);
}

void qf_extract_close(struct qf_extract *x)
{
	if (!x)
		return;
	qf_loudness_close(x->loudness);
	qf_timbre_close(x->timbre);
	qf_rhythm_close(x->rhythm);
	qf_tonality_close(x->tonality);
	qf_chromagram_close(x->chromagram);
	qf_cutoff_close(x->cutoff);
	qf_codecgrid_close(x->codecgrid);
	qf_fingerprint_close(x->fingerprint);
	qf_series_free(&x->series);
	qf_free(x->block);
	qf_free(x);
}

static void mix(const float *pcm, size_t frames, size_t channels, float *mono)
{
	float scale = 1 / (float)channels;

	if (channels == 2) {
		for (size_t i = 0; i < frames; i++)
			mono[i] = (pcm[2 * i] + pcm[2 * i + 1]) * 0.5f;
		return;
	}
	for (size_t i = 0; i < frames; i++) {
		float sum = 0;

		for (size_t c = 0; c < channels; c++)
			sum += pcm[i * channels + c];
		mono[i] = sum * scale;
	}
}

/* Halve x->a as often as the chain says; x->b is the other hand. */
static size_t run_chain(struct qf_extract *x, struct chain *c, size_t n)
{
	for (size_t i = 0; i < c->n; i++) {
		n = qf_halve_run(&c->stage[i], x->a, n, x->b);
		memcpy(x->a, x->b, n * sizeof *x->a);
	}
	return n;
}

/* A first-order high-pass at 0.0008 of the rate (17 Hz at 22,050), so that an
 * offset neither hides zero crossings nor pulls at the spectrum. What fades out is
 * set to 0 before it gets slow to compute with. */
static void remove_dc(struct qf_extract *x, size_t n)
{
	float in = x->last_in, out = x->last_out;

	for (size_t i = 0; i < n; i++) {
		out = x->a[i] - in + 0.995f * out;
		in = x->a[i];
		x->a[i] = out;
	}
	x->last_in = in;
	x->last_out = fabsf(out) < 1e-20f ? 0 : out;
}

static enum qf_status take_frames(struct qf_extract *x, size_t n, struct qf_err *e)
{
	enum qf_status st = qf_rhythm_feed(x->rhythm, x->frame, n, e);

	if (st == QF_OK)
		st = qf_series_feed(&x->series, x->frame, n, e);
	qf_voice_feed(&x->voice, x->frame, n);
	return st;
}

static enum qf_status take_block(struct qf_extract *x, struct qf_err *e)
{
	enum qf_status st = qf_loudness_feed(x->loudness, x->block, x->filled, e);
	size_t n;

	if (st == QF_OK)
		st = qf_fingerprint_feed(x->fingerprint, x->block, x->filled, e);
	if (st != QF_OK)
		return st;
	qf_waveform_feed(&x->waveform, x->block, x->filled, x->channels);
	qf_channels_feed(&x->stereo, x->block, x->filled, x->channels);
	if (x->codecgrid)
		qf_codecgrid_feed(x->codecgrid, x->block, x->filled, x->channels);
	mix(x->block, x->filled, x->channels, x->a);
	qf_cutoff_feed(x->cutoff, x->a, x->filled);
	n = run_chain(x, &x->to_analysis, x->filled);
	remove_dc(x, n);
	st = take_frames(x, qf_timbre_feed(x->timbre, x->a, n, x->frame), e);
	n = run_chain(x, &x->to_tonality, n);
	qf_tonality_feed(x->tonality, x->a, n);
	x->frames += x->filled;
	x->filled = 0;
	return st == QF_OK ? qf_chromagram_feed(x->chromagram, x->a, n, e) : st;
}

/* Not a number counts as 0, and nothing is louder than +120 dBFS, so that no sum
 * overflows. */
static void copy_sane(float *to, const float *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float v = from[i];

		v = isfinite(v) ? v : 0;
		v = v < LOUDEST ? v : LOUDEST;
		to[i] = v > -LOUDEST ? v : -LOUDEST;
	}
}

enum qf_status qf_extract_feed(struct qf_extract *x, const float *pcm, size_t frames, struct qf_err *e)
{
	if (x->frames + x->filled + frames > (uint64_t)x->rate_hz * LONGEST_S)
		return qf_fail(e, QF_ELIMIT, "longer than 12 hours");
	while (frames) {
		size_t room = BLOCK - x->filled, n = frames < room ? frames : room;

		copy_sane(x->block + x->filled * x->channels, pcm, n * x->channels);
		x->filled += n;
		pcm += n * x->channels;
		frames -= n;
		if (x->filled == BLOCK) {
			enum qf_status st = take_block(x, e);

			if (st != QF_OK)
				return st;
		}
	}
	return QF_OK;
}

static enum qf_status cut_off(struct qf_extract *x, struct qf_features *f, struct qf_err *e)
{
	double lead;
	enum qf_status st;

	qf_cutoff_finish(x->cutoff, f);
	if (!x->codecgrid)
		return QF_OK;
	st = qf_codecgrid_finish(x->codecgrid, &lead, e);
	if (st == QF_OK)
		qf_cutoff_suspect(x->cutoff, lead, f);
	return st;
}

enum qf_status qf_extract_finish(struct qf_extract *x, struct qf_features *f, struct qf_err *e)
{
	enum qf_status st = QF_OK;

	qf_features_init(f);
	if (x->filled)
		st = take_block(x, e);
	if (st == QF_OK && !x->frames)
		st = qf_fail(e, QF_EFORMAT, "no sound: not one frame was decoded");
	if (st != QF_OK)
		return st;
	f->duration_s = (double)x->frames / x->rate_hz;
	st = qf_loudness_finish(x->loudness, f, e);
	if (st == QF_OK)
		st = take_frames(x, qf_timbre_finish(x->timbre, f, x->frame), e);
	if (st == QF_OK)
		st = qf_rhythm_finish(x->rhythm, f->duration_s, f, e);
	if (st == QF_OK)
		st = qf_tonality_finish(x->tonality, f, e);
	if (st == QF_OK)
		st = qf_form_find(x->chromagram, x->rhythm, &x->series, f, e);
	if (st == QF_OK)
		st = qf_waveform_finish(&x->waveform, f, e);
	if (st == QF_OK)
		st = qf_fingerprint_finish(x->fingerprint, f, e);
	qf_channels_finish(&x->stereo, f);
	if (st == QF_OK)
		st = cut_off(x, f, e);
	qf_voice_finish(&x->voice, x->frame_rate_hz, f);
	if (st == QF_OK)
		st = qf_moods(f, e);
	if (st == QF_OK)
		qf_embedding(f, f->embedding);
	return st;
}
