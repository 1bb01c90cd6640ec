/* key.h - secret keys as files: bytes in, bytes out.
 *
 * Plain: PKCS #8 in PEM (RFC 8410), which openssl reads as it stands. Under a passphrase: two
 * lines, "qfzz-secret-key 1" and base64 of salt, nonce and XSalsa20-Poly1305 of the seed under
 * Argon2id of the passphrase (libsodium's interactive cost: 64 MiB). */
#ifndef QF_TRUST_KEY_H
#define QF_TRUST_KEY_H

#include "base/buf.h"
#include "base/err.h"
#include "trust/record.h"

#define QF_KEY_SALT 16
#define QF_KEY_NONCE 24

struct qf_key {
	uint8_t public[QF_KEY], secret[QF_SECRET];
};

void qf_key_make(struct qf_key *k, const uint8_t seed[QF_KEY]);
void qf_key_wipe(struct qf_key *k);

void qf_key_put_plain(struct qf_buf *file, const uint8_t seed[QF_KEY]);

/* salt and nonce must never have been used before. QF_ENOMEM. */
enum qf_status qf_key_put_sealed(struct qf_buf *file, const uint8_t seed[QF_KEY], struct qf_span passphrase, const uint8_t salt[QF_KEY_SALT],
				 const uint8_t nonce[QF_KEY_NONCE], struct qf_err *e);

/* Read either. QF_EFORMAT: neither, or damaged; QF_EINVAL: it wants a passphrase (p NULL), or another one. */
enum qf_status qf_key_parse(struct qf_key *k, struct qf_span file, struct qf_span passphrase, struct qf_err *e);

#endif
