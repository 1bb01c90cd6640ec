/* qfzz-sound-av - the second worker of `qfzz mix`: what libavcodec decodes, and what qfzz-sound gave up. A program of its own, so
 * that the first one loads no libavcodec. Not for use by hand; worker/sound.h. */
#include "worker/sound.h"

int main(void)
{
	return sound_main(&qf_decoder_av);
}
