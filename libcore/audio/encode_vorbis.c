/* Vorbis by libvorbisenc, quality mode at the quality whose nominal bit rate is asked for, in an Ogg stream with the
 * caller's serial number. */
#include "audio/encoder.h"

#include "audio/bytes.h"
#include "audio/oggtags.h"
#include "base/alloc.h"

#include <string.h>
#include <vorbis/vorbisenc.h>

struct vorbis {
	vorbis_info info;
	vorbis_dsp_state dsp;
	vorbis_block block;
	struct qf_oggfile ogg;
	bool dsp_on, block_on;
	int channels;
};

static void vorbis_close(void *state)
{
	struct vorbis *x = state;

	if (!x)
		return;
	qf_oggfile_close(&x->ogg);
	if (x->block_on)
		vorbis_block_clear(&x->block);
	if (x->dsp_on)
		vorbis_dsp_clear(&x->dsp);
	vorbis_info_clear(&x->info);
	qf_free(x);
}

static enum qf_status no_memory(struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
}

/* libvorbis would keep its own comments to the end, so it gets none; of its packet only the name of the encoder is used. Where it runs out
 * of memory while it packs, it says so by nothing but an empty packet. */
static enum qf_status put_headers(struct vorbis *x, const struct qf_carried *tags, struct qf_err *e)
{
	enum { BEFORE_VENDOR = 7 + 4 };
	struct qf_oggtags form = { "\3vorbis", { NULL, 0 }, "\1" };
	vorbis_comment none;
	ogg_packet id, comment, code;
	int bad;

	vorbis_comment_init(&none);
	bad = vorbis_analysis_headerout(&x->dsp, &none, &id, &comment, &code);
	vorbis_comment_clear(&none);
	if (bad || id.bytes <= 0 || comment.bytes <= BEFORE_VENDOR || code.bytes <= 0)
		return no_memory(e);
	form.vendor = (struct qf_span){ (const char *)comment.packet + BEFORE_VENDOR, qf_le32(comment.packet + BEFORE_VENDOR - 4) };
	if (qf_oggfile_put(&x->ogg, &id, true, e) || qf_oggtags_put(&x->ogg, &form, tags, false, e))
		return e->code;
	return qf_oggfile_put(&x->ogg, &code, true, e); /* audio begins on a page of its own */
}

/* A bit rate as target, and no reservoir to hold it: the quality that usually gives it. */
static bool set_up(struct vorbis *x, int kbps, const struct qf_shape *shape)
{
	vorbis_info_clear(&x->info);
	vorbis_info_init(&x->info);
	return vorbis_encode_setup_managed(&x->info, shape->channels, shape->rate_hz, -1, kbps * 1000L, -1) == 0 &&
	       vorbis_encode_ctl(&x->info, OV_ECTL_RATEMANAGE2_SET, NULL) == 0 && vorbis_encode_setup_init(&x->info) == 0;
}

/* For few channels and low rates libvorbis takes less than for others: then it is about the most that it takes. */
static bool set_up_about(struct vorbis *x, int kbps, const struct qf_shape *shape)
{
	while (!set_up(x, kbps, shape))
		if ((kbps = kbps * 9 / 10) < 8)
			return false;
	return true;
}

static enum qf_status vorbis_open(void **state, int fd, const struct qf_recipe *r, const struct qf_encode_source *s,
				  const struct qf_shape *shape, struct qf_err *e)
{
	struct vorbis *x = qf_zalloc(1, sizeof *x);
	enum qf_status rc = QF_OK;

	*state = NULL;
	if (!x)
		return no_memory(e);
	x->channels = shape->channels;
	vorbis_info_init(&x->info);
	if (!set_up_about(x, r->kbps, shape))
		rc = qf_fail(e, QF_EUNSUPPORTED, "libvorbis takes no %d kbit/s of %d channels at %d Hz", r->kbps, shape->channels, shape->rate_hz);
	if (rc == QF_OK && (x->dsp_on = vorbis_analysis_init(&x->dsp, &x->info) == 0))
		x->block_on = vorbis_block_init(&x->dsp, &x->block) == 0;
	if (rc == QF_OK && !x->block_on)
		rc = no_memory(e);
	if (rc == QF_OK)
		rc = qf_oggfile_open(&x->ogg, fd, s->serial, e);
	if (rc == QF_OK)
		rc = put_headers(x, s->tags, e);
	if (rc == QF_OK)
		*state = x;
	else
		vorbis_close(x);
	return rc;
}

/* Every packet that is ready, and the pages that they fill. */
static enum qf_status drain(struct vorbis *x, struct qf_err *e)
{
	ogg_packet packet;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && vorbis_analysis_blockout(&x->dsp, &x->block) == 1) {
		vorbis_analysis(&x->block, NULL);
		vorbis_bitrate_addblock(&x->block);
		while (rc == QF_OK && vorbis_bitrate_flushpacket(&x->dsp, &packet))
			rc = qf_oggfile_put(&x->ogg, &packet, packet.e_o_s != 0, e);
	}
	return rc;
}

static enum qf_status vorbis_write(void *state, const float *pcm, size_t frames, struct qf_err *e)
{
	struct vorbis *x = state;
	size_t channels = (size_t)x->channels;

	while (frames) { /* libvorbis' own buffer grows to the largest piece that it is given */
		size_t n = frames < 1024 ? frames : 1024;
		float **to = vorbis_analysis_buffer(&x->dsp, (int)n);
		enum qf_status rc;

		for (size_t c = 0; c < channels; c++)
			for (size_t i = 0; i < n; i++)
				to[c][i] = pcm[i * channels + c];
		vorbis_analysis_wrote(&x->dsp, (int)n);
		rc = drain(x, e);
		if (rc != QF_OK)
			return rc;
		pcm += n * channels;
		frames -= n;
	}
	return QF_OK;
}

static enum qf_status vorbis_finish(void *state, struct qf_err *e)
{
	struct vorbis *x = state;

	vorbis_analysis_wrote(&x->dsp, 0);
	return drain(x, e);
}

const struct qf_encoder qf_encoder_vorbis = { vorbis_open, vorbis_write, vorbis_finish, vorbis_close };
