#include "audio/decode.h"

#include "audio/decoder.h"
#include "base/alloc.h"

#include <math.h>

struct qf_decode {
	const struct qf_decoder *by;
	void *state;
	struct qf_audio_info info;
	struct qf_decode_damage damage;
	bool ended;
};

static enum qf_status fit(const struct qf_audio_info *i, struct qf_err *e)
{
	if (i->channels < 1 || i->channels > QF_DECODE_CHANNELS)
		return qf_fail(e, QF_EUNSUPPORTED, "%d channels: 1 to %d are handled", i->channels, QF_DECODE_CHANNELS);
	if (i->rate_hz < 1 || i->rate_hz > 768000)
		return qf_fail(e, QF_EUNSUPPORTED, "a sample rate of %d Hz: 1 to 768,000 are handled", i->rate_hz);
	return QF_OK;
}

/* The first decoder that takes the kind and opens the file; the words of the last one if none does. */
static enum qf_status open_one(struct qf_decode *d, const struct qf_decoder *const *decoders, int fd, const struct qf_sniff *s,
			       struct qf_err *e)
{
	enum qf_status rc = qf_fail(e, QF_EUNSUPPORTED, "%s does not read '%s'", decoders[0]->name, qf_audio_kind_name(s->kind));

	for (size_t i = 0; decoders[i]; i++) {
		const struct qf_decoder *by = decoders[i];

		if (!by->takes(s))
			continue;
		d->info = (struct qf_audio_info){ .kind = s->kind, .decoder = by->name };
		rc = by->open(&d->state, fd, s, &d->info, e);
		if (rc == QF_OK && (rc = fit(&d->info, e)) != QF_OK) {
			by->close(d->state);
			d->state = NULL;
		}
		if (rc == QF_OK)
			d->by = by;
		if (rc == QF_OK || rc == QF_ENOMEM || rc == QF_EIO)
			break;
	}
	return rc;
}

enum qf_status qf_decode_open_by(struct qf_decode **out, const struct qf_decoder *const *decoders, int fd, const char *name_hint,
				 struct qf_audio_info *info, struct qf_err *e)
{
	struct qf_sniff s;
	struct qf_decode *d;
	enum qf_status rc;

	*out = NULL;
	*info = (struct qf_audio_info){ 0 };
	if ((rc = qf_sniff_file(fd, name_hint, &s, e)) != QF_OK)
		return rc;
	if (s.kind == QF_AUDIO_NONE)
		return qf_fail(e, QF_EFORMAT, s.size ? "not an audio file that we know" : "an empty file");
	d = qf_zalloc(1, sizeof *d);
	if (!d)
		return qf_fail(e, QF_ENOMEM, "out of memory for decoding");
	rc = open_one(d, decoders, fd, &s, e);
	if (rc != QF_OK) {
		qf_decode_close(d);
		return rc;
	}
	if (d->info.frames < 0 || d->info.frames > INT64_MAX / 128)
		d->info.frames = 0;
	d->damage.declared = d->info.frames;
	*info = d->info;
	*out = d;
	return QF_OK;
}

enum qf_status qf_decode_read(struct qf_decode *d, float *pcm, size_t max_frames, size_t *got, struct qf_err *e)
{
	enum qf_status rc;

	*got = 0;
	if (d->ended || max_frames == 0)
		return QF_OK;
	rc = d->by->read(d->state, pcm, max_frames, got, &d->damage.errors, e);
	if (rc != QF_OK)
		return rc;
	d->ended = *got == 0;
	d->damage.decoded += (int64_t)*got;
	for (size_t i = 0; i < *got * (size_t)d->info.channels; i++) {
		if (isfinite(pcm[i]))
			continue;
		pcm[i] = 0.0f;
		d->damage.not_finite++;
	}
	return QF_OK;
}

bool qf_decode_damage(const struct qf_decode *d, struct qf_decode_damage *out)
{
	int64_t missing = d->damage.declared - d->damage.decoded;

	*out = d->damage;
	out->short_of_declared = d->ended && missing > d->damage.declared / 100 && missing > d->info.rate_hz / 4;
	return out->errors || out->not_finite || out->short_of_declared;
}

void qf_decode_close(struct qf_decode *d)
{
	if (!d)
		return;
	if (d->by)
		d->by->close(d->state);
	qf_free(d);
}
