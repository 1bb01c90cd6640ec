/* Pages of an SQLite file, laid out by hand after https://www.sqlite.org/fileformat2.html. */
#define _GNU_SOURCE
#include "unit.h"

#include "catalog/cells.h"

#include <string.h>

enum { SIZE = 512 };

static uint8_t page[SIZE];

/* A leaf of a table with these cells at 480 and 496. */
static void lay_leaf(const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n)
{
	static const uint8_t head[] = { 13, 0, 0, 0, 2, 1, 224, 0, 1, 224, 1, 240 }; /* 2 cells, at 480 and 496 */

	memset(page, 0, sizeof page);
	memcpy(page, head, sizeof head);
	memcpy(page + 480, a, a_n);
	memcpy(page + 496, b, b_n);
}

static void a_leaf_gives_its_records(void **state)
{
	/* payload 8, row 7: header of 5 bytes: NULL, one byte, text of 2, the constant 1 */
	static const uint8_t a[] = { 8, 7, 5, 0, 1, 17, 9, 0xfe, 'h', 'i' };
	/* payload 11, row 129 (two bytes): header of 3: blob of 0, a real */
	static const uint8_t b[] = { 11, 0x81, 1, 3, 12, 7, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0 };
	struct qf_page h;
	struct qf_cell c;
	struct qf_value v[4];
	(void)state;
	lay_leaf(a, sizeof a, b, sizeof b);
	assert_true(qf_page_read(&h, page, SIZE, false));
	assert_true(h.kind == QF_PAGE_TABLE_LEAF && h.cells == 2 && h.right == 0);
	assert_true(qf_page_cell(&h, 0, &c));
	assert_true(c.rowid == 7 && c.payload == 8 && c.here_n == 8 && c.overflow == 0);
	assert_int_equal(qf_record_read(c.here, c.here_n, c.payload, v, 4), 4);
	assert_int_equal(v[0].type, 0);
	assert_int_equal(qf_value_int(&v[1]), -2);
	assert_true(v[2].n == 2 && memcmp(v[2].p, "hi", 2) == 0);
	assert_int_equal(qf_value_int(&v[3]), 1);
	assert_int_equal(qf_record_read(c.here, c.here_n, c.payload, v, 3), -1); /* more than may be */
	assert_true(qf_page_cell(&h, 1, &c));
	assert_int_equal(c.rowid, 129);
	assert_int_equal(qf_record_read(c.here, c.here_n, c.payload, v, 4), 2);
	assert_true(v[0].n == 0 && qf_value_real(&v[1]) == 1.5);
}

static void a_long_record_stands_here_in_part(void **state)
{
	/* payload 600 of 512-byte pages: 39 + (600 - 39) mod 508 = 92 bytes are here, then the number of a page */
	static const uint8_t head[] = { 13, 0, 0, 0, 1, 0, 100, 0, 0, 100 }, cell[] = { 0x84, 0x58, 1, 3, 0, 0x89, 0x35 };
	struct qf_page h;
	struct qf_cell c;
	struct qf_value v[4];
	(void)state;
	memset(page, 0, sizeof page);
	memcpy(page, head, sizeof head);
	memcpy(page + 100, cell, sizeof cell);
	page[100 + 3 + 92 + 3] = 9;
	assert_true(qf_page_read(&h, page, SIZE, false) && qf_page_cell(&h, 0, &c));
	assert_true(c.payload == 600 && c.here_n == 92 && c.overflow == 9);
	page[103] = 4; /* header of 4 bytes: NULL and a text of (1205 - 13) / 2 = 596 */
	assert_int_equal(qf_record_read(c.here, c.here_n, c.payload, v, 4), 2);
	assert_true(v[1].n == 596 && v[1].p == NULL); /* known, but not all here */
}

static void inner_pages_give_their_children(void **state)
{
	static const uint8_t head[] = { 5, 0, 0, 0, 1, 1, 250, 0, 0, 0, 0, 4, 1, 250 }, cell[] = { 0, 0, 0, 3, 50 };
	struct qf_page h;
	struct qf_cell c;
	(void)state;
	memset(page, 0, sizeof page);
	memcpy(page, head, sizeof head);
	memcpy(page + 506, cell, sizeof cell);
	assert_true(qf_page_read(&h, page, SIZE, false) && qf_page_cell(&h, 0, &c));
	assert_true(h.right == 4 && c.left == 3 && c.payload == 0);
}

static void what_does_not_lie_within_is_refused(void **state)
{
	static const uint8_t whole[] = { 4, 1, 3, 1, 1, 5, 6 };
	static const struct { uint8_t p[6]; uint64_t whole; } bad[] = {
		{ { 9, 1, 1 }, 6 },          /* a header longer than the record */
		{ { 0, 1, 1 }, 6 },          /* or shorter than itself */
		{ { 3, 6, 1 }, 6 },          /* values longer than the rest */
		{ { 3, 10, 1 }, 6 },         /* a type that is none */
		{ { 3, 1, 0 }, 6 },          /* bytes that belong to no value */
		{ { 2, 0xff, 0xff }, 6 },    /* a type that does not end in the header */
	};
	struct qf_page h;
	struct qf_cell c;
	struct qf_value v[4];
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(qf_record_read(bad[i].p, sizeof bad[i].p, bad[i].whole, v, 4), -1);
	lay_leaf(whole, sizeof whole, whole, sizeof whole);
	assert_true(qf_page_read(&h, page, SIZE, false) && qf_page_cell(&h, 0, &c) && qf_page_cell(&h, 1, &c));
	page[9] = 5; /* a place within the list of places */
	page[8] = 0;
	assert_false(qf_page_cell(&h, 0, &c));
	page[496] = 100; /* longer than what is left */
	assert_false(qf_page_cell(&h, 1, &c));
	page[3] = 255; /* more cells than there is room for */
	assert_false(qf_page_read(&h, page, SIZE, false));
	page[0] = 7;
	assert_false(qf_page_read(&h, page, SIZE, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leaf_gives_its_records),
		cmocka_unit_test(a_long_record_stands_here_in_part),
		cmocka_unit_test(inner_pages_give_their_children),
		cmocka_unit_test(what_does_not_lie_within_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
