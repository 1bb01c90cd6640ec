#include "audio/oggfile.h"

#include "base/file.h"

#include <string.h>

enum qf_status qf_oggfile_open(struct qf_oggfile *o, int fd, uint32_t serial, struct qf_err *e)
{
	o->fd = fd;
	o->open = ogg_stream_init(&o->stream, (int)(serial & 0x7fffffff)) == 0;
	return o->open ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for encoding");
}

static enum qf_status put_pages(struct qf_oggfile *o, bool flush, struct qf_err *e)
{
	ogg_page page;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && (flush ? ogg_stream_flush(&o->stream, &page) : ogg_stream_pageout(&o->stream, &page))) {
		rc = qf_write_all(o->fd, page.header, (size_t)page.header_len, e);
		if (rc == QF_OK)
			rc = qf_write_all(o->fd, page.body, (size_t)page.body_len, e);
	}
	return rc;
}

enum qf_status qf_oggfile_put(struct qf_oggfile *o, ogg_packet *packet, bool flush, struct qf_err *e)
{
	if (ogg_stream_packetin(&o->stream, packet) != 0)
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	return put_pages(o, flush, e);
}

/* libogg takes whole packets only, but keeps a list of their segments, of which it makes the pages. A piece of full segments goes in as
 * a packet of its own; then what makes it one is taken away: the mark of a beginning, and the empty segment that ends it. */
static enum qf_status put_piece(struct qf_oggfile *o, size_t n, bool last, struct qf_err *e)
{
	enum { BEGINS = 0x100 };
	ogg_packet packet = { .packet = (unsigned char *)o->rest.p, .bytes = (long)n };
	long first = o->stream.lacing_fill;

	if (qf_buf_check(&o->rest, e) != QF_OK || ogg_stream_packetin(&o->stream, &packet) != 0)
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	if (o->within)
		o->stream.lacing_vals[first] &= ~BEGINS;
	if (!last)
		o->stream.lacing_fill--;
	o->within = !last;
	qf_buf_consume(&o->rest, n);
	return QF_OK;
}

enum qf_status qf_oggfile_add(struct qf_oggfile *o, const void *p, size_t n, struct qf_err *e)
{
	enum { SEGMENT = 255 };
	size_t full;

	qf_buf_put(&o->rest, p, n);
	full = o->rest.len - o->rest.len % SEGMENT;
	if (full && put_piece(o, full, false, e) != QF_OK)
		return e->code;
	return put_pages(o, false, e);
}

enum qf_status qf_oggfile_end(struct qf_oggfile *o, bool flush, struct qf_err *e)
{
	enum qf_status rc = put_piece(o, o->rest.len, true, e);

	return rc == QF_OK ? put_pages(o, flush, e) : rc;
}

void qf_oggfile_close(struct qf_oggfile *o)
{
	qf_buf_free(&o->rest);
	if (o->open)
		ogg_stream_clear(&o->stream);
	o->open = false;
}
