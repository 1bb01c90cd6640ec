#include "worker/listen.h"

#include "audio/decode.h"
#include "audio/identity.h"
#include "audio/intact.h"
#include "audio/pcmhash.h"
#include "audio/sniff.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/features.h"
#include "base/hash.h"
#include "features/extract.h"
#include "rows/json.h"
#include "rows/rows.h"
#include "worker/protocol.h"
#include "worker/serve.h"

#include <stdbool.h>
#include <string.h>

enum { SAMPLES = 65536 };

struct listen {
	const struct qf_decoder *by[2]; /* ends with NULL */
	float pcm[SAMPLES];
};

struct heard {
	struct qf_audio_info info;
	struct qf_decode_damage damage;
	struct qf_damage frame; /* what a look at the file's frame says */
	bool damaged;
	struct qf_features features;
	char *file_sha256, *audio_id, *pcm_sha256; /* owned; on their way into the features */
};

static enum qf_status feed_all(struct qf_decode *d, struct qf_extract *x, struct qf_pcmhash *p, float *pcm, int channels, struct qf_err *e)
{
	for (;;) {
		size_t got;
		enum qf_status rc = qf_decode_read(d, pcm, (size_t)(SAMPLES / channels), &got, e);

		if (rc != QF_OK || got == 0)
			return rc;
		qf_pcmhash_add(p, pcm, got);
		if ((rc = qf_extract_feed(x, pcm, got, e)) != QF_OK)
			return rc;
	}
}

static enum qf_status set_hex(char **to, const uint8_t digest[QF_SHA256], struct qf_err *e)
{
	struct qf_buf hex = { 0 };

	qf_buf_hex(&hex, digest, QF_SHA256);
	if (qf_buf_check(&hex, e) != QF_OK)
		return QF_ENOMEM;
	*to = qf_memdup0(hex.p, hex.len);
	qf_buf_free(&hex);
	return *to ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for a checksum");
}

static bool truncated(const struct heard *h)
{
	return h->frame.class && strcmp(h->frame.class, "truncated") == 0;
}

/* Of a file that is damaged it would be a hash of what is left. */
static enum qf_status name_samples(struct heard *h, struct qf_pcmhash *p, struct qf_err *e)
{
	uint8_t digest[QF_SHA256];

	if (!p || h->damaged || truncated(h))
		return QF_OK;
	qf_pcmhash_end(p, digest);
	return set_hex(&h->pcm_sha256, digest, e);
}

/* h->features is to be freed by the caller, whatever comes back. */
static enum qf_status hear(struct listen *l, int fd, const char *name, struct heard *h, struct qf_err *e)
{
	struct qf_decode *d = NULL;
	struct qf_extract *x = NULL;
	struct qf_pcmhash *p = NULL;
	enum qf_status rc = qf_decode_open_by(&d, l->by, fd, name, &h->info, e);

	if (rc == QF_OK)
		rc = qf_extract_open(&x, h->info.rate_hz, h->info.channels, h->info.lossless, e);
	if (rc == QF_OK)
		rc = qf_pcmhash_open(&p, &h->info, e);
	if (rc == QF_OK)
		rc = feed_all(d, x, p, l->pcm, h->info.channels, e);
	if (rc == QF_OK) {
		h->damaged = qf_decode_damage(d, &h->damage);
		rc = h->damage.decoded ? qf_extract_finish(x, &h->features, e) : qf_fail(e, QF_EFORMAT, "no sound comes out of it");
	}
	if (rc == QF_OK)
		rc = name_samples(h, p, e);
	qf_pcmhash_close(p);
	qf_extract_close(x);
	qf_decode_close(d);
	return rc;
}

static enum qf_status identify(int fd, const char *name, struct heard *h, struct qf_err *e)
{
	uint8_t digest[QF_SHA256];
	enum qf_status rc = qf_identity_file(fd, digest, e);

	if (rc == QF_OK)
		rc = set_hex(&h->file_sha256, digest, e);
	if (rc != QF_OK)
		return rc;
	rc = qf_identity_audio(fd, name, digest, e);
	if (rc == QF_EFORMAT || rc == QF_EUNSUPPORTED)
		return QF_OK; /* only libsndfile can read it: no audio id */
	return rc == QF_OK ? set_hex(&h->audio_id, digest, e) : rc;
}

/* Seconds that the file declares, 0: unknown. libsndfile only tells of what is there, if the end is cut off. */
static double declared_s(const struct heard *h)
{
	double s = (double)(h->frame.sound_there > 0 ? h->damage.decoded : h->damage.declared) / h->info.rate_hz;

	return h->frame.sound_there > 0 ? s * (double)h->frame.sound_declared / (double)h->frame.sound_there : s;
}

/* "decoded 12.3 s of 20.0 s declared, damaged packets that were passed over: 3" */
static void damage_text(const struct heard *h, struct qf_buf *out)
{
	const struct qf_decode_damage *d = &h->damage;
	double declared = declared_s(h);

	qf_buf_printf(out, "decoded %.1f s", (double)d->decoded / h->info.rate_hz);
	if (declared > 0)
		qf_buf_printf(out, " of %.1f s declared", declared);
	if (truncated(h))
		qf_buf_printf(out, ", %s", h->frame.text);
	if (d->errors)
		qf_buf_printf(out, ", damaged packets that were passed over: %lld", (long long)d->errors);
	if (d->not_finite)
		qf_buf_printf(out, ", samples that are no numbers and count as silence: %lld", (long long)d->not_finite);
}

static void put_damage(struct qf_buf *out, const struct heard *h)
{
	struct qf_buf text = { 0 };

	damage_text(h, &text);
	qf_json_key(out, "damage");
	qf_json_open(out, '{');
	qf_json_put_str(out, "class", "damaged");
	qf_json_put_str(out, "text", text.failed ? "damaged" : text.p);
	qf_json_close(out, '}');
	qf_buf_free(&text);
}

static void put_reply(struct qf_buf *out, uint64_t id, struct heard *h)
{
	h->features.file_sha256 = h->file_sha256;
	h->features.audio_id = h->audio_id;
	h->features.pcm_sha256 = h->pcm_sha256;
	h->file_sha256 = h->audio_id = h->pcm_sha256 = NULL;
	worker_begin(out, id, true);
	qf_json_key(out, "features");
	qf_row_put_features(out, &h->features, QF_FEATURES_VERSION);
	qf_json_put_num(out, "decoded_s", (double)h->damage.decoded / h->info.rate_hz, 3);
	if (h->damaged || truncated(h))
		put_damage(out, h);
	qf_json_close(out, '}');
}

/* Whether it is the sound that is known already, so that nothing need be heard. Opus is heard in any case: its header,
 * which is no packet, holds a gain that tools for loudness change. */
static bool is_known(const struct worker_file *f, const struct qf_sniff *s, const struct heard *is, struct qf_err *e)
{
	struct qf_buf known = { 0 };
	bool same;

	if (!f->audio_id || !is->audio_id || s->kind == QF_AUDIO_OGG_OPUS)
		return false;
	qf_buf_hex(&known, f->audio_id, WORKER_AUDIO_ID);
	same = qf_buf_check(&known, e) == QF_OK && strcmp(known.p, is->audio_id) == 0;
	qf_buf_free(&known);
	return same;
}

static void put_same(struct qf_buf *out, uint64_t id, const struct heard *h)
{
	worker_begin(out, id, true);
	qf_json_put_bool(out, "same", true);
	qf_json_put_str(out, "file_sha256", h->file_sha256);
	qf_json_close(out, '}');
}

static void answer(void *user, const struct worker_file *f, struct qf_buf *out)
{
	struct qf_err e = { 0 };
	struct heard h = { 0 };
	struct qf_sniff s;
	bool same;
	enum qf_status rc = qf_sniff_file(f->fd, f->name, &s, &e);

	if (rc == QF_OK && s.kind == QF_AUDIO_NONE) {
		worker_failed(out, f->id, "not-audio", s.size ? "not an audio file that we know" : "the file is empty: 0 bytes");
		return;
	}
	qf_features_init(&h.features);
	if (rc == QF_OK)
		rc = qf_intact(f->fd, &s, &h.frame, &e);
	if (rc == QF_OK)
		rc = identify(f->fd, f->name, &h, &e);
	same = rc == QF_OK && is_known(f, &s, &h, &e);
	if (rc == QF_OK && !same)
		rc = hear(user, f->fd, f->name, &h, &e);
	if (rc != QF_OK)
		worker_refused(out, f->id, &e);
	else if (same)
		put_same(out, f->id, &h);
	else
		put_reply(out, f->id, &h);
	qf_free(h.file_sha256);
	qf_free(h.audio_id);
	qf_free(h.pcm_sha256);
	qf_features_free(&h.features);
}

/* A moment of silence, heard and put into words, and a checksum: every library has opened what it opens once. */
static void warm_up(void *user)
{
	struct listen *l = user;
	struct qf_extract *x = NULL;
	struct qf_sha256 *h = NULL;
	struct heard heard = { .info.rate_hz = 44100 };
	struct qf_buf out = { 0 };
	uint8_t digest[QF_SHA256];

	qf_features_init(&heard.features);
	if (qf_extract_open(&x, heard.info.rate_hz, 1, true, NULL) == QF_OK && qf_extract_feed(x, l->pcm, SAMPLES, NULL) == QF_OK &&
	    qf_extract_finish(x, &heard.features, NULL) == QF_OK)
		put_reply(&out, 0, &heard);
	qf_extract_close(x);
	if (qf_sha256_open(&h, NULL) == QF_OK)
		qf_sha256_end(h, digest);
	qf_sha256_close(h);
	qf_features_free(&heard.features);
	qf_buf_free(&out);
}

int listen_main(const char *program, const struct qf_decoder *by)
{
	static struct listen state;
	const struct worker w = { .program = program, .warm_up = warm_up, .answer = answer, .user = &state };

	state.by[0] = by;
	return worker_serve(&w);
}
