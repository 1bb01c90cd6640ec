/* record.h - one signed sentence: who said what about which dataset, track or creator.
 *
 * A record is one line of JSON,
 *
 *     {"rec":{"action":"rating","actor":"…","chain":"…","delta":20000,"seq":4,"target":"track:…","ts":1700000000,"v":1},"sig":"…"}
 *
 * in exactly this form: canonical (trust/jcs.h), no other keys. The Ed25519 signature covers
 * the bytes of the inner object as they stand, so that any tool can check it (openssl
 * pkeyutl), and no program needs to print JSON as another one does. They name the chain, so
 * a record means nothing on another one.
 *
 * id = SHA-256 of the line; leaf = SHA-256(0x00, inner bytes, signature bytes), as in RFC 9162.
 *
 * Who signs is known by the key alone, 64 hexadecimal digits. A target is the kind, a colon,
 * and 64 digits: a track's audio id, SHA-256 of a dataset's manifest, and for a creator a
 * public key or SHA-256 of the folded name. */
#ifndef QF_TRUST_RECORD_H
#define QF_TRUST_RECORD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>

#define QF_KEY 32        /* bytes of a public key, and of the seed of a secret one */
#define QF_SECRET 64     /* of a secret key as libsodium keeps it */
#define QF_SIGNATURE 64
#define QF_RECORD_MAX 65536 /* bytes of a line */

enum qf_deed { QF_INTERACTION, QF_RATING, QF_VERIFICATION, QF_REPORT, QF_VOUCH, QF_RETRACTION };
#define QF_DEEDS 6
const char *qf_deed_name(enum qf_deed d);
bool qf_deed_parse(const char *name, enum qf_deed *d);

/* The delta in millionths that a deed carries: interaction +10000; rating of 1 to 5 stars -20000
 * to +20000 in steps of 10000; verification +50000; report -50000; vouch and retraction 0. A
 * retraction takes back what its actor had said of the target; the ledger forgets nothing. */
int64_t qf_deed_delta(enum qf_deed d, int stars);

enum qf_target_kind { QF_TARGET_DATASET, QF_TARGET_TRACK, QF_TARGET_CREATOR };

struct qf_target {
	enum qf_target_kind kind;
	uint8_t id[QF_SHA256];
};
#define QF_TARGET_TEXT 80 /* characters of its text, NUL included */
bool qf_target_parse(struct qf_span text, struct qf_target *t);
void qf_target_write(const struct qf_target *t, char out[QF_TARGET_TEXT]);

struct qf_record {
	enum qf_deed deed;
	uint8_t actor[QF_KEY], chain[QF_SHA256];
	int64_t delta, seq, ts; /* millionths; from 0, of this actor; seconds since the epoch */
	struct qf_target target;
	uint8_t sig[QF_SIGNATURE];
	struct qf_span rec; /* what is signed: within the line that was read */
};

/* Read a line (without its newline): its form and what it may say, but not its signature.
 * QF_EFORMAT says what is wrong and at which byte. */
enum qf_status qf_record_parse(struct qf_record *r, struct qf_span line, struct qf_err *e);

/* Sign r (all but rec and sig are set) and append the line, without newline. The actor must be the
 * public half of the key. QF_EINVAL: it says what it may not; QF_ENOMEM. */
enum qf_status qf_record_sign(const struct qf_record *r, const uint8_t secret[QF_SECRET], struct qf_buf *line, struct qf_err *e);

/* Whether the signature is good. The verdict is libsodium's crypto_sign_verify_detached: strict, and
 * the only one there is. OpenSSL takes some that it refuses, and none the other way. */
bool qf_record_signed(const struct qf_record *r);
bool qf_signature_good(const uint8_t sig[QF_SIGNATURE], struct qf_span text, const uint8_t key[QF_KEY]);

void qf_record_id(struct qf_span line, uint8_t id[QF_SHA256]);
void qf_record_leaf(struct qf_span rec, const uint8_t sig[QF_SIGNATURE], uint8_t leaf[QF_SHA256]);

/* What the leaf is the hash of, 1 + rec.n + QF_SIGNATURE bytes; of what qf_record_parse() took at most QF_LEAF_MAX. */
void qf_record_leaf_text(struct qf_span rec, const uint8_t sig[QF_SIGNATURE], uint8_t *out);
#define QF_LEAF_MAX (1 + 320 + QF_SIGNATURE)

#endif
