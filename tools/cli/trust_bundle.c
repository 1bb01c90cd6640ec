/* Chains in files, and checkpoints to hold them against. */
#define _GNU_SOURCE
#include "cli/trust.h"

#include "base/file.h"
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 18, LINE = 400 /* bytes of a record's line, or more */ };

/* A line that is none stands somewhere, too. */
static enum qf_status place(const struct qf_chain *c, struct qf_err *e)
{
	char text[64];

	snprintf(text, sizeof text, "block %" PRId64 ", record %" PRIu32, c->pace.n ? c->pace.n - 1 : 0, c->got);
	return qf_err_at(e, text);
}

static enum qf_status take_line(struct trust_reader *r, struct qf_span line, struct qf_err *e)
{
	struct qf_record rec;
	struct qf_span header;
	bool is_block, genesis = qf_chain_at_genesis(&r->chain);

	if (qf_chain_line(line, &is_block, &header, e))
		return place(&r->chain, e);
	if (is_block)
		return qf_chain_block(&r->chain, header, e) ? e->code : r->block(r->ctx, &r->chain, header, e);
	if (qf_chain_record(&r->chain, line, &rec, e))
		return e->code;
	return r->record(r->ctx, &r->chain, line, genesis ? NULL : &rec, e);
}

/* Every whole line of the buffer, which keeps the rest. */
static enum qf_status take_lines(struct trust_reader *r, struct qf_buf *b, struct qf_err *e)
{
	const char *p = b->p, *end = b->p + b->len, *nl;
	enum qf_status rc = QF_OK;

	for (; rc == QF_OK && p < end && (nl = memchr(p, '\n', (size_t)(end - p))) != NULL; p = nl + 1)
		rc = take_line(r, (struct qf_span){ p, (size_t)(nl - p) }, e);
	qf_buf_consume(b, (size_t)(p - b->p));
	if (rc == QF_OK && b->len > QF_RECORD_MAX) {
		qf_fail(e, QF_EFORMAT, "a line of more than %d bytes", QF_RECORD_MAX);
		rc = place(&r->chain, e);
	}
	return rc;
}

static enum qf_status read_all(struct trust_reader *r, int fd, struct qf_buf *b, struct qf_err *e)
{
	enum qf_status rc = QF_OK;
	ssize_t n;

	do {
		char *to = qf_buf_reserve(b, BLOCK);

		if (!to)
			return qf_buf_check(b, e);
		n = read(fd, to, BLOCK);
		if (n < 0 && errno != EINTR)
			return qf_fail_errno(e, "the chain cannot be read");
		b->len += n > 0 ? (size_t)n : 0;
		rc = take_lines(r, b, e);
	} while (rc == QF_OK && n != 0);
	if (rc == QF_OK && b->len) {
		qf_fail(e, QF_EFORMAT, "a last line without its newline: the file was cut");
		rc = place(&r->chain, e);
	}
	return rc;
}

enum qf_status trust_read(struct trust_reader *r, const char *path, struct qf_err *e)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct qf_buf b = { 0 };
	struct stat st;
	enum qf_status rc = fd < 0 ? qf_fail_errno(e, "%s", path) : QF_OK;

	if (rc == QF_OK && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		rc = qf_chain_expect(&r->chain, (size_t)st.st_size / LINE, e);
	if (rc == QF_OK)
		rc = read_all(r, fd, &b, e);
	if (rc == QF_OK)
		rc = qf_chain_end(&r->chain, e);
	qf_buf_free(&b);
	if (fd > STDIN_FILENO)
		close(fd);
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
