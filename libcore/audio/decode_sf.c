/* libsndfile as a decoder, through virtual I/O over the part of the file that holds the
 * audio: it then neither sees tags nor junk in front, which it would refuse for a
 * file that it cannot open by name. Rare containers and ADPCM codecs, where its
 * known memory errors are, never get here (sniff.h). */
#include "audio/decoder.h"

#include "audio/bytes.h"
#include "audio/ogghead.h"
#include "base/alloc.h"

#include <sndfile.h>
#include <stdio.h>
#include <string.h>

enum { LARGE_COMMENT = 1 << 18 };

struct view {
	SNDFILE *file;
	int fd;
	struct qf_ogghead head;  /* in place of the first bytes */
	int64_t start, size, at; /* offset in the file, behind what is replaced by head.pages; bytes with these; position */
	int channels;
	enum qf_status io; /* of the last read */
};

static sf_count_t view_size(void *user)
{
	return ((struct view *)user)->size;
}

static sf_count_t view_seek(sf_count_t to, int whence, void *user)
{
	struct view *v = user;
	int64_t base = whence == SEEK_CUR ? v->at : whence == SEEK_END ? v->size : 0, at;

	if (!__builtin_add_overflow(base, to, &at) && at >= 0)
		v->at = at;
	return v->at;
}

static sf_count_t view_read(void *p, sf_count_t n, void *user)
{
	struct view *v = user;
	int64_t head = (int64_t)v->head.pages.len;
	size_t got;

	if (n <= 0 || v->at >= v->size)
		return 0;
	if (v->at < head) {
		n = n < head - v->at ? n : head - v->at;
		memcpy(p, v->head.pages.p + v->at, (size_t)n);
		v->at += n;
		return n;
	}
	if (n > v->size - v->at)
		n = v->size - v->at;
	v->io = qf_bytes_at(v->fd, v->start + v->at - head, p, (size_t)n, &got, NULL);
	v->at += (int64_t)got;
	return (sf_count_t)got;
}

static sf_count_t view_write(const void *p, sf_count_t n, void *user)
{
	(void)p, (void)n, (void)user;
	return 0;
}

static sf_count_t view_tell(void *user)
{
	return ((struct view *)user)->at;
}

static bool sf_takes(const struct qf_sniff *s)
{
	static const bool takes[QF_AUDIO_KINDS] = {
		[QF_AUDIO_WAV] = true, [QF_AUDIO_RF64] = true, [QF_AUDIO_W64] = true, [QF_AUDIO_AIFF] = true,
		[QF_AUDIO_FLAC] = true, [QF_AUDIO_OGG_VORBIS] = true, [QF_AUDIO_OGG_OPUS] = true,
		[QF_AUDIO_OGG_FLAC] = true, [QF_AUDIO_MP3] = true, [QF_AUDIO_CAF] = true, [QF_AUDIO_AU] = true,
	};

	return takes[s->kind] && !s->exotic;
}

static void sf_done(void *state)
{
	struct view *v = state;

	if (!v)
		return;
	if (v->file)
		sf_close(v->file);
	qf_ogghead_free(&v->head);
	qf_free(v);
}

static int bits_of(int format)
{
	switch (format & SF_FORMAT_SUBMASK) {
	case SF_FORMAT_PCM_S8:
	case SF_FORMAT_PCM_U8:
		return 8;
	case SF_FORMAT_PCM_16:
		return 16;
	case SF_FORMAT_PCM_24:
		return 24;
	case SF_FORMAT_PCM_32:
		return 32;
	default:
		return 0;
	}
}

static bool lossless(int format)
{
	static const int kinds[] = { SF_FORMAT_PCM_S8, SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24, SF_FORMAT_PCM_32,
				    SF_FORMAT_FLOAT, SF_FORMAT_DOUBLE, SF_FORMAT_ALAC_16, SF_FORMAT_ALAC_20, SF_FORMAT_ALAC_24,
				    SF_FORMAT_ALAC_32 };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if ((format & SF_FORMAT_SUBMASK) == kinds[i])
			return true; /* FLAC calls itself PCM, too */
	return false;
}

static enum qf_status sf_start(void **state, int fd, const struct qf_sniff *s, struct qf_audio_info *info, struct qf_err *e)
{
	static const SF_VIRTUAL_IO virtual_io = { view_size, view_seek, view_read, view_write, view_tell };
	struct view *v = qf_zalloc(1, sizeof *v);
	SF_INFO i;

	*state = NULL;
	if (!v)
		return qf_fail(e, QF_ENOMEM, "out of memory for decoding");
	v->fd = fd;
	if ((s->kind == QF_AUDIO_OGG_VORBIS || s->kind == QF_AUDIO_OGG_OPUS) && qf_ogghead_read(&v->head, fd, s->start, s->end, LARGE_COMMENT, e) != QF_OK) {
		sf_done(v);
		return e->code;
	}
	v->start = s->start + v->head.instead_of;
	v->size = s->end - v->start + (int64_t)v->head.pages.len;
	memset(&i, 0, sizeof i);
	v->file = sf_open_virtual((SF_VIRTUAL_IO *)(uintptr_t)&virtual_io, SFM_READ, &i, v);
	if (!v->file) {
		enum qf_status io = v->io;

		sf_done(v);
		return io != QF_OK ? qf_fail(e, QF_EIO, "the file cannot be read")
				   : qf_fail(e, QF_EFORMAT, "libsndfile: %s", sf_strerror(NULL));
	}
	v->channels = i.channels;
	info->rate_hz = i.samplerate;
	info->channels = i.channels;
	info->bits = bits_of(i.format);
	info->lossless = lossless(i.format);
	info->frames = i.frames == SF_COUNT_MAX ? 0 : i.frames;
	*state = v;
	return QF_OK;
}

static enum qf_status sf_next(void *state, float *pcm, size_t max_frames, size_t *got, int64_t *errors, struct qf_err *e)
{
	struct view *v = state;
	sf_count_t n = sf_readf_float(v->file, pcm, (sf_count_t)max_frames);

	*got = n > 0 ? (size_t)n : 0;
	if (v->io != QF_OK)
		return qf_fail(e, QF_EIO, "the file cannot be read");
	if (sf_error(v->file) != SF_ERR_NO_ERROR)
		++*errors;
	return QF_OK;
}

const struct qf_decoder qf_decoder_sf = {
	.name = "libsndfile", .takes = sf_takes, .open = sf_start, .read = sf_next, .close = sf_done,
};
