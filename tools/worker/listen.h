/* listen.h - what qfzz-listen and qfzz-listen-av share: a file is decoded once, and everything in it is heard.
 *
 * The protocol is worker/protocol.h; a reply says
 *
 *   {"id":N,"ok":true,
 *    "features":{"version":N,…},    schemas/features.tsv, with file_sha256, audio_id and pcm_sha256
 *    "decoded_s":215.04,            seconds of sound that came out
 *    "damage":{"class":"damaged","text":"decoded 12.3 s of 20.0 s declared"}}   left out when the sound is clean
 *   {"id":N,"ok":true,"same":true,
 *    "file_sha256":"…"}             the request named an audio id, and it is still this sound: not heard again
 *   {"id":N,"ok":false,"class":"…","text":"…"}
 *
 * with one of these classes:
 *
 *   not-audio    nothing that we know as audio
 *   unsupported  audio of a kind, codec or shape that this worker's decoder does not handle
 *   broken       the decoder makes no sense of it, or not one frame comes out
 *   limit        more memory, or longer, than is allowed
 *   io           the system could not read the file */
#ifndef QFZZ_WORKER_LISTEN_H
#define QFZZ_WORKER_LISTEN_H

struct qf_decoder;

/* The whole of a worker's main(). */
int listen_main(const char *program, const struct qf_decoder *by);

#endif
