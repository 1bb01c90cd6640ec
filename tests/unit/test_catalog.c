/* The catalog: life, versions, tracks, roots, failures, features. */
#define _GNU_SOURCE
#include "unit.h"

#include "base/alloc.h"
#include "catalog/catalog.h"
#include "catalog/track.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/qfzz-test-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/catalog.db", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static int remove_catalog(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[80];
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
	return 0;
}

static struct qf_catalog *open_new(void)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };

	assert_ok(qf_catalog_open(&c, path, QF_CATALOG_WRITE, 100, 1000, &e), e);
	return c;
}

/* Straight at the file, past the module under test. */
static void sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_new_catalog_is_private_and_has_a_uuid(void **state)
{
	struct qf_catalog *c = open_new();
	struct qf_err e = { 0 };
	struct stat st;
	char uuid[37];
	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(uuid, sizeof uuid, "%s", qf_catalog_uuid(c));
	assert_int_equal(strlen(uuid), 36);
	assert_int_equal(uuid[14], '4'); /* version 4 */
	assert_ok(qf_catalog_check(c, &e), e);
	qf_catalog_close(c);
	assert_ok(qf_catalog_open(&c, path, QF_CATALOG_READ, 0, 0, &e), e);
	assert_string_equal(qf_catalog_uuid(c), uuid);
	qf_catalog_close(c);
}

static void a_reader_wants_a_catalog_that_is_there(void **state)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	(void)state;
	assert_int_equal(qf_catalog_open(&c, path, QF_CATALOG_READ, 0, 0, &e), QF_ENOTFOUND);
	assert_null(c);
	assert_non_null(strstr(e.text, "qfzz ingest"));
}

static void a_newer_catalog_is_refused_by_all(void **state)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	(void)state;
	qf_catalog_close(open_new());
	sql("PRAGMA user_version = 9999");
	assert_int_equal(qf_catalog_open(&c, path, QF_CATALOG_WRITE, 0, 0, &e), QF_EUNSUPPORTED);
	assert_non_null(strstr(e.text, "use a newer qfzz"));
	assert_int_equal(qf_catalog_open(&c, path, QF_CATALOG_READ, 0, 0, &e), QF_EUNSUPPORTED);
}

static void a_foreign_database_is_left_alone(void **state)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	(void)state;
	sql("CREATE TABLE mine (x)");
	assert_int_equal(qf_catalog_open(&c, path, QF_CATALOG_WRITE, 0, 0, &e), QF_EUNSUPPORTED);
	assert_non_null(strstr(e.text, "not a qfzz catalog"));
	sql("INSERT INTO mine VALUES (1)");
}

static void a_file_that_is_no_database_is_called_damaged(void **state)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	FILE *f = fopen(path, "w");
	(void)state;
	for (int i = 0; i < 1000; i++)
		fputs("no database ", f);
	fclose(f);
	assert_int_equal(qf_catalog_open(&c, path, QF_CATALOG_WRITE, 0, 0, &e), QF_ECORRUPT);
	assert_non_null(strstr(e.text, "damaged"));
}

static void a_second_writer_is_told_that_it_is_busy(void **state)
{
	struct qf_catalog *a = open_new(), *b;
	struct qf_err e = { 0 };
	(void)state;
	assert_ok(qf_catalog_open(&b, path, QF_CATALOG_WRITE, 50, 0, &e), e);
	assert_ok(qf_catalog_begin(a, &e), e);
	assert_int_equal(qf_catalog_begin(b, &e), QF_EBUSY);
	assert_null(strstr(e.text, "locked"));
	assert_ok(qf_catalog_commit(a, &e), e);
	assert_ok(qf_catalog_begin(b, &e), e);
	qf_catalog_close(b); /* rolls back */
	qf_catalog_close(a);
}

static int64_t add_track(struct qf_catalog *c, int64_t root, const char *rel, const struct qf_tag *tags, size_t n, bool *is_new)
{
	struct qf_scanned s = {
		.root = root, .path = rel, .size = 10, .mtime_ns = 20, .inode = 30, .now = 40, .tags = tags, .n_tags = n,
		.duration_ms = 1500, .sample_rate_hz = 44100, .channels = 2, .codec = "flac",
	};
	struct qf_err e = { 0 };
	int64_t id;

	assert_ok(qf_catalog_put_track(c, &s, &id, is_new, &e), e);
	return id;
}

static void a_track_comes_back_as_its_tags_say(void **state)
{
	static const struct qf_tag tags[] = {
		{ "title", "One" }, { "artist", "A" }, { "artist", "B; C" }, { "albumartist", "Various" }, { "album", "All" },
		{ "genre", "Rock" }, { "genre", "Folk" }, { "date", "1987-05" }, { "tracknumber", "3" }, { "isrc", "GBAAA0000001" },
	};
	struct qf_catalog *c = open_new();
	struct qf_arena a = { 0 };
	struct qf_err e = { 0 };
	struct qf_track t;
	int64_t root, id;
	bool is_new;
	(void)state;
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_add_root(c, "/music", &root, &e), e);
	id = add_track(c, root, "caf\xE9/one.flac", tags, 10, &is_new);
	assert_true(is_new);
	assert_int_equal(add_track(c, root, "caf\xE9/one.flac", tags, 10, &is_new), id);
	assert_false(is_new);
	assert_ok(qf_catalog_commit(c, &e), e);
	assert_ok(qf_catalog_track(c, id, QF_TRACK_BARE, &a, &t, NULL, &e), e);
	assert_string_equal(t.path, "/music/caf\xE9/one.flac");
	assert_string_equal(t.artist, "A; B; C");
	assert_string_equal(t.albumartist, "Various");
	assert_string_equal(t.genre, "Rock; Folk");
	assert_string_equal(t.date, "1987-05");
	assert_int_equal(t.year, 1987);
	assert_int_equal(t.track_no, 3);
	assert_int_equal(t.duration_ms, 1500);
	assert_null(t.features);
	assert_int_equal(qf_catalog_track(c, 99, QF_TRACK_BARE, &a, &t, NULL, &e), QF_ENOTFOUND);
	assert_ok(qf_catalog_find_path(c, "/music/caf\xE9/one.flac", &id, &e), e);
	assert_int_equal(id, 1);
	assert_ok(qf_catalog_find_path(c, "/music/two.flac", &id, &e), e);
	assert_int_equal(id, 0);
	qf_arena_free(&a);
	qf_catalog_close(c);
}

static void a_root_ends_at_a_whole_name(void **state)
{
	struct qf_catalog *c = open_new();
	struct qf_err e = { 0 };
	const char *rel = NULL;
	int64_t root, id;
	(void)state;
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_add_root(c, "/music", &root, &e), e);
	assert_ok(qf_catalog_root_of(c, "/music2/a", &id, &rel, &e), e);
	assert_int_equal(id, 0);
	assert_ok(qf_catalog_root_of(c, "/music/a/b", &id, &rel, &e), e);
	assert_int_equal(id, root);
	assert_string_equal(rel, "a/b");
	assert_ok(qf_catalog_root_of(c, "/music", &id, &rel, &e), e);
	assert_int_equal(id, root);
	assert_string_equal(rel, "");
	qf_catalog_close(c);
}

static void a_root_above_takes_up_the_one_below(void **state)
{
	struct qf_catalog *c = open_new();
	struct qf_err e = { 0 };
	int64_t below, above, beside, id, found;
	bool is_new;
	(void)state;
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_add_root(c, "/m/rock", &below, &e), e);
	assert_ok(qf_catalog_add_root(c, "/mm", &beside, &e), e);
	id = add_track(c, below, "a.flac", NULL, 0, &is_new);
	assert_ok(qf_catalog_add_root(c, "/m", &above, &e), e);
	assert_ok(qf_catalog_find_path(c, "/m/rock/a.flac", &found, &e), e);
	assert_int_equal(found, id);
	assert_ok(qf_catalog_root_of(c, "/m/rock/a.flac", &found, NULL, &e), e);
	assert_int_equal(found, above);
	assert_ok(qf_catalog_root_of(c, "/mm/x", &found, NULL, &e), e);
	assert_int_equal(found, beside);
	qf_catalog_close(c);
}

static void a_failure_is_known_until_the_file_or_the_version_changes(void **state)
{
	struct qf_catalog *c = open_new();
	struct qf_err e = { 0 };
	struct qf_failure f = { .stage = "ingest", .path = "bad.mp3", .class_name = "format", .message = "caf\xE9", .size = 1, .mtime_ns = 2, .version = 1 };
	bool known;
	(void)state;
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_add_root(c, "/m", &f.root, &e), e);
	assert_ok(qf_catalog_put_failure(c, &f, &known, &e), e);
	assert_false(known);
	assert_ok(qf_catalog_put_failure(c, &f, &known, &e), e);
	assert_true(known);
	f.version = 2;
	assert_ok(qf_catalog_put_failure(c, &f, &known, &e), e);
	assert_false(known);
	f.mtime_ns = 3;
	assert_ok(qf_catalog_put_failure(c, &f, &known, &e), e);
	assert_false(known);
	assert_ok(qf_catalog_clear_failure(c, "ingest", f.root, "bad.mp3", &e), e);
	assert_ok(qf_catalog_put_failure(c, &f, &known, &e), e);
	assert_false(known);
	qf_catalog_close(c);
}

static void features_are_kept_and_what_is_stale_is_pending(void **state)
{
	struct qf_catalog *c = open_new();
	struct qf_err e = { 0 };
	struct qf_arena a = { 0 };
	struct qf_pending p[4];
	struct qf_features f, back;
	struct qf_track t;
	int64_t root, id;
	size_t n;
	bool is_new;
	(void)state;
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_add_root(c, "/m", &root, &e), e);
	id = add_track(c, root, "a.flac", NULL, 0, &is_new);
	add_track(c, root, "b.flac", NULL, 0, &is_new);
	assert_ok(qf_catalog_pending(c, 5, false, 0, p, 4, &n, &a, &e), e);
	assert_int_equal(n, 2);
	assert_string_equal(p[0].path, "/m/a.flac");
	assert_string_equal(p[0].rel, "a.flac");
	qf_features_init(&f);
	f.tempo_bpm = 120.5;
	f.key = qf_strdup("C major");
	f.embedding[3] = 0.25f;
	f.beats_s.v = qf_alloc(1, sizeof(float));
	f.beats_s.v[0] = 0.5f;
	f.beats_s.n = 1;
	assert_ok(qf_catalog_put_features(c, &p[0], &f, 5, 50, &e), e);
	qf_features_free(&f);
	assert_ok(qf_catalog_pending(c, 5, false, 0, p, 4, &n, &a, &e), e);
	assert_int_equal(n, 1); /* b */
	assert_ok(qf_catalog_pending(c, 6, false, 0, p, 4, &n, &a, &e), e);
	assert_int_equal(n, 2); /* a newer extractor wants both */
	assert_ok(qf_catalog_pending(c, 5, true, id, p, 4, &n, &a, &e), e);
	assert_int_equal(n, 1); /* all, but only behind a */
	assert_ok(qf_catalog_track(c, id, QF_TRACK_FULL, &a, &t, &back, &e), e);
	assert_ptr_equal(t.features, &back);
	assert_true(back.tempo_bpm == 120.5);
	assert_true(isnan(back.loudness_lufs));
	assert_string_equal(back.key, "C major");
	assert_true(back.embedding[3] == 0.25f);
	assert_int_equal(back.beats_s.n, 1);
	assert_true(back.beats_s.v[0] == 0.5f);
	qf_features_free(&back);
	qf_arena_free(&a);
	qf_catalog_close(c);
}

/* Every allocation of ours fails in turn: no crash, and what was acknowledged is there. */
static void running_out_of_memory_loses_nothing_acknowledged(void **state)
{
	struct qf_catalog *c = open_new();
	struct qf_err e = { 0 };
	int64_t root, id;
	bool clean = false;
	char rel[32];
	(void)state;
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_add_root(c, "/m", &root, &e), e);
	assert_ok(qf_catalog_commit(c, &e), e);
	for (unsigned long n = 1; !clean && n < 500; n++) {
		static const struct qf_tag tags[] = { { "title", "T" }, { "artist", "A" }, { "album", "B" }, { "genre", "G" } };
		struct qf_scanned s = { .root = root, .path = rel, .size = 1, .mtime_ns = 1, .now = 1, .tags = tags, .n_tags = 4 };
		bool is_new, stored;

		snprintf(rel, sizeof rel, "%lu", n);
		qf_alloc_fail_at(n, false);
		stored = qf_catalog_begin(c, &e) == QF_OK && qf_catalog_put_track(c, &s, &id, &is_new, &e) == QF_OK &&
			 qf_catalog_commit(c, &e) == QF_OK;
		clean = stored && qf_alloc_fail_at(0, false) < n;
		qf_alloc_fail_at(0, false);
		qf_catalog_rollback(c);
		snprintf(rel, sizeof rel, "/m/%lu", n);
		assert_ok(qf_catalog_find_path(c, rel, &id, &e), e);
		assert_int_equal(id != 0, stored);
	}
	assert_true(clean);
	assert_ok(qf_catalog_check(c, &e), e);
	qf_catalog_close(c);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, remove_catalog)
	const struct CMUnitTest tests[] = {
		TEST(a_new_catalog_is_private_and_has_a_uuid),
		TEST(a_reader_wants_a_catalog_that_is_there),
		TEST(a_newer_catalog_is_refused_by_all),
		TEST(a_foreign_database_is_left_alone),
		TEST(a_file_that_is_no_database_is_called_damaged),
		TEST(a_second_writer_is_told_that_it_is_busy),
		TEST(a_track_comes_back_as_its_tags_say),
		TEST(a_root_ends_at_a_whole_name),
		TEST(a_root_above_takes_up_the_one_below),
		TEST(a_failure_is_known_until_the_file_or_the_version_changes),
		TEST(features_are_kept_and_what_is_stale_is_pending),
		TEST(running_out_of_memory_loses_nothing_acknowledged),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
