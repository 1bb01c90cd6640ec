/* Chains in files, and checkpoints to hold them against. */
#define _GNU_SOURCE
#include "cli/trust.h"

#include "base/file.h"
#include "cli/cli.h"
#include "rows/rows.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum qf_status take_line(struct trust_reader *r, struct qf_span line, struct qf_err *e)
{
	struct qf_record rec;
	struct qf_span header;
	bool is_block, genesis = qf_chain_at_genesis(&r->chain);

	if (qf_chain_line(line, &is_block, &header, e))
		return e->code;
	if (is_block)
		return qf_chain_block(&r->chain, header, e) ? e->code : r->block(r->ctx, &r->chain, header, e);
	if (qf_chain_record(&r->chain, line, &rec, e))
		return e->code;
	return r->record(r->ctx, &r->chain, line, genesis ? NULL : &rec, e);
}

/* A line that is no row at all stands somewhere, too. */
static enum qf_status place(const struct qf_chain *c, struct qf_err *e)
{
	char text[64];

	snprintf(text, sizeof text, "block %" PRId64 ", record %" PRIu32, c->pace.n ? c->pace.n - 1 : 0, c->got);
	return qf_err_at(e, text);
}

enum qf_status trust_read(struct trust_reader *r, const char *path, struct qf_err *e)
{
	struct qf_rows in = { .fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), .max_line = QF_RECORD_MAX };
	struct qf_row row;
	bool more = true;
	enum qf_status rc = in.fd < 0 ? qf_fail_errno(e, "%s", path) : QF_OK;

	while (rc == QF_OK && more) {
		rc = qf_rows_next(&in, &row, &more, e);
		if (rc == QF_EFORMAT)
			place(&r->chain, e);
		else if (rc == QF_OK && more)
			rc = take_line(r, row.object, e);
	}
	if (rc == QF_OK)
		rc = qf_chain_end(&r->chain, e);
	qf_rows_free(&in);
	if (in.fd > STDIN_FILENO)
		close(in.fd);
	return rc;
}

/* ---- checkpoints ------------------------------------------------------------------------------------ */

enum qf_status trust_mark_open(struct trust_mark *m, struct qf_err *e)
{
	if (!trust_opts.checkpoint)
		return QF_OK;
	if (qf_file_read(trust_opts.checkpoint, &m->note, 1 << 16, e))
		return e->code;
	m->given = true;
	return qf_checkpoint_parse(&m->want, (struct qf_span){ m->note.p ? m->note.p : "", m->note.len }, e) ? qf_err_at(e, trust_opts.checkpoint) : QF_OK;
}

void trust_mark_look(struct trust_mark *m, const struct qf_chain *chain)
{
	uint8_t root[QF_SHA256];

	if (!m->given || chain->pace.n - 1 != m->want.height || chain->got != chain->block.count)
		return;
	qf_merkle_root(&chain->log, root);
	m->seen = true;
	m->same = chain->log.n == m->want.size && memcmp(root, m->want.root, sizeof root) == 0 && memcmp(chain->tip, m->want.tip, sizeof root) == 0;
}

enum qf_status trust_mark_judge(const struct trust_mark *m, const struct qf_genesis *g, const struct qf_chain *chain, struct qf_err *e)
{
	char origin[QF_ORIGIN];
	uint8_t key[QF_KEY];

	if (!m->given)
		return QF_OK;
	memcpy(key, g->actor, sizeof key);
	if (trust_opts.witness)
		trust_public_key(trust_opts.witness, "--witness", key);
	qf_checkpoint_origin(g->name, g->id, origin);
	if (!qf_note_signed((struct qf_span){ m->note.p, m->note.len }, key))
		qf_fail(e, QF_EFORMAT, "not signed by %s", trust_opts.witness ? trust_opts.witness : "who began the chain (--witness KEY for another signer)");
	else if (strcmp(origin, m->want.origin) != 0)
		qf_fail(e, QF_EFORMAT, "a checkpoint of another chain, %s", m->want.origin);
	else if (!m->seen)
		qf_fail(e, QF_EFORMAT, "speaks of block %" PRId64 ", the chain ends with block %" PRId64 ": its end was cut off", m->want.height, chain->pace.n - 1);
	else if (!m->same)
		qf_fail(e, QF_EFORMAT, "block %" PRId64 " is another one than the checkpoint says: the chain was made anew", m->want.height);
	else
		return QF_OK;
	return qf_err_at(e, trust_opts.checkpoint);
}
