#include "cli/verdict.h"

#include "rows/rows.h"

#include <string.h>

enum { EXAMPLES = 3 };
#define LEAST_POINTS 5e-7 /* what would print as 0 is no loss */

static void put_size(struct qf_buf *b, const char *key, size_t n)
{
	qf_json_put_int(b, key, (int64_t)n);
}

static void put_open(struct qf_buf *b, const char *key, char bracket)
{
	qf_json_key(b, key);
	qf_json_open(b, bracket);
}

static const char *name_of(const struct judged *j, size_t i)
{
	return j->file[i].rel ? j->file[i].rel : j->file[i].path;
}

/* ---- losses ------------------------------------------------------------------------------------------ */

static void put_loss(struct qf_buf *b, enum qf_metric m, double points, const char *reason)
{
	qf_json_open(b, '{');
	qf_json_put_str(b, "metric", qf_metric_names[m]);
	qf_json_put_num(b, "points", points, 6);
	qf_json_put_str(b, "reason", reason);
}

/* The files for which it holds, the first few by name. */
static void put_files(struct qf_buf *b, const struct verdict *v, bool (*is)(const struct verdict *v, size_t i, size_t what), size_t what, size_t n)
{
	size_t shown = 0, most = v->whole ? v->j->s.n : EXAMPLES;

	put_size(b, "files", n);
	put_open(b, "examples", '[');
	for (size_t i = 0; i < v->j->s.n && shown < most; i++)
		if (is(v, i, what)) {
			qf_json_strn(b, name_of(v->j, i), strlen(name_of(v->j, i)));
			shown++;
		}
	qf_json_close(b, ']');
}

static bool lacks(const struct verdict *v, size_t i, size_t what)
{
	return !(qf_member_filled(&v->j->member[i]) >> what & 1);
}

static bool is_worst(const struct verdict *v, size_t i, size_t what)
{
	return qf_member_worst(&v->j->member[i], v->rules) == what;
}

static bool has_licence(const struct verdict *v, size_t i, size_t what)
{
	const char *licence = v->j->member[i].licence;

	return strcmp(licence ? licence : "", v->report->licences[what].licence) == 0;
}

static void put_completeness(struct qf_buf *b, const struct verdict *v)
{
	double whole = v->rules->metric[QF_METRIC_COMPLETENESS];
	size_t n = v->j->s.n;

	for (size_t i = 0; i < QF_FIELDS; i++)
		if (v->report->field_missing >> i & 1) {
			struct qf_buf text = { 0 };

			qf_buf_printf(&text, "the descriptor has no %s (%s)", qf_field_names[i], i < QF_REQUIRED ? "required" : "recommended");
			put_loss(b, QF_METRIC_COMPLETENESS,
				 whole * (i < QF_REQUIRED ? v->rules->required / QF_REQUIRED : v->rules->recommended / QF_RECOMMENDED), text.p);
			qf_json_close(b, '}');
			qf_buf_free(&text);
		}
	for (size_t k = 0; k < QF_FILLEDS; k++) {
		struct qf_buf text = { 0 };
		size_t missing = n - v->report->filled[k];

		if (!missing)
			continue;
		qf_buf_printf(&text, "files without %s", qf_filled_names[k]);
		put_loss(b, QF_METRIC_COMPLETENESS, whole * v->rules->filled * (double)missing / (double)(QF_FILLEDS * n), text.p);
		put_files(b, v, lacks, k, missing);
		qf_json_close(b, '}');
		qf_buf_free(&text);
	}
	if (!n) {
		put_loss(b, QF_METRIC_COMPLETENESS, whole * v->rules->filled, "there are no files");
		qf_json_close(b, '}');
	}
}

static void put_consistency(struct qf_buf *b, const struct verdict *v)
{
	double whole = v->rules->metric[QF_METRIC_CONSISTENCY];

	for (size_t d = 0; d < QF_DEFECTS; d++) {
		struct qf_buf text = { 0 };

		if (!v->report->worst[d])
			continue;
		qf_buf_printf(&text, "%s: %s", qf_defect_kinds[d].name, qf_defect_kinds[d].words);
		put_loss(b, QF_METRIC_CONSISTENCY, whole * v->rules->defect[d] * (double)v->report->worst[d] / (double)v->j->s.n, text.p);
		put_files(b, v, is_worst, d, v->report->worst[d]);
		qf_json_close(b, '}');
		qf_buf_free(&text);
	}
	if (!v->j->s.n) {
		put_loss(b, QF_METRIC_CONSISTENCY, whole, "there are no files");
		qf_json_close(b, '}');
	}
}

static void put_size_loss(struct qf_buf *b, const struct verdict *v)
{
	const struct qf_report *r = v->report;
	double lost = v->rules->metric[QF_METRIC_SIZE] * (1 - r->metric[QF_METRIC_SIZE]);
	struct qf_buf text = { 0 };

	if (lost < LEAST_POINTS)
		return;
	if (r->size_hours < r->size_tracks)
		qf_buf_printf(&text, "%.2f hours; %.0f are full marks", r->hours, v->rules->hours);
	else
		qf_buf_printf(&text, "%zu files; %.0f are full marks", v->j->s.n, v->rules->tracks);
	put_loss(b, QF_METRIC_SIZE, lost, text.p);
	qf_json_close(b, '}');
	qf_buf_free(&text);
}

static void put_diversity(struct qf_buf *b, const struct verdict *v)
{
	double whole = v->rules->metric[QF_METRIC_DIVERSITY];
	size_t axes = 0;

	for (size_t i = 0; i < QF_AXES; i++)
		axes += v->report->axis[i].known >= 2;
	for (size_t i = 0; i < QF_AXES; i++) {
		const struct qf_axis_value *x = &v->report->axis[i];
		struct qf_buf text = { 0 };

		if (x->known < 2 || x->value > 1 - LEAST_POINTS)
			continue;
		qf_buf_printf(&text, "%s: %zu files are worth %.1f equally strong ones", qf_axis_names[i], x->known, x->number);
		put_loss(b, QF_METRIC_DIVERSITY, whole / (double)axes * (1 - x->value), text.p);
		qf_json_close(b, '}');
		qf_buf_free(&text);
	}
	if (!axes) {
		put_loss(b, QF_METRIC_DIVERSITY, whole, "fewer than two files tell artist, genre, year or sound");
		qf_json_close(b, '}');
	}
}

static void put_licence_losses(struct qf_buf *b, const struct verdict *v)
{
	double whole = v->rules->metric[QF_METRIC_LICENCE];

	for (size_t i = 0; i < v->report->n_licences; i++) {
		const struct qf_licence_share *l = &v->report->licences[i];
		double lost = whole * l->share * (1 - l->verdict.value);

		if (lost < LEAST_POINTS && l->verdict.open)
			continue;
		put_loss(b, QF_METRIC_LICENCE, lost, l->verdict.why);
		put_files(b, v, has_licence, i, l->files);
		qf_json_close(b, '}');
	}
	if (!v->j->s.n) {
		put_loss(b, QF_METRIC_LICENCE, whole, "there are no files");
		qf_json_close(b, '}');
	}
}

/* ---- the set -------------------------------------------------------------------------------------------- */

bool verdict_met(const struct verdict *v)
{
	return v->report->score >= v->min - 1e-12 && (v->any_licence || !v->report->refused);
}

static void put_metrics(struct qf_buf *b, const char *key, const double *value)
{
	put_open(b, key, '{');
	for (size_t i = 0; i < QF_METRICS; i++)
		qf_json_put_num(b, qf_metric_names[i], value[i], 6);
	qf_json_close(b, '}');
}

static void put_axes(struct qf_buf *b, const struct verdict *v)
{
	put_open(b, "axes", '[');
	for (size_t i = 0; i < QF_AXES; i++) {
		const struct qf_axis_value *x = &v->report->axis[i];

		qf_json_open(b, '{');
		qf_json_put_str(b, "axis", qf_axis_names[i]);
		put_size(b, "files", x->known);
		qf_json_put_bool(b, "counts", x->known >= 2);
		qf_json_put_num(b, "number", x->number, 3);
		qf_json_put_num(b, "value", x->value, 6);
		qf_json_close(b, '}');
	}
	qf_json_close(b, ']');
}

static void put_licences(struct qf_buf *b, const struct verdict *v)
{
	put_open(b, "licences", '[');
	for (size_t i = 0; i < v->report->n_licences; i++) {
		const struct qf_licence_share *l = &v->report->licences[i];

		qf_json_open(b, '{');
		qf_json_put_str(b, "licence", l->licence);
		put_size(b, "files", l->files);
		qf_json_put_num(b, "share", l->share, 6);
		qf_json_put_bool(b, "open", l->verdict.open);
		qf_json_put_num(b, "value", l->verdict.value, 2);
		qf_json_put_str(b, "why", l->verdict.why);
		qf_json_close(b, '}');
	}
	qf_json_close(b, ']');
}

static void put_act(struct qf_buf *b, const struct qf_repair *r)
{
	struct qf_buf text = { 0 };

	if (r->kind == QF_REPAIR_LICENCE)
		qf_buf_puts(&text, "replace by an openly licensed file, or leave out");
	else if (r->kind == QF_REPAIR_FIELD)
		qf_buf_printf(&text, "tell %s in the descriptor", qf_field_names[r->what]);
	else if (r->kind == QF_REPAIR_MEND)
		qf_buf_printf(&text, "mend or replace: %s", qf_defect_kinds[r->what].name);
	else
		qf_buf_printf(&text, "tell %s", qf_filled_names[r->what]);
	qf_json_put_str(b, "act", text.p);
	b->failed |= text.failed;
	qf_buf_free(&text);
}

/* One entry for each kind of act, with its files. */
static void put_repairs(struct qf_buf *b, const struct verdict *v)
{
	put_open(b, "repairs", '[');
	for (size_t i = 0; i < v->n_repairs;) {
		const struct qf_repair *first = &v->repair[i];
		double gain = 0;
		size_t n = 0, end = i;

		for (; end < v->n_repairs && v->repair[end].kind == first->kind && v->repair[end].what == first->what; end++, n++)
			gain += v->repair[end].gain;
		qf_json_open(b, '{');
		put_act(b, first);
		qf_json_put_num(b, "gain", gain, 6);
		if (first->kind != QF_REPAIR_FIELD) {
			put_size(b, "files", n);
			put_open(b, "examples", '[');
			for (size_t k = i; k < end && (v->whole || k < i + EXAMPLES); k++)
				qf_json_strn(b, name_of(v->j, v->repair[k].member), strlen(name_of(v->j, v->repair[k].member)));
			qf_json_close(b, ']');
		}
		qf_json_close(b, '}');
		i = end;
	}
	qf_json_close(b, ']');
}

static void put_drops(struct qf_buf *b, const struct verdict *v)
{
	const struct qf_drops *d = &v->drops;

	if (d->n == 0)
		return;
	put_open(b, "leaving_out", '{');
	put_size(b, "files", d->n);
	qf_json_put_num(b, "score", d->score, 6);
	qf_json_put_bool(b, "reachable", d->reached);
	put_open(b, "examples", '[');
	for (size_t i = 0; i < d->n && (v->whole || i < EXAMPLES); i++)
		qf_json_strn(b, name_of(v->j, d->member[i]), strlen(name_of(v->j, d->member[i])));
	qf_json_close(b, ']');
	qf_json_close(b, '}');
}

static void put_gate(struct qf_buf *b, const struct verdict *v)
{
	if (v->min < 0)
		return;
	put_open(b, "gate", '{');
	qf_json_put_num(b, "min", v->min, 6);
	qf_json_put_bool(b, "met", verdict_met(v));
	if (!verdict_met(v)) {
		qf_json_put_bool(b, "reachable", v->reached);
		put_repairs(b, v);
		put_drops(b, v);
	}
	qf_json_close(b, '}');
}

void verdict_put(struct qf_buf *b, const struct verdict *v)
{
	const struct qf_report *r = v->report;

	qf_json_open(b, '{');
	qf_json_put_str(b, "type", "quality.v1");
	qf_json_put_str(b, "catalog", v->catalog);
	qf_json_put_str(b, "dataset", v->j->set.name);
	qf_json_put_num(b, "score", r->score, 6);
	qf_json_put_str(b, "tier", qf_quality_tier_names[r->tier]);
	put_metrics(b, "metrics", r->metric);
	put_metrics(b, "weights", v->rules->metric);
	put_size(b, "files", v->j->s.n);
	qf_json_put_num(b, "hours", r->hours, 3);
	put_size(b, "refused", r->refused);
	put_size(b, "unheard", v->j->unheard);
	put_open(b, "losses", '[');
	put_completeness(b, v);
	put_consistency(b, v);
	put_size_loss(b, v);
	put_diversity(b, v);
	put_licence_losses(b, v);
	qf_json_close(b, ']');
	put_axes(b, v);
	put_licences(b, v);
	put_gate(b, v);
	qf_json_close(b, '}');
}

/* ---- files ------------------------------------------------------------------------------------------------ */

static void put_track(struct qf_buf *b, const char *catalog, const struct qf_dataset_member *f)
{
	if (f->track.id) {
		qf_json_put_str(b, "catalog", catalog);
		qf_json_put_int(b, "track", f->track.id);
	}
	qf_row_put_path(b, f->path);
}

void verdict_put_defects(struct qf_buf *out, const struct qf_member *m)
{
	bool any = false;

	for (size_t d = 0; d < QF_DEFECTS; d++)
		if (m->defects >> d & 1) {
			qf_buf_puts(out, any ? "," : "");
			qf_buf_puts(out, qf_defect_kinds[d].name);
			any = true;
		}
}

static void put_lists(struct qf_buf *b, const struct qf_member *m)
{
	uint32_t filled = qf_member_filled(m);

	put_open(b, "defects", '[');
	for (size_t d = 0; d < QF_DEFECTS; d++)
		if (m->defects >> d & 1)
			qf_json_str(b, qf_defect_kinds[d].name);
	qf_json_close(b, ']');
	put_open(b, "without", '[');
	for (size_t k = 0; k < QF_FILLEDS; k++)
		if (!(filled >> k & 1))
			qf_json_str(b, qf_filled_names[k]);
	qf_json_close(b, ']');
}

void verdict_put_file(struct qf_buf *b, const struct verdict *v, size_t i)
{
	const struct qf_member *m = &v->j->member[i];
	const struct qf_dataset_member *f = &v->j->file[i];
	struct qf_licence l;

	qf_licence_judge(m->licence ? m->licence : "", m->licence ? strlen(m->licence) : 0, &l);
	if (!m->defects && l.value >= 1 && qf_member_filled(m) == (1U << QF_FILLEDS) - 1)
		return;
	qf_json_open(b, '{');
	qf_json_put_str(b, "type", "quality-file.v1");
	qf_json_put_str(b, "dataset", v->j->set.name);
	put_track(b, v->catalog, f);
	qf_json_put_num(b, "score", judged_score(v->j, i, v->rules), 4);
	put_lists(b, m);
	qf_json_put_str(b, "licence", m->licence);
	qf_json_put_bool(b, "open", l.open);
	qf_json_put_str(b, "why", l.why);
	qf_json_opt_str(b, "failure", f->failure_text);
	if (v->j->copy[i] && !v->j->copy[i]->keep)
		qf_json_put_str(b, "same_as", v->j->file[judged_kept(v->j, i)].path);
	qf_json_close(b, '}');
	qf_buf_putc(b, '\n');
}

void verdict_put_duplicate(struct qf_buf *b, const char *catalog, const struct judged *j, size_t place, size_t group)
{
	const struct qf_duplicate *d = &j->dup.v[place];

	qf_json_open(b, '{');
	qf_json_put_str(b, "type", "duplicate.v1");
	put_size(b, "group", group);
	qf_json_put_bool(b, "keep", d->keep);
	qf_json_put_str(b, "why", qf_keep_words[d->reason]);
	qf_json_put_str(b, "how", qf_sameness_names[d->how]);
	if (d->how == QF_SAME_RECORDING) {
		qf_json_put_num(b, "same", d->same, 4);
		qf_json_put_num(b, "offset_s", d->offset_s, 2);
	}
	put_track(b, catalog, &j->file[d->file]);
	qf_json_put_str(b, "codec", j->file[d->file].track.codec);
	qf_json_put_num(b, "duration_s", j->member[d->file].duration_s, 3);
	qf_json_close(b, '}');
	qf_buf_putc(b, '\n');
}
