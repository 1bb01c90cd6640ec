#include "audio/identity.h"

#include "audio/bytes.h"
#include "audio/demux.h"
#include "audio/sniff.h"
#include "base/alloc.h"

enum { BLOCK = 1 << 18 };

static enum qf_status hash_blocks(int fd, struct qf_sha256 *h, uint8_t *block, struct qf_err *e)
{
	int64_t at = 0;

	for (;;) {
		size_t got;
		enum qf_status rc = qf_bytes_at(fd, at, block, BLOCK, &got, e);

		if (rc != QF_OK)
			return rc;
		qf_sha256_add(h, block, got);
		if (got < BLOCK)
			return QF_OK;
		at += (int64_t)got;
	}
}

enum qf_status qf_identity_file(int fd, uint8_t out[QF_SHA256], struct qf_err *e)
{
	struct qf_sha256 *h = NULL;
	uint8_t *block = NULL;
	int64_t size;
	enum qf_status rc = qf_bytes_size(fd, &size, e);

	if (rc == QF_OK)
		rc = qf_sha256_open(&h, e);
	if (rc == QF_OK && !(block = qf_alloc(BLOCK, 1)))
		rc = qf_fail(e, QF_ENOMEM, "out of memory for a checksum");
	if (rc == QF_OK)
		rc = hash_blocks(fd, h, block, e);
	if (rc == QF_OK)
		qf_sha256_end(h, out);
	qf_free(block);
	qf_sha256_close(h);
	return rc;
}

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
