/* Models in the catalog: what is stored comes back, what is damaged is told. */
#include "base/alloc.h"
#include "catalog/learn.h"
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
#include <unistd.h>

#include <cmocka.h>

static char path[64];
static struct qf_catalog *c;

static int open_catalog(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	snprintf(path, sizeof path, "/tmp/qfzz-learn-%ld.db", (long)getpid());
	return qf_catalog_open(&c, path, QF_CATALOG_WRITE, 1000, 1700000000, &e) != QF_OK;
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

static int64_t put_model(const char *kind)
{
	struct qf_model_row m = { .created_at = 5, .seed = 7, .kind = kind, .params = "{}", .data_hash = "ab", .metrics = "{}" };
	struct qf_err e = { 0 };

	assert_int_equal(qf_catalog_put_model(c, &m, &e), QF_OK);
	return m.id;
}

static void vectors_come_back_over_page_ends(void **state)
{
	enum { N = 5000, K = 3, STRIDE = 16 };
	float *v = qf_zalloc(N * STRIDE, sizeof *v);
	int64_t *id = qf_alloc(N, sizeof *id), model;
	struct qf_vectors back;
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < N; i++) {
		id[i] = (int64_t)(3 * i + 1);
		for (size_t j = 0; j < K; j++)
			v[i * STRIDE + j] = (float)(i * K + j);
	}
	assert_int_equal(qf_catalog_begin(c, &e), QF_OK);
	model = put_model("ials");
	assert_int_equal(qf_catalog_put_vectors(c, model, "track", id, v, N, K, STRIDE, &e), QF_OK);
	assert_int_equal(qf_catalog_commit(c, &e), QF_OK);
	assert_int_equal(qf_catalog_vectors(c, model, "track", &back, &e), QF_OK);
	assert_int_equal(back.n, N);
	assert_int_equal(back.k, K);
	assert_memory_equal(back.id, id, N * sizeof *id);
	for (size_t i = 0; i < N * K; i++)
		assert_true(back.v[i] == (float)i);
	qf_vectors_free(&back);
	assert_int_equal(qf_catalog_vectors(c, model, "nothing", &back, &e), QF_OK);
	assert_int_equal(back.n, 0);
	qf_free(v);
	qf_free(id);
}

static void a_few_vectors_are_found_without_the_others(void **state)
{
	enum { N = 1000 };
	static const int64_t wanted[] = { -4, 1, 2, 384, 385, 1500, 2998, 2999, 9000 }; /* numbers are 1, 4, 7 to 2998 */
	static const int64_t there[] = { 1, 385, 2998 };
	float *v = qf_zalloc(N, sizeof *v);
	int64_t *id = qf_alloc(N, sizeof *id), model;
	struct qf_vectors back;
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < N; i++) {
		id[i] = (int64_t)(3 * i + 1);
		v[i] = (float)i;
	}
	assert_int_equal(qf_catalog_begin(c, &e), QF_OK);
	model = put_model("ials");
	assert_int_equal(qf_catalog_put_vectors(c, model, "track", id, v, N, 1, 1, &e), QF_OK);
	assert_int_equal(qf_catalog_commit(c, &e), QF_OK);
	assert_int_equal(qf_catalog_vectors_of(c, model, "track", wanted, sizeof wanted / sizeof *wanted, &back, &e), QF_OK);
	assert_int_equal(back.n, 3);
	assert_memory_equal(back.id, there, sizeof there);
	for (size_t i = 0; i < 3; i++)
		assert_true(back.v[i] == (float)((there[i] - 1) / 3));
	qf_vectors_free(&back);
	assert_int_equal(qf_catalog_vectors_of(c, model, "nothing", wanted, 3, &back, &e), QF_OK);
	assert_int_equal(back.n, 0);
	qf_free(v);
	qf_free(id);
}

static enum qf_status count_page(void *arg, const int64_t *id, size_t n, const void *bytes, size_t len, struct qf_err *e)
{
	size_t *pages = arg;

	(void)e;
	assert_int_equal(id[0], 10 + 5 * (int64_t)*pages);
	assert_int_equal(n, 2);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "abc", 3);
	++*pages;
	return QF_OK;
}

static void pages_of_bytes_come_back_in_order_and_go(void **state)
{
	struct qf_err e = { 0 };
	size_t pages = 0;
	int64_t model;

	(void)state;
	assert_int_equal(qf_catalog_begin(c, &e), QF_OK);
	model = put_model("ials");
	assert_int_equal(qf_catalog_put_page(c, model, "codes", (int64_t[]){ 15, 16 }, 2, "abc", 3, &e), QF_OK);
	assert_int_equal(qf_catalog_put_page(c, model, "codes", (int64_t[]){ 10, 14 }, 2, "abc", 3, &e), QF_OK);
	assert_int_equal(qf_catalog_commit(c, &e), QF_OK);
	assert_int_equal(qf_catalog_pages(c, model, "codes", count_page, &pages, &e), QF_OK);
	assert_int_equal(pages, 2);
	assert_int_equal(qf_catalog_begin(c, &e), QF_OK);
	assert_int_equal(qf_catalog_drop_pages(c, model, "codes", &e), QF_OK);
	assert_int_equal(qf_catalog_commit(c, &e), QF_OK);
	assert_int_equal(qf_catalog_pages(c, model, "codes", count_page, &pages, &e), QF_OK);
	assert_int_equal(pages, 2);
}

static void damaged_pages_are_told(void **state)
{
	static const char *const damage[] = {
		"UPDATE factor SET vectors = X'0000'",             /* no whole number of floats */
		"UPDATE factor SET ids = X'00'",                   /* no whole number of ids */
		"UPDATE factor SET vectors = X'0000C07F0000C07F'", /* NaN */
	};
	const int64_t id[] = { 1, 2 };
	const float v[] = { 1, 2 };
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
		struct qf_vectors back;
		int64_t model;

		assert_int_equal(qf_catalog_begin(c, &e), QF_OK);
		model = put_model("ials");
		assert_int_equal(qf_catalog_put_vectors(c, model, "track", id, v, 2, 1, 1, &e), QF_OK);
		assert_int_equal(qf_sql_exec(c, damage[i], &e), QF_OK);
		assert_int_equal(qf_catalog_commit(c, &e), QF_OK);
		assert_int_equal(qf_catalog_vectors(c, model, "track", &back, &e), QF_ECORRUPT);
		qf_vectors_free(&back);
	}
}

static void a_page_is_as_long_as_one_of_the_file(void **state)
{
	/* A row of 64 floats and its number are 264 bytes: 14 of them are 3,696, and 30 are three pages. One of 2,000 floats
	 * is longer than a page, and one all the same. */
	static const struct { size_t n, k; int64_t pages; } matrix[] = { { 30, 64, 3 }, { 2, 2000, 2 }, { 128, 1, 1 } };
	static float v[128 * 64];
	int64_t id[128], pages;
	struct qf_err e = { 0 };

	(void)state;
	for (int64_t i = 0; i < 128; i++)
		id[i] = i + 1;
	for (size_t i = 0; i < sizeof matrix / sizeof *matrix; i++) {
		int64_t model;

		assert_int_equal(qf_catalog_begin(c, &e), QF_OK);
		model = put_model("ials");
		assert_int_equal(qf_catalog_put_vectors(c, model, "track", id, v, matrix[i].n, matrix[i].k, matrix[i].k, &e), QF_OK);
		assert_int_equal(qf_catalog_commit(c, &e), QF_OK);
		assert_int_equal(qf_sql_number(c, "SELECT count(*) FROM factor WHERE model_id = ?1", model, 0, &pages, &e), QF_OK);
		assert_int_equal(pages, matrix[i].pages);
	}
}

static void a_page_of_another_width_is_damage(void **state)
{
	/* Number 3 is looked for in the first page, and not found there: it still says how wide the rows are. */
	const int64_t wanted[] = { 3, 5 };
	const float wide[] = { 1, 2, 3, 4 };
	struct qf_vectors back;
	struct qf_err e = { 0 };
	int64_t model;

	(void)state;
	assert_int_equal(qf_catalog_begin(c, &e), QF_OK);
	model = put_model("ials");
	assert_int_equal(qf_catalog_put_page(c, model, "track", (int64_t[]){ 1, 4 }, 2, wide, 2 * sizeof *wide, &e), QF_OK);
	assert_int_equal(qf_catalog_put_page(c, model, "track", (int64_t[]){ 5, 6 }, 2, wide, 4 * sizeof *wide, &e), QF_OK);
	assert_int_equal(qf_catalog_commit(c, &e), QF_OK);
	assert_int_equal(qf_catalog_vectors_of(c, model, "track", wanted, 2, &back, &e), QF_ECORRUPT);
	qf_vectors_free(&back);
	assert_int_equal(qf_catalog_vectors(c, model, "track", &back, &e), QF_ECORRUPT);
	qf_vectors_free(&back);
	assert_int_equal(qf_catalog_vectors_of(c, model, "track", wanted + 1, 1, &back, &e), QF_OK);
	assert_int_equal(back.k, 2);
	assert_true(back.v[0] == 1 && back.v[1] == 2);
	qf_vectors_free(&back);
}

static void the_newest_model_counts_and_three_are_kept(void **state)
{
	struct qf_arena a = { 0 };
	struct qf_model_row m;
	struct qf_err e = { 0 };
	int64_t last = 0;

	(void)state;
	assert_int_equal(qf_catalog_model(c, &m, &a, &e), QF_OK);
	assert_int_equal(m.id, 0);
	assert_int_equal(qf_catalog_begin(c, &e), QF_OK);
	for (int i = 0; i < 5; i++)
		last = put_model(i == 4 ? "sound" : "ials");
	assert_int_equal(qf_catalog_commit(c, &e), QF_OK);
	assert_int_equal(qf_catalog_model(c, &m, &a, &e), QF_OK);
	assert_int_equal(m.id, last);
	assert_string_equal(m.kind, "sound");
	assert_int_equal(m.seed, 7);
	assert_string_equal(m.data_hash, "ab");
	qf_arena_free(&a);
}

struct seen {
	size_t n;
	int64_t at[4];
};

static enum qf_status note(void *arg, const struct qf_act_row *a, struct qf_err *e)
{
	struct seen *s = arg;

	(void)e;
	assert_string_equal(a->action, "play");
	s->at[s->n++] = a->at;
	return QF_OK;
}

static void acts_come_by_user_and_time_and_only_with_a_track(void **state)
{
	struct qf_library lib;
	struct seen all = { 0 }, one = { 0 };
	struct qf_err e = { 0 };
	int64_t user;

	(void)state;
	assert_int_equal(qf_sql_exec(c, "INSERT INTO root VALUES (1, X'2F'); INSERT INTO user (id, name) VALUES (1, 'a'), (2, 'b');"
					"INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at, missing_since)"
					" VALUES (3, 1, X'61', 1, 1, 1, 1, 1, NULL), (9, 1, X'62', 1, 1, 1, 1, 1, 5);"
					"INSERT INTO event (uid, user_id, at, action, source, track_id) VALUES"
					" (X'01', 2, 10, 'play', 's', 3), (X'02', 1, 30, 'play', 's', 9), (X'03', 1, 20, 'play', 's', 3),"
					" (X'04', 1, 25, 'play', 's', NULL)", &e), QF_OK);
	assert_int_equal(qf_catalog_acts(c, 0, note, &all, &e), QF_OK);
	assert_int_equal(all.n, 3);
	assert_int_equal(all.at[0], 20);
	assert_int_equal(all.at[1], 30);
	assert_int_equal(all.at[2], 10);
	assert_int_equal(qf_catalog_user(c, "b", &user, &e), QF_OK);
	assert_int_equal(user, 2);
	assert_int_equal(qf_catalog_acts(c, user, note, &one, &e), QF_OK);
	assert_int_equal(one.n, 1);
	assert_int_equal(qf_catalog_user(c, "nobody", &user, &e), QF_OK);
	assert_int_equal(user, 0);
	assert_int_equal(qf_catalog_library(c, &lib, &e), QF_OK);
	assert_int_equal(lib.n, 2);
	assert_int_equal(lib.n_sounds, 0);
	assert_false(lib.missing[0]);
	assert_true(lib.missing[1]);
	assert_int_equal(qf_library_find(&lib, 9), 1);
	assert_true(qf_library_find(&lib, 4) == SIZE_MAX);
	qf_library_free(&lib);
}

struct told {
	char text[256];
};

static enum qf_status see_user(void *arg, int64_t id, const char *name, struct qf_err *e)
{
	struct told *s = arg;

	(void)e;
	snprintf(s->text + strlen(s->text), sizeof s->text - strlen(s->text), "%lld %s;", (long long)id, name);
	return QF_OK;
}

static enum qf_status see_style(void *arg, int64_t track, const char *genre, int year, struct qf_err *e)
{
	struct told *s = arg;

	(void)e;
	snprintf(s->text + strlen(s->text), sizeof s->text - strlen(s->text), "%lld %s %d;", (long long)track, genre ? genre : "-", year);
	return QF_OK;
}

static void users_come_by_name_and_styles_by_track(void **state)
{
	struct told users = { "" }, styles = { "" };
	struct qf_err e = { 0 };
	sqlite3_stmt *s;

	(void)state;
	for (int i = 0; i < 5; i++) {
		static const char *const rows[] = {
			"INSERT INTO root VALUES (1, x'2f')", "INSERT INTO user (id, name) VALUES (1, 'zoe'), (2, 'Ann'), (3, 'ann')",
			"INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at) VALUES (7, 1, x'61', 1, 1, 1, 1, 1)",
			"UPDATE track SET genre = 'Rock; Pop', year = 1987",
			"INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at) VALUES (9, 1, x'62', 1, 1, 1, 1, 1)",
		};

		assert_int_equal(qf_sql(c, rows[i], &s, &e), QF_OK);
		assert_int_equal(qf_sql_run(c, s, &e), QF_OK);
	}
	assert_int_equal(qf_catalog_users(c, see_user, &users, &e), QF_OK);
	assert_string_equal(users.text, "2 Ann;3 ann;1 zoe;");
	assert_int_equal(qf_catalog_styles(c, see_style, &styles, &e), QF_OK);
	assert_string_equal(styles.text, "7 Rock; Pop 1987;9 - 0;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(vectors_come_back_over_page_ends, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(a_few_vectors_are_found_without_the_others, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(pages_of_bytes_come_back_in_order_and_go, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(damaged_pages_are_told, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(a_page_is_as_long_as_one_of_the_file, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(a_page_of_another_width_is_damage, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(the_newest_model_counts_and_three_are_kept, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(users_come_by_name_and_styles_by_track, open_catalog, close_catalog),
		cmocka_unit_test_setup_teardown(acts_come_by_user_and_time_and_only_with_a_track, open_catalog, close_catalog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
