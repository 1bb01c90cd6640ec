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

static void put_text(struct qf_buf *out, const char *s, size_t n)
{
	struct qf_buf clean = { 0 };

	qf_utf8_clean(&clean, s, n);
	for (size_t i = 0; i < clean.len; i++) {
		unsigned char c = (unsigned char)clean.p[i];

		if (c == 0xEF && is_noncharacter(clean.p + i))
			i += 2;
		else if (xml_escape[c])
			qf_buf_puts(out, xml_escape[c]);
		else if (c >= ' ' || c == '\t' || c == '\n')
			qf_buf_putc(out, clean.p[i]);
	}
	out->failed |= clean.failed;
	qf_buf_free(&clean);
}

static void put_element(struct qf_buf *out, const char *indent, const char *name, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	for (; n && strchr(" \t\r\n", *text); n--) /* readers drop blanks at the ends */
		text++;
	while (n && strchr(" \t\r\n", text[n - 1]))
		n--;
	if (!n)
		return;
	qf_buf_printf(out, "%s<%s>", indent, name);
	put_text(out, text, n);
	qf_buf_printf(out, "</%s>\n", name);
}

static void put_track(struct qf_buf *out, const struct qf_playlist *list, size_t i)
{
	const struct qf_entry *t = &list->entries[i];
	static const char indent[] = "      ";
	struct qf_buf uri = { 0 };

	qf_buf_printf(out, "    <track>\n%s<location>", indent);
	qf_uri_put(&uri, list, i);
	put_text(out, uri.p ? uri.p : "", uri.len);
	out->failed |= uri.failed;
	qf_buf_free(&uri);
	qf_buf_puts(out, "</location>\n");
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
