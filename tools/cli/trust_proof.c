/* qfzz trust prove, check-proof and checkpoint. */
#define _GNU_SOURCE
#include "cli/trust.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/cli.h"
#include "rows/json.h"
#include "trust/hex.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { PROOF_MAX = 1 << 20 };

/* ---- walking the leaves ---------------------------------------------------------------------------- */

struct leaves {
	struct qf_chain chain;   /* checks on the way */
	struct trust_mark mark;
	struct qf_buf leaf;      /* QF_SHA256 bytes each: of the block asked for, or of the whole log */
	bool all;
	int64_t height;
	uint64_t index, size;    /* of the record in the log; records of it that belong to the checkpoint */
	int64_t pos;
};

static enum qf_status one_block(void *ctx, const struct qf_trust_block *b, bool *records, struct qf_err *e)
{
	struct leaves *l = ctx;

	*records = true;
	return qf_chain_block(&l->chain, (struct qf_span){ b->header, strlen(b->header) }, e);
}

static enum qf_status one_record(void *ctx, const struct qf_trust_record *r, struct qf_err *e)
{
	struct leaves *l = ctx;
	struct qf_record rec;

	if (qf_chain_record(&l->chain, r->line, &rec, e))
		return e->code;
	trust_mark_look(&l->mark, &l->chain);
	if (l->chain.block.index == l->height && (int64_t)l->chain.got - 1 == l->pos)
		l->index = l->chain.log.n - 1;
	if (l->all || l->chain.block.index == l->height)
		qf_buf_put(&l->leaf, l->chain.leaf, QF_SHA256);
	return qf_buf_check(&l->leaf, e);
}

static enum qf_status walk(struct leaves *l, struct qf_catalog *c, struct qf_err *e)
{
	const struct qf_trust_walk w = { one_block, one_record, l };
	enum qf_status rc = qf_catalog_chain(c, &w, e);

	return rc == QF_OK ? qf_chain_end(&l->chain, e) : rc;
}

static void drop(struct leaves *l)
{
	qf_chain_free(&l->chain);
	qf_buf_free(&l->leaf);
	qf_buf_free(&l->mark.note);
}

static enum qf_status put_out(const struct qf_buf *out, struct qf_err *e)
{
	if (qf_buf_check(out, e))
		return e->code;
	if (trust_opts.output)
		return qf_file_replace(trust_opts.output, out->p, out->len, NULL, e);
	cli_write(out->p, out->len);
	return QF_OK;
}

/* ---- prove -------------------------------------------------------------------------------------------- */

/* {"type":"trust-proof.v1","block":header,"pos":…,"path":[…],"record":{…}} */
static void put_block_proof(struct qf_buf *out, const struct leaves *l, const struct qf_trust_record *r, const char *header)
{
	uint8_t path[QF_MERKLE_LEVELS][QF_SHA256];
	size_t n;

	qf_merkle_prove((const uint8_t (*)[QF_SHA256])(const void *)l->leaf.p, l->leaf.len / QF_SHA256, (uint64_t)l->pos, path, &n);
	trust_begin(out, "trust-proof.v1");
	qf_json_key(out, "block");
	qf_json_strn(out, header, QF_BLOCK_HEADER);
	qf_json_put_int(out, "pos", l->pos);
	qf_json_key(out, "path");
	qf_json_open(out, '[');
	for (size_t i = 0; i < n; i++) {
		char text[2 * QF_SHA256 + 1];

		qf_hex_encode(path[i], QF_SHA256, text);
		qf_json_str(out, text);
	}
	qf_json_close(out, ']');
	qf_json_key(out, "record");
	qf_json_raw(out, r->line);
	qf_buf_puts(out, "}\n");
}

static enum qf_status put_log_proof(struct qf_buf *out, struct leaves *l, const struct qf_trust_record *r, const struct qf_genesis *g, struct qf_err *e)
{
	struct qf_log_proof p = { .index = l->index, .note = { l->mark.note.p, l->mark.note.len } };

	if (trust_mark_judge(&l->mark, g, &l->chain, e))
		return e->code;
	if (l->index >= l->mark.want.size)
		return qf_fail(e, QF_ENOTFOUND, "the record is newer than the checkpoint");
	qf_buf_put(&p.line, r->line.p, r->line.n);
	qf_merkle_prove((const uint8_t (*)[QF_SHA256])(const void *)l->leaf.p, l->mark.want.size, l->index, p.path, &p.n);
	qf_log_proof_write(out, &p);
	qf_buf_free(&p.line);
	return qf_buf_check(out, e);
}

static enum qf_status prove(struct qf_catalog *c, const char *digits, struct leaves *l, struct qf_buf *out, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_trust_record r;
	struct qf_trust_block b;
	struct qf_genesis g;
	enum qf_status rc = qf_catalog_find_trust(c, digits, &a, &r, e);

	if (rc == QF_OK)
		rc = qf_catalog_place_of(c, r.id, &b, &l->pos, e);
	if (rc == QF_OK && b.id == 0)
		rc = qf_fail(e, QF_ENOTFOUND, "the record waits to be mined: there is no proof of it yet");
	if (rc == QF_OK && (rc = trust_mark_open(&l->mark, e)) == QF_OK && (rc = trust_genesis(c, &g, e)) == QF_OK) {
		l->height = b.height;
		l->all = l->mark.given;
		rc = walk(l, c, e);
	}
	if (rc == QF_OK && l->all)
		rc = put_log_proof(out, l, &r, &g, e);
	else if (rc == QF_OK)
		put_block_proof(out, l, &r, b.header);
	qf_arena_free(&a);
	return rc;
}

int trust_prove(struct qf_catalog *c)
{
	const char *digits = trust_operands(1, 1, "one record (4 or more digits of its id)")[0];
	struct leaves l = { .chain = { .with_log = true } };
	struct qf_buf out = { 0 };
	struct qf_err e = { 0 };
	enum qf_status rc = qf_catalog_begin_read(c, &e);

	if (rc == QF_OK)
		rc = prove(c, digits, &l, &out, &e);
	qf_catalog_rollback(c);
	if (rc == QF_OK)
		rc = put_out(&out, &e);
	drop(&l);
	qf_buf_free(&out);
	return rc == QF_OK ? EXIT_OK : rc == QF_ENOTFOUND ? cli_die(&e) : trust_refused(&e);
}

/* ---- check-proof ---------------------------------------------------------------------------------------- */

struct claim { /* what a proof says */
	struct qf_span line;
	struct qf_record r;
	uint8_t leaf[QF_SHA256], id[QF_SHA256];
};

/* The record of a proof, or the genesis record, with its signature. */
static enum qf_status read_claim(struct claim *k, struct qf_err *e)
{
	struct qf_genesis g;

	qf_record_id(k->line, k->id);
	if (qf_genesis_parse(&g, k->line, NULL) == QF_OK) {
		qf_record_leaf(g.rec, g.sig, k->leaf);
		return QF_OK;
	}
	if (qf_record_parse(&k->r, k->line, e))
		return e->code;
	qf_record_leaf(k->r.rec, k->r.sig, k->leaf);
	return qf_record_signed(&k->r) ? QF_OK : qf_fail(e, QF_EFORMAT, "the signature is not good");
}

static bool read_path(struct qf_span list, uint8_t (*path)[QF_SHA256], size_t *n)
{
	struct qf_span key, v, rest = list;

	*n = 0;
	if (qf_json_type(list) != QF_JSON_ARRAY)
		return false;
	while (qf_json_next(&rest, &key, &v))
		if (*n == QF_MERKLE_LEVELS || qf_json_type(v) != QF_JSON_STRING || v.n != 2 * QF_SHA256 + 2 || !qf_hex_decode(v.p + 1, QF_SHA256, path[(*n)++]))
			return false;
	return true;
}

static enum qf_status check_block_proof(struct qf_span row, struct claim *k, struct qf_block *b, uint8_t hash[QF_SHA256], struct qf_err *e)
{
	uint8_t path[QF_MERKLE_LEVELS][QF_SHA256];
	struct qf_span header, pos, list;
	int64_t at;
	size_t n;

	if (qf_json_check(row, e))
		return e->code;
	if (!qf_json_get(row, "block", &header) || qf_json_type(header) != QF_JSON_STRING || header.n < 2 || !qf_json_get(row, "pos", &pos) ||
	    !qf_json_to_int(pos, &at) || at < 0 || !qf_json_get(row, "path", &list) || !read_path(list, path, &n) || !qf_json_get(row, "record", &k->line))
		return qf_fail(e, QF_EFORMAT, "no proof of a record: block, pos, path and record are wanted");
	header = (struct qf_span){ header.p + 1, header.n - 2 };
	if (qf_block_parse(b, header, e) || read_claim(k, e))
		return e->code;
	qf_block_hash(header.p, hash);
	if (qf_block_zero_bits(hash) < b->bits)
		return qf_fail(e, QF_EFORMAT, "the block has no proof of work");
	if (!qf_merkle_includes(k->leaf, (uint64_t)at, b->count, (const uint8_t (*)[QF_SHA256])path, n, b->root))
		return qf_fail(e, QF_EFORMAT, "the record is not in that block");
	return QF_OK;
}

static enum qf_status check_log_proof(struct qf_span text, struct claim *k, struct qf_log_proof *p, int64_t *block, struct qf_err *e)
{
	struct qf_checkpoint c;
	uint8_t key[QF_KEY];

	if (!trust_opts.witness)
		cli_misuse("a proof with a checkpoint is only as good as who signed it: --witness KEY");
	trust_public_key(trust_opts.witness, "--witness", key);
	if (qf_log_proof_parse(p, text, e))
		return e->code;
	k->line = (struct qf_span){ p->line.p ? p->line.p : "", p->line.len };
	if (qf_checkpoint_parse(&c, p->note, e) || read_claim(k, e))
		return e->code;
	*block = c.height;
	if (!qf_note_signed(p->note, key))
		return qf_fail(e, QF_EFORMAT, "its checkpoint is not signed by %s", trust_opts.witness);
	if (!qf_merkle_includes(k->leaf, p->index, c.size, (const uint8_t (*)[QF_SHA256])p->path, p->n, c.root))
		return qf_fail(e, QF_EFORMAT, "the record is not in the chain of that checkpoint");
	return QF_OK;
}

int trust_check_proof(struct qf_catalog *c)
{
	const char *path = trust_operands(1, 1, "one FILE, or '-'")[0];
	struct qf_buf text = { 0 }, row = { 0 };
	struct qf_log_proof p = { .index = 0 };
	struct claim k = { .line = { 0 } };
	struct qf_err e = { 0 };
	struct qf_block b = { .index = 0 };
	uint8_t hash[QF_SHA256];
	int64_t height = 0;
	enum qf_status rc = strcmp(path, "-") == 0 ? qf_file_read_fd(STDIN_FILENO, &text, PROOF_MAX, &e) : qf_file_read(path, &text, PROOF_MAX, &e);
	bool log = text.len && text.p[0] == 'c';

	(void)c;
	if (rc == QF_OK && log)
		rc = check_log_proof((struct qf_span){ text.p, text.len }, &k, &p, &height, &e);
	else if (rc == QF_OK)
		rc = check_block_proof((struct qf_span){ text.p ? text.p : "", text.len }, &k, &b, hash, &e);
	if (rc == QF_OK) {
		trust_begin(&row, "trust-proven.v1");
		trust_put_hex(&row, "id", k.id, QF_SHA256);
		if (log) {
			qf_json_put_int(&row, "checkpoint_block", height);
		} else {
			qf_json_put_int(&row, "block", b.index);
			trust_put_hex(&row, "hash", hash, QF_SHA256);
			qf_json_put_int(&row, "bits", b.bits);
		}
		rc = cli_row_end(&row, &e);
	}
	qf_buf_free(&p.line);
	qf_buf_free(&text);
	return rc == QF_OK ? EXIT_OK : trust_refused(&e);
}

/* ---- checkpoint ------------------------------------------------------------------------------------------ */

/* A checkpoint of the whole chain, kept so that no other chain is chosen any more. */
static enum qf_status sign_own(struct qf_catalog *c, struct leaves *l, const struct qf_genesis *g, const struct qf_key *k, struct qf_buf *note,
			       struct qf_err *e)
{
	struct qf_checkpoint cp = { .size = l->chain.log.n, .height = l->chain.pace.n - 1 };
	enum qf_status rc;

	qf_checkpoint_origin(g->name, g->id, cp.origin);
	qf_merkle_root(&l->chain.log, cp.root);
	memcpy(cp.tip, l->chain.tip, sizeof cp.tip);
	rc = qf_checkpoint_sign(&cp, k, note, e);
	return rc == QF_OK ? qf_catalog_put_checkpoint(c, cp.height, cp.tip, note->p, cli_now(), e) : rc;
}

/* A witness's line on somebody else's, whose chain is the one here. */
static enum qf_status cosign(struct qf_catalog *c, const struct leaves *l, const struct qf_genesis *g, const struct qf_key *k, struct qf_buf *note,
			     struct qf_err *e)
{
	enum qf_status rc = trust_mark_judge(&l->mark, g, &l->chain, e);

	if (rc == QF_OK) {
		qf_buf_put(note, l->mark.note.p, l->mark.note.len);
		rc = qf_note_cosign(note, trust_node(), k, cli_now(), e);
	}
	return rc == QF_OK ? qf_catalog_put_checkpoint(c, l->mark.want.height, l->mark.want.tip, note->p, cli_now(), e) : rc;
}

int trust_checkpoint(struct qf_catalog *c)
{
	struct leaves l = { .chain = { .with_log = true }, .height = -1, .pos = -1 };
	struct qf_buf note = { 0 };
	struct qf_genesis g;
	struct qf_key k;
	struct qf_err e = { 0 };
	enum qf_status rc;

	trust_operands(0, 0, "no operands");
	if (trust_opts.cosign)
		trust_opts.checkpoint = trust_opts.cosign;
	rc = trust_key(&k, &e);
	if (rc == QF_OK)
		rc = trust_mark_open(&l.mark, &e);
	if (rc == QF_OK && (rc = qf_catalog_begin(c, &e)) == QF_OK) {
		rc = trust_genesis(c, &g, &e);
		if (rc == QF_OK)
			rc = walk(&l, c, &e);
		if (rc == QF_OK)
			rc = trust_opts.cosign ? cosign(c, &l, &g, &k, &note, &e) : sign_own(c, &l, &g, &k, &note, &e);
		if (rc == QF_OK)
			rc = qf_catalog_commit(c, &e);
		else
			qf_catalog_rollback(c);
	}
	qf_key_wipe(&k);
	if (rc == QF_OK)
		rc = put_out(&note, &e);
	drop(&l);
	qf_buf_free(&note);
	return rc == QF_OK ? EXIT_OK : trust_refused(&e);
}
