/* qfzz-sound - the first worker of `qfzz mix`: what libsndfile decodes. Not for use by hand; worker/sound.h. */
#include "worker/sound.h"

int main(void)
{
	return sound_main(&qf_decoder_sf);
}
