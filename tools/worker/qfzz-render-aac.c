/* qfzz-render-aac - qfzz-render for jobs with renditions in AAC: a program of its own, so that the others load no libavcodec.
 * Not for use by hand; worker/render.h. */
#include "worker/render.h"

#include "audio/encode.h"

int main(void)
{
	qf_encode_with_aac();
	return render_main(&qf_decoder_sf);
}
