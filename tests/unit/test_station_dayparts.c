/* Dayparts: lines in, hours and days out; what is wrong is named. */
#include "unit.h"

#include "station/dayparts.h"

#include <math.h>

static struct qf_arena arena;
static struct qf_daypart *d;
static size_t n;

static enum qf_status parse(const char *text, struct qf_err *e)
{
	qf_arena_reset(&arena);
	return qf_dayparts_parse(text, strlen(text), &arena, &d, &n, e);
}

static void refused(const char *text, const char *why)
{
	struct qf_err e = { 0 };

	assert_int_equal(parse(text, &e), QF_EINVAL);
	assert_string_equal(e.text, why);
}

static void a_line_is_a_daypart(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(parse("# a comment\n\nmorning\tmon-fri\t06:30-10:00\tenergy:0.4..\tshuffle\t60\ttitle:jingle\t20\t-16\r\n"
			       "rest\tsat,sun\t00:00-24:00\t*\tquery\t0\t-\t-\t-", &e), QF_OK);
	assert_int_equal(n, 2);
	assert_string_equal(d[0].name, "morning");
	assert_int_equal(d[0].days, 0x1f);
	assert_int_equal(d[0].from_s, 23400);
	assert_int_equal(d[0].until_s, 36000);
	assert_string_equal(d[0].query, "energy:0.4..");
	assert_int_equal(d[0].rotation, QF_ROTATE_SHUFFLE);
	assert_int_equal(d[0].artist_gap_s, 3600);
	assert_string_equal(d[0].jingles, "title:jingle");
	assert_int_equal(d[0].jingle_every_s, 1200);
	assert_true(d[0].loudness_lufs == -16);
	assert_int_equal(d[1].days, 0x60);
	assert_int_equal(d[1].until_s, 86400);
	assert_string_equal(d[1].query, "");
	assert_null(d[1].jingles);
	assert_true(isnan(d[1].loudness_lufs));
}

static void days_go_round_the_week_and_hours_round_midnight(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(parse("a\tsat-mon\t22:00-02:00\t*\tscore\t1.5\t-\t-\t-\n", &e), QF_OK);
	assert_int_equal(d[0].days, 0x61);
	assert_int_equal(d[0].until_s, 26 * 3600);
	assert_int_equal(d[0].artist_gap_s, 90);
	assert_int_equal(parse("a\tdaily\t07:00-07:00\t*\tscore\t0\t-\t-\t-\n", &e), QF_OK); /* all round the clock */
	assert_int_equal(d[0].until_s, 31 * 3600);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
	(void)state;
	refused("a\tdaily\t06:00-10:00\n", "line 1: 3 cells with tabs between, wanted are 9: name, days, hours, query, rotation, artist gap, "
					   "jingles, every, loudness");
	refused("#\na\tmon-fry\t06:00-10:00\t*\tquery\t0\t-\t-\t-\n", "line 2: days 'mon-fry': wanted is daily, or a list of mon to sun like mon-fri,sun");
	refused("a\tdaily\t06:00-25:00\t*\tquery\t0\t-\t-\t-\n", "line 1: hours '06:00-25:00': wanted is something like 06:00-10:00");
	refused("a\tdaily\t24:00-02:00\t*\tquery\t0\t-\t-\t-\n", "line 1: hours '24:00-02:00': wanted is something like 06:00-10:00");
	refused("a\tdaily\t06:00-+1:00\t*\tquery\t0\t-\t-\t-\n", "line 1: hours '06:00-+1:00': wanted is something like 06:00-10:00");
	refused("a\tdaily\t06:00-10:00\t*\trandom\t0\t-\t-\t-\n", "line 1: rotation 'random': wanted is query, score or shuffle");
	refused("a\tdaily\t06:00-10:00\t*\tquery\t-1\t-\t-\t-\n", "line 1: artist gap '-1': wanted are minutes, 0 to 10080");
	refused("a\tdaily\t06:00-10:00\t*\tquery\tnan\t-\t-\t-\n", "line 1: artist gap 'nan': wanted are minutes, 0 to 10080");
	refused("a\tdaily\t06:00-10:00\t*\tquery\t0\tx\t0\t-\n", "line 1: between jingles '0': wanted are minutes, more than 0 and up to 10080");
	refused("a\tdaily\t06:00-10:00\t*\tquery\t0\t-\t20\t-\n", "line 1: '20' minutes between jingles, and no jingles");
	refused("a\tdaily\t06:00-10:00\t*\tquery\t0\t-\t-\t-3\n", "line 1: loudness '-3': wanted is - or -40 to -5 LUFS");
	refused("\tdaily\t06:00-10:00\t*\tquery\t0\t-\t-\t-\n", "line 1: the name is missing");
	refused("a\xff\n", "this is no text in UTF-8");
}

static void no_two_are_on_air_at_once(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	refused("a\tdaily\t06:00-10:00\t*\tquery\t0\t-\t-\t-\nb\twed\t09:59-11:00\t*\tquery\t0\t-\t-\t-\n",
		"lines 1 and 2: a and b are on air at the same time on wed");
	refused("a\tsun\t22:00-02:00\t*\tquery\t0\t-\t-\t-\n#\nb\tmon\t01:00-03:00\t*\tquery\t0\t-\t-\t-\n", /* over the week's end */
		"lines 1 and 3: a and b are on air at the same time on mon");
	assert_int_equal(parse("a\tsun\t22:00-02:00\t*\tquery\t0\t-\t-\t-\nb\tmon\t02:00-03:00\t*\tquery\t0\t-\t-\t-\n", &e), QF_OK);
}

static void nothing_is_no_daypart(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(parse("", &e), QF_OK);
	assert_int_equal(n, 0);
}

static int free_arena(void **state)
{
	(void)state;
	qf_arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_daypart),
		cmocka_unit_test(days_go_round_the_week_and_hours_round_midnight),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(no_two_are_on_air_at_once),
		cmocka_unit_test(nothing_is_no_daypart),
	};

	return cmocka_run_group_tests(tests, NULL, free_arena);
}
