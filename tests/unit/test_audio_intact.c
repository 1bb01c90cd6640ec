/* Whole or cut, and the same sound under other tags. */
#define _GNU_SOURCE
#include "test_audio.h"

#include "audio/identity.h"
#include "audio/intact.h"
#include "audio/sniff.h"

static struct qf_damage look(int fd, const char *name)
{
	struct qf_err e = { 0 };
	struct qf_damage d = { 0 };
	struct qf_sniff s;

	if (qf_sniff_file(fd, name, &s, &e) != QF_OK || qf_intact(fd, &s, &d, &e) != QF_OK)
		fail_msg("%s: %s", name, e.text);
	return d;
}

/* A copy of the first n bytes. */
static int first_bytes(int fd, off_t n)
{
	uint8_t *p = malloc((size_t)n + 1);
	int out;

	assert_int_equal(pread(fd, p, (size_t)n, 0), n);
	out = file_of(p, (size_t)n);
	free(p);
	return out;
}

/* Makes the file, finds it whole, and finds each of its first parts cut. */
static void every_cut_shows(const char *tool, const char *command, const char *name)
{
	struct qf_damage d;
	struct stat st;
	int fd;

	need(tool);
	if (!shell(command))
		fail_msg("'%s' failed", command);
	fd = open_file(name);
	fstat(fd, &st);
	d = look(fd, name);
	if (d.class)
		fail_msg("%s is whole, not: %s", name, d.text);
	for (int percent = 20; percent < 100; percent++) {
		int part = first_bytes(fd, st.st_size * percent / 100 - 7); /* off the frames of a constant bit rate: a cut there hides */

		d = look(part, name);
		if (!d.class || strcmp(d.class, "truncated") != 0)
			fail_msg("%s cut at %d %% is not seen: %s", name, percent, d.class ? d.text : "whole");
		close(part);
	}
	close(fd);
}

static void a_cut_flac_shows(void **state)
{
	(void)state;
	every_cut_shows("flac", "flac -s -f -o a.flac a.wav", "a.flac");
}

static void a_cut_vorbis_shows(void **state)
{
	(void)state;
	every_cut_shows("oggenc", "oggenc -Q -o a.ogg a.wav", "a.ogg");
}

static void a_cut_opus_shows(void **state)
{
	(void)state;
	every_cut_shows("opusenc", "opusenc --quiet a.wav a.opus", "a.opus");
}

static void a_cut_mp3_shows(void **state)
{
	(void)state;
	every_cut_shows("lame", "lame --quiet -V4 a.wav vbr.mp3", "vbr.mp3");
	every_cut_shows("lame", "lame --quiet -t -b 128 a.wav cbr.mp3", "cbr.mp3"); /* no Xing frame */
}

static void a_cut_mp4_shows(void **state)
{
	(void)state;
	every_cut_shows("ffmpeg", "ffmpeg -v error -y -i a.wav late.m4a", "late.m4a");
	every_cut_shows("ffmpeg", "ffmpeg -v error -y -i a.wav -movflags +faststart early.m4a", "early.m4a");
}

static void cut_pcm_shows(void **state)
{
	static const char *const names[] = { "c.aiff", "c.caf", "c.au", "c.w64", "c.wma", "c.wv" };

	(void)state;
	every_cut_shows("true", "true", "a.wav");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char command[64];

		snprintf(command, sizeof command, "ffmpeg -v error -y -i a.wav %s", names[i]);
		every_cut_shows("ffmpeg", command, names[i]);
	}
}

static void a_sentence_says_how_much_is_there(void **state)
{
	static uint8_t p[44 + 2000];
	int fd;

	(void)state;
	wav_header(p, 1, 1, 8000, 16, 2000);
	fd = file_of(p, 1244);
	assert_string_equal(look(fd, NULL).text, "truncated: 1,244 of 2,044 bytes are there");
	close(fd);
	fd = file_of("", 0);
	assert_string_equal(look(fd, "a.mp3").class, "empty");
	close(fd);
	fd = file_of("some words", 10);
	assert_string_equal(look(fd, "a.mp3").class, "not-audio");
	close(fd);
}

static void a_header_written_to_a_pipe_is_no_damage(void **state)
{
	static const uint32_t sizes[] = { 0, 0xffffffff, 0x7fffffff, 0x80000000 };
	static uint8_t p[44 + 2000];

	(void)state;
	wav_header(p, 1, 1, 8000, 16, 2000);
	for (int i = 0; i < 4; i++) {
		int fd;

		le(p + 4, sizes[i], 4);
		le(p + 40, sizes[i], 4);
		fd = file_of(p, sizeof p);
		assert_null(look(fd, NULL).class);
		close(fd);
	}
}

static void tags_and_padding_behind_the_sound_are_no_damage(void **state)
{
	static const char *const cases[] = {
		"lame --quiet -t -b 128 --id3v1-only --tt x a.wav b.mp3",
		"lame --quiet -V4 --id3v2-only --tt x a.wav b.mp3 && head -c 5000 /dev/zero >>b.mp3",
		"lame --quiet -t -b 128 a.wav b.mp3 && head -c 5000 /dev/zero >>b.mp3",
		"flac -s -f -o b.mp3 a.wav && head -c 500 /dev/zero >>b.mp3",
	};

	(void)state;
	need("lame");
	need("flac");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct qf_damage d;
		int fd;

		assert_true(shell(cases[i]));
		fd = open_file("b.mp3");
		d = look(fd, "b.mp3");
		if (d.class)
			fail_msg("%s: %s", cases[i], d.text);
		close(fd);
	}
}

/* ---- identity ---------------------------------------------------------------------------------- */

static void audio_id(const char *name, char hex[65])
{
	struct qf_err e = { 0 };
	uint8_t id[QF_SHA256];
	int fd = open_file(name);

	if (qf_identity_audio(fd, name, id, &e) != QF_OK)
		fail_msg("%s: %s", name, e.text);
	for (int i = 0; i < QF_SHA256; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	close(fd);
}

/* The two commands make two files; their sound has one id, their bytes two. */
static void retagging_keeps_the_id(const char *tool, const char *make, const char *retag, const char *one, const char *two)
{
	uint8_t a[QF_SHA256], b[QF_SHA256];
	char x[65], y[65], command[256];
	struct qf_err e = { 0 };
	int fd;

	need(tool);
	if (!shell(make) || !shell(retag))
		fail_msg("'%s' failed", retag);
	audio_id(one, x);
	audio_id(two, y);
	assert_string_equal(x, y);
	fd = open_file(one);
	assert_int_equal(qf_identity_file(fd, a, &e), QF_OK);
	close(fd);
	fd = open_file(two);
	assert_int_equal(qf_identity_file(fd, b, &e), QF_OK);
	close(fd);
	assert_memory_not_equal(a, b, QF_SHA256);
	snprintf(command, sizeof command, "ffmpeg -v error -i %s -map 0:a:0 -c copy -f hash -hash sha256 - | grep -qi %s", one, x);
	need("ffmpeg");
	assert_true(shell(command)); /* ffmpeg agrees */
}

static void retagging_flac_keeps_the_id(void **state)
{
	(void)state;
	retagging_keeps_the_id("metaflac", "flac -s -f -o i.flac a.wav",
			       "cp i.flac k.flac && head -c 70000 /dev/urandom >c.png && metaflac --set-tag=TITLE=Other --add-padding=30000 k.flac && "
			       "metaflac --import-picture-from='3|image/png||1x1x24|c.png' k.flac", "i.flac", "k.flac");
}

static void retagging_vorbis_keeps_the_id(void **state)
{
	(void)state;
	retagging_keeps_the_id("vorbiscomment", "oggenc -Q -o i.ogg a.wav",
			       "head -c 60000 /dev/zero | tr '\\0' x >long && vorbiscomment -w -t \"COMMENT=$(cat long)\" i.ogg k.ogg", "i.ogg", "k.ogg");
}

static void retagging_mp3_keeps_the_id(void **state)
{
	(void)state;
	retagging_keeps_the_id("lame", "lame --quiet -b 128 a.wav i.mp3",
			       "ffmpeg -v error -y -i i.mp3 -c copy -metadata title=Other -write_id3v1 1 -write_xing 0 k.mp3", "i.mp3", "k.mp3");
}

static void an_ape_tag_at_the_end_keeps_the_id(void **state)
{
	(void)state; /* its value is full of what looks like MPEG frames */
	retagging_keeps_the_id("lame", "lame --quiet -b 128 a.wav i.mp3",
			       "cp i.mp3 p.mp3 && head -c 4180 i.mp3 | tail -c 4000 >cover && "
			       "{ printf '\\240\\017\\0\\0\\0\\0\\0\\0cover\\0'; cat cover; "
			       "printf 'APETAGEX\\320\\007\\0\\0\\316\\017\\0\\0\\001\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0'; } >>p.mp3",
			       "i.mp3", "p.mp3");
}

static void retagging_mp4_keeps_the_id(void **state)
{
	(void)state;
	retagging_keeps_the_id("ffmpeg", "ffmpeg -v error -y -i a.wav i.m4a",
			       "ffmpeg -v error -y -i i.m4a -c copy -metadata title=Other -movflags +faststart k.m4a", "i.m4a", "k.m4a");
}

static void another_sound_has_another_id(void **state)
{
	char x[65], y[65];

	(void)state;
	need("flac");
	assert_true(shell("flac -s -f -o i.flac a.wav && flac -s -f --skip=1 -o o.flac a.wav"));
	audio_id("i.flac", x);
	audio_id("o.flac", y);
	assert_string_not_equal(x, y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cut_flac_shows),
		cmocka_unit_test(a_cut_vorbis_shows),
		cmocka_unit_test(a_cut_opus_shows),
		cmocka_unit_test(a_cut_mp3_shows),
		cmocka_unit_test(a_cut_mp4_shows),
		cmocka_unit_test(cut_pcm_shows),
		cmocka_unit_test(a_sentence_says_how_much_is_there),
		cmocka_unit_test(a_header_written_to_a_pipe_is_no_damage),
		cmocka_unit_test(tags_and_padding_behind_the_sound_are_no_damage),
		cmocka_unit_test(retagging_flac_keeps_the_id),
		cmocka_unit_test(retagging_vorbis_keeps_the_id),
		cmocka_unit_test(retagging_mp3_keeps_the_id),
		cmocka_unit_test(an_ape_tag_at_the_end_keeps_the_id),
		cmocka_unit_test(retagging_mp4_keeps_the_id),
		cmocka_unit_test(another_sound_has_another_id),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
