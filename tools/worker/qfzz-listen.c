/* qfzz-listen - the worker of `qfzz features`: decodes a file once and hears everything in it.
 *
 * Not for use by hand. The protocol is worker/protocol.h; a reply says
 *
 *   {"id":N,"ok":true,
 *    "features":{"version":N,…},    schemas/features.tsv, with file_sha256 and audio_id
 *    "decoded_s":215.04,            seconds of sound that came out
 *    "damage":{"class":"damaged","text":"…"}}        left out when the sound is clean
 *   {"id":N,"ok":false,"class":"empty|not-audio|format|unsupported|limit|io|memory","text":"…"} */
#include "audio/decode.h"
#include "audio/identity.h"
#include "audio/sniff.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/features.h"
#include "features/extract.h"
#include "rows/json.h"
#include "rows/rows.h"
#include "worker/serve.h"

#include <stdio.h>

enum { SAMPLES = 65536 };

struct heard {
	struct qf_audio_info info;
	struct qf_decode_damage damage;
	bool damaged;
	struct qf_features features;
};

static enum qf_status feed_all(struct qf_decode *d, struct qf_extract *x, float *pcm, int channels, struct qf_err *e)
{
	for (;;) {
		size_t got;
		enum qf_status rc = qf_decode_read(d, pcm, (size_t)(SAMPLES / channels), &got, e);

		if (rc != QF_OK || got == 0)
			return rc;
		if ((rc = qf_extract_feed(x, pcm, got, e)) != QF_OK)
			return rc;
	}
}

/* h->features is to be freed by the caller, whatever comes back. */
static enum qf_status hear(int fd, const char *name, float *pcm, struct heard *h, struct qf_err *e)
{
	struct qf_decode *d = NULL;
	struct qf_extract *x = NULL;
	enum qf_status rc = qf_decode_open(&d, fd, name, &h->info, e);

	if (rc == QF_OK)
		rc = qf_extract_open(&x, h->info.rate_hz, h->info.channels, e);
	if (rc == QF_OK)
		rc = feed_all(d, x, pcm, h->info.channels, e);
	if (rc == QF_OK) {
		h->damaged = qf_decode_damage(d, &h->damage);
		rc = h->damage.decoded ? qf_extract_finish(x, &h->features, e) : qf_fail(e, QF_EFORMAT, "no sound comes out of it");
	}
	qf_extract_close(x);
	qf_decode_close(d);
	return rc;
}

static enum qf_status set_hex(char **to, const uint8_t digest[QF_SHA256], struct qf_err *e)
{
	struct qf_buf hex = { 0 };

	qf_buf_hex(&hex, digest, QF_SHA256);
	if (qf_buf_check(&hex, e) != QF_OK)
		return QF_ENOMEM;
	qf_free(*to);
	*to = qf_memdup0(hex.p, hex.len);
	qf_buf_free(&hex);
	return *to ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for a checksum");
}

static enum qf_status identify(int fd, const char *name, struct qf_features *f, struct qf_err *e)
{
	uint8_t digest[QF_SHA256];
	enum qf_status rc = qf_identity_file(fd, digest, e);

	if (rc == QF_OK)
		rc = set_hex(&f->file_sha256, digest, e);
	if (rc != QF_OK)
		return rc;
	rc = qf_identity_audio(fd, name, digest, e);
	if (rc == QF_EFORMAT || rc == QF_EUNSUPPORTED)
		return QF_OK; /* only libsndfile can read it: no audio id */
	return rc == QF_OK ? set_hex(&f->audio_id, digest, e) : rc;
}

static void put_damage(struct qf_buf *out, const struct heard *h)
{
	const struct qf_decode_damage *d = &h->damage;
	double rate = h->info.rate_hz;
	char text[200];

	if (d->short_of_declared)
		snprintf(text, sizeof text, "the sound ends at %.1f of %.1f s", (double)d->decoded / rate, (double)d->declared / rate);
	else if (d->errors)
		snprintf(text, sizeof text, "%lld damaged packets were passed over", (long long)d->errors);
	else
		snprintf(text, sizeof text, "%lld samples are no numbers and were taken as silence", (long long)d->not_finite);
	qf_json_key(out, "damage");
	qf_json_open(out, '{');
	qf_json_key(out, "class");
	qf_json_str(out, "damaged");
	qf_json_key(out, "text");
	qf_json_str(out, text);
	qf_json_close(out, '}');
}

static void put_reply(struct qf_buf *out, uint64_t id, const struct heard *h)
{
	worker_begin(out, id, true);
	qf_json_key(out, "features");
	qf_row_put_features(out, &h->features, QF_FEATURES_VERSION);
	qf_json_key(out, "decoded_s");
	qf_json_num(out, (double)h->damage.decoded / h->info.rate_hz, 3);
	if (h->damaged)
		put_damage(out, h);
	qf_json_close(out, '}');
}

static void answer(void *user, uint64_t id, int fd, const char *name, struct qf_buf *out)
{
	struct qf_err e = { 0 };
	struct heard h = { 0 };
	struct qf_sniff s;
	enum qf_status rc = qf_sniff_file(fd, name, &s, &e);

	if (rc == QF_OK && s.kind == QF_AUDIO_NONE) {
		if (s.size)
			worker_failed(out, id, "not-audio", "not an audio file that we know");
		else
			worker_failed(out, id, "empty", "the file is empty: 0 bytes");
		return;
	}
	qf_features_init(&h.features);
	if (rc == QF_OK)
		rc = hear(fd, name, user, &h, &e);
	if (rc == QF_OK)
		rc = identify(fd, name, &h.features, &e);
	if (rc == QF_OK)
		put_reply(out, id, &h);
	else
		worker_failed(out, id, qf_status_name(rc), e.text);
	qf_features_free(&h.features);
}

int main(void)
{
	static float pcm[SAMPLES];

	return worker_serve("qfzz-listen", answer, pcm);
}
