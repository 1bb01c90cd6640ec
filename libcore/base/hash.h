/* hash.h - SHA-256 (FIPS 180-4), its HMAC (RFC 2104), and MD5 (RFC 1321), by OpenSSL's libcrypto. */
#ifndef QF_BASE_HASH_H
#define QF_BASE_HASH_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define QF_SHA256 32 /* bytes of a digest */

struct qf_sha256; /* opaque: a hash under way */

enum qf_status qf_sha256_open(struct qf_sha256 **out, struct qf_err *e); /* QF_ENOMEM */
void qf_sha256_add(struct qf_sha256 *h, const void *p, size_t n);

/* The digest of all that was added; the handle then starts anew. */
void qf_sha256_end(struct qf_sha256 *h, uint8_t out[QF_SHA256]);
void qf_sha256_close(struct qf_sha256 *h); /* NULL is fine */

/* All at once. */
void qf_sha256(const void *p, size_t n, uint8_t out[QF_SHA256]);

/* A hash that only who has the key can make. */
void qf_hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[QF_SHA256]);

/* For those who ask for it by name, as nginx does; it protects nothing by itself. */
#define QF_MD5 16
void qf_md5(const void *p, size_t n, uint8_t out[QF_MD5]);

#endif
