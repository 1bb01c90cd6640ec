/* Which track an event speaks of: the order of the keys, and the choice among several. */
#include "unit.h"

#include "history/match.h"
#include "history/recent.h"

#include <stdio.h>
#include <string.h>

/* A library of a few lines; artist and title are folded. */
static const struct entry {
	struct qf_candidate track;
	const char *mbid, *isrc, *path, *artist, *title;
} library[] = {
	{ { 1, 200000 }, "m-one", "ISRC1", "/a/one.flac", "sigur ros", "svefn g englar" },
	{ { 2, 300000 }, "m-two", NULL, "/a/two.flac", "sigur ros", "live" },
	{ { 3, 200000 }, "m-one", NULL, "/best of/one.flac", "sigur ros", "svefn g englar" },
	{ { 4, 420000 }, "m-four", "ISRC4", "/a/four.flac", "sigur ros", "live" },
	{ { 5, 0 }, NULL, NULL, "/a/five.mp3", "noone", "unknown length" },
};

struct asked {
	char keys[200];
	bool broken;
};

static enum qf_status find(void *ctx, enum qf_match_key key, const char *a, const char *b, struct qf_candidate *out,
			   size_t cap, size_t *n, struct qf_err *e)
{
	struct asked *asked = ctx;

	strcat(strcat(asked->keys, qf_match_key_name(key)), " ");
	*n = 0;
	if (asked->broken)
		return qf_fail(e, QF_EBUSY, "busy");
	for (size_t i = 0; i < sizeof library / sizeof *library; i++) {
		const struct entry *t = &library[i];
		const char *own = key == QF_MATCH_MBID ? t->mbid : key == QF_MATCH_ISRC ? t->isrc : key == QF_MATCH_PATH ? t->path : t->artist;

		if (own && strcmp(own, a) == 0 && (!b || strcmp(t->title, b) == 0) && *n < cap)
			out[(*n)++] = t->track;
	}
	return QF_OK;
}

/* "2 by names" for an event. */
static void matches(const struct qf_event *ev, const char *expected)
{
	struct asked asked = { "", false };
	const struct qf_match_lookup l = { find, &asked };
	enum qf_match_key how;
	struct qf_err e = { 0 };
	int64_t track;
	char got[64];

	assert_int_equal(qf_match_event(&l, ev, &track, &how, &e), QF_OK);
	snprintf(got, sizeof got, "%lld by %s", (long long)track, qf_match_key_name(how));
	assert_string_equal(got, expected);
}

static void the_first_key_that_finds_decides(void **state)
{
	struct qf_event ev = { .mbid = "m-four", .isrc = "ISRC1", .path = "/a/two.flac", .artist = "noone", .title = "unknown length" };

	(void)state;
	matches(&ev, "4 by mbid");
	ev.mbid = "m-gone";
	matches(&ev, "1 by isrc");
	ev.isrc = NULL;
	matches(&ev, "2 by path");
	ev.path = "/elsewhere";
	matches(&ev, "5 by names");
	ev.title = "not here";
	matches(&ev, "0 by none");
}

static void names_are_compared_folded(void **state)
{
	const struct qf_event ev = { .artist = "SIGUR  R\xc3\x93S", .title = "Svefn-g-englar!", .dur_ms = 201000 };

	(void)state;
	matches(&ev, "1 by names");
	matches(&(struct qf_event){ .artist = "Sigur R\xc3\xb3s; Somebody Else", .title = "Svefn-g-englar" }, "1 by names");
}

static void a_length_tells_two_recordings_apart_and_without_it_nothing_is_guessed(void **state)
{
	struct qf_event ev = { .artist = "Sigur R\xc3\xb3s", .title = "Live", .dur_ms = 420000 };

	(void)state;
	matches(&ev, "4 by names");
	ev.dur_ms = 303000; /* 3 s beside track 2: just near enough */
	matches(&ev, "2 by names");
	ev.dur_ms = 303001;
	matches(&ev, "0 by none");
	ev.dur_ms = 0; /* 300 s or 420 s? */
	matches(&ev, "0 by none");
}

static void an_identifier_on_two_albums_takes_the_first(void **state)
{
	const struct qf_event ev = { .mbid = "m-one", .dur_ms = 999000 };

	(void)state;
	matches(&ev, "1 by mbid");
}

static void the_choice_among_names(void **state)
{
	const struct qf_candidate same[] = { { 7, 100000 }, { 9, 103000 } }, apart[] = { { 7, 100000 }, { 9, 103001 } };
	const struct qf_candidate unknown[] = { { 7, 0 }, { 9, 0 } };

	(void)state;
	assert_int_equal(qf_match_choose(same, 2, 0), 7);      /* one recording on two albums */
	assert_int_equal(qf_match_choose(apart, 2, 0), 0);     /* two recordings */
	assert_int_equal(qf_match_choose(same, 2, 102000), 9); /* the nearer one */
	assert_int_equal(qf_match_choose(same, 2, 101500), 7); /* as near: the first */
	assert_int_equal(qf_match_choose(same, 2, 107000), 0);
	assert_int_equal(qf_match_choose(unknown, 1, 100000), 7);
	assert_int_equal(qf_match_choose(unknown, 2, 100000), 0);
	assert_int_equal(qf_match_choose(same, 0, 100000), 0);
}

static void keys_that_an_event_lacks_are_not_asked_for(void **state)
{
	struct asked asked = { "", false };
	const struct qf_match_lookup l = { find, &asked };
	const struct qf_event ev = { .isrc = "none", .artist = "x", .title = "y" };
	enum qf_match_key how;
	struct qf_err e = { 0 };
	int64_t track;

	(void)state;
	assert_int_equal(qf_match_event(&l, &ev, &track, &how, &e), QF_OK);
	assert_string_equal(asked.keys, "isrc names ");
}

static void an_error_of_the_library_is_passed_on(void **state)
{
	struct asked asked = { "", true };
	const struct qf_match_lookup l = { find, &asked };
	const struct qf_event ev = { .path = "/a" };
	enum qf_match_key how;
	struct qf_err e = { 0 };
	int64_t track;

	(void)state;
	assert_int_equal(qf_match_event(&l, &ev, &track, &how, &e), QF_EBUSY);
	assert_string_equal(e.text, "busy");
}

/* The track, and what the library was asked on the way to it. */
static void recently(struct qf_recent *r, const struct qf_event *ev, int64_t track, const char *keys)
{
	struct asked asked = { "", false };
	const struct qf_match_lookup l = { find, &asked };
	struct qf_err e = { 0 };
	int64_t got;

	assert_int_equal(qf_recent_match(r, &l, ev, &got, &e), QF_OK);
	assert_int_equal(got, track);
	assert_string_equal(asked.keys, keys);
}

static void a_question_that_was_answered_lately_is_not_asked_again(void **state)
{
	const struct qf_event live = { .artist = "Sigur Rós", .title = "Live", .dur_ms = 300000 };
	const struct qf_event longer = { .artist = "Sigur Rós", .title = "Live", .dur_ms = 420000 };
	const struct qf_event nobody = { .artist = "Nobody", .title = "Nothing" };
	const struct qf_event by_id = { .mbid = "m-one" }, by_path = { .path = "m-one" };
	struct qf_recent *r;
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_recent_open(&r, &e), QF_OK);
	recently(r, &live, 2, "names ");
	recently(r, &live, 2, "");
	recently(r, &longer, 4, "names ");
	recently(r, &live, 2, "");
	recently(r, &nobody, 0, "names ");
	recently(r, &nobody, 0, "");
	recently(r, &by_id, 1, "mbid ");
	recently(r, &by_path, 0, "path ");
	recently(r, &by_id, 1, "");
	qf_recent_forget(r);
	recently(r, &live, 2, "names ");
	qf_recent_close(r);
}

static void what_failed_is_not_remembered(void **state)
{
	struct asked asked = { "", true };
	const struct qf_match_lookup l = { find, &asked };
	const struct qf_event ev = { .mbid = "m-four" };
	struct qf_recent *r;
	struct qf_err e = { 0 };
	int64_t track;

	(void)state;
	assert_int_equal(qf_recent_open(&r, &e), QF_OK);
	assert_int_equal(qf_recent_match(r, &l, &ev, &track, &e), QF_EBUSY);
	recently(r, &ev, 4, "mbid ");
	qf_recent_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_key_that_finds_decides),
		cmocka_unit_test(names_are_compared_folded),
		cmocka_unit_test(a_length_tells_two_recordings_apart_and_without_it_nothing_is_guessed),
		cmocka_unit_test(an_identifier_on_two_albums_takes_the_first),
		cmocka_unit_test(the_choice_among_names),
		cmocka_unit_test(keys_that_an_event_lacks_are_not_asked_for),
		cmocka_unit_test(an_error_of_the_library_is_passed_on),
		cmocka_unit_test(a_question_that_was_answered_lately_is_not_asked_again),
		cmocka_unit_test(what_failed_is_not_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
