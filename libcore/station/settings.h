/* settings.h - station.conf: what its owner wants, as INI that inih reads.
 *
 *     [gate]
 *     min-quality = 0.6
 *
 * Which settings there are, their kinds and defaults stand in one table (datasets/station/settings.tsv, built in); a fresh file
 * is written from it and every file is read by it. Lines that begin with ";" or "#" are comments; a value goes to the end of its
 * line, blanks around it apart, and nothing in it is special: no quotes, no escapes, no comment behind it. */
#ifndef QF_STATION_SETTINGS_H
#define QF_STATION_SETTINGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define QF_SETTINGS_LINE 4400 /* bytes of the longest line: more than a path */
#define QF_SETTINGS_NAME 40   /* bytes of the longest name that is free to choose */

enum qf_setting_kind {
	QF_SETTING_SECTION, /* no setting: `meaning` tells of the section */
	QF_SETTING_TEXT,    /* UTF-8 */
	QF_SETTING_NAME,    /* letters and digits of any script, ".", "_" and "-", which comes not first; */
	QF_SETTING_NAMES,   /* some of them, blanks or commas between */
	QF_SETTING_PATH,    /* bytes; whether it is there is not looked at */
	QF_SETTING_PATHS,   /* may be told on several lines */
	QF_SETTING_YES_NO,
	QF_SETTING_NUMBER,  /* lo to hi */
	QF_SETTING_SIZE,    /* 500MB, 10GiB */
	QF_SETTING_ZONE     /* Europe/Berlin: of letters, digits, "/", "_", "+" and "-"; whether it exists is not looked at */
};

struct qf_setting {
	const char *section;
	const char *key; /* "*": any name, one line for each; "-": see QF_SETTING_SECTION */
	enum qf_setting_kind kind;
	double lo, hi;
	const char *value;   /* without a line of its own; "" is nothing. */
	const char *meaning; /* a sentence; of "*" an example */
};

extern const struct qf_setting qf_settings_table[];
extern const size_t qf_settings_count;

struct qf_given { /* a line; texts live in the arena */
	const struct qf_setting *setting;
	const char *key, *value; /* key: as the table has it, or the name that was chosen */
	size_t line;             /* from 1 */
};

struct qf_fault {
	size_t line;      /* 0: of no line */
	const char *text; /* a sentence */
};

struct qf_settings { /* all in the arena */
	struct qf_given *given; /* in the order of the file */
	size_t n;
	struct qf_fault *fault; /* likewise; where there are any, `given` has what is not wrong */
	size_t faults;
};

/* Read a whole file. What is wrong with it is data: every line that is no INI, unknown (the nearest key is named), told twice, or
 * of a wrong value is a fault; the others are read all the same. One call at a time: inih's limits are variables of its own.
 *   QF_ENOMEM */
enum qf_status qf_settings_parse(const char *text, size_t size, struct qf_arena *a, struct qf_settings *out, struct qf_err *e);

/* The line of the table; that of "*" for any name of its section. NULL: there is none. */
const struct qf_setting *qf_settings_find(const char *section, const char *key);

/* What holds: the value that was given, else the default. NULL if the table has no such setting; of a "*" section, if no such name was given. */
const char *qf_settings_get(const struct qf_settings *s, const char *section, const char *key);

/* The next line after `before` (NULL: the first) that gives this setting; key NULL: any of the section. NULL: no more. */
const struct qf_given *qf_settings_next(const struct qf_settings *s, const char *section, const char *key, const struct qf_given *before);

/* yes, on, true, 1 against no, off, false, 0. */
bool qf_settings_yes(const struct qf_settings *s, const char *section, const char *key);

/* The next name of a value of the kind names, from *rest on; false: no more. */
bool qf_settings_name(const char **rest, struct qf_span *name);

/* A fresh file with a comment on everything. lines[n] ("asc = /srv/asc") come into the section [datasets]. */
void qf_settings_write(struct qf_buf *out, const char *const *lines, size_t n);

#endif
