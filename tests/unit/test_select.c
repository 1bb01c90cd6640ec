#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "catalog/event.h"
#include "catalog/select.h"
#include "catalog/trust.h"
#include "catalog/vanish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct qf_catalog *catalog;
static char folder[] = "/tmp/qfzz-select-XXXXXX", file[64];

#define TAGS(...) (const struct qf_tag[]){ __VA_ARGS__, { NULL, NULL } }

static void add(const char *path, const struct qf_tag *tags, int64_t ms, const char *codec)
{
	struct qf_scanned s = { .root = 1, .path = path, .size = 1, .mtime_ns = 1, .now = 1, .tags = tags, .duration_ms = ms,
				.sample_rate_hz = 44100, .channels = 2, .codec = codec };
	int64_t id;
	bool is_new;

	while (tags[s.n_tags].key)
		s.n_tags++;
	assert_int_equal(qf_catalog_put_track(catalog, &s, &id, &is_new, NULL), QF_OK);
}

static void hear(int64_t id, double bpm, char *key, char *camelot, double energy, char *moods)
{
	struct qf_pending p = { .id = id, .size = 1, .mtime_ns = 1 };
	struct qf_features f;

	qf_features_init(&f);
	f.tempo_bpm = bpm;
	f.key = key;
	f.camelot = camelot;
	f.energy = energy;
	f.moods = moods;
	assert_int_equal(qf_catalog_put_features(catalog, &p, &f, 1, 1, NULL), QF_OK);
}

static void act(int64_t track, enum qf_action action, int64_t at)
{
	const struct qf_event ev = { .user = "me", .src = "test", .t = at, .action = action, .ms = -1 };
	uint8_t uid[QF_EVENT_UID] = { (uint8_t)track, (uint8_t)action, (uint8_t)(at % 251) };
	struct qf_placed placed = { .track = track };
	bool is_new;

	assert_int_equal(qf_catalog_add_user(catalog, ev.user, &placed.user, NULL), QF_OK);
	assert_int_equal(qf_catalog_put_event(catalog, uid, &ev, &placed, &is_new, NULL), QF_OK);
}

/* Day 1 is 1970-01-02. */
static void listen_a_little(void)
{
	act(1, QF_ACTION_PLAY, 86400);
	act(1, QF_ACTION_COMPLETE, 90000);
	act(1, QF_ACTION_SKIP, 99999999);
	act(2, QF_ACTION_LIKE, 5);
	act(3, QF_ACTION_REPLAY, 200000);
	act(3, QF_ACTION_DISLIKE, 7);
}

/* Seven tracks: 1 to 3 were heard, 4 was not, 5 has no tags, 6 is gone, 7 is called "!!!". */
static enum qf_status half(void *ctx, const char *audio_id, double *trust, struct qf_err *e)
{
	(void)ctx, (void)audio_id, (void)e;
	*trust = 0.5;
	return QF_OK;
}

static int make_catalog(void **state)
{
	int64_t root, dataset;
	bool added;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof file, "%s/catalog.db", folder);
	assert_int_equal(qf_catalog_open(&catalog, file, QF_CATALOG_WRITE, 1000, 1, NULL), QF_OK);
	assert_int_equal(qf_catalog_set_trust(catalog, half, NULL, NULL, NULL), QF_OK);
	assert_int_equal(qf_catalog_begin(catalog, NULL), QF_OK);
	assert_int_equal(qf_catalog_add_root(catalog, "/music", &root, NULL), QF_OK);
	add("jazz/1.flac", TAGS({ "title", "Blue Air" }, { "artist", "John Zorn" }, { "artist", "Bill Frisell" }, { "album", "Naked City" },
				{ "genre", "Jazz" }, { "genre", "Avantgarde" }, { "date", "1990-05" }, { "lyrics", "none at all" }),
	    210000, "flac");
	add("jazz/2.flac", TAGS({ "title", "Air on a String" }, { "artist", "Johann S. Bach" }, { "albumartist", "The Orchestra" },
				{ "album", "Suites" }, { "genre", "Classical" }, { "date", "1750" }, { "composer", "Bach" }),
	    300000, "flac");
	add("pop/3.mp3", TAGS({ "title", "Sv\xc3\xa9" "fn" }, { "artist", "Sigur R\xc3\xb3s" }, { "genre", "Post-Rock" }, { "date", "1999" }),
	    600500, "mp3");
	add("pop/4.mp3", TAGS({ "title", "blue monday" }, { "artist", "New Order" }, { "isrc", "GBAAA8300001" }), 90000, "mp3");
	add("5 100%_.ogg", (const struct qf_tag[]){ { NULL, NULL } }, 1000, "vorbis");
	add("gone.mp3", TAGS({ "title", "Blue Gone" }), 1000, "mp3");
	add("7.mp3", TAGS({ "title", "!!!" }, { "album", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e" }, { "genre", "\xe2\x99\xa5" }, { "artist", "AC/DC \"live\"" }), 1000, "mp3");
	hear(1, 120, (char[]){ "A minor" }, (char[]){ "8A" }, 0.8, (char[]){ "calm,sad" });
	hear(2, 127.7, (char[]){ "Bb minor" }, (char[]){ "3A" }, 0.2, (char[]){ "calmer" });
	hear(3, 65, (char[]){ "B minor" }, (char[]){ "10A" }, 0.5, NULL);
	listen_a_little();
	assert_int_equal(qf_catalog_set_missing(catalog, 6, 99, NULL), QF_OK);
	assert_int_equal(qf_catalog_dataset(catalog, "open", 1, &dataset, NULL), QF_OK);
	assert_int_equal(qf_catalog_dataset_add(catalog, dataset, 3, &added, NULL), QF_OK);
	assert_int_equal(qf_catalog_commit(catalog, NULL), QF_OK);
	return 0;
}

static int remove_catalog(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[80];

	(void)state;
	qf_catalog_close(catalog);
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", file, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

/* The numbers of the tracks that a query finds, each with a blank behind. */
static void run(const char *text, char found[64])
{
	struct qf_arena a = { 0 }, texts = { 0 };
	struct qf_query q;
	struct qf_select *s = NULL;
	struct qf_track t;
	struct qf_err e = { 0 };
	bool more = true;
	size_t len = 0;

	found[0] = '\0';
	if (qf_query_parse(&q, text, strlen(text), &a, &e) || qf_select_open(&s, catalog, &q, QF_TRACK_FULL, &e))
		fail_msg("%s: %s", text, e.text);
	qf_arena_free(&a);
	while (qf_select_next(s, &texts, &t, &more, &e) == QF_OK && more && len < 60)
		len += (size_t)snprintf(found + len, 64 - len, "%d ", (int)t.id);
	if (e.code)
		fail_msg("%s: %s", text, e.text);
	qf_select_close(s);
	qf_arena_free(&texts);
}

static const struct { const char *text, *found; } cases[] = {
	{ "", "1 2 3 4 5 7 " },

	/* words: whole ones, accents and case aside, in four fields */
	{ "blue", "1 4 " },
	{ "BLUE air", "1 " },
	{ "blu", "" },
	{ "blu*", "1 4 " },
	{ "\"air on\"", "2 " },
	{ "\"on air\"", "" },
	{ "svefn", "3 " },
	{ "ros", "3 " },
	{ "suites", "2 " },
	{ "ac/dc", "7 " },
	{ "!!!", "7 " },
	{ "\xe6\x97\xa5\xe6\x9c\xac", "7 " }, /* two of three ideographs */
	{ "\xe2\x99\xa5", "7 " },
	{ "\"\\\"live\\\"\"", "7 " },
	{ "blue AND -monday", "1 " },

	/* names: parts */
	{ "artist:ros", "3 " },
	{ "artist:\"sigur r\xc3\xb3s\"", "3 " },
	{ "artist:zor", "1 " },
	{ "artist:frisell", "1 " },
	{ "artist:\"zorn; bill\"", "1 " },
	{ "album:naked , album:suit", "1 2 " },
	{ "albumartist:orchestra", "2 " },
	{ "date:1990-05", "1 " },
	{ "genre:rock", "3 " },
	{ "dataset:open", "3 " },
	{ "dataset:=ope", "" },
	{ "-dataset:open", "1 2 4 5 7 " },
	{ "composer:bach", "2 " },
	{ "tag.composer:bach", "2 " },
	{ "lyrics:\"at all\"", "1 " },

	/* beginnings, lists, regular expressions */
	{ "artist:joh*", "1 2 " },
	{ "artist:zor*", "" },
	{ "title:\"blue\" artist:(zorn, order)", "1 4 " },
	{ "genre:(jazz, classical)", "1 2 " },
	{ "year:(1750, 1990..1995)", "1 2 " },
	{ "camelot:8*", "1 " },
	{ "path:/music/jazz/*", "1 2 " },
	{ "composer:ba*", "2 " },
	{ "title::^blue", "1 4 " },
	{ "title::^b.*y$", "4 " },
	{ "title::[[:punct:]]{3}", "7 " },
	{ "path::[0-9].mp3$", "3 4 7 " },
	{ "genre::rock|jazz", "1 3 " },
	{ "-title::e", "2 3 5 7 " },
	{ "key::minor$", "1 2 3 " },
	{ "composer::^Ba", "2 " },

	/* from listening: track 1 was played twice and skipped once, 2 liked, 3 replayed */
	{ "plays:1..", "1 3 " },
	{ "plays:2", "1 " },
	{ "plays:0", "2 4 5 7 " },
	{ "skips:1..", "1 " },
	{ "likes:1", "2 " },
	{ "likes:-1", "3 " },
	{ "played:1970-01-01..", "1 3 " },
	{ "played:1970-01-03..", "3 " },
	{ "missing:played", "2 4 5 7 " },
	{ "has:plays", "1 3 " },
	{ "sort:plays- limit:2", "1 3 " },
	{ "sort:played-", "3 1 2 4 5 7 " },
	{ "gone:1970", "6 " },
	{ "updated:1970-01-01", "1 2 3 4 5 7 " },

	/* one per group, so many by chance */
	{ "group:codec", "1 3 5 " },
	{ "group:codec sort:year-", "3 1 5 " },
	{ "group:dataset limit:3", "1 2 3 " },
	{ "group:artist title:blue", "1 4 " },
	{ "group:album has:album", "1 2 7 " },
	{ "sample:100", "1 2 3 4 5 7 " },
	{ "sample:1 artist:ros", "3 " },

	/* exactly, each of several values too */
	{ "artist:=\"John Zorn\"", "1 " },
	{ "artist:=\"Bill Frisell\"", "1 " },
	{ "artist:=\"John Zorn; Bill Frisell\"", "1 " },
	{ "artist:=\"john zorn\"", "" },
	{ "genre:=Avantgarde", "1 " },
	{ "title:=Air", "" },

	/* codes and labels: whole */
	{ "key:\"b minor\"", "3 " },
	{ "key:\"A minor\"", "1 " },
	{ "camelot:8a", "1 " },
	{ "camelot:0A", "" },
	{ "codec:FLAC", "1 2 " },
	{ "isrc:gbaaa8300001", "4 " },
	{ "isrc:=gbaaa8300001", "" },
	{ "mood:calm", "1 " },
	{ "mood:SAD", "1 " },

	/* numbers */
	{ "tempo:120..130", "1 2 " },
	{ "tempo:..119", "3 " },
	{ "tempo:128", "2 " },
	{ "tempo:128.0", "" },
	{ "tempo:127.7", "2 " },
	{ "tempo:=127.7", "2 " },
	{ "-tempo:120..130", "3 4 5 7 " }, /* what is not known is not in there */
	{ "year:1990..1999", "1 3 " },
	{ "year:1990", "1 " },
	{ "duration:3:30", "1 " },
	{ "duration:5:00..", "2 3 " },
	{ "track:3", "3 " },
	{ "sample_rate_hz:44100", "1 2 3 4 5 7 " },

	{ "added:1970-01-01", "1 2 3 4 5 7 " },
	{ "added:1970-01-02..", "" },

	/* paths: bytes, with nothing special about % and _ */
	{ "path:/music/jazz/", "1 2 " },
	{ "path:JAZZ", "" },
	{ "path:100%_", "5 " },
	{ "path:\"%\"", "5 " },
	{ "path:=/music/7.mp3", "7 " },

	/* known or not, gone or there */
	{ "has:features", "1 2 3 " },
	{ "missing:features", "4 5 7 " },
	{ "missing:title", "5 " },
	{ "has:mood", "1 2 " },
	{ "has:lyrics", "1 " },
	{ "has:waveform", "" },
	{ "has:dataset", "3 " },
	{ "missing:file", "6 " },
	{ "blue has:file", "1 4 " },
	{ "blue (has:file | missing:file)", "1 4 6 " },
	{ "has:failure", "" },

	/* logic */
	{ "(blue | svefn) -monday", "1 3 " },
	{ "not (blue | svefn)", "2 5 7 " },
	{ "--blue", "1 4 " },
	{ "-(mood:calm)", "2 3 4 5 7 " },

	/* order: names folded, what is not known last, whichever way; equals by number */
	{ "sort:energy", "2 3 1 4 5 7 " },
	{ "sort:energy-", "1 3 2 4 5 7 " },
	{ "sort:title", "7 2 1 4 3 5 " },
	{ "sort:codec sort:duration-", "2 1 3 4 7 5 " },
	{ "sort:composer", "2 1 3 4 5 7 " },
	{ "sort:dataset-", "3 1 2 4 5 7 " },
	{ "sort:energy limit:2", "2 3 " },

	/* nothing in a query can become SQL */
	{ "title:\"' OR 1=1 --\"", "" },
	{ "\"' OR title MATCH '*\"", "" },
	{ "NEAR(blue", "" },
	{ "title:\"\xc2\xa0\"", "" },
};

static void queries_find_what_they_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char found[64];

		run(cases[i].text, found);
		if (strcmp(found, cases[i].found) != 0)
			fail_msg("%s finds %s, wanted %s", cases[i].text, found, cases[i].found);
	}
}

static void every_field_has_a_place_in_the_catalog(void **state)
{
	struct qf_field f;

	(void)state;
	for (size_t i = 0; qf_field_at(i, &f); i++) {
		static const char *const values[] = {
			[QF_FIELD_NAME] = "x", [QF_FIELD_CODE] = "x", [QF_FIELD_LABELS] = "x", [QF_FIELD_PATH] = "x",
			[QF_FIELD_REAL] = "1..2", [QF_FIELD_INT] = "1..2", [QF_FIELD_DATE] = "1980..", [QF_FIELD_TAG] = "x", [QF_FIELD_RECORD] = NULL,
		};
		char text[400], found[64];

		snprintf(text, sizeof text, "has:%s missing:%s", f.name, f.name);
		run(text, found);
		assert_string_equal(found, "");
		if (!values[f.kind])
			continue;
		snprintf(text, sizeof text, "%s:%s %s:=%.*s missing:%s sort:%s", f.name, values[f.kind], f.name,
			 f.kind == QF_FIELD_DATE ? 4 : 1, values[f.kind], f.name, f.name);
		run(text, found);
		assert_string_equal(found, "");
	}
}

static void the_largest_query_runs(void **state)
{
	static const char *const pieces[] = { "blue ", "blue , ", "tempo:1..200 ", "artist:=x | ", "-lyrics:x " };

	(void)state;
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct qf_buf b = { 0 };
		char found[64];

		for (int n = 1; n < QF_QUERY_TERMS; n++)
			qf_buf_puts(&b, pieces[i]);
		qf_buf_puts(&b, "blue");
		run(b.p, found);
		qf_buf_free(&b);
	}
}

static void features_come_with_the_track(void **state)
{
	struct qf_arena a = { 0 }, texts = { 0 };
	struct qf_query q;
	struct qf_select *s;
	struct qf_track t;
	bool more;

	(void)state;
	assert_int_equal(qf_query_parse(&q, "limit:1", 7, &a, NULL), QF_OK);
	assert_int_equal(qf_select_open(&s, catalog, &q, QF_TRACK_BRIEF, NULL), QF_OK);
	assert_int_equal(qf_select_next(s, &texts, &t, &more, NULL), QF_OK);
	assert_true(more);
	assert_string_equal(t.path, "/music/jazz/1.flac");
	assert_string_equal(t.artist, "John Zorn; Bill Frisell");
	assert_true(t.features->tempo_bpm > 119.9 && t.features->tempo_bpm < 120.1);
	assert_string_equal(t.features->moods, "calm,sad");
	assert_int_equal(qf_select_next(s, &texts, &t, &more, NULL), QF_OK);
	assert_false(more);
	assert_int_equal(qf_select_next(s, &texts, &t, &more, NULL), QF_OK); /* the end stays the end */
	assert_false(more);
	qf_select_close(s);
	qf_select_close(NULL);
	qf_arena_free(&a);
	qf_arena_free(&texts);
}

static void running_out_of_memory_is_an_error(void **state)
{
	static const char text[] = "blue artist:=x tempo:1..2 lyrics:y sort:composer";
	struct qf_arena a = { 0 };
	struct qf_query q;
	bool through = false;

	(void)state;
	assert_int_equal(qf_query_parse(&q, text, sizeof text - 1, &a, NULL), QF_OK);
	for (unsigned long nth = 1; !through; nth++) {
		struct qf_select *s;
		enum qf_status rc;

		qf_alloc_fail_at(nth, false);
		rc = qf_select_open(&s, catalog, &q, QF_TRACK_BRIEF, NULL);
		through = qf_alloc_fail_at(0, false) < nth;
		assert_int_equal(rc, through ? QF_OK : QF_ENOMEM);
		if (!through)
			assert_null(s);
		qf_select_close(s);
	}
	qf_arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries_find_what_they_say),
		cmocka_unit_test(every_field_has_a_place_in_the_catalog),
		cmocka_unit_test(the_largest_query_runs),
		cmocka_unit_test(features_come_with_the_track),
		cmocka_unit_test(running_out_of_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_catalog, remove_catalog);
}
