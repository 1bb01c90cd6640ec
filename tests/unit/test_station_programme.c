/* Programmes: who comes when, and that a daypart ends when it should. */
#include "unit.h"

#include "base/random.h"
#include "station/programme.h"

#include <stdlib.h>

#define S 1000 /* ms */

static struct qf_programme p;

static void begin(const struct qf_piece *piece, size_t n, size_t artists)
{
	struct qf_err e = { 0 };

	assert_ok(qf_programme_init(&p, piece, n, artists, &e), e);
}

static int64_t fill(const struct qf_shift *s, int64_t now)
{
	struct qf_err e = { 0 };

	assert_ok(qf_programme_fill(&p, s, &now, &e), e);
	return now;
}

static void the_last_tracks_are_those_that_fill_what_is_left(void **state)
{
	const struct qf_piece piece[] = { { 60 * S, 0 }, { 61 * S, 1 }, { 63 * S, 2 }, { 67 * S, 3 } };
	uint32_t queue[] = { 0, 1, 2, 3 };
	const struct qf_shift s = { .until = 128 * S, .queue = queue, .n = 4 };

	(void)state;
	begin(piece, 4, 4);
	assert_int_equal(fill(&s, 0), 128 * S); /* 61 + 67, the only sum */
	assert_int_equal(p.n, 2);
	assert_int_equal(p.spot[0].piece, 1);
	assert_int_equal(p.spot[1].piece, 3);
	assert_int_equal(p.spot[1].at, 61 * S);
	assert_int_equal(queue[0], 0); /* what was played waits at the end */
	assert_int_equal(queue[1], 2);
	assert_int_equal(queue[2], 1);
	assert_int_equal(queue[3], 3);
	qf_programme_free(&p);
}

static void an_artist_waits_for_the_gap_and_tracks_come_round(void **state)
{
	const struct qf_piece piece[] = { { 60 * S, 0 }, { 60 * S, 0 }, { 60 * S, 1 }, { 60 * S, 1 } };
	const uint32_t want[] = { 0, 2, 1, 3, 0, 2, 1, 3 };
	uint32_t queue[] = { 0, 1, 2, 3 };
	const struct qf_shift s = { .until = 480 * S, .queue = queue, .n = 4, .artist_gap = 50 * S };

	(void)state;
	begin(piece, 4, 2);
	assert_int_equal(fill(&s, 0), 480 * S);
	assert_int_equal(p.n, 8);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(p.spot[i].piece, want[i]);
		assert_int_equal(p.spot[i].at, (int64_t)i * 60 * S);
		assert_false(p.spot[i].too_soon);
	}
	qf_programme_free(&p);
}

static void where_nothing_else_is_left_it_comes_too_soon_and_says_so(void **state)
{
	const struct qf_piece piece[] = { { 60 * S, 0 }, { 60 * S, 0 } };
	uint32_t queue[] = { 0, 1 };
	const struct qf_shift s = { .until = 360 * S, .queue = queue, .n = 2, .artist_gap = 600 * S };

	(void)state;
	begin(piece, 2, 1);
	fill(&s, 0);
	assert_true(p.n >= 4);
	assert_false(p.spot[0].too_soon);
	for (size_t i = 1; i < p.n; i++)
		assert_true(p.spot[i].too_soon);
	qf_programme_free(&p);
}

static void a_jingle_opens_and_comes_again_when_it_is_due(void **state)
{
	struct qf_piece piece[31];
	uint32_t queue[30], jingle[] = { 30 };
	const struct qf_shift s = { .until = 1210 * S, .queue = queue, .n = 30, .jingle = jingle, .jingles = 1, .jingle_every = 150 * S };

	(void)state;
	for (uint32_t i = 0; i < 30; i++) {
		piece[i] = (struct qf_piece){ 100 * S, QF_NO_ARTIST };
		queue[i] = i;
	}
	piece[30] = (struct qf_piece){ 5 * S, QF_NO_ARTIST };
	begin(piece, 31, 0);
	/* five times a jingle, four times two tracks in between; 385 s are left then, to which four tracks are nearest */
	assert_int_equal(fill(&s, 0), 1225 * S);
	assert_true(p.spot[0].jingle);
	assert_int_equal(p.spot[1].at, 5 * S);
	assert_true(p.spot[3].jingle);
	assert_int_equal(p.spot[3].at, 205 * S);
	assert_true(p.spot[6].jingle);
	assert_int_equal(p.spot[6].at, 410 * S);
	assert_true(p.spot[12].jingle);
	assert_int_equal(p.spot[12].at, 820 * S);
	assert_int_equal(p.n, 5 + 12);
	qf_programme_free(&p);
}

static void what_is_left_over_goes_into_the_next_shift(void **state)
{
	const struct qf_piece piece[] = { { 100 * S, 0 }, { 90 * S, 1 }, { 115 * S, 2 } };
	uint32_t first[] = { 0 }, second[] = { 1, 2 };
	const struct qf_shift a = { .until = 110 * S, .queue = first, .n = 1 }, b = { .until = 215 * S, .queue = second, .n = 2 };
	int64_t now;

	(void)state;
	begin(piece, 3, 3);
	now = fill(&a, 0);
	assert_int_equal(now, 100 * S);
	assert_int_equal(fill(&b, now), 215 * S); /* with 115, not 90 */
	assert_int_equal(p.spot[1].piece, 2);
	assert_int_equal(p.spot[1].at, 100 * S);
	qf_programme_free(&p);
}

static void nothing_is_put_where_silence_is_nearer(void **state)
{
	const struct qf_piece piece[] = { { 100 * S, 0 } };
	uint32_t queue[] = { 0 };
	const struct qf_shift s = { .until = 40 * S, .queue = queue, .n = 1 }, none = { .until = 40 * S };

	(void)state;
	begin(piece, 1, 1);
	assert_int_equal(fill(&s, 0), 0);
	assert_int_equal(fill(&none, 7), 7);
	assert_int_equal(p.n, 0);
	qf_programme_free(&p);
}

static void a_week_of_a_library_is_exact_and_keeps_its_gaps(void **state)
{
	enum { N = 800, ARTISTS = 120, SHIFTS = 28 };
	static struct qf_piece piece[N];
	static uint32_t queue[N];
	const int64_t gap = 3600 * S;
	int64_t now = 0, last[ARTISTS];

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		uint64_t r = qf_random(1, i);

		piece[i] = (struct qf_piece){ 100 * S + (int64_t)(r % 240000), (uint32_t)(r >> 40) % ARTISTS };
		queue[i] = i;
	}
	begin(piece, N, ARTISTS);
	for (int i = 1; i <= SHIFTS; i++) {
		const struct qf_shift s = { .until = i * 6 * 3600 * (int64_t)S, .queue = queue, .n = N, .artist_gap = gap, .track_gap = gap };

		now = fill(&s, now);
		assert_true(llabs(now - s.until) <= 500);
	}
	for (int a = 0; a < ARTISTS; a++)
		last[a] = -gap;
	now = 0;
	for (size_t i = 0; i < p.n; i++) {
		const struct qf_piece *x = &piece[p.spot[i].piece];

		assert_int_equal(p.spot[i].at, now); /* no silence, no overlap */
		assert_true(now - last[x->artist] >= gap);
		last[x->artist] = now += x->ms;
	}
	qf_programme_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_tracks_are_those_that_fill_what_is_left),
		cmocka_unit_test(an_artist_waits_for_the_gap_and_tracks_come_round),
		cmocka_unit_test(where_nothing_else_is_left_it_comes_too_soon_and_says_so),
		cmocka_unit_test(a_jingle_opens_and_comes_again_when_it_is_due),
		cmocka_unit_test(what_is_left_over_goes_into_the_next_shift),
		cmocka_unit_test(nothing_is_put_where_silence_is_nearer),
		cmocka_unit_test(a_week_of_a_library_is_exact_and_keeps_its_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
