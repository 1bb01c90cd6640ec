/* descriptor.h - what is told of a set of music: one JSON object (schemas/descriptor.v1.json), and the forms in which
 * others want it. */
#ifndef QF_QUALITY_DESCRIPTOR_H
#define QF_QUALITY_DESCRIPTOR_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "quality/metrics.h"

#include <stddef.h>
#include <stdint.h>

struct qf_descriptor { /* texts in an arena; NULL, 0: not told */
	const char *id; /* small letters, digits, and -._ between them */
	const char *name, *description, *licence, *category, *creator, *url, *version;
	const char *published, *created, *modified; /* YYYY, YYYY-MM or YYYY-MM-DD */
	const char *publisher, *same_as, *sd_licence, *language;
	const char *keywords;  /* with ", " between */
	const char *folder;    /* of its files */
	const char *copyright; /* a Debian copyright file, which tells the licence of each file */
	const char *prefix;    /* in front of paths when the copyright file is asked */
	const char *tracks;    /* a table of its files: table.h */
	const char *manifest;  /* of its files: manifest.h */
	int64_t channels, files, bytes;
};

/* Parse. QF_EFORMAT: no such object; id, name or category missing; a key that nobody knows (those that begin with "x-" are
 * passed over); a value of a wrong type or form. The sentence names the key. QF_ENOMEM. */
enum qf_status qf_descriptor_parse(struct qf_descriptor *d, const char *text, size_t n, struct qf_arena *a, struct qf_err *e);

/* Append it as JSON, what is not told left out. */
void qf_descriptor_put(struct qf_buf *out, const struct qf_descriptor *d);

/* What metrics.h asks for, in its order. */
void qf_descriptor_fields(const struct qf_descriptor *d, const char *field[QF_FIELDS]);

struct qf_set_file { /* as exports tell it */
	const char *path;   /* relative */
	const char *sha256; /* hexadecimal, or NULL */
	int64_t size;       /* bytes, -1: not known */
};

/* Append JSON-LD by the Croissant format 1.1 (MLCommons): a sc:Dataset whose distribution is a cr:FileObject for each file with its
 * sha256 and contentSize. A licence that is one open id is given as its address, else as the expression. */
void qf_descriptor_put_croissant(struct qf_buf *out, const struct qf_descriptor *d, const struct qf_set_file *file, size_t n);

/* Append a Frictionless datapackage.json (Data Package 1.0): one resource for each file, with bytes and hash. */
void qf_descriptor_put_datapackage(struct qf_buf *out, const struct qf_descriptor *d, const struct qf_set_file *file, size_t n);

#endif
