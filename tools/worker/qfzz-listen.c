/* qfzz-listen - the first worker of `qfzz features`: hears what libsndfile decodes.
 *
 * What libsndfile does not read, refuses or dies of goes to qfzz-listen-av, once. Not for use
 * by hand; what it is asked and answers stands in worker/listen.h.
 *
 * libavcodec decodes nothing here, but it is loaded: the audio id takes its packets from libavformat,
 * the fingerprint is libchromaprint's, and Debian's builds of both need it. What that costs, measured: 138
 * libraries (ldd), 0.04 s of processor time and 26 MB of shared pages at a start, once in 500 files; of its own a
 * worker holds 7 MB, 9 MB in a track of 29 minutes and 10 MB in one of an hour (RssAnon, tests/bench/listen.sh).
 */
#include "audio/decode.h"
#include "worker/listen.h"

int main(void)
{
	return listen_main("qfzz-listen", &qf_decoder_sf);
}
