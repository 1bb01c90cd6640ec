#include "cli/crossings.h"

#include "catalog/track.h"
#include "cli/cli.h"
#include "playlist/camelot.h"
#include "rows/rows.h"

#include <math.h>
#include <string.h>

/* ---- what was heard ---------------------------------------------------------------------------------- */

static enum qf_status from_catalog(struct heard *h, const struct qf_entry *t, struct qf_catalog *c, struct qf_err *e)
{
	struct qf_arena texts = { 0 };
	struct qf_features f;
	struct qf_track known;
	int64_t id = t->id;
	enum qf_status rc = QF_OK;

	if (!id || !t->catalog || strcmp(t->catalog, qf_catalog_uuid(c)) != 0)
		rc = qf_catalog_find_path(c, t->path, &id, e);
	if (rc != QF_OK || !id)
		return rc;
	rc = qf_catalog_track(c, id, QF_TRACK_FULL, &texts, &known, &f, e);
	if (rc == QF_OK && known.features) {
		qf_features_free(&h->f);
		h->f = f;
		h->track.features = &h->f;
	} else {
		qf_features_free(&f);
	}
	qf_arena_free(&texts);
	return rc == QF_ENOTFOUND ? QF_OK : rc;
}

static enum qf_status from_row(struct heard *h, struct qf_span row, struct qf_err *e)
{
	struct qf_span features;
	int version;

	qf_features_init(&h->f);
	if (!qf_json_get(row, "features", &features) || qf_json_type(features) == QF_JSON_NULL)
		return QF_OK;
	if (qf_row_get_features(features, &h->f, &version, e) == QF_OK) {
		h->track.features = &h->f;
		return QF_OK;
	}
	qf_features_free(&h->f);
	return qf_err_at(e, "features");
}

enum qf_status heard_open(struct heard *h, const struct tracklist *l, size_t i, struct qf_catalog *c, struct qf_err *e)
{
	enum qf_status rc;

	*h = (struct heard){ .track = { .entry = &l->entries[i] } };
	rc = from_row(h, l->rows[i], e);
	if (rc == QF_EFORMAT)
		return qf_err_at(e, l->entries[i].path);
	return rc == QF_OK && c && h->f.beats_s.n == 0 ? from_catalog(h, &l->entries[i], c, e) : rc;
}

void heard_free(struct heard *h)
{
	if (h->track.entry)
		qf_features_free(&h->f);
	*h = (struct heard){ 0 };
}

void heard_cross(struct heard *out, struct heard *in, const struct qf_transition_how *how, struct qf_transition *t)
{
	qf_transition_find(&out->track, &in->track, how, t);
	in->track.free_s = t->cue_in_s + qf_transition_takes(t);
	if (t->kind == QF_TRANSITION_GAPLESS)
		out->in_album = in->in_album = true;
}

/* ---- rows ------------------------------------------------------------------------------------------------ */

static void put_way(struct qf_buf *b, const struct qf_transition *t)
{
	qf_json_put_str(b, "kind", qf_transition_kinds[t->kind]);
	qf_json_opt_num(b, "cue_out_s", t->cue_out_s, 3);
	qf_json_opt_num(b, "cue_in_s", t->cue_in_s, 3);
	qf_json_opt_num(b, "length_s", t->length_s, 3);
	if (t->kind == QF_TRANSITION_BEATS) {
		qf_json_put_int(b, "beats", t->beats);
		qf_json_opt_num(b, "stretch", t->stretch, 5);
		qf_json_opt_num(b, "beats_apart_ms", 1000 * t->apart_s, 1);
	}
	if (!isnan(t->key_price))
		qf_json_put_str(b, "keys", t->key_price > QF_CAMELOT_NEAR ? "clash" : t->key_price > 0 ? "near" : "same");
	qf_json_put_str(b, "why", qf_transition_whys[t->why]);
}

void put_transition(struct qf_buf *b, const struct qf_transition *t, double gain_db)
{
	qf_json_open(b, '{');
	if (t)
		put_way(b, t);
	else
		qf_json_put_str(b, "kind", "end");
	qf_json_opt_num(b, "gain_db", gain_db, 2);
	qf_json_close(b, '}');
}

static enum qf_status add_to_row(struct tracklist *l, size_t i, const struct qf_transition *t, double gain_db, struct qf_err *e)
{
	struct qf_buf value = { 0 }, row = { 0 };
	enum qf_status rc;

	put_transition(&value, t, gain_db);
	rc = qf_buf_check(&value, e);
	if (rc == QF_OK) {
		const struct qf_row_edit edit = { "transition", { value.p, value.len } };
		char *kept;

		qf_row_write(&row, l->rows[i], &edit, 1);
		rc = qf_buf_check(&row, e);
		kept = rc == QF_OK ? qf_arena_dup(&l->texts, row.p, row.len - 1) : NULL;
		if (kept)
			l->rows[i] = (struct qf_span){ kept, row.len - 1 };
		else if (rc == QF_OK)
			rc = qf_fail(e, QF_ENOMEM, "out of memory");
	}
	qf_buf_free(&value);
	qf_buf_free(&row);
	return rc;
}

static enum qf_status open_or_warn(struct heard *h, const struct tracklist *l, size_t i, struct qf_catalog *c, int *code, struct qf_err *e)
{
	enum qf_status rc = heard_open(h, l, i, c, e);

	if (rc != QF_EFORMAT)
		return rc;
	cli_warn(e);
	*code = EXIT_SOME;
	return QF_OK;
}

int crossings_add(struct tracklist *l, struct qf_catalog *c)
{
	struct heard heard[2] = { 0 }; /* by turns */
	struct qf_transition t;
	struct qf_err e = { 0 };
	int code = EXIT_OK;
	enum qf_status rc = l->n ? open_or_warn(&heard[0], l, 0, c, &code, &e) : QF_OK;

	for (size_t i = 0; rc == QF_OK && i < l->n; i++) {
		struct heard *out = &heard[i % 2], *in = &heard[(i + 1) % 2];
		bool last = i + 1 == l->n;

		if (!last && (rc = open_or_warn(in, l, i + 1, c, &code, &e)) != QF_OK)
			break;
		if (!last)
			heard_cross(out, in, &qf_transition_usual, &t);
		rc = add_to_row(l, i, last ? NULL : &t, qf_mix_gain_db(out->track.features, out->in_album, QF_MIX_LUFS), &e);
		heard_free(out);
	}
	heard_free(&heard[0]);
	heard_free(&heard[1]);
	return rc == QF_OK ? code : cli_die(&e);
}
