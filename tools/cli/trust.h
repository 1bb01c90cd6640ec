/* trust.h - the acts of `qfzz trust`, one file each, and what they share. */
#ifndef QFZZ_CLI_TRUST_H
#define QFZZ_CLI_TRUST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "catalog/trust.h"
#include "cli/scores.h"
#include "trust/chain.h"
#include "trust/genesis.h"
#include "trust/key.h"
#include "trust/note.h"
#include "trust/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern struct trust_opts { /* of all acts; filled by the option table */
	const char *key, *passphrase_file, *output, *name, *anchors, *node, *kernel, *checkpoint, *witness, *cosign, *user, *manifest, *folder, *peer;
	int64_t bits, interval_s, threads, stars, count, as_of;
	double max_seconds, half_life_days, min, weight;
	bool signatures, full, from_events, consent, explain, pool;
} trust_opts;

/* Each returns the exit code; c is NULL for those that want no catalog. */
int trust_keygen(struct qf_catalog *c);
int trust_init(struct qf_catalog *c);
int trust_add(struct qf_catalog *c);
int trust_import(struct qf_catalog *c);
int trust_mine(struct qf_catalog *c);
int trust_verify(struct qf_catalog *c);
int trust_log(struct qf_catalog *c);
int trust_show(struct qf_catalog *c);
int trust_prove(struct qf_catalog *c);
int trust_check_proof(struct qf_catalog *c);
int trust_checkpoint(struct qf_catalog *c);
int trust_export(struct qf_catalog *c);
int trust_merge(struct qf_catalog *c);
int trust_score(struct qf_catalog *c);
int trust_filter(struct qf_catalog *c);
int trust_top(struct qf_catalog *c);

/* The operands behind the act: at least `least`, at most `most`, else misuse; `want` says which. */
char **trust_operands(size_t least, size_t most, const char *want);

/* The secret key of --key, which must be given. The passphrase comes from --passphrase-file. */
enum qf_status trust_key(struct qf_key *k, struct qf_err *e);

/* 64 hexadecimal digits, or misuse; `what` names them. */
void trust_public_key(const char *text, const char *what, uint8_t key[QF_KEY]);

/* "track:17", "track:<audio id>", "dataset:NAME", "dataset:<id>", "creator:<id>", or "artist:NAME". QF_EFORMAT. */
enum qf_status trust_target(struct qf_catalog *c, const char *text, struct qf_target *t, struct qf_err *e);
void trust_creator(const char *folded_name, uint8_t id[QF_SHA256]);

/* A checked line as the catalog takes it; the views live as long as line, r and text. */
struct trust_texts {
	uint8_t hash[QF_SHA256];
	char target[QF_TARGET_TEXT];
};
struct qf_trust_record trust_as_row(struct qf_span line, const struct qf_record *r, struct trust_texts *text);

/* Append the trust-record.v1 object of a stored record, without newline; block -1: it waits. */
void trust_put_record(struct qf_buf *b, const struct qf_trust_record *r, int64_t block);

/* Begin an object with its type. */
void trust_begin(struct qf_buf *b, const char *type);
void trust_put_hex(struct qf_buf *b, const char *key, const uint8_t *p, size_t n);

/* A check that did not hold: says so and gives exit code 4; anything else as cli_die(). */
int trust_refused(const struct qf_err *e);

/* ---- mining ------------------------------------------------------------------------------------------ */

/* Find the nonce of a header and put it in. *found is false when the time (--max-seconds) was up or a signal came. */
enum qf_status trust_search(char header[QF_BLOCK_HEADER], unsigned bits, bool *found, struct qf_err *e);

/* The name of this node in blocks: --node, else "qfzz". Misuse if it cannot be one. */
const char *trust_node(void);

/* The row of a block, by the act that gives it. */
enum qf_status trust_print_block(const struct qf_block *b, const uint8_t hash[QF_SHA256], struct qf_err *e);

/* ---- signatures of many records, by several threads --------------------------------------------- */

struct trust_sigs { /* all zero is ready for use */
	struct qf_arena lines;
	struct trust_sig { struct qf_record r; int64_t block, pos; } *item;
	bool *good;
	size_t n, room;
	uint64_t checked;
};

/* Take a record whose line may go away; what is taken is checked when much of it is there. QF_EFORMAT
 * names the block and the record (block -1: the line) whose signature is not good; QF_ENOMEM. */
enum qf_status trust_sigs_take(struct trust_sigs *s, struct qf_span line, const struct qf_record *r, int64_t block, int64_t pos, struct qf_err *e);
enum qf_status trust_sigs_end(struct trust_sigs *s, struct qf_err *e);
void trust_sigs_free(struct trust_sigs *s);

/* ---- a chain in a file -------------------------------------------------------------------------------- */

struct trust_reader {
	struct qf_chain chain; /* zeroed, with `now` */
	/* Told of what was found good; rec is NULL for the genesis record. */
	enum qf_status (*block)(void *ctx, const struct qf_chain *chain, struct qf_span header, struct qf_err *e);
	enum qf_status (*record)(void *ctx, const struct qf_chain *chain, struct qf_span line, const struct qf_record *rec, struct qf_err *e);
	void *ctx;
};

/* Read FILE or "-" to its end. QF_EFORMAT: the chain is not good, "block 3, record 0: …". The chain is the caller's to free. */
enum qf_status trust_read(struct trust_reader *r, const char *path, struct qf_err *e);

/* ---- checkpoints ---------------------------------------------------------------------------------------- */

struct trust_mark { /* what a checkpoint says, and what the chain said there */
	struct qf_checkpoint want;
	struct qf_buf note;
	bool given, seen, same;
};
enum qf_status trust_mark_open(struct trust_mark *m, struct qf_err *e); /* of --checkpoint, if it was given */
void trust_mark_look(struct trust_mark *m, const struct qf_chain *chain); /* behind each record */

/* QF_EFORMAT: the checkpoint is not signed by --witness (else by the founder), is of another chain, or speaks of what is not there. */
enum qf_status trust_mark_judge(const struct trust_mark *m, const struct qf_genesis *g, const struct qf_chain *chain, struct qf_err *e);

#endif
