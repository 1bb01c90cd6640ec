#include "audio/oggfile.h"

#include "base/file.h"

#include <string.h>

enum qf_status qf_oggfile_open(struct qf_oggfile *o, int fd, uint32_t serial, struct qf_err *e)
{
	o->fd = fd;
	o->open = ogg_stream_init(&o->stream, (int)(serial & 0x7fffffff)) == 0;
	return o->open ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for encoding");
}

enum qf_status qf_oggfile_put(struct qf_oggfile *o, ogg_packet *packet, bool flush, struct qf_err *e)
{
	ogg_page page;
	enum qf_status rc = QF_OK;

	if (ogg_stream_packetin(&o->stream, packet) != 0)
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	while (rc == QF_OK && (flush ? ogg_stream_flush(&o->stream, &page) : ogg_stream_pageout(&o->stream, &page))) {
		rc = qf_write_all(o->fd, page.header, (size_t)page.header_len, e);
		if (rc == QF_OK)
			rc = qf_write_all(o->fd, page.body, (size_t)page.body_len, e);
	}
	return rc;
}

void qf_oggfile_close(struct qf_oggfile *o)
{
	if (o->open)
		ogg_stream_clear(&o->stream);
	o->open = false;
}
