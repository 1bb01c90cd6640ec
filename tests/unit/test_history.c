/* Histories to events: what each format gives, and what a bad record costs. */
#include "unit.h"

#include "history.h"

#include "base/alloc.h"
#include "history/id.h"
#include "history/time.h"

#include <stdio.h>
#include <string.h>

/* ---- NDJSON ------------------------------------------------------------------------------ */

static void an_event_line_is_read_whole(void **state)
{
	(void)state;
	gives("{\"type\":\"event.v1\",\"user\":\"ana\",\"t\":1700000000,\"action\":\"complete\",\"ms\":215000,\"dur\":215300,"
	      "\"src\":\"synthetic\",\"artist\":\"Bj\\u00f6rk\",\"title\":\"J\xc3\xb3ga\",\"album\":\"Homogenic\","
	      "\"isrc\":\"gb-akq-9700151\",\"mbid\":\"0C7C0ABA-0F9E-4E1C-9C5A-7B6B0F0D7B11\",\"path\":\"/m/a.flac\"}\n",
	      "1: synthetic ana 1700000000 complete ms=215000 dur=215300 artist=Bj\xc3\xb6rk title=J\xc3\xb3ga album=Homogenic"
	      " mbid=0c7c0aba-0f9e-4e1c-9c5a-7b6b0f0d7b11 isrc=GBAKQ9700151 path=/m/a.flac\n");
}

static void a_time_may_be_iso_and_a_user_may_be_missing(void **state)
{
	(void)state;
	/* 1700000000 is 2023-11-14 22:13:20 UTC */
	gives("{\"t\":\"2023-11-14T22:13:20Z\",\"action\":\"skip\",\"artist\":\"A\",\"title\":\"T\"}\n",
	      "1: ndjson me 1700000000 skip artist=A title=T\n");
}

static void a_path_that_is_not_utf8_comes_as_base64(void **state)
{
	(void)state;
	gives("{\"t\":5,\"action\":\"play\",\"path\":\"/m/\xef\xbf\xbd\",\"path_b64\":\"L20v/w==\"}\n", "1: ndjson me 5 play path=/m/\xff\n");
}

static void a_like_needs_no_time_but_a_play_does(void **state)
{
	(void)state;
	gives("{\"action\":\"like\",\"path\":\"/a\"}\n"
	      "{\"action\":\"play\",\"path\":\"/a\"}\n",
	      "1: ndjson me 0 like path=/a\n"
	      "line 2: no time\n");
}

static void a_bad_record_costs_itself_and_its_line_is_named(void **state)
{
	(void)state;
	gives("{\"t\":1,\"action\":\"play\",\"path\":\"/1\"}\n"
	      "{\"t\":2,\"action\":\"hum\",\"path\":\"/2\"}\n"
	      "{\"t\":3,\"act\n"
	      "\n"
	      "[1]\n"
	      "{\"t\":4,\"action\":\"play\"}\n"
	      "{\"t\":\"yesterday\",\"action\":\"play\",\"path\":\"/5\"}\n"
	      "{\"t\":1700000000000,\"action\":\"play\",\"path\":\"/6\"}\n"
	      "{\"t\":7,\"action\":\"play\",\"path\":7}\n"
	      "{\"t\":8,\"action\":\"play\",\"path\":\"/8\",\"ms\":-1}\n"
	      "{\"type\":\"track.v1\",\"path\":\"/9\"}\n"
	      "{\"t\":10,\"action\":\"play\",\"path\":\"/10\"}\n",
	      "1: ndjson me 1 play path=/1\n"
	      "line 2: no action is called \"hum\" (play skip complete replay like dislike add)\n"
	      "line 3: JSON: a string without end at byte 12\n"
	      "line 5: not a JSON object\n"
	      "line 6: nothing names the track: artist and title, path, isrc or mbid\n"
	      "line 7: \"t\" is neither seconds since 1970 nor a time like 2026-01-31T20:15:00Z\n"
	      "line 8: the time 1700000000000 seems to be in milliseconds; seconds are expected\n"
	      "line 9: \"path\" is not a text\n"
	      "line 10: \"ms\" is not a length of time\n"
	      "line 11: a row of another type than event.v1\n"
	      "12: ndjson me 10 play path=/10\n");
}

static void a_malformed_identifier_says_nothing(void **state)
{
	(void)state;
	gives("{\"t\":1,\"action\":\"play\",\"artist\":\"A\",\"title\":\"T\",\"mbid\":\"none\",\"isrc\":12}\n",
	      "1: ndjson me 1 play artist=A title=T\n");
}

static void a_last_line_without_newline_counts_in_a_file_but_not_in_a_stream(void **state)
{
	const char *text = "{\"t\":1,\"action\":\"play\",\"path\":\"/a\"}\r\n{\"t\":2,\"action\":\"play\",\"path\":\"/b\"}";
	const struct qf_history_opts stream = { .user = "me", .stream = true };
	struct seen s = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	gives(text, "1: ndjson me 1 play path=/a\n2: ndjson me 2 play path=/b\n");
	assert_int_equal(read_in(text, 9, &stream, &s, &e), QF_OK);
	assert_string_equal(s.text.p, "1: ndjson me 1 play path=/a\nline 2: the stream stops without a newline\n");
	qf_buf_free(&s.text);
}

static void without_any_user_a_record_is_bad(void **state)
{
	const struct qf_history_opts nobody = { 0 };
	struct seen s = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(read_in("{\"t\":1,\"action\":\"play\",\"path\":\"/a\"}\n", 99, &nobody, &s, &e), QF_OK);
	assert_string_equal(s.text.p, "line 1: no user\n");
	qf_buf_free(&s.text);
}

/* ---- ListenBrainz ------------------------------------------------------------------------ */

#define MBID_SENT "11111111-2222-3333-4444-555555555555"
#define MBID_FOUND "99999999-8888-7777-6666-555555555555"

static void a_listen_of_an_export(void **state)
{
	(void)state;
	gives("{\"listened_at\": 1700000000.000000, \"inserted_at\": 1700000009.5, \"track_metadata\": {\"artist_name\": \"A\","
	      " \"track_name\": \"T\", \"release_name\": \"R\", \"recording_msid\": \"x\", \"additional_info\": {\"isrc\": \"USRC17607839\","
	      " \"duration_ms\": 215000, \"tags\": [], \"recording_mbid\": \"" MBID_SENT "\"},"
	      " \"mbid_mapping\": {\"recording_mbid\": \"" MBID_FOUND "\"}}}\n"
	      "{\"listened_at\": 1700000300, \"track_metadata\": {\"artist_name\": \"A\", \"track_name\": \"U\","
	      " \"additional_info\": {\"duration\": 61, \"isrc\": [\"USRC17607839\"]}, \"mbid_mapping\": null}}\n"
	      "{\"listened_at\": 1700000600, \"track_metadata\": {\"artist_name\": \"A\", \"track_name\": \"V\", \"release_name\": null,"
	      " \"mbid_mapping\": {\"recording_mbid\": \"" MBID_FOUND "\"}}}\n",
	      "1: listenbrainz me 1700000000 play dur=215000 artist=A title=T album=R mbid=" MBID_SENT " isrc=USRC17607839 (derived)\n"
	      "2: listenbrainz me 1700000300 play dur=61000 artist=A title=U (derived)\n"
	      "3: listenbrainz me 1700000600 play artist=A title=V mbid=" MBID_FOUND " (derived)\n");
}

static void feedback_is_like_and_dislike(void **state)
{
	(void)state;
	gives("{\"recording_msid\": null, \"recording_mbid\": \"" MBID_SENT "\", \"score\": 1, \"created\": 1700000000}\n"
	      "{\"recording_mbid\": \"" MBID_FOUND "\", \"score\": -1, \"created\": 1700000001}\n"
	      "{\"recording_mbid\": \"" MBID_FOUND "\", \"score\": 0, \"created\": 1700000002}\n"
	      "{\"recording_mbid\": null, \"recording_msid\": \"x\", \"score\": 1, \"created\": 1700000003}\n"
	      "{\"recording_mbid\": \"" MBID_FOUND "\", \"score\": 5, \"created\": 1700000004}\n",
	      "1: listenbrainz me 1700000000 like mbid=" MBID_SENT "\n"
	      "2: listenbrainz me 1700000001 dislike mbid=" MBID_FOUND "\n"
	      "line 4: feedback without a \"recording_mbid\": nothing tells the track\n"
	      "line 5: \"score\" is not 1, 0 or -1\n");
}

#define LISTEN(t, title) "{\"listened_at\":" #t ",\"track_metadata\":{\"artist_name\":\"A\",\"track_name\":\"" title "\"}}"

static void a_submission_holds_several_listens(void **state)
{
	(void)state;
	gives("{\"listen_type\":\"import\",\"payload\":[" LISTEN(1, "T") "," LISTEN(2, "U") "]}",
	      "1: listenbrainz me 1 play artist=A title=T (derived)\n1: listenbrainz me 2 play artist=A title=U (derived)\n");
	gives("{\"listen_type\":\"playing_now\",\"payload\":[" LISTEN(1, "T") "]}", "");
}

static void a_bad_listen_in_a_submission_over_several_lines_is_named_by_its_own(void **state)
{
	(void)state;
	gives("\n{\n  \"listen_type\": \"import\",\n  \"payload\": [\n    " LISTEN(1, "T") ",\n    {\"listened_at\": true},\n    "
	      LISTEN(2, "U") "\n  ]\n}\n",
	      "2: listenbrainz me 1 play artist=A title=T (derived)\n"
	      "line 6: \"listened_at\" is neither seconds since 1970 nor a time like 2026-01-31T20:15:00Z\n"
	      "2: listenbrainz me 2 play artist=A title=U (derived)\n");
}

static void a_list_may_be_damaged_in_the_middle_and_cut_at_the_end(void **state)
{
	(void)state;
	gives("[\n" LISTEN(1, "a } in a \\\"title") ",\n{\"listened_at\":,},\n null,\n" LISTEN(2, "U") ",\n{\"listened_at\":",
	      "2: listenbrainz me 1 play artist=A title=a } in a \"title (derived)\n"
	      "line 3: JSON: no value at byte 16\n"
	      "line 4: not a JSON object\n"
	      "5: listenbrainz me 2 play artist=A title=U (derived)\n"
	      "line 6: the file stops inside this record\n");
	gives("\xef\xbb\xbf[" LISTEN(1, "T") ",", "1: listenbrainz me 1 play artist=A title=T (derived)\nline 1: the file stops before its list ends\n");
	gives("[" LISTEN(1, "T") "]", "1: listenbrainz me 1 play artist=A title=T (derived)\n");
}

static void the_answer_of_the_api_names_its_users(void **state)
{
	(void)state;
	gives("{\"payload\":{\"count\":1,\"listens\":[{\"listened_at\":3,\"user_name\":\"rob\",\"track_metadata\":{\"artist_name\":\"A\","
	      "\"track_name\":\"T\"}}]}}", "1: listenbrainz rob 3 play artist=A title=T (derived)\n");
}

/* ---- the reader -------------------------------------------------------------------------- */

static void nothing_gives_nothing(void **state)
{
	(void)state;
	gives("", "");
	gives("\n \n", "");
	gives("[]", "");
}

static void a_file_of_no_known_format_is_refused_at_its_first_record(void **state)
{
	const struct qf_history_opts opts = { .user = "me" };
	struct seen s = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(read_in("{\"user_id\": 1, \"username\": \"rob\"}\n", 99, &opts, &s, &e), QF_EUNSUPPORTED);
	assert_string_equal(e.text, "the first record is of no history format; known: ndjson listenbrainz spotify maloja panoscrobbler lastfm librefm rockbox m3u");
	qf_buf_free(&s.text);
}

static void a_format_can_be_forced_and_an_unknown_name_is_told(void **state)
{
	const struct qf_history_opts forced = { .user = "me", .format = "ndjson" }, wrong = { .format = "tidal" };
	struct seen s = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(read_in(LISTEN(1, "T") "\n", 99, &forced, &s, &e), QF_OK);
	assert_string_equal(s.text.p, "line 1: no \"action\"\n");
	assert_int_equal(read_in("", 1, &wrong, &s, &e), QF_EINVAL);
	assert_string_equal(e.text, "no history format has this name; known: ndjson listenbrainz spotify maloja panoscrobbler lastfm librefm rockbox m3u");
	qf_buf_free(&s.text);
}

static void what_the_sink_refuses_ends_the_reading(void **state)
{
	const struct qf_history_opts opts = { .user = "me" };
	struct seen s = { .refuse_at = 2 };
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(read_in("[" LISTEN(1, "T") "," LISTEN(2, "U") "," LISTEN(3, "V") "]", 99, &opts, &s, &e), QF_EIO);
	assert_string_equal(e.text, "the disk is full");
	assert_int_equal(s.events, 2);
	qf_buf_free(&s.text);
}

static void a_line_beyond_the_limit_costs_itself(void **state)
{
	const struct qf_history_opts opts = { .user = "me" };
	struct seen s = { .refuse_at = 0 };
	const struct qf_history_sink sink = { on_event, on_bad, &s };
	static const char good[] = "{\"t\":1,\"action\":\"play\",\"path\":\"/a\"}\n";
	static char block[1 << 20];
	struct qf_history *h;
	struct qf_err e = { 0 };

	(void)state;
	memset(block, 'x', sizeof block);
	assert_int_equal(qf_history_open(&h, &opts, &sink, &e), QF_OK);
	assert_int_equal(qf_history_feed(h, good, sizeof good - 1, &e), QF_OK);
	for (int i = 0; i < 40; i++)
		assert_int_equal(qf_history_feed(h, block, sizeof block, &e), QF_OK);
	assert_int_equal(qf_history_feed(h, "\n", 1, &e), QF_OK);
	assert_int_equal(qf_history_feed(h, good, sizeof good - 1, &e), QF_OK);
	assert_int_equal(qf_history_end(h, &e), QF_OK);
	assert_string_equal(s.text.p, "1: ndjson me 1 play path=/a\nline 2: longer than 16777216 bytes\n3: ndjson me 1 play path=/a\n");
	qf_history_close(h);
	qf_buf_free(&s.text);
}

/* The nth allocation fails, for every n: the error is QF_ENOMEM, or it hit the test's own
 * text, and nothing leaks (the sanitizer looks). */
static void memory_that_runs_out_is_told_wherever_it_does(void **state)
{
	const char *text = "[" LISTEN(1, "T") ",{\"listened_at\":2,\"track_metadata\":{\"artist_name\":\"A\",\"track_name\":\"U\","
			   "\"additional_info\":{\"isrc\":\"USRC17607839\",\"recording_mbid\":\"" MBID_SENT "\"}}}]";
	const struct qf_history_opts opts = { .user = "me" };
	enum qf_status rc = QF_ENOMEM;
	unsigned long n = 1;

	(void)state;
	for (bool failed = true; failed; n++) {
		struct seen s = { 0 };
		struct qf_err e = { 0 };

		qf_alloc_fail_at(n, false);
		rc = read_in(text, 40, &opts, &s, &e);
		qf_alloc_fail_at(0, false);
		failed = rc != QF_OK || s.text.failed;
		assert_true(rc == QF_OK || rc == QF_ENOMEM);
		qf_buf_free(&s.text);
	}
	assert_in_range(n, 10, 1000);
}

/* ---- times and names of events ----------------------------------------------------------- */

static void iso_times(void **state)
{
	static const struct { const char *text; int64_t t; } good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2000-02-29T12:00:00Z", 951825600 },
		{ "2023-11-14 22:13:20.999Z", 1700000000 },
		{ "2023-11-15T00:13:20+02:00", 1700000000 },
		{ "2023-11-14T16:43:20-05:30", 1700000000 },
		{ "1969-12-31T23:59:59Z", -1 },
		{ "2016-12-31T23:59:60Z", 1483228800 },
	};
	static const char *const bad[] = {
		"", "2023-11-14", "2023-11-14T22:13:20", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-11-14T24:00:00Z",
		"2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zx", "2023-11-14T22:13:20+02", "23-11-14T22:13:20Z",
	};
	int64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(qf_time_from_iso(good[i].text, strlen(good[i].text), &t));
		assert_int_equal(t, good[i].t);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(qf_time_from_iso(bad[i], strlen(bad[i]), &t));
}

/* printf 'me\0ndjson\0005\0play\0A\0T\0/a\0' | sha256sum | cut -c1-32 */
static void the_name_of_an_event_is_a_hash_that_sha256sum_gives_too(void **state)
{
	const struct qf_event ev = { .user = "me", .src = "ndjson", .t = 5, .artist = "A", .title = "T", .path = "/a" };
	uint8_t id[QF_EVENT_ID];
	struct qf_buf hex = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_event_id(&ev, id, &e), QF_OK);
	qf_buf_hex(&hex, id, sizeof id);
	assert_string_equal(hex.p, "c9dee76156ea4b109414d649c3a7798f");
	qf_buf_free(&hex);
}

static void an_event_keeps_its_name_when_more_becomes_known(void **state)
{
	struct qf_event ev = { .user = "me", .src = "ndjson", .t = 5, .artist = "A", .title = "T" };
	uint8_t first[QF_EVENT_ID], second[QF_EVENT_ID];
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_event_id(&ev, first, &e), QF_OK);
	ev.album = "B";
	ev.ms = 1000;
	assert_int_equal(qf_event_id(&ev, second, &e), QF_OK);
	assert_memory_equal(first, second, QF_EVENT_ID);
	ev.t = 6;
	assert_int_equal(qf_event_id(&ev, second, &e), QF_OK);
	assert_memory_not_equal(first, second, QF_EVENT_ID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_line_is_read_whole),
		cmocka_unit_test(a_time_may_be_iso_and_a_user_may_be_missing),
		cmocka_unit_test(a_path_that_is_not_utf8_comes_as_base64),
		cmocka_unit_test(a_like_needs_no_time_but_a_play_does),
		cmocka_unit_test(a_bad_record_costs_itself_and_its_line_is_named),
		cmocka_unit_test(a_malformed_identifier_says_nothing),
		cmocka_unit_test(a_last_line_without_newline_counts_in_a_file_but_not_in_a_stream),
		cmocka_unit_test(without_any_user_a_record_is_bad),
		cmocka_unit_test(a_listen_of_an_export),
		cmocka_unit_test(feedback_is_like_and_dislike),
		cmocka_unit_test(a_submission_holds_several_listens),
		cmocka_unit_test(a_bad_listen_in_a_submission_over_several_lines_is_named_by_its_own),
		cmocka_unit_test(a_list_may_be_damaged_in_the_middle_and_cut_at_the_end),
		cmocka_unit_test(the_answer_of_the_api_names_its_users),
		cmocka_unit_test(nothing_gives_nothing),
		cmocka_unit_test(a_file_of_no_known_format_is_refused_at_its_first_record),
		cmocka_unit_test(a_format_can_be_forced_and_an_unknown_name_is_told),
		cmocka_unit_test(what_the_sink_refuses_ends_the_reading),
		cmocka_unit_test(a_line_beyond_the_limit_costs_itself),
		cmocka_unit_test(memory_that_runs_out_is_told_wherever_it_does),
		cmocka_unit_test(iso_times),
		cmocka_unit_test(the_name_of_an_event_is_a_hash_that_sha256sum_gives_too),
		cmocka_unit_test(an_event_keeps_its_name_when_more_becomes_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
