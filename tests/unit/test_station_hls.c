/* HLS: playlists written from sizes and lengths, and what the linter says of others, line by line. */
#include "unit.h"

#include "station/hls.h"
#include "station/hls_lint.h"

/* 6.5 + 6 + 1.25 s; 8,125 + 12,000 + 500 bytes */
static const struct qf_hls_segment three[] = { { 8125, 6500000 }, { 12000, 6000000 }, { 500, 1250001 } };
static const struct qf_hls_media opus = { .stem = "opus-96", .suffix = ".m4s", .codec = "opus", .codecs = "opus", .init = true, .segment = three, .n = 3 };
static const struct qf_hls_media mp3 = { .stem = "mp3-128", .suffix = ".mp3", .codec = "mp3", .codecs = "mp4a.40.34", .segment = three, .n = 2 };

static struct qf_hls_report r;

static void lint(struct qf_span text)
{
	struct qf_err e = { 0 };

	qf_hls_report_free(&r);
	assert_ok(qf_hls_lint(text, &r, &e), e);
}

/* The text has exactly this one fault. */
static void faulty(struct qf_span text, const char *section, const char *sentence)
{
	lint(text);
	if (r.n != 1)
		fail_msg("%zu findings instead of \"%s\", the first \"%s\"", r.n, sentence, r.n ? r.finding[0].text : "");
	assert_string_equal(r.finding[0].text, sentence);
	assert_string_equal(r.finding[0].section, section);
}
#define FAULTY(text, section, sentence) faulty(SPAN(text), section, sentence)
#define MEDIA "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n"
#define ONE "#EXTINF:6.0,\na.ts\n"

static void a_media_playlist_says_what_its_segments_are(void **state)
{
	struct qf_buf b = { 0 };

	(void)state;
	qf_hls_put_media(&b, &opus);
	assert_text(&b, "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:7\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n"
			"#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"opus-96-init.mp4\"\n#EXTINF:6.500000,\nopus-96-00001.m4s\n"
			"#EXTINF:6.000000,\nopus-96-00002.m4s\n#EXTINF:1.250001,\nopus-96-00003.m4s\n#EXT-X-ENDLIST\n");
	lint((struct qf_span){ b.p, b.len });
	assert_int_equal(r.n, 0);
	assert_int_equal(r.n_entries, 3);
	assert_int_equal(r.target_s, 7);
	assert_string_equal(r.entry[2].uri, "opus-96-00003.m4s");
	assert_true(r.entry[2].seconds > 1.2500009 && r.entry[2].seconds < 1.2500011);
	qf_buf_clear(&b);
	qf_hls_put_media(&b, &mp3); /* no initialization section: version 3 is enough */
	assert_text(&b, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:7\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n"
			"#EXT-X-INDEPENDENT-SEGMENTS\n#EXTINF:6.500000,\nmp3-128-00001.mp3\n#EXTINF:6.000000,\nmp3-128-00002.mp3\n#EXT-X-ENDLIST\n");
	lint((struct qf_span){ b.p, b.len });
	assert_int_equal(r.n, 0);
	qf_buf_free(&b);
}

/* Target 7 s: runs of 3.5 to 10.5 s count. 65,000 bits in 6.5 s are 10,000/s; 96,000 in 6 s 16,000/s;
 * with the last 100,000 in 7.250001 s are fewer; the last alone (3,200/s) is too short. All: 165,000 bits in 13.750001 s. */
static void rates_are_measured(void **state)
{
	static const struct qf_hls_segment tail[] = { { 1000, 1000000 } };
	static const struct qf_hls_media brief = { .stem = "a", .suffix = ".m4s", .codecs = "opus", .segment = tail, .n = 1 };

	(void)state;
	assert_int_equal(qf_hls_peak_bps(&opus), 16000);
	assert_int_equal(qf_hls_average_bps(&opus), 12000); /* 11,999.9992, rounded up */
	assert_int_equal(qf_hls_us(&opus), 13750001);
	assert_int_equal(qf_hls_target_s(&opus), 7);
	assert_int_equal(qf_hls_peak_bps(&brief), 8000);
	assert_int_equal(qf_hls_target_s(&brief), 1);
}

static void a_master_names_its_renditions(void **state)
{
	const struct qf_hls_media both[] = { mp3, opus };
	struct qf_buf b = { 0 };
	struct qf_span note;

	(void)state;
	qf_hls_put_master(&b, both, 2, "made of this");
	assert_text(&b, "#EXTM3U\n#X-QFZZ:made of this\n#EXT-X-INDEPENDENT-SEGMENTS\n"
			"#EXT-X-STREAM-INF:BANDWIDTH=16000,AVERAGE-BANDWIDTH=12880,CODECS=\"mp4a.40.34\"\nmp3-128.m3u8\n"
			"#EXT-X-STREAM-INF:BANDWIDTH=16000,AVERAGE-BANDWIDTH=12000,CODECS=\"opus\"\nopus-96.m3u8\n");
	note = qf_hls_note((struct qf_span){ b.p, b.len });
	assert_int_equal(note.n, 12);
	assert_memory_equal(note.p, "made of this", 12);
	assert_null(qf_hls_note(SPAN("#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n")).p);
	lint((struct qf_span){ b.p, b.len });
	assert_int_equal(r.n, 0);
	assert_true(r.master);
	assert_int_equal(r.entry[0].bandwidth, 16000);
	assert_int_equal(r.entry[0].average_bandwidth, 12880); /* 161,000 bits in 12.5 s */
	qf_buf_free(&b);
}

static void the_standards_own_examples_have_no_fault(void **state)
{
	(void)state;
	lint(SPAN("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-VERSION:3\n#EXTINF:9.009,\nhttp://media.example.com/first.ts\n#EXTINF:9.009,\n"
		  "http://media.example.com/second.ts\n#EXTINF:3.003,\nhttp://media.example.com/third.ts\n#EXT-X-ENDLIST\n")); /* 8.1 */
	assert_int_equal(r.n, 0);
	lint(SPAN("#EXTM3U\r\n#EXT-X-VERSION:3\r\n#EXT-X-MEDIA-SEQUENCE:7794\r\n#EXT-X-TARGETDURATION:15\r\n\r\n"
		  "#EXT-X-KEY:METHOD=AES-128,URI=\"https://priv.example.com/key.php?r=52\"\r\n\r\n#EXTINF:2.833,\r\n"
		  "http://media.example.com/fileSequence52-A.ts\r\n")); /* 8.3 */
	assert_int_equal(r.n, 0);
	assert_string_equal(r.entry[0].uri, "http://media.example.com/fileSequence52-A.ts");
	lint(SPAN("#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aac\",NAME=\"English\",DEFAULT=YES,AUTOSELECT=YES,LANGUAGE=\"en\",URI=\"main/english-audio.m3u8\"\n"
		  "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aac\",NAME=\"Deutsch\",DEFAULT=NO,AUTOSELECT=YES,LANGUAGE=\"de\",URI=\"main/german-audio.m3u8\"\n"
		  "#EXT-X-STREAM-INF:BANDWIDTH=1280000,CODECS=\"avc1.4d401e,mp4a.40.2\",AUDIO=\"aac\"\nlow/video-only.m3u8\n")); /* 8.6 */
	assert_int_equal(r.n, 0);
}

static void bytes_and_beginnings(void **state)
{
	(void)state;
	FAULTY("", "4.3.1.1", "line 1: a playlist begins with #EXTM3U");
	FAULTY("\xEF\xBB\xBF" MEDIA ONE, "4.1", "line 1: it begins with a byte order mark");
	FAULTY("#EXTM3U8\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n" ONE, "4.3.1.1", "line 1: a playlist begins with #EXTM3U");
	FAULTY(MEDIA "#EXTINF:6.0,f\xF6hn\na.ts\n", "4.1", "line 4: this is not UTF-8");
	FAULTY(MEDIA "#EXTINF:6.0,a\tb\na.ts\n", "4.1", "line 4: a control character, 0x09, stands in it");
	FAULTY(MEDIA "#EXTINF:6.0,a\xC2\x85" "b\na.ts\n", "4.1", "line 4: a control character, 0x85, stands in it");
	FAULTY(MEDIA "#EXTINF:6.0,\na b.ts\n", "4.1", "line 5: a URI with a blank in it");
}

static void segments(void **state)
{
	(void)state;
	FAULTY(MEDIA "a.ts\n", "4.3.2.1", "line 4: no #EXTINF stands before this URI");
	FAULTY(MEDIA "#EXTINF:6.0,\n" ONE, "4.3.2.1", "line 4: no URI follows this #EXTINF");
	FAULTY(MEDIA ONE "#EXTINF:6.0,\n", "4.3.2.1", "line 6: no URI follows this #EXTINF");
	FAULTY(MEDIA "#EXTINF:6.0\na.ts\n", "4.3.2.1", "line 4: a comma stands behind the length of a segment");
	FAULTY(MEDIA "#EXTINF:-1,\na.ts\n", "4.3.2.1", "line 4: the length of a segment is a number without sign or exponent");
	FAULTY(MEDIA "#EXT-X-BYTERANGE:5\n" ONE, "4.3.2.2", "line 4: a byte range without a beginning follows no other range of the same file");
	FAULTY(MEDIA "#EXT-X-BYTERANGE:5@\n" ONE, "4.3.2.2", "line 4: a byte range is like 75232@0");
	lint(SPAN(MEDIA "#EXT-X-BYTERANGE:5@0\n" ONE "#EXT-X-BYTERANGE:7\n" ONE));
	assert_int_equal(r.n, 0);
	assert_int_equal(r.entry[1].bytes, 7);
	FAULTY(MEDIA "#EXT-X-MAP:BYTERANGE=\"5@0\"\n" ONE, "4.3.2.5", "line 4: #EXT-X-MAP wants URI");
	FAULTY(MEDIA "#EXT-X-KEY:METHOD=AES-128\n" ONE, "4.3.2.4", "line 4: a key wants its URI");
	FAULTY(MEDIA "#EXT-X-PROGRAM-DATE-TIME:yesterday\n" ONE, "4.3.2.6", "line 4: a date and time is like 2010-02-19T14:54:23.031Z");
	FAULTY(MEDIA "#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2010-02-19T14:54:23Z\",END-ON-NEXT=YES\n" ONE, "4.3.2.7", "line 4: END-ON-NEXT wants a CLASS");
}

static void the_whole_of_a_media_playlist(void **state)
{
	(void)state;
	FAULTY("#EXTM3U\n#EXT-X-VERSION:3\n" ONE, "4.3.3.1", "line 4: a Media Playlist says its #EXT-X-TARGETDURATION");
	FAULTY(MEDIA "#EXTINF:6.5,\na.ts\n", "4.3.3.1", "line 5: a segment of 6.5 s, with a target duration of 6 s");
	lint(SPAN(MEDIA "#EXTINF:6.499,\na.ts\n")); /* rounds to 6 */
	assert_int_equal(r.n, 0);
	FAULTY(MEDIA ONE "#EXT-X-MEDIA-SEQUENCE:1\n", "4.3.3.2", "line 6: #EXT-X-MEDIA-SEQUENCE stands before the first segment");
	FAULTY(MEDIA "#EXT-X-PLAYLIST-TYPE:LIVE\n" ONE, "4.3.3.5", "line 4: #EXT-X-PLAYLIST-TYPE is one of EVENT|VOD");
	FAULTY(MEDIA ONE "#EXT-X-ENDLIST\n#EXT-X-ENDLIST\n", "4.3.3.4", "line 7: #EXT-X-ENDLIST stands here for the second time");
	FAULTY(MEDIA ONE "#EXT-X-ENDLIST:1\n", "4.3.3.4", "line 6: #EXT-X-ENDLIST has no value");
	FAULTY("#EXTM3U\n#EXT-X-TARGETDURATION:6.0\n#EXTINF:1,\na.ts\n", "4.3.3.1", "line 2: #EXT-X-TARGETDURATION is a whole number");
	FAULTY("#EXTM3U\n#EXT-X-VERSION:2\n#EXT-X-TARGETDURATION:6\n" ONE, "7", "line 4: a length with a fraction calls for #EXT-X-VERSION:3, not 2");
	FAULTY("#EXTM3U\n#EXT-X-VERSION:5\n#EXT-X-TARGETDURATION:6\n#EXT-X-MAP:URI=\"a\"\n" ONE, "7", "line 4: #EXT-X-MAP calls for #EXT-X-VERSION:6, not 5");
	FAULTY("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-BYTERANGE:1@0\n#EXTINF:1,\na.ts\n", "7", "line 3: #EXT-X-BYTERANGE calls for #EXT-X-VERSION:4, not 1");
	FAULTY(MEDIA ONE "#EXT-X-SESSION-DATA:DATA-ID=\"a\",VALUE=\"b\"\n", "4.1",
	       "line 6: #EXT-X-SESSION-DATA belongs into another kind of playlist than the tag in line 3");
}

#define STREAM "#EXT-X-STREAM-INF:BANDWIDTH=2,CODECS=\"opus\""

static void master_playlists(void **state)
{
	(void)state;
	FAULTY("#EXTM3U\n#EXT-X-STREAM-INF:CODECS=\"opus\"\na.m3u8\n", "4.3.4.2", "line 2: #EXT-X-STREAM-INF wants BANDWIDTH");
	FAULTY("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1.5,CODECS=\"opus\"\na.m3u8\n", "4.3.4.2", "line 2: BANDWIDTH is a whole number");
	assert_int_equal(r.musts, 1);
	FAULTY("#EXTM3U\n" STREAM ",AVERAGE-BANDWIDTH=3\na.m3u8\n", "4.3.4.2", "line 2: the AVERAGE-BANDWIDTH is above the BANDWIDTH, which is the peak");
	FAULTY("#EXTM3U\n" STREAM ", PROGRAM-ID=1\na.m3u8\n", "4.2", "line 2: the list of attributes cannot be read from its byte 27 on");
	FAULTY("#EXTM3U\n" STREAM ",CODECS=\"fLaC\"\na.m3u8\n", "4.2", "line 2: CODECS stands in it twice");
	FAULTY("#EXTM3U\n" STREAM ",AUDIO=\"x\"\na.m3u8\n", "4.3.4.2", "line 2: there is no #EXT-X-MEDIA of TYPE=AUDIO with GROUP-ID=\"x\"");
	FAULTY("#EXTM3U\n" STREAM "\n#EXT-X-INDEPENDENT-SEGMENTS\n" STREAM "\na.m3u8\n", "4.3.4.2", "line 2: no URI follows this #EXT-X-STREAM-INF");
	FAULTY("#EXTM3U\n" STREAM "\na.m3u8\nb.m3u8\n", "4.3.4.2", "line 4: no #EXT-X-STREAM-INF stands before this URI");
	FAULTY("#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"x\",NAME=\"a\"\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"x\",NAME=\"a\"\n", "4.3.4.1.1",
	       "line 3: another member of this group has the same NAME, in line 2");
	FAULTY("#EXTM3U\n#EXT-X-MEDIA:TYPE=SOUND,GROUP-ID=\"x\",NAME=\"a\",URI=\"a\"\n", "4.3.4.1",
	       "line 2: TYPE is one of AUDIO|VIDEO|SUBTITLES|CLOSED-CAPTIONS");
	FAULTY("#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID=\"x\"\n", "4.3.4.4", "line 2: session data has either a VALUE or a URI");
	FAULTY("#EXTM3U\n" STREAM "\na.m3u8\n#EXT-X-START:TIME-OFFSET=x\n", "4.3.5.2", "line 4: TIME-OFFSET is a number without exponent");
	FAULTY("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2\na.m3u8\n", "4.3.4.2", "line 2: CODECS should be said");
	assert_int_equal(r.musts, 0);
	assert_false(r.finding[0].must);
}

static void what_others_find_is_sorted_in(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	lint(SPAN(MEDIA "#EXTINF:6.0,\na b.ts\n#EXT-X-ENDLIST:1\n"));
	assert_int_equal(r.n, 2);
	assert_ok(qf_hls_find(&r, 5, false, "3", &e, "no file of that name (%d)", 404), e);
	assert_int_equal(r.n, 3);
	assert_string_equal(r.finding[1].text, "line 5: no file of that name (404)");
	assert_int_equal(r.finding[2].line, 6);
	assert_int_equal(r.musts, 2);
	qf_hls_report_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_media_playlist_says_what_its_segments_are),
		cmocka_unit_test(rates_are_measured),
		cmocka_unit_test(a_master_names_its_renditions),
		cmocka_unit_test(the_standards_own_examples_have_no_fault),
		cmocka_unit_test(bytes_and_beginnings),
		cmocka_unit_test(segments),
		cmocka_unit_test(the_whole_of_a_media_playlist),
		cmocka_unit_test(master_playlists),
		cmocka_unit_test(what_others_find_is_sorted_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
