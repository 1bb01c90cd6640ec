#define _GNU_SOURCE
#include "cli/trust.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "catalog/dataset.h"
#include "cli/cli.h"
#include "model/workers.h"
#include "rows/json.h"
#include "trust/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { KEY_FILE_MAX = 4096, SIGS = 8192, PIECE = 64 };

/* ---- operands, keys, targets --------------------------------------------------------------------- */

char **trust_operands(size_t least, size_t most, const char *want)
{
	size_t n = cli.n_operands - 1;

	if (n < least || n > most)
		cli_misuse("%s takes %s", cli.operands[0], want);
	return cli.operands + 1;
}

void trust_public_key(const char *text, const char *what, uint8_t key[QF_KEY])
{
	if (strlen(text) != 2 * QF_KEY || !qf_hex_decode(text, QF_KEY, key))
		cli_misuse("%s: '%s' is no public key (64 hexadecimal digits)", what, text);
}

/* One line of a file, without its newline. */
static enum qf_status read_passphrase(const char *path, struct qf_buf *out, struct qf_err *e)
{
	enum qf_status rc = qf_file_read(path, out, KEY_FILE_MAX, e);

	while (rc == QF_OK && out->len && strchr("\r\n", out->p[out->len - 1]))
		out->len--;
	return rc == QF_OK && out->len == 0 ? qf_fail(e, QF_EINVAL, "%s: an empty passphrase", path) : rc;
}

enum qf_status trust_key(struct qf_key *k, struct qf_err *e)
{
	struct qf_buf file = { 0 }, passphrase = { 0 };
	struct stat st;
	enum qf_status rc;

	if (!trust_opts.key)
		cli_misuse("%s signs: --key FILE says with what (`qfzz trust keygen FILE` makes one)", cli.operands[0]);
	rc = qf_file_read(trust_opts.key, &file, KEY_FILE_MAX, e);
	if (rc == QF_OK && trust_opts.passphrase_file)
		rc = read_passphrase(trust_opts.passphrase_file, &passphrase, e);
	if (rc == QF_OK && qf_key_parse(k, (struct qf_span){ file.p ? file.p : "", file.len }, (struct qf_span){ passphrase.p, passphrase.len }, e))
		rc = qf_err_at(e, trust_opts.key);
	if (rc == QF_OK && stat(trust_opts.key, &st) == 0 && st.st_mode & 077)
		cli_say("%s: others can read this secret key; `chmod 600` it", trust_opts.key);
	qf_buf_free(&file);
	qf_buf_free(&passphrase);
	return rc;
}

void trust_creator(const char *folded_name, uint8_t id[QF_SHA256])
{
	qf_sha256(folded_name, strlen(folded_name), id);
}

static enum qf_status artist(const char *name, struct qf_target *t, struct qf_err *e)
{
	struct qf_buf fold = { 0 };
	enum qf_status rc = qf_text_fold(&fold, name, strlen(name), e);

	t->kind = QF_TARGET_CREATOR;
	if (rc == QF_OK)
		trust_creator(fold.p ? fold.p : "", t->id);
	qf_buf_free(&fold);
	return rc;
}

/* A dataset by its name here, once its manifest was made. */
static enum qf_status dataset(struct qf_catalog *c, const char *name, struct qf_target *t, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_dataset d;
	enum qf_status rc = qf_catalog_dataset_get(c, name, &a, &d, e);

	t->kind = QF_TARGET_DATASET;
	if (rc == QF_ENOTFOUND)
		rc = e->code = QF_EFORMAT; /* of this target, not of the run */
	else if (rc == QF_OK && (!d.manifest || strlen(d.manifest) != 2 * QF_SHA256 || !qf_hex_decode(d.manifest, QF_SHA256, t->id)))
		rc = qf_fail(e, QF_EFORMAT, "the dataset '%s' has no id yet: `qfzz dataset manifest` makes it", name);
	qf_arena_free(&a);
	return rc;
}

enum qf_status trust_target(struct qf_catalog *c, const char *text, struct qf_target *t, struct qf_err *e)
{
	char id[65];
	int64_t track;

	if (qf_target_parse((struct qf_span){ text, strlen(text) }, t))
		return QF_OK;
	if (strncmp(text, "artist:", 7) == 0 && text[7])
		return artist(text + 7, t, e);
	if (strncmp(text, "dataset:", 8) == 0 && text[8])
		return dataset(c, text + 8, t, e);
	if (strncmp(text, "track:", 6) != 0 || strlen(text) > 6 + 18 || strspn(text + 6, "0123456789") != strlen(text + 6) || !text[6])
		return qf_fail(e, QF_EFORMAT, "'%s' is no target: track:, dataset: or creator: and 64 hexadecimal digits, track:NUMBER, dataset:NAME, or artist:NAME", text);
	track = strtoll(text + 6, NULL, 10);
	if (qf_catalog_audio_id(c, track, id, e))
		return e->code;
	t->kind = QF_TARGET_TRACK;
	return id[0] && qf_hex_decode(id, QF_SHA256, t->id) ? QF_OK
		: qf_fail(e, QF_EFORMAT, "%s has no audio id yet: `qfzz features` hears it", text);
}

/* ---- rows ------------------------------------------------------------------------------------------ */

struct qf_trust_record trust_as_row(struct qf_span line, const struct qf_record *r, struct trust_texts *text)
{
	qf_record_id(line, text->hash);
	qf_target_write(&r->target, text->target);
	return (struct qf_trust_record){ .hash = text->hash, .actor = r->actor, .seq = r->seq, .delta = r->delta, .ts = r->ts,
					 .action = qf_deed_name(r->deed), .target = text->target, .line = line };
}

void trust_begin(struct qf_buf *b, const char *type)
{
	qf_json_open(b, '{');
	qf_json_put_str(b, "type", type);
}

void trust_put_hex(struct qf_buf *b, const char *key, const uint8_t *p, size_t n)
{
	qf_json_key(b, key);
	qf_buf_putc(b, '"');
	qf_buf_hex(b, p, n);
	qf_buf_putc(b, '"');
}

void trust_put_record(struct qf_buf *b, const struct qf_trust_record *r, int64_t block)
{
	trust_begin(b, "trust-record.v1");
	trust_put_hex(b, "id", r->hash, QF_SHA256);
	qf_json_put_str(b, "action", r->action);
	trust_put_hex(b, "actor", r->actor, QF_KEY);
	if (*r->target) {
		qf_json_put_str(b, "target", r->target);
		qf_json_put_int(b, "delta", r->delta);
		qf_json_put_int(b, "seq", r->seq);
	}
	qf_json_put_int(b, "ts", r->ts);
	qf_json_key(b, "block");
	if (block < 0)
		qf_json_null(b);
	else
		qf_json_int(b, block);
	qf_json_close(b, '}');
}

int trust_refused(const struct qf_err *e)
{
	if (e->code != QF_EFORMAT)
		return cli_die(e);
	cli_warn(e);
	return EXIT_GATE;
}

/* ---- signatures --------------------------------------------------------------------------------------- */

static void check_piece(void *arg, size_t worker, size_t piece)
{
	struct trust_sigs *s = arg;

	(void)worker;
	for (size_t i = piece * PIECE; i < s->n && i < (piece + 1) * PIECE; i++)
		s->good[i] = qf_record_signed(&s->item[i].r);
}

enum qf_status trust_sigs_end(struct trust_sigs *s, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	qf_workers_run(qf_workers_clamp((size_t)trust_opts.threads), (s->n + PIECE - 1) / PIECE, check_piece, s);
	for (size_t i = 0; rc == QF_OK && i < s->n; i++)
		if (!s->good[i])
			rc = s->item[i].block < 0 ? qf_fail(e, QF_EFORMAT, "line %" PRId64 ": the signature is not good", s->item[i].pos)
				: qf_fail(e, QF_EFORMAT, "block %" PRId64 ", record %" PRId64 ": the signature is not good", s->item[i].block, s->item[i].pos);
	s->checked += s->n;
	s->n = 0;
	qf_arena_reset(&s->lines);
	return rc;
}

enum qf_status trust_sigs_take(struct trust_sigs *s, struct qf_span line, const struct qf_record *r, int64_t block, int64_t pos, struct qf_err *e)
{
	const char *kept;

	if (!s->item) {
		s->item = qf_alloc(SIGS, sizeof *s->item);
		s->good = qf_alloc(SIGS, sizeof *s->good);
		s->room = SIGS;
	}
	kept = qf_arena_dup(&s->lines, line.p, line.n);
	if (!s->item || !s->good || !kept)
		return qf_fail(e, QF_ENOMEM, "out of memory for signatures");
	s->item[s->n] = (struct trust_sig){ *r, block, pos };
	s->item[s->n++].r.rec.p = kept + (r->rec.p - line.p);
	return s->n == s->room ? trust_sigs_end(s, e) : QF_OK;
}

void trust_sigs_free(struct trust_sigs *s)
{
	qf_arena_free(&s->lines);
	qf_free(s->item);
	qf_free(s->good);
	memset(s, 0, sizeof *s);
}
