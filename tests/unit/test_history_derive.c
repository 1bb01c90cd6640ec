/* What follows from the order of events: sittings, replays, and actions that nobody told. */
#include "unit.h"

#include "history/derive.h"

static void an_action_follows_from_what_was_heard(void **state)
{
	(void)state;
	assert_int_equal(qf_derive_action(-1, 0, false), QF_ACTION_PLAY);
	assert_int_equal(qf_derive_action(-1, 200000, true), QF_ACTION_REPLAY);
	assert_int_equal(qf_derive_action(29999, 200000, true), QF_ACTION_SKIP);
	assert_int_equal(qf_derive_action(30000, 200000, false), QF_ACTION_PLAY);
	assert_int_equal(qf_derive_action(160000, 200000, false), QF_ACTION_PLAY); /* 80 %, not more */
	assert_int_equal(qf_derive_action(160001, 200000, true), QF_ACTION_COMPLETE);
	assert_int_equal(qf_derive_action(20000, 20000, false), QF_ACTION_COMPLETE); /* an interlude, heard whole */
	assert_int_equal(qf_derive_action(20000, 0, false), QF_ACTION_SKIP);
	assert_int_equal(qf_derive_action(5, 7, false), QF_ACTION_SKIP); /* 5 of 5.6 */
	assert_int_equal(qf_derive_action(6, 7, false), QF_ACTION_COMPLETE);
}

struct step {
	int64_t t, ms, length_ms;
	uint64_t track;
	enum qf_action told;
	int64_t session;
	enum qf_action gets;
};

static void walk(const struct step *v, size_t n, int64_t after)
{
	struct qf_sittings *s;
	struct qf_err e = { 0 };

	assert_ok(qf_sittings_open(&s, &e), e);
	qf_sittings_begin(s, after);
	for (size_t i = 0; i < n; i++) {
		const struct qf_heard h = { v[i].t, v[i].ms, v[i].length_ms, v[i].track, v[i].told, v[i].told == QF_ACTION_PLAY };
		enum qf_action action;

		assert_int_equal(qf_sittings_next(s, &h, &action), v[i].session);
		assert_int_equal(action, v[i].gets);
	}
	qf_sittings_close(s);
}

static void half_an_hour_of_silence_ends_a_sitting(void **state)
{
	static const struct step v[] = {
		{ 1000, 200000, 0, 1, QF_ACTION_PLAY, 1, QF_ACTION_PLAY },             /* ends at 1200 */
		{ 2999, -1, 600000, 2, QF_ACTION_PLAY, 1, QF_ACTION_PLAY },            /* 1799 s later; may last till 3599 */
		{ 5399, -1, 0, 3, QF_ACTION_PLAY, 2, QF_ACTION_PLAY },                 /* 1800 s later */
		{ 7198, -1, 0, 0, QF_ACTION_LIKE, 2, QF_ACTION_LIKE },
		{ 8998, -1, 0, 4, QF_ACTION_PLAY, 3, QF_ACTION_PLAY },
	};

	(void)state;
	walk(v, sizeof v / sizeof *v, 0);
}

static void again_within_the_hour_is_a_replay_unless_the_source_knows_better(void **state)
{
	static const struct step v[] = {
		{ 10000, -1, 0, 7, QF_ACTION_PLAY, 5, QF_ACTION_PLAY },
		{ 10000, -1, 0, 7, QF_ACTION_LIKE, 5, QF_ACTION_LIKE },    /* is no listening */
		{ 13600, -1, 0, 7, QF_ACTION_PLAY, 6, QF_ACTION_REPLAY },  /* 3600 s */
		{ 17201, -1, 0, 7, QF_ACTION_PLAY, 7, QF_ACTION_PLAY },    /* 3601 s */
		{ 17300, -1, 0, 8, QF_ACTION_PLAY, 7, QF_ACTION_PLAY },
		{ 17400, -1, 0, 7, QF_ACTION_COMPLETE, 7, QF_ACTION_COMPLETE },
	};

	(void)state;
	walk(v, sizeof v / sizeof *v, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_action_follows_from_what_was_heard),
		cmocka_unit_test(half_an_hour_of_silence_ends_a_sitting),
		cmocka_unit_test(again_within_the_hour_is_a_replay_unless_the_source_knows_better),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
