#define _GNU_SOURCE
#include "cli/onair.h"

#include "catalog/track.h"
#include "cli/cli.h"
#include "rows/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void cli_put_moment(struct qf_buf *out, int64_t ms, const struct qf_zone *zone)
{
	int64_t s = ms / 1000 - (ms % 1000 < 0);
	int offset = zone->offset_s(zone->ctx, s), minutes = offset / 60;
	time_t local = (time_t)(s + offset);
	struct tm tm;

	if (!gmtime_r(&local, &tm))
		memset(&tm, 0, sizeof tm);
	qf_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		      tm.tm_sec, (int)(ms - s * 1000), minutes < 0 ? '-' : '+', (minutes < 0 ? -minutes : minutes) / 60,
		      (minutes < 0 ? -minutes : minutes) % 60);
}

/* The gain to the daypart's loudness that no true peak forbids; NaN: not known, or not wanted. */
static double gain_of(const struct qf_features *f, double lufs, double *missing)
{
	double gain = lufs - f->loudness_lufs, room = CLI_PEAK_DBTP - f->true_peak_dbtp;

	*missing = 0;
	if (!(gain > room))
		return gain;
	*missing = gain - room;
	return room;
}

/* What stands in a sentence between the words. */
static void put_name(struct qf_buf *b, const struct qf_track *t)
{
	const char *name = t->title ? NULL : strrchr(t->path, '/');

	qf_buf_printf(b, "\"%s\"", t->title ? t->title : name ? name + 1 : t->path);
	if (t->artist)
		qf_buf_printf(b, " by %s", t->artist);
	if (t->year)
		qf_buf_printf(b, ", %d", t->year);
}

static void put_step(struct qf_buf *b, const struct cli_onair *o, const struct qf_features *f)
{
	double step = f->tempo_bpm - o->last_tempo_bpm;

	if (!isnan(f->tempo_bpm)) {
		qf_buf_printf(b, " %.0f BPM", f->tempo_bpm);
		if (isnan(step))
			qf_buf_puts(b, ".");
		else if (fabs(step) < 0.5)
			qf_buf_puts(b, ", as before.");
		else
			qf_buf_printf(b, ", %.0f %s than before.", fabs(step), step > 0 ? "faster" : "slower");
	}
	if (f->key && *o->last_camelot)
		qf_buf_printf(b, " %s (%s after %s).", f->key, f->camelot, o->last_camelot);
	else if (f->key)
		qf_buf_printf(b, " %s (%s).", f->key, f->camelot);
}

/* Who it is, why it is there, and how it goes on from what was before. */
static void put_note(struct qf_buf *b, const struct cli_onair *o, const struct qf_track *t, const struct cli_offer *offer,
		     const struct qf_spot *s, const struct qf_daypart *d)
{
	put_name(b, t);
	qf_buf_puts(b, ": ");
	if (s->jingle)
		qf_buf_printf(b, "a jingle of %s", d->name);
	else if (offer && offer->why)
		qf_buf_puts(b, offer->why);
	else if (*d->query)
		qf_buf_printf(b, "fits %s (%s)", d->name, d->query);
	else
		qf_buf_printf(b, "its turn in %s", d->name);
	qf_buf_puts(b, s->too_soon ? ", though sooner than it should come again." : ".");
	if (!s->jingle && t->features)
		put_step(b, o, t->features);
}

static void put_schedule(struct qf_buf *v, const struct cli_onair *o, const struct qf_track *t, const struct cli_offer *offer,
			 const struct qf_spot *s, const struct qf_daypart *d)
{
	double missing = 0, gain = t->features ? gain_of(t->features, d->loudness_lufs, &missing) : NAN;
	struct qf_buf text = { 0 };

	qf_json_open(v, '{');
	qf_json_key(v, "at");
	cli_put_moment(&text, s->at, o->zone);
	qf_json_strn(v, text.p, text.len);
	qf_json_put_str(v, "daypart", d->name);
	qf_json_put_str(v, "kind", s->jingle ? "jingle" : "track");
	if (!isnan(gain)) {
		qf_json_put_num(v, "gain_db", gain, 2);
		if (missing > 0)
			qf_json_put_num(v, "missing_db", missing, 2);
	}
	if (s->too_soon)
		qf_json_put_bool(v, "too_soon", true);
	qf_json_key(v, "note");
	text.len = 0;
	put_note(&text, o, t, offer, s, d);
	qf_json_strn(v, text.p, text.len);
	qf_json_close(v, '}');
	v->failed |= text.failed;
	qf_buf_free(&text);
}

static void remember(struct cli_onair *o, const struct qf_track *t)
{
	const struct qf_features *f = t->features;

	o->last_tempo_bpm = f ? f->tempo_bpm : NAN;
	snprintf(o->last_camelot, sizeof o->last_camelot, "%s", f && f->camelot ? f->camelot : "");
}

enum qf_status cli_onair_row(struct cli_onair *o, const struct qf_spot *s, const struct qf_daypart *d, struct qf_err *e)
{
	int64_t id = o->a->id[s->piece];
	const struct cli_offer *offer = cli_airable_offer_of(o->a, id);
	struct qf_buf row = { 0 }, value = { 0 };
	struct qf_arena a = { 0 };
	struct qf_features f;
	struct qf_track t;
	enum qf_status rc = qf_catalog_track(o->c, id, QF_TRACK_BRIEF, &a, &t, &f, e);

	if (rc == QF_OK) {
		put_schedule(&value, o, &t, offer, s, d);
		if (!s->jingle)
			remember(o, &t);
		if (!offer)
			qf_row_put_track(&row, o->uuid, &t);
		if ((rc = qf_buf_check(&value, e)) == QF_OK && (offer || (rc = qf_buf_check(&row, e)) == QF_OK)) {
			const struct qf_row_edit edit = { "schedule", { value.p, value.len } };
			struct qf_buf out = { 0 };

			qf_row_write(&out, offer ? offer->row : (struct qf_span){ row.p, row.len - 1 }, &edit, 1);
			rc = qf_buf_check(&out, e);
			if (rc == QF_OK)
				cli_row((struct qf_span){ out.p, out.len });
			qf_buf_free(&out);
		}
	}
	qf_features_free(&f);
	qf_arena_free(&a);
	qf_buf_free(&row);
	qf_buf_free(&value);
	return rc;
}
