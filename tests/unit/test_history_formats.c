/* The formats that other programs export: a small sample of each documented shape. */
#include "history.h"

#include "history/time.h"

/* Two hours east of UTC, always. */
static int east(void *ctx, int64_t t)
{
	(void)ctx;
	(void)t;
	return 7200;
}
static const struct qf_zone zone = { east, NULL };
static const struct qf_history_opts local = { .user = "me", .zone = &zone };

#define MBID "11111111-2222-3333-4444-555555555555"

/* ---- Last.fm and Libre.fm ---------------------------------------------------------------- */

static void a_lastfm_table_with_a_header(void **state)
{
	(void)state;
	gives("uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\r\n"
	      "\"1700000000\",\"14 Nov 2023, 22:13\",\"A, B\",\"\",\"The \"\"R\"\"\",\"\",\"T\",\"" MBID "\"\r\n"
	      "\"\",\"14 Nov 2023, 22:13\",\"A\",\"\",\"\",\"\",\"U\",\"none\"\r\n",
	      "2: lastfm me 1700000000 play artist=A, B title=T album=The \"R\" mbid=" MBID " (derived)\n"
	      "line 3: no time\n");
}

static void columns_are_found_by_their_names_in_any_order(void **state)
{
	(void)state;
	gives("Track;Artist;utc_time\nT;A;2023-11-14 22:13:20\nU;A;2023-11-14 22:14\n",
	      "2: lastfm me 1700000000 play artist=A title=T (derived)\n"
	      "3: lastfm me 1700000040 play artist=A title=U (derived) (within 59 s)\n");
}

static void a_lastfm_table_without_header_knows_the_minute(void **state)
{
	(void)state;
	/* 1699999980 is 22:13:00 */
	gives("\xef\xbb\xbf" "A,R,T,14 Nov 2023 22:13\nA,,\"U, V\",\"14 Nov 2023, 22:17\"\nA,R,T,yesterday\n",
	      "1: lastfm me 1699999980 play artist=A title=T album=R (derived) (within 59 s)\n"
	      "2: lastfm me 1700000220 play artist=A title=U, V (derived) (within 59 s)\n"
	      "line 3: \"yesterday\" is no time\n");
}

static void a_broken_line_of_a_table_costs_itself(void **state)
{
	(void)state;
	gives("uts,artist,track\n1,\"A,T\n2,\"A\"x,T\n3,A\n0,A,T\n4,A,T,more\n",
	      "line 2: a quote that its line does not close\n"
	      "line 3: text behind the quote that ends a cell\n"
	      "line 4: nothing names the track: artist and title, path, isrc or mbid\n"
	      "line 5: no time\n"
	      "6: lastfm me 4 play artist=A title=T (derived)\n");
}

static void a_nul_in_a_header_ends_no_name(void **state)
{
	static const char text[] = "uts,artist,track,album\0\0x\n1,A,T,R\n";
	struct seen s = { 0 };
	const struct qf_history_sink sink = { on_event, on_bad, &s };
	struct qf_history *h;
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_history_open(&h, &(struct qf_history_opts){ .user = "me" }, &sink, &e), e);
	assert_ok(qf_history_feed(h, text, sizeof text - 1, &e), e);
	assert_ok(qf_history_end(h, &e), e);
	assert_text(&s.text, "2: lastfm me 1 play artist=A title=T (derived)\n");
	qf_history_close(h);
	qf_buf_free(&s.text);
}

static void a_librefm_table(void **state)
{
	(void)state;
	gives("time,artist,track,album\n1700000000,A,T,R\n2023-11-14T22:13:20Z,A,U,\n2023-11-15T00:13:20+02:00,A,V,\n",
	      "2: librefm me 1700000000 play artist=A title=T album=R (derived)\n"
	      "3: librefm me 1700000000 play artist=A title=U (derived)\n"
	      "4: librefm me 1700000000 play artist=A title=V (derived) (+7200 s)\n");
	gives("time,artist,track\n2023-11-15 00:13:20,A,T\n", "line 2: the time is local, and of no known zone (--tz)\n");
	gives_with("time,artist,track\n2023-11-15 00:13:20,A,T\n", &local, "2: librefm me 1700000000 play artist=A title=T (derived)\n");
}

/* ---- Rockbox ------------------------------------------------------------------------------- */

static void a_rockbox_log(void **state)
{
	(void)state;
	gives("#AUDIOSCROBBLER/1.1\n#TZ/UTC\n#CLIENT/Rockbox iaudiox5 3.15\n"
	      "A\tR\tT\t3\t215\tL\t1700000000\t" MBID "\n"
	      "A\t\tU\t\t100\tS\t1700000300\t\n"
	      "# FAILED - something\n"
	      "<Untagged>\tR\tV\t1\t100\tL\t1700000600\t\n"
	      "A\tR\tT\n"
	      "A\tR\tW\t1\t100\tL\t0\t\n"
	      "A\tR\tX\t1\t100\tQ\t1700000700\n",
	      "4: rockbox me 1700000000 play dur=215000 artist=A title=T album=R mbid=" MBID " (derived)\n"
	      "5: rockbox me 1700000300 skip dur=100000 artist=A title=U\n"
	      "line 7: nothing names the track: artist and title, path, isrc or mbid\n"
	      "line 8: 3 columns instead of 8\n"
	      "line 9: no time\n"
	      "line 10: the rating is neither L nor S\n");
}

static void an_unknown_zone_wants_to_be_told(void **state)
{
	const char *log = "#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\nA\tR\tT\t3\t215\tL\t1700007200\t\n";

	(void)state;
	gives(log, "line 3: the time is local, and of no known zone (--tz)\n");
	gives_with(log, &local, "3: rockbox me 1700000000 play dur=215000 artist=A title=T album=R (derived)\n");
}

/* ---- Spotify ------------------------------------------------------------------------------- */

#define STREAM(ts, ms, title, rest) \
	"{\"ts\":\"" ts "\",\"username\":\"x1\",\"platform\":\"linux\",\"ms_played\":" #ms ",\"conn_country\":\"DE\",\"ip_addr\":\"192.0.2.1\"," \
	"\"user_agent_decrypted\":\"secret\",\"master_metadata_track_name\":" title ",\"master_metadata_album_artist_name\":\"A\"," \
	"\"master_metadata_album_album_name\":\"R\",\"spotify_track_uri\":\"spotify:track:1\",\"episode_name\":null" rest "}"

static void the_start_of_a_stream_is_its_end_less_what_was_heard(void **state)
{
	(void)state;
	gives("[" STREAM("2023-11-14T22:13:20Z", 200000, "\"T\"", ",\"skipped\":false,\"reason_end\":\"trackdone\"") ",\n"
	      STREAM("2023-11-14T22:13:30Z", 9999, "\"U\"", ",\"skipped\":null,\"reason_end\":\"fwdbtn\"") ",\n"
	      STREAM("2023-11-14T22:13:31Z", 500, "\"V\"", ",\"skipped\":true,\"reason_end\":\"unknown\"") ",\n"
	      STREAM("2023-11-14T22:13:40Z", 1000, "\"W\"", ",\"reason_end\":\"trackdone\"") ",\n"
	      STREAM("2023-11-14T22:13:20Z", 200000, "\"private\"", ",\"incognito_mode\":true") ",\n"
	      STREAM("2023-11-14T22:13:20Z", 200000, "null", ",\"episode_show_name\":\"a podcast\"") "]",
	      "1: spotify me 1699999800 play ms=200000 artist=A title=T album=R (derived)\n"
	      "2: spotify me 1700000000 skip ms=9999 artist=A title=U album=R\n"
	      "3: spotify me 1700000010 skip ms=500 artist=A title=V album=R\n"
	      "4: spotify me 1700000019 play ms=1000 artist=A title=W album=R (derived)\n");
}

/* ---- Maloja, Pano Scrobbler ------------------------------------------------------------------ */

static void a_maloja_export(void **state)
{
	(void)state;
	gives("{\"maloja\":{\"export_time\":1},\"scrobbles\":[{\"time\":1700000000,\"track\":{\"artists\":[\"A\",\"B\"],\"title\":\"T\","
	      "\"album\":{\"albumtitle\":\"R\",\"artists\":[\"A\"]},\"length\":215},\"duration\":200,\"origin\":\"client:x\"},"
	      "{\"time\":1700000300,\"track\":{\"artists\":[\"A\"],\"title\":\"U\",\"album\":null,\"length\":null},\"duration\":null}]}",
	      "1: maloja me 1700000000 play ms=200000 dur=215000 artist=A; B title=T album=R (derived)\n"
	      "1: maloja me 1700000300 play artist=A title=U (derived)\n");
	gives("{\n \"scrobbles\": [\n  {\"time\": 5, \"track\": {\"artists\": [1], \"title\": \"T\"}},\n"
	      "  {\"time\": 6, \"track\": {\"artists\": [\"A\"], \"title\": \"U\"}}\n ]\n}\n",
	      "line 3: an artist that is not a text\n"
	      "4: maloja me 6 play artist=A title=U (derived)\n");
}

static void pano_scrobbles(void **state)
{
	(void)state;
	gives("{\"timeMs\":1700000000123,\"artist\":\"A\",\"track\":\"T\",\"album\":\"R\",\"albumArtist\":\"B\",\"durationMs\":215000,"
	      "\"mediaPlayerName\":\"p\",\"event\":\"scrobble\"}\n"
	      "{\"timeMs\":1700000300000,\"artist\":\"A\",\"track\":\"U\",\"event\":\"nowplaying\"}\n"
	      "{\"timeMs\":\"x\",\"artist\":\"A\",\"track\":\"U\"}\n",
	      "1: panoscrobbler me 1700000000 play dur=215000 artist=A title=T album=R (derived)\n"
	      "line 3: \"timeMs\" is not a whole number of milliseconds\n");
}

/* ---- likes ----------------------------------------------------------------------------------- */

static void a_playlist_of_likes(void **state)
{
	const struct qf_history_opts m3u = { .user = "me", .format = "m3u" };

	(void)state;
	gives("#EXTM3U\n#EXTINF:215,A - T\n/music/\xff one.flac\r\n#EXTVLCOPT:x\n/music/two.flac\n",
	      "3: m3u me 0 like dur=215000 artist=A title=T path=/music/\xff one.flac\n"
	      "5: m3u me 0 like path=/music/two.flac\n");
	gives("file:///music/a%20b%25.flac\nfile:///%zz\nhttp://x/y\n\n../up.flac\n",
	      "1: m3u me 0 like path=/music/a b%.flac\n"
	      "line 2: a file:// URL without a path\n"
	      "line 3: a URL, not a file of a library\n"
	      "5: m3u me 0 like path=../up.flac\n");
	gives_with("[live] a.flac\n", &m3u, "1: m3u me 0 like path=[live] a.flac\n");
}

/* ---- NDJSON's finer points -------------------------------------------------------------------- */

static void what_was_derived_is_derived_again_and_a_zone_is_kept(void **state)
{
	(void)state;
	gives("{\"t\":\"2023-11-15T00:13:20+02:00\",\"action\":\"complete\",\"derived\":true,\"artist\":\"A\",\"title\":\"T\"}\n"
	      "{\"t\":5,\"action\":\"like\",\"derived\":true,\"precision_s\":59,\"artist\":\"A\",\"title\":\"T\"}\n",
	      "1: ndjson me 1700000000 play artist=A title=T (derived) (+7200 s)\n"
	      "2: ndjson me 5 like artist=A title=T (within 59 s)\n");
}

static void text_of_no_format_is_refused(void **state)
{
	const struct qf_history_opts opts = { .user = "me" };
	struct seen s = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(read_in("hello\nworld\n", 5, &opts, &s, &e), QF_EUNSUPPORTED);
	assert_null(s.text.p);
}

/* ---- clocks ------------------------------------------------------------------------------------ */

static void offsets_and_clocks(void **state)
{
	static const struct { const char *text; int s; } good[] = {
		{ "Z", 0 }, { "+02:00", 7200 }, { "-0330", -12600 }, { "+5", 18000 }, { "+14", 50400 },
	};
	static const char *const bad[] = { "", "2", "+", "+2:00x", "+15", "+02:60", "Europe/Berlin" };
	int s, hour, weekday;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(qf_time_read_offset(good[i].text, strlen(good[i].text), &s));
		assert_int_equal(s, good[i].s);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(qf_time_read_offset(bad[i], strlen(bad[i]), &s));
	qf_time_on_clock(1700000000, 7200, &hour, &weekday); /* Wednesday 2023-11-15, 00:13 */
	assert_int_equal(hour, 0);
	assert_int_equal(weekday, 3);
	qf_time_on_clock(0, -3600, &hour, &weekday); /* Wednesday 1969-12-31, 23:00 */
	assert_int_equal(hour, 23);
	assert_int_equal(weekday, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lastfm_table_with_a_header),
		cmocka_unit_test(columns_are_found_by_their_names_in_any_order),
		cmocka_unit_test(a_lastfm_table_without_header_knows_the_minute),
		cmocka_unit_test(a_broken_line_of_a_table_costs_itself),
		cmocka_unit_test(a_nul_in_a_header_ends_no_name),
		cmocka_unit_test(a_librefm_table),
		cmocka_unit_test(a_rockbox_log),
		cmocka_unit_test(an_unknown_zone_wants_to_be_told),
		cmocka_unit_test(the_start_of_a_stream_is_its_end_less_what_was_heard),
		cmocka_unit_test(a_maloja_export),
		cmocka_unit_test(pano_scrobbles),
		cmocka_unit_test(a_playlist_of_likes),
		cmocka_unit_test(what_was_derived_is_derived_again_and_a_zone_is_kept),
		cmocka_unit_test(text_of_no_format_is_refused),
		cmocka_unit_test(offsets_and_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
