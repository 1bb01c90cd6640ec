/* A taste in figures, worked out by hand. */
#include "base/alloc.h"
#include "model/genremap.h"
#include "model/profile.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

/* Four tracks: 0 and 1 by artist 5, 2 by 6, 3 by nobody. Genres: 1; 1 and 2; 2; none. */
static uint32_t artist[] = { 5, 5, 6, QF_NO_NUMBER };
#define NONE QF_NO_NUMBER
static uint32_t genre[] = { 1, NONE, NONE, 1, 2, NONE, 2, NONE, NONE, 0, NONE, NONE }, moods[] = { 1, 3, 0, 2 };
static int year[] = { 1991, 1999, 2000, 0 };
static uint8_t key[] = { 8, 8, 20, 0 };
static float value[4 * QF_FACETS];
static char *names[] = { (char *)"", (char *)"Rock", (char *)"Jazz" }, *mood_names[] = { (char *)"calm", (char *)"dark" };

static struct qf_facets facets(void)
{
	static const float tempo[] = { 100, 120, 140, NAN };

	for (size_t i = 0; i < 4 * QF_FACETS; i++)
		value[i] = NAN;
	for (size_t i = 0; i < 4; i++)
		value[i * QF_FACETS + QF_FACET_TEMPO] = tempo[i];
	return (struct qf_facets){ .n = 4, .artist = artist, .year = year, .genre = genre, .value = value, .key = key, .moods = moods,
				   .genres = 3, .mood_names = 2, .genre_name = names, .mood_name = mood_names };
}

/* 31 December 2022 and 1 January 2023, 23:59:59 of 31 March and 0:00 of 1 April 2024 */
static const struct qf_listen acts[] = {
	{ 3, 0, 0, 0, 1 },
	{ 0, 1672444800, 8, 6, 2 },
	{ 1, 1672531200, 8, 7, 1 },
	{ 2, 1711929599, 22, 7, 1 },
	{ 2, 1711929600, 23, 1, 5 },
};
enum { ACTS = sizeof acts / sizeof *acts };

static struct qf_profile profile(size_t n)
{
	struct qf_facets f = facets();
	struct qf_profile p;
	struct qf_err e = { 0 };

	assert_int_equal(qf_profile_make(&p, acts, n, &f, &e), QF_OK);
	return p;
}

static void check(const struct qf_profile *p, enum qf_aspect a, size_t i, uint32_t of, double share)
{
	assert_true(i < p->aspect[a].n);
	assert_int_equal(p->aspect[a].v[i].of, of);
	near(p->aspect[a].v[i].share, share, 1e-12);
}

static void shares_are_of_what_is_known(void **state)
{
	struct qf_profile p = profile(ACTS);

	(void)state;
	near(p.weight, 10, 0);
	assert_int_equal(p.tracks, 4);
	assert_int_equal(p.artists, 2);
	check(&p, QF_ASPECT_GENRE, 0, 2, 6.5 / 9); /* six of track 2, half of track 1 */
	check(&p, QF_ASPECT_GENRE, 1, 1, 2.5 / 9);
	check(&p, QF_ASPECT_DECADE, 0, 2000, 6.0 / 9);
	check(&p, QF_ASPECT_DECADE, 1, 1990, 3.0 / 9);
	check(&p, QF_ASPECT_KEY, 0, 20, 6.0 / 9);
	check(&p, QF_ASPECT_MOOD, 0, 0, 3.0 / 4); /* calm: tracks 0 and 1, of 0, 1 and 3 */
	check(&p, QF_ASPECT_MOOD, 1, 1, 2.0 / 4);
	check(&p, QF_ASPECT_ARTIST, 0, 6, 6.0 / 9);
	check(&p, QF_ASPECT_TRACK, 0, 2, 0.6);
	check(&p, QF_ASPECT_TRACK, 2, 1, 0.1); /* equal to 3, by number */
	qf_profile_free(&p);
}

static void facets_are_weighed(void **state)
{
	struct qf_profile p = profile(ACTS);
	const struct qf_range_of *t = &p.facet[QF_FACET_TEMPO];

	(void)state;
	assert_int_equal(t->n, 4);
	near(t->mean, (200 + 120 + 6 * 140) / 9.0, 1e-12);
	near(t->low, 100, 0);
	near(t->median, 140, 0);
	near(t->sd, sqrt((2 * pow(100 - t->mean, 2) + pow(120 - t->mean, 2) + 6 * pow(140 - t->mean, 2)) / 9), 1e-9);
	assert_int_equal(p.facet[QF_FACET_ENERGY].n, 0);
	assert_int_equal(p.timed, 4);
	near(p.hour[8], 3.0 / 9, 1e-12);
	near(p.day[7], 2.0 / 9, 1e-12);
	qf_profile_free(&p);
}

static void quarters_tell_how_a_taste_moves(void **state)
{
	static const int when[][2] = { { 2022, 4 }, { 2023, 1 }, { 2024, 1 }, { 2024, 2 } };
	struct qf_profile p = profile(ACTS);

	(void)state;
	assert_int_equal(p.quarters, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(p.quarter[i].year, when[i][0]);
		assert_int_equal(p.quarter[i].quarter, when[i][1]);
	}
	assert_true(isnan(p.quarter[0].change));
	near(p.quarter[0].new_artists, 1, 0);
	near(p.quarter[1].new_artists, 0, 0);
	near(p.quarter[2].new_artists, 1, 0);
	near(p.quarter[1].change, 0.5, 1e-12); /* rock alone, then half jazz */
	near(p.quarter[2].change, 0.5, 1e-12);
	near(p.quarter[3].change, 0, 1e-12);
	near(p.quarter[1].tempo, 120, 0);
	assert_true(isnan(p.quarter[1].energy));
	qf_profile_free(&p);
}

static void nothing_heard_is_an_empty_profile(void **state)
{
	struct qf_profile p = profile(0);

	(void)state;
	near(p.weight, 0, 0);
	assert_int_equal(p.quarters, 0);
	assert_int_equal(p.aspect[QF_ASPECT_GENRE].n, 0);
	near(p.hour[0], 0, 0);
	qf_profile_free(&p);
}

static void memory_that_runs_out_is_an_error_and_no_leak(void **state)
{
	struct qf_facets f = facets();
	enum qf_status st = QF_ENOMEM;

	(void)state;
	for (unsigned long nth = 1; st != QF_OK; nth++) {
		struct qf_profile p;
		struct qf_err e = { 0 };

		qf_alloc_fail_at(nth, false);
		st = qf_profile_make(&p, acts, ACTS, &f, &e);
		assert_true(st == QF_OK || st == QF_ENOMEM);
		qf_profile_free(&p);
	}
	qf_alloc_fail_at(0, false);
}

static void a_map_keeps_the_distances_of_a_plane(void **state)
{
	/* Four directions that are two crossing pairs lie on a square: neighbours sqrt(2) apart, opposites 2. */
	double v[] = { 2, 0, 0, 3, -1, 0, 0, -5 }, likeness[16], place[4][2];
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_genremap(v, 4, 2, likeness, place, &e), QF_OK);
	near(likeness[1], 0, 1e-12);
	near(likeness[2], -1, 1e-12);
	near(likeness[5], 1, 0);
	for (size_t i = 0; i < 4; i++)
		near(hypot(place[i][0] - place[(i + 1) % 4][0], place[i][1] - place[(i + 1) % 4][1]), sqrt(2), 1e-9);
	near(hypot(place[0][0] - place[2][0], place[0][1] - place[2][1]), 2, 1e-9);
	assert_int_equal(qf_genremap(v, QF_GROUPS_MAX + 1, 2, likeness, place, &e), QF_EINVAL);
	v[0] = v[1] = 0;
	assert_int_equal(qf_genremap(v, 1, 2, likeness, place, &e), QF_OK);
	near(place[0][0], 0, 0);
	near(place[0][1], 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_of_what_is_known),
		cmocka_unit_test(facets_are_weighed),
		cmocka_unit_test(quarters_tell_how_a_taste_moves),
		cmocka_unit_test(nothing_heard_is_an_empty_profile),
		cmocka_unit_test(memory_that_runs_out_is_an_error_and_no_leak),
		cmocka_unit_test(a_map_keeps_the_distances_of_a_plane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
