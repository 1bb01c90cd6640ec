#define _GNU_SOURCE /* memrchr */
#include "quality/copyright.h"

#include "base/alloc.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { TEXT_MAX = 1 << 20, PATTERNS_MAX = 20000, PREFIXES_MAX = 64 };

struct pattern {
	struct qf_span glob;
	size_t files; /* number of its paragraph */
};

struct qf_copyright {
	char *text;
	struct qf_span name, source, contact;
	struct qf_buf patterns; /* struct pattern[] */
	struct qf_buf files;    /* struct qf_copyright_files[] */
};

static const struct pattern *patterns_of(const struct qf_copyright *c, size_t *n)
{
	*n = c->patterns.len / sizeof(struct pattern);
	return (const void *)c->patterns.p;
}

/* ---- lines, fields, paragraphs ------------------------------------------------------------------ */

struct reader {
	struct qf_copyright *c;
	const char *p, *end;
	size_t line;
	struct qf_err *e;
};

struct field {
	struct qf_span name, value; /* value: all its lines */
	size_t line;
};

struct paragraph { /* the fields that count */
	struct field files, licence, copyright, format;
	struct qf_span name, source, contact;
	size_t line;
};

static struct qf_span trim(struct qf_span s)
{
	while (s.n && isspace((unsigned char)*s.p))
		s.p++, s.n--;
	while (s.n && isspace((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool next_line(struct reader *r, struct qf_span *line)
{
	const char *lf;

	if (r->p == r->end)
		return false;
	lf = memchr(r->p, '\n', (size_t)(r->end - r->p));
	*line = (struct qf_span){ r->p, (size_t)((lf ? lf : r->end) - r->p) };
	r->p = lf ? lf + 1 : r->end;
	r->line++;
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static bool is_blank(struct qf_span line)
{
	return trim(line).n == 0;
}

/* A field with the lines that go on with it. *any is false at the end of a paragraph. */
static enum qf_status next_field(struct reader *r, struct field *f, bool *any)
{
	struct qf_span line;
	const char *colon;

	*any = false;
	do {
		if (!next_line(r, &line) || is_blank(line))
			return QF_OK;
	} while (*line.p == '#');
	colon = memchr(line.p, ':', line.n);
	if (!colon || isspace((unsigned char)*line.p) || colon == line.p || memchr(line.p, ' ', (size_t)(colon - line.p)))
		return qf_fail(r->e, QF_EFORMAT, "line %zu is no field (Name: value)", r->line);
	*f = (struct field){ { line.p, (size_t)(colon - line.p) }, { colon + 1, (size_t)(line.p + line.n - colon - 1) }, r->line };
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t') && next_line(r, &line))
		f->value.n = (size_t)(line.p + line.n - f->value.p);
	*any = true;
	return QF_OK;
}

static bool is(struct qf_span name, const char *field)
{
	return name.n == strlen(field) && strncasecmp(name.p, field, name.n) == 0;
}

static struct qf_span first_line(struct qf_span value)
{
	const char *lf;

	value = trim(value);
	lf = value.n ? memchr(value.p, '\n', value.n) : NULL;
	if (lf)
		value.n = (size_t)(lf - value.p);
	return trim(value);
}

static enum qf_status next_paragraph(struct reader *r, struct paragraph *out, bool *any)
{
	struct field f;
	bool more = true;
	enum qf_status rc;

	*out = (struct paragraph){ .line = 0 };
	*any = false;
	while ((rc = next_field(r, &f, &more)) == QF_OK && (more || (!*any && r->p < r->end))) {
		if (!more)
			continue; /* blank lines between paragraphs */
		if (!*any)
			out->line = f.line;
		*any = true;
		if (is(f.name, "Files"))
			out->files = f;
		else if (is(f.name, "License"))
			out->licence = f;
		else if (is(f.name, "Copyright"))
			out->copyright = f;
		else if (is(f.name, "Format"))
			out->format = f;
		else if (is(f.name, "Upstream-Name"))
			out->name = first_line(f.value);
		else if (is(f.name, "Source"))
			out->source = first_line(f.value);
		else if (is(f.name, "Upstream-Contact"))
			out->contact = first_line(f.value);
	}
	return rc;
}

/* ---- what is kept -------------------------------------------------------------------------------- */

static enum qf_status keep_files(struct qf_copyright *c, const struct paragraph *p, struct qf_err *e)
{
	struct qf_copyright_files f = { .licence = first_line(p->licence.value), .copyright = first_line(p->copyright.value), .line = p->line };
	struct pattern one = { .files = c->files.len / sizeof f };
	struct qf_span rest = trim(p->files.value);

	if (f.licence.n == 0)
		return qf_fail(e, QF_EFORMAT, "the Files: paragraph of line %zu has no License:", p->line);
	qf_buf_put(&c->files, &f, sizeof f);
	while (rest.n) {
		for (one.glob = (struct qf_span){ rest.p, 0 }; one.glob.n < rest.n && !isspace((unsigned char)rest.p[one.glob.n]);)
			one.glob.n++;
		rest = trim((struct qf_span){ rest.p + one.glob.n, rest.n - one.glob.n });
		if (one.glob.n > 2 && memcmp(one.glob.p, "./", 2) == 0)
			one.glob = (struct qf_span){ one.glob.p + 2, one.glob.n - 2 };
		qf_buf_put(&c->patterns, &one, sizeof one);
	}
	if (c->patterns.len / sizeof one > PATTERNS_MAX)
		return qf_fail(e, QF_ELIMIT, "more than %d patterns of files", PATTERNS_MAX);
	return QF_OK;
}

static enum qf_status parse(struct qf_copyright *c, size_t n, struct qf_err *e)
{
	struct reader r = { .c = c, .p = c->text, .end = c->text + n, .e = e };
	struct paragraph p;
	bool any;
	enum qf_status rc = next_paragraph(&r, &p, &any);

	if ((rc == QF_OK && p.format.value.n == 0) || rc == QF_EFORMAT)
		return qf_fail(e, QF_EFORMAT, "not machine-readable: it does not begin with a Format: field (DEP-5), so it tells no licence of a file");
	c->name = p.name;
	c->source = p.source;
	c->contact = p.contact;
	while (rc == QF_OK && (rc = next_paragraph(&r, &p, &any)) == QF_OK && any)
		if (p.files.name.n)
			rc = keep_files(c, &p, e);
	if (rc == QF_OK)
		rc = c->files.failed ? qf_buf_check(&c->files, e) : qf_buf_check(&c->patterns, e);
	if (rc == QF_OK && c->patterns.len == 0)
		rc = qf_fail(e, QF_EFORMAT, "no Files: paragraph, so it tells no licence of a file");
	return rc;
}

enum qf_status qf_copyright_open(struct qf_copyright **out, const char *text, size_t n, struct qf_err *e)
{
	struct qf_copyright *c;
	enum qf_status rc;

	*out = NULL;
	if (n > TEXT_MAX)
		return qf_fail(e, QF_ELIMIT, "a copyright file of more than 1 MiB");
	c = qf_zalloc(1, sizeof *c);
	if (c)
		c->text = qf_memdup0(text, n);
	rc = c && c->text ? parse(c, n, e) : qf_fail(e, QF_ENOMEM, "copyright: out of memory");
	if (rc == QF_OK)
		*out = c;
	else
		qf_copyright_close(c);
	return rc;
}

void qf_copyright_close(struct qf_copyright *c)
{
	if (!c)
		return;
	qf_buf_free(&c->patterns);
	qf_buf_free(&c->files);
	qf_free(c->text);
	qf_free(c);
}

struct qf_span qf_copyright_name(const struct qf_copyright *c)
{
	return c->name;
}

struct qf_span qf_copyright_source(const struct qf_copyright *c)
{
	return c->source;
}

struct qf_span qf_copyright_contact(const struct qf_copyright *c)
{
	return c->contact;
}

/* ---- matching -------------------------------------------------------------------------------------- */

/* prefix and path as one run of bytes. */
struct joined {
	const char *a, *b;
	size_t an, n;
};

static char at(const struct joined *s, size_t i)
{
	return i < s->an ? s->a[i] : s->b[i - s->an];
}

/* A star is tried at one place after the other; only the last star need ever go back, so the work is at most the product of
 * both lengths. */
static bool glob_matches(struct qf_span g, const struct joined *s)
{
	size_t i = 0, k = 0, star = SIZE_MAX, back = 0;

	while (i < s->n) {
		bool quoted = k + 1 < g.n && g.p[k] == '\\';
		bool open = k < g.n && !quoted;

		if (open && g.p[k] == '*') {
			star = k++;
			back = i;
		} else if ((open && (g.p[k] == '?' || g.p[k] == at(s, i))) || (quoted && g.p[k + 1] == at(s, i))) {
			k += quoted ? 2 : 1;
			i++;
		} else if (star != SIZE_MAX) {
			k = star + 1;
			i = ++back;
		} else {
			return false;
		}
	}
	while (k < g.n && g.p[k] == '*')
		k++;
	return k == g.n;
}

static bool is_archive(const char *ending, size_t n)
{
	static const char *const endings[] = { "h2drumkit", "zip", "tar", "tgz", "gz", "xz", "bz2", "zst", "7z", "rar" };

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (strlen(endings[i]) == n && strncasecmp(ending, endings[i], n) == 0)
			return true;
	return false;
}

/* drumkits/Kit.h2drumkit and drumkits/Kit/snare.wav: how much of the path the name of the folder is; 0: no such thing. A
 * question mark stands for one byte, as patterns write blanks. */
static size_t unpacked(struct qf_span g, const struct joined *s)
{
	const char *slash = memrchr(g.p, '/', g.n), *name = slash ? slash + 1 : g.p;
	const char *dot = memrchr(name, '.', (size_t)(g.p + g.n - name));
	size_t n = dot ? (size_t)(dot - g.p) : 0;

	if (!dot || dot == name || !is_archive(dot + 1, g.n - n - 1) || n >= s->n || at(s, n) != '/' || memchr(g.p, '*', g.n) || memchr(g.p, '\\', g.n))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (g.p[i] != '?' && g.p[i] != at(s, i))
			return 0;
	return n;
}

/* Bytes before the first wildcard. */
static size_t literal_head(struct qf_span g)
{
	size_t n = 0;

	while (n < g.n && !strchr("*?\\", g.p[n]))
		n++;
	return n;
}

/* The last pattern that matches; n: none. */
static size_t last_match(const struct pattern *p, size_t n, const struct joined *s)
{
	for (size_t i = n; i-- > 0;)
		if (glob_matches(p[i].glob, s))
			return i;
	return n;
}

/* The archive that holds the path, of several the innermost. */
static size_t archive_of(const struct pattern *p, size_t n, const struct joined *s)
{
	size_t longest = 0, which = n;

	for (size_t i = 0; i < n; i++) {
		size_t len = unpacked(p[i].glob, s);

		if (len && len >= longest) {
			longest = len;
			which = i;
		}
	}
	return which;
}

bool qf_copyright_find(const struct qf_copyright *c, const char *prefix, const char *path, struct qf_copyright_files *out)
{
	struct joined s = { prefix, path, strlen(prefix), strlen(prefix) + strlen(path) };
	const struct qf_copyright_files *files = (const void *)c->files.p;
	size_t n, which, archive;
	const struct pattern *p = patterns_of(c, &n);

	which = last_match(p, n, &s);
	if (which == n || literal_head(p[which].glob) <= s.an) {
		archive = archive_of(p, n, &s);
		which = archive < n ? archive : which;
	}
	if (which == n)
		return false;
	*out = files[p[which].files];
	out->specific = literal_head(p[which].glob) > s.an;
	return true;
}

/* ---- the prefix -------------------------------------------------------------------------------------- */

static size_t count_specific(const struct qf_copyright *c, const char *prefix, const char *const *paths, size_t n)
{
	struct qf_copyright_files f;
	size_t hits = 0;

	for (size_t i = 0; i < n; i++)
		hits += qf_copyright_find(c, prefix, paths[i], &f) && f.specific;
	return hits;
}

/* Shorter first, then by bytes: by this order of equals the first counts. */
static bool comes_before(const char *a, size_t an, const char *b, size_t bn)
{
	return an != bn ? an < bn : memcmp(a, b, an) < 0;
}

/* The folders of a pattern one after the other ("a/", "a/b/"), up to the first wildcard. */
static size_t next_folder(struct qf_span g, size_t from)
{
	for (size_t i = from; i < g.n && !strchr("*?\\", g.p[i]); i++)
		if (g.p[i] == '/')
			return i + 1;
	return 0;
}

/* Enough of the paths to choose by: evenly drawn. */
static size_t draw(const char *const *paths, size_t n, const char *out[PREFIXES_MAX])
{
	size_t m = n < PREFIXES_MAX ? n : PREFIXES_MAX;

	for (size_t i = 0; i < m; i++)
		out[i] = paths[i * n / m];
	return m;
}

void qf_copyright_prefix(const struct qf_copyright *c, const char *const *paths, size_t n, struct qf_buf *out)
{
	const char *some[PREFIXES_MAX];
	char tried[PREFIXES_MAX][256];
	size_t n_patterns, n_tried = 0, m = draw(paths, n, some), best = count_specific(c, "", some, m), which = SIZE_MAX;
	const struct pattern *p = patterns_of(c, &n_patterns);

	for (size_t i = 0; i < n_patterns; i++)
		for (size_t end = 0; n_tried < PREFIXES_MAX && (end = next_folder(p[i].glob, end)) > 0;) {
			char *mine = tried[n_tried];
			size_t hits, k = 0;

			if (end >= sizeof tried[0])
				break;
			memcpy(mine, p[i].glob.p, end);
			mine[end] = '\0';
			while (k < n_tried && strcmp(tried[k], mine) != 0)
				k++;
			if (k < n_tried)
				continue;
			n_tried++;
			hits = count_specific(c, mine, some, m);
			if (hits > best || (hits == best && which != SIZE_MAX && comes_before(mine, end, tried[which], strlen(tried[which])))) {
				best = hits;
				which = n_tried - 1;
			}
		}
	if (which != SIZE_MAX)
		qf_buf_puts(out, tried[which]);
}
