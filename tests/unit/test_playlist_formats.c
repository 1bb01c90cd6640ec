#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "playlist/format.h"
#include "playlist/m3u.h"
#include "playlist/mbid.h"
#include "playlist/place.h"
#include "playlist/remote.h"
#include "playlist/spelling.h"
#include "rows/json.h"

#include <math.h>
#include <string.h>

#define UNKNOWN .tempo_bpm = NAN, .energy = NAN, .score = NAN, .trust = NAN, .quality = NAN

static void expect_text(struct qf_buf *b, const char *wanted)
{
	assert_int_equal(qf_buf_check(b, NULL), QF_OK);
	assert_string_equal(b->p ? b->p : "", wanted);
	qf_buf_free(b);
}

/* ---- places ---------------------------------------------------------------------------- */

static void relative_paths_start_at_the_folder(void **state)
{
	static const struct { const char *folder, *path, *wanted; } cases[] = {
		{ "/music", "/music/a.flac", "a.flac" },
		{ "/music/", "/music//b/./a.flac", "b/a.flac" },
		{ "/lists/mine", "/music/a.flac", "../../music/a.flac" },
		{ "/mus", "/music/a.flac", "../music/a.flac" }, /* a shared beginning is no shared folder */
		{ "/", "/a.flac", "a.flac" },
		{ "/a/b", "/a", ".." },
		{ "/a", "/a", "." },
		{ "/a/../b", "/c/d", "/c/d" },    /* nobody can climb back over ".." */
		{ "/a", "/a/../d", "../d" },      /* but it may be in the path */
		{ "/a", "d/e.flac", "d/e.flac" }, /* relative already */
		{ "/m", "/m/\xff\xfe.mp3", "\xff\xfe.mp3" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_buf b = { 0 };

		qf_place_relative(&b, cases[i].folder, cases[i].path);
		expect_text(&b, cases[i].wanted);
	}
}

static void uris_escape_every_byte_that_is_not_unreserved(void **state)
{
	struct qf_buf b = { 0 };

	(void)state;
	qf_place_uri(&b, "/a b/100%#?\n\xc3\xb6\xff~-._.flac");
	expect_text(&b, "file:///a%20b/100%25%23%3F%0A%C3%B6%FF~-._.flac");
}

static void the_stem_is_the_name_without_suffix(void **state)
{
	static const char *const cases[][2] = { { "/a/b.c.flac", "b.c" }, { ".m3u", ".m3u" }, { "x", "x" }, { "/a.b/c", "c" } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct qf_span s = qf_place_stem(cases[i][0]);

		assert_int_equal(s.n, strlen(cases[i][1]));
		assert_memory_equal(s.p, cases[i][1], s.n);
	}
}

static void formats_are_known_by_suffix(void **state)
{
	(void)state;
	assert_string_equal(qf_playlist_format_of("for you.m3u")->name, "m3u");
	assert_string_equal(qf_playlist_format_of("X.M3U8")->name, "m3u");
	assert_string_equal(qf_playlist_format_of("x.xspf")->name, "xspf");
	assert_string_equal(qf_playlist_format_of("x.jspf")->name, "jspf");
	assert_null(qf_playlist_format_of("m3u"));
	assert_null(qf_playlist_format_of(".m3u")); /* that is a name, not a suffix */
	assert_string_equal(qf_playlist_format_of("x.pls")->name, "pls");
	assert_null(qf_playlist_format_find("asx"));
}

static void an_mbid_is_a_uuid(void **state)
{
	(void)state;
	assert_true(qf_mbid_valid("89e3bc9a-5c1c-4d5f-9c5d-0a2c9b6f1f5e"));
	assert_false(qf_mbid_valid("89e3bc9a-5c1c-4d5f-9c5d-0a2c9b6f1f5"));
	assert_false(qf_mbid_valid("89e3bc9ax5c1c-4d5f-9c5d-0a2c9b6f1f5e"));
	assert_false(qf_mbid_valid("89e3bc9g-5c1c-4d5f-9c5d-0a2c9b6f1f5e"));
	assert_false(qf_mbid_valid(NULL));
}

/* ---- M3U ------------------------------------------------------------------------------- */

static const struct qf_entry awkward[] = {
	{ .path = "/music/a.flac", .artist = "Sigur R\xc3\xb3s", .title = "Svefn", .duration_ms = 214500, UNKNOWN },
	{ .path = "/lists/#1.mp3", .title = " two\r\nlines\t ", .duration_ms = 1499, UNKNOWN },
	{ .path = "/lists/ blank \xff.mp3", .artist = "No Title", UNKNOWN },
	{ .path = "/lists/new\nline.mp3", .title = "cannot be held", UNKNOWN },
};

static const struct qf_entry full = {
	.path = "/music/new\nline & <tag>.flac", .title = "A \"B\" & <C>\x01\xef\xbf\xbf", .artist = "D'E", .album = "F",
	.mbid = "89e3bc9a-5c1c-4d5f-9c5d-0a2c9b6f1f5e", .camelot = "8A", .duration_ms = 1500, .tempo_bpm = 120.456, .score = 0.25,
	.energy = NAN, .trust = 0.91, .quality = NAN,
};

static void m3u_is_what_players_open(void **state)
{
	const struct qf_playlist list = { .title = "My\nlist", .folder = "/lists", .note = "order score", .entries = awkward, .n = 4 };
	struct qf_buf b = { 0 };

	(void)state;
	assert_int_equal(qf_m3u_write(&b, &list, NULL), QF_OK);
	expect_text(&b, "#EXTM3U\n"
			"#PLAYLIST:My list\n"
			"#X-QFZZ:order score\n"
			"#EXTINF:215,Sigur R\xc3\xb3s - Svefn\n"
			"../music/a.flac\n"
			"#EXTINF:1,two lines\n"
			"./#1.mp3\n"
			"#EXTINF:-1,blank \xef\xbf\xbd\n"
			"./ blank \xff.mp3\n");
	assert_null(qf_line_refuses(&list, 2));
	assert_string_equal(qf_line_refuses(&list, 3), "a path with a line break cannot stand in this format; jspf, xspf and --profile uri can hold it");
}

static void m3u_without_a_folder_is_absolute(void **state)
{
	const struct qf_playlist list = { .entries = awkward, .n = 1 };
	struct qf_buf b = { 0 };

	(void)state;
	assert_int_equal(qf_m3u_write(&b, &list, NULL), QF_OK);
	expect_text(&b, "#EXTM3U\n#EXTINF:215,Sigur R\xc3\xb3s - Svefn\n/music/a.flac\n");
}

/* ---- what players want ------------------------------------------------------------------ */

static void every_profile_spells_or_refuses(void **state)
{
	static const struct { const char *profile, *path, *wanted; } cases[] = { /* wanted NULL: refused */
		{ "mpv", "/lists/a/x ", "a/x " },
		{ "mpd", "/lists/a/x ", NULL },
		{ "mpd", "/lists/ x", NULL },
		{ "mpd", "/lists/a b/x y", "a b/x y" },
		{ "navidrome", "/lists/ x", "./ x" },
		{ "vlc", "/lists/a b/#1 100%.mp3", "a%20b/%231%20100%25.mp3" },
		{ "vlc", "/lists/new\nline.mp3", "new%0Aline.mp3" },
		{ "navidrome", "/lists/a\xff.mp3", NULL },
		{ "navidrome", "/lists/\xc3\xb6?.mp3", "\xc3\xb6?.mp3" },
		{ "rockbox", "/music/a/b.mp3", "../music/a/b.mp3" },
		{ "rockbox", "/music/a?.mp3", NULL },
		{ "rockbox", "/music/dot./b.mp3", NULL },
		{ "car", "/music/a/b.mp3", "..\\music\\a\\b.mp3" },
		{ "car", "/music/a\\b.mp3", NULL },
		{ "uri", "/a b\nc", "file:///a%20b%0Ac" },
		{ "ezstream", "/lists/#a b ", "/lists/#a b " },
		{ "ezstream", "/a\nb", NULL },
		{ "liquidsoap", "/music/a:b\"c.mp3", "/music/a:b\"c.mp3" },
		{ "liquidsoap", "/music/a\xff.mp3", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct qf_entry t = { .path = cases[i].path, UNKNOWN };
		const struct qf_playlist list = { .folder = "/lists", .profile = qf_profile_find(cases[i].profile), .entries = &t, .n = 1 };
		struct qf_buf b = { 0 };

		assert_non_null(list.profile);
		if ((qf_line_refuses(&list, 0) == NULL) != (cases[i].wanted != NULL))
			fail_msg("%s: %s", cases[i].profile, cases[i].path);
		if (cases[i].wanted) {
			qf_line_put(&b, &list, 0);
			expect_text(&b, cases[i].wanted);
		}
	}
	assert_null(qf_profile_find("walkman"));
}

static void liquidsoap_is_told_gain_and_cue_points(void **state)
{
	const struct qf_entry tracks[] = {
		{ .path = "/a.flac", .title = "A", .duration_ms = 200000, .gain_db = -3.204, .cue_out_s = 180.5, .cross_s = 4, .next_in_s = 1.25, UNKNOWN },
		{ .path = "/b \"q\".flac", .title = "B, \"q\"", .artist = "X", .duration_ms = 100000, UNKNOWN },
		{ .path = "/c.flac", .title = "C", .gain_db = 0.5, UNKNOWN },
		{ .path = "/d.flac", .title = "D", UNKNOWN },
	};
	const struct qf_playlist list = { .profile = qf_profile_find("liquidsoap"), .entries = tracks, .n = 4 };
	struct qf_reading r = { 0 };
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_m3u_write(&b, &list, &e), QF_OK);
	assert_int_equal(qf_m3u_read(&r, (struct qf_span){ b.p, b.len }, &e), QF_OK);
	expect_text(&b, "#EXTM3U\n"
			"#EXTINF:200,A\nannotate:liq_amplify=\"-3.20 dB\",liq_cue_out=\"184.500\",liq_cross_duration=\"4.000\":/a.flac\n"
			"#EXTINF:100,X - B, \"q\"\nannotate:liq_cue_in=\"1.250\":/b \"q\".flac\n"
			"#EXTINF:-1,C\nannotate:liq_amplify=\"0.50 dB\":/c.flac\n"
			"#EXTINF:-1,D\n/d.flac\n");
	assert_int_equal(r.n, 4);
	assert_string_equal(r.entries[1].path, "/b \"q\".flac");
	assert_true(r.entries[0].gain_db == -3.2 && r.entries[0].cue_out_s == 180.5 && r.entries[0].cross_s == 4 && r.entries[0].next_in_s == 1.25);
	assert_true(r.entries[3].gain_db == 0);
	qf_reading_free(&r);
	qf_buf_puts(&b, "annotate:nonsense:/a.flac\nannotate:title=\"x\",liq_amplify=\"loud\":rel/b.flac\n");
	assert_int_equal(qf_m3u_read(&r, (struct qf_span){ b.p, b.len }, &e), QF_OK);
	assert_string_equal(r.entries[0].path, "annotate:nonsense:/a.flac"); /* it may be a file's name */
	assert_string_equal(r.entries[1].path, "rel/b.flac");
	assert_true(r.entries[1].gain_db == 0);
	qf_reading_free(&r);
	qf_buf_free(&b);
}

static void a_car_takes_999_entries(void **state)
{
	static struct qf_entry many[1000];
	const struct qf_playlist list = { .folder = "/", .profile = qf_profile_find("car"), .entries = many, .n = 1000 };

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		many[i].path = "/a";
	assert_null(qf_line_refuses(&list, 998));
	assert_string_equal(qf_line_refuses(&list, 999), "the list is longer than this player takes");
}

/* The tokens are those of: printf '1700000000/music/sub dir/é 100%%.flac s3cret' | openssl md5 -binary |
 * openssl base64 | tr +/ -_ | tr -d = ; and of '1700000000/sub dir/ s3cret'. */
static void urls_are_signed_as_nginx_checks_them(void **state)
{
	struct qf_remote r = { .url = "https://host/mu%73ic/", .root = "/srv/m", .secret = "s3cret", .expires = 1700000000 };
	const char *path = "/srv/m/sub dir/\xc3\xa9 100%.flac";
	struct qf_buf b = { 0 };

	(void)state;
	qf_remote_put(&b, &r, path);
	expect_text(&b, "https://host/mu%73ic/sub%20dir/%C3%A9%20100%25.flac");
	r.sign = QF_SIGN_QUERY;
	qf_remote_put(&b, &r, path);
	expect_text(&b, "https://host/mu%73ic/sub%20dir/%C3%A9%20100%25.flac?md5=UXdo5qyRh_QV03fVXu369w&expires=1700000000");
	r.sign = QF_SIGN_PATH;
	qf_remote_put(&b, &r, path);
	expect_text(&b, "https://host/mu%73ic/hiXxUlLVFLcAHH5ZoLz2Aw/1700000000/sub%20dir/%C3%A9%20100%25.flac");
	assert_string_equal(qf_remote_refuses(&r, "/srv/other/a"), "does not lie in the folder that the URL stands for");
	assert_string_equal(qf_remote_refuses(&r, "/srv/m/a"), "lies in no folder of its own, which a token in the path is for");
	for (enum qf_sign form = QF_SIGN_NONE; form <= QF_SIGN_PATH; form++) {
		struct qf_buf back = { 0 };

		r.sign = form;
		qf_remote_put(&b, &r, path);
		assert_true(qf_remote_path(&back, &r, b.p));
		expect_text(&back, path);
		qf_buf_free(&b);
	}
	assert_false(qf_remote_path(&b, &r, "https://elsewhere/a"));
}

/* ---- reading ------------------------------------------------------------------------------- */

static void read_list(struct qf_reading *r, const char *format, const char *text)
{
	struct qf_err e = { 0 };

	if (qf_playlist_read(qf_playlist_format_find(format), r, (struct qf_span){ text, strlen(text) }, &e))
		fail_msg("%s", e.text);
}

static void m3u_of_others_is_understood(void **state)
{
	struct qf_reading r = { 0 };

	(void)state;
	read_list(&r, "m3u", "\xEF\xBB\xBF#EXTM3U\r\n#PLAYLIST: Mine \r\n#EXTINF:215.6 tvg=\"a,b\",A - B - C\r\nC:\\Music\\x.mp3\r\n\r\n"
			      "#EXTINF:-1,Only a title\n#EXTALB:Album\n#UNKNOWN\nhttp://host/x\nbare");
	assert_int_equal(r.n, 3);
	assert_string_equal(r.title, "Mine");
	assert_string_equal(r.entries[0].path, "C:\\Music\\x.mp3");
	assert_string_equal(r.entries[0].artist, "A");
	assert_string_equal(r.entries[0].title, "B - C");
	assert_int_equal(r.entries[0].duration_ms, 215000);
	assert_string_equal(r.entries[1].title, "Only a title");
	assert_string_equal(r.entries[1].album, "Album");
	assert_int_equal(r.entries[1].duration_ms, 0);
	assert_null(r.entries[1].artist);
	assert_string_equal(r.entries[2].path, "bare");
	assert_null(r.entries[2].title);
	qf_reading_free(&r);
}

static void pls_comes_by_its_numbers(void **state)
{
	struct qf_reading r = { 0 };

	(void)state;
	read_list(&r, "pls", "[Playlist]\nfile10=c\nFile2=b\nTitle2=X\nTitle3=no file\nLength10=7\nFile1=a\nFile1x=z\nNumberOfEntries=1\n");
	assert_int_equal(r.n, 3);
	assert_string_equal(r.entries[0].path, "a");
	assert_string_equal(r.entries[1].title, "X");
	assert_string_equal(r.entries[2].path, "c");
	assert_int_equal(r.entries[2].duration_ms, 7000);
	qf_reading_free(&r);
}

static void xspf_of_others_is_understood(void **state)
{
	struct qf_reading r = { 0 };
	const char *text = "<?xml version='1.0'?><!-- x --><x:playlist xmlns:x='http://xspf.org/ns/0/'><x:title> A &amp; &#66; </x:title>"
			   "<x:trackList><x:track><x:location> a%20b.mp3</x:location><x:location>second</x:location><x:title><![CDATA[<T>]]></x:title>"
			   "<x:extension application='y'><x:title>not this</x:title></x:extension>"
			   "<x:identifier>isrc:USRC17607839</x:identifier><x:duration>1500</x:duration></x:track></x:trackList></x:playlist>";

	(void)state;
	read_list(&r, "xspf", text);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.title, "A & B");
	assert_string_equal(r.entries[0].path, "a%20b.mp3");
	assert_string_equal(r.entries[0].title, "<T>");
	assert_string_equal(r.entries[0].isrc, "USRC17607839");
	assert_int_equal(r.entries[0].duration_ms, 1500);
	qf_reading_free(&r);
}

static void jspf_of_listenbrainz_has_identifiers_only(void **state)
{
	struct qf_reading r = { 0 };

	(void)state;
	read_list(&r, "jspf", "{\"playlist\":{\"title\":\"W\",\"track\":[{\"identifier\":\"https://musicbrainz.org/recording/"
			       "89e3bc9a-5c1c-4d5f-9c5d-0a2c9b6f1f5e\",\"title\":\"T\",\"creator\":\"A\"},7]}}");
	assert_int_equal(r.n, 1);
	assert_null(r.entries[0].path);
	assert_string_equal(r.entries[0].mbid, "89e3bc9a-5c1c-4d5f-9c5d-0a2c9b6f1f5e");
	assert_string_equal(r.entries[0].artist, "A");
	qf_reading_free(&r);
}

static void broken_documents_are_told(void **state)
{
	static const char *const cases[][3] = {
		{ "pls", "File1=a", "no PLS: it does not begin with [playlist]" },
		{ "xspf", "<playlist>\n<trackList>", "XSPF, line 2: no element found" },
		{ "xspf", "<!DOCTYPE a [<!ENTITY b \"c\">]><playlist/>", "XSPF: it declares entities, which no playlist needs" },
		{ "jspf", "{}", "no JSPF: it has no \"playlist\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_reading r = { 0 };
		struct qf_err e = { 0 };

		assert_int_equal(qf_playlist_read(qf_playlist_format_find(cases[i][0]), &r, (struct qf_span){ cases[i][1], strlen(cases[i][1]) }, &e), QF_EFORMAT);
		assert_string_equal(e.text, cases[i][2]);
		qf_reading_free(&r);
	}
}

static void formats_are_told_by_their_looks(void **state)
{
	static const char *const cases[][2] = { { "\xEF\xBB\xBF {\"a\":1}", "jspf" }, { "\n<?xml?>", "xspf" }, { "[PLAYLIST]", "pls" }, { "/a", "m3u" }, { "", "m3u" } };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(qf_playlist_format_like((struct qf_span){ cases[i][0], strlen(cases[i][0]) })->name, cases[i][1]);
}

static void a_place_is_guessed_likeliest_first(void **state)
{
	/* an NFC name with a %20, in a folder with a backslash */
	static const char place[] = "../d\\\xc3\xa9%20x";
	static const char *const plain[QF_PLACE_GUESSES] = {
		"/m/d\\\xc3\xa9%20x", NULL, "/m/d\\e\xcc\x81%20x", "/m/d/\xc3\xa9%20x", NULL, "/m/d/e\xcc\x81%20x",
		"/m/d\\\xc3\xa9 x", NULL, "/m/d\\e\xcc\x81 x", "/m/d/\xc3\xa9 x", NULL, "/m/d/e\xcc\x81 x",
	};

	(void)state;
	for (unsigned nth = 0; nth < QF_PLACE_GUESSES; nth++)
		for (int escaped = 0; escaped < 2; escaped++) {
			struct qf_buf b = { 0 };
			const char *wanted = plain[escaped ? (nth + 6) % 12 : nth];
			bool some = qf_place_guess(&b, "/m/lists", place, escaped, nth);

			assert_int_equal(some, wanted != NULL);
			expect_text(&b, wanted ? wanted : "");
		}
}

static void file_uris_lose_their_host_and_other_urls_are_no_files(void **state)
{
	struct qf_buf b = { 0 };

	(void)state;
	assert_true(qf_place_guess(&b, "/l", "file://localhost/a%20%25b", false, 0));
	expect_text(&b, "/a %b");
	assert_false(qf_place_guess(&b, "/l", "file:///a%2", false, 0));
	assert_false(qf_place_guess(&b, "/l", "http://h/a", false, 0));
	assert_false(qf_place_guess(&b, "/l", "a", false, 3)); /* nothing to turn round */
	assert_true(qf_place_guess(&b, "/", "./../a", false, 0));
	expect_text(&b, "/a");
}

/* ---- round trips ------------------------------------------------------------------------------- */

/* Read a list back as if every file were there at its first guess. */
static void read_back(struct qf_reading *r, const struct qf_playlist_format *f, const struct qf_playlist *list, const struct qf_buf *text)
{
	struct qf_err e = { 0 };
	bool escaped = qf_playlist_escaped(f, list->profile);

	if (qf_playlist_read(f, r, (struct qf_span){ text->p, text->len }, &e))
		fail_msg("%s: %s", f->name, e.text);
	for (size_t i = 0; i < r->n; i++) {
		struct qf_buf path = { 0 };

		if (list->remote)
			assert_true(qf_remote_path(&path, list->remote, r->entries[i].path));
		else
			for (unsigned nth = 0; !path.len && nth < QF_PLACE_GUESSES; nth++) /* backslashes first, where they are slashes */
				qf_place_guess(&path, list->folder, r->entries[i].path, escaped, list->profile->slash == '\\' ? (nth + 3) % 6 : nth);
		r->entries[i].path = qf_arena_dup(&r->texts, path.p, path.len);
		qf_buf_free(&path);
	}
}

static void what_is_written_and_read_is_written_again_in_the_same_bytes(void **state)
{
	const struct qf_entry tracks[] = {
		awkward[0], awkward[1], awkward[2], awkward[3], full,
		{ .path = "/music/%20 100%25 a?b.mp3", .title = "A - B", .isrc = "USRC17607839", .duration_ms = 1000, UNKNOWN },
		{ .path = "/music/\xc3\xa9 [1] \"q\" & <x>.ogg", .artist = "X - Y", .title = "Z", UNKNOWN },
	};
	static const struct qf_remote remotes[] = {
		{ .url = "http://h/x", .root = "/" },
		{ .url = "http://h/x", .root = "/", .sign = QF_SIGN_QUERY, .secret = "k", .expires = 17 },
		{ .url = "http://h/x", .root = "/", .sign = QF_SIGN_PATH, .secret = "k", .expires = 17 },
	};

	(void)state;
	for (const struct qf_playlist_format *f = qf_playlist_formats; f->name; f++)
		for (const struct qf_profile *p = qf_profiles; p->name; p++)
			for (size_t i = 0; i <= 3; i++) {
				struct qf_playlist list = { .title = "My list", .folder = "/lists", .note = "order score", .profile = p,
							    .remote = i ? &remotes[i - 1] : NULL, .entries = tracks, .n = 7 };
				struct qf_buf first = { 0 }, second = { 0 };
				struct qf_reading r = { 0 };

				assert_int_equal(f->write(&first, &list, NULL), QF_OK);
				read_back(&r, f, &list, &first);
				list.title = r.title;
				list.note = r.note;
				list.entries = r.entries;
				list.n = r.n;
				assert_int_equal(f->write(&second, &list, NULL), QF_OK);
				assert_string_equal(second.p, first.p);
				qf_reading_free(&r);
				qf_buf_free(&first);
				qf_buf_free(&second);
			}
}

/* ---- XSPF and JSPF --------------------------------------------------------------------- */

static void xspf_escapes_and_drops_what_xml_cannot_hold(void **state)
{
	const struct qf_playlist list = { .title = "X & Y", .note = "n", .entries = &full, .n = 1 };
	struct qf_buf b = { 0 };

	(void)state;
	assert_int_equal(qf_playlist_format_find("xspf")->write(&b, &list, NULL), QF_OK);
	expect_text(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			"<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">\n"
			"  <title>X &amp; Y</title>\n"
			"  <annotation>n</annotation>\n"
			"  <trackList>\n"
			"    <track>\n"
			"      <location>file:///music/new%0Aline%20%26%20%3Ctag%3E.flac</location>\n"
			"      <identifier>https://musicbrainz.org/recording/89e3bc9a-5c1c-4d5f-9c5d-0a2c9b6f1f5e</identifier>\n"
			"      <title>A &quot;B&quot; &amp; &lt;C&gt;</title>\n"
			"      <creator>D&apos;E</creator>\n"
			"      <album>F</album>\n"
			"      <duration>1500</duration>\n"
			"    </track>\n"
			"  </trackList>\n"
			"</playlist>\n");
}

static void jspf_is_what_listenbrainz_reads(void **state)
{
	const struct qf_entry two[] = { full, { .path = "/b", UNKNOWN } };
	const struct qf_playlist list = { .title = "X", .note = "n", .entries = two, .n = 2 };
	struct qf_buf b = { 0 };

	(void)state;
	assert_int_equal(qf_playlist_format_find("jspf")->write(&b, &list, NULL), QF_OK);
	assert_int_equal(qf_json_check((struct qf_span){ b.p, b.len }, NULL), QF_OK);
	expect_text(&b, "{\"playlist\":{\"title\":\"X\",\"creator\":\"qfzz\",\"annotation\":\"n\","
			"\"extension\":{\"https://musicbrainz.org/doc/jspf#playlist\":{\"public\":false}},\"track\":["
			"{\"location\":[\"file:///music/new%0Aline%20%26%20%3Ctag%3E.flac\"],"
			"\"identifier\":[\"https://musicbrainz.org/recording/89e3bc9a-5c1c-4d5f-9c5d-0a2c9b6f1f5e\"],"
			"\"title\":\"A \\\"B\\\" & <C>\\u0001\xef\xbf\xbf\",\"creator\":\"D'E\",\"album\":\"F\",\"duration\":1500,"
			"\"extension\":{\"https://musicbrainz.org/doc/jspf#track\":{\"additional_metadata\":"
			"{\"score\":0.250000,\"trust\":0.9100,\"tempo_bpm\":120.46,\"camelot\":\"8A\"}}}},"
			"{\"location\":[\"file:///b\"],"
			"\"extension\":{\"https://musicbrainz.org/doc/jspf#track\":{\"additional_metadata\":{}}}}]}}\n");
}

static void running_out_of_memory_is_an_error_of_every_reader(void **state)
{
	const struct qf_entry two[] = { full, awkward[0] };
	const struct qf_playlist list = { .title = "X", .note = "n", .entries = two, .n = 2, .profile = qf_profile_find("uri") };

	(void)state;
	for (const struct qf_playlist_format *f = qf_playlist_formats; f->name; f++) {
		const struct qf_playlist *l = &list;
		struct qf_buf whole = { 0 };
		unsigned long calls = 1;

		assert_int_equal(f->write(&whole, l, NULL), QF_OK);
		for (unsigned long nth = 0; nth <= calls; nth++) {
			struct qf_reading r = { 0 };
			enum qf_status rc;

			qf_alloc_fail_at(nth, false);
			rc = qf_playlist_read(f, &r, (struct qf_span){ whole.p, whole.len }, NULL);
			calls = nth ? calls : qf_alloc_fail_at(0, false);
			if (rc != (nth ? QF_ENOMEM : QF_OK))
				fail_msg("%s: allocation %lu of %lu gave %d", f->name, nth, calls, rc);
			qf_reading_free(&r);
		}
		qf_alloc_fail_at(0, false);
		qf_buf_free(&whole);
	}
}

static void running_out_of_memory_never_gives_half_a_list(void **state)
{
	const struct qf_playlist list = { .title = "X", .folder = "/lists", .note = "n", .entries = awkward, .n = 4 };

	(void)state;
	for (const struct qf_playlist_format *f = qf_playlist_formats; f->name; f++) {
		struct qf_buf whole = { 0 };
		unsigned long calls;

		qf_alloc_fail_at(0, false);
		assert_int_equal(f->write(&whole, &list, NULL), QF_OK);
		calls = qf_alloc_fail_at(0, false);
		qf_buf_free(&whole);
		for (unsigned long nth = 1; nth <= calls; nth++) {
			struct qf_buf b = { 0 };

			qf_alloc_fail_at(nth, false);
			if (f->write(&b, &list, NULL) != QF_ENOMEM)
				fail_msg("%s: allocation %lu of %lu failed and nobody noticed", f->name, nth, calls);
			qf_buf_free(&b);
			qf_alloc_fail_at(0, false);
		}
	}
	qf_alloc_fail_at(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relative_paths_start_at_the_folder),
		cmocka_unit_test(uris_escape_every_byte_that_is_not_unreserved),
		cmocka_unit_test(the_stem_is_the_name_without_suffix),
		cmocka_unit_test(formats_are_known_by_suffix),
		cmocka_unit_test(an_mbid_is_a_uuid),
		cmocka_unit_test(m3u_is_what_players_open),
		cmocka_unit_test(m3u_without_a_folder_is_absolute),
		cmocka_unit_test(xspf_escapes_and_drops_what_xml_cannot_hold),
		cmocka_unit_test(jspf_is_what_listenbrainz_reads),
		cmocka_unit_test(every_profile_spells_or_refuses),
		cmocka_unit_test(liquidsoap_is_told_gain_and_cue_points),
		cmocka_unit_test(a_car_takes_999_entries),
		cmocka_unit_test(urls_are_signed_as_nginx_checks_them),
		cmocka_unit_test(m3u_of_others_is_understood),
		cmocka_unit_test(pls_comes_by_its_numbers),
		cmocka_unit_test(xspf_of_others_is_understood),
		cmocka_unit_test(jspf_of_listenbrainz_has_identifiers_only),
		cmocka_unit_test(broken_documents_are_told),
		cmocka_unit_test(formats_are_told_by_their_looks),
		cmocka_unit_test(a_place_is_guessed_likeliest_first),
		cmocka_unit_test(file_uris_lose_their_host_and_other_urls_are_no_files),
		cmocka_unit_test(what_is_written_and_read_is_written_again_in_the_same_bytes),
		cmocka_unit_test(running_out_of_memory_is_an_error_of_every_reader),
		cmocka_unit_test(running_out_of_memory_never_gives_half_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
