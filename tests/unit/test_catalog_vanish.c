/* Files that go and come: moves, reunions, purges, and the log of it all. */
#define _GNU_SOURCE
#include "unit.h"

#include "catalog/catalog.h"
#include "catalog/change.h"
#include "catalog/sql.h"
#include "catalog/track.h"
#include "catalog/vanish.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/qfzz-test-XXXXXX";
static struct qf_catalog *c;
static struct qf_err e;
static int64_t root;

static void name_of(char *to, size_t n, const char *end)
{
	snprintf(to, n, "%s/catalog.db%s", folder, end);
}

static int open_catalog(void **state)
{
	char path[64];
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	name_of(path, sizeof path, "");
	assert_ok(qf_catalog_open(&c, path, QF_CATALOG_WRITE, 0, 1000, &e), e);
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_add_root(c, "/music", &root, &e), e);
	return 0;
}

static int close_catalog(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".writer" };
	char path[64];
	(void)state;
	qf_catalog_close(c);
	for (size_t i = 0; i < 4; i++) {
		name_of(path, sizeof path, ends[i]);
		unlink(path);
	}
	return rmdir(folder);
}

/* A track of three minutes, whose size and time are `looks`, with a recording id or none. */
static int64_t put(const char *path, int64_t looks, const char *mbid, int64_t ms, int64_t now)
{
	struct qf_tag tags[] = { { "title", path }, { "mb_recordingid", mbid } };
	struct qf_scanned s = { .root = root, .path = path, .size = looks, .mtime_ns = looks, .inode = looks, .now = now,
				.tags = tags, .n_tags = mbid ? 2 : 1, .duration_ms = ms };
	int64_t id;
	bool is_new;

	assert_ok(qf_catalog_put_track(c, &s, &id, &is_new, &e), e);
	assert_true(is_new);
	return id;
}

static void is_at(int64_t id, const char *path)
{
	struct qf_arena a = { 0 };
	struct qf_track t;

	assert_ok(qf_catalog_track(c, id, QF_TRACK_BARE, &a, &t, NULL, &e), e);
	assert_string_equal(t.path, path);
	qf_arena_free(&a);
}

static void a_vanished_file_is_known_by_size_and_time_then_by_inode(void **state)
{
	int64_t a = put("a", 10, NULL, 0, 1), found;
	bool same, any;
	(void)state;
	assert_ok(qf_catalog_any_missing(c, &any, &e), e);
	assert_false(any);
	assert_ok(qf_catalog_find_vanished(c, &(struct qf_looks){ 10, 10, 10, 0 }, &found, &same, &e), e);
	assert_int_equal(found, 0); /* it is there */
	assert_ok(qf_catalog_set_missing(c, a, 5, &e), e);
	assert_ok(qf_catalog_any_missing(c, &any, &e), e);
	assert_true(any);
	assert_ok(qf_catalog_find_vanished(c, &(struct qf_looks){ 10, 10, 77, 0 }, &found, &same, &e), e);
	assert_true(found == a && same);
	assert_ok(qf_catalog_find_vanished(c, &(struct qf_looks){ 10, 10, 77, 99 }, &found, &same, &e), e);
	assert_true(found == a && !same); /* its lyrics are not those that went: to be read again */
	assert_ok(qf_catalog_find_vanished(c, &(struct qf_looks){ 10, 11, 10, 0 }, &found, &same, &e), e);
	assert_true(found == a && !same); /* touched: to be read again */
	assert_ok(qf_catalog_find_vanished(c, &(struct qf_looks){ 11, 11, 10, 0 }, &found, &same, &e), e);
	assert_int_equal(found, 0);
	assert_ok(qf_catalog_move(c, a, root, "b", 77, 6, &e), e);
	is_at(a, "/music/b");
	assert_ok(qf_catalog_any_missing(c, &any, &e), e);
	assert_false(any);
}

static void two_that_look_alike_are_not_guessed(void **state)
{
	int64_t a = put("a", 10, NULL, 0, 1), b = put("b", 10, NULL, 0, 1), found;
	bool same;
	(void)state;
	assert_ok(qf_catalog_set_missing(c, a, 5, &e), e);
	assert_ok(qf_catalog_set_missing(c, b, 5, &e), e);
	assert_ok(qf_catalog_find_vanished(c, &(struct qf_looks){ 10, 10, 10, 0 }, &found, &same, &e), e);
	assert_int_equal(found, 0);
}

static void a_recording_within_a_second_is_the_same_track(void **state)
{
	int64_t a = put("a", 10, "r", 180000, 1), n;
	size_t pairs;
	(void)state;
	assert_ok(qf_catalog_set_missing(c, a, 5, &e), e);
	n = put("b", 20, "r", 181001, 5); /* 1001 ms longer: another take */
	assert_ok(qf_catalog_count_reunitable(c, 0, &pairs, &e), e);
	assert_int_equal(pairs, 0);
	put("c", 30, "r", 181000, 5);
	assert_ok(qf_catalog_count_reunitable(c, 0, &pairs, &e), e);
	assert_int_equal(pairs, 1);
	assert_ok(qf_catalog_reunite(c, 0, &pairs, &e), e);
	assert_int_equal(pairs, 1);
	is_at(a, "/music/c");
	is_at(n, "/music/b");
	assert_ok(qf_catalog_check(c, &e), e);
}

static int64_t ask(const char *sql)
{
	sqlite3_stmt *s;
	int64_t n;

	assert_ok(qf_sql_prepare(c, sql, &s, &e), e);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* Tables that came later are in it by themselves: `later` stands for them. */
static void a_reunion_takes_along_all_that_refers_to_a_track(void **state)
{
	int64_t a = put("a", 10, "r", 180000, 1), b;
	size_t pairs;
	(void)state;
	assert_ok(qf_catalog_set_missing(c, a, 5, &e), e);
	b = put("b", 20, "r", 180000, 5);
	assert_true(a == 1 && b == 2);
	assert_ok(qf_sql_exec(c,
		"CREATE TABLE later (track_id INTEGER NOT NULL REFERENCES track, what TEXT, PRIMARY KEY (track_id, what)) STRICT, WITHOUT ROWID;"
		"INSERT INTO later VALUES (1, 'old'), (1, 'both'), (2, 'both'), (2, 'new');"
		"INSERT INTO user (id, name) VALUES (1, 'me'), (2, 'you');"
		"INSERT INTO event (uid, user_id, at, action, source, track_id) VALUES (X'01', 1, 100, 'play', 'x', 1), (X'02', 1, 200, 'play', 'x', 2),"
		" (X'03', 1, 300, 'play', 'x', 2), (X'04', 2, 50, 'play', 'x', 1);"
		"INSERT INTO event_copy (uid, event_id, at, action, source, derived, precision_s) VALUES (X'05', 2, 200, 'play', 'y', 0, 0);"
		"INSERT INTO dataset (id, name, added_at) VALUES (1, 'd', 1), (2, 'e', 1); INSERT INTO dataset_track VALUES (1, 1), (1, 2), (2, 2);"
		"INSERT INTO features (track_id, version, at, size, mtime_ns, audio_id) VALUES (1, 1, 1, 10, 10, 'old'), (2, 1, 1, 20, 20, 'new');"
		"INSERT INTO failure (stage, root_id, path, track_id, class, message, size, mtime_ns, version, at)"
		" SELECT 'features', root_id, path, id, 'damaged', CAST(path AS TEXT), 1, 1, 1, 1 FROM track", &e), e);
	assert_ok(qf_catalog_reunite(c, 0, &pairs, &e), e);
	assert_int_equal(pairs, 1);
	is_at(a, "/music/b");
	assert_int_equal(ask("SELECT count(*) FROM track"), 1);
	assert_int_equal(ask("SELECT group_concat(what) = 'both,new,old' FROM (SELECT what FROM later WHERE track_id = 1 ORDER BY what)"), 1);
	assert_int_equal(ask("SELECT count(*) FROM event WHERE track_id = 1"), 4);
	assert_int_equal(ask("SELECT count(*) FROM event_copy"), 1);
	assert_int_equal(ask("SELECT unsettled_from FROM user WHERE id = 1"), 200); /* from where the order tells something else */
	assert_int_equal(ask("SELECT unsettled_from IS NULL FROM user WHERE id = 2"), 1);
	assert_int_equal(ask("SELECT sum(dataset_id) FROM dataset_track WHERE track_id = 1"), 3);
	assert_int_equal(ask("SELECT audio_id = 'new' FROM features WHERE track_id = 1"), 1); /* of the file that is there */
	assert_int_equal(ask("SELECT message = 'b' FROM failure WHERE track_id = 1"), 1);
	assert_int_equal(ask("SELECT value = 'b' FROM tag JOIN tag_key k ON k.id = key_id WHERE track_id = 1 AND k.name = 'title'"), 1);
	assert_int_equal(ask("SELECT (SELECT count(*) FROM later) + (SELECT count(*) FROM features) + (SELECT count(*) FROM failure)"), 5);
	assert_ok(qf_catalog_check(c, &e), e);
}

static void an_older_copy_is_no_move(void **state)
{
	int64_t a = put("a", 10, "r", 180000, 1);
	size_t pairs;
	(void)state;
	put("b", 20, "r", 180000, 1);
	assert_ok(qf_catalog_set_missing(c, a, 5, &e), e);
	assert_ok(qf_catalog_count_reunitable(c, 2, &pairs, &e), e);
	assert_int_equal(pairs, 0);
}

static enum qf_status take_change(void *user, const struct qf_change *ch, struct qf_err *err)
{
	static const char marks[] = { [QF_CHANGE_ADDED] = '+', [QF_CHANGE_UPDATED] = '~', [QF_CHANGE_REMOVED] = '-' };
	char *to = user;

	(void)err;
	sprintf(to + strlen(to), "%c%d ", marks[ch->kind], (int)ch->track);
	return QF_OK;
}

static void expect_changes(int64_t since, const char *text)
{
	char out[256] = "";

	assert_ok(qf_catalog_changes(c, since, take_change, out, &e), e);
	assert_string_equal(out, text);
}

static void every_change_is_told_once_and_in_its_order(void **state)
{
	int64_t a = put("a", 10, NULL, 0, 100), b = put("b", 20, NULL, 0, 100), seq, purged; /* changes 1 and 2 */
	(void)state;
	expect_changes(0, "+1 +2 ");
	assert_ok(qf_catalog_move(c, a, root, "c", 1, 200, &e), e); /* 3 */
	expect_changes(0, "+2 +1 ");
	expect_changes(2, "~1 ");
	assert_ok(qf_catalog_set_missing(c, b, 300, &e), e); /* 4 */
	expect_changes(2, "~1 -2 ");
	assert_ok(qf_catalog_change_before(c, 300, &seq, &e), e);
	assert_int_equal(seq, 3);
	assert_ok(qf_catalog_set_found(c, b, 400, &e), e); /* 5 */
	expect_changes(4, "+2 ");
	assert_ok(qf_catalog_set_missing(c, b, 500, &e), e); /* 6 */
	assert_ok(qf_catalog_purge(c, 499, &purged, &e), e);
	assert_int_equal(purged, 0);
	assert_ok(qf_catalog_purge(c, 500, &purged, &e), e);
	assert_int_equal(purged, 1);
	expect_changes(5, "-2 "); /* it was told already */
	expect_changes(6, "");
	assert_ok(qf_catalog_change_before(c, 501, &seq, &e), e);
	assert_int_equal(seq, 6);
}

static void a_relocated_root_takes_those_within_it_along(void **state)
{
	int64_t other, n, id = put("a", 10, NULL, 0, 1);
	(void)state;
	assert_ok(qf_catalog_add_root(c, "/other", &other, &e), e);
	assert_int_equal(qf_catalog_relocate(c, "/music", "/other/in", &n, &e), QF_EINVAL);
	qf_catalog_rollback(c); /* as its callers do after an error */
	assert_ok(qf_catalog_begin(c, &e), e);
	assert_ok(qf_catalog_add_root(c, "/m/x", &root, &e), e);
	id = put("a", 10, NULL, 0, 1);
	assert_int_equal(qf_catalog_relocate(c, "/nowhere", "/new", &n, &e), QF_ENOTFOUND);
	assert_ok(qf_catalog_relocate(c, "/m", "/new/m", &n, &e), e);
	assert_int_equal(n, 1);
	is_at(id, "/new/m/x/a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_vanished_file_is_known_by_size_and_time_then_by_inode, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(two_that_look_alike_are_not_guessed, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(a_recording_within_a_second_is_the_same_track, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(a_reunion_takes_along_all_that_refers_to_a_track, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(an_older_copy_is_no_move, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(every_change_is_told_once_and_in_its_order, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(a_relocated_root_takes_those_within_it_along, open_catalog, close_catalog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
