/* What moves a score beside listening and sound: discovery, activities, the time of the day. */
#include "base/alloc.h"
#include "base/facets.h"
#include "model/activity.h"
#include "model/discovery.h"
#include "model/daytime.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

/* ---- discovery ----------------------------------------------------------------------------- */

/* Tracks 0 and 1 by artist 7, 2 by artist 8, 3 by 9, 4 and 5 by nobody. 0 was played 3 times, 2 once, 4 skipped once. */
static const uint32_t artist[] = { 7, 7, 8, 9, QF_NO_NUMBER, QF_NO_NUMBER };
static const struct qf_met met[] = { { 0, 3 }, { 2, 1 }, { 4, -1 } };

static void familiarity_is_the_mean_of_artist_and_track(void **state)
{
	double part[6];
	bool barred[6] = { false };
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_discovery(met, 3, artist, 6, 0.25, part, barred, &e), QF_OK);
	near(part[0], 0.5, 1e-12);   /* both the most: 1, times 1 - 2 * 0.25 */
	near(part[1], 0.25, 1e-12);  /* the artist only */
	near(part[2], 0.25, 1e-12);  /* log 2 / log 4 of both */
	near(part[3], 0, 0);
	near(part[4], 0, 0);
	for (size_t i = 0; i < 6; i++)
		assert_false(barred[i]);
	assert_int_equal(qf_discovery(met, 3, artist, 6, 0.5, part, barred, &e), QF_OK);
	for (size_t i = 0; i < 6; i++)
		near(part[i], 0, 0);
}

static void the_ends_shut_out_the_other_side(void **state)
{
	const bool new_only[] = { true, true, true, false, true, false };
	double part[6];
	bool barred[6] = { false }, known[6] = { false };
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(qf_discovery(met, 3, artist, 6, 1, part, barred, &e), QF_OK);
	assert_memory_equal(barred, new_only, sizeof barred);
	near(part[0], -1, 1e-12);
	assert_int_equal(qf_discovery(met, 3, artist, 6, 0, part, known, &e), QF_OK);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(known[i], !new_only[i]);
	assert_int_equal(qf_discovery(NULL, 0, artist, 6, 0.2, part, known, &e), QF_OK); /* nobody we know */
	near(part[0], 0, 0);
}

/* ---- activities ----------------------------------------------------------------------------- */

static void a_fit_falls_off_beyond_its_range(void **state)
{
	static const struct qf_activity run[] = { { "run", QF_FACET_TEMPO, 150, 180, 30, 3 }, { "run", QF_FACET_ENERGY, 0.5, INFINITY, 0.5, 1 } };
	float v[QF_FACETS];

	(void)state;
	for (size_t i = 0; i < QF_FACETS; i++)
		v[i] = NAN;
	near(qf_activity_fit(run, 2, v), 0.5, 0);
	v[QF_FACET_TEMPO] = 165;
	near(qf_activity_fit(run, 2, v), 1, 0);
	v[QF_FACET_TEMPO] = 135;
	near(qf_activity_fit(run, 2, v), 0.5, 1e-12);
	v[QF_FACET_ENERGY] = 0.9F;
	near(qf_activity_fit(run, 2, v), (3 * 0.5 + 1) / 4, 1e-12);
	v[QF_FACET_TEMPO] = 300;
	v[QF_FACET_ENERGY] = 0.25F;
	near(qf_activity_fit(run, 2, v), 0.5 / 4, 1e-12);
}

static void the_table_knows_workout_study_and_sleep(void **state)
{
	static const char *const names[] = { "workout", "study", "sleep" };
	const struct qf_activity *a;
	struct qf_err e = { 0 };
	size_t n;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(qf_activity_find(names[i], &a, &n, &e), QF_OK);
		assert_true(n >= 2);
		for (size_t k = 0; k < n; k++)
			assert_string_equal(a[k].name, names[i]);
	}
	assert_int_equal(qf_activity_find("knitting", &a, &n, &e), QF_EINVAL);
	assert_non_null(strstr(e.text, "'knitting'"));
	assert_non_null(strstr(e.text, "workout, running"));
}

/* ---- the time of the day ---------------------------------------------------------------------- */

static struct qf_daytime moment(const char *text)
{
	struct qf_daytime m;
	struct qf_err e = { 0 };

	assert_int_equal(qf_daytime_read(&m, text, 22, 6, &e), QF_OK);
	return m;
}

static void words_name_hours_and_days(void **state)
{
	static const char *const wrong[] = { "", "24", "8:75", "noonish", "mondays", "12345", "-1" };
	struct qf_daytime m = moment("8:30, Mon tuesday");
	struct qf_err e = { 0 };

	(void)state;
	for (int h = 0; h < 24; h++)
		assert_int_equal(m.hour[h], h == 8);
	for (int d = 0; d < 8; d++)
		assert_int_equal(m.day[d], d == 1 || d == 2);
	m = moment("now");
	assert_true(m.hour[22] && m.day[6]);
	m = moment("weekend night");
	assert_true(m.hour[23] && m.hour[0] && m.hour[4] && !m.hour[5] && !m.hour[22] && m.day[6] && m.day[7] && !m.day[5]);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(qf_daytime_read(&m, wrong[i], 22, 6, &e), QF_EINVAL);
}

static void an_act_is_near_by_hour_and_day(void **state)
{
	struct qf_daytime m = moment("23"), day = moment("sat 23");

	(void)state;
	near(qf_daytime_near(&m, 23, 1), 1, 1e-12);
	near(qf_daytime_near(&m, 0, 1), 0.75, 1e-12); /* over midnight */
	near(qf_daytime_near(&m, 1, 1), 0.25, 1e-12);
	near(qf_daytime_near(&m, 2, 1), 0, 1e-12);
	near(qf_daytime_near(&day, 0, 6), 0.75, 1e-12);
	near(qf_daytime_near(&day, 23, 7), 0.25, 1e-12);
	near(qf_daytime_near(&day, 23, 5), 0, 1e-12);
}

/* Three tracks without features, each by its own artist; 0 and 1 are of genre 1. */
static struct qf_facets facets(void)
{
	static uint32_t who[] = { 4, 5, 6 }, genre[] = { 1, QF_NO_NUMBER, QF_NO_NUMBER, 1, QF_NO_NUMBER, QF_NO_NUMBER, 0, QF_NO_NUMBER, QF_NO_NUMBER };
	static float value[3 * QF_FACETS];

	for (size_t i = 0; i < 3 * QF_FACETS; i++)
		value[i] = NAN;
	return (struct qf_facets){ .n = 3, .artist = who, .genre = genre, .value = value, .genres = 2 };
}

static void a_lift_compares_then_with_ever(void **state)
{
	/* Track 0 three times at 8, track 2 once at 20. At 8: p = 3/4, then (3 + 5 * 3/4) / (3 + 5). Track 1 was
	 * never heard; its genre has only ever been this one, so 0. */
	static const struct qf_act_then act[] = { { 0, 8, 1, 1 }, { 0, 8, 2, 1 }, { 0, 8, 3, 1 }, { 2, 20, 1, 1 } };
	struct qf_facets f = facets();
	struct qf_daytime m = moment("8");
	struct qf_err e = { 0 };
	double lift[3], heard = log2((3 + 3.75) / 8 / 0.75);

	(void)state;
	assert_int_equal(qf_daytime_lift(&m, act, 4, &f, lift, &e), QF_OK);
	near(lift[0], 2 * heard / 3, 1e-12); /* track and artist; the genre gives 0 */
	near(lift[1], 0, 1e-12);
	near(lift[2], log2(5 * 0.25 / 8 / 0.25), 1e-12); /* track and artist */
	assert_int_equal(qf_daytime_lift(&m, act, 0, &f, lift, &e), QF_OK);
	for (size_t i = 0; i < 3; i++)
		near(lift[i], 0, 0);
}

static void memory_that_runs_out_is_an_error_and_no_leak(void **state)
{
	static const struct qf_act_then act[] = { { 0, 8, 1, 1 } };
	struct qf_facets f = facets();
	struct qf_daytime m = moment("8");
	double part[6];
	bool barred[6] = { false };

	(void)state;
	for (int what = 0; what < 2; what++)
		for (unsigned long nth = 1;; nth++) {
			struct qf_err e = { 0 };
			enum qf_status st;

			qf_alloc_fail_at(nth, false);
			st = what ? qf_daytime_lift(&m, act, 1, &f, part, &e) : qf_discovery(met, 3, artist, 6, 0.3, part, barred, &e);
			if (st == QF_OK)
				break;
			assert_int_equal(st, QF_ENOMEM);
		}
	qf_alloc_fail_at(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(familiarity_is_the_mean_of_artist_and_track),
		cmocka_unit_test(the_ends_shut_out_the_other_side),
		cmocka_unit_test(a_fit_falls_off_beyond_its_range),
		cmocka_unit_test(the_table_knows_workout_study_and_sleep),
		cmocka_unit_test(words_name_hours_and_days),
		cmocka_unit_test(an_act_is_near_by_hour_and_day),
		cmocka_unit_test(a_lift_compares_then_with_ever),
		cmocka_unit_test(memory_that_runs_out_is_an_error_and_no_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
