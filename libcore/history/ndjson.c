/* The plain format: one event an object, under the names of struct qf_event. */
#include "history/format.h"

/* A row without a type may be one. */
static bool is_event(struct qf_span type)
{
	return qf_json_type(type) == QF_JSON_NULL || qf_json_is(type, "event.v1");
}

bool qf_ndjson_sniff(struct qf_span object)
{
	struct qf_span v, type = { "null", 4 };

	qf_json_get(object, "type", &type);
	return qf_json_get(object, "action", &v) && is_event(type);
}

static enum qf_status get_action(struct qf_record *r, enum qf_action *action, struct qf_err *e)
{
	const char *name = NULL;
	enum qf_status rc = qf_member_text(r, r->body, "action", &name, e);

	if (rc != QF_OK)
		return rc;
	if (!name)
		return qf_fail(e, QF_EFORMAT, "no \"action\"");
	if (!qf_action_parse(name, action))
		return qf_fail(e, QF_EFORMAT, "no action is called \"%.40s\" (play skip complete replay like dislike add)", name);
	return QF_OK;
}

static enum qf_status get_texts(struct qf_record *r, struct qf_event *ev, struct qf_err *e)
{
	const struct {
		const char *key, **to;
	} texts[] = {
		{ "user", &ev->user }, { "src", &ev->src },
		{ "artist", &ev->artist }, { "title", &ev->title }, { "album", &ev->album },
	};
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < sizeof texts / sizeof texts[0]; i++)
		rc = qf_member_text(r, r->body, texts[i].key, texts[i].to, e);
	return rc;
}

/* An action that was derived when it was written follows from the rest again. */
static void get_derived(struct qf_record *r, struct qf_event *ev)
{
	if (ev->action <= QF_ACTION_REPLAY && qf_json_to_bool(qf_member(r, r->body, "derived"), &ev->derived) && ev->derived)
		ev->action = QF_ACTION_PLAY;
}

/* 0 to 59: an event may be known to the minute. */
static void get_precision(struct qf_record *r, struct qf_event *ev)
{
	int64_t s;

	if (qf_json_to_int(qf_member(r, r->body, "precision_s"), &s) && s >= 0 && s < 60)
		ev->precision_s = (int)s;
}

enum qf_status qf_ndjson_parse(struct qf_record *r, struct qf_err *e)
{
	struct qf_event ev = qf_record_event(r, "ndjson");
	enum qf_status rc;

	if (!is_event(qf_member(r, r->body, "type")))
		return qf_fail(e, QF_EFORMAT, "a row of another type than event.v1");
	if ((rc = get_action(r, &ev.action, e)) != QF_OK || (rc = get_texts(r, &ev, e)) != QF_OK ||
	    (rc = qf_member_path(r, r->body, &ev.path, e)) != QF_OK ||
	    (rc = qf_member_mbid(r, r->body, "mbid", &ev.mbid, e)) != QF_OK ||
	    (rc = qf_member_isrc(r, r->body, "isrc", &ev.isrc, e)) != QF_OK ||
	    (rc = qf_member_moment(r, r->body, "t", &ev, e)) != QF_OK ||
	    (rc = qf_member_length(r, r->body, "ms", 1, &ev.ms, e)) != QF_OK ||
	    (rc = qf_member_length(r, r->body, "dur", 1, &ev.dur_ms, e)) != QF_OK)
		return rc;
	get_derived(r, &ev);
	get_precision(r, &ev);
	return qf_record_emit(r, &ev, e);
}
