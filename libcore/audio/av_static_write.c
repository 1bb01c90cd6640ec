/* The parts of FFmpeg of a program that encodes AAC and reads nothing by it. See av_static.c. */
#include "audio/av_static.h"

const AVCodec *const qf_av_codecs[] = { &ff_aac_encoder, NULL };
