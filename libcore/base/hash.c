/* The plain SHA256_* calls, not EVP: they allocate nothing, so they cannot fail, while EVP's first
 * fetch crashes inside libcrypto 3.0 when memory runs out during its set-up. */
#define OPENSSL_API_COMPAT 0x10100000L
#include "base/hash.h"

#include "base/alloc.h"

#include <openssl/md5.h>
#include <openssl/sha.h>
#include <string.h>

struct qf_sha256 {
	SHA256_CTX ctx;
};

enum qf_status qf_sha256_open(struct qf_sha256 **out, struct qf_err *e)
{
	*out = qf_alloc(1, sizeof **out);
	if (!*out)
		return qf_fail(e, QF_ENOMEM, "SHA-256: out of memory");
	SHA256_Init(&(*out)->ctx);
	return QF_OK;
}

void qf_sha256_add(struct qf_sha256 *h, const void *p, size_t n)
{
	SHA256_Update(&h->ctx, p, n);
}

void qf_sha256_end(struct qf_sha256 *h, uint8_t out[QF_SHA256])
{
	SHA256_Final(out, &h->ctx);
	SHA256_Init(&h->ctx);
}

void qf_sha256_close(struct qf_sha256 *h)
{
	qf_free(h);
}

void qf_sha256(const void *p, size_t n, uint8_t out[QF_SHA256])
{
	SHA256_CTX ctx;

	SHA256_Init(&ctx);
	SHA256_Update(&ctx, p, n);
	SHA256_Final(out, &ctx);
}

void qf_hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[QF_SHA256])
{
	uint8_t block[SHA256_CBLOCK] = { 0 };
	SHA256_CTX ctx;

	if (key_n > sizeof block)
		qf_sha256(key, key_n, block);
	else if (key_n)
		memcpy(block, key, key_n);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36;
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, block, sizeof block);
	SHA256_Update(&ctx, p, n);
	SHA256_Final(out, &ctx);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, block, sizeof block);
	SHA256_Update(&ctx, out, QF_SHA256);
	SHA256_Final(out, &ctx);
}

void qf_md5(const void *p, size_t n, uint8_t out[QF_MD5])
{
	MD5_CTX ctx;

	MD5_Init(&ctx);
	MD5_Update(&ctx, p, n);
	MD5_Final(out, &ctx);
}
