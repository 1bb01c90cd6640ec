/* Events in the catalog: each once, its track or none, and what is counted of them. */
#define _GNU_SOURCE
#include "unit.h"

#include "catalog/catalog.h"
#include "catalog/event.h"
#include "catalog/person.h"
#include "catalog/stats.h"
#include "catalog/track.h"
#include "catalog/vanish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/qfzz-test-XXXXXX";
static char path[64];
static struct qf_catalog *c;
static int64_t root;

/* Three tracks: two of one recording, of which the first is gone, and another. */
static const struct qf_tag one[] = { { "artist", "Ann" }, { "title", "One" }, { "isrc", "GBAKQ9700151" } };
static const struct qf_tag two[] = { { "artist", "Bob" }, { "title", "Two" }, { "mb_recordingid", "11111111-2222-3333-4444-555555555555" } };

static int64_t add(const char *name, const struct qf_tag *tags, size_t n, int64_t ms)
{
	const struct qf_scanned s = {
		.root = root, .path = name, .size = 1, .mtime_ns = 1, .inode = 1, .now = 1000,
		.tags = tags, .n_tags = n, .duration_ms = ms, .codec = "flac",
	};
	struct qf_err e = { 0 };
	int64_t id;
	bool is_new;

	assert_ok(qf_catalog_put_track(c, &s, &id, &is_new, &e), e);
	return id;
}

static int open_library(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	snprintf(path, sizeof path, "%s/catalog.db", folder);
	assert_ok(qf_catalog_open(&c, path, QF_CATALOG_WRITE, 100, 1000, &e), e);
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_add_root(c, "/music", &root, &e), e);
	assert_int_equal(add("1.flac", one, 3, 200000), 1);
	assert_int_equal(add("2.flac", one, 3, 201000), 2);
	assert_int_equal(add("3.flac", two, 3, 300000), 3);
	assert_ok(qf_catalog_set_missing(c, 1, 2000, &e), e);
	assert_ok(qf_catalog_commit(c, &e), e);
	return 0;
}

static int close_library(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[80];

	(void)state;
	qf_catalog_close(c);
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
	return 0;
}

static bool put(uint8_t number, const struct qf_event *ev, int64_t track)
{
	const uint8_t uid[QF_EVENT_UID] = { number };
	struct qf_placed p = { .track = track };
	struct qf_err e = { 0 };
	bool is_new;

	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_add_user(c, ev->user, &p.user, &e), e);
	assert_ok(qf_catalog_find_copied(c, ev, &p, &p.copy_of, &e), e);
	assert_ok(qf_catalog_put_event(c, uid, ev, &p, &is_new, &e), e);
	assert_ok(qf_catalog_commit(c, &e), e);
	return is_new;
}

static void an_event_is_stored_once_and_stays_as_it_was(void **state)
{
	const struct qf_event first = { .user = "me", .src = "test", .t = 5, .ms = -1, .artist = "Ann", .title = "One" };
	struct qf_event later = first;
	const uint8_t uid[QF_EVENT_UID] = { 1 };
	struct qf_unmatched u[2];
	struct qf_arena a = { 0 };
	struct qf_err e = { 0 };
	bool has;
	size_t n;

	(void)state;
	assert_ok(qf_catalog_has_event(c, uid, &has, &e), e);
	assert_false(has);
	assert_true(put(1, &first, 0));
	later.album = "Known later";
	assert_false(put(1, &later, 2));
	assert_ok(qf_catalog_has_event(c, uid, &has, &e), e);
	assert_true(has);
	assert_ok(qf_catalog_unmatched(c, 0, u, 2, &n, &a, &e), e);
	assert_int_equal(n, 1);
	assert_null(u[0].event.album);
	qf_arena_free(&a);
}

static void what_has_no_track_comes_back_whole_page_by_page_until_it_has_one(void **state)
{
	const struct qf_event full = {
		.user = "ana", .src = "listenbrainz", .t = 1700000000, .action = QF_ACTION_COMPLETE, .ms = 0, .dur_ms = 215000,
		.artist = "A", .title = "T", .album = "B", .mbid = "m", .isrc = "i", .path = "/music/\xff",
	};
	const struct qf_event like = { .user = "ana", .src = "test", .t = 0, .action = QF_ACTION_LIKE, .ms = -1, .path = "/p" };
	struct qf_unmatched u[1];
	struct qf_arena a = { 0 };
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	put(1, &full, 0);
	put(2, &like, 0);
	assert_ok(qf_catalog_unmatched(c, 0, u, 1, &n, &a, &e), e);
	assert_int_equal(n, 1);
	assert_string_equal(u[0].event.user, "ana");
	assert_string_equal(u[0].event.src, "listenbrainz");
	assert_int_equal(u[0].event.action, QF_ACTION_COMPLETE);
	assert_int_equal(u[0].event.ms, 0);
	assert_int_equal(u[0].event.dur_ms, 215000);
	assert_string_equal(u[0].event.path, "/music/\xff");
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_set_event_track(c, u[0].id, 3, &e), e);
	assert_ok(qf_catalog_commit(c, &e), e);
	assert_ok(qf_catalog_unmatched(c, 0, u, 1, &n, &a, &e), e);
	assert_int_equal(n, 1);
	assert_int_equal(u[0].event.t, 0);
	assert_int_equal(u[0].event.ms, -1); /* not known, which is not 0 */
	assert_ok(qf_catalog_unmatched(c, u[0].id, u, 1, &n, &a, &e), e);
	assert_int_equal(n, 0);
	qf_arena_free(&a);
}

static void tracks_are_found_by_identifier_and_by_names_the_missing_last(void **state)
{
	struct qf_candidate v[4];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	assert_ok(qf_catalog_tracks_by_isrc(c, "GBAKQ9700151", v, 4, &n, &e), e);
	assert_int_equal(n, 2);
	assert_int_equal(v[0].id, 2); /* number 1 is gone */
	assert_int_equal(v[0].duration_ms, 201000);
	assert_int_equal(v[1].id, 1);
	assert_ok(qf_catalog_tracks_by_names(c, "ann", "one", v, 1, &n, &e), e);
	assert_int_equal(n, 1);
	assert_ok(qf_catalog_tracks_by_mbid(c, "11111111-2222-3333-4444-555555555555", v, 4, &n, &e), e);
	assert_int_equal(n, 1);
	assert_int_equal(v[0].id, 3);
	assert_ok(qf_catalog_tracks_by_names(c, "bob", "one", v, 4, &n, &e), e);
	assert_int_equal(n, 0);
}

/* Ten tracks of one name, of which those with even numbers are gone. */
static void of_many_tracks_the_first_that_are_there_go_before_the_first_that_are_not(void **state)
{
	static const struct qf_tag same[] = { { "artist", "Eve" }, { "title", "Same" } };
	static const int64_t expected[] = { 5, 7, 9, 11, 13, 4, 6 };
	struct qf_candidate v[8];
	struct qf_err e = { 0 };
	char name[16];
	size_t n;

	(void)state;
	assert_ok(qf_catalog_begin(c, &e), e);
	for (int64_t i = 4; i <= 13; i++) {
		snprintf(name, sizeof name, "%d.flac", (int)i);
		assert_int_equal(add(name, same, 2, i * 1000), i);
		if (i % 2 == 0)
			assert_ok(qf_catalog_set_missing(c, i, 2000, &e), e);
	}
	assert_ok(qf_catalog_commit(c, &e), e);
	assert_ok(qf_catalog_tracks_by_names(c, "eve", "same", v, 7, &n, &e), e);
	assert_int_equal(n, 7);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(v[i].id, expected[i]);
		assert_int_equal(v[i].duration_ms, expected[i] * 1000);
	}
	assert_ok(qf_catalog_tracks_by_names(c, "eve", "same", v, 3, &n, &e), e);
	assert_int_equal(n, 3);
	assert_int_equal(v[2].id, 9);
}

static void the_neighbours_of_a_time(void **state)
{
	struct qf_event ev = { .user = "me", .src = "a", .ms = -1, .artist = "Ann", .title = "One" };
	static const int64_t times[] = { 0, 1000, 5000, 3000 };
	int64_t before, behind;
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		ev.t = times[i];
		ev.action = ev.t ? QF_ACTION_PLAY : QF_ACTION_LIKE;
		assert_true(put((uint8_t)(1 + i), &ev, 1));
	}
	assert_ok(qf_catalog_around(c, 1, 3000, &before, &behind, &e), e);
	assert_int_equal(before, 1000);
	assert_int_equal(behind, 5000);
	assert_ok(qf_catalog_around(c, 1, 1000, &before, &behind, &e), e);
	assert_int_equal(before, 0);
	assert_int_equal(behind, 3000);
	assert_ok(qf_catalog_around(c, 1, 5001, &before, &behind, &e), e);
	assert_int_equal(before, 5000);
	assert_true(behind == INT64_MAX);
	assert_ok(qf_catalog_around(c, 2, 3000, &before, &behind, &e), e); /* nobody */
	assert_int_equal(before, 0);
}

/* How many events and copies there are. */
static void holds(int64_t events, int64_t copies)
{
	struct qf_person p;
	struct qf_err e = { 0 };

	assert_ok(qf_catalog_person(c, "me", &p, &e), e);
	assert_int_equal(p.events, events);
	assert_int_equal(p.copies, copies);
}

static void the_same_listening_from_another_source_is_a_copy(void **state)
{
	struct qf_event ev = { .user = "me", .src = "a", .t = 1000, .ms = -1, .artist = "Ann", .title = "One" };

	(void)state;
	put(1, &ev, 2);
	ev.src = "b";
	ev.t = 1005;
	ev.action = QF_ACTION_COMPLETE; /* one knows more than the other */
	put(2, &ev, 2);
	holds(1, 1);
	ev.t = 1006; /* too late */
	put(3, &ev, 2);
	holds(2, 1);
	ev.t = 1003;
	put(4, &ev, 3); /* another track */
	holds(3, 1);
	ev.src = "c";
	ev.t = 995;
	ev.action = QF_ACTION_LIKE; /* another act */
	put(5, &ev, 2);
	holds(4, 1);
	ev.action = QF_ACTION_PLAY;
	put(6, &ev, 2);
	holds(4, 2);
	ev.user = "ana"; /* another person */
	put(7, &ev, 2);
	holds(4, 2);
}

static void the_same_source_may_tell_of_two_listenings_within_five_seconds(void **state)
{
	const struct qf_event ev = { .user = "me", .src = "a", .t = 1000, .ms = -1, .artist = "Ann", .title = "One" };
	struct qf_event next = ev;

	(void)state;
	next.t = 1002;
	put(1, &ev, 2);
	put(2, &next, 2);
	holds(2, 0);
}

static void without_a_track_names_or_an_mbid_tell_a_copy(void **state)
{
	struct qf_event ev = { .user = "me", .src = "a", .t = 1000, .ms = -1, .artist = "Sigur R\xc3\xb3s", .title = "Live!" };

	(void)state;
	put(1, &ev, 0);
	ev = (struct qf_event){ .user = "me", .src = "b", .t = 1000, .ms = -1, .artist = "SIGUR ROS", .title = "live" };
	put(2, &ev, 0);
	holds(1, 1);
	ev = (struct qf_event){ .user = "me", .src = "b", .t = 1001, .ms = -1, .mbid = "m" };
	put(3, &ev, 0);
	ev.src = "c";
	put(4, &ev, 0);
	holds(2, 2);
}

static void where_only_the_minute_is_known_all_of_it_is_near(void **state)
{
	struct qf_event ev = { .user = "me", .src = "a", .t = 1020, .precision_s = 59, .ms = -1, .artist = "Ann", .title = "One" };

	(void)state;
	put(1, &ev, 2);
	ev.src = "b";
	ev.precision_s = 0;
	ev.t = 1084; /* 1079 is the last second of the minute */
	put(2, &ev, 2);
	holds(1, 1);
	ev.t = 1085;
	put(3, &ev, 2);
	holds(2, 1);
	ev.src = "c";
	ev.precision_s = 59;
	ev.t = 1000; /* to 1059 */
	put(4, &ev, 2);
	holds(2, 2);
}

static void likes_without_a_time_are_the_same_if_their_track_is(void **state)
{
	struct qf_event ev = { .user = "me", .src = "m3u", .action = QF_ACTION_LIKE, .ms = -1, .path = "/1" };

	(void)state;
	put(1, &ev, 2);
	put(2, &ev, 0);
	ev.src = "mpd";
	put(3, &ev, 2);
	put(4, &ev, 0);
	holds(3, 1);
}

static void an_event_that_turns_out_to_be_a_copy_becomes_one_with_its_own(void **state)
{
	const uint8_t uid[QF_EVENT_UID] = { 2 };
	struct qf_event ev = { .user = "me", .src = "a", .t = 1000, .ms = -1, .artist = "Ann", .title = "One" };
	struct qf_err e = { 0 };
	bool has;

	(void)state;
	put(1, &ev, 2);
	ev = (struct qf_event){ .user = "me", .src = "b", .t = 1001, .ms = -1, .mbid = "m" };
	put(2, &ev, 0);
	ev.src = "c";
	put(3, &ev, 0);
	holds(2, 1);
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_make_copy(c, 2, 1, &e), e);
	assert_ok(qf_catalog_commit(c, &e), e);
	holds(1, 2);
	assert_ok(qf_catalog_has_event(c, uid, &has, &e), e);
	assert_true(has);
}

static void identifiers_of_tracks_are_brought_to_the_form_that_events_have(void **state)
{
	static const struct qf_tag shouting[] = { { "title", "X" }, { "isrc", "us-rc1-76-07839" },
						  { "mb_recordingid", "AAAAAAAA-2222-3333-4444-555555555555" } };
	struct qf_candidate v[2];
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_int_equal(add("4.flac", shouting, 3, 1000), 4);
	assert_int_equal(add("4.flac", shouting, 3, 1000), 4); /* and again, over it */
	assert_ok(qf_catalog_commit(c, &e), e);
	assert_ok(qf_catalog_tracks_by_isrc(c, "USRC17607839", v, 2, &n, &e), e);
	assert_int_equal(n, 1);
	assert_ok(qf_catalog_tracks_by_mbid(c, "aaaaaaaa-2222-3333-4444-555555555555", v, 2, &n, &e), e);
	assert_int_equal(n, 1);
}

static void the_counts(void **state)
{
	const struct qf_event play = { .user = "me", .src = "test", .t = 5, .ms = -1, .path = "/p" };
	const struct qf_event like = { .user = "ana", .src = "test", .t = 5, .ms = -1, .action = QF_ACTION_LIKE, .path = "/p" };
	struct qf_arena a = { 0 };
	struct qf_err e = { 0 };
	struct qf_stats s;

	(void)state;
	put(1, &play, 2);
	put(2, &play, 0);
	put(3, &like, 3);
	assert_ok(qf_catalog_stats(c, 1, &a, &s, &e), e);
	assert_int_equal(s.tracks, 2);
	assert_int_equal(s.missing, 1);
	assert_int_equal(s.duration_ms, 501000);
	assert_int_equal(s.artists, 2);
	assert_int_equal(s.albums, 0);
	assert_int_equal(s.users, 2);
	assert_int_equal(s.events, 3);
	assert_int_equal(s.events_matched, 2);
	assert_int_equal(s.actions.n, 2);
	assert_string_equal(s.actions.v[0].name, "play");
	assert_int_equal(s.actions.v[0].n, 2);
	assert_int_equal(s.actions.v[0].also, 1);
	assert_string_equal(s.by_user.v[1].name, "ana");
	assert_int_equal(s.codecs.v[0].also, 501000);
	assert_int_equal(s.failed.n + s.models.n + s.datasets.n, 0);
	qf_arena_free(&a);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_event_is_stored_once_and_stays_as_it_was, open_library, close_library),
		cmocka_unit_test_setup_teardown(what_has_no_track_comes_back_whole_page_by_page_until_it_has_one, open_library, close_library),
		cmocka_unit_test_setup_teardown(tracks_are_found_by_identifier_and_by_names_the_missing_last, open_library, close_library),
		cmocka_unit_test_setup_teardown(of_many_tracks_the_first_that_are_there_go_before_the_first_that_are_not, open_library, close_library),
		cmocka_unit_test_setup_teardown(the_neighbours_of_a_time, open_library, close_library),
		cmocka_unit_test_setup_teardown(the_same_listening_from_another_source_is_a_copy, open_library, close_library),
		cmocka_unit_test_setup_teardown(the_same_source_may_tell_of_two_listenings_within_five_seconds, open_library, close_library),
		cmocka_unit_test_setup_teardown(without_a_track_names_or_an_mbid_tell_a_copy, open_library, close_library),
		cmocka_unit_test_setup_teardown(where_only_the_minute_is_known_all_of_it_is_near, open_library, close_library),
		cmocka_unit_test_setup_teardown(likes_without_a_time_are_the_same_if_their_track_is, open_library, close_library),
		cmocka_unit_test_setup_teardown(an_event_that_turns_out_to_be_a_copy_becomes_one_with_its_own, open_library, close_library),
		cmocka_unit_test_setup_teardown(identifiers_of_tracks_are_brought_to_the_form_that_events_have, open_library, close_library),
		cmocka_unit_test_setup_teardown(the_counts, open_library, close_library),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
