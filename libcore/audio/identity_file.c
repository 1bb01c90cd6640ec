/* Beside identity.c, so that who hashes files loads no libavformat. */
#include "audio/identity.h"

#include "audio/bytes.h"
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
