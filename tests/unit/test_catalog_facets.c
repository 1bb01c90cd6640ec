/* Columns of the library, a user's acts by the clock, tracks by query and by artist. */
#include "base/alloc.h"
#include "catalog/facets.h"
#include "catalog/sql.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];
static struct qf_catalog *c;

static const char rows[] =
	"INSERT INTO root (id, path) VALUES (1, CAST('/m' AS BLOB));"
	"INSERT INTO artist VALUES (7, 'Sigur Rós', 'sigur ros');"
	"INSERT INTO album (id, title) VALUES (3, 'Ágætis');"
	"INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at, artist_id, album_id, year, genre, missing_since) VALUES"
	" (1, 1, CAST('1' AS BLOB), 1, 1, 1, 1, 1, 7, 3, 1999, 'Post-Rock; Ambient; post rock; Folk; Jazz', NULL),"
	" (2, 1, CAST('2' AS BLOB), 1, 1, 1, 1, 1, 7, NULL, NULL, 'ambient', NULL),"
	" (4, 1, CAST('4' AS BLOB), 1, 1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL),"
	" (5, 1, CAST('5' AS BLOB), 1, 1, 1, 1, 1, 7, NULL, NULL, ' ; ', 9);"
	"INSERT INTO features (track_id, version, at, size, mtime_ns, tempo_bpm, energy, camelot, moods) VALUES"
	" (1, 1, 1, 1, 1, 120.5, NULL, '8A', 'calm,dark'), (2, 1, 1, 1, 1, NULL, 0.25, '12B', 'dark'), (4, 1, 1, 1, 1, NULL, NULL, 'none', NULL);"
	"INSERT INTO user (id, name) VALUES (1, 'me');"
	"INSERT INTO event (uid, user_id, at, action, source, track_id, local_hour, local_weekday) VALUES"
	" (X'01', 1, 200, 'skip', 't', 2, 23, 7), (X'02', 1, 100, 'play', 't', NULL, NULL, NULL);";

static int open_catalog(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	snprintf(path, sizeof path, "/tmp/qfzz-facets-%ld.db", (long)getpid());
	return qf_catalog_open(&c, path, QF_CATALOG_WRITE, 1000, 1700000000, &e) != QF_OK || qf_sql_exec(c, rows, &e) != QF_OK;
}

static int close_catalog(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	(void)state;
	qf_catalog_close(c);
	for (size_t i = 0; i < 3; i++) {
		char name[80];

		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
	return 0;
}

static void genres_that_fold_alike_are_one_and_three_are_kept(void **state)
{
	static const uint32_t want[] = { 1, 2, 3, 2, QF_NO_NUMBER, QF_NO_NUMBER, 0, QF_NO_NUMBER, QF_NO_NUMBER, 0, QF_NO_NUMBER, QF_NO_NUMBER };
	struct qf_facets f;
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_catalog_facets(c, false, &f, &e), QF_OK);
	assert_int_equal(f.n, 4);
	assert_memory_equal(f.genre, want, sizeof want);
	assert_int_equal(f.genres, 4);
	assert_string_equal(f.genre_name[0], "");
	assert_string_equal(f.genre_name[1], "Post-Rock");
	assert_string_equal(f.genre_name[2], "Ambient");
	assert_string_equal(f.genre_name[3], "Folk");
	assert_true(isnan(f.value[QF_FACET_TEMPO]));
	assert_int_equal(f.key[0], 0);
	qf_facets_free(&f);
}

static void what_was_heard_stands_in_columns(void **state)
{
	struct qf_facets f;
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_catalog_facets(c, true, &f, &e), QF_OK);
	assert_true(f.value[QF_FACET_TEMPO] == 120.5F && isnan(f.value[QF_FACET_ENERGY]));
	assert_true(f.value[QF_FACETS + QF_FACET_ENERGY] == 0.25F);
	assert_int_equal(f.key[0], 8);
	assert_int_equal(f.key[1], 24);
	assert_int_equal(f.key[2], 0);
	assert_int_equal(f.moods[0], 3);
	assert_int_equal(f.moods[1], 2);
	assert_string_equal(f.mood_name[1], "dark");
	assert_int_equal(f.artist[0], 7);
	assert_int_equal(f.artist[2], QF_NO_NUMBER);
	assert_int_equal(f.album[0], 3);
	assert_int_equal(f.year[0], 1999);
	assert_int_equal(f.year[1], 0);
	qf_facets_free(&f);
}

static void the_columns_of_some_tracks_are_those_of_all(void **state)
{
	static const int64_t id[] = { 2, 5, 99 }; /* the last one is not there */
	static const size_t place[] = { 1, 3 };
	struct qf_facets all, some;
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_catalog_facets(c, true, &all, &e), QF_OK);
	assert_int_equal(qf_catalog_facets_of(c, true, id, 3, &some, &e), QF_OK);
	assert_int_equal(some.n, 2);
	for (size_t i = 0; i < 2; i++) {
		size_t of = place[i];

		assert_int_equal(some.artist[i], all.artist[of]);
		assert_int_equal(some.year[i], all.year[of]);
		assert_int_equal(some.key[i], all.key[of]);
		assert_memory_equal(some.value + i * QF_FACETS, all.value + of * QF_FACETS, QF_FACETS * sizeof *all.value);
		assert_int_equal(strcasecmp(some.genre_name[some.genre[i * QF_GENRES]], all.genre_name[all.genre[of * QF_GENRES]]), 0); /* as the first of them writes it */
	}
	qf_facets_free(&all);
	qf_facets_free(&some);
}

static enum qf_status put_row(void *arg, const struct qf_diary_row *r, struct qf_err *e)
{
	(void)e;
	sprintf((char *)arg + strlen(arg), "%s %lld at %lld, %d on %d; ", r->action, (long long)r->track, (long long)r->at, r->hour, r->weekday);
	return QF_OK;
}

static void a_diary_goes_by_time(void **state)
{
	char text[200] = "";
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_catalog_diary(c, 1, put_row, text, &e), QF_OK);
	assert_string_equal(text, "play 0 at 100, 0 on 0; skip 2 at 200, 23 on 7; ");
}

static enum qf_status put_track(void *arg, int64_t track, struct qf_err *e)
{
	(void)e;
	sprintf((char *)arg + strlen(arg), "%lld ", (long long)track);
	return QF_OK;
}

static void tracks_come_by_query_and_by_artist(void **state)
{
	char text[64] = "";
	struct qf_arena a = { 0 };
	struct qf_query q;
	const char *name;
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_query_parse(&q, "genre:ambient sort:track-", 25, &a, &e), QF_OK);
	assert_int_equal(qf_catalog_selected(c, &q, put_track, text, &e), QF_OK);
	assert_string_equal(text, "2 1 ");
	*text = '\0';
	assert_int_equal(qf_catalog_artist_tracks(c, "SIGUR RÓS", put_track, text, &e), QF_OK);
	assert_string_equal(text, "1 2 "); /* the file of 5 is gone */
	assert_int_equal(qf_catalog_artist_name(c, 7, &a, &name, &e), QF_OK);
	assert_string_equal(name, "Sigur Rós");
	assert_int_equal(qf_catalog_artist_name(c, 8, &a, &name, &e), QF_OK);
	assert_null(name);
	qf_arena_free(&a);
}

static void memory_that_runs_out_is_an_error_and_no_leak(void **state)
{
	enum qf_status st = QF_ENOMEM;

	(void)state;
	for (unsigned long nth = 1; st != QF_OK; nth++) {
		struct qf_facets f;
		struct qf_err e = { 0 };

		qf_alloc_fail_at(nth, false);
		st = qf_catalog_facets(c, true, &f, &e);
		assert_true(st == QF_OK || st == QF_ENOMEM);
		qf_facets_free(&f);
	}
	qf_alloc_fail_at(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(genres_that_fold_alike_are_one_and_three_are_kept),
		cmocka_unit_test(what_was_heard_stands_in_columns),
		cmocka_unit_test(the_columns_of_some_tracks_are_those_of_all),
		cmocka_unit_test(a_diary_goes_by_time),
		cmocka_unit_test(tracks_come_by_query_and_by_artist),
		cmocka_unit_test(memory_that_runs_out_is_an_error_and_no_leak),
	};

	return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
