/* duplicates - precision, recall and time of finding copies among many fingerprints.
 *
 *     duplicates TRACKS[,TRACKS…] [PRINTS]       TRACKS fingerprints, a tenth of them copies of others
 *
 * A small synthesizer makes songs of 120 s at 11,025 Hz (chords, bass, melody, drums of a key, a tempo and a form of their own);
 * Chromaprint hears each. Of ten tracks one is a copy: noise as strong as that of 64 kbit/s, cut by up to 4 s at either end at any sample,
 * faded, or the same. One in fifty is no copy but nearly: the same song played again ("live": tempo up to 3 % off and
 * 1 % from bar to bar, notes up to 40 ms late, another melody), or the same two minutes of something longer. PRINTS [2,000] are synthesized, which takes 20 ms each; the rest are
 * these with all values put through one of TRACKS / PRINTS bijections, which keeps how often values repeat within a track
 * and how far copies differ. Prints one line for each number, for a table. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/random.h"
#include "quality/duplicates.h"

#include <chromaprint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE = 11025, SECONDS = 120, SAMPLES = RATE * SECONDS, TABLE = 1024 };
enum kind { ORIGINAL, NOISE, CUT, FADE, SAME, LIVE, LONGER, KINDS };

struct track {
	uint32_t *v;
	size_t n;
	size_t song;
	enum kind kind;
	double duration_s;
};

static float sines[TABLE];
static uint64_t key, counter;

static double uniform(void)
{
	return (double)(qf_random(key, counter++) >> 11) * 0x1p-53;
}

static unsigned below(unsigned n)
{
	return (unsigned)(uniform() * n);
}

/* Add a note with a few overtones that dies away. */
static void note(float *out, double at_s, double length_s, double hz, double level)
{
	size_t begin = (size_t)(at_s * RATE), n = (size_t)(length_s * RATE);
	uint32_t phase = 0, step = (uint32_t)(hz / RATE * 4294967296.0);
	float amp = (float)level, decay = (float)exp(-3.0 / (double)(n ? n : 1));

	for (size_t i = begin; i < begin + n && i < SAMPLES; i++) {
		out[i] += amp * (sines[phase >> 22] + 0.5F * sines[(2 * phase) >> 22] + 0.25F * sines[(3 * phase) >> 22]);
		phase += step;
		amp *= decay;
	}
}

static void drum(float *out, double at_s, double level, double length_s)
{
	size_t begin = (size_t)(at_s * RATE), n = (size_t)(length_s * RATE);

	for (size_t i = begin; i < begin + n && i < SAMPLES; i++)
		out[i] += (float)(level * (1 - (double)(i - begin) / (double)n)) * (float)((double)(qf_mix64(i * 2654435761U) >> 40) / 8388608.0 - 1);
}

/* The song of a number; loose > 0 plays it again with other timing. */
static void play(float *out, size_t song, double loose)
{
	static const int scale[] = { 0, 2, 4, 5, 7, 9, 11 };
	double beat, root, t = 0;
	int chords[8];

	memset(out, 0, SAMPLES * sizeof *out);
	key = song;
	counter = 0;
	beat = 60.0 / (70 + 90 * uniform());
	root = 55 * pow(2, below(12) / 12.0);
	for (int i = 0; i < 8; i++)
		chords[i] = (int)below(7);
	if (loose > 0)
		beat *= 0.97 + 0.06 * uniform();
	for (int bar = 0; t < SECONDS; bar++) {
		int chord = chords[(bar / 8 % 2 * 4 + bar % 4) % 8];
		double steady = beat;

		if (loose > 0)
			beat *= 0.99 + 0.02 * uniform();

		for (int b = 0; b < 4; b++, t += beat) {
			double late = loose * (uniform() - 0.5);

			for (int v = 0; v < 3; v++)
				note(out, t + fabs(late), 0.9 * beat, root * 4 * pow(2, scale[(chord + 2 * v) % 7] / 12.0 + (chord + 2 * v) / 7), 0.12);
			note(out, t, beat, root * pow(2, scale[chord] / 12.0), 0.25);
			for (int half = 0; half < 2; half++)
				if (uniform() < 0.7)
					note(out, t + half * beat / 2 + fabs(late), 0.6 * beat, root * 8 * pow(2, scale[below(7)] / 12.0), 0.2);
			drum(out, t + beat / 2, 0.2, 0.06);
			drum(out, t, 0.3, b % 2 ? 0.12 : 0.05);
		}
		beat = steady;
	}
}

/* Noise below what is loud, as coders leave it: a quarter of the level of the moment. */
static void add_noise(float *pcm, size_t n)
{
	double level = 0;

	for (size_t i = 0; i < n; i++) {
		level += 0.01 * (fabs((double)pcm[i]) - level);
		pcm[i] += (float)(0.5 * level * (uniform() - 0.5));
	}
}

static void hear(struct track *t, const float *pcm, size_t n)
{
	static int16_t s[SAMPLES];
	ChromaprintContext *c = chromaprint_new(CHROMAPRINT_ALGORITHM_DEFAULT);
	uint32_t *raw = NULL;
	int size = 0;

	for (size_t i = 0; i < n; i++)
		s[i] = (int16_t)fmax(-32767, fmin(32767, (double)pcm[i] * 16000));
	if (!c || !chromaprint_start(c, RATE, 1) || !chromaprint_feed(c, s, (int)n) || !chromaprint_finish(c) ||
	    !chromaprint_get_raw_fingerprint(c, &raw, &size))
		exit(3);
	t->n = (size_t)size;
	t->v = malloc(t->n * sizeof *t->v);
	if (!t->v)
		exit(3);
	memcpy(t->v, raw, t->n * sizeof *t->v);
	t->duration_s = (double)n / RATE;
	chromaprint_dealloc(raw);
	chromaprint_free(c);
}

static void make(struct track *t, size_t song, enum kind kind)
{
	static float pcm[SAMPLES];
	size_t from = 0, n = SAMPLES, edge;

	t->song = song;
	t->kind = kind;
	play(pcm, song, kind == LIVE ? 0.08 : 0);
	counter = 1000000 + kind;
	if (kind == NOISE || kind == CUT)
		add_noise(pcm, n);
	if (kind == CUT) {
		from = (size_t)(uniform() * 4 * RATE);
		n -= from + (size_t)(uniform() * 4 * RATE);
	}
	edge = (size_t)((1 + 5 * uniform()) * RATE);
	for (size_t i = 0; kind == FADE && i < edge; i++) {
		pcm[i] *= (float)i / (float)edge;
		pcm[SAMPLES - 1 - i] *= (float)i / (float)edge;
	}
	hear(t, pcm + from, n);
	if (kind == LONGER)
		t->duration_s += 45;
}

/* Track i of all: 36 of 40 are originals, one each of the four kinds of copies; every 50th original is nearly a copy. */
static void place(size_t i, size_t *song, enum kind *kind)
{
	size_t group = i / 40, k = i % 40;

	*kind = k < 36 ? ORIGINAL : (enum kind)(NOISE + k - 36);
	*song = group * 36 + (k < 36 ? k : k - 36);
	if (k == 35) {
		*kind = group % 2 ? LIVE : LONGER;
		*song = group * 36 + 34;
	}
}

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint32_t *biject(const struct track *t, size_t which)
{
	uint32_t *v = malloc(t->n * sizeof *v), mask = which ? (uint32_t)qf_mix64(which) : 0;
	unsigned turn = (unsigned)(which % 31);

	for (size_t i = 0; v && i < t->n; i++)
		v[i] = ((t->v[i] << turn) | (turn ? t->v[i] >> (32 - turn) : 0)) ^ mask;
	if (!v)
		exit(3);
	return v;
}

/* The first `base` tracks are there; make the others of them, look for copies and print what was found. */
static int measure(struct track *t, size_t base, size_t n)
{
	struct qf_copy *c = calloc(n, sizeof *c);
	struct qf_duplicates d;
	struct qf_err e = { 0 };
	size_t copies = 0, right = 0, wrong = 0;
	double start;

	if (!c)
		return 3;
	for (size_t i = 0; i < n; i++) {
		if (i >= base) {
			t[i] = t[i % base];
			t[i].v = biject(&t[i % base], i / base);
			t[i].song += i / base * base;
		}
		copies += t[i].kind >= NOISE && t[i].kind <= SAME;
		c[i] = (struct qf_copy){ .path = "x", .print = { t[i].v, t[i].n, 0 }, .duration_s = t[i].duration_s };
	}
	start = cpu_s();
	if (qf_duplicates_find(c, n, &d, &e)) {
		fprintf(stderr, "duplicates: %s\n", e.text);
		return 3;
	}
	start = cpu_s() - start;
	for (size_t g = 0; g < d.groups; g++) { /* the original of a group is its member that is one */
		size_t first = d.group[g];

		for (size_t i = d.group[g]; i < d.group[g + 1]; i++)
			if (t[d.v[i].file].kind == ORIGINAL)
				first = i;
		for (size_t i = d.group[g]; i < d.group[g + 1]; i++) {
			const struct track *x = &t[d.v[i].file], *o = &t[d.v[first].file];
			bool is_copy = x->song == o->song && x->kind >= NOISE && x->kind <= SAME;

			right += i != first && is_copy;
			wrong += i != first && !is_copy;
		}
	}
	printf("tracks %zu copies %zu found %zu wrong %zu precision %.4f recall %.4f cpu_s %.2f\n", n, copies, right, wrong,
	       right + wrong ? (double)right / (double)(right + wrong) : 1, copies ? (double)right / (double)copies : 1, start);
	fflush(stdout);
	qf_duplicates_free(&d);
	for (size_t i = base; i < n; i++)
		free(t[i].v);
	free(c);
	return 0;
}

int main(int argc, char **argv)
{
	size_t base = argc > 2 ? strtoul(argv[2], NULL, 10) / 40 * 40 : 2000, most = 0;
	struct track *t;
	int code = 0;

	for (const char *p = argc > 1 ? argv[1] : ""; *p; p += strcspn(p, ","), p += *p == ',') {
		size_t n = strtoul(p, NULL, 10);

		most = n > most ? n : most;
	}
	if (!most || !base) {
		fputs("usage: duplicates TRACKS[,TRACKS…] [PRINTS]\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < TABLE; i++)
		sines[i] = (float)sin(2 * M_PI * (double)i / TABLE);
	t = calloc(most > base ? most : base, sizeof *t);
	if (!t)
		return 3;
	for (size_t i = 0; i < base; i++) {
		size_t song;
		enum kind kind;

		place(i, &song, &kind);
		make(&t[i], song, kind);
	}
	for (const char *p = argv[1]; *p && !code; p += strcspn(p, ","), p += *p == ',') {
		size_t n = strtoul(p, NULL, 10) / 40 * 40;

		code = measure(t, base < n ? base : n, n);
	}
	return code;
}
