#include "quality/descriptor.h"

#include "rows/json.h"

#include <ctype.h>
#include <string.h>

enum form { ANY, ID, CATEGORY, DATE, URL, WORDS, NUMBER };

static const struct key {
	const char *name;
	size_t offset;
	enum form form;
	bool needed;
} keys[] = {
#define KEY(name, field, ...) { name, offsetof(struct qf_descriptor, field), __VA_ARGS__ }
	KEY("id", id, ID, true),
	KEY("name", name, ANY, true),
	KEY("description", description, ANY, false),
	KEY("licence", licence, ANY, false),
	KEY("category", category, CATEGORY, true),
	KEY("creator", creator, ANY, false),
	KEY("url", url, URL, false),
	KEY("version", version, ANY, false),
	KEY("datePublished", published, DATE, false),
	KEY("dateCreated", created, DATE, false),
	KEY("dateModified", modified, DATE, false),
	KEY("publisher", publisher, ANY, false),
	KEY("sameAs", same_as, URL, false),
	KEY("sdLicence", sd_licence, ANY, false),
	KEY("inLanguage", language, ANY, false),
	KEY("keywords", keywords, WORDS, false),
	KEY("folder", folder, ANY, false),
	KEY("copyright", copyright, ANY, false),
	KEY("prefix", prefix, ANY, false),
	KEY("tracks", tracks, ANY, false),
	KEY("manifest", manifest, ANY, false),
	KEY("channels", channels, NUMBER, false),
	KEY("files", files, NUMBER, false),
	KEY("bytes", bytes, NUMBER, false),
#undef KEY
};
enum { KEYS = sizeof keys / sizeof *keys };

/* ---- reading ------------------------------------------------------------------------------------ */

static bool is_name(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		bool word = (s[i] >= 'a' && s[i] <= 'z') || isdigit((unsigned char)s[i]);

		if (!word && (i == 0 || i == n - 1 || !strchr("-._", s[i])))
			return false;
	}
	return n > 0 && n <= 100;
}

static bool is_date(const char *s)
{
	static const char form[] = "dddd-dd-dd";
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (i >= sizeof form - 1 || (form[i] == 'd' ? !isdigit((unsigned char)s[i]) : s[i] != form[i]))
			return false;
	return n == 4 || n == 7 || n == 10;
}

static bool is_url(const char *s)
{
	const char *colon = strstr(s, "://");

	return colon && colon > s && colon[3] && isalpha((unsigned char)*s) && !strpbrk(s, " \t\r\n<>\"");
}

static bool is_category(const char *s)
{
	return strcmp(s, "music") == 0 || strcmp(s, "conversation") == 0 || strcmp(s, "knowledge") == 0;
}

static const char *wrong_text(enum form form, const char *s)
{
	if (form == ID && !is_name(s))
		return "is not made of small letters, digits and -._ between them, at most 100";
	if (form == CATEGORY && !is_category(s))
		return "is not music, conversation or knowledge";
	if (form == DATE && !is_date(s))
		return "is no date (YYYY, YYYY-MM or YYYY-MM-DD)";
	return form == URL && !is_url(s) ? "is no address (https://…)" : NULL;
}

static enum qf_status read_words(struct qf_span v, struct qf_arena *a, const char **out, struct qf_err *e)
{
	struct qf_span rest = v, key, item;
	struct qf_buf all = { 0 };
	enum qf_status rc = QF_OK;

	if (qf_json_type(v) != QF_JSON_ARRAY)
		return qf_fail(e, QF_EFORMAT, "is no list of words");
	while (rc == QF_OK && qf_json_next(&rest, &key, &item)) {
		qf_buf_puts(&all, all.len ? ", " : "");
		if (!qf_json_to_text(item, &all))
			rc = qf_fail(e, QF_EFORMAT, "is no list of words");
	}
	if (rc == QF_OK && all.len && memchr(all.p, '\0', all.len))
		rc = qf_fail(e, QF_EFORMAT, "holds a NUL");
	if (rc == QF_OK)
		rc = qf_buf_check(&all, e);
	if (rc == QF_OK && all.len && (*out = qf_arena_dup(a, all.p, all.len)) == NULL)
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	qf_buf_free(&all);
	return rc;
}

static enum qf_status read_text(struct qf_span v, enum form form, struct qf_arena *a, const char **out, struct qf_err *e)
{
	const char *text;

	if (qf_json_type(v) != QF_JSON_STRING)
		return qf_fail(e, QF_EFORMAT, "is no text");
	text = qf_json_dup(v, a);
	if (!text)
		return memchr(v.p, '\\', v.n) ? qf_fail(e, QF_EFORMAT, "cannot be read: it holds a NUL, or memory ran out")
					      : qf_fail(e, QF_ENOMEM, "out of memory");
	if (wrong_text(form, text))
		return qf_fail(e, QF_EFORMAT, "'%.60s' %s", text, wrong_text(form, text));
	*out = text;
	return QF_OK;
}

static enum qf_status read_value(struct qf_descriptor *d, const struct key *k, struct qf_span v, struct qf_arena *a, struct qf_err *e)
{
	void *to = (char *)d + k->offset;

	if (k->form == NUMBER)
		return qf_json_to_int(v, to) && *(int64_t *)to >= 0 ? QF_OK : qf_fail(e, QF_EFORMAT, "is no whole number from 0 on");
	return k->form == WORDS ? read_words(v, a, to, e) : read_text(v, k->form, a, to, e);
}

static const struct key *find_key(struct qf_span name)
{
	for (size_t i = 0; i < KEYS; i++)
		if (qf_json_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

enum qf_status qf_descriptor_parse(struct qf_descriptor *d, const char *text, size_t n, struct qf_arena *a, struct qf_err *e)
{
	struct qf_span rest = { text, n }, name, v;
	enum qf_status rc = qf_json_check(rest, e);

	*d = (struct qf_descriptor){ .id = NULL };
	if (rc == QF_OK && qf_json_type(rest) != QF_JSON_OBJECT)
		rc = qf_fail(e, QF_EFORMAT, "no JSON object");
	while (rc == QF_OK && qf_json_next(&rest, &name, &v)) {
		const struct key *k = find_key(name);

		if (k) {
			rc = read_value(d, k, v, a, e);
			if (rc != QF_OK)
				qf_err_at(e, k->name);
		} else if (name.n < 4 || memcmp(name.p, "\"x-", 3) != 0) {
			rc = qf_fail(e, QF_EFORMAT, "%.*s is no key of a descriptor (schemas/descriptor.v1.json)", (int)(name.n < 60 ? name.n : 60), name.p);
		}
	}
	for (size_t i = 0; rc == QF_OK && i < KEYS; i++)
		if (keys[i].needed && !*(const char **)((char *)d + keys[i].offset))
			rc = qf_fail(e, QF_EFORMAT, "\"%s\" is missing", keys[i].name);
	return rc;
}

/* ---- writing ------------------------------------------------------------------------------------ */

static void put_words(struct qf_buf *out, const char *words)
{
	if (!words)
		return;
	qf_json_key(out, "keywords");
	qf_json_open(out, '[');
	while (*words) {
		const char *comma = strstr(words, ", ");
		size_t n = comma ? (size_t)(comma - words) : strlen(words);

		qf_json_strn(out, words, n);
		words += n + (comma ? 2 : 0);
	}
	qf_json_close(out, ']');
}

void qf_descriptor_put(struct qf_buf *out, const struct qf_descriptor *d)
{
	qf_json_open(out, '{');
	for (size_t i = 0; i < KEYS; i++) {
		const void *at = (const char *)d + keys[i].offset;

		if (keys[i].form == NUMBER && *(const int64_t *)at) {
			qf_json_put_int(out, keys[i].name, *(const int64_t *)at);
		} else if (keys[i].form == WORDS) {
			put_words(out, *(const char *const *)at);
		} else if (keys[i].form != NUMBER) {
			qf_json_opt_str(out, keys[i].name, *(const char *const *)at);
		}
	}
	qf_json_close(out, '}');
}

void qf_descriptor_fields(const struct qf_descriptor *d, const char *field[QF_FIELDS])
{
	const char *all[QF_FIELDS] = { d->name, d->description, d->licence, d->url, d->creator, d->published, d->keywords,
				       d->publisher, d->version, d->created, d->modified, d->same_as, d->sd_licence, d->language };

	memcpy(field, all, sizeof all);
}

/* ---- what others read ----------------------------------------------------------------------------- */

static const struct { const char *extension, *type; } types[] = {
	{ "flac", "audio/flac" }, { "mp3", "audio/mpeg" }, { "ogg", "audio/ogg" }, { "oga", "audio/ogg" }, { "opus", "audio/ogg" },
	{ "wav", "audio/x-wav" }, { "aiff", "audio/x-aiff" }, { "aif", "audio/x-aiff" }, { "m4a", "audio/mp4" }, { "wma", "audio/x-ms-wma" },
};

static const char *type_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
		if (strcmp(dot + 1, types[i].extension) == 0)
			return types[i].type;
	return "application/octet-stream";
}

/* Croissant 1.1, "JSON-LD context": the terms that its writers use. */
static const char context[] =
	"{\"@language\":\"en\",\"@vocab\":\"https://schema.org/\",\"sc\":\"https://schema.org/\",\"cr\":\"http://mlcommons.org/croissant/\","
	"\"dct\":\"http://purl.org/dc/terms/\",\"conformsTo\":\"dct:conformsTo\",\"FileObject\":\"cr:FileObject\",\"FileSet\":\"cr:FileSet\","
	"\"containedIn\":\"cr:containedIn\",\"citeAs\":\"cr:citeAs\",\"isLiveDataset\":\"cr:isLiveDataset\",\"recordSet\":\"cr:recordSet\","
	"\"field\":\"cr:field\",\"dataType\":{\"@id\":\"cr:dataType\",\"@type\":\"@vocab\"},\"extract\":\"cr:extract\",\"source\":\"cr:source\","
	"\"references\":\"cr:references\",\"transform\":\"cr:transform\",\"md5\":\"cr:md5\",\"sha256\":\"cr:sha256\"}";

static void put_licence(struct qf_buf *out, const char *key, const char *licence)
{
	struct qf_buf text = { 0 };
	bool one = licence && *licence && !strpbrk(licence, " ()+") && strncmp(licence, "LicenseRef-", 11) != 0;
	struct qf_licence known;

	if (!licence)
		return;
	qf_licence_judge(licence, strlen(licence), &known);
	if (one && known.open) {
		qf_buf_puts(&text, "https://spdx.org/licenses/");
		qf_licence_put(&text, licence, strlen(licence));
	} else {
		qf_licence_put(&text, licence, strlen(licence));
	}
	qf_json_opt_str(out, key, text.p);
	out->failed |= text.failed;
	qf_buf_free(&text);
}

static void put_person(struct qf_buf *out, const char *key, const char *name)
{
	if (!name)
		return;
	qf_json_key(out, key);
	qf_json_open(out, '{');
	qf_json_put_str(out, "@type", "Person");
	qf_json_opt_str(out, "name", name);
	qf_json_close(out, '}');
}

static void put_file_object(struct qf_buf *out, const struct qf_set_file *f)
{
	qf_json_open(out, '{');
	qf_json_put_str(out, "@type", "cr:FileObject");
	qf_json_opt_str(out, "@id", f->path);
	qf_json_opt_str(out, "name", f->path);
	qf_json_opt_str(out, "contentUrl", f->path);
	qf_json_opt_str(out, "encodingFormat", type_of(f->path));
	if (f->size >= 0) {
		qf_json_key(out, "contentSize");
		qf_buf_printf(out, "\"%lld B\"", (long long)f->size);
	}
	qf_json_opt_str(out, "sha256", f->sha256);
	qf_json_close(out, '}');
}

void qf_descriptor_put_croissant(struct qf_buf *out, const struct qf_descriptor *d, const struct qf_set_file *file, size_t n)
{
	qf_json_open(out, '{');
	qf_json_key(out, "@context");
	qf_json_raw(out, (struct qf_span){ context, sizeof context - 1 });
	qf_json_put_str(out, "@type", "sc:Dataset");
	qf_json_put_str(out, "conformsTo", "http://mlcommons.org/croissant/1.1");
	qf_json_opt_str(out, "@id", d->id);
	qf_json_opt_str(out, "name", d->name);
	qf_json_opt_str(out, "description", d->description);
	put_licence(out, "license", d->licence);
	qf_json_opt_str(out, "url", d->url);
	put_person(out, "creator", d->creator);
	qf_json_opt_str(out, "datePublished", d->published);
	qf_json_opt_str(out, "dateCreated", d->created);
	qf_json_opt_str(out, "dateModified", d->modified);
	put_words(out, d->keywords);
	put_person(out, "publisher", d->publisher);
	qf_json_opt_str(out, "version", d->version);
	qf_json_opt_str(out, "sameAs", d->same_as);
	put_licence(out, "sdLicense", d->sd_licence);
	qf_json_opt_str(out, "inLanguage", d->language);
	qf_json_key(out, "distribution");
	qf_json_open(out, '[');
	for (size_t i = 0; i < n; i++)
		put_file_object(out, &file[i]);
	qf_json_close(out, ']');
	qf_json_close(out, '}');
}

/* Names of resources are small letters, digits and -._ (and unique: the number stands in front). */
static void put_resource(struct qf_buf *out, const struct qf_set_file *f, size_t number)
{
	const char *slash = strrchr(f->path, '/');
	struct qf_buf name = { 0 };

	qf_buf_printf(&name, "%zu-", number + 1);
	for (const char *p = slash ? slash + 1 : f->path; *p; p++)
		qf_buf_putc(&name, isalnum((unsigned char)*p) || strchr("-._", *p) ? (char)tolower((unsigned char)*p) : '-');
	qf_json_open(out, '{');
	qf_json_opt_str(out, "name", name.p);
	qf_json_opt_str(out, "path", f->path);
	qf_json_opt_str(out, "mediatype", type_of(f->path));
	if (f->size >= 0)
		qf_json_put_int(out, "bytes", f->size);
	if (f->sha256) {
		qf_json_key(out, "hash");
		qf_buf_printf(out, "\"sha256:%s\"", f->sha256);
	}
	qf_json_close(out, '}');
	out->failed |= name.failed;
	qf_buf_free(&name);
}

static void put_licences(struct qf_buf *out, const char *licence)
{
	struct qf_buf text = { 0 };

	if (!licence)
		return;
	qf_licence_put(&text, licence, strlen(licence));
	qf_json_key(out, "licenses");
	qf_json_open(out, '[');
	qf_json_open(out, '{');
	qf_json_opt_str(out, "name", text.p);
	qf_json_close(out, '}');
	qf_json_close(out, ']');
	out->failed |= text.failed;
	qf_buf_free(&text);
}

void qf_descriptor_put_datapackage(struct qf_buf *out, const struct qf_descriptor *d, const struct qf_set_file *file, size_t n)
{
	qf_json_open(out, '{');
	qf_json_put_str(out, "profile", "data-package");
	qf_json_opt_str(out, "name", d->id);
	qf_json_opt_str(out, "title", d->name);
	qf_json_opt_str(out, "description", d->description);
	qf_json_opt_str(out, "homepage", d->url);
	qf_json_opt_str(out, "version", d->version);
	if (d->published && strlen(d->published) == 10) {
		qf_json_key(out, "created");
		qf_buf_printf(out, "\"%sT00:00:00Z\"", d->published);
	}
	put_licences(out, d->licence);
	if (d->creator) {
		qf_json_key(out, "contributors");
		qf_json_open(out, '[');
		qf_json_open(out, '{');
		qf_json_opt_str(out, "title", d->creator);
		qf_json_put_str(out, "role", "author");
		qf_json_close(out, '}');
		qf_json_close(out, ']');
	}
	put_words(out, d->keywords);
	qf_json_key(out, "resources");
	qf_json_open(out, '[');
	for (size_t i = 0; i < n; i++)
		put_resource(out, &file[i], i);
	qf_json_close(out, ']');
	qf_json_close(out, '}');
}
