#include "playlist/xspf.h"

#include "base/alloc.h"

#include <expat.h>
#include <limits.h>
#include <string.h>

#define DEEP 8 /* elements that we know lie less deep: playlist, trackList, track, title */

/* Where we are: a path of elements that mean something to us. */
enum place { NOWHERE, PLAYLIST, TITLE, NOTE, TRACKS, TRACK, LOCATION, IDENTIFIER, T_TITLE, CREATOR, ALBUM, DURATION };

static const struct { enum place in; const char *name; enum place to; } steps[] = {
	{ PLAYLIST, "title", TITLE }, { PLAYLIST, "annotation", NOTE }, { PLAYLIST, "trackList", TRACKS }, { TRACKS, "track", TRACK },
	{ TRACK, "location", LOCATION }, { TRACK, "identifier", IDENTIFIER }, { TRACK, "title", T_TITLE }, { TRACK, "creator", CREATOR },
	{ TRACK, "album", ALBUM }, { TRACK, "duration", DURATION },
};

struct reader {
	XML_Parser parser;
	struct qf_reading *to;
	struct qf_entry *track;
	struct qf_buf text;
	enum place at[DEEP];
	size_t depth; /* of open elements, also where nobody looks */
	enum qf_status rc;
};

static void stop(struct reader *r, enum qf_status why)
{
	r->rc = why;
	XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = ctx;
	const char *colon = strrchr(name, ':'), *local = colon ? colon + 1 : name;
	enum place in = r->depth && r->depth <= DEEP ? r->at[r->depth - 1] : NOWHERE, to = NOWHERE;

	(void)attributes;
	if (r->depth == 0 && strcmp(local, "playlist") == 0)
		to = PLAYLIST;
	for (size_t i = 0; in && i < sizeof steps / sizeof *steps; i++)
		if (steps[i].in == in && strcmp(steps[i].name, local) == 0)
			to = steps[i].to;
	if (r->depth < DEEP)
		r->at[r->depth] = to;
	r->depth++;
	qf_buf_clear(&r->text);
	if (to == TRACK && (r->track = qf_reading_add(r->to)) == NULL)
		stop(r, QF_ENOMEM);
}

static bool take(struct reader *r, enum place at, struct qf_span text)
{
	struct qf_entry *t = r->track;

	switch (at) {
	case TITLE:
		return qf_reading_text(r->to, &r->to->title, text);
	case NOTE:
		return qf_reading_text(r->to, &r->to->note, text);
	case LOCATION:
		return t->path || qf_reading_text(r->to, &t->path, text);
	case IDENTIFIER:
		return qf_reading_identifier(r->to, t, text);
	case T_TITLE:
		return qf_reading_text(r->to, &t->title, text);
	case CREATOR:
		return qf_reading_text(r->to, &t->artist, text);
	case ALBUM:
		return qf_reading_text(r->to, &t->album, text);
	case DURATION:
		t->duration_ms = qf_reading_number(text, 1000 * (int64_t)QF_READING_LONGEST_S);
		return true;
	default:
		return true;
	}
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
	struct reader *r = ctx;
	enum place at;

	(void)name;
	r->depth--;
	at = r->depth < DEEP ? r->at[r->depth] : NOWHERE;
	if (r->text.failed || !take(r, at, (struct qf_span){ r->text.p, r->text.len }))
		stop(r, QF_ENOMEM);
	qf_buf_clear(&r->text);
}

static void XMLCALL on_text(void *ctx, const XML_Char *s, int n)
{
	struct reader *r = ctx;

	if (r->depth && r->depth <= DEEP && r->at[r->depth - 1])
		qf_buf_put(&r->text, s, (size_t)n);
}

static void XMLCALL on_entity(void *ctx, const XML_Char *name, int is_parameter, const XML_Char *value, int n, const XML_Char *base,
			      const XML_Char *system, const XML_Char *public, const XML_Char *notation)
{
	(void)name, (void)is_parameter, (void)value, (void)n, (void)base, (void)system, (void)public, (void)notation;
	stop(ctx, QF_EFORMAT);
}

static void *take_memory(size_t n)
{
	return qf_alloc(n, 1);
}

static void *more_memory(void *p, size_t n)
{
	return qf_realloc(p, n, 1);
}

static enum qf_status say(const struct reader *r, struct qf_err *e)
{
	enum XML_Error why = XML_GetErrorCode(r->parser);

	if (r->rc == QF_ENOMEM || why == XML_ERROR_NO_MEMORY)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu entries", r->to->n);
	if (r->rc == QF_EFORMAT)
		return qf_fail(e, QF_EFORMAT, "XSPF: it declares entities, which no playlist needs");
	return qf_fail(e, QF_EFORMAT, "XSPF, line %lu: %s", XML_GetCurrentLineNumber(r->parser), XML_ErrorString(why));
}

enum qf_status qf_xspf_read(struct qf_reading *to, struct qf_span text, struct qf_err *e)
{
	static const XML_Memory_Handling_Suite memory = { take_memory, more_memory, qf_free };
	struct reader r = { .to = to };
	enum qf_status rc = QF_OK;

	if (text.n > INT_MAX)
		return qf_fail(e, QF_ELIMIT, "XSPF: %zu bytes are too many", text.n);
	r.parser = XML_ParserCreate_MM(NULL, &memory, NULL);
	if (!r.parser)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	XML_SetHashSalt(r.parser, 1); /* else it would ask for chance, and the core takes none */
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetEntityDeclHandler(r.parser, on_entity);
	if (XML_Parse(r.parser, text.p, (int)text.n, XML_TRUE) != XML_STATUS_OK)
		rc = say(&r, e);
	XML_ParserFree(r.parser);
	qf_buf_free(&r.text);
	return rc;
}
