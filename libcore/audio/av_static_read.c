/* The parts of FFmpeg of a program that reads, and perhaps encodes AAC: what stands in av_parts.h. See av_static.c. */
#include "audio/av_parts.h"
#include "audio/av_static.h"

#include <libavformat/avformat.h>

#define DECODER(id, name) extern const AVCodec ff_##name##_decoder;
#define DEMUXER(kind, name) extern const AVInputFormat ff_##name##_demuxer;
#define PARSER(name) extern const AVCodecParser ff_##name##_parser;
QF_AV_DECODERS(DECODER)
QF_AV_DEMUXERS(DEMUXER)
QF_AV_PARSERS(PARSER)

#define THE_DECODER(id, name) &ff_##name##_decoder,
#define THE_DEMUXER(kind, name) &ff_##name##_demuxer,
#define THE_PARSER(name) &ff_##name##_parser,
const AVCodec *const qf_av_codecs[] = { QF_AV_DECODERS(THE_DECODER) &ff_aac_encoder, NULL };
static const AVInputFormat *const demuxers[] = { QF_AV_DEMUXERS(THE_DEMUXER) NULL };
static const AVCodecParser *const parsers[] = { QF_AV_PARSERS(THE_PARSER) NULL };

const AVInputFormat *av_demuxer_iterate(void **opaque)
{
	return demuxers[qf_av_next(opaque)];
}

const AVCodecParser *av_parser_iterate(void **opaque)
{
	return parsers[qf_av_next(opaque)];
}
