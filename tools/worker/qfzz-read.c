/* qfzz-read - the worker of `qfzz ingest`: what a file is, its tags, whether it is whole.
 *
 * Not for use by hand. The protocol is worker/protocol.h; a reply says
 *
 *   {"id":N,"ok":true,
 *    "props":{"codec":"flac","duration_ms":N,"sample_rate_hz":N,"channels":N,"bitrate_kbps":N},   what is known
 *    "tags":[["artist","X"],…],     canonical keys, one pair a value, in order (audio/canonical.h)
 *    "raw":[["r128_track_gain","-512"],…],   what the canonical ones do not hold; left out when empty
 *    "damage":{"class":"truncated","text":"…"}}        left out when none was found
 *   {"id":N,"ok":false,"class":"empty|not-audio|broken|unsupported|limit|io","text":"…"} */
#include "audio/decode.h"
#include "audio/intact.h"
#include "audio/sniff.h"
#include "audio/tags.h"
#include "audio/tagset.h"
#include "base/err.h"
#include "rows/json.h"
#include "worker/serve.h"

#include <string.h>

struct reading {
	struct qf_tagset tags;
	enum qf_status rc; /* of the first tag that could not be taken */
	struct qf_err *e;
	int cut;           /* values that were */
};

static void take_tag(void *user, const char *key, const char *value, size_t n, int cut)
{
	struct reading *r = user;

	r->cut += cut;
	if (r->rc == QF_OK)
		r->rc = qf_tagset_add(&r->tags, key, value, n, r->e);
}

static void put_number(struct qf_buf *out, const char *key, int64_t n)
{
	if (n <= 0)
		return;
	qf_json_put_int(out, key, n);
}

static void put_props(struct qf_buf *out, const struct qf_audio_props *p)
{
	qf_json_key(out, "props");
	qf_json_open(out, '{');
	qf_json_put_str(out, "codec", p->codec);
	put_number(out, "duration_ms", p->duration_ms);
	put_number(out, "sample_rate_hz", p->sample_rate_hz);
	put_number(out, "channels", p->channels);
	put_number(out, "bitrate_kbps", p->bitrate_kbps);
	qf_json_close(out, '}');
}

static void put_tags(struct qf_buf *out, const char *key, const struct qf_tag *v, size_t n)
{
	qf_json_key(out, key);
	qf_json_open(out, '[');
	for (size_t i = 0; i < n; i++) {
		qf_json_open(out, '[');
		qf_json_str(out, v[i].key);
		qf_json_str(out, v[i].value);
		qf_json_close(out, ']');
	}
	qf_json_close(out, ']');
}

static void put_damage(struct qf_buf *out, const char *class, const char *text)
{
	qf_json_key(out, "damage");
	qf_json_open(out, '{');
	qf_json_put_str(out, "class", class);
	qf_json_put_str(out, "text", text);
	qf_json_close(out, '}');
}

static void put_reply(struct qf_buf *out, uint64_t id, const struct reading *r, const struct qf_audio_props *p, const struct qf_damage *d)
{
	worker_begin(out, id, true);
	put_props(out, p);
	put_tags(out, "tags", r->tags.tags, r->tags.n_tags);
	if (r->tags.n_raw)
		put_tags(out, "raw", r->tags.raw, r->tags.n_raw);
	if (d->class)
		put_damage(out, d->class, d->text);
	else if (r->cut)
		put_damage(out, "cut", "a tag longer than 4 MiB was cut");
	qf_json_close(out, '}');
}

/* Tags and properties of what is audio. A damaged file may well have none. */
static enum qf_status read_tags(int fd, const struct qf_sniff *s, const struct qf_damage *d, struct reading *r,
				struct qf_audio_props *p, struct qf_err *e)
{
	enum qf_status rc = qf_tags_read(fd, s, take_tag, r, p, e);

	if (rc == QF_OK)
		rc = r->rc;
	if (rc != QF_OK && rc != QF_EFORMAT)
		return rc;
	if (!p->codec)
		p->codec = qf_audio_kind_name(s->kind);
	if (!p->duration_ms || !p->sample_rate_hz || !p->channels)
		qf_decode_props(fd, s, p);
	if (rc == QF_EFORMAT && !p->duration_ms && !d->class)
		return rc;
	return qf_tagset_finish(&r->tags, e);
}

static void answer(void *user, const struct worker_file *f, struct qf_buf *out)
{
	struct qf_err e = { 0 };
	struct reading r = { .e = &e };
	struct qf_audio_props p = { 0 };
	struct qf_damage d;
	struct qf_sniff s;
	enum qf_status rc = qf_sniff_file(f->fd, f->name, &s, &e);

	(void)user;
	if (rc == QF_OK)
		rc = qf_intact(f->fd, &s, &d, &e);
	if (rc == QF_OK && s.kind == QF_AUDIO_NONE)
		worker_failed(out, f->id, d.class, d.text);
	else if (rc != QF_OK || (rc = read_tags(f->fd, &s, &d, &r, &p, &e)) != QF_OK)
		worker_refused(out, f->id, &e);
	else
		put_reply(out, f->id, &r, &p, &d);
	qf_tagset_free(&r.tags);
}

int main(void)
{
	static const struct worker w = { .program = "qfzz-read", .answer = answer };

	return worker_serve(&w);
}
