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
	assert_null(qf_playlist_format_find("pls"));
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
	assert_false(qf_m3u_holds(awkward[3].path));
	assert_false(qf_m3u_holds("/a\rb"));
	assert_true(qf_m3u_holds("/a\tb"));
}

static void m3u_without_a_folder_is_absolute(void **state)
{
	const struct qf_playlist list = { .entries = awkward, .n = 1 };
	struct qf_buf b = { 0 };

	(void)state;
	assert_int_equal(qf_m3u_write(&b, &list, NULL), QF_OK);
	expect_text(&b, "#EXTM3U\n#EXTINF:215,Sigur R\xc3\xb3s - Svefn\n/music/a.flac\n");
}

/* ---- XSPF and JSPF --------------------------------------------------------------------- */

static const struct qf_entry full = {
	.path = "/music/new\nline & <tag>.flac", .title = "A \"B\" & <C>\x01\xef\xbf\xbf", .artist = "D'E", .album = "F",
	.mbid = "89e3bc9a-5c1c-4d5f-9c5d-0a2c9b6f1f5e", .camelot = "8A", .duration_ms = 1500, .tempo_bpm = 120.456, .score = 0.25,
	.energy = NAN, .trust = 0.91, .quality = NAN,
};

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
		cmocka_unit_test(running_out_of_memory_never_gives_half_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
