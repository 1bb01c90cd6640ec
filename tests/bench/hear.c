/* hear.c - what the extractor hears in files, as an estimate table for truth.py:
 * path<TAB>value<TAB>unit, units bpm, key, beats, downbeats, chords, cents.
 *
 *   hear ROOT < PATHS      paths relative to ROOT, one a line */
#define _POSIX_C_SOURCE 200809L
#include "audio/decode.h"
#include "features/extract.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SAMPLES = 65536 };
static float pcm[SAMPLES];

static enum qf_status hear(int fd, const char *name, struct qf_features *f, struct qf_tempo *t, struct qf_err *e)
{
	struct qf_decode *d;
	struct qf_extract *x = NULL;
	struct qf_audio_info info;
	size_t got = 1;
	enum qf_status rc = qf_decode_open(&d, fd, name, &info, e);

	if (rc == QF_OK)
		rc = qf_extract_open(&x, info.rate_hz, info.channels, info.lossless, e);
	while (rc == QF_OK && got) {
		rc = qf_decode_read(d, pcm, (size_t)(SAMPLES / info.channels), &got, e);
		if (rc == QF_OK && got)
			rc = qf_extract_feed(x, pcm, got, e);
	}
	if (rc == QF_OK)
		rc = qf_extract_finish(x, f, e);
	if (rc == QF_OK)
		*t = *qf_extract_tempo(x);
	qf_extract_close(x);
	qf_decode_close(d);
	return rc;
}

static void put_times(const char *path, const struct qf_floats *t, const char *unit)
{
	printf("%s\t", path);
	for (size_t i = 0; i < t->n; i++)
		printf("%s%.3f", i ? " " : "", (double)t->v[i]);
	printf("\t%s\n", unit);
}

static void put_all(const char *path, const struct qf_features *f)
{
	if (!isnan(f->tempo_bpm))
		printf("%s\t%.4f\tbpm\n", path, f->tempo_bpm);
	if (f->key)
		printf("%s\t%s\tkey\n", path, f->key);
	if (!isnan(f->tuning_cents))
		printf("%s\t%.2f\tcents\n", path, f->tuning_cents);
	if (f->chords)
		printf("%s\t%s\tchords\n", path, f->chords);
	put_times(path, &f->beats_s, "beats");
	put_times(path, &f->downbeats_s, "downbeats");
	printf("%s\t%.3f\tseconds\n", path, f->duration_s);
	printf("%s\t%.3f\tlossy\n%s\t%.0f\tcutoff\n%s\t%.3f\tvoice\n", path, f->lossy_suspicion, path, f->cutoff_hz, path, f->voice_likelihood);
	printf("%s\t%.3f\ttempo_confidence\n%s\t%.3f\ttempo_stability\n%s\t%.3f\tdownbeats_confidence\n%s\t%.3f\tchords_confidence\n",
	       path, f->tempo_confidence, path, f->tempo_stability, path, f->downbeats_confidence, path, f->chords_confidence);
}

/* For scripts/train-octave. */
static void put_octave(const char *path, const struct qf_tempo *t)
{
	printf("%s\t%.4f", path, t->single_bpm);
	for (int i = 0; i < QF_TEMPO_OCTAVE; i++)
		printf(" %.6f", t->octave[i]);
	puts("\toctave");
}

int main(int argc, char **argv)
{
	char line[4096], full[8192];
	int failed = 0;

	while (argc == 2 && fgets(line, sizeof line, stdin)) {
		struct qf_features f;
		struct qf_tempo t = {0};
		struct qf_err e = {0};
		int fd;

		line[strcspn(line, "\n")] = '\0';
		snprintf(full, sizeof full, "%s/%s", argv[1], line);
		fd = open(full, O_RDONLY | O_CLOEXEC);
		qf_features_init(&f);
		if (fd < 0 || hear(fd, line, &f, &t, &e) != QF_OK) {
			fprintf(stderr, "%s: %s\n", full, fd < 0 ? "cannot be opened" : e.text);
			failed = 1;
		} else
			put_all(line, &f);
		if (t.single_bpm > 0)
			put_octave(line, &t);
		qf_features_free(&f);
		if (fd >= 0)
			close(fd);
	}
	return failed;
}
