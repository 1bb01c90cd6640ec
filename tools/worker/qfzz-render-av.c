/* qfzz-render-av - the second worker of `qfzz encode`: what libavcodec decodes, and what qfzz-render gave up. A program of
 * its own, so that the first one loads no libavcodec. Not for use by hand; worker/render.h. */
#include "worker/render.h"

#include "audio/encode.h"

int main(void)
{
	qf_encode_with_aac();
	return render_main(&qf_decoder_av);
}
