#include "features/moods.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "dsp/stats.h"

#include <math.h>
#include <string.h>

enum quantity { LOUDNESS, RANGE, ONSETS, ROLLOFF, CENTROID, FLATNESS, TEMPO, PULSE, TEMPO_AWAY, JITTER, MODE, QUANTITIES };

static const struct { double usual, spread; const char *what; } scale[QUANTITIES] = {
	[LOUDNESS] = {-14, 4, "loudness (LUFS)"},
	[RANGE] = {6.5, 4.5, "loudness range (LU)"},
	[ONSETS] = {4, 1.8, "onsets (1/s)"},
	[ROLLOFF] = {1500, 1200, "rolloff (Hz)"},
	[CENTROID] = {1800, 700, "centroid (Hz)"},
	[FLATNESS] = {0.02, 0.025, "flatness"},
	[TEMPO] = {115, 30, "tempo (BPM)"},
	[PULSE] = {0.3, 0.2, "tempo confidence"},
	[TEMPO_AWAY] = {0.35, 0.25, "distance from 118 BPM (octaves)"},
	[JITTER] = {0.05, 0.04, "jitter of the beats"},
	[MODE] = {0, 0.4, "mode (key strength, minor negative)"},
};

struct term {
	enum quantity what;
	double weight;
};

#define TERMS QF_MOODS_TERMS /* a weight of 0 ends the list */
static const struct term energy[TERMS] = {{LOUDNESS, 1.1}, {ONSETS, 0.6}, {ROLLOFF, 0.5}, {RANGE, -0.3}};
static const struct term danceability[TERMS] = {{PULSE, 0.9}, {TEMPO_AWAY, -0.7}, {JITTER, -0.4}, {ONSETS, 0.3}};
static const struct term acousticness[TERMS] = {
	{FLATNESS, -0.7}, {ROLLOFF, -0.7}, {LOUDNESS, -0.5}, {RANGE, 0.5}, {ONSETS, -0.3}};
static const struct term valence[TERMS] = {{MODE, 0.9}, {TEMPO, 0.5}, {CENTROID, 0.3}, {FLATNESS, -0.6}};
static const struct term arousal[TERMS] = {{LOUDNESS, 0.9}, {TEMPO, 0.5}, {ONSETS, 0.7}, {CENTROID, 0.4}};

struct rule {
	const char *word;
	double energy_min, arousal_min, arousal_max, valence_min, valence_max, dance_min, centroid_max;
};

#define ANY 1e9
static const struct rule rules[] = {
	{"happy", 0, 0.50, 1, 0.60, 1, 0, ANY},
	{"sad", 0, 0, 0.45, 0, 0.40, 0, ANY},
	{"energetic", 0.65, 0, 1, 0, 1, 0, ANY},
	{"calm", 0, 0, 0.35, 0, 1, 0, ANY},
	{"aggressive", 0.75, 0, 1, 0, 0.495, 0, ANY},
	{"relaxed", 0, 0, 0.45, 0.50, 1, 0, ANY},
	{"danceable", 0, 0, 1, 0, 1, 0.65, ANY},
	{"dark", 0, 0, 1, 0, 0.40, 0, 1500},
};

static double beat_jitter(const struct qf_floats *beats)
{
	struct qf_stat s = {0};

	for (size_t i = 1; i < beats->n; i++)
		if (beats->v[i] > beats->v[i - 1])
			qf_stat_add(&s, log((double)(beats->v[i] - beats->v[i - 1])));
	return qf_stat_sd(&s);
}

static double mode(const struct qf_features *f)
{
	if (!f->key)
		return 0;
	return strstr(f->key, "minor") ? -f->key_strength : f->key_strength;
}

static void quantities(const struct qf_features *f, double x[QUANTITIES])
{
	x[LOUDNESS] = f->loudness_lufs;
	x[RANGE] = f->loudness_range_lu;
	x[ONSETS] = f->onset_rate_hz;
	x[ROLLOFF] = f->rolloff_hz_mean;
	x[CENTROID] = f->centroid_hz_mean;
	x[FLATNESS] = f->flatness_mean;
	x[TEMPO] = f->tempo_bpm;
	x[PULSE] = f->tempo_confidence;
	x[TEMPO_AWAY] = fabs(log2(f->tempo_bpm / 118));
	x[JITTER] = beat_jitter(&f->beats_s);
	x[MODE] = mode(f);
}

static double share(const struct term *t, const double *x)
{
	enum quantity q = t->what;

	return isnan(x[q]) ? 0 : t->weight * qf_clamp((x[q] - scale[q].usual) / scale[q].spread, -3, 3);
}

static double judge(const struct term *terms, const double *x)
{
	double sum = 0;

	for (size_t i = 0; i < TERMS && terms[i].weight != 0; i++)
		sum += share(&terms[i], x);
	return qf_logistic(sum);
}

size_t qf_moods_terms(const struct qf_features *f, const char *name, struct qf_moods_term out[QF_MOODS_TERMS])
{
	static const struct { const char *name; const struct term *terms; } all[] = {
		{"energy", energy}, {"danceability", danceability}, {"acousticness", acousticness},
		{"valence", valence}, {"arousal", arousal},
	};
	double x[QUANTITIES];
	size_t n = 0;

	if (isnan(f->loudness_lufs) || (isnan(f->tempo_bpm) && strcmp(name, "danceability") == 0))
		return 0;
	quantities(f, x);
	for (size_t k = 0; k < sizeof all / sizeof *all; k++)
		for (const struct term *t = all[k].terms; strcmp(all[k].name, name) == 0 && n < TERMS && t[n].weight != 0; n++)
			out[n] = (struct qf_moods_term){scale[t[n].what].what, x[t[n].what], scale[t[n].what].usual,
							scale[t[n].what].spread, t[n].weight, share(&t[n], x)};
	return n;
}

static int holds(const struct rule *r, const struct qf_features *f)
{
	return f->energy >= r->energy_min && f->arousal >= r->arousal_min && f->arousal <= r->arousal_max &&
	       f->valence >= r->valence_min && f->valence <= r->valence_max && f->danceability >= r->dance_min &&
	       (isnan(f->centroid_hz_mean) || f->centroid_hz_mean <= r->centroid_max);
}

static enum qf_status words(struct qf_features *f, struct qf_err *e)
{
	struct qf_buf b = {0};
	enum qf_status st;

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (!holds(&rules[i], f))
			continue;
		if (b.len)
			qf_buf_putc(&b, ',');
		qf_buf_puts(&b, rules[i].word);
	}
	st = qf_buf_check(&b, e);
	if (st == QF_OK)
		f->moods = b.p;
	else
		qf_buf_free(&b);
	return st;
}

enum qf_status qf_moods(struct qf_features *f, struct qf_err *e)
{
	double x[QUANTITIES];

	qf_free(f->moods);
	f->moods = NULL;
	f->energy = f->danceability = f->acousticness = f->valence = f->arousal = 0;
	if (isnan(f->loudness_lufs))
		return QF_OK;
	quantities(f, x);
	f->energy = judge(energy, x);
	f->danceability = isnan(f->tempo_bpm) ? 0 : judge(danceability, x);
	f->acousticness = judge(acousticness, x);
	f->valence = judge(valence, x);
	f->arousal = judge(arousal, x);
	return words(f, e);
}
