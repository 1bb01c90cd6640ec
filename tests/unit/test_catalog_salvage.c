/* Repair and migration of a catalog while memory runs out, SQLite's too: it ends well or leaves the file as it was, and (under
 * AddressSanitizer) nothing leaks. What it recovers is the matter of tests/cli/doctor.bats and tests/fault/damage.sh. */
#define _GNU_SOURCE
#include "unit.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "catalog/catalog.h"
#include "catalog/doctor.h"
#include "catalog/sql.h"

#include <dirent.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/qfzz-test-XXXXXX";

static const char *name_of(const char *end)
{
	static char name[128];

	snprintf(name, sizeof name, "%s/catalog.db%s", folder, end);
	return name;
}

static void empty_folder(void)
{
	DIR *d = opendir(folder);
	struct dirent *f;
	char name[512];

	while (d && (f = readdir(d)) != NULL) {
		snprintf(name, sizeof name, "%s/%s", folder, f->d_name);
		if (f->d_name[0] != '.')
			unlink(name);
	}
	closedir(d);
}

/* ---- SQLite's memory is ours, so that it can fail --------------------------------------------------- */

static void *get(int n) { return qf_alloc(1, (size_t)n); }
static void *get_more(void *p, int n) { return qf_realloc(p, 1, (size_t)n); }
static int size_of(void *p) { return (int)malloc_usable_size(p); }
static int round_up(int n) { return (n + 7) & ~7; }
static int begin(void *p) { (void)p; return SQLITE_OK; }
static void end(void *p) { (void)p; }

static int make_folder(void **state)
{
	static sqlite3_mem_methods ours = { get, qf_free, get_more, size_of, round_up, begin, end, NULL };
	(void)state;
	return sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) == SQLITE_OK && mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	empty_folder();
	return rmdir(folder);
}

static enum qf_status keep_quiet(void *user, const struct qf_finding *f, struct qf_err *e)
{
	(void)user;
	(void)f;
	(void)e;
	return QF_OK;
}

static const struct qf_doctor doctor = { .report = keep_quiet, .now = 1000, .quick = true };

/* A catalog of 300 tracks without its first page, as bytes. */
static void make_damaged(struct qf_buf *out)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };

	assert_ok(qf_catalog_open(&c, name_of(""), QF_CATALOG_WRITE, 0, 1, &e), e);
	assert_ok(qf_sql_exec(c, "INSERT INTO root VALUES (1, X'2F6D');"
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
		"INSERT INTO track (root_id, path, size, mtime_ns, inode, added_at, updated_at, title)"
		" SELECT 1, CAST(i AS BLOB), 1, 1, 1, 1, 1, 'Title ' || i FROM n; PRAGMA wal_checkpoint(TRUNCATE)", &e), e);
	qf_catalog_close(c);
	assert_ok(qf_file_read(name_of(""), out, 1 << 24, &e), e);
	memset(out->p, 0x55, 4096);
}

static int64_t count_tracks(void)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	sqlite3_stmt *s;
	int64_t n;

	assert_ok(qf_catalog_open(&c, name_of(""), QF_CATALOG_READ, 0, 1, &e), e);
	assert_ok(qf_catalog_check(c, &e), e);
	assert_ok(qf_sql_prepare(c, "SELECT count(*) FROM track", &s, &e), e);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	qf_catalog_close(c);
	return n;
}

static void repair_without_memory_leaves_the_file_or_mends_it(void **state)
{
	struct qf_buf damaged = { 0 }, now = { 0 };
	struct qf_err e = { 0 };
	unsigned long total, step;
	enum qf_status rc;
	(void)state;
	make_damaged(&damaged);
	assert_ok(qf_file_replace(name_of(""), damaged.p, damaged.len, NULL, &e), e);
	qf_alloc_fail_at(ULONG_MAX, false); /* only counts */
	assert_ok(qf_doctor_repair(name_of(""), &doctor, &e), e);
	total = qf_alloc_fail_at(0, false);
	assert_true(total > 1000);
	assert_int_equal(count_tracks(), 300);
	step = total / 120 + 1;
	for (unsigned long n = 1; n <= total; n += step) {
		empty_folder();
		e = (struct qf_err){ 0 };
		assert_ok(qf_file_replace(name_of(""), damaged.p, damaged.len, NULL, &e), e);
		qf_alloc_fail_at(n, n % 2);
		rc = qf_doctor_repair(name_of(""), &doctor, &e);
		qf_alloc_fail_at(0, false);
		if (rc == QF_OK) {
			assert_int_equal(count_tracks(), 300); /* SQLite does without, here and there */
			continue;
		}
		assert_int_equal(rc, QF_ENOMEM);
		qf_buf_clear(&now);
		assert_ok(qf_file_read(name_of(""), &now, 1 << 24, &e), e);
		assert_true(now.len == damaged.len && memcmp(now.p, damaged.p, now.len) == 0);
	}
	qf_buf_free(&damaged);
	qf_buf_free(&now);
}

/* From the first version, by way of a backup. */
static void migration_without_memory_ends_old_or_new(void **state)
{
	struct qf_buf old = { 0 };
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	unsigned long total, step, whole = 0;
	(void)state;
	empty_folder();
	assert_ok(qf_sql_create(&c, name_of(""), 1, 0, 1, &e), e);
	assert_ok(qf_sql_exec(c, "INSERT INTO root VALUES (1, X'2F6D'); INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at,"
		" updated_at, title) VALUES (7, 1, X'61', 1, 1, 1, 1, 1, 'T'); PRAGMA wal_checkpoint(TRUNCATE)", &e), e);
	qf_catalog_close(c);
	assert_ok(qf_file_read(name_of(""), &old, 1 << 24, &e), e);
	qf_alloc_fail_at(ULONG_MAX, false);
	assert_ok(qf_catalog_open(&c, name_of(""), QF_CATALOG_WRITE, 0, 1, &e), e);
	total = qf_alloc_fail_at(0, false);
	qf_catalog_close(c);
	assert_true(total > 1000);
	step = total / 60 + 1;
	for (unsigned long n = 1; n <= total; n += step) {
		enum qf_status rc;

		empty_folder();
		e = (struct qf_err){ 0 };
		assert_ok(qf_file_replace(name_of(""), old.p, old.len, NULL, &e), e);
		qf_alloc_fail_at(n, n % 2);
		rc = qf_catalog_open(&c, name_of(""), QF_CATALOG_WRITE, 0, 1, &e);
		qf_alloc_fail_at(0, false);
		qf_catalog_close(c);
		assert_true(rc == QF_OK || rc == QF_ENOMEM);
		whole += access(name_of(".backup-v1"), F_OK) == 0;
		assert_true(access(name_of(".backup-v1.part"), F_OK) != 0);
		assert_ok(qf_catalog_open(&c, name_of(""), QF_CATALOG_WRITE, 0, 1, &e), e); /* the next one ends it */
		qf_catalog_close(c);
		assert_int_equal(count_tracks(), 1);
	}
	assert_true(whole > 10); /* most failed behind the backup */
	qf_buf_free(&old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repair_without_memory_leaves_the_file_or_mends_it),
		cmocka_unit_test(migration_without_memory_ends_old_or_new),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
