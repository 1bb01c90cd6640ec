/* qfzz-segment - the worker of `qfzz package`. Not for use by hand; worker/segment.h. */
#include "worker/segment.h"

#include "audio/packets.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "rows/json.h"
#include "station/fmp4.h"
#include "station/packed.h"
#include "worker/sandbox.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { ORDER_MAX = 1 << 16 };

struct segment { /* the one that is filled */
	struct qf_buf bytes;       /* of its packets */
	struct qf_packet *packet;  /* [n]; p is set when all are there */
	size_t n, cap;
	uint64_t at, frames;       /* where it begins, counted from the first packet, and how long it is */
};

struct segmenter {
	struct qf_arena texts;
	const char *name;
	int64_t cpu_s, target_s;
	bool adts, packed;
	uint32_t frame; /* of the first packet: AAC and MP3 have frames of one length */
	struct qf_packets *packets;
	struct qf_sound sound;
	struct segment now;
	uint32_t number;
	struct qf_buf out;
};

static bool read_order(struct segmenter *x, struct qf_span object)
{
	struct qf_span v;

	return qf_json_get(object, "name", &v) && (x->name = qf_json_dup(v, &x->texts)) && qf_json_get(object, "cpu_s", &v) &&
	       qf_json_to_int(v, &x->cpu_s) && qf_json_get(object, "target_s", &v) && qf_json_to_int(v, &x->target_s) && x->target_s > 0 &&
	       qf_json_get(object, "adts", &v) && qf_json_to_bool(v, &x->adts);
}

/* ---- what goes out ---------------------------------------------------------------------------------- */

static enum qf_status send(struct qf_buf *line, const struct qf_buf *bytes, struct qf_err *e)
{
	qf_json_close(line, '}');
	qf_buf_putc(line, '\n');
	if (qf_buf_check(line, e) || qf_write_all(STDOUT_FILENO, line->p, line->len, e) ||
	    (bytes && qf_write_all(STDOUT_FILENO, bytes->p, bytes->len, e)))
		return e->code;
	return QF_OK;
}

static enum qf_status send_head(struct segmenter *x, struct qf_err *e)
{
	struct qf_buf line = { 0 }, codecs = { 0 };
	enum qf_status rc;

	(x->packed ? qf_packed_put_codecs : qf_fmp4_put_codecs)(&codecs, &x->sound);
	qf_buf_clear(&x->out);
	if (!x->packed)
		qf_fmp4_put_init(&x->out, &x->sound);
	qf_json_open(&line, '{');
	qf_json_put_str(&line, "codec", qf_sound_names[x->sound.codec]);
	qf_json_key(&line, "codecs");
	qf_json_strn(&line, codecs.p, codecs.len);
	qf_json_put_str(&line, "suffix", x->packed ? qf_packed_suffix(&x->sound) : ".m4s");
	qf_json_put_int(&line, "init", (int64_t)x->out.len);
	rc = qf_buf_check(&x->out, e);
	if (rc == QF_OK)
		rc = send(&line, &x->out, e);
	qf_buf_free(&line);
	qf_buf_free(&codecs);
	return rc;
}

/* Microseconds that are heard up to this frame; differences of it add up to the whole without rest. */
static int64_t heard_us(const struct segmenter *x, uint64_t frames)
{
	uint64_t skip = x->packed ? 0 : x->sound.skip, rate = x->sound.rate_hz;

	frames -= frames < skip ? frames : skip;
	return (int64_t)(frames / rate * 1000000 + (frames % rate * 1000000 + rate / 2) / rate);
}

static enum qf_status send_segment(struct segmenter *x, struct qf_err *e)
{
	struct segment *s = &x->now;
	const uint8_t *p = (const uint8_t *)s->bytes.p;
	struct qf_buf line = { 0 };
	enum qf_status rc;

	for (size_t i = 0; i < s->n; p += s->packet[i++].n)
		s->packet[i].p = p;
	qf_buf_clear(&x->out);
	rc = x->packed ? qf_packed_put_segment(&x->out, &x->sound, s->at, s->packet, s->n, e) :
			 qf_fmp4_put_fragment(&x->out, ++x->number, s->at, s->packet, s->n, e);
	qf_json_open(&line, '{');
	qf_json_put_int(&line, "bytes", (int64_t)x->out.len);
	qf_json_put_int(&line, "us", heard_us(x, s->at + s->frames) - heard_us(x, s->at));
	if (rc == QF_OK)
		rc = send(&line, &x->out, e);
	qf_buf_free(&line);
	s->at += s->frames;
	s->frames = 0;
	s->n = 0;
	qf_buf_clear(&s->bytes);
	return rc;
}

/* ---- what comes in ----------------------------------------------------------------------------------- */

static enum qf_status add(struct segment *s, const struct qf_packet *p, struct qf_err *e)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 1024;
		struct qf_packet *more = qf_realloc(s->packet, cap, sizeof *more);

		if (!more)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu packets", cap);
		s->packet = more;
		s->cap = cap;
	}
	if (s->n == SEGMENT_PACKETS || s->bytes.len + p->n > SEGMENT_MOST / 2)
		return qf_fail(e, QF_EFORMAT, "a segment would have more than %d bytes, or %d packets", SEGMENT_MOST / 2, SEGMENT_PACKETS);
	qf_buf_put(&s->bytes, p->p, p->n);
	s->packet[s->n++] = (struct qf_packet){ NULL, p->n, p->frames };
	s->frames += p->frames;
	return qf_buf_check(&s->bytes, e);
}

/* A packet that is all padding ends no segment: a segment is heard. */
static bool is_full(const struct segmenter *x, const struct qf_packet *next)
{
	uint64_t end = x->now.at + x->now.frames, target = (uint64_t)x->target_s * x->sound.rate_hz, skip = x->packed ? 0 : x->sound.skip;

	return x->now.n && next->frames && end > skip && (end - skip) / target > (x->now.at < skip ? 0 : (x->now.at - skip) / target);
}

static enum qf_status run(struct segmenter *x, struct qf_err *e)
{
	struct qf_packet p;
	bool more;
	enum qf_status rc = qf_packets_open(&x->packets, SEGMENT_FILE, x->name, &x->sound, e);

	x->packed = rc == QF_OK && (x->sound.codec == QF_SOUND_MP3 || (x->adts && x->sound.codec == QF_SOUND_AAC));
	if (x->packed && !qf_packed_holds(&x->sound))
		rc = qf_fail(e, QF_EUNSUPPORTED, "AAC of a kind that ADTS headers cannot describe");
	if (rc == QF_OK)
		rc = send_head(x, e);
	while (rc == QF_OK && (rc = qf_packets_next(x->packets, &p, &more, e)) == QF_OK && more) {
		if (!x->frame)
			x->frame = p.frames;
		if (x->packed) /* padding cannot be told in it: every frame is heard to its end */
			p.frames = x->frame;
		if (is_full(x, &p))
			rc = send_segment(x, e);
		if (rc == QF_OK)
			rc = add(&x->now, &p, e);
	}
	if (rc == QF_OK && heard_us(x, x->now.at + x->now.frames) == 0)
		rc = qf_fail(e, QF_EFORMAT, "there is no sound in it");
	return rc == QF_OK && x->now.n ? send_segment(x, e) : rc;
}

static int answer(const struct qf_err *e)
{
	struct qf_buf line = { 0 };
	enum qf_status rc;

	qf_json_open(&line, '{');
	qf_json_put_bool(&line, "ok", e->code == QF_OK);
	if (e->code != QF_OK)
		qf_json_put_str(&line, "text", e->text);
	rc = send(&line, NULL, NULL);
	qf_buf_free(&line);
	return rc == QF_OK ? 0 : 1;
}

int main(void)
{
	struct segmenter x = { 0 };
	struct qf_buf order = { 0 };
	struct qf_err e = { 0 };
	int code;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (qf_file_read_fd(STDIN_FILENO, &order, ORDER_MAX, &e) || qf_json_check((struct qf_span){ order.p, order.len }, &e) ||
	    !read_order(&x, (struct qf_span){ order.p, order.len }))
		return 2;
	sandbox_limit(0);
	sandbox_cpu((unsigned)x.cpu_s);
	sandbox_lock();
	run(&x, &e);
	code = answer(&e);
	qf_packets_close(x.packets);
	qf_buf_free(&x.now.bytes);
	qf_free(x.now.packet);
	qf_buf_free(&x.out);
	qf_buf_free(&order);
	qf_arena_free(&x.texts);
	return code;
}
