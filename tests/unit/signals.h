/* signals.h - synthetic sound for tests: everything deterministic, mono unless
 * said, full scale 1.0. Buffers come from sound_new() and go with sound_free(). */
#ifndef TESTS_SIGNALS_H
#define TESTS_SIGNALS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

struct sound {
	float *v; /* v[frames * channels] */
	size_t frames;
	int rate, channels;
};

static inline struct sound sound_new(int rate, int channels, double seconds)
{
	struct sound s = {NULL, (size_t)lround(seconds * rate), rate, channels};

	s.v = calloc(s.frames * (size_t)channels + 1, sizeof *s.v);
	if (!s.v)
		abort();
	return s;
}

static inline void sound_free(struct sound *s)
{
	free(s->v);
	s->v = NULL;
}

static inline double linear(double db)
{
	return pow(10, db / 20);
}

/* Add to all channels from frame `at`. */
static inline void sound_add(struct sound *s, size_t at, double x)
{
	for (int c = 0; at < s->frames && c < s->channels; c++)
		s->v[at * (size_t)s->channels + (size_t)c] += (float)x;
}

/* A sine of peak amplitude a from `from` for `seconds`, phase in radians counted from there. */
static inline void sound_sine(struct sound *s, double from, double seconds, double hz, double a, double phase)
{
	size_t first = (size_t)lround(from * s->rate), n = (size_t)lround(seconds * s->rate);

	for (size_t i = 0; i < n; i++)
		sound_add(s, first + i, a * sin(2 * PI * hz * (double)i / s->rate + phase));
}

/* Uniform noise within -a..a, one generator for all (Knuth's MMIX constants). */
static inline void sound_noise(struct sound *s, double a, uint64_t seed)
{
	for (size_t i = 0; i < s->frames; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		sound_add(s, i, a * ((double)(seed >> 11) / 4503599627370496.0 - 1));
	}
}

/* A short knock at `from`: 2 ms of decaying 2 kHz. */
static inline void sound_click(struct sound *s, double from, double a)
{
	size_t first = (size_t)lround(from * s->rate), n = (size_t)(s->rate / 100);

	for (size_t i = 0; i < n; i++)
		sound_add(s, first + i, a * exp(-500.0 * (double)i / s->rate) * sin(2 * PI * 2000 * (double)i / s->rate));
}

static inline void sound_clicks(struct sound *s, double from, double bpm, double a)
{
	for (double t = from; t < (double)s->frames / s->rate - 0.05; t += 60 / bpm)
		sound_click(s, t, a);
}

/* A struck note with five harmonics; pitch as a MIDI number, A4 = a4 Hz. */
static inline void sound_note(struct sound *s, double from, double seconds, double pitch, double a4, double a)
{
	size_t first = (size_t)lround(from * s->rate), n = (size_t)lround(seconds * s->rate);
	double hz = a4 * exp2((pitch - 69) / 12);

	for (size_t i = 0; i < n; i++) {
		double t = (double)i / s->rate, x = 0;

		for (int h = 1; h <= 5 && hz * h < s->rate / 2.0; h++)
			x += sin(2 * PI * hz * h * t) / h;
		sound_add(s, first + i, a * x * exp(-2 * t) * fmin(1, t / 0.005) * fmin(1, (seconds - t) / 0.01));
	}
}

/* Root, third and fifth above `root` and the root an octave below. */
static inline void sound_chord(struct sound *s, double from, double seconds, int root, int minor, double a4, double a)
{
	const int steps[] = {-12, 0, minor ? 3 : 4, 7};

	for (size_t i = 0; i < 4; i++)
		sound_note(s, from, seconds, root + steps[i], a4, a);
}

/* I-IV-V-I (i-iv-V-i in minor) again and again, a chord each half second; tonic 0 C to 11 B. */
static inline void sound_cadence(struct sound *s, int tonic, int minor, double a4, double a)
{
	const int root[] = {0, 5, 7, 0};
	double seconds = (double)s->frames / s->rate;
	int i = 0;

	for (double t = 0; t + 0.5 <= seconds; t += 0.5, i++)
		sound_chord(s, t, 0.5, 60 + (tonic + root[i % 4]) % 12, minor && i % 4 != 2, a4, a);
}

/* As many 1 kHz tones one after the other as levels says, in all channels (EBU Tech 3341 and 3342). */
struct level {
	double seconds, dbfs;
};

static inline struct sound sound_levels(int rate, int channels, const struct level *l, size_t n)
{
	double total = 0, t = 0;
	struct sound s;

	for (size_t i = 0; i < n; i++)
		total += l[i].seconds;
	s = sound_new(rate, channels, total);
	for (size_t i = 0; i < n; t += l[i].seconds, i++)
		sound_sine(&s, t, l[i].seconds, 1000, linear(l[i].dbfs), 0);
	return s;
}

#endif
