/* station.conf: INI in, values out; each wrong line is named, and the others are read. */
#include "unit.h"

#include "station/settings.h"

#include <stdlib.h>

static struct qf_arena arena;
static struct qf_settings s;

static void parse(const char *text)
{
	struct qf_err e = { 0 };

	qf_arena_reset(&arena);
	assert_ok(qf_settings_parse(text, strlen(text), &arena, &s, &e), e);
}

static void faulty(const char *text, size_t line, const char *why)
{
	parse(text);
	assert_int_equal(s.faults, 1);
	assert_string_equal(s.fault[0].text, why);
	assert_int_equal(s.fault[0].line, line);
}

static void what_is_told_holds_and_the_rest_is_the_default(void **state)
{
	(void)state;
	parse("\xEF\xBB\xBF[station]\r\nname =  Radio = $(x) # \"1\" ; no comment \r\n\n; comment\n# comment\n[gate]\nmin-quality=0.25\nopen-licences: on\n"
	      "[listening]\nusers = g\xC3\xBCl, ana\n[delivery]\nbudget =");
	assert_int_equal(s.faults, 0);
	assert_string_equal(qf_settings_get(&s, "station", "name"), "Radio = $(x) # \"1\" ; no comment");
	assert_string_equal(qf_settings_get(&s, "gate", "min-quality"), "0.25");
	assert_string_equal(qf_settings_get(&s, "gate", "min-trust"), "0");
	assert_string_equal(qf_settings_get(&s, "delivery", "budget"), "10GB");
	assert_true(qf_settings_yes(&s, "gate", "open-licences"));
	assert_true(qf_settings_yes(&s, "listening", "personalization"));
	assert_false(qf_settings_yes(&s, "delivery", "6g"));
	assert_null(qf_settings_get(&s, "gate", "nothing"));
	assert_int_equal(qf_settings_next(&s, "gate", "min-quality", NULL)->line, 7);
}

static void names_come_one_by_one_and_may_be_none(void **state)
{
	const char *rest;
	struct qf_span name;

	(void)state;
	parse("[listening]\nusers = g\xC3\xBCl, ana\tben\n");
	rest = qf_settings_get(&s, "listening", "users");
	assert_true(qf_settings_name(&rest, &name) && name.n == 4 && memcmp(name.p, "g\xC3\xBCl", 4) == 0);
	assert_true(qf_settings_name(&rest, &name) && name.n == 3 && memcmp(name.p, "ana", 3) == 0);
	assert_true(qf_settings_name(&rest, &name) && name.n == 3 && memcmp(name.p, "ben", 3) == 0);
	assert_false(qf_settings_name(&rest, &name));
	parse("[listening]\nusers =\n");
	assert_string_equal(qf_settings_get(&s, "listening", "users"), "");
}

static void datasets_are_free_names_and_histories_many(void **state)
{
	const struct qf_given *g;

	(void)state;
	parse("[datasets]\nasc = /m/a b#$'\"\\\nmul.2 = music\n[listening]\nhistory = a\nhistory = b\n");
	assert_int_equal(s.faults, 0);
	g = qf_settings_next(&s, "datasets", NULL, NULL);
	assert_string_equal(g->key, "asc");
	assert_string_equal(g->value, "/m/a b#$'\"\\");
	g = qf_settings_next(&s, "datasets", NULL, g);
	assert_string_equal(g->key, "mul.2");
	assert_null(qf_settings_next(&s, "datasets", NULL, g));
	assert_string_equal(qf_settings_get(&s, "datasets", "mul.2"), "music");
	assert_null(qf_settings_get(&s, "datasets", "other"));
	g = qf_settings_next(&s, "listening", "history", qf_settings_next(&s, "listening", "history", NULL));
	assert_string_equal(g->value, "b");
}

static void what_is_unknown_is_named_with_what_is_like_it(void **state)
{
	(void)state;
	faulty("[gate]\n\nmin-qualty = 1\n", 3, "[gate] has no 'min-qualty'; did you mean 'min-quality' of [gate]?");
	faulty("[gate]\ndevices = phone\n", 2, "[gate] has no 'devices'; did you mean 'devices' of [delivery]?");
	faulty("[gate]\nxylophone = 1\n", 2, "[gate] has no 'xylophone'");
	faulty("[gates]\nmin-quality = 1\n", 1, "there is no section [gates]");
	faulty("name = x\n", 1, "'name' stands before the first [section]");
	faulty("[station]\nhello\n", 2, "neither [section] nor KEY = VALUE");
	faulty("[station] x\n", 1, "a section is [name] and nothing behind it");
	faulty("[gate]\nmin-trust = 0\nmin-trust = 1\n", 3, "'min-trust' was told in line 2 already");
}

static void a_value_of_the_wrong_kind_is_named_with_what_is_wanted(void **state)
{
	static const struct { const char *line, *why; } wrong[] = {
		{ "[gate]\nmin-quality = 1.5", "min-quality = '1.5': wanted is a number from 0 to 1" },
		{ "[gate]\nmin-quality = 1e0", "min-quality = '1e0': wanted is a number from 0 to 1" },
		{ "[gate]\nopen-licences = perhaps", "open-licences = 'perhaps': wanted is yes or no" },
		{ "[delivery]\nbudget = 10", "budget = '10': wanted is a size like 500MB or 10GiB" },
		{ "[delivery]\ndevices = a $(rm)", "devices = 'a $(rm)': wanted is names of at most 40 letters, digits, '.', '_' and '-', with blanks between" },
		{ "[station]\ntimezone = ../etc/passwd", "timezone = '../etc/passwd': wanted is a zone like Europe/Berlin" },
		{ "[datasets]\na = \"/music\"", "a = '\"/music\"': wanted is a path without quotes: a value goes to the end of its line" },
		{ "[datasets]\na b = /music", "'a b': wanted is a name of at most 40 letters, digits, '.', '_' and '-'" },
		{ "[datasets]\n-a = /music", "'-a': wanted is a name of at most 40 letters, digits, '.', '_' and '-'" },
		{ "[datasets]\na =", "'a' is nothing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		faulty(wrong[i].line, 2, wrong[i].why);
}

static void long_lines_hold_a_path_and_longer_ones_are_named(void **state)
{
	char *text = malloc(6000);

	(void)state;
	assert_non_null(text);
	memcpy(text, "[datasets]\na = /", 16);
	memset(text + 16, 'x', 4095);
	memcpy(text + 16 + 4095, "\n", 2);
	parse(text);
	assert_int_equal(s.faults, 0);
	assert_int_equal(strlen(qf_settings_get(&s, "datasets", "a")), 4096);
	memset(text + 16, 'x', 5000);
	memcpy(text + 16 + 5000, "\nb = /m\n", 9);
	faulty(text, 2, "longer than 4400 bytes");
	assert_string_equal(qf_settings_get(&s, "datasets", "b"), "/m");
	free(text);
}

static void a_fresh_file_says_the_defaults(void **state)
{
	const char *const lines[] = { "asc = /m/asc", "mul = /m/mul" };
	struct qf_buf text = { 0 };

	(void)state;
	qf_settings_write(&text, lines, 2);
	assert_false(text.failed);
	parse(text.p);
	assert_int_equal(s.faults, 0);
	assert_string_equal(qf_settings_get(&s, "datasets", "mul"), "/m/mul");
	for (size_t i = 0; i < qf_settings_count; i++) {
		const struct qf_setting *k = &qf_settings_table[i];

		if (k->kind != QF_SETTING_SECTION && *k->key != '*')
			assert_string_equal(qf_settings_get(&s, k->section, k->key), k->value);
	}
	for (const char *p = text.p; *p; p += strcspn(p, "\n") + 1) /* narrow enough for an editor */
		assert_true(strcspn(p, "\n") <= 100);
	qf_buf_free(&text);
}

static int end(void **state)
{
	(void)state;
	qf_arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told_holds_and_the_rest_is_the_default),
		cmocka_unit_test(names_come_one_by_one_and_may_be_none),
		cmocka_unit_test(datasets_are_free_names_and_histories_many),
		cmocka_unit_test(what_is_unknown_is_named_with_what_is_like_it),
		cmocka_unit_test(a_value_of_the_wrong_kind_is_named_with_what_is_wanted),
		cmocka_unit_test(long_lines_hold_a_path_and_longer_ones_are_named),
		cmocka_unit_test(a_fresh_file_says_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
