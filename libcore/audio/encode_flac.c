/* FLAC by libFLAC: whole numbers of the source's width, tags and cover in front. */
#define _GNU_SOURCE
#include "audio/encoder.h"

#include "base/alloc.h"
#include "base/file.h"

#include <FLAC/metadata.h>
#include <FLAC/stream_encoder.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { COMMENTS, PADDING, BLOCKS };
enum { LAST_BLOCK = 0x80 }; /* beside the type */

struct flac {
	FLAC__StreamEncoder *by;
	FLAC__StreamMetadata *block[BLOCKS];
	FLAC__int32 *whole; /* [QF_ENCODE_BLOCK * channels] */
	const struct qf_carried *tags;
	bool cover; /* is still to be written */
	int fd, channels;
	float scale;        /* of full scale */
	struct qf_err e;    /* of a callback */
};

/* A picture among libFLAC's own blocks would stay in its memory, twice, to the end. */
static enum qf_status put_picture(struct flac *x)
{
	struct qf_buf head = { 0 };
	size_t n;

	x->cover = false;
	qf_buf_put(&head, (const char[]){ FLAC__METADATA_TYPE_PICTURE, 0, 0, 0 }, 4);
	qf_encoder_put_picture_head(&head, x->tags);
	n = head.len - 4 + x->tags->cover.n;
	for (int i = 0; i < 3 && !head.failed; i++)
		head.p[1 + i] = (char)(n >> 8 * (2 - i));
	if (qf_buf_check(&head, &x->e) == QF_OK && qf_write_all(x->fd, head.p, head.len, &x->e) == QF_OK)
		qf_write_all(x->fd, x->tags->cover.p, x->tags->cover.n, &x->e);
	qf_buf_free(&head);
	return x->e.code;
}

/* libFLAC gives each block of metadata as a whole; the padding, which is the last one, waits for the picture. */
static FLAC__StreamEncoderWriteStatus put(const FLAC__StreamEncoder *by, const FLAC__byte p[], size_t n, uint32_t samples,
					  uint32_t frame, void *user)
{
	struct flac *x = user;

	(void)by, (void)samples, (void)frame;
	if (x->cover && p[0] == (FLAC__METADATA_TYPE_PADDING | LAST_BLOCK) && put_picture(x) != QF_OK)
		return FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR;
	return qf_write_all(x->fd, p, n, &x->e) == QF_OK ? FLAC__STREAM_ENCODER_WRITE_STATUS_OK : FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR;
}

static FLAC__StreamEncoderSeekStatus seek(const FLAC__StreamEncoder *by, FLAC__uint64 to, void *user)
{
	struct flac *x = user;

	(void)by;
	return lseek(x->fd, (off_t)to, SEEK_SET) >= 0 ? FLAC__STREAM_ENCODER_SEEK_STATUS_OK : FLAC__STREAM_ENCODER_SEEK_STATUS_ERROR;
}

static FLAC__StreamEncoderTellStatus tell(const FLAC__StreamEncoder *by, FLAC__uint64 *at, void *user)
{
	struct flac *x = user;
	off_t now = lseek(x->fd, 0, SEEK_CUR);

	(void)by;
	*at = (FLAC__uint64)now;
	return now >= 0 ? FLAC__STREAM_ENCODER_TELL_STATUS_OK : FLAC__STREAM_ENCODER_TELL_STATUS_ERROR;
}

static void flac_close(void *state)
{
	struct flac *x = state;

	if (!x)
		return;
	if (x->by)
		FLAC__stream_encoder_delete(x->by);
	for (int i = 0; i < BLOCKS; i++)
		if (x->block[i])
			FLAC__metadata_object_delete(x->block[i]);
	qf_free(x->whole);
	qf_free(x);
}

static bool add_comment(FLAC__StreamMetadata *block, const struct qf_carry *t)
{
	struct qf_buf line = { 0 };
	FLAC__StreamMetadata_VorbisComment_Entry entry;
	bool good = true;

	qf_buf_puts(&line, t->key);
	qf_buf_putc(&line, '=');
	qf_buf_put(&line, t->value.p, t->value.n);
	entry = (FLAC__StreamMetadata_VorbisComment_Entry){ (FLAC__uint32)line.len, (FLAC__byte *)line.p };
	if (!line.failed && FLAC__format_vorbiscomment_entry_is_legal(entry.entry, entry.length))
		good = FLAC__metadata_object_vorbiscomment_append_comment(block, entry, true);
	good = good && !line.failed;
	qf_buf_free(&line);
	return good;
}

/* Tags and 4 KiB of room for the tags to come, so that a tagger need not write the file anew. */
static bool add_metadata(struct flac *x, const struct qf_carried *tags)
{
	bool good = (x->block[COMMENTS] = FLAC__metadata_object_new(FLAC__METADATA_TYPE_VORBIS_COMMENT)) &&
		    (x->block[PADDING] = FLAC__metadata_object_new(FLAC__METADATA_TYPE_PADDING));

	if (good)
		x->block[PADDING]->length = 4096;
	for (size_t i = 0; good && i < tags->n; i++)
		good = add_comment(x->block[COMMENTS], &tags->tag[i]);
	return good && FLAC__stream_encoder_set_metadata(x->by, x->block, BLOCKS);
}

static enum qf_status fail(struct flac *x, struct qf_err *e)
{
	if (x->e.code != QF_OK) {
		*e = x->e;
		return e->code;
	}
	return qf_fail(e, QF_EUNSUPPORTED, "libFLAC: %s", FLAC__stream_encoder_get_resolved_state_string(x->by));
}

static enum qf_status flac_open(void **state, int fd, const struct qf_recipe *r, const struct qf_encode_source *s,
				const struct qf_shape *shape, struct qf_err *e)
{
	struct flac *x = qf_zalloc(1, sizeof *x);
	uint32_t bits = s->bits == 16 || s->bits == 0 ? 16 : 24;

	*state = NULL;
	if (!x || shape->channels > (int)FLAC__MAX_CHANNELS) {
		qf_free(x);
		return x ? qf_fail(e, QF_EUNSUPPORTED, "FLAC holds 8 channels, not %d", shape->channels)
			 : qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	}
	x->fd = fd;
	x->tags = s->tags;
	x->cover = s->tags->cover.n != 0;
	x->channels = shape->channels;
	x->scale = (float)(1 << (bits - 1));
	x->whole = qf_alloc((size_t)QF_ENCODE_BLOCK * (size_t)x->channels, sizeof *x->whole);
	x->by = FLAC__stream_encoder_new();
	if (!x->whole || !x->by) {
		flac_close(x);
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	}
	if (!FLAC__stream_encoder_set_channels(x->by, (uint32_t)x->channels) || !FLAC__stream_encoder_set_bits_per_sample(x->by, bits) ||
	    !FLAC__stream_encoder_set_sample_rate(x->by, (uint32_t)shape->rate_hz) ||
	    !FLAC__stream_encoder_set_streamable_subset(x->by, false) ||
	    !FLAC__stream_encoder_set_compression_level(x->by, (uint32_t)r->effort) || !add_metadata(x, s->tags) ||
	    FLAC__stream_encoder_init_stream(x->by, put, seek, tell, NULL, x) != FLAC__STREAM_ENCODER_INIT_STATUS_OK) {
		enum qf_status rc = fail(x, e);

		flac_close(x);
		return rc;
	}
	*state = x;
	return QF_OK;
}

static enum qf_status flac_write(void *state, const float *pcm, size_t frames, struct qf_err *e)
{
	struct flac *x = state;
	float top = x->scale - 1;

	for (size_t i = 0; i < frames * (size_t)x->channels; i++) {
		float v = pcm[i] * x->scale;

		x->whole[i] = (FLAC__int32)lrintf(v < -x->scale ? -x->scale : v > top ? top : v);
	}
	return FLAC__stream_encoder_process_interleaved(x->by, x->whole, (uint32_t)frames) ? QF_OK : fail(x, e);
}

static enum qf_status flac_finish(void *state, struct qf_err *e)
{
	struct flac *x = state;

	return FLAC__stream_encoder_finish(x->by) ? QF_OK : fail(x, e);
}

const struct qf_encoder qf_encoder_flac = { flac_open, flac_write, flac_finish, flac_close };
