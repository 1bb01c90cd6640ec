/* av_parts.h - inside the audio room: what is used of libavformat and libavcodec; of all else they have, nothing is asked.
 *
 * The second word is the part's own: ff_WORD_demuxer, ff_WORD_decoder, ff_WORD_parser. A demuxer is also found by it. */
#ifndef QF_AUDIO_AV_PARTS_H
#define QF_AUDIO_AV_PARTS_H

#define QF_AV_DEMUXERS(X) /* by qf_audio_kind */ \
	X(WAV, wav) X(RF64, wav) X(W64, w64) X(AIFF, aiff) X(FLAC, flac) X(OGG_VORBIS, ogg) X(OGG_OPUS, ogg) X(OGG_FLAC, ogg) \
	X(OGG_SPEEX, ogg) X(MP3, mp3) X(ADTS, aac) X(MP4, mov) X(ASF, asf) X(APE, ape) X(WAVPACK, wv) X(CAF, caf) X(AU, au)

#define QF_AV_DECODERS(X) /* by AV_CODEC_ID, the first that libavcodec itself would take */ \
	X(AAC, aac) X(ALAC, alac) X(WMAV1, wmav1) X(WMAV2, wmav2) X(WMAPRO, wmapro) X(WMALOSSLESS, wmalossless) X(WMAVOICE, wmavoice) \
	X(APE, ape) X(WAVPACK, wavpack) X(MP1, mp1float) X(MP2, mp2float) X(MP3, mp3float) X(AC3, ac3) X(FLAC, flac) X(VORBIS, vorbis) \
	X(OPUS, opus) X(SPEEX, speex) X(ADPCM_MS, adpcm_ms) X(ADPCM_IMA_WAV, adpcm_ima_wav) X(ADPCM_IMA_QT, adpcm_ima_qt) \
	X(PCM_ALAW, pcm_alaw) X(PCM_MULAW, pcm_mulaw) X(PCM_U8, pcm_u8) X(PCM_S8, pcm_s8) X(PCM_S16LE, pcm_s16le) \
	X(PCM_S16BE, pcm_s16be) X(PCM_S24LE, pcm_s24le) X(PCM_S24BE, pcm_s24be) X(PCM_S32LE, pcm_s32le) X(PCM_S32BE, pcm_s32be) \
	X(PCM_F32LE, pcm_f32le) X(PCM_F32BE, pcm_f32be) X(PCM_F64LE, pcm_f64le) X(PCM_F64BE, pcm_f64be)

#define QF_AV_PARSERS(X) X(aac) X(ac3) X(flac) X(mpegaudio) X(opus) X(vorbis)

#endif
