#define _GNU_SOURCE
#include "worker/sound.h"

#include "audio/reshape.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "rows/json.h"
#include "worker/sandbox.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { SAMPLES = SOUND_BLOCK * 8, ORDER_MAX = 4096 };

struct order {
	char *name;
	int64_t cpu_s, rate_hz;
};

static bool read_order(struct order *o, struct qf_span object, struct qf_arena *a)
{
	struct qf_span v;

	return qf_json_get(object, "name", &v) && (o->name = qf_json_dup(v, a)) != NULL && qf_json_get(object, "cpu_s", &v) &&
	       qf_json_to_int(v, &o->cpu_s) && qf_json_get(object, "rate_hz", &v) && qf_json_to_int(v, &o->rate_hz);
}

/* One write for a block: a header in front of its samples. */
static enum qf_status send_block(void *user, const float *pcm, size_t frames, struct qf_err *e)
{
	static char block[sizeof(uint32_t) + sizeof(float) * SOUND_BLOCK * SOUND_CHANNELS];
	uint32_t n = (uint32_t)frames;

	(void)user;
	if (!frames)
		return QF_OK;
	memcpy(block, &n, sizeof n);
	memcpy(block + sizeof n, pcm, frames * SOUND_CHANNELS * sizeof *pcm);
	return qf_write_all(STDOUT_FILENO, block, sizeof n + frames * SOUND_CHANNELS * sizeof *pcm, e);
}

static enum qf_status send_all(struct qf_decode *d, struct qf_reshape *r, int channels, struct qf_err *e)
{
	static float pcm[SAMPLES];
	size_t most = (size_t)(SAMPLES / channels), got, sum = 0;
	enum qf_status rc;

	if (most > QF_RESHAPE_BLOCK)
		most = QF_RESHAPE_BLOCK;
	while ((rc = qf_decode_read(d, pcm, most, &got, e)) == QF_OK && got && (rc = qf_reshape_write(r, pcm, got, send_block, NULL, e)) == QF_OK)
		sum += got;
	if (rc == QF_OK)
		rc = qf_reshape_finish(r, send_block, NULL, e);
	return rc == QF_OK && sum == 0 ? qf_fail(e, QF_EFORMAT, "there is no sound in it") : rc;
}

static void put_damage(struct qf_buf *out, const struct qf_decode *d)
{
	struct qf_decode_damage damage;
	char text[128];

	if (!d || !qf_decode_damage(d, &damage))
		return;
	snprintf(text, sizeof text, "%lld of %lld frames decoded, %lld errors", (long long)damage.decoded, (long long)damage.declared,
		 (long long)damage.errors);
	qf_json_put_str(out, "damage", text);
}

static int answer(const struct qf_decode *d, const struct qf_err *e)
{
	const uint32_t end = 0;
	struct qf_buf out = { 0 };
	bool sent;

	qf_buf_put(&out, &end, sizeof end);
	qf_buf_puts(&out, e->code == QF_OK ? "{\"ok\":true" : "{\"ok\":false");
	if (e->code == QF_OK)
		put_damage(&out, d);
	else
		qf_json_put_str(&out, "text", e->text);
	qf_json_close(&out, '}');
	sent = !out.failed && qf_write_all(STDOUT_FILENO, out.p, out.len, NULL) == QF_OK;
	qf_buf_free(&out);
	return sent ? 0 : 1;
}

int sound_main(const struct qf_decoder *decoder)
{
	const struct qf_decoder *const by[] = { decoder, NULL };
	struct qf_buf text = { 0 };
	struct qf_arena a = { 0 };
	struct order order;
	struct qf_decode *d = NULL;
	struct qf_reshape *r = NULL;
	struct qf_audio_info info;
	struct qf_err e = { 0 };
	int code;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (qf_file_read_fd(STDIN_FILENO, &text, ORDER_MAX, &e) || qf_json_check((struct qf_span){ text.p, text.len }, &e) ||
	    !read_order(&order, (struct qf_span){ text.p, text.len }, &a))
		return 2;
	sandbox_limit(0);
	sandbox_cpu((unsigned)order.cpu_s);
	sandbox_lock();
	if (qf_decode_open_by(&d, by, SOUND_SOURCE, order.name, &info, &e) == QF_OK &&
	    qf_reshape_open(&r, (struct qf_shape){ info.rate_hz, info.channels }, (struct qf_shape){ (int)order.rate_hz, SOUND_CHANNELS }, &e) == QF_OK &&
	    send_all(d, r, info.channels, &e) == QF_OK)
		e = (struct qf_err){ 0 };
	code = answer(d, &e);
	qf_reshape_close(r);
	qf_decode_close(d);
	qf_arena_free(&a);
	qf_buf_free(&text);
	return code;
}
