#define _GNU_SOURCE
#include "worker/render.h"

#include "audio/carry.h"
#include "audio/fanout.h"
#include "audio/sniff.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/features.h"
#include "dsp/limiter.h"
#include "features/waveform.h"
#include "rows/json.h"
#include "worker/sandbox.h"

#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { SAMPLES = 65536, ORDER_MAX = 1 << 16, LARGE = 1 << 17 };
#define LARGEST_FILE (UINT64_C(8) << 30)

struct order {
	const char *name;
	int64_t cpu_s;
	double gain_db, limit_dbtp; /* limit NaN: none */
	bool waveform;
	struct { struct qf_recipe recipe; double start_s; uint32_t serial; } output[QF_OUTPUTS];
	size_t n;
};

struct render {
	struct order order;
	struct qf_arena texts, tag_texts; /* the latter until the outputs are open: a cover is not to stand in memory all the time */
	struct qf_decode *decode;
	struct qf_audio_info info;
	struct qf_carried tags, tags_of[QF_OUTPUTS];
	struct qf_output output[QF_OUTPUTS];
	struct qf_fanout *fanout;
	struct qf_limiter *limiter;
	struct qf_waveform waveform;
	int64_t frames;
	bool writing; /* an error is one of the outputs */
	float pcm[SAMPLES];
};

/* ---- the order ----------------------------------------------------------------------------------- */

static bool number(struct qf_span object, const char *key, double *out)
{
	struct qf_span v;

	return qf_json_get(object, key, &v) && qf_json_to_num(v, out);
}

static bool read_output(struct order *o, struct qf_span object)
{
	double kbps, effort, seconds, start, serial;
	struct qf_recipe *r = &o->output[o->n].recipe;
	struct qf_span v;

	if (!qf_json_get(object, "codec", &v) || !number(object, "kbps", &kbps) || !number(object, "effort", &effort) ||
	    !number(object, "seconds", &seconds) || !number(object, "start_s", &start) || !number(object, "serial", &serial))
		return false;
	for (int i = 0; i < QF_CODECS; i++)
		if (qf_json_is(v, qf_codec_names[i])) {
			*r = (struct qf_recipe){ (enum qf_codec)i, (int)kbps, (int)effort, seconds };
			o->output[o->n].start_s = start;
			o->output[o->n++].serial = (uint32_t)serial;
			return true;
		}
	return false;
}

static bool read_order(struct render *x, struct qf_span object)
{
	struct order *o = &x->order;
	struct qf_span v, key, item;

	o->limit_dbtp = NAN;
	number(object, "limit_dbtp", &o->limit_dbtp);
	if (!qf_json_get(object, "name", &v) || !(o->name = qf_json_dup(v, &x->texts)) || !number(object, "gain_db", &o->gain_db) ||
	    !qf_json_get(object, "cpu_s", &v) || !qf_json_to_int(v, &o->cpu_s) || !qf_json_get(object, "waveform", &v) ||
	    !qf_json_to_bool(v, &o->waveform) || !qf_json_get(object, "outputs", &v))
		return false;
	while (qf_json_next(&v, &key, &item))
		if (o->n == QF_OUTPUTS || !read_output(o, item))
			return false;
	return true;
}

/* ---- the pass ------------------------------------------------------------------------------------- */

static enum qf_status open_source(struct render *x, const struct qf_decoder *decoder, struct qf_err *e)
{
	const struct qf_decoder *const by[] = { decoder, NULL };
	struct qf_sniff s;
	enum qf_status rc = qf_sniff_file(RENDER_SOURCE, x->order.name, &s, e);

	if (rc == QF_OK && qf_carry_read(&x->tags, RENDER_SOURCE, &s, &x->tag_texts, e) != QF_OK) {
		if (e->code != QF_EFORMAT)
			return e->code;
		*e = (struct qf_err){ 0 }; /* music whose tags cannot be read is music all the same */
	}
	if (rc == QF_OK) /* behind the tags, for TagLib holds a picture as a whole, and gives it back */
		rc = qf_decode_open_by(&x->decode, by, RENDER_SOURCE, x->order.name, &x->info, e);
	return rc;
}

static enum qf_status open_outputs(struct render *x, struct qf_err *e)
{
	bool changed = x->order.gain_db != 0;
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < x->order.n; i++) {
		const struct qf_recipe *r = &x->order.output[i].recipe;

		rc = qf_carry_for(&x->tags_of[i], &x->tags, r->codec, changed, &x->tag_texts, e);
		x->output[i] = (struct qf_output){
			.fd = RENDER_FIRST + (int)i, .recipe = *r, .frames = INT64_MAX,
			.source = { x->info.rate_hz, x->info.channels, x->info.bits, x->order.output[i].serial, &x->tags_of[i], x->info.frames },
		};
		if (r->seconds > 0) {
			x->output[i].from = llrint(x->order.output[i].start_s * x->info.rate_hz);
			x->output[i].frames = llrint(r->seconds * x->info.rate_hz);
			x->output[i].source.frames = x->info.frames - x->output[i].from;
			if (x->output[i].source.frames > x->output[i].frames)
				x->output[i].source.frames = x->output[i].frames;
		}
	}
	x->writing = true;
	if (rc == QF_OK && x->order.n)
		rc = qf_fanout_open(&x->fanout, x->output, x->order.n, e);
	qf_arena_free(&x->tag_texts);
	if (rc == QF_OK)
		x->writing = false;
	if (rc == QF_OK && changed && isfinite(x->order.limit_dbtp))
		rc = qf_limiter_open(&x->limiter, x->info.rate_hz, x->info.channels, x->order.limit_dbtp, e);
	return rc;
}

static enum qf_status hand_on(struct render *x, float *pcm, size_t frames, struct qf_err *e)
{
	enum qf_status rc;

	qf_waveform_feed(&x->waveform, pcm, frames, (size_t)x->info.channels);
	x->writing = true;
	rc = x->fanout ? qf_fanout_write(x->fanout, pcm, frames, e) : QF_OK;
	if (rc == QF_OK)
		x->writing = false;
	return rc;
}

static enum qf_status run(struct render *x, struct qf_err *e)
{
	float gain = (float)pow(10, x->order.gain_db / 20);
	size_t got, most = SAMPLES / (size_t)x->info.channels;
	enum qf_status rc;

	while ((rc = qf_decode_read(x->decode, x->pcm, most, &got, e)) == QF_OK && got) {
		x->frames += (int64_t)got;
		for (size_t i = 0; gain != 1 && i < got * (size_t)x->info.channels; i++)
			x->pcm[i] *= gain;
		if (x->limiter)
			got = qf_limiter_run(x->limiter, x->pcm, got);
		if ((rc = hand_on(x, x->pcm, got, e)) != QF_OK)
			return rc;
	}
	while (rc == QF_OK && x->limiter && (got = qf_limiter_drain(x->limiter, x->pcm, most)) > 0)
		rc = hand_on(x, x->pcm, got, e);
	if (rc != QF_OK || !x->fanout)
		return rc;
	x->writing = true;
	rc = qf_fanout_finish(x->fanout, e);
	if (rc == QF_OK)
		x->writing = false;
	return rc;
}

/* In the form of audiowaveform's JSON, which players in browsers read. */
static enum qf_status put_waveform(struct render *x, struct qf_err *e)
{
	struct qf_features f;
	struct qf_buf out = { 0 };
	size_t n;
	enum qf_status rc;

	qf_features_init(&f);
	rc = qf_waveform_finish(&x->waveform, &f, e);
	n = f.waveform.n / 2;
	qf_buf_printf(&out, "{\"version\":2,\"channels\":1,\"sample_rate\":%d,\"samples_per_pixel\":%lld,\"bits\":8,\"length\":%zu,\"data\":[",
		      x->info.rate_hz, (long long)(n ? (x->frames + (int64_t)n - 1) / (int64_t)n : 1), n);
	for (size_t i = 0; rc == QF_OK && i < f.waveform.n; i++)
		qf_buf_printf(&out, "%s%d", i ? "," : "", f.waveform.v[i]);
	qf_buf_puts(&out, "]}\n");
	if (rc == QF_OK)
		rc = qf_buf_check(&out, e);
	x->writing = true;
	if (rc == QF_OK)
		rc = qf_write_all(RENDER_FIRST + (int)x->order.n, out.p, out.len, e);
	qf_buf_free(&out);
	qf_features_free(&f);
	return rc;
}

/* ---- the answer ---------------------------------------------------------------------------------- */

static const char *class_of(const struct render *x, enum qf_status code)
{
	if (x->writing && code == QF_EIO)
		return "output";
	return code == QF_EFORMAT ? "broken" : code == QF_EUNSUPPORTED ? "unsupported" : code == QF_ENOMEM ? "limit" : "io";
}

static void put_damage(const struct render *x, struct qf_buf *out)
{
	struct qf_decode_damage d;
	char text[128];

	if (!qf_decode_damage(x->decode, &d))
		return;
	snprintf(text, sizeof text, "%lld of %lld frames decoded, %lld errors", (long long)d.decoded, (long long)d.declared,
		 (long long)d.errors);
	qf_json_put_str(out, "damage", text);
}

static int answer(const struct render *x, const struct qf_err *e)
{
	struct qf_buf out = { 0 };
	bool ok = e->code == QF_OK, sent;

	qf_json_open(&out, '{');
	qf_json_put_bool(&out, "ok", ok);
	qf_json_key(&out, ok ? "frames" : "class");
	if (ok) {
		qf_json_int(&out, x->frames);
		qf_json_put_int(&out, "rate_hz", x->info.rate_hz);
		qf_json_put_int(&out, "channels", x->info.channels);
		put_damage(x, &out);
	} else {
		qf_json_str(&out, class_of(x, e->code));
		qf_json_put_str(&out, "text", e->text);
	}
	qf_json_close(&out, '}');
	sent = !out.failed && qf_write_all(STDOUT_FILENO, out.p, out.len, NULL) == QF_OK;
	qf_buf_free(&out);
	return sent ? 0 : 1;
}

static enum qf_status work(struct render *x, const struct qf_decoder *decoder, struct qf_err *e)
{
	enum qf_status rc = open_source(x, decoder, e);

	if (rc == QF_OK)
		rc = open_outputs(x, e);
	if (rc == QF_OK)
		rc = run(x, e);
	if (rc == QF_OK && x->frames == 0)
		rc = qf_fail(e, QF_EFORMAT, "there is no sound in it");
	if (rc == QF_OK && x->order.waveform)
		rc = put_waveform(x, e);
	return rc;
}

int render_main(const struct qf_decoder *decoder)
{
	static struct render x;
	struct qf_buf order = { 0 };
	struct qf_err e = { 0 };
	int code;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mallopt(M_MMAP_THRESHOLD, LARGE); /* fixed, or glibc would keep what a large picture took, for others as large */
	signal(SIGXFSZ, SIG_IGN); /* a file that grows too far is a write that fails */
	if (qf_file_read_fd(STDIN_FILENO, &order, ORDER_MAX, &e) || qf_json_check((struct qf_span){ order.p, order.len }, &e) ||
	    !read_order(&x, (struct qf_span){ order.p, order.len }))
		return 2;
	sandbox_limit(LARGEST_FILE);
	sandbox_cpu((unsigned)x.order.cpu_s);
	sandbox_lock();
	if (work(&x, decoder, &e) == QF_OK)
		e = (struct qf_err){ 0 };
	code = answer(&x, &e);
	qf_limiter_close(x.limiter);
	qf_fanout_close(x.fanout);
	qf_decode_close(x.decode);
	qf_arena_free(&x.texts);
	qf_buf_free(&order);
	return code;
}
