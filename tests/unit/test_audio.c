/* What a file is, and the sound that comes out of it. */
#define _GNU_SOURCE
#include "test_audio.h"

#include "audio/decode.h"
#include "audio/mpeg.h"
#include "audio/sniff.h"

static struct qf_sniff sniff_bytes(const void *p, size_t n, const char *name)
{
	struct qf_err e = { 0 };
	struct qf_sniff s;
	int fd = file_of(p, n);

	assert_int_equal(qf_sniff_file(fd, name, &s, &e), QF_OK);
	close(fd);
	return s;
}

static void an_mpeg_header_gives_the_length_of_its_frame(void **state)
{
	/* MPEG-1 layer III, 128 kbit/s, 44,100 Hz, joint stereo: 144 * 128,000 / 44,100 = 417.9 */
	const uint8_t plain[] = { 0xff, 0xfb, 0x90, 0x64 }, padded[] = { 0xff, 0xfb, 0x92, 0x64 };
	/* MPEG-2 layer III, 64 kbit/s, 22,050 Hz, mono: 72 * 64,000 / 22,050 = 208.9 */
	const uint8_t low[] = { 0xff, 0xf3, 0x80, 0xc4 };
	const uint8_t reserved[] = { 0xff, 0xfb, 0xf0, 0x64 };
	struct qf_mpeg m;

	(void)state;
	assert_true(qf_mpeg_header(plain, &m));
	assert_int_equal(m.bytes, 417);
	assert_int_equal(m.samples, 1152);
	assert_true(qf_mpeg_header(padded, &m));
	assert_int_equal(m.bytes, 418);
	assert_true(qf_mpeg_header(low, &m));
	assert_int_equal(m.bytes, 208);
	assert_int_equal(m.channels, 1);
	assert_int_equal(m.rate_hz, 22050);
	assert_int_equal(m.samples, 576);
	assert_false(qf_mpeg_header(reserved, &m));
}

static void content_decides_and_not_the_name(void **state)
{
	static const struct { const char *p; size_t n; enum qf_audio_kind kind; } cases[] = {
		{ "RIFF\4\0\0\0WAVE", 12, QF_AUDIO_WAV },
		{ "RIFF\4\0\0\0AVI ", 12, QF_AUDIO_NONE },
		{ "FORM\0\0\0\4AIFC", 12, QF_AUDIO_AIFF },
		{ "fLaC\0\0\0\x22\0\0\0\0", 12, QF_AUDIO_FLAC },
		{ "\0\0\0\x20" "ftypM4A \0\0", 14, QF_AUDIO_MP4 },
		{ "MAC \x96\x0f\0\0\0\0\0\0", 12, QF_AUDIO_APE },
		{ "wvpk\0\0\0\0\0\0\0\0", 12, QF_AUDIO_WAVPACK },
		{ "caff\0\1\0\0desc", 12, QF_AUDIO_CAF },
		{ ".snd\0\0\0\x18\xff\xff\xff\xff\0\0\0\3", 16, QF_AUDIO_AU },
		{ "\x89PNG\r\n\x1a\n\0\0\0\0", 12, QF_AUDIO_NONE },
		{ "a text about music", 18, QF_AUDIO_NONE },
		{ "", 0, QF_AUDIO_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(sniff_bytes(cases[i].p, cases[i].n, "song.mp3").kind, cases[i].kind);
}

/* n frames of silence at 128 kbit/s behind `junk` bytes of value x. */
static size_t frames(uint8_t *p, size_t junk, int x, int n)
{
	memset(p, x, junk);
	for (int i = 0; i < n; i++) {
		uint8_t *f = p + junk + 417 * (size_t)i;

		memset(f, 0, 417);
		memcpy(f, "\xff\xfb\x90\x64", 4);
	}
	return junk + 417 * (size_t)n;
}

static void mpeg_frames_are_found_behind_tags_zeros_and_junk(void **state)
{
	static uint8_t p[80000];
	struct qf_sniff s;
	size_t n = frames(p, 0, 0, 2);

	(void)state;
	assert_int_equal(sniff_bytes(p, n, NULL).kind, QF_AUDIO_MP3);
	n = frames(p, 5000, 0, 3);
	s = sniff_bytes(p, n, NULL);
	assert_int_equal(s.kind, QF_AUDIO_MP3);
	assert_int_equal(s.start, 5000);
	n = frames(p, 65000, 0xff, 3); /* junk that looks like sync words */
	assert_int_equal(sniff_bytes(p, n, NULL).start, 65000);
	n = frames(p, 5000, 0, 2); /* two frames behind junk are no proof */
	assert_int_equal(sniff_bytes(p, n, NULL).kind, QF_AUDIO_NONE);
	n = frames(p, 70000, 0, 3); /* too deep */
	assert_int_equal(sniff_bytes(p, n, NULL).kind, QF_AUDIO_NONE);
	n = frames(p, 0, 0, 1); /* one frame: the name decides */
	assert_int_equal(sniff_bytes(p, n, NULL).kind, QF_AUDIO_NONE);
	assert_int_equal(sniff_bytes(p, n, "x.MP3").kind, QF_AUDIO_MP3);
}

static void tags_around_the_sound_are_measured(void **state)
{
	static uint8_t p[8000];
	size_t n = frames(p, 30, 0, 4);
	struct qf_sniff s;

	(void)state;
	memcpy(p, "ID3\4\0\0\0\0\0\x14", 10); /* 20 bytes of body */
	memset(p + n, 'x', 60);
	memcpy(p + n + 28, "APETAGEX\xd0\7\0\0\x3c\0\0\0\0\0\0\0\0\0\0\0", 24); /* items and footer: 60 bytes */
	memset(p + n + 60, 0, 128);
	memcpy(p + n + 60, "TAG", 3);
	s = sniff_bytes(p, n + 188, NULL);
	assert_int_equal(s.kind, QF_AUDIO_MP3);
	assert_int_equal(s.start, 30);
	assert_int_equal(s.end, n);
	assert_int_equal(s.size, n + 188);
}

/* ---- decoding ------------------------------------------------------------------------------- */

struct sound {
	struct qf_audio_info info;
	struct qf_decode_damage damage;
	bool damaged;
	double power; /* mean square */
	float first[4];
};

static enum qf_status decode_fd(int fd, const char *name, struct sound *s, struct qf_err *e)
{
	static float pcm[4096 * QF_DECODE_CHANNELS];
	struct qf_decode *d;
	enum qf_status rc = qf_decode_open(&d, fd, name, &s->info, e);
	double sum = 0;
	size_t got;

	while (rc == QF_OK && (rc = qf_decode_read(d, pcm, 4096, &got, e)) == QF_OK && got) {
		if (sum == 0)
			memcpy(s->first, pcm, sizeof s->first);
		for (size_t i = 0; i < got * (size_t)s->info.channels; i++)
			sum += (double)pcm[i] * pcm[i];
	}
	if (rc != QF_OK && !d)
		return rc;
	s->damaged = qf_decode_damage(d, &s->damage);
	s->power = s->damage.decoded ? sum / ((double)s->damage.decoded * s->info.channels) : 0;
	qf_decode_close(d);
	return rc;
}

static struct sound decode_name(const char *name)
{
	struct qf_err e = { 0 };
	struct sound s = { 0 };
	int fd = open_file(name);

	if (decode_fd(fd, name, &s, &e) != QF_OK)
		fail_msg("%s: %s", name, e.text);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0); /* the offset was left alone */
	close(fd);
	return s;
}

static void samples_come_out_as_they_are_written(void **state)
{
	uint8_t p[44 + 8];
	struct qf_err e = { 0 };
	struct sound s = { 0 };
	int fd;

	(void)state;
	wav_header(p, 1, 1, 8000, 16, 8);
	le(p + 44, 0x4000, 2); /* 16,384 / 32,768 = 0.5 */
	le(p + 46, 0x8000, 2); /* -1 */
	le(p + 48, 1, 2);
	le(p + 50, 0, 2);
	fd = file_of(p, sizeof p);
	assert_int_equal(decode_fd(fd, NULL, &s, &e), QF_OK);
	close(fd);
	assert_int_equal(s.info.rate_hz, 8000);
	assert_int_equal(s.info.channels, 1);
	assert_int_equal(s.info.frames, 4);
	assert_int_equal(s.damage.decoded, 4);
	assert_true(s.first[0] == 0.5f && s.first[1] == -1.0f && s.first[2] == 1 / 32768.0f && s.first[3] == 0);
	assert_false(s.damaged);
}

static void what_is_no_number_becomes_silence_and_is_counted(void **state)
{
	static const uint32_t bits[4] = { 0x3f000000, 0x7fc00000, 0xff800000, 0xbf000000 }; /* 0.5, NaN, -inf, -0.5 */
	uint8_t p[44 + 16];
	struct qf_err e = { 0 };
	struct sound s = { 0 };
	int fd;

	(void)state;
	wav_header(p, 3, 1, 8000, 32, 16);
	for (int i = 0; i < 4; i++)
		le(p + 44 + 4 * i, bits[i], 4);
	fd = file_of(p, sizeof p);
	assert_int_equal(decode_fd(fd, NULL, &s, &e), QF_OK);
	close(fd);
	assert_true(s.first[0] == 0.5f && s.first[1] == 0 && s.first[2] == 0 && s.first[3] == -0.5f);
	assert_int_equal(s.damage.not_finite, 2);
	assert_true(s.damaged);
}

/* The power of the tone after each encoder, against that of the WAV. */
static void each_format_sounds_like_its_source(void **state)
{
	static const struct { const char *name, *decoder; double tolerance; } formats[] = {
		{ "f.flac", "libsndfile", 1e-9 },     { "f.aiff", "libsndfile", 1e-9 },
		{ "f.caf", "libsndfile", 1e-9 },                { "f.au", "libsndfile", 1e-9 },
		{ "f.w64", "libsndfile", 1e-9 },                { "f.ogg", "libsndfile", 0.05 },
		{ "f.mp3", "libsndfile", 0.12 }, /* lame scales by 0.95 */
		{ "f.opus", "libsndfile", 0.1 },                { "f.m4a", "libavcodec", 0.05 },
		{ "alac.m4a", "libavcodec", 1e-9 },             { "f.wma", "libavcodec", 0.05 },
		{ "f.wv", "libavcodec", 1e-9 },                 { "ima.wav", "libavcodec", 0.05 },
		{ "f.aac", "libavcodec", 0.05 },
	};
	struct sound wav = decode_name("a.wav");

	(void)state;
	need("ffmpeg");
	assert_int_equal(wav.damage.decoded, FRAMES);
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		char command[256];
		const char *codec = strncmp(formats[i].name, "alac", 4) == 0 ? "-c:a alac" :
				    strncmp(formats[i].name, "ima", 3) == 0 ? "-c:a adpcm_ima_wav" : "";
		struct sound s;

		snprintf(command, sizeof command, "ffmpeg -v error -y -i a.wav %s -b:a 192k %s", codec, formats[i].name);
		assert_true(shell(command));
		s = decode_name(formats[i].name);
		assert_string_equal(s.info.decoder, formats[i].decoder);
		assert_int_equal(s.info.channels, 2);
		assert_true(s.info.lossless == (formats[i].tolerance < 1e-6));
		assert_false(s.damaged);
		if (fabs(s.power / wav.power - 1) > formats[i].tolerance)
			fail_msg("%s: power %g, not %g", formats[i].name, s.power, wav.power);
		assert_true(llabs(s.damage.decoded * 44100 / s.info.rate_hz - FRAMES) < 4410);
	}
}

static void junk_in_front_does_not_silence_an_mp3(void **state)
{
	struct sound clean, junk;

	(void)state;
	need("lame");
	assert_true(shell("lame --quiet a.wav j.mp3 && { head -c 20000 /dev/zero; head -c 9000 a.wav | tail -c 8000; cat j.mp3; } >junk.mp3"));
	clean = decode_name("j.mp3");
	junk = decode_name("junk.mp3");
	assert_int_equal(junk.damage.decoded, clean.damage.decoded);
	assert_true(junk.power == clean.power);
}

/* Three of 100 kB: more than a decoder is given. */
static void large_comments_in_ogg_do_not_change_the_sound(void **state)
{
	static const char *const kinds[] = { "ogg", "opus" };

	(void)state;
	need("ffmpeg");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct sound small, large;
		char command[512];

		snprintf(command, sizeof command, "x=$(head -c 100000 /dev/zero | tr '\\0' x); ffmpeg -v error -y -i a.wav small.%s && "
			 "ffmpeg -v error -y -i small.%s -c copy -metadata:s a=$x -metadata:s b=$x -metadata:s c=$x large.%s && "
			 "[ $(stat -c %%s large.%s) -gt 300000 ]", kinds[i], kinds[i], kinds[i], kinds[i]);
		assert_true(shell(command));
		snprintf(command, sizeof command, "small.%s", kinds[i]);
		small = decode_name(command);
		snprintf(command, sizeof command, "large.%s", kinds[i]);
		large = decode_name(command);
		assert_string_equal(large.info.decoder, "libsndfile");
		assert_int_equal(large.info.frames, small.info.frames);
		assert_int_equal(large.damage.decoded, small.damage.decoded);
		assert_true(large.power == small.power && !large.damaged && small.damage.decoded > 0);
	}
}

static void a_cut_file_plays_and_says_that_it_ended_early(void **state)
{
	struct sound s;

	(void)state;
	need("flac");
	assert_true(shell("flac -s -f -o cut.flac a.wav && truncate -s $(($(stat -c %s cut.flac) / 2)) cut.flac"));
	s = decode_name("cut.flac");
	assert_true(s.damaged);
	assert_true(s.damage.short_of_declared);
	assert_int_equal(s.damage.declared, FRAMES);
	assert_true(s.damage.decoded > FRAMES / 4 && s.damage.decoded < FRAMES * 3 / 4);
}

static void what_is_no_audio_is_refused_with_a_sentence(void **state)
{
	struct qf_err e = { 0 };
	struct sound s = { 0 };
	int fd = file_of("plain text, and more of it", 26);

	(void)state;
	assert_int_equal(decode_fd(fd, "song.flac", &s, &e), QF_EFORMAT);
	assert_string_equal(e.text, "not an audio file that we know");
	close(fd);
	fd = file_of("fLaC\0\0\0\x22 and then nonsense", 26);
	assert_int_equal(decode_fd(fd, "song.flac", &s, &e), QF_EFORMAT);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_mpeg_header_gives_the_length_of_its_frame),
		cmocka_unit_test(content_decides_and_not_the_name),
		cmocka_unit_test(mpeg_frames_are_found_behind_tags_zeros_and_junk),
		cmocka_unit_test(tags_around_the_sound_are_measured),
		cmocka_unit_test(samples_come_out_as_they_are_written),
		cmocka_unit_test(what_is_no_number_becomes_silence_and_is_counted),
		cmocka_unit_test(each_format_sounds_like_its_source),
		cmocka_unit_test(junk_in_front_does_not_silence_an_mp3),
		cmocka_unit_test(large_comments_in_ogg_do_not_change_the_sound),
		cmocka_unit_test(a_cut_file_plays_and_says_that_it_ended_early),
		cmocka_unit_test(what_is_no_audio_is_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
