#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "catalog/catalog.h"
#include "catalog/event.h"
#include "catalog/person.h"
#include "catalog/playlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/qfzz-test-XXXXXX", path[64];
static struct qf_catalog *c;

static int open_new(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/qfzz-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/c.db", folder);
	return qf_catalog_open(&c, path, QF_CATALOG_WRITE, 1000, 1, NULL) || qf_catalog_begin(c, NULL);
}

static int close_it(void **state)
{
	char command[128];

	(void)state;
	qf_catalog_rollback(c);
	qf_catalog_close(c);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static int64_t add_user(const char *name)
{
	int64_t id;

	assert_int_equal(qf_catalog_add_user(c, name, &id, NULL), QF_OK);
	return id;
}

/* A version of "road" with one path; returns its number. */
static int64_t keep(int64_t user, int64_t parent, int64_t merged, const char *file)
{
	struct qf_kept_entry entry = { 0, file };
	struct qf_kept k = { .name = "road", .at = 7, .parent = parent, .merged = merged, .how = "{}", .n = 1 };

	assert_int_equal(qf_catalog_keep(c, &k, user, &entry, NULL), QF_OK);
	return k.number;
}

static int64_t ancestor(int64_t a, int64_t b)
{
	int64_t number;

	assert_int_equal(qf_catalog_kept_ancestor(c, "road", a, b, &number, NULL), QF_OK);
	return number;
}

static void versions_are_numbered_and_found_by_number_and_user(void **state)
{
	int64_t ana = add_user("ana"), ben = add_user("ben");
	struct qf_arena a = { 0 };
	struct qf_kept_entry *entries;
	struct qf_kept k;

	(void)state;
	assert_int_equal(keep(ana, 0, 0, "/one"), 1);
	assert_int_equal(keep(ben, 1, 0, "/two\xff"), 2);
	assert_int_equal(qf_catalog_kept(c, "road", 0, 0, &a, &k, NULL), QF_OK);
	assert_int_equal(k.number, 2);
	assert_int_equal(k.parent, 1);
	assert_string_equal(k.user, "ben");
	assert_int_equal(qf_catalog_kept_entries(c, &k, &a, &entries, NULL), QF_OK);
	assert_string_equal(entries[0].path, "/two\xff");
	assert_int_equal(qf_catalog_kept(c, "road", 0, ana, &a, &k, NULL), QF_OK);
	assert_int_equal(k.number, 1);
	assert_int_equal(qf_catalog_kept(c, "road", 3, 0, &a, &k, NULL), QF_ENOTFOUND);
	assert_int_equal(qf_catalog_kept(c, "street", 0, 0, &a, &k, NULL), QF_ENOTFOUND);
	qf_arena_free(&a);
}

static void two_versions_know_where_they_both_come_from(void **state)
{
	(void)state;
	/* 1 - 2 - 4 - 6      4 and 5 are both from 3, too: 4 joins 2 and 3
	 *   \ 3 /- 5          7 stands alone */
	keep(0, 0, 0, "/1");
	keep(0, 1, 0, "/2");
	keep(0, 1, 0, "/3");
	keep(0, 2, 3, "/4");
	keep(0, 3, 0, "/5");
	keep(0, 4, 0, "/6");
	keep(0, 0, 0, "/7");
	assert_int_equal(ancestor(2, 3), 1);
	assert_int_equal(ancestor(6, 5), 3);
	assert_int_equal(ancestor(6, 2), 2); /* one of them itself */
	assert_int_equal(ancestor(4, 4), 4);
	assert_int_equal(ancestor(6, 7), 0);
}

static enum qf_status count(void *arg, const struct qf_kept *k, struct qf_err *e)
{
	(void)k;
	(void)e;
	++*(int *)arg;
	return QF_OK;
}

static int playlists(int64_t user)
{
	int n = 0;

	assert_int_equal(qf_catalog_playlists(c, user, count, &n, NULL), QF_OK);
	return n;
}

static void a_playlist_goes_with_its_last_version(void **state)
{
	int64_t ana = add_user("ana"), ben = add_user("ben"), cid = add_user("cid");

	(void)state;
	keep(ana, 0, 0, "/1");
	keep(ben, 1, 0, "/2");
	assert_int_equal(qf_catalog_forget(c, ben, false, NULL), QF_OK);
	assert_int_equal(playlists(0), 1);
	assert_int_equal(qf_catalog_move_playlists(c, ana, cid, NULL), QF_OK);
	assert_int_equal(playlists(ana), 0);
	assert_int_equal(playlists(cid), 1);
	assert_int_equal(keep(ana, 1, 0, "/3"), 2);
	assert_int_equal(qf_catalog_forget(c, cid, false, NULL), QF_OK);
	assert_int_equal(qf_catalog_forget(c, ana, false, NULL), QF_OK);
	assert_int_equal(playlists(0), 0);
	assert_int_equal(qf_catalog_drop_playlist(c, "road", NULL), QF_ENOTFOUND); /* not even its name is left */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(versions_are_numbered_and_found_by_number_and_user, open_new, close_it),
		cmocka_unit_test_setup_teardown(two_versions_know_where_they_both_come_from, open_new, close_it),
		cmocka_unit_test_setup_teardown(a_playlist_goes_with_its_last_version, open_new, close_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
