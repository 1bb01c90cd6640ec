/* Short lists in place of FFmpeg's own, for programs that are linked with its static archives: nothing comes into them but
 * what these lists name.
 *
 * Linked in front of the archives (LIBAV in the Makefile), these definitions are taken in place of those in its allcodecs.c, allformats.c,
 * parsers.c, bitstream_filters.c, protocols.c, tls_gnutls.c, h264dec.c and hwcontext_*.c, which lead to everything else. So a program has 2.5 MB more,
 * and does not load 120 shared libraries for video, graphics cards and networks. The lists are av_static_read.c or
 * av_static_write.c. Never linked together with the shared libraries, whose lists they would replace as well.
 *
 * Written to FFmpeg 5.1: names with ff_ are its own affair, and may change with a major version. */
#include "audio/av_static.h"

#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <stddef.h>

struct URLProtocol;

/* What FFmpeg keeps to itself and declares in no header that is installed. */
const AVClass *ff_bsf_child_class_iterate(void **opaque);
const AVClass *ff_urlcontext_child_class_iterate(void **opaque);
const struct URLProtocol **ffurl_get_protocols(const char *whitelist, const char *blacklist);
void ff_gnutls_init(void);
void ff_gnutls_deinit(void);
int avpriv_h264_has_num_reorder_frames(AVCodecContext *codec);

/* ---- codecs ---------------------------------------------------------------------------------------- */

const AVCodec *av_codec_iterate(void **opaque)
{
	return qf_av_codecs[qf_av_next(opaque)];
}

static const AVCodec *find(enum AVCodecID id, int (*is)(const AVCodec *codec))
{
	size_t i = 0;

	while (qf_av_codecs[i] && !(qf_av_codecs[i]->id == id && is(qf_av_codecs[i])))
		i++;
	return qf_av_codecs[i];
}

const AVCodec *avcodec_find_decoder(enum AVCodecID id)
{
	return find(id, av_codec_is_decoder);
}

const AVCodec *avcodec_find_encoder(enum AVCodecID id)
{
	return find(id, av_codec_is_encoder);
}

/* ---- what there is none of: codecs by name, muxers, filters of packets, protocols, TLS, video, graphics cards ------------------- */

const AVOutputFormat *av_muxer_iterate(void **opaque)
{
	(void)opaque;
	return NULL;
}

const AVCodec *avcodec_find_decoder_by_name(const char *name)
{
	(void)name;
	return NULL;
}

const AVBitStreamFilter *av_bsf_iterate(void **opaque)
{
	(void)opaque;
	return NULL;
}

const AVBitStreamFilter *av_bsf_get_by_name(const char *name)
{
	(void)name;
	return NULL;
}

const AVClass *ff_bsf_child_class_iterate(void **opaque)
{
	(void)opaque;
	return NULL;
}

const AVClass *ff_urlcontext_child_class_iterate(void **opaque)
{
	(void)opaque;
	return NULL;
}

const struct URLProtocol **ffurl_get_protocols(const char *whitelist, const char *blacklist)
{
	(void)whitelist, (void)blacklist;
	return NULL;
}

void ff_gnutls_init(void) {}
void ff_gnutls_deinit(void) {}

int avpriv_h264_has_num_reorder_frames(AVCodecContext *codec)
{
	(void)codec;
	return 0;
}

/* In place of their tables. The only field that is looked at is the type: 0 is that of none. */
#define HARDWARE(name) \
	extern const int ff_hwcontext_type_##name[64]; \
	const int ff_hwcontext_type_##name[64] = { 0 };
HARDWARE(cuda)
HARDWARE(drm)
HARDWARE(opencl)
HARDWARE(qsv)
HARDWARE(vaapi)
HARDWARE(vdpau)
HARDWARE(vulkan)
