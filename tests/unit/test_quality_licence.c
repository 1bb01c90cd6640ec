/* Licences: expressions, what is open, Debian's copyright files, tags. */
#include "unit.h"

#include "base/alloc.h"
#include "quality/copyright.h"
#include "quality/licence.h"
#include "quality/spdx.h"

#include <stdio.h>

/* The tree with all its brackets. */
static void put_tree(struct qf_buf *b, const struct qf_spdx *x, size_t i)
{
	const struct qf_spdx_node *n = &x->node[i];

	if (n->kind == QF_SPDX_TERM) {
		qf_buf_put(b, n->id.p, n->id.n);
		qf_buf_puts(b, n->plus ? "+" : "");
		qf_buf_puts(b, n->with.n ? "/" : "");
		qf_buf_put(b, n->with.p, n->with.n);
		return;
	}
	qf_buf_putc(b, '(');
	put_tree(b, x, n->left);
	qf_buf_puts(b, n->kind == QF_SPDX_AND ? "&" : "|");
	put_tree(b, x, n->right);
	qf_buf_putc(b, ')');
}

static void and_binds_closer_than_or_and_with_closest(void **state)
{
	static const struct { const char *text, *tree; } cases[] = {
		{ "MIT", "MIT" },
		{ " MIT\t", "MIT" },
		{ "MIT OR CC0-1.0 AND ISC", "(MIT|(CC0-1.0&ISC))" },
		{ "MIT AND CC0-1.0 or ISC", "((MIT&CC0-1.0)|ISC)" },
		{ "(MIT OR CC0-1.0) AND ISC", "((MIT|CC0-1.0)&ISC)" },
		{ "A AND B AND C", "((A&B)&C)" },
		{ "GPL-2.0+ WITH Font-exception-2.0 AND MIT", "(GPL-2.0+/Font-exception-2.0&MIT)" },
		{ "((MIT))", "MIT" },
		{ "DocumentRef-x:LicenseRef-y", "DocumentRef-x:LicenseRef-y" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_spdx x;
		struct qf_buf b = { 0 };
		struct qf_err e = { 0 };

		assert_ok(qf_spdx_parse(&x, cases[i].text, strlen(cases[i].text), &e), e);
		put_tree(&b, &x, x.root);
		assert_text(&b, cases[i].tree);
		qf_buf_free(&b);
	}
}

static void a_broken_expression_says_where(void **state)
{
	static const struct { const char *text, *why; } cases[] = {
		{ "", "a licence is missing at byte 1" },
		{ "MIT AND", "a licence is missing at byte 8" },
		{ "MIT ISC", "an operator (AND, OR, WITH) is missing at byte 5" },
		{ "(MIT", "a closing bracket is missing at byte 5" },
		{ "MIT)", "an operator (AND, OR, WITH) is missing at byte 4" },
		{ "OR MIT", "a licence is missing at byte 1" },
		{ "MIT WITH", "an exception is missing at byte 9" },
		{ "M\xc3\xa9", "an operator (AND, OR, WITH) is missing at byte 2" },
	};
	struct qf_spdx x;
	struct qf_err e = { 0 };
	char deep[100];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(qf_spdx_parse(&x, cases[i].text, strlen(cases[i].text), &e), QF_EFORMAT);
		assert_string_equal(e.text, cases[i].why);
	}
	memset(deep, '(', sizeof deep);
	assert_int_equal(qf_spdx_parse(&x, deep, QF_SPDX_DEPTH + 1, &e), QF_ELIMIT);
	assert_int_equal(qf_spdx_parse(&x, deep, QF_SPDX_DEPTH, &e), QF_EFORMAT);
}

static struct qf_licence judge(const char *text)
{
	struct qf_licence l;

	qf_licence_judge(text, strlen(text), &l);
	return l;
}

static void the_ladder_is_as_it_was_agreed(void **state)
{
	static const struct { const char *text; double value; } cases[] = { /* 0: refused */
		{ "CC0-1.0", 1 }, { "PDDL-1.0", 1 }, { "Unlicense", 1 }, { "CC-BY-4.0", .9 }, { "ODC-By-1.0", .9 }, { "CDLA-Permissive-2.0", .9 },
		{ "mit", .9 }, { "BSD-3-clause", .9 }, { "Apache-2.0", .9 }, { "CC-BY-1.0", .85 }, { "CC-BY-3.0", .85 }, { "CC-BY-SA-4.0", .7 },
		{ "ODbL-1.0", .7 }, { "LAL-1.3", .7 }, { "CC-BY-SA-3.0", .6 }, { "GPL-2.0-or-later", .6 }, { "GPL-3.0+", .6 }, { "GFDL-1.3-only", .6 },
		{ "CC-BY-NC-4.0", 0 }, { "CC-BY-ND-3.0", 0 }, { "CC-BY-NC-SA-4.0", 0 }, { "NONE", 0 }, { "NOASSERTION", 0 }, { "", 0 },
		{ "LicenseRef-mine", 0 }, { "MIT AND", 0 },
		{ "CC0-1.0 AND GPL-2.0-only", .6 }, { "CC0-1.0 OR GPL-2.0-only", 1 }, { "MIT AND CC-BY-NC-3.0", 0 }, { "MIT OR CC-BY-NC-3.0", .9 },
		{ "(MIT OR X) AND CC-BY-SA-4.0", .7 }, { "GPL-3.0-or-later WITH Font-exception-2.0", .6 }, { "GPL-3.0-or-later WITH My-exception", 0 },
		{ "Font-exception-2.0", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_licence l = judge(cases[i].text);

		if (l.value != cases[i].value || l.open != (cases[i].value > 0))
			fail_msg("%s: %g (%s)", cases[i].text, l.value, l.why);
	}
}

static void a_refusal_names_the_licence_and_the_nearest_ids(void **state)
{
	(void)state;
	assert_string_equal(judge("CC-BY-SA-5.0").why, "CC-BY-SA-5.0 is no licence that we know; the nearest are CC-BY-SA-4.0, CC-BY-SA-1.0, CC-BY-SA-2.0");
	assert_string_equal(judge("Drascula-License").why,
			    "Drascula-License is no licence that we know; the nearest are Unlicense, BSD-1-Clause, BSD-2-Clause");
}

static void a_refused_licence_says_why_and_where_that_stands(void **state)
{
	(void)state;
	assert_string_equal(judge("MIT AND CC-BY-NC-SA-4.0").why, "CC-BY-NC-SA-4.0: no commercial use (https://creativecommons.org/licenses/by-nc-sa/4.0/)");
	assert_string_equal(judge("").why, "no licence is told");
	assert_string_equal(judge("MIT AND").why, "'MIT AND' is no licence expression: a licence is missing at byte 8");
	assert_string_equal(judge("GPL-3.0-only WITH Font-exception-2").why,
			    "Font-exception-2 is no exception that we know; the nearest are Font-exception-2.0, Bison-exception-2.2, GCC-exception-2.0");
}

static void debian_short_names_become_spdx(void **state)
{
	static const struct { const char *dep5, *spdx; } cases[] = {
		{ "CC0", "CC0-1.0" }, { "GPL-2+", "GPL-2.0-or-later" }, { "GPL-2", "GPL-2.0-only" }, { "Expat", "MIT" }, { "bsd-3-clause", "BSD-3-Clause" },
		{ "GPL-2+ or Artistic", "GPL-2.0-or-later OR Artistic-1.0-Perl" },
		{ "GPL-2+ or Artistic, and Expat", "(GPL-2.0-or-later OR Artistic-1.0-Perl) AND MIT" },
		{ "LGPL-2.1+ and MIT-Brian-Paul", "LGPL-2.1-or-later AND MIT" },
		{ "GPL-2+ with composition exception", "GPL-2.0-or-later" },
		{ "GPL-3+-with-font-exception", "GPL-3.0-or-later WITH Font-exception-2.0" },
		{ "Drascula-License", "Drascula-License" }, { "my own (c)", "my-own--c-" }, { "CC-BY-SA-3.0-us", "CC-BY-SA-3.0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_buf b = { 0 };

		qf_licence_put_dep5(&b, cases[i].dep5, strlen(cases[i].dep5));
		assert_text(&b, cases[i].spdx);
		qf_buf_free(&b);
	}
}

static void tags_become_spdx(void **state)
{
	static const struct { const char *url, *license, *copyright, *spdx; bool contradict; } cases[] = { /* spdx NULL: nothing told */
		{ NULL, NULL, NULL, NULL, false },
		{ NULL, NULL, "(C) 1999 Ann", NULL, false },
		{ "http://creativecommons.org/licenses/by-sa/3.0/", NULL, NULL, "CC-BY-SA-3.0", false },
		{ NULL, NULL, "2010 Ann. Licensed to the public under http://creativecommons.org/licenses/by-nc-nd/2.5/es/ verify at …", "CC-BY-NC-ND-2.5", false },
		{ NULL, "https://creativecommons.org/publicdomain/zero/1.0/", NULL, "CC0-1.0", false },
		{ NULL, "CC BY-SA 4.0", NULL, "CC-BY-SA-4.0", false },
		{ NULL, "Creative Commons Attribution-NonCommercial 3.0 Unported", NULL, "CC-BY-NC-3.0", false },
		{ NULL, "Public Domain", NULL, "CC-PDDC", false },
		{ NULL, "All rights reserved.", NULL, "NONE", false },
		{ NULL, "mit OR gpl-2.0-only", NULL, "MIT OR GPL-2.0-only", false },
		{ NULL, "ask me first!", NULL, "ask-me-first", false },
		{ NULL, "!", NULL, NULL, false },
		{ "http://creativecommons.org/licenses/by/3.0/", "CC-BY-SA-3.0", NULL, "CC-BY-3.0", false },
		{ "http://creativecommons.org/licenses/by/3.0/", NULL, "http://creativecommons.org/licenses/by-nc/3.0/", "CC-BY-3.0", true },
		{ NULL, "MIT", "http://creativecommons.org/licenses/by-nc/3.0/", "MIT", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_buf b = { 0 };
		bool contradict = false, told = qf_licence_put_tags(&b, cases[i].url, cases[i].license, cases[i].copyright, &contradict);

		assert_int_equal(told, cases[i].spdx != NULL);
		assert_text(&b, cases[i].spdx ? cases[i].spdx : "");
		if (i != 12) /* a LICENSE tag that is no address is not compared with one */
			assert_int_equal(contradict, cases[i].contradict);
		qf_buf_free(&b);
	}
}

#define HEAD "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Songs\nSource: http://x.example/\n\n"

static const char *licence_of(const char *text, const char *prefix, const char *path, char to[64])
{
	struct qf_copyright *c;
	struct qf_copyright_files f;
	struct qf_err e = { 0 };

	assert_ok(qf_copyright_open(&c, text, strlen(text), &e), e);
	snprintf(to, 64, "none");
	if (qf_copyright_find(c, prefix, path, &f))
		snprintf(to, 64, "%.*s", (int)f.licence.n, f.licence.p);
	qf_copyright_close(c);
	return to;
}

static void the_last_pattern_that_matches_counts(void **state)
{
	static const char text[] = HEAD "Files: *\nCopyright: A\nLicense: GPL-2+\n\nFiles: music/*\nCopyright: B\nLicense: CC0\n the text\n .\n of it\n\n"
				   "# a remark\nFiles:\n music/a?.ogg\n music/\\*.ogg\nCopyright: C\nLicense: Expat\n\nLicense: Expat\n more text\n";
	char to[64];

	(void)state;
	assert_string_equal(licence_of(text, "", "readme", to), "GPL-2+");
	assert_string_equal(licence_of(text, "", "music/deep/er.ogg", to), "CC0"); /* a star takes slashes too */
	assert_string_equal(licence_of(text, "", "music/a1.ogg", to), "Expat");
	assert_string_equal(licence_of(text, "", "music/a.ogg", to), "CC0");
	assert_string_equal(licence_of(text, "", "music/*.ogg", to), "Expat");
	assert_string_equal(licence_of(text, "music/", "a1.ogg", to), "Expat");
	assert_string_equal(licence_of(HEAD "Files: a/*\nLicense: CC0\n", "", "b/c", to), "none");
	assert_string_equal(licence_of(HEAD "Files: kits/Two.h2drumkit\nLicense: CC0\n", "", "kits/Two/snare.wav", to), "CC0");
	assert_string_equal(licence_of(HEAD "Files: *\nLicense: MIT\n\nFiles: a/My?Kit.zip\nLicense: CC0\n\nFiles: a.json\nLicense: GPL-2\n", "", "a/My Kit/b", to), "CC0");
	assert_string_equal(licence_of(HEAD "Files: kits/Two.h2drumkit\nLicense: CC0\n", "", "kits/Twofold/snare.wav", to), "none");
}

static void a_star_costs_no_more_than_the_product(void **state)
{
	static const char text[] = HEAD "Files: *a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b\nLicense: CC0\n";
	char path[4001], to[64];

	(void)state;
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_string_equal(licence_of(text, "", path, to), "none");
}

static void the_prefix_that_the_source_had_is_found(void **state)
{
	static const char text[] = HEAD "Files: *\nLicense: MIT\n\nFiles: etc/doc/*\nLicense: MIT\n\nFiles: etc/samples/a.flac etc/samples/b.flac\nLicense: CC0\n";
	const char *deep[] = { "samples/a.flac", "samples/b.flac", "buffers/c.wav" }, *flat[] = { "a.flac", "b.flac" }, *none[] = { "x" };
	struct qf_copyright *c;
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_copyright_open(&c, text, strlen(text), &e), e);
	qf_copyright_prefix(c, deep, 3, &b);
	assert_text(&b, "etc/");
	qf_buf_clear(&b);
	qf_copyright_prefix(c, flat, 2, &b);
	assert_text(&b, "etc/samples/");
	qf_buf_clear(&b);
	qf_copyright_prefix(c, none, 1, &b); /* etc/doc/x would be one that only a star matches */
	assert_text(&b, "");
	assert_int_equal(qf_copyright_name(c).n, 5);
	assert_memory_equal(qf_copyright_source(c).p, "http://x.example/", 17);
	qf_buf_free(&b);
	qf_copyright_close(c);
}

static void what_is_no_such_file_is_refused_with_a_sentence(void **state)
{
	static const struct { const char *text, *why; } cases[] = {
		{ "This package was debianized by somebody.\n", "not machine-readable: it does not begin with a Format: field (DEP-5), so it tells no licence of a file" },
		{ "", "not machine-readable: it does not begin with a Format: field (DEP-5), so it tells no licence of a file" },
		{ HEAD "License: MIT\n text\n", "no Files: paragraph, so it tells no licence of a file" },
		{ HEAD "Files: *\nCopyright: A\n", "the Files: paragraph of line 5 has no License:" },
		{ HEAD "Files: *\nLicense: MIT\nand then some\n", "line 7 is no field (Name: value)" },
	};
	struct qf_copyright *c;
	struct qf_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(qf_copyright_open(&c, cases[i].text, strlen(cases[i].text), &e), QF_EFORMAT);
		assert_null(c);
		assert_string_equal(e.text, cases[i].why);
	}
}

static void memory_that_runs_out_is_said(void **state)
{
	static const char text[] = HEAD "Files: *\nLicense: MIT\n";

	(void)state;
	for (unsigned long at = 1; at < 6; at++) {
		struct qf_copyright *c;
		struct qf_err e = { 0 };
		enum qf_status rc;

		qf_alloc_fail_at(at, true);
		rc = qf_copyright_open(&c, text, sizeof text - 1, &e);
		qf_alloc_fail_at(0, false);
		assert_true(rc == QF_ENOMEM || at > 4);
		qf_copyright_close(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(and_binds_closer_than_or_and_with_closest),
		cmocka_unit_test(a_broken_expression_says_where),
		cmocka_unit_test(the_ladder_is_as_it_was_agreed),
		cmocka_unit_test(a_refusal_names_the_licence_and_the_nearest_ids),
		cmocka_unit_test(a_refused_licence_says_why_and_where_that_stands),
		cmocka_unit_test(debian_short_names_become_spdx),
		cmocka_unit_test(tags_become_spdx),
		cmocka_unit_test(the_last_pattern_that_matches_counts),
		cmocka_unit_test(a_star_costs_no_more_than_the_product),
		cmocka_unit_test(the_prefix_that_the_source_had_is_found),
		cmocka_unit_test(what_is_no_such_file_is_refused_with_a_sentence),
		cmocka_unit_test(memory_that_runs_out_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
