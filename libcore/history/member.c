/* Members of a history record, whoever wrote it: typed, bounded, in one form. */
#include "history/format.h"

#include "history/time.h"

#include <math.h>
#include <string.h>

static void find_members(struct qf_members *m, struct qf_span object)
{
	struct qf_span key, value, rest = object;

	*m = (struct qf_members){ .of = object.p, .whole = qf_json_type(object) == QF_JSON_OBJECT };
	while (m->whole && qf_json_next(&rest, &key, &value)) {
		m->whole = m->n < QF_MEMBERS && !memchr(key.p, '\\', key.n);
		if (!m->whole)
			return;
		m->at[m->n].key = key;
		m->at[m->n++].value = value;
	}
}

struct qf_span qf_member(struct qf_record *r, struct qf_span object, const char *key)
{
	struct qf_members *m = r->members;
	struct qf_span v = { "null", 4 };
	size_t n = strlen(key);

	if (m->of != object.p)
		find_members(m, object);
	if (!m->whole)
		qf_json_get(object, key, &v);
	for (size_t i = m->whole ? m->n : 0; i-- > 0;)
		if (m->at[i].key.n == n + 2 && memcmp(m->at[i].key.p + 1, key, n) == 0)
			return m->at[i].value;
	return v;
}

static bool member(struct qf_record *r, struct qf_span object, const char *key, struct qf_span *v)
{
	*v = qf_member(r, object, key);
	return qf_json_type(*v) != QF_JSON_NULL;
}

enum qf_status qf_member_text(struct qf_record *r, struct qf_span object, const char *key, const char **out, struct qf_err *e)
{
	struct qf_buf plain = { 0 };
	enum qf_status rc = QF_OK;
	struct qf_span v, text;
	char *copy;

	if (!member(r, object, key, &v))
		return QF_OK;
	if (qf_json_type(v) != QF_JSON_STRING)
		return qf_fail(e, QF_EFORMAT, "\"%s\" is not a text", key);
	text = (struct qf_span){ v.p + 1, v.n - 2 };
	if (memchr(v.p, '\\', v.n)) {
		qf_json_to_text(v, &plain);
		text = (struct qf_span){ plain.p, plain.len };
	}
	if (text.n > QF_HISTORY_TEXT_MAX)
		rc = qf_fail(e, QF_EFORMAT, "\"%s\" is longer than %d bytes", key, QF_HISTORY_TEXT_MAX);
	else if (text.n && memchr(text.p, '\0', text.n))
		rc = qf_fail(e, QF_EFORMAT, "\"%s\" holds a NUL", key);
	else if (plain.failed || (text.n && (copy = qf_arena_dup(r->arena, text.p, text.n)) == NULL))
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	else if (text.n)
		*out = copy;
	qf_buf_free(&plain);
	return rc;
}

enum qf_status qf_member_path(struct qf_record *r, struct qf_span object, const char **out, struct qf_err *e)
{
	const char *coded = NULL;
	struct qf_buf path = { 0 };
	enum qf_status rc = qf_member_text(r, object, "path_b64", &coded, e);

	if (rc != QF_OK)
		return rc;
	if (!coded)
		return qf_member_text(r, object, "path", out, e);
	if (qf_base64_decode(&path, coded, strlen(coded), NULL) || (path.len && memchr(path.p, '\0', path.len)))
		rc = qf_fail(e, QF_EFORMAT, "\"path_b64\" is not the base64 of a path");
	else if (path.len && (*out = qf_arena_dup(r->arena, path.p, path.len)) == NULL)
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	qf_buf_free(&path);
	return rc;
}

/* Seconds since 1970, or a text; false when it is neither. */
static bool number_of_seconds(struct qf_span v, int64_t *t)
{
	double x;

	if (qf_json_to_int(v, t))
		return true;
	if (!qf_json_to_num(v, &x) || fabs(x) >= 1e15)
		return false;
	*t = (int64_t)floor(x);
	return true;
}

enum qf_status qf_member_moment(struct qf_record *r, struct qf_span object, const char *key, struct qf_event *ev, struct qf_err *e)
{
	const char *iso = NULL;
	struct qf_moment m;
	struct qf_span v;
	enum qf_status rc;

	if (!member(r, object, key, &v) || number_of_seconds(v, &ev->t))
		return QF_OK;
	rc = qf_member_text(r, object, key, &iso, e);
	if (rc == QF_ENOMEM)
		return rc;
	if (rc != QF_OK || !iso || !qf_time_read_iso(iso, strlen(iso), &m) || !m.zoned || m.precision_s)
		return qf_fail(e, QF_EFORMAT, "\"%s\" is neither seconds since 1970 nor a time like 2026-01-31T20:15:00Z", key);
	ev->t = m.t;
	ev->zoned = !m.utc;
	ev->offset_s = m.offset_s;
	return QF_OK;
}

enum qf_status qf_member_time(struct qf_record *r, struct qf_span object, const char *key, int64_t *out, struct qf_err *e)
{
	struct qf_event ev = { .t = *out };
	enum qf_status rc = qf_member_moment(r, object, key, &ev, e);

	*out = ev.t;
	return rc;
}

enum qf_status qf_member_length(struct qf_record *r, struct qf_span object, const char *key, double unit_ms, int64_t *out, struct qf_err *e)
{
	const double ten_days_ms = 864e6;
	struct qf_span v;
	double x;

	if (!member(r, object, key, &v))
		return QF_OK;
	if (!qf_json_to_num(v, &x) || x < 0 || x * unit_ms > ten_days_ms)
		return qf_fail(e, QF_EFORMAT, "\"%s\" is not a length of time", key);
	*out = (int64_t)floor(x * unit_ms + 0.5);
	return QF_OK;
}

/* 8-4-4-4-12 hexadecimal digits (RFC 4122, section 3), in lower case. */
static bool uuid(char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		if (s[i] >= 'A' && s[i] <= 'F')
			s[i] = (char)(s[i] - 'A' + 'a');
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-' : !strchr("0123456789abcdef", s[i]))
			return false;
	}
	return n == 36;
}

/* ISO 3901: two letters, three letters or digits, seven digits; printed with hyphens by some. */
static bool isrc(char *s)
{
	size_t n = 0;

	for (const char *p = s; *p; p++)
		if (*p != '-' && *p != ' ')
			s[n++] = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
	s[n] = '\0';
	for (size_t i = 0; i < n; i++) {
		bool letter = s[i] >= 'A' && s[i] <= 'Z', digit = s[i] >= '0' && s[i] <= '9';

		if (!(letter && i < 5) && !(digit && i >= 2))
			return false;
	}
	return n == 12;
}

enum qf_status qf_cell_mbid(struct qf_record *r, const char *cell, const char **out, struct qf_err *e)
{
	char *copy = qf_arena_dup(r->arena, cell, strlen(cell));

	if (!copy)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (uuid(copy))
		*out = copy;
	return QF_OK;
}

/* An identifier in its one form, if it has it. */
static enum qf_status identifier(struct qf_record *r, struct qf_span object, const char *key, bool (*form)(char *),
				 const char **out, struct qf_err *e)
{
	const char *text = NULL;
	enum qf_status rc = qf_member_text(r, object, key, &text, e);
	char *copy;

	if (rc == QF_EFORMAT || (rc == QF_OK && !text))
		return QF_OK;
	if (rc != QF_OK)
		return rc;
	copy = qf_arena_dup(r->arena, text, strlen(text));
	if (!copy)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (form(copy))
		*out = copy;
	return QF_OK;
}

enum qf_status qf_member_mbid(struct qf_record *r, struct qf_span object, const char *key, const char **out, struct qf_err *e)
{
	return identifier(r, object, key, uuid, out, e);
}

enum qf_status qf_member_isrc(struct qf_record *r, struct qf_span object, const char *key, const char **out, struct qf_err *e)
{
	return identifier(r, object, key, isrc, out, e);
}
