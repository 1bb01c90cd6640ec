/* Chords, bars, parts, channels, cut-off, voice and aubio's onsets, on signals whose answers are known. */
#include "features/channels.h"
#include "features/chords.h"
#include "features/cutoff.h"
#include "features/downbeats.h"
#include "features/extract.h"
#include "features/structure.h"
#include "signals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define near(a, b, by) assert_true(fabs((double)(a) - (double)(b)) <= (by))

static struct qf_features hear(struct sound s)
{
	struct qf_features f;
	struct qf_extract *x;
	struct qf_err e = {0};

	assert_int_equal(qf_extract_open(&x, s.rate, s.channels, true, &e), QF_OK);
	assert_int_equal(qf_extract_feed(x, s.v, s.frames, &e), QF_OK);
	assert_int_equal(qf_extract_finish(x, &f, &e), QF_OK);
	qf_extract_close(x);
	sound_free(&s);
	return f;
}

/* ---- chords ------------------------------------------------------------------------------ */

static void a_triad_is_its_chord_and_flat_is_none(void **state)
{
	float chroma[6][12] = {{0}};
	uint8_t chord[6];
	double confidence;
	struct qf_err e = {0};

	(void)state;
	for (int i = 0; i < 2; i++)
		chroma[i][0] = chroma[i][4] = chroma[i][7] = 1;     /* C E G */
	for (int i = 2; i < 4; i++)
		chroma[i][9] = chroma[i][0] = chroma[i][4] = 0.5;   /* A C E, whatever the level */
	for (int k = 0; k < 12; k++)
		chroma[4][k] = chroma[5][k] = 1;
	assert_int_equal(qf_chords_find((const float (*)[12])chroma, 6, chord, &confidence, &e), QF_OK);
	assert_string_equal(qf_chords_name(chord[0]), "C:maj");
	assert_string_equal(qf_chords_name(chord[1]), "C:maj");
	assert_string_equal(qf_chords_name(chord[2]), "A:min");
	assert_string_equal(qf_chords_name(chord[3]), "A:min");
	assert_string_equal(qf_chords_name(chord[4]), "N");
	near(confidence, 4.0 / 6, 1e-6); /* four perfect fits and two without chord */
}

/* A single beat of E over G B D: going to E minor and back would cost 0.44. */
static void a_passing_note_is_no_new_chord(void **state)
{
	float chroma[5][12] = {{0}};
	uint8_t chord[5];
	double confidence;
	struct qf_err e = {0};

	(void)state;
	for (int i = 0; i < 5; i++)
		chroma[i][7] = chroma[i][11] = chroma[i][2] = 1;
	chroma[2][4] = 1;    /* E minor fits this beat better, by 0.1 */
	chroma[2][2] = 0.8f;
	assert_int_equal(qf_chords_find((const float (*)[12])chroma, 5, chord, &confidence, &e), QF_OK);
	for (int i = 0; i < 5; i++)
		assert_string_equal(qf_chords_name(chord[i]), "G:maj");
}

static void a_cadence_is_heard_chord_by_chord(void **state)
{
	struct sound s = sound_new(44100, 2, 32);
	static const int root[] = {0, 9, 5, 7}; /* C, A minor, F, G, two seconds each */
	struct qf_features f;
	const char *at;
	int right = 0;

	(void)state;
	for (int i = 0; i < 16; i++)
		for (int k = 0; k < 4; k++)
			sound_chord(&s, 2.0 * i + 0.5 * k, 0.5, 60 + root[i % 4], i % 4 == 1, 440, 0.1);
	f = hear(s);
	near(f.tempo_bpm, 120, 0.5);
	for (at = f.chords; (at = strstr(at, "=C:maj")) != NULL; at++)
		right++;
	assert_int_equal(right, 4);
	assert_non_null(strstr(f.chords, "=A:min"));
	assert_non_null(strstr(f.chords, "=F:maj"));
	assert_non_null(strstr(f.chords, "=G:maj"));
	assert_non_null(strstr(f.chords, "32.000=."));
	assert_true(f.chords_confidence > 0.5);
	qf_features_free(&f);
}

/* ---- bars -------------------------------------------------------------------------------- */

static void accents_make_the_bars(void **state)
{
	float four[40][2] = {{0}}, three[42][2] = {{0}};
	struct qf_bars b;

	(void)state;
	for (int i = 0; i < 40; i++)
		four[i][0] = (float)(i % 4 == 3) + 0.01f * (float)(i % 7);
	for (int i = 0; i < 42; i++)
		three[i][1] = (float)(i % 3 == 1) + 0.01f * (float)(i % 5);
	b = qf_downbeats_find((const float (*)[2])four, 40);
	assert_int_equal(b.beats, 4);
	assert_int_equal(b.phase, 3);
	assert_true(b.confidence == 1);
	b = qf_downbeats_find((const float (*)[2])three, 42);
	assert_int_equal(b.beats, 3);
	assert_int_equal(b.phase, 1);
	b = qf_downbeats_find((const float (*)[2])four, 7);
	assert_true(b.beats == 4 && b.phase == 0 && b.confidence == 0);
}

/* A chord each two seconds at 120 BPM, a kick of 60 Hz on each first beat. */
static void bars_begin_where_chords_change(void **state)
{
	struct sound s = sound_new(44100, 1, 32);
	static const int root[] = {0, 9, 5, 7};
	struct qf_features f;

	(void)state;
	for (int i = 0; i < 64; i++) {
		sound_chord(&s, 0.5 * i, 0.5, 60 + root[i / 4 % 4], i / 4 % 4 == 1, 440, 0.08);
		sound_click(&s, 0.5 * i, 0.2);
		if (i % 4 == 0)
			sound_sine(&s, 0.5 * i, 0.1, 60, 0.4, 0);
	}
	f = hear(s);
	assert_true(f.downbeats_s.n >= 14);
	assert_true(f.downbeats_confidence > 0.3);
	for (size_t i = 0; i < f.downbeats_s.n; i++)
		near(remainder((double)f.downbeats_s.v[i], 2), 0, 0.03);
	qf_features_free(&f);
}

/* ---- parts ------------------------------------------------------------------------------- */

static void three_parts_of_two_kinds_are_a_b_a(void **state)
{
	static float x[120][QF_STRUCTURE_DIMS], loudness[120];
	struct qf_structure s;
	struct qf_err e = {0};

	(void)state;
	for (int i = 0; i < 120; i++) {
		int b = i >= 40 && i < 80;

		for (int d = 0; d < QF_STRUCTURE_DIMS; d++)
			x[i][d] = (float)((d % 2 == b) + 0.01 * ((i * 7 + d * 3) % 11));
		loudness[i] = b ? -10 : -20;
	}
	assert_int_equal(qf_structure_find(x, loudness, 120, 20, &s, &e), QF_OK);
	assert_int_equal(s.parts, 3);
	assert_int_equal(s.first[0], 0);
	assert_int_equal(s.first[1], 40);
	assert_int_equal(s.first[2], 80);
	assert_memory_equal(s.letter, "ABA", 3);
	assert_int_equal(qf_structure_find(x, loudness, 601, 20, &s, &e), QF_EINVAL);
}

static void the_preview_is_the_loud_middle(void **state)
{
	struct sound s = sound_new(22050, 1, 100);
	struct qf_features f;

	(void)state;
	for (int i = 0; i < 200; i++)
		sound_chord(&s, 0.5 * i, 0.5, 60 + 5 * (i / 4 % 2), 0, 440, i >= 80 && i < 150 ? 0.15 : 0.01);
	f = hear(s);
	assert_true(f.preview_start_s >= 38 && f.preview_start_s <= 47); /* within 40 .. 75 s, give or take a bar */
	qf_features_free(&f);
	f = hear(sound_new(22050, 1, 10));
	assert_true(f.preview_start_s == 0);
	qf_features_free(&f);
}

/* ---- channels ---------------------------------------------------------------------------- */

static void runs_of_three_at_full_scale_are_clipped(void **state)
{
	const float pcm[] = {1, 1, 0, 1, 1, 1, 1, 0, -1, -1, -1, 1, 1, 0, 1};
	struct qf_channels whole = {0}, cut = {0}, pair = {0};
	struct qf_features f = {0};

	(void)state;
	qf_channels_feed(&whole, pcm, 15, 1);
	qf_channels_finish(&whole, &f);
	assert_true(f.clipped_runs == 2); /* 1 1 1 1 and -1 -1 -1; not 1 1, nor -1 followed by 1 */
	for (int i = 0; i < 15; i++)
		qf_channels_feed(&cut, pcm + i, 1, 1);
	qf_channels_finish(&cut, &f);
	assert_true(f.clipped_runs == 2);
	qf_channels_feed(&pair, (const float[]){1, 0, 1, 0, 1, 0, 0, 0}, 4, 2);
	qf_channels_finish(&pair, &f);
	assert_true(f.clipped_runs == 1);
	near(f.stereo_width, 0.5, 1e-12); /* one channel only: mid and side are alike */
}

static void width_is_the_share_of_the_side(void **state)
{
	static const struct { float l, r; double width; } cases[] = {{0.5f, 0.5f, 0}, {0.5f, -0.5f, 1}, {0.75f, 0.25f, 0.2}};
	struct qf_features f = {0};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct qf_channels c = {0};

		for (int k = 0; k < 1000; k++)
			qf_channels_feed(&c, (const float[]){cases[i].l, cases[i].r}, 1, 2);
		qf_channels_finish(&c, &f);
		near(f.stereo_width, cases[i].width, 1e-6); /* 0.75, 0.25: mid 0.5, side 0.25: 1/5 */
	}
}

/* ---- cut-off ----------------------------------------------------------------------------- */

/* Noise through a sinc low-pass of 511 taps at hz. */
static struct sound noise_below(int rate, double seconds, double hz)
{
	struct sound raw = sound_new(rate, 1, seconds), s = sound_new(rate, 1, seconds);
	double tap[511];

	sound_noise(&raw, 0.3, 9);
	for (int k = 0; k < 511; k++) {
		double t = k - 255, x = 2 * PI * hz / rate * t;

		tap[k] = (t == 0 ? 2 * hz / rate : sin(x) / (PI * t)) * (0.42 - 0.5 * cos(2 * PI * k / 510) + 0.08 * cos(4 * PI * k / 510));
	}
	for (size_t i = 511; i < s.frames; i++) {
		double y = 0;

		for (size_t k = 0; k < 511; k++)
			y += tap[k] * (double)raw.v[i - k];
		s.v[i] = (float)y;
	}
	sound_free(&raw);
	return s;
}

static void a_low_pass_at_16_khz_is_found_and_suspected(void **state)
{
	struct qf_features f = hear(noise_below(44100, 5, 16000));
	struct sound s = sound_new(44100, 1, 1);

	(void)state;
	near(f.cutoff_hz, 16000, 300);
	near(f.lossy_suspicion, 0.4, 1e-9); /* a source of 32 kHz ends so, too */
	qf_features_free(&f);
	for (int i = 1; i <= 400; i++)
		sound_sine(&s, 0, 1, 45 * i, 0.002, i * i);
	f = hear(s);
	near(f.lossy_suspicion, 0.7, 1e-9); /* nothing above: encoders cut so, and hardly anything else */
	qf_features_free(&f);
}

static void noise_over_the_whole_band_is_above_suspicion(void **state)
{
	struct sound s = sound_new(44100, 1, 5);
	struct qf_features f;

	(void)state;
	sound_noise(&s, 0.3, 9);
	f = hear(s);
	assert_true(f.cutoff_hz > 21000);
	assert_true(f.lossy_suspicion == 0);
	qf_features_free(&f);
	f = hear(sound_new(44100, 1, 5));
	assert_true(isnan(f.cutoff_hz) && isnan(f.lossy_suspicion));
	qf_features_free(&f);
}

/* ---- voice, tempo, key, onsets ----------------------------------------------------------- */

/* Bursts of a buzz of 140 Hz, each with the formants of another vowel, 4.5 a second. */
static void babble_is_more_like_a_voice_than_an_organ(void **state)
{
	static const double formant[5][2] = {{730, 1090}, {270, 2290}, {530, 1840}, {570, 840}, {300, 870}};
	struct sound babble = sound_new(22050, 1, 12), organ = sound_new(22050, 1, 12);
	struct qf_features b, o;

	(void)state;
	for (int i = 0; i < 52; i++)
		for (int h = 1; h <= 25; h++) {
			double hz = 140.0 * h, gain = 0;

			for (int k = 0; k < 2; k++)
				gain += 1 / (1 + pow((hz - formant[i % 5][k]) / 90, 2));
			sound_sine(&babble, i / 4.5, 0.13, hz, 0.1 * gain, h);
		}
	for (int h = 1; h <= 8; h++)
		sound_sine(&organ, 0, 12, 220.0 * h, 0.1 / h, h);
	b = hear(babble);
	o = hear(organ);
	assert_true(b.voice_likelihood > 0.7);
	assert_true(o.voice_likelihood < 0.3);
	qf_features_free(&b);
	qf_features_free(&o);
}

static void clicks_have_candidates_stability_and_aubios_count(void **state)
{
	struct sound s = sound_new(44100, 1, 30);
	struct qf_features f;

	(void)state;
	sound_clicks(&s, 0.25, 100, 0.8);
	f = hear(s);
	assert_int_equal(f.tempo_candidates_bpm.n, 3);
	near(f.tempo_candidates_bpm.v[0], 100, 0.1);
	for (size_t i = 1; i < 3; i++) /* what else clicks can be: half, double, … */
		near(remainder((double)f.tempo_candidates_bpm.v[i] * 6, 100), 0, 3);
	assert_true(f.tempo_stability == 1);
	near(f.onset_rate_hz, 100 / 60.0, 0.04);
	near(f.onset_rate_aubio_hz, 100 / 60.0, 0.07);
	qf_features_free(&f);
}

static void aubio_hears_no_onsets_in_steady_noise(void **state)
{
	struct sound s = sound_new(44100, 1, 20);
	struct qf_features f;

	(void)state;
	sound_noise(&s, 0.3, 5);
	f = hear(s);
	assert_true(f.onset_rate_aubio_hz <= 0.15);
	qf_features_free(&f);
}

static void the_second_key_is_a_neighbour_of_the_first(void **state)
{
	struct sound s = sound_new(44100, 1, 20);
	struct qf_features f;

	(void)state;
	sound_cadence(&s, 0, 0, 440, 0.1);
	f = hear(s);
	assert_string_equal(f.key, "C major");
	assert_true(strcmp(f.key_second, "G major") == 0 || strcmp(f.key_second, "F major") == 0 ||
		    strcmp(f.key_second, "A minor") == 0 || strcmp(f.key_second, "C minor") == 0);
	qf_features_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_triad_is_its_chord_and_flat_is_none),
		cmocka_unit_test(a_passing_note_is_no_new_chord),
		cmocka_unit_test(a_cadence_is_heard_chord_by_chord),
		cmocka_unit_test(accents_make_the_bars),
		cmocka_unit_test(bars_begin_where_chords_change),
		cmocka_unit_test(three_parts_of_two_kinds_are_a_b_a),
		cmocka_unit_test(the_preview_is_the_loud_middle),
		cmocka_unit_test(runs_of_three_at_full_scale_are_clipped),
		cmocka_unit_test(width_is_the_share_of_the_side),
		cmocka_unit_test(a_low_pass_at_16_khz_is_found_and_suspected),
		cmocka_unit_test(noise_over_the_whole_band_is_above_suspicion),
		cmocka_unit_test(babble_is_more_like_a_voice_than_an_organ),
		cmocka_unit_test(clicks_have_candidates_stability_and_aubios_count),
		cmocka_unit_test(aubio_hears_no_onsets_in_steady_noise),
		cmocka_unit_test(the_second_key_is_a_neighbour_of_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
