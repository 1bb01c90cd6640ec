#include "query/nsp.h"

#include "rows/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reader {
	struct qf_query *q;
	struct qf_arena *a;
	int64_t now;
	size_t terms;
	const char *at; /* what is read just now */
	struct qf_err *e;
};

/* Navidrome's names where ours differ; others are looked up as they are. */
static const struct { const char *theirs, *ours; } names[] = {
	{ "playcount", "plays" }, { "lastplayed", "played" }, { "loved", "likes" }, { "dateadded", "added" },
	{ "datemodified", "updated" }, { "filepath", "path" }, { "filetype", "codec" }, { "bpm", "tempo_bpm" },
	{ "mbz_recording_id", "mb_recordingid" }, { "mbz_album_id", "mb_albumid" }, { "mbz_artist_id", "mb_artistid" },
	{ "mbz_release_group_id", "mb_releasegroupid" }, { "catalognumber", "catalognumber" }, { "albumtype", "releasetype" },
	{ "originalyear", "originaldate" }, { "recordlabel", "label" },
};

static enum qf_status no_memory(struct reader *r)
{
	return qf_fail(r->e, QF_ENOMEM, "smart playlist: out of memory");
}

static enum qf_status find_field(struct reader *r, const char *name, struct qf_field *out)
{
	if (strcasecmp(name, "rating") == 0) /* a tag of ours */
		return qf_fail(r->e, QF_EUNSUPPORTED, "smart playlist: the field rating is not known here: stars that users gave are not in the catalog");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasecmp(names[i].theirs, name) == 0)
			name = names[i].ours;
	if (qf_field_find(name, strlen(name), out) && out->kind != QF_FIELD_RECORD)
		return QF_OK;
	return qf_fail(r->e, QF_EUNSUPPORTED, "smart playlist: the field %.60s is not known here", name);
}

/* ---- nodes ------------------------------------------------------------------------------ */

static enum qf_status new_node(struct reader *r, enum qf_query_op op, struct qf_query_node **out)
{
	*out = qf_arena_get(r->a, 1, sizeof **out);
	if (!*out)
		return no_memory(r);
	**out = (struct qf_query_node){ .op = op };
	return QF_OK;
}

static enum qf_status negate(struct reader *r, struct qf_query_node **node)
{
	struct qf_query_node *not;
	enum qf_status rc = new_node(r, QF_QUERY_NOT, &not);

	if (rc != QF_OK)
		return rc;
	not->first = *node;
	*node = not;
	return QF_OK;
}

static enum qf_status new_leaf(struct reader *r, enum qf_query_op op, const struct qf_field *f, const char *text,
			       struct qf_query_node **out)
{
	enum qf_status rc;

	if (++r->terms > QF_QUERY_TERMS)
		return qf_fail(r->e, QF_EINVAL, "smart playlist: more than %d conditions", QF_QUERY_TERMS);
	rc = new_node(r, op, out);
	if (rc == QF_OK) {
		(*out)->field = *f;
		(*out)->text = text;
	}
	return rc;
}

/* A value as text: numbers and true, false as they stand there. */
static char *value_text(struct reader *r, struct qf_span v)
{
	return qf_json_type(v) == QF_JSON_STRING ? qf_json_dup(v, r->a) : qf_arena_dup(r->a, v.p, v.n);
}

/* from..to, either may be NULL; both ends as the query language spells them. */
static enum qf_status new_range(struct reader *r, const struct qf_field *f, const char *from, const char *to,
				struct qf_query_node **out)
{
	char text[128];
	enum qf_status rc;

	snprintf(text, sizeof text, "%s..%s", from ? from : "", to ? to : "");
	rc = new_leaf(r, QF_QUERY_RANGE, f, NULL, out);
	if (rc == QF_OK && qf_range_read(text, f, false, r->now, &(*out)->range) != QF_RANGE_OK)
		return qf_fail(r->e, QF_EINVAL, "smart playlist: %s cannot be %.80s", f->name, text);
	return rc;
}

/* ---- operators -------------------------------------------------------------------------- */

#define OPERATOR(fn) enum qf_status (*fn)(struct reader *, const struct qf_field *, struct qf_span, struct qf_query_node **)

static enum qf_status op_is(struct reader *r, const struct qf_field *f, struct qf_span v, struct qf_query_node **out)
{
	bool yes;
	char *text = value_text(r, v);
	enum qf_status rc;

	if (!text)
		return no_memory(r);
	if (!qf_field_is_number(f->kind))
		return new_leaf(r, QF_QUERY_IS, f, text, out);
	rc = new_leaf(r, QF_QUERY_RANGE, f, NULL, out);
	if (rc != QF_OK)
		return rc;
	if (qf_json_to_bool(v, &yes)) /* loved */
		(*out)->range = yes ? (struct qf_range){ 1, INFINITY, false } : (struct qf_range){ -INFINITY, 0, false };
	else if (qf_range_read(text, f, false, r->now, &(*out)->range) != QF_RANGE_OK)
		return qf_fail(r->e, QF_EINVAL, "smart playlist: %s cannot be %.80s", f->name, text);
	return QF_OK;
}

static enum qf_status op_contains(struct reader *r, const struct qf_field *f, struct qf_span v, struct qf_query_node **out)
{
	char *text = value_text(r, v);

	if (qf_field_is_number(f->kind))
		return op_is(r, f, v, out);
	return text ? new_leaf(r, QF_QUERY_HAS, f, text, out) : no_memory(r);
}

static enum qf_status op_starts(struct reader *r, const struct qf_field *f, struct qf_span v, struct qf_query_node **out)
{
	enum qf_status rc = op_contains(r, f, v, out);

	if (rc == QF_OK)
		(*out)->prefix = !qf_field_is_number(f->kind) && f->kind != QF_FIELD_LABELS;
	return rc;
}

static enum qf_status op_ends(struct reader *r, const struct qf_field *f, struct qf_span v, struct qf_query_node **out)
{
	struct qf_buf pattern = { 0 };
	char *text = value_text(r, v), *copy;

	for (const char *p = text; p && *p; p++) {
		if (strchr(".[]()*+?{}|^$\\", *p))
			qf_buf_putc(&pattern, '\\');
		qf_buf_putc(&pattern, *p);
	}
	qf_buf_putc(&pattern, '$');
	copy = pattern.failed ? NULL : qf_arena_dup(r->a, pattern.p, pattern.len);
	qf_buf_free(&pattern);
	return text && copy ? new_leaf(r, QF_QUERY_MATCH, f, copy, out) : no_memory(r);
}

static enum qf_status op_lt(struct reader *r, const struct qf_field *f, struct qf_span v, struct qf_query_node **out)
{
	char *text = value_text(r, v);
	enum qf_status rc = text ? new_range(r, f, text, NULL, out) : no_memory(r);

	if (rc == QF_OK)
		(*out)->range = (struct qf_range){ -INFINITY, (*out)->range.lo, true };
	return rc;
}

/* Above a number; behind the whole of a date. */
static enum qf_status op_gt(struct reader *r, const struct qf_field *f, struct qf_span v, struct qf_query_node **out)
{
	char *text = value_text(r, v);
	struct qf_query_node *known, *upto;
	enum qf_status rc = text ? new_range(r, f, NULL, text, &upto) : no_memory(r);

	if (rc == QF_OK && f->kind == QF_FIELD_INT) {
		upto->range = (struct qf_range){ upto->range.hi + 1, INFINITY, false };
		*out = upto;
		return QF_OK;
	}
	if (rc == QF_OK)
		rc = new_leaf(r, QF_QUERY_KNOWN, f, NULL, &known);
	if (rc == QF_OK)
		rc = negate(r, &upto);
	if (rc == QF_OK)
		rc = new_node(r, QF_QUERY_AND, out);
	if (rc != QF_OK)
		return rc;
	(*out)->first = known;
	known->next = upto;
	return QF_OK;
}

static enum qf_status op_between(struct reader *r, const struct qf_field *f, struct qf_span v, struct qf_query_node **out)
{
	struct qf_span key, item, rest = v;
	char *end[2] = { NULL, NULL };
	size_t n = 0;

	while (qf_json_next(&rest, &key, &item) && n < 2)
		end[n++] = value_text(r, item);
	if (n < 2 || !end[0] || !end[1])
		return qf_fail(r->e, QF_EFORMAT, "smart playlist: inTheRange wants a list of two values");
	return new_range(r, f, end[0], end[1], out);
}

static enum qf_status op_last(struct reader *r, const struct qf_field *f, struct qf_span v, struct qf_query_node **out)
{
	double days;
	char *text = value_text(r, v), *end = NULL;
	enum qf_status rc;

	days = text ? strtod(text, &end) : 0;
	if (!text || *end || end == text || !(days >= 0) || f->kind != QF_FIELD_DATE)
		return qf_fail(r->e, QF_EINVAL, "smart playlist: inTheLast wants a field of time and a number of days");
	rc = new_leaf(r, QF_QUERY_RANGE, f, NULL, out);
	if (rc == QF_OK)
		(*out)->range = (struct qf_range){ (double)r->now - floor(days * 86400), INFINITY, false };
	return rc;
}

static enum qf_status op_present(struct reader *r, const struct qf_field *f, struct qf_span v, struct qf_query_node **out)
{
	bool yes = true;
	enum qf_status rc = new_leaf(r, QF_QUERY_KNOWN, f, NULL, out);

	qf_json_to_bool(v, &yes);
	return rc == QF_OK && !yes ? negate(r, out) : rc;
}

static const struct operator { const char *name; OPERATOR(fn); bool negated; } operators[] = {
	{ "is", op_is, false }, { "isNot", op_is, true },
	{ "gt", op_gt, false }, { "lt", op_lt, false },
	{ "contains", op_contains, false }, { "notContains", op_contains, true },
	{ "startsWith", op_starts, false }, { "endsWith", op_ends, false },
	{ "inTheRange", op_between, false },
	{ "before", op_lt, false }, { "after", op_gt, false },
	{ "inTheLast", op_last, false }, { "notInTheLast", op_last, true },
	{ "isPresent", op_present, false }, { "isMissing", op_present, true },
};

/* ---- the document ----------------------------------------------------------------------- */

static enum qf_status read_group(struct reader *r, enum qf_query_op op, struct qf_span list, struct qf_query_node **out);

/* The members of { "is": { "genre": "Jazz" } }. */
static enum qf_status read_operator(struct reader *r, const struct operator *o, struct qf_span fields, struct qf_query_node ***tail)
{
	struct qf_span key, value, rest = fields;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && qf_json_next(&rest, &key, &value)) {
		char *name = qf_json_dup(key, r->a);
		struct qf_query_node *node;
		struct qf_field f;

		r->at = key.p;
		rc = name ? find_field(r, name, &f) : no_memory(r);
		if (rc == QF_OK)
			rc = o->fn(r, &f, value, &node);
		if (rc == QF_OK && o->negated)
			rc = negate(r, &node);
		if (rc == QF_OK) {
			**tail = node;
			*tail = &node->next;
		}
	}
	return rc;
}

static enum qf_status read_member(struct reader *r, const char *name, struct qf_span value, struct qf_query_node ***tail)
{
	struct qf_query_node *group = NULL;
	enum qf_status rc;

	if (strcasecmp(name, "all") == 0 || strcasecmp(name, "any") == 0) {
		rc = read_group(r, strcasecmp(name, "all") == 0 ? QF_QUERY_AND : QF_QUERY_OR, value, &group);
		if (rc == QF_OK && group) {
			**tail = group;
			*tail = &group->next;
		}
		return rc;
	}
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (strcasecmp(operators[i].name, name) == 0)
			return read_operator(r, &operators[i], value, tail);
	if (strcasecmp(name, "inPlaylist") == 0 || strcasecmp(name, "notInPlaylist") == 0)
		return qf_fail(r->e, QF_EUNSUPPORTED, "smart playlist: %s is not known here: the playlists of Navidrome are not in the catalog", name);
	return qf_fail(r->e, QF_EUNSUPPORTED, "smart playlist: the operator %.60s is not known here", name);
}

static enum qf_status read_group(struct reader *r, enum qf_query_op op, struct qf_span list, struct qf_query_node **out)
{
	struct qf_query_node *first = NULL, **tail = &first;
	struct qf_span key, item, value, rest = list;
	enum qf_status rc = QF_OK;

	if (qf_json_type(list) != QF_JSON_ARRAY)
		return qf_fail(r->e, QF_EFORMAT, "smart playlist: all and any want a list");
	while (rc == QF_OK && qf_json_next(&rest, &key, &item)) {
		struct qf_span members = item;

		while (rc == QF_OK && qf_json_next(&members, &key, &value)) {
			char *name = qf_json_dup(key, r->a);

			r->at = key.p;
			rc = name ? read_member(r, name, value, &tail) : no_memory(r);
		}
	}
	*out = first;
	if (rc != QF_OK || !first || !first->next)
		return rc;
	rc = new_node(r, op, out);
	if (rc == QF_OK)
		(*out)->first = first;
	return rc;
}

/* "-year, artist"; order "desc" turns all of them round. */
static enum qf_status read_sort(struct reader *r, char *text, bool down)
{
	enum qf_status rc = QF_OK;

	for (char *p = text; rc == QF_OK && *p;) {
		size_t n = strcspn(p, ",");
		char *next = p + n + (p[n] == ',');
		bool falling;

		p[n] = '\0';
		while (*p == ' ')
			p++;
		falling = (*p == '-') != down;
		p += *p == '-' || *p == '+';
		if (strcasecmp(p, "random") == 0)
			r->q->sample = r->q->limit ? r->q->limit : 1000000000;
		else if (r->q->n_sort == QF_QUERY_SORTS)
			rc = qf_fail(r->e, QF_EINVAL, "smart playlist: more than %d sorts", QF_QUERY_SORTS);
		else if (*p && (rc = find_field(r, p, &r->q->sort[r->q->n_sort].field)) == QF_OK)
			r->q->sort[r->q->n_sort++].falling = falling;
		p = next;
	}
	return rc;
}

static bool member(struct reader *r, struct qf_span doc, const char *key, struct qf_span *v)
{
	bool there = qf_json_get(doc, key, v);

	r->at = there ? v->p : r->at;
	return there;
}

static enum qf_status read_order(struct reader *r, struct qf_span doc)
{
	struct qf_span v;
	bool down = false;
	int64_t percent = 0;
	char *text;

	if (member(r, doc, "limit", &v) && (!qf_json_to_int(v, &r->q->limit) || r->q->limit < 0 || r->q->limit > 1000000000))
		return qf_fail(r->e, QF_EFORMAT, "smart playlist: limit is not a number from 0");
	if (member(r, doc, "limitPercent", &v) && (!qf_json_to_int(v, &percent) || percent < 0 || percent > 100))
		return qf_fail(r->e, QF_EFORMAT, "smart playlist: limitPercent is not a number from 0 to 100");
	r->q->limit_percent = r->q->limit ? 0 : (int)percent;
	if (member(r, doc, "order", &v)) {
		text = qf_json_dup(v, r->a);
		down = text && strcasecmp(text, "desc") == 0;
	}
	if (!member(r, doc, "sort", &v))
		return QF_OK;
	text = qf_json_dup(v, r->a);
	return text ? read_sort(r, text, down) : qf_fail(r->e, QF_EFORMAT, "smart playlist: sort is not a text");
}

/* Put the line in front of what went wrong. */
static enum qf_status at_line(struct reader *r, struct qf_span text)
{
	char place[32];
	size_t line = 1;

	for (const char *p = text.p; p < r->at; p++)
		line += *p == '\n';
	snprintf(place, sizeof place, "line %zu", line);
	return r->at ? qf_err_at(r->e, place) : r->e->code;
}

enum qf_status qf_nsp_parse(struct qf_query *q, struct qf_span text, int64_t now, struct qf_arena *a, struct qf_err *e)
{
	struct reader r = { .q = q, .a = a, .now = now, .e = e };
	struct qf_span v;
	enum qf_status rc = qf_json_check(text, e);

	*q = (struct qf_query){ 0 };
	if (rc == QF_OK && qf_json_type(text) != QF_JSON_OBJECT)
		rc = qf_fail(e, QF_EFORMAT, "smart playlist: not a JSON object");
	if (rc == QF_OK && qf_json_get(text, "all", &v))
		rc = read_group(&r, QF_QUERY_AND, v, &q->where);
	else if (rc == QF_OK && qf_json_get(text, "any", &v))
		rc = read_group(&r, QF_QUERY_OR, v, &q->where);
	else if (rc == QF_OK)
		rc = qf_fail(e, QF_EFORMAT, "smart playlist: neither all nor any is there");
	if (rc == QF_OK)
		rc = read_order(&r, text);
	return rc == QF_OK ? QF_OK : at_line(&r, text);
}
