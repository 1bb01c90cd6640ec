/* Timbre, rhythm, tonality, moods and the one pass, on signals whose answers are known. */
#include "base/alloc.h"
#include "features/embedding.h"
#include "features/extract.h"
#include "features/key.h"
#include "features/moods.h"
#include "signals.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define near(a, b, by) assert_true(fabs((double)(a) - (double)(b)) <= (by))

/* Fed in pieces of `piece` frames; the sound stays. */
static struct qf_features hear_in(const struct sound *s, size_t piece)
{
	struct qf_features f;
	struct qf_extract *x;
	struct qf_err e = {0};

	assert_int_equal(qf_extract_open(&x, s->rate, s->channels, true, &e), QF_OK);
	for (size_t at = 0; at < s->frames; at += piece)
		assert_int_equal(qf_extract_feed(x, s->v + at * (size_t)s->channels,
						 s->frames - at < piece ? s->frames - at : piece, &e), QF_OK);
	assert_int_equal(qf_extract_finish(x, &f, &e), QF_OK);
	qf_extract_close(x);
	return f;
}

static struct qf_features hear(struct sound s)
{
	struct qf_features f = hear_in(&s, s.frames);

	sound_free(&s);
	return f;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Bit for bit, field for field, by the table. */
static void assert_same(const struct qf_features *a, const struct qf_features *b)
{
	for (size_t i = 0; i < QF_FEATURES_N; i++) {
		const struct qf_feature *d = &qf_feature_table[i];
		const void *p = qf_feature_at(a, d), *q = qf_feature_at(b, d);

		switch (d->type) {
		case QF_FEATURE_REAL:
			assert_memory_equal(p, q, sizeof(double));
			break;
		case QF_FEATURE_TEXT:
		case QF_FEATURE_LABELS:
			assert_true(same_text(*(char *const *)p, *(char *const *)q));
			break;
		case QF_FEATURE_VEC:
			assert_memory_equal(p, q, d->count * sizeof(float));
			break;
		case QF_FEATURE_LIST:
			assert_int_equal(((const struct qf_floats *)p)->n, ((const struct qf_floats *)q)->n);
			if (((const struct qf_floats *)p)->n)
				assert_memory_equal(((const struct qf_floats *)p)->v, ((const struct qf_floats *)q)->v,
						    ((const struct qf_floats *)p)->n * sizeof(float));
			break;
		case QF_FEATURE_BYTES:
			assert_int_equal(((const struct qf_bytes *)p)->n, ((const struct qf_bytes *)q)->n);
			assert_memory_equal(((const struct qf_bytes *)p)->v, ((const struct qf_bytes *)q)->v,
					    ((const struct qf_bytes *)p)->n);
			break;
		}
	}
}

/* No number is infinite, no vector holds a NaN, lists rise, what has a range is in it. */
static void assert_sane(const struct qf_features *f)
{
	const double shares[] = {f->tempo_confidence, f->key_strength, f->energy, f->danceability,
				 f->acousticness, f->valence, f->arousal};
	const double shares_if_any[] = {f->tempo_stability, f->downbeats_confidence, f->chords_confidence, f->lossy_suspicion,
					f->stereo_width, f->voice_likelihood};

	for (size_t i = 0; i < QF_FEATURES_N; i++) {
		const struct qf_feature *d = &qf_feature_table[i];

		if (d->type == QF_FEATURE_REAL)
			assert_true(!isinf(*(double *)qf_feature_at(f, d)));
		for (size_t k = 0; d->type == QF_FEATURE_VEC && k < d->count; k++)
			assert_true(isfinite(((float *)qf_feature_at(f, d))[k]));
	}
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		assert_true(shares[i] >= 0 && shares[i] <= 1);
	for (size_t i = 0; i < sizeof shares_if_any / sizeof *shares_if_any; i++)
		assert_true(isnan(shares_if_any[i]) || (shares_if_any[i] >= 0 && shares_if_any[i] <= 1));
	for (size_t i = 1; i < f->beats_s.n; i++)
		assert_true(f->beats_s.v[i] > f->beats_s.v[i - 1]);
	assert_true(f->preview_start_s >= 0 && f->preview_start_s <= f->duration_s);
	assert_true(strncmp(f->chords, "0.000=", 6) == 0 && strncmp(f->segments, "0.000=", 6) == 0);
	assert_int_equal(f->waveform.n, 1000);
}

static struct sound tune(int rate, int channels, double seconds)
{
	struct sound s = sound_new(rate, channels, seconds);

	sound_cadence(&s, 9, 1, 440, 0.1);
	sound_clicks(&s, 0.25, 120, 0.3);
	sound_noise(&s, 0.003, 1);
	return s;
}

static void clicks_have_their_tempo_and_beats(void **state)
{
	static const double bpm[] = {60, 97, 128, 174};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct sound s = sound_new(44100, 2, 30);
		struct qf_features f;

		sound_clicks(&s, 0.2, bpm[i], 0.5);
		f = hear(s);
		near(f.tempo_bpm, bpm[i], 0.1);
		assert_true(f.tempo_confidence > 0.5);
		near(f.onset_rate_hz, bpm[i] / 60, 0.05);
		near(f.beats_s.n, 30 * bpm[i] / 60, 2);
		for (size_t b = 1; b + 1 < f.beats_s.n; b++) {
			double beats = ((double)f.beats_s.v[b] - 0.2) * bpm[i] / 60;

			near((beats - round(beats)) * 60 / bpm[i], 0, 0.01); /* seconds */
		}
		qf_features_free(&f);
	}
}

static void the_rate_of_the_file_does_not_matter(void **state)
{
	static const int rates[] = {8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct qf_features f = hear(tune(rates[i], 1, 15));

		near(f.tempo_bpm, 120, 0.5);
		assert_string_equal(f.key, "A minor");
		assert_string_equal(f.camelot, "8A");
		qf_features_free(&f);
	}
}

static void cadences_have_their_key(void **state)
{
	int right = 0;

	(void)state;
	for (int k = 0; k < 24; k++) {
		struct sound s = sound_new(22050, 1, 12);
		struct qf_key want = {.tonic = k % 12, .minor = k >= 12};
		struct qf_features f;

		sound_cadence(&s, k % 12, k >= 12, 440, 0.1);
		f = hear(s);
		right += same_text(f.key, qf_key_name(want)) && same_text(f.camelot, qf_key_camelot(want));
		assert_true(f.key_strength > 0);
		qf_features_free(&f);
	}
	assert_int_equal(right, 24);
}

static void tuning_is_read_in_cents(void **state)
{
	static const double a4[] = {445, 440, 432};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sound s = sound_new(44100, 2, 12);
		struct qf_features f;

		sound_cadence(&s, 2, 0, a4[i], 0.1);
		f = hear(s);
		near(f.tuning_cents, 1200 * log2(a4[i] / 440), 3); /* 445: +19.6; 432: -31.8 */
		assert_string_equal(f.key, "D major");
		qf_features_free(&f);
	}
}

static void a_c_major_triad_is_c_e_and_g(void **state)
{
	struct sound s = sound_new(44100, 1, 6);
	struct qf_features f;

	(void)state;
	sound_sine(&s, 0, 6, 261.6256, 0.2, 0);
	sound_sine(&s, 0, 6, 329.6276, 0.2, 0);
	sound_sine(&s, 0, 6, 391.9954, 0.2, 0);
	f = hear(s);
	for (int i = 0; i < 12; i++)
		if (i == 0 || i == 4 || i == 7)
			near(f.chroma[i], exp2(-i / 12.0), 0.03); /* bands widen with the pitch, so lines thin out */
		else
			assert_true(f.chroma[i] < 0.1f);
	assert_string_equal(f.key, "C major");
	qf_features_free(&f);
}

static void camelot_goes_round_by_fifths(void **state)
{
	(void)state;
	for (int minor = 0; minor < 2; minor++)
		for (int t = 0; t < 12; t++) {
			struct qf_key k = {.tonic = t, .minor = minor}, fifth = {.tonic = (t + 7) % 12, .minor = minor};

			assert_int_equal(atoi(qf_key_camelot(fifth)), atoi(qf_key_camelot(k)) % 12 + 1);
		}
	assert_string_equal(qf_key_camelot((struct qf_key){.tonic = 0}), "8B");
	assert_string_equal(qf_key_camelot((struct qf_key){.tonic = 9, .minor = true}), "8A");
}

static void a_sine_is_where_it_is(void **state)
{
	static const double hz[] = {440, 1000, 5000};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sound s = sound_new(44100, 1, 5);
		struct qf_features f;

		sound_sine(&s, 0, 5, hz[i], 0.5, 0);
		f = hear(s);
		near(f.centroid_hz_mean, hz[i], 21.6); /* one bin of 22050 / 1024 */
		near(f.rolloff_hz_mean, hz[i], 43.1);
		near(f.zero_crossings_hz_mean, 2 * hz[i], 10);
		assert_true(f.flatness_mean < 0.001);
		assert_true(isnan(f.tempo_bpm));
		qf_features_free(&f);
	}
}

static void white_noise_is_flat_and_has_neither_key_nor_tempo(void **state)
{
	struct sound s = sound_new(44100, 1, 20);
	struct qf_features f;

	(void)state;
	sound_noise(&s, 0.3, 5);
	f = hear(s);
	assert_true(f.flatness_mean > 0.45); /* exp(-0.577) = 0.56 for ideal noise, less the filter's edge */
	assert_null(f.key);
	assert_true(f.key_strength == 0);
	assert_true(isnan(f.tempo_bpm) && f.beats_s.n == 0 && f.tempo_confidence == 0);
	assert_true(f.onset_rate_hz < 1);
	assert_sane(&f);
	qf_features_free(&f);
}

static void level_moves_only_the_first_cepstrum(void **state)
{
	struct sound loud = tune(44100, 1, 10), quiet = tune(44100, 1, 10);
	struct qf_features a, b;

	(void)state;
	for (size_t i = 0; i < quiet.frames; i++)
		quiet.v[i] *= 0.25f; /* -12.04 dB, ln of the power -2.77, times sqrt(40): -17.5 */
	a = hear(loud);
	b = hear(quiet);
	near(a.mfcc_mean[0] - b.mfcc_mean[0], 17.5, 1);
	for (int i = 1; i < 20; i++)
		near(a.mfcc_mean[i], b.mfcc_mean[i], 0.35);
	near(a.loudness_lufs - b.loudness_lufs, 12.04, 0.05);
	near(a.tempo_bpm, b.tempo_bpm, 0.1);
	near(a.centroid_hz_mean, b.centroid_hz_mean, 30);
	qf_features_free(&a);
	qf_features_free(&b);
}

static void however_it_is_cut_the_bits_are_the_same(void **state)
{
	struct sound s = tune(44100, 2, 11.3);
	struct qf_features whole = hear_in(&s, s.frames);
	static const size_t pieces[] = {1, 997, 4096, 4097, 100000};

	(void)state;
	assert_sane(&whole);
	for (size_t i = 0; i < 5; i++) {
		struct qf_features f = hear_in(&s, pieces[i]);

		assert_same(&whole, &f);
		qf_features_free(&f);
	}
	qf_features_free(&whole);
	sound_free(&s);
}

static void silence_has_defined_values(void **state)
{
	struct qf_features f = hear(sound_new(44100, 2, 5));

	(void)state;
	assert_sane(&f);
	near(f.duration_s, 5, 0);
	assert_true(isnan(f.loudness_lufs) && isnan(f.peak_dbfs) && isnan(f.true_peak_dbtp) && isnan(f.tempo_bpm));
	assert_true(isnan(f.centroid_hz_mean) && isnan(f.flatness_mean) && isnan(f.tuning_cents));
	assert_null(f.key);
	assert_null(f.moods);
	assert_true(f.energy == 0 && f.danceability == 0 && f.acousticness == 0 && f.valence == 0 && f.arousal == 0);
	assert_true(f.onset_rate_hz == 0);
	near(f.silence_head_s, 5, 0);
	near(f.silence_tail_s, 0, 0);
	for (int i = 0; i < 64; i++)
		assert_true(f.embedding[i] == 0);
	qf_features_free(&f);
}

static void an_offset_is_no_sound(void **state)
{
	struct sound plain = tune(44100, 1, 8), shifted = tune(44100, 1, 8);
	struct qf_features a, b;

	(void)state;
	for (size_t i = 0; i < shifted.frames; i++)
		shifted.v[i] += 0.2f;
	a = hear(plain);
	b = hear(shifted);
	near(a.centroid_hz_mean, b.centroid_hz_mean, 5);
	near(a.zero_crossings_hz_mean, b.zero_crossings_hz_mean, 20);
	assert_string_equal(a.key, b.key);
	qf_features_free(&a);
	qf_features_free(&b);
}

static void the_shortest_and_the_oddest_inputs_are_fine(void **state)
{
	static const struct { int rate, channels; size_t frames; } odd[] = {
		{44100, 1, 1}, {44100, 2, 2}, {8000, 1, 100}, {96000, 2, 5000}, {48000, 6, 48000},
		{1000, 1, 3000}, {384000, 1, 384000}, {44100, 64, 9000}, {192000, 2, 100001}, {4000, 3, 4097},
	};

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct sound s = sound_new(odd[i].rate, odd[i].channels, (double)odd[i].frames / odd[i].rate);
		struct qf_features f;

		sound_noise(&s, 0.5, i);
		assert_int_equal(s.frames, odd[i].frames);
		f = hear(s);
		assert_sane(&f);
		near(f.duration_s, (double)odd[i].frames / odd[i].rate, 1e-12);
		qf_features_free(&f);
	}
}

static void what_is_no_number_counts_as_silence(void **state)
{
	struct sound bad = tune(44100, 2, 6), zero = tune(44100, 2, 6);
	struct qf_features a, b;

	(void)state;
	for (size_t i = 100; i < bad.frames * 2; i += 7919) {
		bad.v[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
		zero.v[i] = 0;
	}
	a = hear(bad);
	b = hear(zero);
	assert_same(&a, &b);
	qf_features_free(&a);
	qf_features_free(&b);
}

static void even_absurd_levels_stay_finite(void **state)
{
	struct sound s = tune(44100, 1, 4);
	struct qf_features f;

	(void)state;
	for (size_t i = 0; i < s.frames; i++)
		s.v[i] *= i % 2 ? 3e38f : -1e38f;
	f = hear(s);
	assert_sane(&f);
	near(f.peak_dbfs, 120, 1e-6);
	qf_features_free(&f);
}

static void refusals_are_classed(void **state)
{
	struct qf_err e = {0};
	struct qf_extract *x;
	struct qf_features f;

	(void)state;
	assert_int_equal(qf_extract_open(&x, 999, 1, true, &e), QF_EUNSUPPORTED);
	assert_null(x);
	assert_int_equal(qf_extract_open(&x, 44100, 65, true, &e), QF_EUNSUPPORTED);
	assert_int_equal(qf_extract_open(&x, 44100, 2, true, &e), QF_OK);
	assert_int_equal(qf_extract_finish(x, &f, &e), QF_EFORMAT);
	qf_features_free(&f);
	qf_extract_close(x);
	assert_int_equal(qf_extract_open(&x, 1000, 1, true, &e), QF_OK);
	assert_int_equal(qf_extract_feed(x, NULL, (size_t)1000 * 43200 + 1, &e), QF_ELIMIT);
	qf_extract_close(x);
}

static long pages_in_use(void)
{
	long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%ld %ld", &size, &resident) != 2)
		resident = -1;
	if (f)
		fclose(f);
	return resident;
}

/* 30 minutes in blocks of a second: what grows is the onset curve (344 bytes a second
 * at most, and spare room), its low part (86), the chromagram (200), cepstra (150), the tenths (80)
 * and at the end the beats. */
/* Those arrays grow by quarters. Nothing else asks for memory: 155,000 frames of timbre, 4,800 of tonality, 9,700 chromas. */
static void half_an_hour_takes_about_a_thousand_bytes_a_second(void **state)
{
	struct sound s = tune(22050, 1, 1);
	struct qf_features f;
	struct qf_extract *x;
	struct qf_err e = {0};
	long before = -1, after;
	unsigned long asked;

	(void)state;
	assert_int_equal(qf_extract_open(&x, 22050, 1, true, &e), QF_OK);
	for (int i = 0; i < 1800; i++) {
		if (i == 10) {
			before = pages_in_use();
			qf_alloc_fail_at(ULONG_MAX, false); /* counts */
		}
		assert_int_equal(qf_extract_feed(x, s.v, s.frames, &e), QF_OK);
	}
	asked = qf_alloc_fail_at(0, false);
	assert_in_range(asked, 1, 60);
	after = pages_in_use();
	if (before > 0 && !getenv("ASAN_OPTIONS")) /* ASan keeps what was freed */
		assert_true((after - before) * 4096 < 1800 * 1500);
	assert_int_equal(qf_extract_finish(x, &f, &e), QF_OK);
	near(f.duration_s, 1800, 0);
	near(f.tempo_bpm, 120, 0.1);
	qf_features_free(&f);
	qf_extract_close(x);
	sound_free(&s);
}

/* Open, feed, finish with the nth allocation failing; 0 = none. */
static enum qf_status try_with(const struct sound *s, unsigned long nth)
{
	struct qf_features f;
	struct qf_extract *x;
	struct qf_err e = {0};
	enum qf_status st;

	qf_features_init(&f);
	qf_alloc_fail_at(nth, false);
	st = qf_extract_open(&x, s->rate, s->channels, true, &e);
	if (st == QF_OK)
		st = qf_extract_feed(x, s->v, s->frames, &e);
	if (st == QF_OK)
		st = qf_extract_finish(x, &f, &e);
	qf_alloc_fail_at(0, false);
	qf_features_free(&f);
	qf_extract_close(x);
	return st;
}

static void every_failed_allocation_is_reported(void **state)
{
	struct sound s = tune(8000, 1, 4);
	unsigned long n = 1;

	(void)state;
	while (try_with(&s, n) == QF_ENOMEM)
		n++;
	assert_int_equal(try_with(&s, n), QF_OK);
	assert_true(n > 15);
	sound_free(&s);
}

static double cosine(const struct qf_features *a, const struct qf_features *b)
{
	double sum = 0;

	for (int i = 0; i < QF_EMBEDDING_N; i++)
		sum += (double)a->embedding[i] * (double)b->embedding[i];
	return sum;
}

static void what_sounds_alike_points_the_same_way(void **state)
{
	struct sound s1 = tune(44100, 2, 20), s2 = tune(48000, 2, 17), s3 = sound_new(44100, 2, 20), s4 = sound_new(44100, 2, 20);
	struct qf_features tune1, tune2, other_key, noise;

	(void)state;
	for (size_t i = 0; i < s2.frames * 2; i++)
		s2.v[i] *= 0.5f;
	sound_cadence(&s3, 2, 1, 440, 0.1);
	sound_clicks(&s3, 0.25, 120, 0.3);
	sound_noise(&s3, 0.003, 9);
	sound_noise(&s4, 0.2, 1);
	tune1 = hear(s1), tune2 = hear(s2), other_key = hear(s3), noise = hear(s4);
	near(cosine(&tune1, &tune1), 1, 1e-6);
	assert_true(cosine(&tune1, &tune2) > 0.95);
	assert_true(cosine(&tune1, &other_key) > 0.9);
	assert_true(cosine(&tune1, &noise) < 0.5);
	qf_features_free(&tune1);
	qf_features_free(&tune2);
	qf_features_free(&other_key);
	qf_features_free(&noise);
}

/* By hand: loudness -10 is 1 spread up, everything else unknown: 1 / (1 + e^-1.1) = 0.7503. */
static void moods_are_the_published_sums(void **state)
{
	struct qf_features f;

	(void)state;
	qf_features_init(&f);
	f.loudness_lufs = -10;
	f.key_strength = 0;
	assert_int_equal(qf_moods(&f, NULL), QF_OK);
	near(f.energy, 0.75026, 1e-5);
	near(f.arousal, 1 / (1 + exp(-0.9)), 1e-12);
	near(f.acousticness, 1 / (1 + exp(0.5)), 1e-12);
	near(f.valence, 0.5, 1e-12);
	near(f.danceability, 0, 0);
	assert_string_equal(f.moods, "energetic");
	f.key = qf_strdup("A minor");
	f.key_strength = 0.4; /* 1 spread down: 1 / (1 + e^0.9) = 0.289 */
	assert_int_equal(qf_moods(&f, NULL), QF_OK);
	near(f.valence, 1 / (1 + exp(0.9)), 1e-12);
	assert_string_equal(f.moods, "energetic,aggressive,dark");
	qf_features_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clicks_have_their_tempo_and_beats),
		cmocka_unit_test(the_rate_of_the_file_does_not_matter),
		cmocka_unit_test(cadences_have_their_key),
		cmocka_unit_test(tuning_is_read_in_cents),
		cmocka_unit_test(a_c_major_triad_is_c_e_and_g),
		cmocka_unit_test(camelot_goes_round_by_fifths),
		cmocka_unit_test(a_sine_is_where_it_is),
		cmocka_unit_test(white_noise_is_flat_and_has_neither_key_nor_tempo),
		cmocka_unit_test(level_moves_only_the_first_cepstrum),
		cmocka_unit_test(however_it_is_cut_the_bits_are_the_same),
		cmocka_unit_test(silence_has_defined_values),
		cmocka_unit_test(an_offset_is_no_sound),
		cmocka_unit_test(the_shortest_and_the_oddest_inputs_are_fine),
		cmocka_unit_test(what_is_no_number_counts_as_silence),
		cmocka_unit_test(even_absurd_levels_stay_finite),
		cmocka_unit_test(half_an_hour_takes_about_a_thousand_bytes_a_second),
		cmocka_unit_test(refusals_are_classed),
		cmocka_unit_test(every_failed_allocation_is_reported),
		cmocka_unit_test(what_sounds_alike_points_the_same_way),
		cmocka_unit_test(moods_are_the_published_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
