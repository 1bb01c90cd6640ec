/* The lines, headers, notes and proofs of the chain of trust on any bytes: they are refused with a sentence, or what was
 * read is what was there. The first byte says which. */
#include "trust/chain.h"
#include "trust/genesis.h"
#include "trust/jcs.h"
#include "trust/key.h"
#include "trust/note.h"
#include "trust/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void refused(enum qf_status rc, const struct qf_err *e)
{
	if (rc != QF_OK && (!*e->text || !memchr(e->text, '\0', sizeof e->text)))
		abort();
}

/* What parses as a record is canonical JSON. */
static void record(struct qf_span s)
{
	struct qf_record r;
	struct qf_err e = { 0 };
	enum qf_status rc = qf_record_parse(&r, s, &e);

	refused(rc, &e);
	if (rc == QF_OK && qf_jcs_check(s, NULL) != QF_OK)
		abort();
}

static void header(struct qf_span s)
{
	char again[QF_BLOCK_HEADER];
	struct qf_block b;
	struct qf_err e = { 0 };
	enum qf_status rc = qf_block_parse(&b, s, &e);

	refused(rc, &e);
	if (rc != QF_OK)
		return;
	qf_block_write(&b, again);
	if (memcmp(again, s.p, sizeof again) != 0)
		abort();
}

static void genesis(struct qf_span s)
{
	static struct qf_genesis g;
	struct qf_err e = { 0 };

	refused(qf_genesis_parse(&g, s, &e), &e);
}

/* A bundle, line by line. */
static enum qf_status read_bundle(struct qf_span s, bool with_log)
{
	struct qf_chain c = { .now = 1700000000, .with_log = with_log };
	struct qf_record r;
	struct qf_err e = { 0 };
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && s.n) {
		const char *nl = memchr(s.p, '\n', s.n);
		struct qf_span line = { s.p, nl ? (size_t)(nl - s.p) : s.n }, head;
		bool is_block;

		rc = qf_chain_line(line, &is_block, &head, &e);
		if (rc == QF_OK)
			rc = is_block ? qf_chain_block(&c, head, &e) : qf_chain_record(&c, line, &r, &e);
		s = (struct qf_span){ line.p + line.n + (nl != NULL), s.n - line.n - (nl != NULL) };
	}
	if (rc == QF_OK)
		rc = qf_chain_end(&c, &e);
	refused(rc, &e);
	qf_chain_free(&c);
	return rc;
}

/* One verdict, whether records are hashed one by one or by eights. */
static void bundle(struct qf_span s)
{
	if (read_bundle(s, true) != read_bundle(s, false))
		abort();
}

static void note(struct qf_span s)
{
	static const uint8_t key[QF_KEY] = { 1 };
	struct qf_checkpoint c;
	struct qf_log_proof p;
	struct qf_err e = { 0 };

	refused(qf_checkpoint_parse(&c, s, &e), &e);
	qf_note_signed(s, key);
	memset(&e, 0, sizeof e);
	refused(qf_log_proof_parse(&p, s, &e), &e);
	qf_buf_free(&p.line);
}

static void key(struct qf_span s)
{
	struct qf_key k;
	struct qf_err e = { 0 };

	refused(qf_key_parse(&k, s, (struct qf_span){ 0 }, &e), &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(struct qf_span) = { record, header, genesis, bundle, note, key };

	if (size)
		readers[data[0] % (sizeof readers / sizeof *readers)]((struct qf_span){ (const char *)data + 1, size - 1 });
	return 0;
}
