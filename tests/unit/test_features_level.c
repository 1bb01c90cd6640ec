/* Loudness, peaks, silence, outline and fingerprint. The signals of EBU Tech
 * 3341 and 3342 are in test_features_ebu.c. */
#define _POSIX_C_SOURCE 200809L /* mkstemp, popen */
#include "base/alloc.h"
#include "features/album.h"
#include "features/curve.h"
#include "features/extract.h"
#include "features/gating.h"
#include "features/waveform.h"
#include "signals.h"

#include <ebur128.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#define near(a, b, by) assert_true(fabs((double)(a) - (double)(b)) <= (by))

/* The features of a sound, which is freed. */
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

#define LEVELS(...) \
	(const struct level[]){__VA_ARGS__}, sizeof((const struct level[]){__VA_ARGS__}) / sizeof(struct level)

/* Noise whose level wanders over 14 dB, with 3 s of digital silence in it. */
static struct sound programme(int rate, int channels)
{
	struct sound s = sound_new(rate, channels, 40);

	sound_noise(&s, 0.5, 11);
	sound_sine(&s, 0, 40, 60, 0.3, 0);
	for (size_t i = 0; i < s.frames; i++)
		for (size_t c = 0; c < (size_t)channels; c++) {
			double t = (double)i / rate;

			s.v[i * (size_t)channels + c] *=
				t > 20 && t < 23 ? 0 : (float)linear(-10 + 7 * sin(t / 3 + (double)c / 2));
		}
	return s;
}

static void libebur128_reads_the_same(void **state)
{
	static const struct { int rate, channels; } kinds[] = {
		{48000, 2}, {44100, 1}, {8000, 2}, {22050, 3}, {96000, 2}, {48000, 5}, {44100, 6}, {11025, 1},
	};

	(void)state;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		struct sound s = programme(kinds[k].rate, kinds[k].channels);
		ebur128_state *oracle = ebur128_init((unsigned)s.channels, (unsigned long)s.rate, EBUR128_MODE_I | EBUR128_MODE_LRA);
		double loudness, range;
		struct qf_features f;

		for (unsigned c = 0; (int)c < s.channels && s.channels < 5; c++)
			ebur128_set_channel(oracle, c, EBUR128_LEFT);
		assert_int_equal(ebur128_add_frames_float(oracle, s.v, s.frames), EBUR128_SUCCESS);
		ebur128_loudness_global(oracle, &loudness);
		ebur128_loudness_range(oracle, &range);
		ebur128_destroy(&oracle);
		f = hear(s);
		near(f.loudness_lufs, loudness, 0.001);
		near(f.loudness_range_lu, range, 1); /* the standard's own tolerance: the oracle looks once a second, we ten times */
		qf_features_free(&f);
	}
}

/* Tracks of 12 dB more or less, one of silence, one so short that it has no block: libebur128, which keeps every block,
 * is asked for the same albums. */
static void the_album_is_as_loud_as_libebur128_says(void **state)
{
	static const struct { int tracks; double db[4]; } albums[] = {
		{1, {0}}, {2, {0, -6}}, {3, {0, -12, -300}}, {4, {-3, -9.5, -11, -15}},
	};

	(void)state;
	for (size_t k = 0; k < sizeof albums / sizeof *albums; k++) {
		ebur128_state *oracle[4];
		struct qf_album album = {{0}, {0}};
		double loudness;

		for (int t = 0; t < albums[k].tracks; t++) {
			struct sound s = programme(44100, 2);
			struct qf_features f;

			for (size_t i = 0; i < 2 * s.frames; i++)
				s.v[i] *= (float)linear(albums[k].db[t]);
			oracle[t] = ebur128_init(2, 44100, EBUR128_MODE_I);
			assert_int_equal(ebur128_add_frames_float(oracle[t], s.v, s.frames), EBUR128_SUCCESS);
			f = hear(s);
			qf_album_add(&album, f.loudness_histogram.v, f.loudness_histogram.n, f.loudness_lufs);
			qf_features_free(&f);
		}
		ebur128_loudness_global_multiple(oracle, (size_t)albums[k].tracks, &loudness);
		near(qf_album_loudness(&album), loudness, 0.02);
		for (int t = 0; t < albums[k].tracks; t++)
			ebur128_destroy(&oracle[t]);
	}
}

static double energy(double lufs)
{
	return pow(10, (lufs + 0.691) / 10);
}

/* Blocks at -20.03 LUFS lie in bin 499, [-20.1, -20), those at -26.03 in bin 439. */
static void a_histogram_counts_blocks_and_does_not_move_a_steady_track(void **state)
{
	static const float rubbish[][3] = {{-1, 5, 5}, {NAN, 5, 5}, {1e9f, 5, 5}, {999, NAN, 5}, {999, -4, INFINITY}};
	struct qf_album album = {{0}, {0}}, none = {{0}, {0}};
	struct qf_floats h = {0};
	struct qf_err e = {0};
	double tenth[20];

	(void)state;
	for (int i = 0; i < 20; i++)
		tenth[i] = energy(i < 10 ? -20.03 : -26.03);
	assert_int_equal(qf_album_histogram(tenth, 20, &h, &e), QF_OK);
	assert_int_equal(h.n, 62); /* 439 to 499, and the number before them */
	near(h.v[0], 439, 0);
	near(h.v[1], 7, 0);
	near(h.v[61], 7, 0); /* three blocks straddle */
	qf_free(h.v);
	h = (struct qf_floats){0};
	assert_int_equal(qf_album_histogram(tenth, 10, &h, &e), QF_OK);
	qf_album_add(&album, h.v, h.n, -20.03);
	near(qf_album_loudness(&album), -20.03, 1e-9);
	qf_free(h.v);
	h = (struct qf_floats){0};
	assert_int_equal(qf_album_histogram(tenth, 3, &h, &e), QF_OK);
	assert_int_equal(h.n, 0);
	for (size_t i = 0; i < sizeof rubbish / sizeof *rubbish; i++)
		qf_album_add(&none, rubbish[i], 3, -20);
	qf_album_add(&none, NULL, 0, (double)NAN);
	assert_true(isnan(qf_album_loudness(&none)));
}

/* 100 s at -33 LUFS and 100 s at -23: columns of 0.4 s; short-term reaches -23 three seconds behind. */
static void the_curve_is_loudness_over_time(void **state)
{
	static double tenth[2000];
	struct qf_bytes b = {0};
	struct qf_err e = {0};

	(void)state;
	for (int i = 0; i < 2000; i++)
		tenth[i] = energy(i < 1000 ? -33 : -23);
	assert_int_equal(qf_curve_draw(tenth, 2000, &b, &e), QF_OK);
	assert_int_equal(b.n, 1000);
	assert_int_equal(b.v[0], -40);  /* 10 LU under -23 */
	assert_int_equal(b.v[1], QF_CURVE_NONE); /* 3 s are not over */
	assert_int_equal(b.v[2 * 8 - 1], -40);   /* now they are */
	assert_int_equal(b.v[2 * 249], -40);
	assert_int_equal(b.v[2 * 250], 0);
	assert_int_equal(b.v[2 * 257 - 1], -1); /* 28 of 30 tenths: -23.27 */
	assert_int_equal(b.v[2 * 258 - 1], 0);
	qf_free(b.v);
}

/* 40 tenths at -20 LUFS and 40 at -26: blocks of four, 37 + 37 whole ones and 3 that
 * straddle; all above -30: the mean is -20 + 10 log10 of about 0.6256. */
static void gating_is_a_mean_of_powers(void **state)
{
	double tenth[80], loud = pow(10, (-20 + 0.691) / 10), soft = loud * 0.25, mean;

	(void)state;
	for (int i = 0; i < 80; i++)
		tenth[i] = i < 40 ? loud : soft;
	mean = (37 * loud + 37 * soft + 3 * (loud + soft) / 2) / 77;
	near(qf_gating_integrated(tenth, 80), 10 * log10(mean) - 0.691, 1e-9);
	near(qf_gating_integrated(tenth, 40), -20, 1e-9);
	assert_true(isnan(qf_gating_integrated(tenth, 3)));
}

static void what_lies_under_the_gate_has_no_loudness(void **state)
{
	struct qf_features f = hear(sound_levels(48000, 2, LEVELS({5, -75})));

	(void)state;
	assert_true(isnan(f.loudness_lufs) && isnan(f.loudness_range_lu) && isnan(f.replaygain_db));
	near(f.peak_dbfs, -75, 0.01);
	qf_features_free(&f);
}

static void silence_at_the_ends_is_timed(void **state)
{
	struct sound s = sound_new(8000, 1, 10);
	struct qf_features f;

	(void)state;
	s.v[8000] = 0.002f;  /* second 1.000 */
	s.v[7000] = 0.0009f; /* under -60 dBFS */
	s.v[63999] = -0.5f;  /* the last frame of second 7 */
	f = hear(s);
	near(f.silence_head_s, 1, 1e-9);
	near(f.silence_tail_s, 2, 1e-9);
	near(f.peak_dbfs, -6.0206, 1e-4);
	near(f.duration_s, 10, 0);
	qf_features_free(&f);
}

static void the_outline_is_exact_where_columns_meet_runs(void **state)
{
	static struct qf_waveform w; /* all zero */
	struct qf_features f;
	float pcm[2];

	(void)state;
	qf_features_init(&f);
	for (int i = 0; i < 1000; i++) { /* 2 frames a column: column c holds c/500 and -c/500 */
		pcm[0] = (float)(i / 2) / 500 * (i % 2 ? -1.0f : 1.0f);
		qf_waveform_feed(&w, pcm, 1, 1);
	}
	assert_int_equal(qf_waveform_finish(&w, &f, NULL), QF_OK);
	assert_int_equal(f.waveform.n, 1000);
	for (size_t c = 0; c < 500; c++) {
		assert_int_equal(f.waveform.v[2 * c], -(int)lrint((double)c / 500 * 127));
		assert_int_equal(f.waveform.v[2 * c + 1], (int)lrint((double)c / 500 * 127));
	}
	qf_features_free(&f);
}

static void no_peak_of_a_long_track_is_lost(void **state)
{
	struct sound s = sound_new(8000, 2, 100);
	struct qf_features f;

	(void)state;
	s.v[2 * 400100] = 1;       /* second 50.0125: column 250 of 500, 0.2 s each */
	s.v[2 * 799999 + 1] = -1;  /* the very last */
	f = hear(s);
	assert_int_equal(f.waveform.v[2 * 250 + 1], 127);
	assert_int_equal(f.waveform.v[2 * 240 + 1], 0);
	assert_int_equal(f.waveform.v[2 * 499], -127);
	assert_int_equal(f.waveform.v[2 * 490], 0);
	qf_features_free(&f);
}

static void put32(FILE *f, unsigned v)
{
	for (int i = 0; i < 4; i++)
		fputc((int)(v >> 8 * i & 255), f);
}

/* A WAV file of 16 bits, by hand: RIFF, fmt, data. */
static void write_wav(const char *path, const struct sound *s)
{
	unsigned frame = (unsigned)s->channels * 2, bytes = (unsigned)s->frames * frame, rate = (unsigned)s->rate;
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	fputs("RIFF", f), put32(f, 36 + bytes), fputs("WAVEfmt ", f), put32(f, 16);
	put32(f, 1 | (unsigned)s->channels << 16), put32(f, rate), put32(f, rate * frame), put32(f, frame | 16u << 16);
	fputs("data", f), put32(f, bytes);
	for (size_t i = 0; i < s->frames * (size_t)s->channels; i++) {
		unsigned v = (unsigned)(int)lrintf(s->v[i] * 32768);

		fputc((int)(v & 255), f), fputc((int)(v >> 8 & 255), f);
	}
	assert_int_equal(fclose(f), 0);
}

static void says_the_same_as_fpcalc(int rate, int channels, double seconds)
{
	struct sound s = sound_new(rate, channels, seconds);
	char path[] = "/tmp/qfzz-fp-XXXXXX", cmd[128], line[8192] = "";
	int fd = mkstemp(path);
	struct qf_features f;
	FILE *p;

	assert_true(fd >= 0);
	close(fd);
	for (double t = 0; t < seconds; t += 2)
		sound_chord(&s, t, 2, 50 + (int)(t * 5) % 24, (int)t % 3 == 0, 440, 0.1);
	sound_noise(&s, 0.02, 3);
	for (size_t i = 0; i < s.frames * (size_t)channels; i++)
		s.v[i] = rintf(s.v[i] * 32768) / 32768; /* as the file will hold it */
	write_wav(path, &s);
	snprintf(cmd, sizeof cmd, "fpcalc -plain %s 2>/dev/null", path);
	p = popen(cmd, "r");
	assert_non_null(p);
	if (!fgets(line, sizeof line, p))
		line[0] = '\0';
	pclose(p);
	unlink(path);
	line[strcspn(line, "\n")] = '\0';
	f = hear(s);
	assert_string_equal(f.fingerprint, line);
	qf_features_free(&f);
}

static void the_fingerprint_is_what_fpcalc_prints(void **state)
{
	(void)state;
	if (system("fpcalc -version >/dev/null 2>&1") != 0) {
		print_message("the command fpcalc is not installed\n");
		skip();
	}
	says_the_same_as_fpcalc(44100, 2, 20);
	says_the_same_as_fpcalc(48000, 1, 7.3);
	says_the_same_as_fpcalc(22050, 2, 11.1);
	says_the_same_as_fpcalc(8000, 1, 130); /* more than the 120 s that count */
	says_the_same_as_fpcalc(44100, 2, 121);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libebur128_reads_the_same),
		cmocka_unit_test(the_album_is_as_loud_as_libebur128_says),
		cmocka_unit_test(a_histogram_counts_blocks_and_does_not_move_a_steady_track),
		cmocka_unit_test(the_curve_is_loudness_over_time),
		cmocka_unit_test(gating_is_a_mean_of_powers),
		cmocka_unit_test(what_lies_under_the_gate_has_no_loudness),
		cmocka_unit_test(silence_at_the_ends_is_timed),
		cmocka_unit_test(the_outline_is_exact_where_columns_meet_runs),
		cmocka_unit_test(no_peak_of_a_long_track_is_lost),
		cmocka_unit_test(the_fingerprint_is_what_fpcalc_prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
