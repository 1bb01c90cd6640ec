#include "audio/identity.h"

#include "audio/bytes.h"
#include "audio/demux.h"
#include "audio/sniff.h"
#include "base/alloc.h"

static enum qf_status hash_packets(struct qf_demux *d, struct qf_sha256 *h, struct qf_err *e)
{
	AVPacket *packet = av_packet_alloc();
	enum qf_status rc = packet ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for reading packets");
	int64_t errors = 0, bytes = 0;

	while (rc == QF_OK) {
		bool more;

		rc = qf_demux_next(d, packet, &more, &errors, e);
		if (rc != QF_OK || !more)
			break;
		qf_sha256_add(h, packet->data, (size_t)packet->size);
		bytes += packet->size;
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	if (rc == QF_OK && bytes == 0)
		rc = qf_fail(e, QF_EFORMAT, "no audio packet in it");
	return rc;
}

enum qf_status qf_identity_audio(int fd, const char *name_hint, uint8_t out[QF_SHA256], struct qf_err *e)
{
	struct qf_sha256 *h = NULL;
	struct qf_demux d = { 0 };
	struct qf_sniff s;
	enum qf_status rc = qf_sniff_file(fd, name_hint, &s, e);

	if (rc != QF_OK)
		return rc;
	if (s.kind == QF_AUDIO_NONE)
		return qf_fail(e, QF_EFORMAT, "not an audio file that we know");
	if ((rc = qf_demux_open(&d, fd, &s, e)) == QF_OK && (rc = qf_sha256_open(&h, e)) == QF_OK)
		rc = hash_packets(&d, h, e);
	if (rc == QF_OK)
		qf_sha256_end(h, out);
	qf_sha256_close(h);
	qf_demux_close(&d);
	return rc;
}
