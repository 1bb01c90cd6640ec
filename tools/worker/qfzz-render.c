/* qfzz-render - the first worker of `qfzz encode`: what libsndfile decodes. Not for use by hand; worker/render.h. */
#include "worker/render.h"

int main(void)
{
	return render_main(&qf_decoder_sf);
}
