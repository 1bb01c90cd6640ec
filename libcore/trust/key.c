#include "trust/key.h"

#include <sodium.h>
#include <string.h>

#define PEM_BEGIN "-----BEGIN PRIVATE KEY-----\n"
#define PEM_END "-----END PRIVATE KEY-----\n"
#define SEALED "qfzz-secret-key 1\n"

/* RFC 8410, section 7: what stands before the seed in DER. */
static const uint8_t der_head[] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
enum { DER = sizeof der_head + QF_KEY, BOX = QF_KEY + crypto_secretbox_MACBYTES, WHOLE = QF_KEY_SALT + QF_KEY_NONCE + BOX };

void qf_key_make(struct qf_key *k, const uint8_t seed[QF_KEY])
{
	crypto_sign_seed_keypair(k->public, k->secret, seed);
}

void qf_key_wipe(struct qf_key *k)
{
	sodium_memzero(k, sizeof *k);
}

void qf_key_put_plain(struct qf_buf *file, const uint8_t seed[QF_KEY])
{
	uint8_t der[DER];

	memcpy(der, der_head, sizeof der_head);
	memcpy(der + sizeof der_head, seed, QF_KEY);
	qf_buf_puts(file, PEM_BEGIN);
	qf_buf_base64(file, der, sizeof der);
	qf_buf_puts(file, "\n" PEM_END);
	sodium_memzero(der, sizeof der);
}

static enum qf_status stretch(uint8_t key[crypto_secretbox_KEYBYTES], struct qf_span passphrase, const uint8_t *salt, struct qf_err *e)
{
	if (crypto_pwhash(key, crypto_secretbox_KEYBYTES, passphrase.p, passphrase.n, salt, crypto_pwhash_OPSLIMIT_INTERACTIVE,
			  crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return qf_fail(e, QF_ENOMEM, "out of memory: a passphrase wants 64 MiB");
	return QF_OK;
}

enum qf_status qf_key_put_sealed(struct qf_buf *file, const uint8_t seed[QF_KEY], struct qf_span passphrase, const uint8_t salt[QF_KEY_SALT],
				 const uint8_t nonce[QF_KEY_NONCE], struct qf_err *e)
{
	uint8_t key[crypto_secretbox_KEYBYTES], whole[WHOLE];

	if (stretch(key, passphrase, salt, e))
		return e->code;
	memcpy(whole, salt, QF_KEY_SALT);
	memcpy(whole + QF_KEY_SALT, nonce, QF_KEY_NONCE);
	crypto_secretbox_easy(whole + QF_KEY_SALT + QF_KEY_NONCE, seed, QF_KEY, nonce, key);
	qf_buf_puts(file, SEALED);
	qf_buf_base64(file, whole, sizeof whole);
	qf_buf_putc(file, '\n');
	sodium_memzero(key, sizeof key);
	return qf_buf_check(file, e);
}

static bool begins(struct qf_span s, const char *with)
{
	return s.n >= strlen(with) && memcmp(s.p, with, strlen(with)) == 0;
}

/* The base64 of one line behind `head`, before `tail`, which ends the file. */
static enum qf_status body(struct qf_span file, const char *head, const char *tail, struct qf_buf *out, size_t want, struct qf_err *e)
{
	size_t h = strlen(head), t = strlen(tail);

	if (file.n <= h + t + 1 || memcmp(file.p + file.n - t, tail, t) != 0 || file.p[file.n - t - 1] != '\n' ||
	    qf_base64_decode(out, file.p + h, file.n - h - t - 1, NULL) != QF_OK || out->len != want)
		return qf_fail(e, QF_EFORMAT, "the key is damaged");
	return QF_OK;
}

static enum qf_status unseal(struct qf_key *k, const uint8_t *whole, struct qf_span passphrase, struct qf_err *e)
{
	uint8_t key[crypto_secretbox_KEYBYTES], seed[QF_KEY];
	enum qf_status rc = QF_OK;

	if (!passphrase.p)
		return qf_fail(e, QF_EINVAL, "the key wants its passphrase");
	if (stretch(key, passphrase, whole, e))
		return e->code;
	if (crypto_secretbox_open_easy(seed, whole + QF_KEY_SALT + QF_KEY_NONCE, BOX, whole + QF_KEY_SALT, key) != 0)
		rc = qf_fail(e, QF_EINVAL, "the passphrase is another one, or the key is damaged");
	else
		qf_key_make(k, seed);
	sodium_memzero(key, sizeof key);
	sodium_memzero(seed, sizeof seed);
	return rc;
}

enum qf_status qf_key_parse(struct qf_key *k, struct qf_span file, struct qf_span passphrase, struct qf_err *e)
{
	struct qf_buf bytes = { 0 };
	enum qf_status rc;

	if (begins(file, PEM_BEGIN)) {
		rc = body(file, PEM_BEGIN, PEM_END, &bytes, DER, e);
		if (rc == QF_OK && memcmp(bytes.p, der_head, sizeof der_head) != 0)
			rc = qf_fail(e, QF_EFORMAT, "a private key, but none of Ed25519");
		if (rc == QF_OK)
			qf_key_make(k, (const uint8_t *)bytes.p + sizeof der_head);
	} else if (begins(file, SEALED)) {
		rc = body(file, SEALED, "", &bytes, WHOLE, e);
		if (rc == QF_OK)
			rc = unseal(k, (const uint8_t *)bytes.p, passphrase, e);
	} else {
		rc = qf_fail(e, QF_EFORMAT, "no secret key: neither PEM nor one that `qfzz trust keygen` made");
	}
	if (bytes.p)
		sodium_memzero(bytes.p, bytes.cap);
	qf_buf_free(&bytes);
	return rc;
}
