/* qfzz trust verify: the chosen chain of the catalog, or one in a file. */
#define _GNU_SOURCE
#include "cli/trust.h"

#include "cli/cli.h"
#include "cli/store.h"
#include "rows/json.h"

#include <inttypes.h>
#include <string.h>

struct verifier {
	struct trust_reader in;    /* its chain is used for the catalog's, too */
	struct qf_genesis genesis;
	struct trust_sigs sigs;
	struct trust_mark mark;
	int64_t from;              /* blocks up to this height were verified before */
	uint64_t records;
};

static enum qf_status take_block(void *ctx, const struct qf_chain *chain, struct qf_span header, struct qf_err *e)
{
	(void)ctx;
	(void)chain;
	(void)header;
	(void)e;
	return QF_OK;
}

static enum qf_status take_record(void *ctx, const struct qf_chain *chain, struct qf_span line, const struct qf_record *rec, struct qf_err *e)
{
	struct verifier *v = ctx;

	v->records++;
	trust_mark_look(&v->mark, chain);
	if (!rec)
		return qf_genesis_parse(&v->genesis, line, e);
	return trust_opts.signatures ? trust_sigs_take(&v->sigs, line, rec, chain->pace.n - 1, chain->got - 1, e) : QF_OK;
}

/* ---- in the catalog -------------------------------------------------------------------------------- */

static enum qf_status stored_block(void *ctx, const struct qf_trust_block *b, bool *records, struct qf_err *e)
{
	struct verifier *v = ctx;
	struct qf_chain *chain = &v->in.chain;
	uint8_t work[QF_WORK];

	if (qf_chain_block(chain, (struct qf_span){ b->header, strlen(b->header) }, e))
		return e->code;
	qf_work_write(&chain->work, work);
	if (memcmp(b->hash, chain->tip, QF_SHA256) != 0 || memcmp(work, b->work, sizeof work) != 0 || b->height != chain->pace.n - 1)
		return qf_fail(e, QF_EFORMAT, "block %" PRId64 ": the catalog's columns say something else than its header", chain->pace.n - 1);
	*records = b->height > v->from || b->height == 0;
	if (!*records)
		qf_chain_skip(chain);
	return QF_OK;
}

/* The columns are an index: what is scored must be what was signed. */
static bool as_signed(const struct qf_trust_record *row, const struct qf_record *r)
{
	char target[QF_TARGET_TEXT];
	uint8_t id[QF_SHA256];

	qf_target_write(&r->target, target);
	if (memcmp(row->actor, r->actor, QF_KEY) != 0 || row->seq != r->seq || row->delta != r->delta || row->ts != r->ts ||
	    strcmp(row->action, qf_deed_name(r->deed)) != 0 || strcmp(row->target, target) != 0)
		return false;
	if (!trust_opts.signatures)
		return true;
	qf_record_id(row->line, id);
	return memcmp(id, row->hash, sizeof id) == 0;
}

static enum qf_status stored_record(void *ctx, const struct qf_trust_record *row, struct qf_err *e)
{
	struct verifier *v = ctx;
	struct qf_chain *chain = &v->in.chain;
	bool genesis = qf_chain_at_genesis(chain);
	struct qf_record rec;

	if (qf_chain_record(chain, row->line, &rec, e))
		return e->code;
	if (!genesis && !as_signed(row, &rec))
		return qf_fail(e, QF_EFORMAT, "block %" PRId64 ", record %" PRIu32 ": the catalog's columns say something else than its line",
			       chain->pace.n - 1, chain->got - 1);
	if (v->records % 4096 == 0)
		cli_progress(v->records, 0, "records");
	return take_record(v, chain, row->line, genesis ? NULL : &rec, e);
}

/* What this node signed or accepted is still there. */
static enum qf_status own_checkpoint(struct qf_catalog *c, struct qf_err *e)
{
	struct qf_trust_block b;
	uint8_t hash[QF_SHA256];
	int64_t height;
	enum qf_status rc = qf_catalog_checkpoint(c, &height, hash, e);

	if (rc != QF_OK || height < 0)
		return rc;
	rc = qf_catalog_block_at(c, height, &b, e);
	if (rc == QF_ENOTFOUND || (rc == QF_OK && memcmp(b.hash, hash, sizeof hash) != 0))
		return qf_fail(e, QF_EFORMAT, "block %" PRId64 " is not the one of the checkpoint that was kept here: the chain was cut off or made anew", height);
	return rc;
}

/* Each record that waits is good, too. */
static enum qf_status pooled_record(void *ctx, const struct qf_trust_record *row, struct qf_err *e)
{
	struct verifier *v = ctx;
	struct qf_record rec;
	char digits[2 * QF_SHA256 + 1];

	if (qf_record_parse(&rec, row->line, e) == QF_OK && memcmp(rec.chain, v->in.chain.id, QF_SHA256) == 0 && as_signed(row, &rec) &&
	    (!trust_opts.signatures || qf_record_signed(&rec)))
		return QF_OK;
	for (int i = 0; i < 8; i++)
		digits[i] = "0123456789abcdef"[i % 2 ? row->hash[i / 2] & 15 : row->hash[i / 2] >> 4];
	digits[8] = '\0';
	return qf_fail(e, QF_EFORMAT, "the pool, record %s: it is not what was signed", digits);
}

static enum qf_status verify_catalog(struct verifier *v, struct qf_catalog *c, struct qf_err *e)
{
	const struct qf_trust_walk walk = { stored_block, stored_record, v };
	int64_t records;
	enum qf_status rc = qf_catalog_begin_read(c, e);

	if (rc == QF_OK && !trust_opts.full && !v->mark.given)
		rc = qf_catalog_verified(c, trust_opts.signatures, &v->from, e);
	if (rc == QF_OK && v->from < 0 && (rc = qf_catalog_count_trust(c, &records, e)) == QF_OK)
		rc = qf_chain_expect(&v->in.chain, (size_t)records, e);
	if (rc == QF_OK)
		rc = qf_catalog_chain(c, &walk, e);
	if (rc == QF_OK)
		rc = qf_chain_end(&v->in.chain, e);
	if (rc == QF_OK)
		rc = own_checkpoint(c, e);
	if (rc == QF_OK)
		rc = qf_catalog_each_pooled(c, 0, pooled_record, v, e);
	qf_catalog_rollback(c);
	cli_progress_end();
	return rc;
}

/* Kept by another handle, so that a catalog that may only be read can be verified, too. */
static void keep_watermark(const struct qf_chain *chain)
{
	struct qf_catalog *c;

	if (cli_catalog_open(&c, QF_CATALOG_WRITE, &(struct qf_err){ 0 }) != QF_OK)
		return;
	if (qf_catalog_begin(c, NULL) == QF_OK) {
		if (qf_catalog_set_verified(c, trust_opts.signatures, chain->pace.n - 1, chain->tip, cli_now(), NULL) == QF_OK)
			qf_catalog_commit(c, NULL);
		qf_catalog_rollback(c);
	}
	qf_catalog_close(c);
}

/* ---- telling --------------------------------------------------------------------------------------------- */

static enum qf_status tell(const struct verifier *v, struct qf_err *e)
{
	const struct qf_chain *chain = &v->in.chain;
	struct qf_buf row = { 0 };
	uint8_t work[QF_WORK];

	qf_work_write(&chain->work, work);
	trust_begin(&row, "trust-verify.v1");
	qf_json_put_str(&row, "name", v->genesis.name);
	trust_put_hex(&row, "chain", v->genesis.id, QF_SHA256);
	qf_json_put_int(&row, "blocks", chain->pace.n);
	trust_put_hex(&row, "tip", chain->tip, QF_SHA256);
	trust_put_hex(&row, "work", work, sizeof work);
	qf_json_put_int(&row, "from", v->from + 1);
	qf_json_put_int(&row, "records", (int64_t)v->records);
	qf_json_put_bool(&row, "signatures", trust_opts.signatures);
	return cli_row_end(&row, e);
}

int trust_verify(struct qf_catalog *c)
{
	char **file = trust_operands(0, 1, "at most one FILE");
	static struct verifier v;
	struct qf_err e = { 0 };
	enum qf_status rc;

	v = (struct verifier){ .in = { .chain = { .now = cli_now() }, .block = take_block, .record = take_record, .ctx = &v }, .from = -1 };
	rc = trust_mark_open(&v.mark, &e);
	v.in.chain.with_log = v.mark.given;
	if (rc == QF_OK)
		rc = *file ? trust_read(&v.in, *file, &e) : verify_catalog(&v, c, &e);
	if (rc == QF_OK)
		rc = trust_sigs_end(&v.sigs, &e);
	if (rc == QF_OK)
		rc = trust_mark_judge(&v.mark, &v.genesis, &v.in.chain, &e);
	if (rc == QF_OK && !*file)
		keep_watermark(&v.in.chain);
	if (rc == QF_OK)
		rc = tell(&v, &e);
	qf_chain_free(&v.in.chain);
	trust_sigs_free(&v.sigs);
	qf_buf_free(&v.mark.note);
	return rc == QF_OK ? EXIT_OK : trust_refused(&e);
}
