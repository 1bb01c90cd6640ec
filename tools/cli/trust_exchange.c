/* qfzz trust export and merge: chains between nodes, as files. */
#define _GNU_SOURCE
#include "cli/trust.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/cli.h"
#include "rows/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- export ------------------------------------------------------------------------------------------- */

enum { FLUSH = 1 << 20 };

/* To standard output bit by bit; a file is kept whole until it can be replaced. */
static enum qf_status passed(struct qf_buf *out, struct qf_err *e)
{
	if (qf_buf_check(out, e))
		return e->code;
	if (!trust_opts.output && out->len > FLUSH) {
		cli_write(out->p, out->len);
		qf_buf_clear(out);
	}
	return QF_OK;
}

static enum qf_status put_block(void *ctx, const struct qf_trust_block *b, bool *records, struct qf_err *e)
{
	*records = true;
	if (strlen(b->header) != QF_BLOCK_HEADER)
		return qf_fail(e, QF_ECORRUPT, "block %" PRId64 ": its header has not %d characters", b->height, QF_BLOCK_HEADER);
	qf_chain_put_block(ctx, b->header);
	return QF_OK;
}

static enum qf_status put_record(void *ctx, const struct qf_trust_record *r, struct qf_err *e)
{
	qf_buf_put(ctx, r->line.p, r->line.n);
	qf_buf_putc(ctx, '\n');
	return passed(ctx, e);
}

int trust_export(struct qf_catalog *c)
{
	struct qf_buf out = { 0 };
	const struct qf_trust_walk walk = { put_block, put_record, &out };
	struct qf_trust_block tip;
	struct qf_err e = { 0 };
	enum qf_status rc;

	trust_operands(0, 0, "no operands");
	rc = qf_catalog_begin_read(c, &e);
	if (rc == QF_OK && (rc = qf_catalog_tip(c, &tip, &e)) == QF_OK)
		rc = trust_opts.pool ? qf_catalog_each_pooled(c, 0, put_record, &out, &e) : qf_catalog_chain(c, &walk, &e);
	qf_catalog_rollback(c);
	if (rc == QF_OK)
		rc = qf_buf_check(&out, &e);
	if (rc == QF_OK && trust_opts.output)
		rc = qf_file_replace(trust_opts.output, out.p ? out.p : "", out.len, NULL, &e);
	else if (rc == QF_OK)
		cli_write(out.p, out.len);
	qf_buf_free(&out);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}

/* ---- merge -------------------------------------------------------------------------------------------- */

struct merger {
	struct trust_reader in;
	struct qf_catalog *c;
	struct qf_genesis own, theirs;
	bool has_chain;
	struct trust_sigs sigs;
	struct trust_mark mark;
	struct qf_buf records;       /* of the open block, their numbers */
	struct qf_trust_block block; /* the open one, not stored yet; header empty: none */
	int64_t kept_height;         /* a checkpoint that this chain must hold to; -1: none */
	uint8_t kept[QF_SHA256];
	bool holds;
	int64_t fresh;
};

/* The block that was open is complete: qf_chain has said so. */
static enum qf_status store_block(struct merger *m, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	if (m->block.header[0])
		rc = qf_catalog_put_block(m->c, &m->block, (const int64_t *)(const void *)m->records.p, m->records.len / sizeof(int64_t), e);
	m->block.header[0] = '\0';
	qf_buf_clear(&m->records);
	return rc;
}

static enum qf_status take_block(void *ctx, const struct qf_chain *chain, struct qf_span header, struct qf_err *e)
{
	struct merger *m = ctx;

	if (store_block(m, e))
		return e->code;
	m->block = (struct qf_trust_block){ .height = chain->block.index };
	memcpy(m->block.hash, chain->tip, QF_SHA256);
	memcpy(m->block.prev, chain->block.prev, QF_SHA256);
	qf_work_write(&chain->work, m->block.work);
	memcpy(m->block.header, header.p, header.n);
	if (chain->block.index == m->kept_height)
		m->holds = memcmp(chain->tip, m->kept, QF_SHA256) == 0;
	return QF_OK;
}

static enum qf_status take_genesis(struct merger *m, struct qf_span line, struct qf_trust_record *row, struct qf_err *e)
{
	if (qf_genesis_parse(&m->theirs, line, e))
		return e->code;
	m->theirs.rec = (struct qf_span){ 0 };
	if (m->has_chain && memcmp(m->own.id, m->theirs.id, QF_SHA256) != 0)
		return qf_fail(e, QF_EFORMAT, "block 0, record 0: it begins another chain, %s", m->theirs.name);
	*row = (struct qf_trust_record){ .hash = m->theirs.id, .actor = m->theirs.actor, .seq = -1, .ts = m->theirs.ts, .action = "genesis",
					 .target = "", .line = line };
	return QF_OK;
}

static enum qf_status take_record(void *ctx, const struct qf_chain *chain, struct qf_span line, const struct qf_record *rec, struct qf_err *e)
{
	struct merger *m = ctx;
	struct trust_texts text;
	struct qf_trust_record row;
	int64_t id;
	bool is_new;

	trust_mark_look(&m->mark, chain);
	if (rec)
		row = trust_as_row(line, rec, &text);
	else if (take_genesis(m, line, &row, e))
		return e->code;
	if (qf_catalog_put_trust(m->c, &row, &id, &is_new, e))
		return e->code;
	m->fresh += is_new;
	qf_buf_put(&m->records, &id, sizeof id);
	if (rec && is_new && trust_sigs_take(&m->sigs, line, rec, chain->pace.n - 1, chain->got - 1, e)) /* what is here was checked when it came */
		return e->code;
	return qf_buf_check(&m->records, e);
}

/* Whether the chain that came is to be the chosen one. */
static enum qf_status wins(struct merger *m, bool *yes, struct qf_err *e)
{
	struct qf_trust_block tip;
	struct qf_work work;
	enum qf_status rc = qf_catalog_tip(m->c, &tip, e);

	*yes = rc == QF_ENOTFOUND;
	if (rc == QF_OK) {
		qf_work_read(&work, tip.work);
		*yes = qf_work_wins(&m->in.chain.work, m->in.chain.tip, &work, tip.hash);
	}
	if (*yes && m->kept_height >= 0 && !m->holds) {
		cli_say("the chain has more work, but not block %" PRId64 " of the checkpoint that was kept here: it is stored and not chosen", m->kept_height);
		*yes = false;
	}
	return *yes || rc == QF_OK ? QF_OK : rc;
}

/* From now on nothing else is chosen; if the chain that it speaks of was. */
static enum qf_status keep_checkpoint(struct merger *m, struct qf_err *e)
{
	struct qf_trust_block b;
	enum qf_status rc = qf_catalog_block_at(m->c, m->mark.want.height, &b, e);

	if (rc == QF_ENOTFOUND || (rc == QF_OK && memcmp(b.hash, m->mark.want.tip, QF_SHA256) != 0))
		return QF_OK;
	return rc == QF_OK ? qf_catalog_put_checkpoint(m->c, b.height, b.hash, m->mark.note.p, cli_now(), e) : rc;
}

static enum qf_status merge(struct merger *m, const char *path, bool *chosen, struct qf_err *e)
{
	enum qf_status rc = qf_catalog_checkpoint(m->c, &m->kept_height, m->kept, e);

	if (rc == QF_OK) {
		rc = trust_genesis(m->c, &m->own, e);
		m->has_chain = rc == QF_OK;
		rc = rc == QF_ENOTFOUND ? QF_OK : rc;
	}
	if (rc == QF_OK)
		rc = trust_mark_open(&m->mark, e);
	m->in.chain.with_log = m->mark.given;
	if (rc == QF_OK)
		rc = trust_read(&m->in, path, e);
	if (rc == QF_OK)
		rc = trust_sigs_end(&m->sigs, e);
	if (rc == QF_OK)
		rc = trust_mark_judge(&m->mark, &m->theirs, &m->in.chain, e);
	if (rc == QF_OK)
		rc = store_block(m, e);
	if (rc == QF_OK)
		rc = wins(m, chosen, e);
	if (rc == QF_OK && *chosen)
		rc = qf_catalog_choose(m->c, m->in.chain.tip, e);
	return rc == QF_OK && m->mark.given ? keep_checkpoint(m, e) : rc;
}

static enum qf_status tell(const struct merger *m, bool chosen, struct qf_err *e)
{
	struct qf_buf row = { 0 };
	struct qf_trust_block tip = { 0 };
	int64_t pool = 0;

	if (qf_catalog_tip(m->c, &tip, e) || qf_catalog_count_pool(m->c, &pool, e))
		return e->code;
	trust_begin(&row, "trust-merge.v1");
	trust_put_hex(&row, "chain", m->theirs.id, QF_SHA256);
	qf_json_put_int(&row, "blocks", m->in.chain.pace.n);
	qf_json_put_int(&row, "new_records", m->fresh);
	qf_json_put_bool(&row, "chosen", chosen || memcmp(tip.hash, m->in.chain.tip, QF_SHA256) == 0);
	trust_put_hex(&row, "tip", tip.hash, QF_SHA256);
	qf_json_put_int(&row, "pool", pool);
	return cli_row_end(&row, e);
}

/* How far the node of a key is trusted: a setting that goes with taking up its bundles. */
static enum qf_status set_peer(struct qf_catalog *c, struct qf_err *e)
{
	uint8_t key[QF_KEY];

	if (!trust_opts.peer)
		return QF_OK;
	trust_public_key(trust_opts.peer, "--peer", key);
	return qf_catalog_set_peer(c, key, trust_opts.weight, e);
}

int trust_merge(struct qf_catalog *c)
{
	const char *path = trust_operands(1, 1, "one FILE, or '-'")[0];
	struct merger *m = qf_zalloc(1, sizeof *m); /* too much for the stack */
	struct qf_err e = { 0 };
	bool chosen = false;
	enum qf_status rc = m ? qf_catalog_begin(c, &e) : qf_fail(&e, QF_ENOMEM, "out of memory");

	if (rc == QF_OK) {
		m->in = (struct trust_reader){ .chain = { .now = cli_now() }, .block = take_block, .record = take_record, .ctx = m };
		m->c = c;
		rc = set_peer(c, &e);
		if (rc == QF_OK)
			rc = merge(m, path, &chosen, &e);
		if (rc == QF_OK)
			rc = qf_catalog_commit(c, &e);
		else
			qf_catalog_rollback(c);
		if (rc == QF_OK)
			rc = tell(m, chosen, &e);
		qf_chain_free(&m->in.chain);
		trust_sigs_free(&m->sigs);
		qf_buf_free(&m->records);
		qf_buf_free(&m->mark.note);
	}
	qf_free(m);
	return rc == QF_OK ? EXIT_OK : trust_refused(&e);
}
