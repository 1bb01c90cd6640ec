#include "audio/carry.h"

#include "audio/tags.h"
#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What tells of the file that it came from. */
static const char *const left_behind[] = {
	"COMMENT:ITUNNORM", "COMMENT:ITUNSMPB", "ENCODER", "ENCODERSETTINGS", "ENCODING", "ITUNNORM", "ITUNSMPB", "LENGTH", "MD5", "PICTUREBYTES",
	"PICTURECOUNT", "PICTUREMIME", "PICTURETYPE", "WAVEFORMATEXTENSIBLE_CHANNEL_MASK",
};

struct reading {
	struct qf_carried *out;
	struct qf_arena *a;
	size_t room;
	bool failed;
};

static bool grow(struct qf_carried *t, struct qf_arena *a, size_t *room)
{
	size_t more = *room ? 2 * *room : 32;
	struct qf_carry *tag = qf_arena_get(a, more, sizeof *tag);

	if (!tag)
		return false;
	if (t->n)
		memcpy(tag, t->tag, t->n * sizeof *tag);
	t->tag = tag;
	*room = more;
	return true;
}

static void take(void *user, const char *key, const char *value, size_t n, int cut)
{
	struct reading *r = user;
	struct qf_carry *t;

	(void)cut;
	for (size_t i = 0; i < sizeof left_behind / sizeof left_behind[0]; i++)
		if (strcmp(key, left_behind[i]) == 0)
			return;
	if (r->failed || n == 0 || memchr(value, '\0', n))
		return;
	if (r->out->n == r->room && !grow(r->out, r->a, &r->room)) {
		r->failed = true;
		return;
	}
	t = &r->out->tag[r->out->n];
	t->key = qf_arena_dup(r->a, key, strlen(key));
	t->value = (struct qf_span){ qf_arena_dup(r->a, value, n), n };
	r->failed = !t->key || !t->value.p;
	r->out->n++;
}

static void take_cover(void *user, const char *mime, const char *bytes, size_t n)
{
	struct reading *r = user;

	if (n > QF_COVER_MAX)
		return;
	r->out->mime = (struct qf_span){ qf_arena_dup(r->a, mime, strlen(mime)), strlen(mime) };
	r->out->cover = (struct qf_span){ qf_arena_dup(r->a, bytes, n), n };
	r->failed |= !r->out->mime.p || !r->out->cover.p;
}

enum qf_status qf_carry_read(struct qf_carried *out, int fd, const struct qf_sniff *s, struct qf_arena *a, struct qf_err *e)
{
	struct reading r = { .out = out, .a = a };
	struct qf_audio_props props;
	enum qf_status rc;

	*out = (struct qf_carried){ 0 };
	rc = qf_tags_read(fd, s, take, &r, &props, e);
	if (rc == QF_OK)
		rc = qf_carry_cover(fd, s, take_cover, &r, e);
	return rc == QF_OK && r.failed ? qf_fail(e, QF_ENOMEM, "out of memory for the tags") : rc;
}

/* ---- gains ------------------------------------------------------------------------------------- */

static const struct { const char *gain, *r128; } gains[] = {
	{ "REPLAYGAIN_TRACK_GAIN", "R128_TRACK_GAIN" }, { "REPLAYGAIN_ALBUM_GAIN", "R128_ALBUM_GAIN" },
};
enum { GAINS = sizeof gains / sizeof gains[0] };
#define R128_BELOW_DB 5.0 /* ReplayGain 2.0 aims at -18 LUFS, R128 at -23 */

static const struct qf_carry *find(const struct qf_carried *t, const char *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->tag[i].key, key) == 0)
			return &t->tag[i];
	return NULL;
}

static bool about_level(const char *key)
{
	return strncmp(key, "REPLAYGAIN_", 11) == 0 || strncmp(key, "R128_", 5) == 0;
}

/* The gain in the codec's manner, as text; false: the file does not tell it. */
static bool gain_text(const struct qf_carried *in, int i, enum qf_codec codec, char *text, size_t size)
{
	const struct qf_carry *gain = find(in, gains[i].gain), *r128 = find(in, gains[i].r128);
	double db = gain ? strtod(gain->value.p, NULL) : r128 ? strtod(r128->value.p, NULL) / 256 + R128_BELOW_DB : NAN;

	if (!isfinite(db) || fabs(db) > 100)
		return false;
	if (codec == QF_CODEC_OPUS)
		snprintf(text, size, "%ld", lrint((db - R128_BELOW_DB) * 256));
	else
		snprintf(text, size, "%.2f dB", db);
	return true;
}

enum qf_status qf_carry_for(struct qf_carried *out, const struct qf_carried *in, enum qf_codec codec, bool level_changed,
			    struct qf_arena *a, struct qf_err *e)
{
	bool opus = codec == QF_CODEC_OPUS;

	*out = *in;
	out->n = 0;
	out->tag = qf_arena_get(a, in->n + GAINS, sizeof *out->tag);
	if (!out->tag)
		return qf_fail(e, QF_ENOMEM, "out of memory for the tags");
	for (size_t i = 0; i < in->n; i++) /* peaks are of ReplayGain only, and hold as long as the level does */
		if (!about_level(in->tag[i].key) || (!level_changed && !opus && strstr(in->tag[i].key, "_PEAK")))
			out->tag[out->n++] = in->tag[i];
	for (int i = 0; i < GAINS && !level_changed; i++) {
		char text[32];
		struct qf_carry *t = &out->tag[out->n];

		if (!gain_text(in, i, codec, text, sizeof text))
			continue;
		t->key = opus ? gains[i].r128 : gains[i].gain;
		t->value = (struct qf_span){ qf_arena_dup(a, text, strlen(text)), strlen(text) };
		if (!t->value.p)
			return qf_fail(e, QF_ENOMEM, "out of memory for the tags");
		out->n++;
	}
	return QF_OK;
}

enum qf_status qf_carry_write(int fd, const struct qf_buf *b, const struct qf_inset *cover, struct qf_err *e)
{
	if (b->len == 0)
		return QF_OK;
	if (qf_write_all(fd, b->p, cover->at, e) || qf_write_all(fd, cover->bytes.p, cover->bytes.n, e))
		return e->code;
	return qf_write_all(fd, b->p + cover->at, b->len - cover->at, e);
}
