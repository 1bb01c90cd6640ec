#include "audio/demux.h"

#include "audio/av_parts.h"
#include "audio/bytes.h"

#include <libavutil/mem.h>

enum { IO_BLOCK = 65536 };

#define DEMUXER(kind, name) [QF_AUDIO_##kind] = #name,
static const char *const demuxers[QF_AUDIO_KINDS] = { QF_AV_DEMUXERS(DEMUXER) };

static int io_read(void *user, uint8_t *p, int n)
{
	struct qf_demux *d = user;
	size_t want = n > 0 ? (size_t)n : 0, got;

	if (d->at >= d->size)
		return AVERROR_EOF;
	if ((int64_t)want > d->size - d->at)
		want = (size_t)(d->size - d->at);
	if (qf_bytes_at(d->fd, d->start + d->at, p, want, &got, NULL) != QF_OK) {
		d->failed = true;
		return AVERROR(EIO);
	}
	d->at += (int64_t)got;
	return got ? (int)got : AVERROR_EOF;
}

static int64_t io_seek(void *user, int64_t to, int whence)
{
	struct qf_demux *d = user;
	int64_t at;

	whence &= ~AVSEEK_FORCE;
	if (whence == AVSEEK_SIZE)
		return d->size;
	if (__builtin_add_overflow(to, whence == SEEK_CUR ? d->at : whence == SEEK_END ? d->size : 0, &at) || at < 0)
		return AVERROR(EINVAL);
	return d->at = at;
}

/* Files that point to other files get nothing. */
static int no_other_file(AVFormatContext *s, AVIOContext **pb, const char *url, int flags, AVDictionary **options)
{
	(void)s, (void)url, (void)flags, (void)options;
	*pb = NULL;
	return AVERROR(EACCES);
}

static enum qf_status no_memory(struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory for reading packets");
}

static enum qf_status start(struct qf_demux *d, const AVInputFormat *by, struct qf_err *e)
{
	uint8_t *block = av_malloc(IO_BLOCK);
	int rc;

	if (!block)
		return no_memory(e);
	d->io = avio_alloc_context(block, IO_BLOCK, 0, d, io_read, NULL, io_seek);
	if (!d->io) {
		av_free(block);
		return no_memory(e);
	}
	d->format = avformat_alloc_context();
	if (!d->format)
		return no_memory(e);
	d->format->pb = d->io;
	d->format->io_open = no_other_file;
	d->format->flags |= AVFMT_FLAG_CUSTOM_IO;
	rc = avformat_open_input(&d->format, NULL, by, NULL); /* frees the context when it fails */
	if (rc == AVERROR(ENOMEM))
		return no_memory(e);
	if (d->failed)
		return qf_fail(e, QF_EIO, "the file cannot be read");
	if (rc < 0)
		return qf_fail(e, QF_EFORMAT, "libavformat: the headers make no sense");
	return QF_OK;
}

enum qf_status qf_demux_open(struct qf_demux *d, int fd, const struct qf_sniff *s, struct qf_err *e)
{
	const AVInputFormat *by;
	enum qf_status rc;

	*d = (struct qf_demux){ .fd = fd, .start = s->start, .size = s->end - s->start };
	av_log_set_level(AV_LOG_QUIET);
	by = demuxers[s->kind] ? av_find_input_format(demuxers[s->kind]) : NULL;
	if (!by)
		return qf_fail(e, QF_EUNSUPPORTED, "libavformat has no reader for '%s'", qf_audio_kind_name(s->kind));
	if ((rc = start(d, by, e)) != QF_OK)
		return rc;
	for (unsigned i = 0; i < d->format->nb_streams; i++) {
		AVStream *stream = d->format->streams[i];

		if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO && !d->audio)
			d->audio = stream;
		else {
			stream->discard = AVDISCARD_ALL;
			av_packet_unref(&stream->attached_pic); /* a cover would stay in memory to the end */
		}
	}
	return d->audio ? QF_OK : qf_fail(e, QF_EFORMAT, "no audio stream in it");
}

enum qf_status qf_demux_next(struct qf_demux *d, AVPacket *packet, bool *more, int64_t *errors, struct qf_err *e)
{
	*more = false;
	for (int bad = 0; bad < 1000;) {
		int rc = av_read_frame(d->format, packet);

		if (d->failed)
			return qf_fail(e, QF_EIO, "the file cannot be read");
		if (rc == AVERROR(ENOMEM))
			return no_memory(e);
		if (rc == AVERROR_EOF || rc == AVERROR(EIO))
			return QF_OK;
		if (rc < 0) {
			++*errors;
			bad++;
			continue;
		}
		if (packet->stream_index == d->audio->index) {
			*more = true;
			if (packet->flags & AV_PKT_FLAG_CORRUPT)
				++*errors;
			return QF_OK;
		}
		av_packet_unref(packet);
	}
	return QF_OK; /* nothing but errors: the end */
}

void qf_demux_close(struct qf_demux *d)
{
	avformat_close_input(&d->format);
	if (d->io)
		av_freep(&d->io->buffer);
	avio_context_free(&d->io);
}
