/* Tags: one vocabulary out of all formats, nothing lost. */
#define _GNU_SOURCE
#include "test_audio.h"

#include "audio/sniff.h"
#include "audio/tags.h"
#include "audio/tagset.h"

/* ---- the vocabulary ------------------------------------------------------------------------------ */

static struct qf_tagset set_of(const char *const pairs[][2], size_t n)
{
	struct qf_err e = { 0 };
	struct qf_tagset t = { 0 };

	for (size_t i = 0; i < n; i++)
		assert_int_equal(qf_tagset_add(&t, pairs[i][0], pairs[i][1], strlen(pairs[i][1]), &e), QF_OK);
	assert_int_equal(qf_tagset_finish(&t, &e), QF_OK);
	return t;
}

/* All tags as text: "key=value|key=value", raw ones behind " / ". */
static const char *text_of(const struct qf_tagset *t)
{
	static char out[4096];
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < t->n_tags; i++)
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%s=%s", i ? "|" : "", t->tags[i].key, t->tags[i].value);
	for (size_t i = 0; i < t->n_raw; i++)
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%s=%s", i ? "|" : " / ", t->raw[i].key, t->raw[i].value);
	return out;
}

static void become(const char *const pairs[][2], size_t n, const char *text)
{
	struct qf_tagset t = set_of(pairs, n);

	assert_string_equal(text_of(&t), text);
	qf_tagset_free(&t);
}
#define BECOME(text, ...) \
	do { \
		static const char *const pairs[][2] = { __VA_ARGS__ }; \
		become(pairs, sizeof pairs / sizeof pairs[0], text); \
	} while (0)

static void numbers_and_totals_part(void **state)
{
	(void)state;
	BECOME("tracknumber=3|tracktotal=12", { "TRACKNUMBER", "3/12" });
	BECOME("tracknumber=03|tracktotal=12|discnumber=1", { "DISCNUMBER", "1/" }, { "TRACKNUMBER", "03 / 12" });
	BECOME("tracknumber=3|tracktotal=11 / totaltracks=12", { "TOTALTRACKS", "12" }, { "TRACKNUMBER", "3" }, { "TRACKTOTAL", "11" });
	BECOME("tracknumber=3|tracktotal=12", { "TRACKNUMBER", "3/12" }, { "TRACKTOTAL", "12" });
}

static void several_values_stay_several_in_their_order(void **state)
{
	(void)state;
	BECOME("artist=B|artist=A; C|genre=Rock|genre=Jazz", { "GENRE", "Rock" }, { "ARTIST", "B" }, { "ARTIST", "A; C" },
	       { "GENRE", "Jazz" }, { "ARTIST", "B" });
}

static void what_a_single_key_cannot_hold_is_kept_raw(void **state)
{
	(void)state;
	BECOME("title=One / title=Two", { "TITLE", "One" }, { "TITLE", "Two" });
	BECOME("key=Am / key=A minor", { "KEY", "A minor" }, { "INITIALKEY", "Am" });
}

static void unknown_keys_are_kept_in_lower_case(void **state)
{
	(void)state;
	BECOME("title=T / replaygain_undo=x|my own key=y", { "REPLAYGAIN_UNDO", "x" }, { "TITLE", "T" }, { "My Own Key", "y" });
}

static void names_of_freeform_atoms_are_understood(void **state)
{
	(void)state;
	BECOME("mb_recordingid=r|mb_albumid=a|rg_track_gain=-6.50", { "MusicBrainz Track Id", "r" },
	       { "MUSICBRAINZ ALBUM ID", "a" }, { "replaygain_track_gain", "-6.50 dB" });
}

static void dates_keep_their_iso_prefix(void **state)
{
	(void)state;
	BECOME("date=1987", { "DATE", "1987" });
	BECOME("date=1987-05-04 / date=1987-05-04T12:00", { "DATE", "1987-05-04T12:00" });
	BECOME("date=1987-05|originaldate=May 1986", { "DATE", "1987-05" }, { "ORIGINALDATE", "May 1986" });
}

static void opus_gains_refer_to_minus_18_lufs(void **state)
{
	(void)state; /* -512 / 256 + 5 = 3 */
	BECOME("rg_track_gain=3.00 / r128_track_gain=-512", { "R128_TRACK_GAIN", "-512" });
	BECOME("rg_track_gain=-1.00 / r128_track_gain=-512", { "R128_TRACK_GAIN", "-512" }, { "REPLAYGAIN_TRACK_GAIN", "-1.00 dB" });
	BECOME(" / r128_track_gain=loud", { "R128_TRACK_GAIN", "loud" });
}

static void gains_are_numbers_towards_minus_18_lufs(void **state)
{
	(void)state;
	BECOME("rg_track_gain=-6.50|rg_track_peak=0.98", { "REPLAYGAIN_TRACK_GAIN", "-6.50 dB" }, { "REPLAYGAIN_TRACK_PEAK", "0.98" });
	BECOME("rg_track_gain=2.30 / replaygain_track_gain=+2.3 dB", { "REPLAYGAIN_TRACK_GAIN", "+2.3 dB" });
	BECOME("rg_album_gain=-7.25 / replaygain_album_gain=-7,25 db", { "REPLAYGAIN_ALBUM_GAIN", "-7,25 db" });
	BECOME(" / replaygain_track_gain=loud", { "REPLAYGAIN_TRACK_GAIN", "loud" });
	/* towards -23 LUFS it is 5 dB less than towards -18; towards 83 dB, 6 less than towards 89 */
	BECOME("rg_track_gain=-1.00|rg_reference=-23.00 LUFS / replaygain_track_gain=-6.00 dB",
	       { "REPLAYGAIN_REFERENCE_LOUDNESS", "-23.00 LUFS" }, { "REPLAYGAIN_TRACK_GAIN", "-6.00 dB" });
	BECOME("rg_track_gain=0.00|rg_reference=83.0 dB / replaygain_track_gain=-6.00 dB",
	       { "REPLAYGAIN_TRACK_GAIN", "-6.00 dB" }, { "REPLAYGAIN_REFERENCE_LOUDNESS", "83.0 dB" });
	BECOME("rg_track_gain=-6.00|rg_reference=89.0 dB", { "REPLAYGAIN_TRACK_GAIN", "-6.00 dB" }, { "REPLAYGAIN_REFERENCE_LOUDNESS", "89.0 dB" });
}

static void explicit_is_yes_or_no(void **state)
{
	(void)state;
	BECOME("explicit=1", { "ITUNESADVISORY", "1" });
	BECOME("explicit=0 / itunesadvisory=2", { "ITUNESADVISORY", "2" });
	BECOME(" / itunesadvisory=0", { "ITUNESADVISORY", "0" });
	BECOME("explicit=1 / explicit=Explicit", { "EXPLICIT", "Explicit" });
}

static void ratings_are_percents_where_the_scale_is_known(void **state)
{
	(void)state;
	BECOME("rating=80", { "RATING", "80" });
	BECOME("rating=90 / fmps_rating=0.9", { "FMPS_RATING", "0.9" });
}

static void a_creative_commons_address_is_found(void **state)
{
	(void)state;
	BECOME("license=http://creativecommons.org/licenses/by/4.0/|licenseurl=http://creativecommons.org/licenses/by/4.0/",
	       { "LICENSE", "http://creativecommons.org/licenses/by/4.0/" });
	BECOME("copyright=2001 Me. Licensed (https://creativecommons.org/licenses/by-sa/3.0/).|"
	       "licenseurl=https://creativecommons.org/licenses/by-sa/3.0/",
	       { "COPYRIGHT", "2001 Me. Licensed (https://creativecommons.org/licenses/by-sa/3.0/)." });
	BECOME("copyright=creativecommons.org/ is a site", { "COPYRIGHT", "creativecommons.org/ is a site" });
	BECOME("license=http://creativecommons.org/x|licenseurl=http://a.b/", { "COPYRIGHTURL", "http://a.b/" },
	       { "LICENSE", "http://creativecommons.org/x" });
}

static void bytes_that_are_no_text_are_mended(void **state)
{
	struct qf_err e = { 0 };
	struct qf_tagset t = { 0 };

	(void)state;
	assert_int_equal(qf_tagset_add(&t, "TITLE", "a\xff", 2, &e), QF_OK);
	assert_int_equal(qf_tagset_add(&t, "ARTIST", "A\0B", 3, &e), QF_OK);
	assert_int_equal(qf_tagset_finish(&t, &e), QF_OK);
	assert_string_equal(text_of(&t), "title=a\xef\xbf\xbd|artist=A; B");
	qf_tagset_free(&t);
}

/* ---- from files ------------------------------------------------------------------------------------ */

struct taken {
	struct qf_tagset tags;
	int cut;
	size_t longest;
};

static void take(void *user, const char *key, const char *value, size_t n, int cut)
{
	struct taken *t = user;

	t->cut += cut;
	t->longest = n > t->longest ? n : t->longest;
	assert_int_equal(qf_tagset_add(&t->tags, key, value, n, NULL), QF_OK);
}

static struct taken read_name(const char *name, struct qf_audio_props *p)
{
	struct qf_err e = { 0 };
	struct taken t = { 0 };
	struct qf_sniff s;
	int fd = open_file(name);

	if (qf_sniff_file(fd, name, &s, &e) != QF_OK || qf_tags_read(fd, &s, take, &t, p, &e) != QF_OK ||
	    qf_tagset_finish(&t.tags, &e) != QF_OK)
		fail_msg("%s: %s", name, e.text);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
	return t;
}

static void expect(struct taken *t, const char *key, const char *value)
{
	const char *is = qf_tagset_get(&t->tags, key);

	if (!is || strcmp(is, value) != 0)
		fail_msg("%s is '%s', not '%s'", key, is ? is : "(none)", value);
}

static void one_song_has_the_same_tags_in_every_format(void **state)
{
	static const struct { const char *tool, *command, *name, *codec; int slack_ms; } formats[] = {
		{ "flac", "flac -s -f -T TITLE=Ünder -T ARTIST=A -T ARTIST=B -T TRACKNUMBER=3 -T TRACKTOTAL=12 -T DATE=2001-02-03 -o t.flac a.wav",
		  "t.flac", "flac", 0 },
		{ "oggenc", "oggenc -Q -t Ünder -a A -a B -N 3/12 -d 2001-02-03 -o t.ogg a.wav", "t.ogg", "vorbis", 0 },
		{ "opusenc", "opusenc --quiet --title Ünder --artist A --artist B --comment TRACKNUMBER=3/12 --date 2001-02-03 a.wav t.opus",
		  "t.opus", "opus", 10 },
		{ "lame", "lame --quiet --id3v2-only --tt Ünder --ta A --tn 3/12 --ty 2001 --tv TXXX=LICENSE=free a.wav t.mp3", "t.mp3", "mp3", 100 },
		{ "ffmpeg", "ffmpeg -v error -y -i a.wav -metadata title=Ünder -metadata artist=A -metadata track=3/12 -metadata date=2001-02-03 t.m4a",
		  "t.m4a", "aac", 100 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct qf_audio_props p;
		struct taken t;

		need(formats[i].tool);
		if (!shell(formats[i].command))
			fail_msg("'%s' failed", formats[i].command);
		t = read_name(formats[i].name, &p);
		expect(&t, "title", "Ünder");
		expect(&t, "artist", "A");
		expect(&t, "tracknumber", "3");
		expect(&t, "tracktotal", "12");
		assert_memory_equal(qf_tagset_get(&t.tags, "date"), "2001", 4);
		assert_string_equal(p.codec, formats[i].codec);
		assert_int_equal(p.sample_rate_hz, strcmp(p.codec, "opus") == 0 ? 48000 : 44100);
		assert_int_equal(p.channels, 2);
		assert_true(llabs(p.duration_ms - 3000) <= formats[i].slack_ms);
		assert_true(p.bitrate_kbps > 10 && p.bitrate_kbps < 1500);
		qf_tagset_free(&t.tags);
	}
}

static void a_wrong_extension_changes_nothing(void **state)
{
	struct qf_audio_props p;
	struct taken t;

	(void)state;
	need("flac");
	assert_true(shell("flac -s -f -T TITLE=Mine -o w.flac a.wav && mv w.flac w.mp3"));
	t = read_name("w.mp3", &p);
	expect(&t, "title", "Mine");
	assert_string_equal(p.codec, "flac");
	qf_tagset_free(&t.tags);
}

/* An ID3v2.4 frame: id, size (28 bits in 4 times 7), no flags, body. */
static size_t id3_frame(uint8_t *p, const char *id, const char *body, size_t n)
{
	memcpy(p, id, 4);
	for (int i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(n >> 7 * (3 - i) & 127);
	memset(p + 8, 0, 2);
	memcpy(p + 10, body, n);
	return 10 + n;
}

/* "v.mp3": a song behind an ID3v2.4 tag whose frames are in tag[n] from byte 10 on. */
static void write_tagged_mp3(uint8_t *tag, size_t n)
{
	char path[PATH_MAX];
	FILE *f;

	memcpy(tag, "ID3\4\0\0", 6);
	for (int i = 0; i < 4; i++)
		tag[6 + i] = (uint8_t)((n - 10) >> 7 * (3 - i) & 127);
	snprintf(path, sizeof path, "%s/tag", folder);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(tag, 1, n, f), n);
	fclose(f);
	assert_true(shell("lame --quiet a.wav u.mp3 && { cat tag u.mp3; } >v.mp3"));
}

static void recording_id_and_licence_are_found_in_id3_frames(void **state)
{
	static const char ufid[] = "http://musicbrainz.org\0" "0a1b2c3d-0000-4000-8000-000000000000";
	uint8_t tag[512];
	struct qf_audio_props p;
	struct taken t;
	size_t n = 10;

	(void)state;
	need("lame");
	n += id3_frame(tag + n, "UFID", ufid, sizeof ufid - 1);
	n += id3_frame(tag + n, "WCOP", "http://creativecommons.org/licenses/by/4.0/", 43);
	n += id3_frame(tag + n, "TPE1", "\3One\0Two", 8);
	write_tagged_mp3(tag, n);
	t = read_name("v.mp3", &p);
	expect(&t, "mb_recordingid", "0a1b2c3d-0000-4000-8000-000000000000");
	expect(&t, "licenseurl", "http://creativecommons.org/licenses/by/4.0/");
	assert_string_equal(t.tags.tags[0].value, "One");
	assert_string_equal(t.tags.tags[1].value, "Two");
	qf_tagset_free(&t.tags);
}

static void ratings_lyrics_gains_and_covers_are_found_in_id3_frames(void **state)
{
	/* who rated, 196 of 255, played 3 times */
	static const char popm[] = "me\0\304\0\0\0\3";
	/* Latin-1, language, milliseconds, lyrics, no name; then each line with its time */
	static const char sylt[] = "\0eng\2\1\0La\0\0\0\3\350Li\0\0\1\26\126";
	/* "track", master volume (1), -6.5 dB as 1/512, no peak */
	static const char rva2[] = "track\0\1\363\0\0";
	static const char back[] = "\0image/png\0\4\0abc", front[] = "\0image/jpeg\0\3\0abcdefg";
	uint8_t tag[512];
	struct qf_audio_props p;
	struct taken t;
	size_t n = 10;

	(void)state;
	need("lame");
	n += id3_frame(tag + n, "POPM", popm, sizeof popm - 1);
	n += id3_frame(tag + n, "SYLT", sylt, sizeof sylt - 1);
	n += id3_frame(tag + n, "RVA2", rva2, sizeof rva2 - 1);
	n += id3_frame(tag + n, "APIC", back, sizeof back - 1);
	n += id3_frame(tag + n, "APIC", front, sizeof front - 1);
	write_tagged_mp3(tag, n);
	t = read_name("v.mp3", &p);
	expect(&t, "rating", "77"); /* 196 / 255 = 0.769 */
	expect(&t, "playcount", "3");
	expect(&t, "synced_lyrics", "[00:01.00]La\n[01:11.25]Li\n"); /* 0x03E8 = 1000 ms, 0x011656 = 71254 ms */
	expect(&t, "rg_track_gain", "-6.50"); /* 0xF300 = -3328; / 512 = -6.5 */
	expect(&t, "picture_count", "2");
	expect(&t, "picture_type", "front");
	expect(&t, "picture_mime", "image/jpeg");
	expect(&t, "picture_bytes", "7");
	qf_tagset_free(&t.tags);
}

static void a_value_beyond_4_mib_is_cut_between_characters_and_said_so(void **state)
{
	enum { BODY = 5000000 };
	char *body = malloc(BODY);
	uint8_t *tag = malloc(BODY + 100);
	struct qf_audio_props p;
	struct taken t;

	(void)state;
	need("lame");
	body[0] = 3; /* UTF-8 */
	body[1] = 'x';
	for (int i = 2; i < BODY; i++)
		body[i] = "\xc3\xb6"[i & 1]; /* two-byte letters, shifted by the x: one byte below the limit is left over */
	write_tagged_mp3(tag, 10 + id3_frame(tag + 10, "TIT2", body, BODY));
	t = read_name("v.mp3", &p);
	assert_int_equal(t.cut, 1);
	assert_int_equal(t.longest, QF_TAG_VALUE_MAX - 1);
	qf_tagset_free(&t.tags);
	free(body);
	free(tag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_totals_part),
		cmocka_unit_test(several_values_stay_several_in_their_order),
		cmocka_unit_test(what_a_single_key_cannot_hold_is_kept_raw),
		cmocka_unit_test(unknown_keys_are_kept_in_lower_case),
		cmocka_unit_test(names_of_freeform_atoms_are_understood),
		cmocka_unit_test(dates_keep_their_iso_prefix),
		cmocka_unit_test(opus_gains_refer_to_minus_18_lufs),
		cmocka_unit_test(gains_are_numbers_towards_minus_18_lufs),
		cmocka_unit_test(explicit_is_yes_or_no),
		cmocka_unit_test(ratings_are_percents_where_the_scale_is_known),
		cmocka_unit_test(a_creative_commons_address_is_found),
		cmocka_unit_test(bytes_that_are_no_text_are_mended),
		cmocka_unit_test(one_song_has_the_same_tags_in_every_format),
		cmocka_unit_test(a_wrong_extension_changes_nothing),
		cmocka_unit_test(recording_id_and_licence_are_found_in_id3_frames),
		cmocka_unit_test(ratings_lyrics_gains_and_covers_are_found_in_id3_frames),
		cmocka_unit_test(a_value_beyond_4_mib_is_cut_between_characters_and_said_so),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
