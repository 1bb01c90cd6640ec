#define _GNU_SOURCE
#include "cli/station.h"

#include "base/file.h"
#include "cli/cli.h"
#include "cli/store.h"
#include "plan/profile.h"
#include "station/dayparts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST ((size_t)1 << 20)
#define ZONES "/usr/share/zoneinfo/"

const char station_makefile[] = {
#include "station.gen.h"
	0
};

enum qf_status station_read(struct station *st, const char *file, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	const char *path;
	enum qf_status rc = qf_file_read(file, &text, LARGEST, e);

	if (rc != QF_OK && access(file, F_OK) != 0)
		rc = qf_fail(e, rc, "%s is not there; `qfzz station init FOLDER` makes one", file);
	st->file = file;
	if (rc == QF_OK)
		rc = cli_absolute(file, &st->a, &path, e);
	if (rc == QF_OK) {
		st->folder = qf_arena_dup(&st->a, path, (size_t)(strrchr(path, '/') - path));
		rc = st->folder ? qf_settings_parse(text.p ? text.p : "", text.len, &st->a, &st->settings, e) : qf_fail(e, QF_ENOMEM, "out of memory");
	}
	qf_buf_free(&text);
	return rc;
}

void station_free(struct station *st)
{
	qf_arena_free(&st->a);
	*st = (struct station){ 0 };
}

/* Append a path of the file as an absolute one. */
static void put_path(struct qf_buf *out, const struct station *st, const char *value)
{
	if (*value == '/')
		qf_buf_puts(out, value);
	else
		qf_buf_printf(out, "%s/%s", st->folder, value);
}

/* ---- what is wrong ------------------------------------------------------------------------------------------- */

struct complaints {
	const struct station *st;
	size_t n;
	bool failed; /* out of memory */
};

static void __attribute__((format(printf, 3, 4))) complain(struct complaints *c, size_t line, const char *fmt, ...)
{
	char text[600], place[32] = "";
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (line)
		snprintf(place, sizeof place, " line %zu:", line);
	cli_say("%s:%s %s", c->st->file, place, text);
	c->n++;
}

static size_t line_of(const struct station *st, const char *section, const char *key)
{
	const struct qf_given *g = qf_settings_next(&st->settings, section, key, NULL);

	return g ? g->line : 0;
}

static bool knows_device(const char *name)
{
	return qf_device_find(name) != NULL;
}

static bool knows_ladder(const char *name)
{
	size_t n;

	return qf_ladder_find(name, &n) != NULL;
}

static void check_table(struct complaints *c, const char *key, bool (*knows)(const char *), const char *where)
{
	const char *rest = qf_settings_get(&c->st->settings, "delivery", key);
	struct qf_span name;

	while (qf_settings_name(&rest, &name)) {
		char text[QF_SETTINGS_NAME + 1];

		snprintf(text, sizeof text, "%.*s", (int)name.n, name.p);
		if (!knows(text))
			complain(c, line_of(c->st, "delivery", key), "%s: '%s' is not in %s", key, text, where);
	}
}

static bool is_user(const struct station *st, const char *user)
{
	const char *rest = qf_settings_get(&st->settings, "listening", "users");
	struct qf_span name;

	while (qf_settings_name(&rest, &name))
		if (strlen(user) == name.n && memcmp(user, name.p, name.n) == 0)
			return true;
	return false;
}

/* Settings that ask for each other. */
static void check_sense(struct complaints *c)
{
	const struct qf_settings *s = &c->st->settings;
	const char *taste = qf_settings_get(s, "programme", "taste");
	size_t at = line_of(c->st, "programme", "taste");
	const struct qf_given *g = NULL;

	if (!qf_settings_next(s, "datasets", NULL, NULL))
		complain(c, 0, "[datasets] names no folder of music");
	while ((g = qf_settings_next(s, "descriptors", NULL, g)) != NULL)
		if (!qf_settings_get(s, "datasets", g->key))
			complain(c, g->line, "'%s' is none of [datasets]", g->key);
	if (*taste && !qf_settings_yes(s, "listening", "personalization"))
		complain(c, at, "taste: without personalization there is nobody's");
	else if (*taste && !is_user(c->st, taste))
		complain(c, at, "taste: '%s' is none of the users of [listening]", taste);
	if (qf_settings_yes(s, "delivery", "edge") && !*qf_settings_get(s, "delivery", "devices"))
		complain(c, line_of(c->st, "delivery", "edge"), "edge: for which devices?");
	check_table(c, "devices", knows_device, "datasets/devices.tsv");
	check_table(c, "ladder", knows_ladder, "datasets/ladders.tsv");
}

/* ---- what is not there ------------------------------------------------------------------------------------------- */

static void check_place(struct complaints *c, const struct qf_given *g, bool folder)
{
	struct qf_buf path = { 0 };
	struct stat st;

	put_path(&path, c->st, g->value);
	c->failed |= path.failed;
	if (!path.failed && (stat(path.p, &st) != 0 || access(path.p, R_OK) != 0))
		complain(c, g->line, "%s: %s: %s", g->key, path.p, strerror(errno));
	else if (!path.failed && folder && !S_ISDIR(st.st_mode))
		complain(c, g->line, "%s: %s is no folder", g->key, path.p);
	qf_buf_free(&path);
}

static void check_dayparts(struct complaints *c, const struct qf_given *g)
{
	struct qf_buf path = { 0 }, text = { 0 };
	struct qf_arena a = { 0 };
	struct qf_daypart *d;
	struct qf_err e = { 0 };
	size_t n = 0;

	put_path(&path, c->st, g->value);
	if (qf_buf_check(&path, &e) == QF_OK && qf_file_read(path.p, &text, LARGEST, &e) == QF_OK &&
	    qf_dayparts_parse(text.p ? text.p : "", text.len, &a, &d, &n, &e) == QF_OK && n == 0)
		qf_fail(&e, QF_EINVAL, "%s: no daypart stands in it", path.p);
	c->failed |= e.code == QF_ENOMEM;
	if (e.code != QF_OK && e.code != QF_ENOMEM)
		complain(c, g->line, "dayparts: %s", e.text);
	qf_arena_free(&a);
	qf_buf_free(&text);
	qf_buf_free(&path);
}

static void check_zone(struct complaints *c, const struct qf_given *g)
{
	char path[sizeof ZONES + 256];

	snprintf(path, sizeof path, ZONES "%.250s", g->value);
	if (access(path, R_OK) != 0)
		complain(c, g->line, "timezone: '%s' is not in the time-zone database", g->value);
}

/* What is no fault. */
static void check_odd(const struct station *st)
{
	struct qf_buf path = { 0 }, text = { 0 };
	struct qf_err e;

	if (qf_settings_yes(&st->settings, "listening", "personalization") && !qf_settings_next(&st->settings, "listening", "history", NULL))
		cli_say("%s: no history is told, so nothing is learned from listening", st->file);
	put_path(&path, st, "station.mk");
	if (!path.failed && qf_file_read(path.p, &text, LARGEST, &e) == QF_OK &&
	    (text.len != strlen(station_makefile) || memcmp(text.p, station_makefile, text.len) != 0))
		cli_say("station.mk is not that of this version (%s); `qfzz station init --force` writes it anew", QFZZ_VERSION);
	qf_buf_free(&text);
	qf_buf_free(&path);
}

static void check_world(struct complaints *c)
{
	static const struct {
		const char *section, *key;
		bool folder;
	} places[] = { { "datasets", NULL, true }, { "descriptors", NULL, false }, { "listening", "history", false } };
	const struct qf_settings *s = &c->st->settings;
	const struct qf_given *g = NULL;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		while ((g = qf_settings_next(s, places[i].section, places[i].key, g)) != NULL)
			check_place(c, g, places[i].folder);
	if ((g = qf_settings_next(s, "programme", "dayparts", NULL)) != NULL)
		check_dayparts(c, g);
	if ((g = qf_settings_next(s, "station", "timezone", NULL)) != NULL)
		check_zone(c, g);
	check_odd(c->st);
}

enum qf_status station_complain(const struct station *st, bool world, size_t *n, struct qf_err *e)
{
	struct complaints c = { .st = st };

	for (size_t i = 0; i < st->settings.faults; i++)
		complain(&c, st->settings.fault[i].line, "%s", st->settings.fault[i].text);
	check_sense(&c);
	if (world)
		check_world(&c);
	*n = c.n;
	return c.failed ? qf_fail(e, QF_ENOMEM, "out of memory") : QF_OK;
}

/* ---- for make and shells ---------------------------------------------------------------------------------------------- */

static void put_names(struct qf_buf *out, const char *value)
{
	struct qf_span name;

	while (qf_settings_name(&value, &name)) {
		qf_buf_putc(out, ' ');
		qf_buf_put(out, name.p, name.n);
	}
}

static void put_free_names(struct qf_buf *out, const struct station *st, const char *section)
{
	const struct qf_given *g = NULL;

	qf_buf_printf(out, "%s :=", section);
	while ((g = qf_settings_next(&st->settings, section, NULL, g)) != NULL)
		qf_buf_printf(out, " %s", g->key);
	qf_buf_putc(out, '\n');
}

void station_put_make(struct qf_buf *out, const struct station *st)
{
	qf_buf_puts(out, "# From station.conf, by `qfzz station settings`: no name of a file stands here.\n");
	for (size_t i = 0; i < qf_settings_count; i++) {
		const struct qf_setting *s = &qf_settings_table[i];
		const char *value = *s->key == '*' || s->kind == QF_SETTING_SECTION ? "" : qf_settings_get(&st->settings, s->section, s->key);

		if (*s->key == '*') {
			put_free_names(out, st, s->section);
		} else if (s->kind == QF_SETTING_ZONE && *value) {
			qf_buf_printf(out, "export TZ := %s\n", value);
		} else if (s->kind == QF_SETTING_YES_NO) {
			qf_buf_printf(out, "%s.%s :=%s\n", s->section, s->key, qf_settings_yes(&st->settings, s->section, s->key) ? " yes" : "");
		} else if (s->kind == QF_SETTING_NAME || s->kind == QF_SETTING_NAMES || s->kind == QF_SETTING_NUMBER || s->kind == QF_SETTING_SIZE) {
			qf_buf_printf(out, "%s.%s :=", s->section, s->key);
			put_names(out, value);
			qf_buf_putc(out, '\n');
		}
	}
}

static void put_one(struct qf_buf *out, const struct station *st, const struct qf_setting *s, const char *value, char end)
{
	if (s->kind == QF_SETTING_PATH || s->kind == QF_SETTING_PATHS)
		put_path(out, st, value);
	else
		qf_buf_puts(out, value);
	qf_buf_putc(out, end);
}

bool station_put_value(struct qf_buf *out, const struct station *st, const char *name, char end)
{
	size_t dot = strcspn(name, ".");
	const char *key = name + dot + (name[dot] == '.');
	const struct qf_given *g;
	const struct qf_setting *s;
	char section[32];

	snprintf(section, sizeof section, "%.*s", (int)dot, name);
	s = qf_settings_find(section, key);
	g = qf_settings_next(&st->settings, section, key, NULL);
	if (!s || (*s->key == '*' && !g))
		return false;
	if (!g && *s->value)
		put_one(out, st, s, s->value, end);
	for (; g; g = qf_settings_next(&st->settings, section, key, g))
		put_one(out, st, s, g->value, end);
	return true;
}
