/* note.h - checkpoints of a chain, signed as C2SP's signed notes, and proofs that travel alone.
 *
 * The chain's records, in their order, are the leaves of one RFC 9162 tree. A checkpoint (C2SP
 * tlog-checkpoint) says how many there are and what the root is, and in an extension line which
 * block was the last:
 *
 *     radio.example/<chain id>
 *     1024
 *     <base64 of the root>
 *     block 37 <hash of block 37>
 *
 *     — radio.example/<chain id> <base64 of key id and Ed25519 signature>
 *
 * A witness that has seen the same chain adds a cosignature (C2SP tlog-cosignature, v1), with its
 * time. Who holds a checkpoint sees when the end of a chain was cut off or all of it made anew,
 * which proof of work does not show. */
#ifndef QF_TRUST_NOTE_H
#define QF_TRUST_NOTE_H

#include "trust/key.h"
#include "trust/merkle.h"
#include "trust/record.h"

#define QF_ORIGIN 160

struct qf_checkpoint {
	char origin[QF_ORIGIN];
	uint64_t size; /* records */
	uint8_t root[QF_SHA256];
	int64_t height;
	uint8_t tip[QF_SHA256];
};

/* "NAME/<id>", of a chain. */
void qf_checkpoint_origin(const char *name, const uint8_t id[QF_SHA256], char origin[QF_ORIGIN]);

/* Append the signed note. QF_ENOMEM. */
enum qf_status qf_checkpoint_sign(const struct qf_checkpoint *c, const struct qf_key *k, struct qf_buf *note, struct qf_err *e);

/* Read what a note says, without looking at signatures. QF_EFORMAT. */
enum qf_status qf_checkpoint_parse(struct qf_checkpoint *c, struct qf_span note, struct qf_err *e);

/* Append a witness's line to a note: `name` has no blanks and no '+'; `time` in seconds since the epoch. */
enum qf_status qf_note_cosign(struct qf_buf *note, const char *name, const struct qf_key *k, int64_t time, struct qf_err *e);

/* Whether one of the note's lines is a good signature or cosignature by this key. */
bool qf_note_signed(struct qf_span note, const uint8_t key[QF_KEY]);

/* ---- proofs ----------------------------------------------------------------------------------- */

struct qf_log_proof { /* C2SP tlog-proof: that a record is in the chain of a checkpoint */
	struct qf_buf line; /* of the record, as the extra data; the caller's to free */
	uint64_t index;     /* of the record among all */
	uint8_t path[QF_MERKLE_LEVELS][QF_SHA256];
	size_t n;
	struct qf_span note; /* of the checkpoint */
};

void qf_log_proof_write(struct qf_buf *out, const struct qf_log_proof *p);

/* QF_EFORMAT. p->note lies within the text. */
enum qf_status qf_log_proof_parse(struct qf_log_proof *p, struct qf_span text, struct qf_err *e);

#endif
