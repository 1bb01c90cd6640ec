/* copyright.h - Debian's machine-readable debian/copyright: which licence each file is under.
 *
 * "Machine-readable debian/copyright file" 1.0 (DEP-5): paragraphs of fields; the first has Format:, a Files: paragraph
 * gives patterns (* any bytes, ? one character, \ in front of a literal one) and the short name of a licence, and the last
 * one that matches a path counts. Two things differ, for files that were installed and not unpacked: a prefix that
 * the source package had and the folder here has not can be found (qf_copyright_prefix), and where only
 * wildcards match, a pattern without a star that names FOLDER.zip (or another archive) matches what lies in FOLDER: unpacked. */
#ifndef QF_QUALITY_COPYRIGHT_H
#define QF_QUALITY_COPYRIGHT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct qf_copyright; /* opaque */

struct qf_copyright_files { /* what is told of a file; lives as long as the handle */
	struct qf_span licence;   /* first line of License:, as written */
	struct qf_span copyright; /* first line of Copyright: */
	size_t line;              /* of the paragraph, from 1 */
	bool specific;            /* the pattern that matched names something of the path itself, before any wildcard */
};

/* Parse text[n], which is copied. *out is the caller's to close, NULL after failure. QF_EFORMAT: not of this form, with a
 * sentence (a free text, a field without a colon, a Files: paragraph without a licence); QF_ELIMIT beyond 1 MiB or
 * 20,000 patterns; QF_ENOMEM. */
enum qf_status qf_copyright_open(struct qf_copyright **out, const char *text, size_t n, struct qf_err *e);
void qf_copyright_close(struct qf_copyright *c); /* NULL is fine */

/* The name of the work (Upstream-Name:), where it comes from (Source:) and whom to ask (Upstream-Contact:); n = 0: not told. */
struct qf_span qf_copyright_name(const struct qf_copyright *c);
struct qf_span qf_copyright_source(const struct qf_copyright *c);
struct qf_span qf_copyright_contact(const struct qf_copyright *c);

/* What is told of the file prefix + path; false: nothing. prefix may be "". */
bool qf_copyright_find(const struct qf_copyright *c, const char *prefix, const char *path, struct qf_copyright_files *out);

/* Append the prefix by which most of paths[n] (64 of them, evenly drawn) meet a specific pattern; of equals the shortest, then the first
 * by bytes. Prefixes that are tried: all folders of all patterns, and none. */
void qf_copyright_prefix(const struct qf_copyright *c, const char *const *paths, size_t n, struct qf_buf *out);

#endif
