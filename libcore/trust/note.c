#define _GNU_SOURCE
#include "trust/note.h"

#include "base/text.h"
#include "trust/hex.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DASH "\xe2\x80\x94 " /* U+2014 and a blank */
#define PROOF "c2sp.org/tlog-proof@v1\n"

enum { ID = 4, TIME = 8, NOTE = 0x01, COSIGNATURE = 0x04 }; /* the last two: types of keys */

/* ---- signed notes ------------------------------------------------------------------------------- */

/* The first bytes of SHA-256(name, newline, type, key). */
static void key_id(const char *name, size_t n, uint8_t type, const uint8_t key[QF_KEY], uint8_t id[ID])
{
	uint8_t text[QF_ORIGIN + 2 + QF_KEY], hash[QF_SHA256];

	memcpy(text, name, n);
	text[n] = '\n';
	text[n + 1] = type;
	memcpy(text + n + 2, key, QF_KEY);
	qf_sha256(text, n + 2 + QF_KEY, hash);
	memcpy(id, hash, ID);
}

static void put_signature(struct qf_buf *note, const char *name, const uint8_t *bytes, size_t n)
{
	qf_buf_puts(note, DASH);
	qf_buf_puts(note, name);
	qf_buf_putc(note, ' ');
	qf_buf_base64(note, bytes, n);
	qf_buf_putc(note, '\n');
}

/* The signed text of a note: up to its blank line, which it does not include. */
static bool text_of(struct qf_span note, struct qf_span *text, struct qf_span *lines)
{
	const char *blank = note.n ? memmem(note.p, note.n, "\n\n", 2) : NULL;

	if (!blank || note.p[note.n - 1] != '\n' || !qf_utf8_valid(note.p, note.n))
		return false;
	*text = (struct qf_span){ note.p, (size_t)(blank + 1 - note.p) };
	*lines = (struct qf_span){ blank + 2, note.n - text->n - 1 };
	return true;
}

/* What a cosignature covers: a line with the time before the text. */
static void cosigned_text(struct qf_buf *b, struct qf_span text, uint64_t time)
{
	qf_buf_printf(b, "cosignature/v1\ntime %" PRIu64 "\n", time);
	qf_buf_put(b, text.p, text.n);
}

enum qf_status qf_note_cosign(struct qf_buf *note, const char *name, const struct qf_key *k, int64_t time, struct qf_err *e)
{
	uint8_t bytes[ID + TIME + QF_SIGNATURE];
	struct qf_buf signed_text = { 0 };
	struct qf_span text, lines;
	enum qf_status rc;

	if (!*name || strlen(name) >= QF_ORIGIN || strpbrk(name, " +\n\t"))
		return qf_fail(e, QF_EINVAL, "'%s': a witness's name has no blanks and no '+'", name);
	if (!text_of((struct qf_span){ note->p, note->len }, &text, &lines))
		return qf_fail(e, QF_EFORMAT, "no signed note");
	cosigned_text(&signed_text, text, (uint64_t)time);
	rc = qf_buf_check(&signed_text, e);
	if (rc == QF_OK) {
		key_id(name, strlen(name), COSIGNATURE, k->public, bytes);
		for (int i = 0; i < TIME; i++)
			bytes[ID + i] = (uint8_t)((uint64_t)time >> (56 - 8 * i));
		crypto_sign_detached(bytes + ID + TIME, NULL, (const uint8_t *)signed_text.p, signed_text.len, k->secret);
		put_signature(note, name, bytes, sizeof bytes);
		rc = qf_buf_check(note, e);
	}
	qf_buf_free(&signed_text);
	return rc;
}

/* Whether the bytes of a signature line under this name are good for the key. */
static bool good(struct qf_span text, struct qf_span name, struct qf_span bytes, const uint8_t key[QF_KEY])
{
	struct qf_buf signed_text = { 0 };
	const uint8_t *p = (const uint8_t *)bytes.p;
	uint8_t id[ID];
	uint64_t time = 0;
	bool yes;

	if (name.n >= QF_ORIGIN || (bytes.n != ID + QF_SIGNATURE && bytes.n != ID + TIME + QF_SIGNATURE))
		return false;
	key_id(name.p, name.n, bytes.n == ID + QF_SIGNATURE ? NOTE : COSIGNATURE, key, id);
	if (memcmp(id, p, ID) != 0)
		return false;
	if (bytes.n == ID + QF_SIGNATURE)
		return qf_signature_good(p + ID, text, key);
	for (int i = 0; i < TIME; i++)
		time = time << 8 | p[ID + i];
	cosigned_text(&signed_text, text, time);
	yes = !signed_text.failed && qf_signature_good(p + ID + TIME, (struct qf_span){ signed_text.p, signed_text.len }, key);
	qf_buf_free(&signed_text);
	return yes;
}

bool qf_note_signed(struct qf_span note, const uint8_t key[QF_KEY])
{
	struct qf_span text, lines;
	bool found = false;

	if (!text_of(note, &text, &lines))
		return false;
	for (const char *p = lines.p, *end = lines.p + lines.n, *nl; !found && p < end && (nl = memchr(p, '\n', (size_t)(end - p))) != NULL; p = nl + 1) {
		const char *name = p + strlen(DASH), *blank;
		struct qf_buf bytes = { 0 };

		if ((size_t)(nl - p) <= strlen(DASH) || memcmp(p, DASH, strlen(DASH)) != 0 ||
		    (blank = memchr(name, ' ', (size_t)(nl - name))) == NULL)
			return false;
		if (qf_base64_decode(&bytes, blank + 1, (size_t)(nl - blank - 1), NULL) == QF_OK)
			found = good(text, (struct qf_span){ name, (size_t)(blank - name) }, (struct qf_span){ bytes.p, bytes.len }, key);
		qf_buf_free(&bytes);
	}
	return found;
}

/* ---- checkpoints -------------------------------------------------------------------------------- */

void qf_checkpoint_origin(const char *name, const uint8_t id[QF_SHA256], char origin[QF_ORIGIN])
{
	char digits[2 * QF_SHA256 + 1];

	qf_hex_encode(id, QF_SHA256, digits);
	snprintf(origin, QF_ORIGIN, "%s/%s", name, digits);
}

static void put_text(struct qf_buf *b, const struct qf_checkpoint *c)
{
	qf_buf_printf(b, "%s\n%" PRIu64 "\n", c->origin, c->size);
	qf_buf_base64(b, c->root, QF_SHA256);
	qf_buf_printf(b, "\nblock %" PRId64 " ", c->height);
	qf_buf_hex(b, c->tip, QF_SHA256);
	qf_buf_putc(b, '\n');
}

enum qf_status qf_checkpoint_sign(const struct qf_checkpoint *c, const struct qf_key *k, struct qf_buf *note, struct qf_err *e)
{
	uint8_t bytes[ID + QF_SIGNATURE];
	size_t from = note->len;

	put_text(note, c);
	if (note->failed)
		return qf_buf_check(note, e);
	key_id(c->origin, strlen(c->origin), NOTE, k->public, bytes);
	crypto_sign_detached(bytes + ID, NULL, (const uint8_t *)note->p + from, note->len - from, k->secret);
	qf_buf_putc(note, '\n');
	put_signature(note, c->origin, bytes, sizeof bytes);
	return qf_buf_check(note, e);
}

enum qf_status qf_checkpoint_parse(struct qf_checkpoint *c, struct qf_span note, struct qf_err *e)
{
	char origin[QF_ORIGIN] = "", root[45], tip[2 * QF_SHA256 + 1], copy[512];
	struct qf_buf bytes = { 0 }, again = { 0 };
	struct qf_span text, lines;
	bool fine;

	if (!text_of(note, &text, &lines) || text.n >= sizeof copy)
		return qf_fail(e, QF_EFORMAT, "no signed checkpoint");
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	*c = (struct qf_checkpoint){ .size = 0 };
	fine = sscanf(copy, "%159[^\n]\n%" SCNu64 "\n%44[^\n]\nblock %" SCNd64 " %64[0-9a-f]", origin, &c->size, root, &c->height, tip) == 5 &&
	       qf_base64_decode(&bytes, root, strlen(root), NULL) == QF_OK && bytes.len == QF_SHA256 && strlen(tip) == 2 * QF_SHA256 &&
	       qf_hex_decode(tip, QF_SHA256, c->tip);
	if (fine) {
		memcpy(c->origin, origin, sizeof c->origin);
		memcpy(c->root, bytes.p, QF_SHA256);
		put_text(&again, c);
		fine = !again.failed && again.len == text.n && memcmp(again.p, text.p, text.n) == 0;
	}
	qf_buf_free(&bytes);
	qf_buf_free(&again);
	return fine ? QF_OK : qf_fail(e, QF_EFORMAT, "no checkpoint of a chain: not the lines origin, size, root and block");
}

/* ---- proofs -------------------------------------------------------------------------------------- */

void qf_log_proof_write(struct qf_buf *out, const struct qf_log_proof *p)
{
	qf_buf_puts(out, PROOF "extra ");
	qf_buf_base64(out, p->line.p, p->line.len);
	qf_buf_printf(out, "\nindex %" PRIu64 "\n", p->index);
	for (size_t i = 0; i < p->n; i++) {
		qf_buf_base64(out, p->path[i], QF_SHA256);
		qf_buf_putc(out, '\n');
	}
	qf_buf_putc(out, '\n');
	qf_buf_put(out, p->note.p, p->note.n);
}

/* The next line of *rest, without its newline. */
static bool next_line(struct qf_span *rest, struct qf_span *line)
{
	const char *nl = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!nl)
		return false;
	*line = (struct qf_span){ rest->p, (size_t)(nl - rest->p) };
	*rest = (struct qf_span){ nl + 1, rest->n - line->n - 1 };
	return true;
}

static bool begins(struct qf_span s, const char *with)
{
	return s.n >= strlen(with) && memcmp(s.p, with, strlen(with)) == 0;
}

static bool parse_path(struct qf_log_proof *p, struct qf_span *rest)
{
	struct qf_span line;

	for (p->n = 0; next_line(rest, &line); p->n++) {
		struct qf_buf bytes = { 0 };
		bool fine;

		if (line.n == 0)
			return true;
		fine = p->n < QF_MERKLE_LEVELS && qf_base64_decode(&bytes, line.p, line.n, NULL) == QF_OK && bytes.len == QF_SHA256;
		if (fine)
			memcpy(p->path[p->n], bytes.p, QF_SHA256);
		qf_buf_free(&bytes);
		if (!fine)
			return false;
	}
	return false;
}

enum qf_status qf_log_proof_parse(struct qf_log_proof *p, struct qf_span text, struct qf_err *e)
{
	struct qf_span rest = text, extra, index;
	char digits[24] = "", *end = digits;

	*p = (struct qf_log_proof){ .index = 0 };
	if (!begins(text, PROOF))
		return qf_fail(e, QF_EFORMAT, "no proof: its first line is not " PROOF);
	rest = (struct qf_span){ text.p + strlen(PROOF), text.n - strlen(PROOF) };
	if (!next_line(&rest, &extra) || !begins(extra, "extra ") || qf_base64_decode(&p->line, extra.p + 6, extra.n - 6, NULL) != QF_OK)
		return qf_fail(e, QF_EFORMAT, "the proof has no \"extra\" line with its record");
	if (next_line(&rest, &index) && begins(index, "index ") && index.n - 6 < sizeof digits) {
		memcpy(digits, index.p + 6, index.n - 6);
		p->index = strtoull(digits, &end, 10);
	}
	if (end == digits || *end || digits[0] < '0' || digits[0] > '9')
		return qf_fail(e, QF_EFORMAT, "the proof has no \"index\" line");
	if (!parse_path(p, &rest))
		return qf_fail(e, QF_EFORMAT, "the proof's hashes are damaged");
	p->note = rest;
	return QF_OK;
}
