#include "playlist/reading.h"

#include "base/alloc.h"
#include "base/text.h"
#include "playlist/mbid.h"

#include <math.h>
#include <string.h>
#include <strings.h>

struct qf_entry *qf_reading_add(struct qf_reading *r)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 64;
		struct qf_entry *grown = qf_realloc(r->entries, cap, sizeof *grown);

		if (!grown)
			return NULL;
		r->entries = grown;
		r->cap = cap;
	}
	r->entries[r->n] = (struct qf_entry){ .tempo_bpm = NAN, .energy = NAN, .score = NAN, .trust = NAN, .quality = NAN };
	return &r->entries[r->n++];
}

void qf_reading_free(struct qf_reading *r)
{
	qf_free(r->entries);
	qf_arena_free(&r->texts);
	*r = (struct qf_reading){ 0 };
}

bool qf_reading_bytes(struct qf_reading *r, const char **to, struct qf_span text)
{
	char *copy;

	if (text.n == 0 || memchr(text.p, '\0', text.n))
		return true;
	copy = qf_arena_dup(&r->texts, text.p, text.n);
	if (copy)
		*to = copy;
	return copy != NULL;
}

static struct qf_span trimmed(struct qf_span s)
{
	while (s.n && strchr(" \t\r\n", *s.p)) {
		s.p++;
		s.n--;
	}
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	return s;
}

bool qf_reading_text(struct qf_reading *r, const char **to, struct qf_span text)
{
	struct qf_buf clean = { 0 };
	bool ok;

	text = trimmed(text);
	qf_utf8_clean(&clean, text.n ? text.p : "", text.n);
	ok = !clean.failed && qf_reading_bytes(r, to, (struct qf_span){ clean.p, clean.len });
	qf_buf_free(&clean);
	return ok;
}

bool qf_reading_names(struct qf_reading *r, struct qf_entry *t, struct qf_span text)
{
	const char *all = NULL, *dash;

	if (!qf_reading_text(r, &all, text))
		return false;
	dash = all ? strstr(all, " - ") : NULL;
	if (!dash || dash == all || !dash[3]) {
		t->title = all;
		return true;
	}
	t->title = dash + 3;
	t->artist = qf_arena_dup(&r->texts, all, (size_t)(dash - all));
	return t->artist != NULL;
}

static bool behind(struct qf_span *text, const char *start)
{
	size_t n = strlen(start);

	if (text->n < n || strncasecmp(text->p, start, n) != 0)
		return false;
	text->p += n;
	text->n -= n;
	return true;
}

bool qf_reading_identifier(struct qf_reading *r, struct qf_entry *t, struct qf_span text)
{
	const char *id = NULL;

	text = trimmed(text);
	if (behind(&text, "http://musicbrainz.org/recording/") || behind(&text, QF_MBID_RECORDING)) {
		if (!qf_reading_bytes(r, &id, text))
			return false;
		if (qf_mbid_valid(id))
			t->mbid = id;
	} else if ((behind(&text, "urn:isrc:") || behind(&text, "isrc:")) && text.n == 12) {
		return qf_reading_bytes(r, &t->isrc, text);
	}
	return true;
}

int64_t qf_reading_number(struct qf_span text, int64_t most)
{
	int64_t v = 0;

	text = trimmed(text);
	for (size_t i = 0; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && v <= most; i++)
		v = v * 10 + (text.p[i] - '0');
	return v > most ? 0 : v;
}

bool qf_reading_line(struct qf_span *rest, struct qf_span *line)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t n = end ? (size_t)(end - rest->p) : rest->n;

	if (rest->n == 0)
		return false;
	*line = (struct qf_span){ rest->p, n };
	rest->p += n + (end != NULL);
	rest->n -= n + (end != NULL);
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}
