/* A float has 24 bits of mantissa: full scale of 24 bits and fewer, times a power of two, is whole again without a rounding. */
#include "audio/pcmhash.h"

#include "base/alloc.h"

enum { BLOCK = 4096 }; /* samples */

struct qf_pcmhash {
	struct qf_sha256 *sha;
	size_t channels, bytes; /* bytes of a sample */
	uint8_t block[3 * BLOCK];
};

enum qf_status qf_pcmhash_open(struct qf_pcmhash **out, const struct qf_audio_info *info, struct qf_err *e)
{
	struct qf_pcmhash *h;
	enum qf_status rc;

	*out = NULL;
	if (!info->lossless || info->bits < 1 || info->bits > 24)
		return QF_OK;
	h = qf_zalloc(1, sizeof *h);
	if (!h)
		return qf_fail(e, QF_ENOMEM, "out of memory for a checksum");
	h->channels = (size_t)info->channels;
	h->bytes = info->bits > 16 ? 3 : 2;
	rc = qf_sha256_open(&h->sha, e);
	if (rc == QF_OK)
		*out = h;
	else
		qf_free(h);
	return rc;
}

static void pack16(uint8_t *to, const float *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int32_t v = (int32_t)(pcm[i] * 32768.0f);

		to[2 * i] = (uint8_t)v;
		to[2 * i + 1] = (uint8_t)((uint32_t)v >> 8);
	}
}

static void pack24(uint8_t *to, const float *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int32_t v = (int32_t)(pcm[i] * 8388608.0f);

		to[3 * i] = (uint8_t)v;
		to[3 * i + 1] = (uint8_t)((uint32_t)v >> 8);
		to[3 * i + 2] = (uint8_t)((uint32_t)v >> 16);
	}
}

void qf_pcmhash_add(struct qf_pcmhash *h, const float *pcm, size_t frames)
{
	size_t left = h ? frames * h->channels : 0;

	while (left) {
		size_t n = left < BLOCK ? left : BLOCK;

		(h->bytes == 2 ? pack16 : pack24)(h->block, pcm, n);
		qf_sha256_add(h->sha, h->block, n * h->bytes);
		pcm += n;
		left -= n;
	}
}

void qf_pcmhash_end(struct qf_pcmhash *h, uint8_t out[QF_SHA256])
{
	qf_sha256_end(h->sha, out);
}

void qf_pcmhash_close(struct qf_pcmhash *h)
{
	if (!h)
		return;
	qf_sha256_close(h->sha);
	qf_free(h);
}
