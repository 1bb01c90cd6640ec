#define _GNU_SOURCE
#include "cli/mixing.h"

#include "audio/encode.h"
#include "cli/cli.h"
#include "cli/crossings.h"
#include "cli/sound.h"
#include "cli/workshop.h"
#include "station/mixer.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLAYERS = 3 }; /* the track under way, the next one, and the one that decides how that goes on */

struct player {
	size_t i; /* of the list */
	bool here;
	struct heard heard;
	struct sound sound;
	struct qf_mix_source source;
	double from_s; /* where in the track it begins */
};

struct work {
	const struct mixing *x;
	const struct tracklist *l;
	struct qf_catalog *c;
	struct player player[PLAYERS];
	size_t next; /* of the list, to be looked at */
	struct qf_transition t[2]; /* into the next one, and from there on */
	struct qf_mixer *mixer;
	struct qf_encode *encoder;
	struct qf_encode_source source;
	struct qf_carried tags;
	struct workshop shop;
	int fd;
	struct qf_buf rows;
	int code;
};

/* ---- players ------------------------------------------------------------------------------------------- */

static void player_close(struct work *w, struct player *p)
{
	if (p->sound.why.code != QF_OK) {
		cli_say("%s: %s", w->l->entries[p->i].path, p->sound.why.text);
		w->code = EXIT_SOME;
	}
	sound_close(&p->sound);
	heard_free(&p->heard);
	*p = (struct player){ 0 };
}

/* What is wrong with a track, and the rest goes on. */
static enum qf_status pass_over(struct work *w, struct qf_err *e)
{
	cli_warn(e);
	*e = (struct qf_err){ 0 };
	w->code = EXIT_SOME;
	return QF_OK;
}

/* Its sound, if that will be heard, and what was heard of it before. */
static enum qf_status player_open(struct work *w, struct player *p, size_t i, struct qf_err *e)
{
	const struct qf_entry *t = &w->l->entries[i];
	bool with_sound = !w->x->only || i + 1 == w->x->only || i == w->x->only;
	enum qf_status rc = with_sound ? sound_open(&p->sound, t->path, w->x->rate_hz, t->duration_ms, e) : QF_OK;

	if (rc != QF_OK)
		return rc;
	p->i = i;
	p->here = true;
	p->source = (struct qf_mix_source){ sound_read, &p->sound };
	rc = heard_open(&p->heard, w->l, i, w->c, e);
	if (rc == QF_EFORMAT)
		rc = pass_over(w, e);
	if (rc == QF_OK && with_sound && isnan(p->heard.f.loudness_lufs)) {
		cli_say("%s: how loud it is is not known (`qfzz features`): its level stays as it is", t->path);
		w->code = EXIT_SOME;
	}
	return rc;
}

/* The next track that can be played, if there is one. */
static enum qf_status player_next(struct work *w, struct player *p, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && !p->here && w->next < w->l->n) {
		rc = player_open(w, p, w->next++, e);
		if (rc == QF_EFORMAT || rc == QF_ENOTFOUND || rc == QF_EUNSUPPORTED) {
			p->sound = (struct sound){ 0 };
			rc = pass_over(w, e);
		}
	}
	return rc;
}

static double gain_of(const struct work *w, const struct player *p)
{
	return qf_mix_gain_db(p->heard.track.features, p->heard.in_album, w->x->lufs);
}

/* ---- the file ------------------------------------------------------------------------------------------ */

static enum qf_status write_frames(void *user, const float *pcm, size_t frames, struct qf_err *e)
{
	struct work *w = user;

	if (cli.interrupted)
		return qf_fail(e, QF_EIO, "interrupted");
	cli_progress((uint64_t)qf_mixer_at_s(w->mixer), 0, "seconds");
	if (w->x->look && looking_hear(w->x->look, pcm, frames, e) != QF_OK)
		return e->code;
	if (!w->encoder || qf_encode_write(w->encoder, pcm, frames, e) == QF_OK)
		return QF_OK;
	return qf_err_at(e, w->x->output);
}

static void look(void *user, const float *odd, const float *even, size_t frames)
{
	struct work *w = user;

	looking_see(w->x->look, odd, even, frames);
}

static void split(const char *output, struct qf_buf *folder, const char **file)
{
	const char *slash = strrchr(output, '/');

	*file = slash ? slash + 1 : output;
	qf_buf_put(folder, output, slash > output ? (size_t)(slash - output) : slash ? 1 : 0);
	if (!slash)
		qf_buf_puts(folder, ".");
}

static enum qf_status open_file(struct work *w, struct qf_err *e)
{
	const struct qf_recipe flac = { .codec = QF_CODEC_FLAC, .effort = 5 };
	struct qf_buf folder = { 0 };
	const char *file;
	enum qf_status rc;

	split(w->x->output, &folder, &file);
	rc = qf_buf_check(&folder, e);
	if (rc == QF_OK)
		rc = workshop_open(&w->shop, folder.p, e);
	if (rc == QF_OK && (w->fd = workshop_file(&w->shop, "mix", e)) < 0)
		rc = e->code;
	w->source = (struct qf_encode_source){ .rate_hz = w->x->rate_hz, .channels = QF_MIX_CHANNELS, .bits = w->x->bits, .tags = &w->tags };
	if (rc == QF_OK)
		rc = qf_encode_open(&w->encoder, w->fd, &flac, &w->source, e);
	qf_buf_free(&folder);
	return rc;
}

static enum qf_status deliver(struct work *w, struct qf_err *e)
{
	struct qf_buf folder = { 0 };
	const char *file;
	enum qf_status rc = qf_encode_finish(w->encoder, e);

	split(w->x->output, &folder, &file);
	if (rc != QF_OK)
		qf_err_at(e, w->x->output);
	else if ((rc = qf_buf_check(&folder, e)) == QF_OK)
		rc = workshop_deliver(&w->shop, "mix", w->fd, folder.p, file, e);
	if (rc == QF_OK)
		rc = workshop_settle(folder.p, file, e);
	qf_buf_free(&folder);
	return rc;
}

/* ---- rows ------------------------------------------------------------------------------------------------ */

static enum qf_status add_row(struct work *w, const struct player *p, double at_s, const struct qf_transition *t, struct qf_err *e)
{
	struct qf_buf mix = { 0 }, transition = { 0 };
	enum qf_status rc;

	qf_json_open(&mix, '{');
	qf_json_put_num(&mix, "at_s", at_s, 3);
	qf_json_put_num(&mix, "from_s", p->from_s, 3);
	qf_json_close(&mix, '}');
	put_transition(&transition, t, gain_of(w, p));
	if ((rc = qf_buf_check(&mix, e)) == QF_OK && (rc = qf_buf_check(&transition, e)) == QF_OK) {
		const struct qf_row_edit edits[] = { { "mix", { mix.p, mix.len } }, { "transition", { transition.p, transition.len } } };

		qf_row_write(&w->rows, w->l->rows[p->i], edits, 2);
		rc = qf_buf_check(&w->rows, e);
	}
	qf_buf_free(&mix);
	qf_buf_free(&transition);
	return rc;
}

static void print_rows(const struct qf_buf *rows)
{
	const char *p = rows->p, *end = p + rows->len, *nl;

	for (; p < end && (nl = memchr(p, '\n', (size_t)(end - p))) != NULL; p = nl + 1)
		cli_row((struct qf_span){ p, (size_t)(nl - p) });
}

/* ---- the mix ----------------------------------------------------------------------------------------------- */

static enum qf_status begin(struct work *w, struct player *p, struct qf_err *e)
{
	const struct qf_features *f = p->heard.track.features;

	p->from_s = f && f->silence_head_s > 0 && f->silence_head_s < f->duration_s && w->t[0].kind != QF_TRANSITION_GAPLESS ? f->silence_head_s : 0;
	if (w->x->only)
		p->from_s = fmax(p->from_s, (isnan(w->t[0].cue_out_s) ? f && f->duration_s > 0 ? f->duration_s : 0 : w->t[0].cue_out_s) - w->x->around_s);
	return qf_mixer_start(w->mixer, &p->source, gain_of(w, p), p->from_s, e);
}

static enum qf_status go_over(struct work *w, struct player *out, struct player *in, double began_s, struct qf_err *e)
{
	struct qf_knot knot[QF_KNOTS];
	size_t n = qf_transition_knots(&w->t[0], &out->heard.track, &in->heard.track, knot);
	enum qf_status rc = qf_mixer_cross(w->mixer, &in->source, gain_of(w, in), &w->t[0], knot, n, e);

	in->from_s = w->t[0].cue_in_s;
	return rc == QF_OK ? add_row(w, out, began_s, &w->t[0], e) : rc;
}

static enum qf_status look_at(struct work *w, const struct player *out, const struct player *in, struct qf_err *e)
{
	struct looking_side sides[2] = {
		{ &w->l->entries[out->i], &out->heard.track, out->from_s },
		{ &w->l->entries[in->i], &in->heard.track, in->from_s },
	};

	return looking_at(w->x->look, &w->t[0], sides, qf_mixer_began_s(w->mixer), e);
}

/* The track under way, how it goes on, and whether that is what was asked for. */
static enum qf_status play(struct work *w, struct player *const p[PLAYERS], bool first, struct qf_err *e)
{
	double began = qf_mixer_began_s(w->mixer);
	enum qf_status rc = first || w->x->only ? begin(w, p[0], e) : QF_OK;

	if (rc == QF_OK && p[1]->here)
		rc = go_over(w, p[0], p[1], began, e);
	if (rc == QF_OK && (w->x->only || !p[1]->here))
		rc = qf_mixer_finish(w->mixer, w->x->only ? w->x->around_s : INFINITY, e);
	if (rc == QF_OK && w->x->look && p[1]->here)
		rc = look_at(w, p[0], p[1], e);
	return rc == QF_OK && !p[1]->here ? add_row(w, p[0], began, NULL, e) : rc;
}

static enum qf_status look_ahead(struct work *w, struct player *out, struct player *in, struct qf_transition *t, struct qf_err *e)
{
	enum qf_status rc = player_next(w, in, e);

	if (rc == QF_OK && in->here)
		heard_cross(&out->heard, &in->heard, &w->x->how, t);
	return rc;
}

static enum qf_status mix(struct work *w, struct qf_err *e)
{
	struct player *p[PLAYERS] = { &w->player[0], &w->player[1], &w->player[2] };
	bool done = false;
	enum qf_status rc = player_next(w, p[0], e);

	if (rc == QF_OK && p[0]->here)
		rc = look_ahead(w, p[0], p[1], &w->t[0], e);
	for (size_t k = 0; rc == QF_OK && p[0]->here && !done; k++) {
		struct player *gone = p[0];

		if (p[1]->here)
			rc = look_ahead(w, p[1], p[2], &w->t[1], e);
		done = w->x->only && p[0]->i + 1 == w->x->only;
		if (rc == QF_OK && (!w->x->only || (done && p[1]->here && p[1]->i == w->x->only)))
			rc = play(w, p, k == 0, e);
		player_close(w, gone);
		p[0] = p[1];
		p[1] = p[2];
		p[2] = gone;
		w->t[0] = w->t[1];
	}
	for (size_t i = 0; i < PLAYERS; i++)
		player_close(w, p[i]);
	return rc;
}

static enum qf_status run(struct work *w, struct qf_err *e)
{
	const struct qf_mix_sink sink = { write_frames, w->x->look ? look : NULL, w };
	enum qf_status rc = w->x->output ? open_file(w, e) : QF_OK;

	if (rc == QF_OK)
		rc = qf_mixer_open(&w->mixer, w->x->rate_hz, &sink, e);
	if (rc == QF_OK)
		rc = mix(w, e);
	cli_progress_end();
	if (rc == QF_OK && !w->rows.len) {
		cli_say("nothing could be played; nothing is written");
		w->code = EXIT_SOME;
		return QF_OK;
	}
	if (rc == QF_OK && w->x->output)
		rc = deliver(w, e);
	if (rc == QF_OK)
		print_rows(&w->rows);
	return rc;
}

/* Whether writing `output` would replace one of the tracks. */
static bool is_a_track(const char *output, const struct tracklist *l)
{
	struct stat to, track;

	for (size_t i = 0; output && stat(output, &to) == 0 && i < l->n; i++)
		if (stat(l->entries[i].path, &track) == 0 && track.st_dev == to.st_dev && track.st_ino == to.st_ino)
			return true;
	return false;
}

int mixing_run(const struct mixing *x, const struct tracklist *l, struct qf_catalog *c)
{
	struct work w = { .x = x, .l = l, .c = c, .fd = -1, .code = EXIT_OK };
	struct qf_err e = { 0 };

	if (x->only && x->only >= l->n) {
		cli_say("there is no transition %zu between %zu tracks", x->only, l->n);
		return EXIT_SOME;
	}
	if (is_a_track(x->output, l)) {
		cli_say("%s: that is one of the tracks; originals are not written to", x->output);
		return EXIT_USAGE;
	}
	if (run(&w, &e) != QF_OK)
		w.code = cli.interrupted ? EXIT_FATAL : cli_die(&e);
	qf_mixer_close(w.mixer);
	qf_encode_close(w.encoder);
	if (w.fd >= 0)
		close(w.fd);
	workshop_close(&w.shop);
	qf_buf_free(&w.rows);
	return w.code;
}
