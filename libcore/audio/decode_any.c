/* Both decoders: in a file of its own, so that who wants one does not link the other. */
#include "audio/decoder.h"

enum qf_status qf_decode_open(struct qf_decode **out, int fd, const char *name_hint, struct qf_audio_info *info, struct qf_err *e)
{
	static const struct qf_decoder *const both[] = { &qf_decoder_sf, &qf_decoder_av, NULL };

	return qf_decode_open_by(out, both, fd, name_hint, info, e);
}
