#include "station/settings.h"

#include "base/text.h"

#include <ini.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct qf_setting qf_settings_table[] = {
#include "settings.gen.h"
};
const size_t qf_settings_count = sizeof qf_settings_table / sizeof qf_settings_table[0];

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct reading {
	const char *at, *end;
	size_t line;
	struct qf_arena *a;
	struct qf_buf given, faults; /* struct qf_given, struct qf_fault */
	bool failed;                 /* out of memory */
};

/* ---- faults ----------------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3))) complain(struct reading *r, const char *fmt, ...)
{
	struct qf_fault f = { .line = r->line };
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	f.text = qf_arena_dup(r->a, text, strlen(text));
	r->failed |= !f.text;
	if (f.text)
		qf_buf_put(&r->faults, &f, sizeof f);
}

/* ---- values ------------------------------------------------------------------------------------------ */

static bool name_byte(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80 ||
	       (!first && (c == '.' || c == '-'));
}

static bool is_name(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!name_byte(p[i], i == 0))
			return false;
	return n > 0 && n <= QF_SETTINGS_NAME && qf_utf8_valid(p, n);
}

bool qf_settings_name(const char **rest, struct qf_span *name)
{
	*rest += strspn(*rest, " \t,");
	*name = (struct qf_span){ *rest, strcspn(*rest, " \t,") };
	*rest += name->n;
	return name->n > 0;
}

/* Each returns what is wanted instead of the value, or NULL. */

static const char *check_text(const struct qf_setting *s, const char *value)
{
	(void)s;
	return qf_utf8_valid(value, strlen(value)) ? NULL : "UTF-8";
}

static const char *check_name(const struct qf_setting *s, const char *value)
{
	(void)s;
	return is_name(value, strlen(value)) ? NULL : "one name of at most 40 letters, digits, '.', '_' and '-'";
}

static const char *check_names(const struct qf_setting *s, const char *value)
{
	struct qf_span name;

	(void)s;
	while (qf_settings_name(&value, &name))
		if (!is_name(name.p, name.n))
			return "names of at most 40 letters, digits, '.', '_' and '-', with blanks between";
	return NULL;
}

static const char *check_path(const struct qf_setting *s, const char *value)
{
	(void)s;
	if (*value == '~')
		return "a path from / or from the folder of this file: '~' is the shell's";
	return *value == '"' || *value == '\'' ? "a path without quotes: a value goes to the end of its line" : NULL;
}

static int yes_or_no(const char *value)
{
	static const char *const words[2][4] = { { "no", "off", "false", "0" }, { "yes", "on", "true", "1" } };

	for (int yes = 0; yes < 2; yes++)
		for (size_t i = 0; i < COUNT(words[0]); i++)
			if (strcmp(value, words[yes][i]) == 0)
				return yes;
	return -1;
}

static const char *check_yes_no(const struct qf_setting *s, const char *value)
{
	(void)s;
	return yes_or_no(value) < 0 ? "yes or no" : NULL;
}

static bool decimal(const char *value, size_t n)
{
	return n > 0 && n < 20 && strspn(value, "0123456789.") >= n && value[0] != '.' && value[n - 1] != '.';
}

static const char *check_number(const struct qf_setting *s, const char *value)
{
	char *end;
	double v = strtod(value, &end);

	if (decimal(value, strlen(value)) && !*end && v >= s->lo && v <= s->hi)
		return NULL;
	return s->hi <= 1 ? "a number from 0 to 1" : "a number from 0 to 1000000000";
}

static const char *check_size(const struct qf_setting *s, const char *value)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB" };
	size_t n = strspn(value, "0123456789.");

	(void)s;
	for (size_t i = 0; decimal(value, n) && i < COUNT(units); i++)
		if (strcmp(value + n, units[i]) == 0)
			return NULL;
	return "a size like 500MB or 10GiB";
}

static const char *check_zone(const struct qf_setting *s, const char *value)
{
	bool bad = *value == '/' || *value == '-' || strstr(value, "..") != NULL;

	(void)s;
	for (const char *p = value; *p; p++)
		bad |= (unsigned char)*p >= 0x80 || (!name_byte(*p, false) && *p != '/' && *p != '+');
	return bad ? "a zone like Europe/Berlin" : NULL;
}

static const char *(*const checks[])(const struct qf_setting *, const char *) = {
	[QF_SETTING_TEXT] = check_text, [QF_SETTING_NAME] = check_name, [QF_SETTING_NAMES] = check_names, [QF_SETTING_PATH] = check_path,
	[QF_SETTING_PATHS] = check_path, [QF_SETTING_YES_NO] = check_yes_no, [QF_SETTING_NUMBER] = check_number, [QF_SETTING_SIZE] = check_size,
	[QF_SETTING_ZONE] = check_zone,
};

/* ---- keys --------------------------------------------------------------------------------------------- */

const struct qf_setting *qf_settings_find(const char *section, const char *key)
{
	for (size_t i = 0; i < qf_settings_count; i++) {
		const struct qf_setting *s = &qf_settings_table[i];

		if (s->kind != QF_SETTING_SECTION && strcmp(s->section, section) == 0 && (*s->key == '*' || strcmp(s->key, key) == 0))
			return s;
	}
	return NULL;
}

static size_t edits(const char *a, const char *b)
{
	return qf_text_edits(a, strlen(a), b, strlen(b));
}

/* The most alike, rather of the same section; NULL: none is. */
static const struct qf_setting *nearest(const char *section, const char *key)
{
	const struct qf_setting *best = NULL;
	size_t least = 4;

	for (size_t i = 0; i < qf_settings_count; i++) {
		const struct qf_setting *s = &qf_settings_table[i];
		size_t d = edits(s->key, key);

		if (s->kind == QF_SETTING_SECTION || *s->key == '*' || d == SIZE_MAX)
			continue;
		d += strcmp(s->section, section) != 0;
		if (d < least) {
			least = d;
			best = s;
		}
	}
	return best;
}

static bool is_section(const char *p, size_t n)
{
	for (size_t i = 0; i < qf_settings_count; i++)
		if (strlen(qf_settings_table[i].section) == n && memcmp(qf_settings_table[i].section, p, n) == 0)
			return true;
	return false;
}

/* Of a section that is none it was told before. */
static void complain_unknown(struct reading *r, const char *section, const char *key)
{
	const struct qf_setting *s = nearest(section, key);

	if (*section && !is_section(section, strlen(section)))
		return;
	if (!*section)
		complain(r, "'%s' stands before the first [section]", key);
	else if (s)
		complain(r, "[%s] has no '%s'; did you mean '%s' of [%s]?", section, key, s->key, s->section);
	else
		complain(r, "[%s] has no '%s'", section, key);
}

static const struct qf_given *given_before(const struct reading *r, const struct qf_setting *s, const char *key)
{
	const struct qf_given *g = (const struct qf_given *)(const void *)r->given.p;

	for (size_t i = 0; i < r->given.len / sizeof *g; i++)
		if (g[i].setting == s && strcmp(g[i].key, key) == 0)
			return &g[i];
	return NULL;
}

static void take(struct reading *r, const struct qf_setting *s, const char *key, const char *value)
{
	const char *wanted = *value ? checks[s->kind](s, value) : NULL;
	const struct qf_given *before = s->kind == QF_SETTING_PATHS ? NULL : given_before(r, s, key);
	struct qf_given g = { .setting = s, .line = r->line };

	if (wanted)
		complain(r, "%s = '%s': wanted is %s", key, value, wanted);
	else if (before)
		complain(r, "'%s' was told in line %zu already", key, before->line);
	else if (*s->key == '*' && !is_name(key, strlen(key)))
		complain(r, "'%s': wanted is a name of at most %d letters, digits, '.', '_' and '-'", key, QF_SETTINGS_NAME);
	else if (*s->key == '*' && !*value)
		complain(r, "'%s' is nothing", key);
	else if (*value || s->kind == QF_SETTING_NAMES) { /* no names are none; "budget =" is the default */
		g.key = qf_arena_dup(r->a, key, strlen(key));
		g.value = qf_arena_dup(r->a, value, strlen(value));
		r->failed |= !g.key || !g.value;
		qf_buf_put(&r->given, &g, sizeof g);
	}
}

/* ---- inih ------------------------------------------------------------------------------------------------ */

static int on_pair(void *user, const char *section, const char *key, const char *value)
{
	struct reading *r = user;
	const struct qf_setting *s = qf_settings_find(section, key);

	if (s)
		take(r, s, key, value ? value : "");
	else
		complain_unknown(r, section, key);
	return 1;
}

/* A line without "=" or with "[" alone: inih tells only of the first one, and not of a section that is unknown, so it is looked at here. */
static void look_at_line(struct reading *r, const char *p, size_t n)
{
	const char *close;

	while (n && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++, n--;
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r'))
		n--;
	if (n == 0 || *p == ';' || *p == '#')
		return;
	if (*p != '[') {
		if (!memchr(p, '=', n) && !memchr(p, ':', n))
			complain(r, "neither [section] nor KEY = VALUE");
		return;
	}
	close = memchr(p, ']', n);
	if (!close || close != p + n - 1) {
		complain(r, "a section is [name] and nothing behind it");
		return;
	}
	if (!is_section(p + 1, n - 2))
		complain(r, "there is no section %.*s", (int)(n < 60 ? n : 60), p);
}

/* As fgets(). A line that inih could not hold, or with a NUL in it, is told and given as an empty one. */
static char *next_line(char *to, int room, void *stream)
{
	struct reading *r = stream;
	size_t left = (size_t)(r->end - r->at), n;
	const char *newline = left ? memchr(r->at, '\n', left) : NULL, *from = r->at;

	if (left == 0)
		return NULL;
	n = newline ? (size_t)(newline - from) : left;
	r->at += n + (newline != NULL);
	r->line++;
	if (n > QF_SETTINGS_LINE || n + 2 > (size_t)room || memchr(from, '\0', n)) {
		complain(r, n > QF_SETTINGS_LINE ? "longer than %d bytes" : "a NUL byte", QF_SETTINGS_LINE);
		n = 0;
	}
	look_at_line(r, from, n);
	memcpy(to, from, n);
	memcpy(to + n, "\n", 2);
	return to;
}

static void *keep(struct reading *r, struct qf_buf *b)
{
	void *p = qf_arena_dup(r->a, b->p ? b->p : "", b->len);

	r->failed |= !p || b->failed;
	qf_buf_free(b);
	return p;
}

enum qf_status qf_settings_parse(const char *text, size_t size, struct qf_arena *a, struct qf_settings *out, struct qf_err *e)
{
	struct reading r = { .at = text, .end = text + size, .a = a };

	if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		r.at += 3;
	ini_max_line = QF_SETTINGS_LINE + 3;
	ini_allow_multiline = ini_allow_inline_comments = false;
	ini_parse_stream(next_line, &r, on_pair, &r);
	*out = (struct qf_settings){ .n = r.given.len / sizeof *out->given, .faults = r.faults.len / sizeof *out->fault };
	out->given = keep(&r, &r.given);
	out->fault = keep(&r, &r.faults);
	return r.failed ? qf_fail(e, QF_ENOMEM, "out of memory for settings") : QF_OK;
}

/* ---- asking ------------------------------------------------------------------------------------------------- */

const struct qf_given *qf_settings_next(const struct qf_settings *s, const char *section, const char *key, const struct qf_given *before)
{
	for (size_t i = before ? (size_t)(before - s->given) + 1 : 0; i < s->n; i++)
		if (strcmp(s->given[i].setting->section, section) == 0 && (!key || strcmp(s->given[i].key, key) == 0))
			return &s->given[i];
	return NULL;
}

const char *qf_settings_get(const struct qf_settings *s, const char *section, const char *key)
{
	const struct qf_given *g = qf_settings_next(s, section, key, NULL);
	const struct qf_setting *known = qf_settings_find(section, key);

	if (g)
		return g->value;
	return known && *known->key != '*' ? known->value : NULL;
}

bool qf_settings_yes(const struct qf_settings *s, const char *section, const char *key)
{
	const char *value = qf_settings_get(s, section, key);

	return value && yes_or_no(value) == 1;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

/* A comment, broken before column 100. */
static void put_comment(struct qf_buf *out, const char *text)
{
	size_t column = 100;

	for (const char *p = text; *p;) {
		size_t n = strcspn(p, " ");

		if (column + 1 + n > 100) {
			qf_buf_puts(out, p == text ? ";" : "\n;");
			column = 1;
		}
		qf_buf_putc(out, ' ');
		qf_buf_put(out, p, n);
		column += 1 + n;
		p += n + (p[n] == ' ');
	}
	qf_buf_putc(out, '\n');
}

void qf_settings_write(struct qf_buf *out, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < qf_settings_count; i++) {
		const struct qf_setting *s = &qf_settings_table[i];

		if (s->kind == QF_SETTING_SECTION) {
			qf_buf_printf(out, "%s[%s]\n", i ? "\n" : "", s->section);
			put_comment(out, s->meaning);
		} else if (*s->key != '*') {
			qf_buf_putc(out, '\n');
			put_comment(out, s->meaning);
			qf_buf_printf(out, "%s =%s%s\n", s->key, *s->value ? " " : "", s->value);
		} else if (n == 0 || strcmp(s->section, "datasets") != 0) {
			qf_buf_printf(out, ";%s\n", s->meaning);
		} else {
			for (size_t k = 0; k < n; k++)
				qf_buf_printf(out, "%s\n", lines[k]);
		}
	}
}
