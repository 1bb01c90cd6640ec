/* listen.c - what decoding costs, what hearing everything costs, and which part of it what
 * extractor takes: CPU seconds of this process.
 *
 *   listen FILE…
 *
 * Each file is decoded once; every block goes to the whole extractor and to each part
 * by itself, interleaved, so that one run under one load measures all. The parts
 * get the signal that extract.c would give them; what extract.c needs beside them is "rest". */
#define _POSIX_C_SOURCE 200809L
#include "audio/decode.h"
#include "dsp/halve.h"
#include "features/channels.h"
#include "features/chromagram.h"
#include "features/codecgrid.h"
#include "features/cutoff.h"
#include "features/extract.h"
#include "features/fingerprint.h"
#include "features/form.h"
#include "features/loudness.h"
#include "features/rhythm.h"
#include "features/series.h"
#include "features/timbre.h"
#include "features/tonality.h"
#include "features/voice.h"
#include "features/waveform.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, MOST = QF_DECODE_CHANNELS };
enum stage { DECODE, WHOLE, LOUDNESS, WAVEFORM, CHANNELS, FINGERPRINT, HALVING, CUTOFF, CODECGRID, TIMBRE, TONALITY, CHROMAGRAM, VOICE, RHYTHM,
	     FORM, STAGES };
static const char *const names[STAGES] = {"decode", "extract, whole", "loudness, peaks", "waveform", "channels", "fingerprint",
	"mono and halving", "cutoff", "codec grid", "timbre, onset curve", "key, tuning", "chromagram", "voice, series", "tempo, beats", "chords, parts"};
static double spent[STAGES], audio_s, since;

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void start(void) { since = cpu(); }
static void stop(enum stage s) { spent[s] += cpu() - since; }

#define MEASURE(stage, what) \
	do { \
		start(); \
		what; \
		stop(stage); \
	} while (0)

struct parts { /* of extract.c, each by itself */
	struct qf_extract *x;
	struct qf_loudness *loudness;
	struct qf_timbre *timbre;
	struct qf_rhythm *rhythm;
	struct qf_tonality *tonality;
	struct qf_chromagram *chromagram;
	struct qf_cutoff *cutoff;
	struct qf_codecgrid *codecgrid;
	struct qf_fingerprint *fingerprint;
	struct qf_waveform waveform;
	struct qf_channels channels;
	struct qf_series series;
	struct qf_voice voice;
	struct qf_halve half[6];
	size_t n_half, to_analysis;
	double frame_rate;
};

static enum qf_status open_parts(struct parts *p, const struct qf_audio_info *i, struct qf_err *e)
{
	double rate = i->rate_hz, analysis;
	enum qf_status st;

	for (; rate > 30000; rate /= 2)
		qf_halve_init(&p->half[p->n_half++], 31);
	analysis = rate;
	p->to_analysis = p->n_half;
	for (; rate > 8000; rate /= 2)
		qf_halve_init(&p->half[p->n_half++], 63);
	st = qf_extract_open(&p->x, i->rate_hz, i->channels, i->lossless, e);
	if (st == QF_OK)
		st = qf_loudness_open(&p->loudness, i->rate_hz, i->channels, e);
	if (st == QF_OK)
		st = qf_timbre_open(&p->timbre, analysis, e);
	if (st != QF_OK)
		return st;
	p->frame_rate = analysis / (double)qf_timbre_hop(p->timbre);
	p->series.block_s = QF_SERIES_FRAMES / p->frame_rate;
	qf_voice_init(&p->voice, p->frame_rate);
	st = qf_rhythm_open(&p->rhythm, p->frame_rate, 0, e);
	if (st == QF_OK)
		st = qf_tonality_open(&p->tonality, rate, e);
	if (st == QF_OK)
		st = qf_chromagram_open(&p->chromagram, rate, e);
	if (st == QF_OK)
		st = qf_cutoff_open(&p->cutoff, i->rate_hz, e);
	if (st == QF_OK)
		st = i->lossless ? qf_codecgrid_open(&p->codecgrid, e) : QF_OK;
	return st == QF_OK ? qf_fingerprint_open(&p->fingerprint, i->rate_hz, i->channels, e) : st;
}

static void close_parts(struct parts *p)
{
	qf_extract_close(p->x);
	qf_loudness_close(p->loudness);
	qf_timbre_close(p->timbre);
	qf_rhythm_close(p->rhythm);
	qf_tonality_close(p->tonality);
	qf_chromagram_close(p->chromagram);
	qf_cutoff_close(p->cutoff);
	qf_codecgrid_close(p->codecgrid);
	qf_fingerprint_close(p->fingerprint);
	qf_series_free(&p->series);
}

/* A failure shows in the whole extractor, whose status alone is looked at. */
static enum qf_status feed(struct parts *p, const float *pcm, size_t n, size_t channels, struct qf_err *e)
{
	static float a[BLOCK + QF_HALVE_TILE], b[BLOCK + QF_HALVE_TILE];
	static struct qf_timbre_frame frames[BLOCK / 16 + 1];
	struct qf_err ignored = {0};
	enum qf_status st;
	size_t m = n, values = 0;

	MEASURE(WHOLE, st = qf_extract_feed(p->x, pcm, n, e));
	MEASURE(LOUDNESS, (void)qf_loudness_feed(p->loudness, pcm, n, &ignored));
	MEASURE(WAVEFORM, qf_waveform_feed(&p->waveform, pcm, n, channels));
	MEASURE(CHANNELS, qf_channels_feed(&p->channels, pcm, n, channels));
	MEASURE(FINGERPRINT, (void)qf_fingerprint_feed(p->fingerprint, pcm, n, &ignored));
	start();
	for (size_t i = 0; i < n; i++) {
		float sum = 0;

		for (size_t c = 0; c < channels; c++)
			sum += pcm[i * channels + c];
		a[i] = sum / (float)channels;
	}
	stop(HALVING);
	MEASURE(CUTOFF, qf_cutoff_feed(p->cutoff, a, n));
	if (p->codecgrid)
		MEASURE(CODECGRID, qf_codecgrid_feed(p->codecgrid, pcm, n, channels));
	for (size_t i = 0; i <= p->n_half; i++) {
		if (i == p->to_analysis)
			MEASURE(TIMBRE, values = qf_timbre_feed(p->timbre, a, m, frames));
		if (i < p->n_half)
			MEASURE(HALVING, m = qf_halve_run(&p->half[i], a, m, b); memcpy(a, b, m * sizeof *a));
	}
	MEASURE(TONALITY, qf_tonality_feed(p->tonality, a, m));
	MEASURE(CHROMAGRAM, (void)qf_chromagram_feed(p->chromagram, a, m, &ignored));
	MEASURE(VOICE, (void)qf_series_feed(&p->series, frames, values, &ignored); qf_voice_feed(&p->voice, frames, values));
	MEASURE(RHYTHM, (void)qf_rhythm_feed(p->rhythm, frames, values, &ignored));
	return st;
}

static enum qf_status finish(struct parts *p, double seconds, struct qf_err *e)
{
	struct qf_features f, g;
	struct qf_err ignored = {0};
	double lead;
	enum qf_status st;

	qf_features_init(&g);
	g.duration_s = seconds;
	MEASURE(WHOLE, st = qf_extract_finish(p->x, &f, e));
	MEASURE(LOUDNESS, (void)qf_loudness_finish(p->loudness, &g, &ignored));
	MEASURE(RHYTHM, (void)qf_rhythm_finish(p->rhythm, seconds, &g, &ignored));
	MEASURE(FORM, (void)qf_form_find(p->chromagram, p->rhythm, &p->series, &g, &ignored));
	MEASURE(TONALITY, (void)qf_tonality_finish(p->tonality, &g, &ignored));
	if (p->codecgrid)
		MEASURE(CODECGRID, (void)qf_codecgrid_finish(p->codecgrid, &lead, &ignored));
	MEASURE(FINGERPRINT, (void)qf_fingerprint_finish(p->fingerprint, &g, &ignored));
	qf_features_free(&f);
	qf_features_free(&g);
	return st;
}

static enum qf_status run(int fd, const char *name, struct qf_err *e)
{
	static float pcm[BLOCK * MOST];
	struct parts *p = calloc(1, sizeof *p);
	struct qf_decode *d = NULL;
	struct qf_audio_info info = {0};
	size_t got = 1, frames = 0;
	enum qf_status st;

	if (!p)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	MEASURE(DECODE, st = qf_decode_open(&d, fd, name, &info, e));
	if (st == QF_OK)
		MEASURE(WHOLE, st = open_parts(p, &info, e));
	while (st == QF_OK && got) {
		MEASURE(DECODE, st = qf_decode_read(d, pcm, BLOCK, &got, e));
		frames += got;
		if (st == QF_OK && got)
			st = feed(p, pcm, got, (size_t)info.channels, e);
	}
	if (st == QF_OK) {
		audio_s += (double)frames / info.rate_hz;
		st = finish(p, (double)frames / info.rate_hz, e);
	}
	MEASURE(DECODE, qf_decode_close(d));
	close_parts(p);
	free(p);
	return st;
}

static void report(void)
{
	double rest = spent[WHOLE], total = spent[DECODE] + spent[WHOLE];
	struct rusage u;

	for (int s = 0; s < STAGES; s++) {
		printf("%-20s %8.3f s  %6.3f ms/s  %5.1f %%\n", names[s], spent[s], 1000 * spent[s] / audio_s, 100 * spent[s] / total);
		if (s > WHOLE)
			rest -= spent[s];
	}
	getrusage(RUSAGE_SELF, &u);
	printf("%-20s %8.3f s  %6.3f ms/s  %5.1f %%\n", "rest", rest, 1000 * rest / audio_s, 100 * rest / total);
	printf("%.0f s of audio: %.0f x real time a core, %.2f times decoding alone; peak RSS %ld MB (two extractors)\n", audio_s,
	       audio_s / total, total / spent[DECODE], u.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		struct qf_err e = {0};
		int fd = open(argv[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0 || run(fd, argv[i], &e) != QF_OK) {
			fprintf(stderr, "%s: %s\n", argv[i], fd < 0 ? "cannot be opened" : e.text);
			failed = 1;
		}
		if (fd >= 0)
			close(fd);
	}
	if (audio_s > 0)
		report();
	return failed;
}
