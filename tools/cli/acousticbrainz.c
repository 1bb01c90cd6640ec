#include "cli/acousticbrainz.h"

#include "rows/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_moments(struct qf_buf *b, const char *key, double mean, double sd, double scale)
{
	if (isnan(mean))
		return;
	qf_json_key(b, key);
	qf_json_open(b, '{');
	qf_json_opt_num(b, "mean", mean * scale, 6);
	qf_json_opt_num(b, "var", sd * sd * scale * scale, 6);
	qf_json_close(b, '}');
}

static void put_list(struct qf_buf *b, const char *key, const float *v, size_t n, int decimals)
{
	qf_json_key(b, key);
	qf_json_open(b, '[');
	for (size_t i = 0; i < n; i++)
		qf_json_num(b, (double)v[i], decimals);
	qf_json_close(b, ']');
}

/* {"all":{"danceable":0.8,"not_danceable":0.2},"probability":0.8,"value":"danceable"} */
static void put_class(struct qf_buf *b, const char *key, const char *yes, const char *no, double share)
{
	if (isnan(share))
		return;
	qf_json_key(b, key);
	qf_json_open(b, '{');
	qf_json_key(b, "all");
	qf_json_open(b, '{');
	qf_json_opt_num(b, yes, share, 3);
	qf_json_opt_num(b, no, 1 - share, 3);
	qf_json_close(b, '}');
	qf_json_opt_num(b, "probability", fmax(share, 1 - share), 3);
	qf_json_opt_str(b, "value", share >= 0.5 ? yes : no);
	qf_json_close(b, '}');
}

static void put_one(struct qf_buf *b, const char *key, const char *moment, double v, int decimals)
{
	if (isnan(v))
		return;
	qf_json_key(b, key);
	qf_json_open(b, '{');
	qf_json_opt_num(b, moment, v, decimals);
	qf_json_close(b, '}');
}

static void put_mfcc(struct qf_buf *b, const struct qf_features *f)
{
	float db[13];

	for (size_t i = 0; i < 13; i++)
		db[i] = f->mfcc_mean[i] * (float)(20 / log(10));
	qf_json_key(b, "mfcc");
	qf_json_open(b, '{');
	put_list(b, "mean", db, 13, 3);
	qf_json_close(b, '}');
}

static void put_lowlevel(struct qf_buf *b, const struct qf_features *f)
{
	qf_json_key(b, "lowlevel");
	qf_json_open(b, '{');
	qf_json_key(b, "loudness_ebu128");
	qf_json_open(b, '{');
	qf_json_opt_num(b, "integrated", f->loudness_lufs, 2);
	qf_json_opt_num(b, "loudness_range", f->loudness_range_lu, 2);
	put_one(b, "momentary", "max", f->loudness_momentary_max_lufs, 2);
	put_one(b, "short_term", "max", f->loudness_short_max_lufs, 2);
	qf_json_close(b, '}');
	put_mfcc(b, f);
	put_one(b, "spectral_spread", "mean", f->bandwidth_hz_mean * f->bandwidth_hz_mean + f->bandwidth_hz_sd * f->bandwidth_hz_sd, 1);
	put_moments(b, "spectral_centroid", f->centroid_hz_mean, f->centroid_hz_sd, 1);
	put_moments(b, "spectral_rolloff", f->rolloff_hz_mean, f->rolloff_hz_sd, 1);
	put_moments(b, "zerocrossingrate", f->zero_crossings_hz_mean, f->zero_crossings_hz_sd, 1.0 / 44100); /* a sample, at 44.1 kHz */
	qf_json_close(b, '}');
}

static void put_rhythm(struct qf_buf *b, const struct qf_features *f)
{
	qf_json_key(b, "rhythm");
	qf_json_open(b, '{');
	qf_json_opt_num(b, "bpm", f->tempo_bpm, 3);
	for (size_t i = 0; i < 2 && i < f->tempo_candidates_bpm.n; i++)
		put_one(b, i ? "bpm_histogram_second_peak_bpm" : "bpm_histogram_first_peak_bpm", "mean", (double)f->tempo_candidates_bpm.v[i], 2);
	qf_json_put_int(b, "beats_count", (int64_t)f->beats_s.n);
	put_list(b, "beats_position", f->beats_s.v, f->beats_s.n, 3);
	qf_json_opt_num(b, "onset_rate", f->onset_rate_hz, 4);
	qf_json_close(b, '}');
}

/* "F# minor" gives "F#" and "minor". */
static void put_key(struct qf_buf *b, const struct qf_features *f)
{
	size_t n = f->key ? strcspn(f->key, " ") : 0;

	if (!f->key)
		return;
	qf_json_key(b, "key_key");
	qf_json_strn(b, f->key, n);
	qf_json_opt_str(b, "key_scale", f->key[n] ? f->key + n + 1 : NULL);
	qf_json_opt_num(b, "key_strength", f->key_strength, 3);
}

/* Changes of chord by the number of beats, as Essentia has it, and the share of each label by time. */
static void put_chords(struct qf_buf *b, const struct qf_features *f)
{
	double best = 0, total[25] = { 0 };
	char label[25][8] = { "" }, major[8] = "";
	size_t n = 0, at = 0, changes = 0;

	for (const char *p = f->chords; p && strchr(p, ' '); p = strchr(p, ' ') + 1, changes++) {
		const char *name = strchr(p, '=') + 1, *next = strchr(p, ' ') + 1;
		size_t length = (size_t)(next - 1 - name), k = 0;

		if (length >= sizeof label[0] || *name == 'N')
			continue;
		while (k < n && (strncmp(label[k], name, length) != 0 || label[k][length]))
			k++;
		if (k == n && n < 25)
			memcpy(label[n++], name, length);
		total[k] += strtod(next, NULL) - strtod(p, NULL);
	}
	for (size_t k = 0; k < n; k++)
		if (total[k] > best) {
			best = total[k];
			at = k;
		}
	if (!n)
		return;
	put_one(b, "chords_strength", "mean", f->chords_confidence, 4);
	memcpy(major, label[at], sizeof major);
	major[strcspn(major, ":")] = '\0';
	qf_json_opt_str(b, "chords_key", major);
	qf_json_opt_str(b, "chords_scale", strstr(label[at], ":min") ? "minor" : "major");
	if (!f->beats_s.n)
		return;
	qf_json_opt_num(b, "chords_changes_rate", (double)(changes - 1) / (double)f->beats_s.n, 4);
	qf_json_opt_num(b, "chords_number_rate", (double)n / (double)f->beats_s.n, 4);
}

static void put_tonal(struct qf_buf *b, const struct qf_features *f)
{
	float from_a[12];

	for (int i = 0; i < 12; i++)
		from_a[i] = f->chroma[(i + 9) % 12]; /* Essentia's first pitch class is A */
	qf_json_key(b, "tonal");
	qf_json_open(b, '{');
	put_key(b, f);
	put_chords(b, f);
	if (!isnan(f->tuning_cents))
		qf_json_opt_num(b, "tuning_frequency", 440 * exp2(f->tuning_cents / 1200), 3);
	qf_json_key(b, "hpcp");
	qf_json_open(b, '{');
	put_list(b, "mean", from_a, 12, 4);
	qf_json_close(b, '}');
	qf_json_close(b, '}');
}

static void put_highlevel(struct qf_buf *b, const struct qf_features *f)
{
	qf_json_key(b, "highlevel");
	qf_json_open(b, '{');
	put_class(b, "danceability", "danceable", "not_danceable", f->danceability);
	put_class(b, "mood_acoustic", "acoustic", "not_acoustic", f->acousticness);
	put_class(b, "voice_instrumental", "voice", "instrumental", f->voice_likelihood);
	qf_json_close(b, '}');
}

static void put_properties(struct qf_buf *b, const struct qf_track *t, const struct qf_features *f)
{
	qf_json_key(b, "audio_properties");
	qf_json_open(b, '{');
	qf_json_opt_num(b, "length", f->duration_s, 3);
	qf_json_opt_num(b, "replay_gain", f->replaygain_db, 2);
	qf_json_opt_str(b, "codec", t->codec);
	if (t->bitrate_kbps > 0)
		qf_json_opt_num(b, "bit_rate", 1000.0 * t->bitrate_kbps, 0);
	if (t->sample_rate_hz > 0)
		qf_json_opt_num(b, "sample_rate", t->sample_rate_hz, 0);
	if (t->channels > 0)
		qf_json_opt_num(b, "number_channels", t->channels, 0);
	qf_json_close(b, '}');
}

/* Each tag is a list there. */
static void put_tags(struct qf_buf *b, const struct qf_track *t)
{
	const struct { const char *key, *value; } tags[] = {
		{ "artist", t->artist }, { "title", t->title }, { "album", t->album }, { "albumartist", t->albumartist }, { "genre", t->genre },
		{ "date", t->date }, { "isrc", t->isrc }, { "musicbrainz_recordingid", t->mbid },
	};

	qf_json_key(b, "tags");
	qf_json_open(b, '{');
	qf_json_opt_str(b, "file_name", strrchr(t->path, '/') ? strrchr(t->path, '/') + 1 : t->path);
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		if (!tags[i].value)
			continue;
		qf_json_key(b, tags[i].key);
		qf_json_open(b, '[');
		qf_json_str(b, tags[i].value);
		qf_json_close(b, ']');
	}
	qf_json_close(b, '}');
}

void acousticbrainz_put(struct qf_buf *out, const struct qf_track *t, const struct qf_features *f)
{
	qf_json_open(out, '{');
	put_lowlevel(out, f);
	put_rhythm(out, f);
	put_tonal(out, f);
	put_highlevel(out, f);
	qf_json_key(out, "metadata");
	qf_json_open(out, '{');
	put_properties(out, t, f);
	put_tags(out, t);
	qf_json_key(out, "version");
	qf_json_open(out, '{');
	qf_json_opt_str(out, "extractor", "qfzz " QFZZ_VERSION);
	qf_json_close(out, '}');
	qf_json_close(out, '}');
	qf_json_close(out, '}');
	qf_buf_putc(out, '\n');
}
