#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/features.h"
#include "query/query.h"

#include <string.h>

static const struct { const char *text, *dump; } good[] = {
	/* words */
	{ "", "(all)" },
	{ "  ", "(all)" },
	{ "beatles", "(word \"beatles\")" },
	{ "abbey road", "(and (word \"abbey\") (word \"road\"))" },
	{ "abbey AND road", "(and (word \"abbey\") (word \"road\"))" },
	{ "\"abbey road\"", "(word \"abbey road\")" },
	{ "beat*", "(word \"beat\"*)" },
	{ "\"beat*\"", "(word \"beat*\")" },
	{ "*", "(word \"*\")" },
	{ "\"say \\\"hi\\\" \\\\ now\"", "(word \"say \\\"hi\\\" \\\\ now\")" },
	{ "now or never", "(and (word \"now\") (word \"or\") (word \"never\"))" }, /* only OR in capitals is one */
	{ "bach - air", "(and (word \"bach\") (word \"air\"))" },
	{ "r\xc3\xb3s", "(word \"r\xc3\xb3s\")" },

	/* fields */
	{ "artist:bach", "(has artist \"bach\")" },
	{ "ARTIST:bach", "(has artist \"bach\")" },
	{ "artist:\"john zorn\"", "(has artist \"john zorn\")" },
	{ "artist:=Bach", "(is artist \"Bach\")" },
	{ "mood:calm", "(has moods \"calm\")" },
	{ "key:\"A minor\" camelot:8a", "(and (has key \"A minor\") (has camelot \"8a\"))" },
	{ "title:foo(bar)", "(has title \"foo(bar)\")" },
	{ "title:a:b", "(has title \"a:b\")" },
	{ "title:a,b", "(has title \"a,b\")" },
	{ "composer:bach", "(has tag.composer \"bach\")" },
	{ "tag.BPM:120", "(has tag.bpm \"120\")" },

	/* numbers */
	{ "tempo:120..130", "(range tempo_bpm 120 130)" },
	{ "tempo_bpm:120..130", "(range tempo_bpm 120 130)" },
	{ "bpm:120..130", "(range tempo_bpm 120 130)" },
	{ "loudness:-20..-9.5", "(range loudness_lufs -20 -9.5)" },
	{ "loudness:..-9", "(range loudness_lufs * -9)" },
	{ "year:1990..", "(range year 1990 *)" },
	{ "year:1990", "(range year 1990 1990)" },
	{ "tempo:128", "(range tempo_bpm 127.5 128.5))" },
	{ "energy:0.80", "(range energy 0.795 0.805))" },
	{ "tempo:=128", "(range tempo_bpm 127.995 128.005))" },
	{ "year:=1990", "(range year 1990 1990)" },
	{ "duration:3:30..4:00.5", "(range duration 210 240.5)" },
	{ "length:..90", "(range duration * 90)" },
	{ "centroid:2000.. centroid_sd:..500", "(and (range centroid_hz_mean 2000 *) (range centroid_hz_sd * 500))" },
	{ "tuning:..0", "(range tuning_cents * 0)" },
	{ "track:17", "(range track 17 17)" },

	/* dates, as seconds since the epoch: 2026-01-01 is day 20454, 2024 a leap year */
	{ "added:2026", "(range added 1767225600 1798761600))" },
	{ "added:2026-01-01", "(range added 1767225600 1767312000))" },
	{ "added:2024-02", "(range added 1706745600 1709251200))" },
	{ "added:2024-02-29..2024-02-29", "(range added 1709164800 1709251200))" },
	{ "added:2026-01..", "(range added 1767225600 *)" },
	{ "added:..2025", "(range added * 1767225600))" },
	{ "added:1970-01-01", "(range added 0 86400))" },
	{ "sort:added-", "(all) sort:added-" },

	/* not, or, groups */
	{ "-live", "(not (word \"live\"))" },
	{ "not live", "(not (word \"live\"))" },
	{ "NOT live", "(not (word \"live\"))" },
	{ "--live", "(not (not (word \"live\")))" },
	{ "-genre:rock jazz", "(and (not (has genre \"rock\")) (word \"jazz\"))" },
	{ "a | b", "(or (word \"a\") (word \"b\"))" },
	{ "a|b|c", "(or (word \"a\") (word \"b\") (word \"c\"))" },
	{ "a OR b", "(or (word \"a\") (word \"b\"))" },
	{ "a , b", "(or (word \"a\") (word \"b\"))" },
	{ "a, b", "(or (word \"a\") (word \"b\"))" },
	{ "\"a\", b", "(or (word \"a\") (word \"b\"))" },
	{ "a b , c d", "(or (and (word \"a\") (word \"b\")) (and (word \"c\") (word \"d\")))" },
	{ "(a | b) c", "(and (or (word \"a\") (word \"b\")) (word \"c\"))" },
	{ "-(a b)", "(not (and (word \"a\") (word \"b\")))" },
	{ "not(a|b)", "(not (or (word \"a\") (word \"b\")))" },
	{ "((a))", "(word \"a\")" },

	/* lists, beginnings, regular expressions */
	{ "genre:(hip hop, \"rock, pop\" | jazz)", "(or (has genre \"hip hop\") (has genre \"rock, pop\") (has genre \"jazz\"))" },
	{ "genre:(rock)", "(has genre \"rock\")" },
	{ "year:(1990,2000..2005) x", "(and (or (range year 1990 1990) (range year 2000 2005)) (word \"x\"))" },
	{ "title:=(A, B)", "(or (is title \"A\") (is title \"B\"))" },
	{ "-genre:(a, b)", "(not (or (has genre \"a\") (has genre \"b\")))" },
	{ "artist:bea*", "(has artist \"bea\"*)" },
	{ "artist:\"bea*\"", "(has artist \"bea*\")" },
	{ "artist:=bea*", "(is artist \"bea*\")" },
	{ "title::^(a|b).*c$ x", "(and (match title \"^(a|b).*c$\") (word \"x\"))" },
	{ "(title::a|b)", "(match title \"a|b\")" },
	{ "title::\"a b\"", "(match title \"a b\")" },

	/* statistics */
	{ "plays:10.. skips:0 likes:1..", "(and (range plays 10 *) (range skips 0 0) (range likes 1 *))" },
	{ "has:played lastplayed:..2026", "(and (known played) (range played * 1798761600)))" },
	{ "gone:1970", "(range gone 0 31536000)) with-gone" },

	/* known or not */
	{ "has:features", "(known features)" },
	{ "missing:genre", "(not (known genre))" },
	{ "has:waveform", "(known waveform)" },
	{ "missing:file", "(not (known file)) with-gone" },
	{ "has:tag.lyrics", "(known tag.lyrics)" },

	/* order and number */
	{ "sort:energy-", "(all) sort:energy-" },
	{ "jazz sort:artist+ sort:year limit:50", "(word \"jazz\") sort:artist+ sort:year+ limit:50" },
	{ "limit:1 jazz", "(word \"jazz\") limit:1" },
	{ "sample:5 group:artist limit:3", "(all) group:artist sample:5 limit:3" },
};

static void texts_become_trees(void **state)
{
	struct qf_arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct qf_query q;
		struct qf_buf b = { 0 };
		struct qf_err e = { 0 };

		if (qf_query_parse(&q, good[i].text, strlen(good[i].text), &a, &e) != QF_OK)
			fail_msg("%s -> %s", good[i].text, e.text);
		qf_query_dump(&b, &q);
		if (strcmp(b.p, good[i].dump) != 0)
			fail_msg("%s -> %s, wanted %s", good[i].text, b.p, good[i].dump);
		qf_buf_free(&b);
		qf_arena_reset(&a);
	}
	qf_arena_free(&a);
}

static const struct { const char *text, *error; } bad[] = {
	{ "jazz tmpo:120", "query: column 6: there is no field 'tmpo'; did you mean tempo? Known are: title artist album" },
	{ "centriod:2", "query: column 1: there is no field 'centriod'; did you mean centroid?" },
	{ "Re:Zero", "query: column 1: there is no field 'Re' (put a text with a colon into quotes). Known are: title" },
	{ "r\xc3\xb3s x:1", "query: column 5: there is no field 'x'" },
	{ "artist::", "query: column 9: a regular expression is wanted after ::" },
	{ "artist::(b", "query: column 9: this regular expression is wrong: Unmatched ( or \\(" },
	{ "artist::(b)\\1", "query: column 9: \\1: back-references are not supported" },
	{ "artist::(a{99}){99}", "query: column 9: its repetitions, written out, have more than 2000 characters" },
	{ "artist::(a{50})*{50}", "query: column 9: its repetitions, written out, have more than 2000 characters" },
	{ "artist::n++++++++++++", "query: column 9: its repetitions, written out, have more than 2000 characters" },
	{ "artist::((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+", "query: column 9: its repetitions, written out, have more than 2000 characters" },
	{ "year::19", "query: column 1: regular expressions are for texts; this field is none" },
	{ "genre:(rock, jazz", "query: column 7: this list is not closed" },
	{ "genre:(rock, )", "query: column 13: a value is wanted" },
	{ "year:(1990, x)", "query: column 12: year wants a whole number" },
	{ "added:30d..", "query: column 7: times before now are not known here; a date is wanted" },
	{ "sample:x", "query: column 8: sample wants a whole number from 1" },
	{ "group:beats", "query: column 7: tracks cannot be grouped by this" },
	{ "artist:", "query: column 8: a value is wanted; `missing:field` finds tracks without one" },
	{ "artist:\"\"", "query: column 8: an empty text; `missing:field` finds tracks without one" },
	{ "tempo:fast", "query: column 7: tempo_bpm wants a number or a range such as 120..130, 120.. or ..130" },
	{ "tempo:0x10", "query: column 7: tempo_bpm wants a number or a range" },
	{ "tempo:1e3", "query: column 7: tempo_bpm wants a number or a range" },
	{ "tempo:nan", "query: column 7: tempo_bpm wants a number or a range" },
	{ "tempo:..", "query: column 7: tempo_bpm wants a number or a range" },
	{ "tempo:1..2..3", "query: column 7: tempo_bpm wants a number or a range" },
	{ "duration:3:70", "query: column 10: duration wants a number or a range such as 120..130, 120.. or ..130; in seconds, or as 3:30" },
	{ "tempo:130..120", "query: column 7: this range is empty: its first end is above its second" },
	{ "year:1990.5", "query: column 6: year wants a whole number or a range such as 120..130" },
	{ "added:2026-13", "query: column 7: added wants a date or a range such as 2026, 2026-03..2026-05 or 2026-03-21.." },
	{ "added:2025-02-29", "query: column 7: added wants a date" },
	{ "added:2025-04-31", "query: column 7: added wants a date" },
	{ "added:yesterday", "query: column 7: added wants a date" },
	{ "added:2026..2025", "query: column 7: this range is empty" },
	{ "\"open", "query: column 1: this quote is not closed" },
	{ "\"a\"b", "query: column 4: a blank is wanted after the quote" },
	{ "(a", "query: column 1: this parenthesis is not closed" },
	{ "a)", "query: column 2: there is no parenthesis that this could close" },
	{ "()", "query: column 1: there is no term in these parentheses" },
	{ "a |", "query: column 4: a side of this OR is empty" },
	{ ", a", "query: column 1: a side of this OR is empty" },
	{ "a | | b", "query: column 5: a side of this OR is empty" },
	{ "a , sort:year", "query: column 14: a side of this OR is empty" },
	{ "not", "query: column 1: there is nothing here that could be negated" },
	{ "-sort:year", "query: column 1: there is nothing here that could be negated" },
	{ "limit:0", "query: column 7: limit wants a whole number from 1" },
	{ "limit:1.5", "query: column 7: limit wants a whole number from 1" },
	{ "sort:beats", "query: column 6: tracks cannot be sorted by this" },
	{ "features:1", "query: column 1: this can only be asked for as has:… or missing:…" },
	{ "a\xff", "query: not UTF-8" },
};

static void errors_name_the_column_and_the_way_out(void **state)
{
	struct qf_arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct qf_query q;
		struct qf_err e = { 0 };

		if (qf_query_parse(&q, bad[i].text, strlen(bad[i].text), &a, &e) != QF_EINVAL)
			fail_msg("%s is taken for a query", bad[i].text);
		if (strncmp(e.text, bad[i].error, strlen(bad[i].error)) != 0)
			fail_msg("%s -> %s", bad[i].text, e.text);
		qf_arena_reset(&a);
	}
	qf_arena_free(&a);
}

/* ---- what a query may refer to ---------------------------------------------------------- */

static enum qf_status saved(void *user, const char *name, struct qf_arena *a, const char **text, struct qf_err *e)
{
	static const struct { const char *name, *text; } all[] = {
		{ "calm", "mood:calm | energy:..0.3" }, { "short", "duration:..120 sort:title limit:9" }, { "me", "x @me" },
		{ "bad", "tempo:fast" }, { "close", "a)" },
	};

	(void)user;
	(void)a;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].name, name) == 0) {
			*text = all[i].text;
			return QF_OK;
		}
	return qf_fail(e, QF_ENOTFOUND, "none");
}

static void dump_in(const char *text, const char *want)
{
	const struct qf_query_env env = { .now = 100 * 86400, .saved = saved };
	struct qf_arena a = { 0 };
	struct qf_query q;
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };

	if (qf_query_parse_in(&q, text, strlen(text), &env, &a, &e) == QF_OK)
		qf_query_dump(&b, &q);
	else
		qf_buf_printf(&b, "%zu %s", q.error_at, e.text);
	if (strncmp(b.p, want, strlen(want)) != 0)
		fail_msg("%s -> %s", text, b.p);
	qf_buf_free(&b);
	qf_arena_free(&a);
}

static void times_count_back_from_now(void **state)
{
	(void)state;
	dump_in("added:30d..", "(range added 6048000 *)");     /* day 70 */
	dump_in("added:30d", "(range added 6048000 *)");
	dump_in("played:..2w", "(range played * 7430400)");     /* day 86 */
	dump_in("played:2w..1d", "(range played 7430400 8553600)");
	dump_in("added:1m..1h", "(range added 6048000 8636400)");
	dump_in("added:1d..2w", "6 query: column 7: this range is empty");
	dump_in("added:-1d..", "6 query: column 7: added wants a date");
	dump_in("added:1970..30d", "(range added 0 6048000)");
}

static void saved_queries_stand_for_their_text(void **state)
{
	(void)state;
	dump_in("@calm jazz", "(and (or (has moods \"calm\") (range energy * 0.3)) (word \"jazz\"))");
	dump_in("-@calm", "(not (or ");
	dump_in("@short", "(range duration * 120) sort:title+ limit:9");
	dump_in("x @none", "2 query: column 3: no query was saved under this name");
	dump_in("x @bad", "2 bad: query: column 7: tempo_bpm wants a number");
	dump_in("@close", "0 close: query: column 2: there is no parenthesis");
	dump_in("@me", "0 me: me: me: me: me: me: me: me: query: column 3: saved queries that name each other");
	dump_in("\"@calm\"", "(word \"@calm\")");
}

static enum qf_status parse_repeated(const char *before, const char *piece, size_t times, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_buf b = { 0 };
	struct qf_query q;
	enum qf_status rc;

	qf_buf_puts(&b, before);
	for (size_t i = 0; i < times; i++)
		qf_buf_puts(&b, piece);
	rc = qf_query_parse(&q, b.p, b.len, &a, e);
	qf_arena_free(&a);
	qf_buf_free(&b);
	return rc;
}

static void the_tree_is_bounded(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(parse_repeated("", "a ", QF_QUERY_TERMS, &e), QF_OK);
	assert_int_equal(parse_repeated("", "a ", QF_QUERY_TERMS + 1, &e), QF_EINVAL);
	assert_string_equal(e.text, "query: column 513: more than 256 terms");
	assert_int_equal(parse_repeated("", "(", QF_QUERY_DEPTH + 1, &e), QF_EINVAL);
	assert_string_equal(e.text, "query: column 66: more than 64 groups and negations within each other");
	assert_int_equal(parse_repeated("", "-", 1000, &e), QF_EINVAL);
	assert_int_equal(parse_repeated("", "not ", 100000 / 8, &e), QF_EINVAL);
	assert_int_equal(parse_repeated("", "sort:year ", QF_QUERY_SORTS + 1, &e), QF_EINVAL);
	assert_int_equal(parse_repeated("", "aaaaaaaa ", 10000, &e), QF_EINVAL);
	assert_string_equal(e.text, "query: longer than 65536 bytes");
}

/* ---- fields ----------------------------------------------------------------------------- */

static void every_feature_is_found_by_both_of_its_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < QF_FEATURES_N; i++) {
		struct qf_field f, again;
		struct qf_buf b = { 0 };

		assert_true(qf_field_find(qf_feature_table[i].name, strlen(qf_feature_table[i].name), &f));
		assert_string_equal(f.name, qf_feature_table[i].name);
		assert_true(f.feature);
		qf_field_put_short(&b, &f);
		assert_true(qf_field_find(b.p, b.len, &again));
		assert_string_equal(again.name, f.name);
		qf_buf_free(&b);
	}
}

static void names_are_unique(void **state)
{
	struct qf_field f, g;

	(void)state;
	for (size_t i = 0; qf_field_at(i, &f); i++)
		for (size_t j = 0; j < i && qf_field_at(j, &g); j++)
			assert_string_not_equal(f.name, g.name);
}

static void suggestions_are_near(void **state)
{
	static const char *const cases[][2] = {
		{ "atrist", "artist" }, { "tempp", "tempo" }, { "TITEL", "title" }, { "genr", "genre" }, { "tempo_bmp", "tempo" },
		{ "composr", "composer" }, { "xyzzy", "" }, { "q", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_buf b = { 0 };

		qf_field_suggest(&b, cases[i][0], strlen(cases[i][0]));
		assert_string_equal(b.p ? b.p : "", cases[i][1]);
		qf_buf_free(&b);
	}
}

static void running_out_of_memory_is_an_error(void **state)
{
	static const char text[] = "(a | \"b c\") -artist:=x tempo:1..2 wor* has:key sort:year";
	struct qf_query q;

	(void)state;
	for (unsigned long nth = 1; nth <= 20; nth++) {
		struct qf_arena a = { 0 };
		enum qf_status rc;

		qf_alloc_fail_at(nth, true);
		rc = qf_query_parse(&q, text, strlen(text), &a, NULL);
		assert_true(rc == QF_OK || rc == QF_ENOMEM);
		if (nth == 1)
			assert_int_equal(rc, QF_ENOMEM);
		qf_alloc_fail_at(0, false);
		qf_arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_become_trees),
		cmocka_unit_test(errors_name_the_column_and_the_way_out),
		cmocka_unit_test(times_count_back_from_now),
		cmocka_unit_test(saved_queries_stand_for_their_text),
		cmocka_unit_test(the_tree_is_bounded),
		cmocka_unit_test(every_feature_is_found_by_both_of_its_names),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(suggestions_are_near),
		cmocka_unit_test(running_out_of_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
