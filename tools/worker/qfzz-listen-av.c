/* qfzz-listen-av - the second worker of `qfzz features`: hears what libavcodec decodes.
 *
 * AAC, ALAC, WMA, Monkey's Audio, WavPack, ADPCM, and what qfzz-listen gave up. It is a program
 * of its own because its decoders are many and young: what goes wrong in them happens in a
 * process that holds no file of the first decoder's, and a file that killed one decoder meets the other in a
 * process that the first never touched. Not for
 * use by hand; what it is asked and answers stands in worker/listen.h. */
#include "audio/decode.h"
#include "worker/listen.h"

int main(void)
{
	return listen_main("qfzz-listen-av", &qf_decoder_av);
}
