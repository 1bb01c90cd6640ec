#include "playlist/xspf.h"

#include "base/text.h"
#include "playlist/mbid.h"
#include "playlist/spelling.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static const char *const xml_escape[256] = {
	['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&apos;",
	['\r'] = "&#13;" /* a bare one would be read as a newline */
};

/* XML 1.0, section 2.2: tab, LF, CR, and everything from U+0020 on but surrogates (which
 * UTF-8 has not), U+FFFE and U+FFFF. */
static bool is_noncharacter(const char *p)
{
	return memcmp(p, "\xEF\xBF\xBE", 3) == 0 || memcmp(p, "\xEF\xBF\xBF", 3) == 0;
}

/* What XML can hold of a text, without blanks at its ends, which readers drop. */
static struct qf_span clean(struct qf_buf *to, const char *text)
{
	struct qf_buf valid = { 0 };
	struct qf_span s;

	qf_utf8_clean(&valid, text, strlen(text));
	for (size_t i = 0; i < valid.len; i++) {
		unsigned char c = (unsigned char)valid.p[i];

		if (c == 0xEF && is_noncharacter(valid.p + i))
			i += 2;
		else if (c >= ' ' || c == '\t' || c == '\n' || c == '\r')
			qf_buf_putc(to, valid.p[i]);
	}
	to->failed |= valid.failed;
	qf_buf_free(&valid);
	s = (struct qf_span){ to->p, to->len };
	for (; s.n && strchr(" \t\r\n", *s.p); s.n--)
		s.p++;
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	return s;
}

static void put_escaped(struct qf_buf *out, struct qf_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		const char *escape = xml_escape[(unsigned char)s.p[i]];

		if (escape)
			qf_buf_puts(out, escape);
		else
			qf_buf_putc(out, s.p[i]);
	}
}

static void put_element(struct qf_buf *out, const char *indent, const char *name, const char *text)
{
	struct qf_buf b = { 0 };
	struct qf_span s = text ? clean(&b, text) : (struct qf_span){ 0 };

	if (s.n) {
		qf_buf_printf(out, "%s<%s>", indent, name);
		put_escaped(out, s);
		qf_buf_printf(out, "</%s>\n", name);
	}
	out->failed |= b.failed;
	qf_buf_free(&b);
}

static void put_track(struct qf_buf *out, const struct qf_playlist *list, size_t i)
{
	const struct qf_entry *t = &list->entries[i];
	static const char indent[] = "      ";
	struct qf_buf uri = { 0 };

	qf_uri_put(&uri, list, i);
	qf_buf_puts(out, "    <track>\n");
	put_element(out, indent, "location", uri.p);
	out->failed |= uri.failed;
	qf_buf_free(&uri);
	if (qf_mbid_valid(t->mbid))
		qf_buf_printf(out, "%s<identifier>" QF_MBID_RECORDING "%s</identifier>\n", indent, t->mbid);
	if (t->isrc && *t->isrc)
		qf_buf_printf(out, "%s<identifier>urn:isrc:%s</identifier>\n", indent, t->isrc);
	put_element(out, indent, "title", t->title);
	put_element(out, indent, "creator", t->artist);
	put_element(out, indent, "album", t->album);
	if (t->duration_ms > 0)
		qf_buf_printf(out, "%s<duration>%" PRId64 "</duration>\n", indent, t->duration_ms);
	qf_buf_puts(out, "    </track>\n");
}

enum qf_status qf_xspf_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e)
{
	qf_buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			 "<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">\n");
	put_element(out, "  ", "title", list->title);
	put_element(out, "  ", "annotation", list->note);
	qf_buf_puts(out, "  <trackList>\n");
	for (size_t i = 0; i < list->n; i++)
		if (!qf_uri_refuses(list, i))
			put_track(out, list, i);
	qf_buf_puts(out, "  </trackList>\n</playlist>\n");
	return qf_buf_check(out, e);
}
