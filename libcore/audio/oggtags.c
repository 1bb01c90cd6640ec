#include "audio/oggtags.h"

#include "audio/encoder.h"

#include <string.h>

static const char picture_key[] = "METADATA_BLOCK_PICTURE=";

static void put_le32(struct qf_buf *b, size_t v)
{
	const unsigned char p[4] = { (unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16), (unsigned char)(v >> 24) };

	qf_buf_put(b, p, sizeof p);
}

static void put_texts(struct qf_buf *b, const struct qf_oggtags *form, const struct qf_carried *tags)
{
	qf_buf_puts(b, form->begin);
	put_le32(b, form->vendor.n);
	qf_buf_put(b, form->vendor.p, form->vendor.n);
	put_le32(b, tags->n + (tags->cover.n != 0));
	for (size_t i = 0; i < tags->n; i++) {
		put_le32(b, strlen(tags->tag[i].key) + 1 + tags->tag[i].value.n);
		qf_buf_puts(b, tags->tag[i].key);
		qf_buf_putc(b, '=');
		qf_buf_put(b, tags->tag[i].value.p, tags->tag[i].value.n);
	}
}

static enum qf_status add(struct qf_oggfile *o, const struct qf_buf *b, struct qf_err *e)
{
	return qf_buf_check(b, e) == QF_OK ? qf_oggfile_add(o, b->p, b->len, e) : e->code;
}

/* Base64 makes four letters of three bytes: every piece but the last is of threes, the first one with what stands in front of the cover. */
static enum qf_status add_cover(struct qf_oggfile *o, const struct qf_carried *tags, struct qf_err *e)
{
	enum { PIECE = 3 * 4096 };
	struct qf_span cover = tags->cover;
	struct qf_buf piece = { 0 }, text = { 0 };
	enum qf_status rc;

	qf_encoder_put_picture_head(&piece, tags);
	put_le32(&text, sizeof picture_key - 1 + (piece.len + cover.n + 2) / 3 * 4);
	qf_buf_puts(&text, picture_key);
	do {
		size_t n = PIECE - piece.len < cover.n ? PIECE - piece.len : cover.n;

		qf_buf_put(&piece, cover.p, n);
		cover = (struct qf_span){ cover.p + n, cover.n - n };
		rc = qf_buf_check(&piece, e);
		if (rc == QF_OK) {
			qf_buf_base64(&text, piece.p, piece.len);
			rc = add(o, &text, e);
		}
		qf_buf_clear(&piece);
		qf_buf_clear(&text);
	} while (rc == QF_OK && cover.n);
	qf_buf_free(&piece);
	qf_buf_free(&text);
	return rc;
}

enum qf_status qf_oggtags_put(struct qf_oggfile *o, const struct qf_oggtags *form, const struct qf_carried *tags, bool flush, struct qf_err *e)
{
	struct qf_buf texts = { 0 };
	enum qf_status rc;

	put_texts(&texts, form, tags);
	rc = add(o, &texts, e);
	qf_buf_free(&texts);
	if (rc == QF_OK && tags->cover.n)
		rc = add_cover(o, tags, e);
	if (rc == QF_OK)
		rc = qf_oggfile_add(o, form->end, strlen(form->end), e);
	return rc == QF_OK ? qf_oggfile_end(o, flush, e) : rc;
}
