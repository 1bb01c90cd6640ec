#include "base/hash.h"

#include "base/alloc.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <limits.h>

struct qf_sha256 {
	EVP_MD_CTX *ctx;
};

static enum qf_status trouble(struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "SHA-256: libcrypto failed");
}

enum qf_status qf_sha256_open(struct qf_sha256 **out, struct qf_err *e)
{
	struct qf_sha256 *h = qf_zalloc(1, sizeof *h);

	*out = NULL;
	if (h)
		h->ctx = EVP_MD_CTX_new();
	if (!h || !h->ctx || !EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL)) {
		qf_sha256_close(h);
		return trouble(e);
	}
	*out = h;
	return QF_OK;
}

enum qf_status qf_sha256_add(struct qf_sha256 *h, const void *p, size_t n, struct qf_err *e)
{
	return EVP_DigestUpdate(h->ctx, p, n) ? QF_OK : trouble(e);
}

enum qf_status qf_sha256_end(struct qf_sha256 *h, uint8_t out[QF_SHA256], struct qf_err *e)
{
	if (!EVP_DigestFinal_ex(h->ctx, out, NULL) || !EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL))
		return trouble(e);
	return QF_OK;
}

void qf_sha256_close(struct qf_sha256 *h)
{
	if (h)
		EVP_MD_CTX_free(h->ctx);
	qf_free(h);
}

enum qf_status qf_sha256(const void *p, size_t n, uint8_t out[QF_SHA256], struct qf_err *e)
{
	return EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) ? QF_OK : trouble(e);
}

enum qf_status qf_hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[QF_SHA256], struct qf_err *e)
{
	if (key_n > INT_MAX || !HMAC(EVP_sha256(), key, (int)key_n, p, n, out, NULL))
		return trouble(e);
	return QF_OK;
}
