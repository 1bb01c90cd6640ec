#include "quality/metrics.h"

#include "base/alloc.h"
#include "quality/diversity.h"
#include "quality/spdx.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const qf_filled_names[QF_FILLEDS] = { "title", "artist", "licence", "duration", "sha256", "genre" };
const char *const qf_field_names[QF_FIELDS] = {
	"name", "description", "licence", "url", "creator", "datePublished",
	"keywords", "publisher", "version", "dateCreated", "dateModified", "sameAs", "sdLicence", "inLanguage",
};
const char *const qf_axis_names[QF_AXES] = { "artist", "genre", "decade", "sound" };
const char *const qf_quality_tier_names[] = { "refused", "low", "medium", "high" };

/* ---- completeness --------------------------------------------------------------------------- */

/* Whether a text is there and no placeholder. */
static bool is_filled(const char *text)
{
	static const char *const placeholders[] = { "unknown", "unknown artist", "unknown title", "n/a", "na", "none", "null", "-", "--", "?", "todo", "tbd", "fixme", "noassertion" };
	size_t n;

	if (!text)
		return false;
	text += strspn(text, " \t\r\n");
	for (n = strlen(text); n && strchr(" \t\r\n", text[n - 1]); n--)
		;
	for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++)
		if (strlen(placeholders[i]) == n && strncasecmp(text, placeholders[i], n) == 0)
			return false;
	return n > 0;
}

static bool has_length(const struct qf_member *m)
{
	return isfinite(m->duration_s) && m->duration_s > 0;
}

static bool parses(const char *licence)
{
	struct qf_spdx x;

	return is_filled(licence) && qf_spdx_parse(&x, licence, strlen(licence), NULL) == QF_OK;
}

uint32_t qf_member_filled(const struct qf_member *m)
{
	return (uint32_t)is_filled(m->title) << QF_FILLED_TITLE | (uint32_t)is_filled(m->artist) << QF_FILLED_ARTIST |
	       (uint32_t)parses(m->licence) << QF_FILLED_LICENCE | (uint32_t)has_length(m) << QF_FILLED_DURATION |
	       (uint32_t)(m->sha256 && strlen(m->sha256) == 64) << QF_FILLED_SHA256 | (uint32_t)is_filled(m->genre) << QF_FILLED_GENRE;
}

static bool field_is_filled(const char *text, size_t i)
{
	return i == 2 ? parses(text) : is_filled(text); /* the licence */
}

static void judge_completeness(const struct qf_set *s, const struct qf_rules *r, struct qf_report *out)
{
	size_t required = 0, recommended = 0, filled = 0;

	for (size_t i = 0; i < QF_FIELDS; i++) {
		bool there = field_is_filled(s->field[i], i);

		required += there && i < QF_REQUIRED;
		recommended += there && i >= QF_REQUIRED;
		out->field_missing |= (uint32_t)!there << i;
	}
	for (size_t i = 0; i < s->n; i++) {
		uint32_t bits = qf_member_filled(&s->member[i]);

		for (size_t k = 0; k < QF_FILLEDS; k++) {
			out->filled[k] += bits >> k & 1;
			filled += bits >> k & 1;
		}
	}
	out->metric[QF_METRIC_COMPLETENESS] = r->required * (double)required / QF_REQUIRED + r->recommended * (double)recommended / QF_RECOMMENDED +
					      (s->n ? r->filled * (double)filled / (double)(QF_FILLEDS * s->n) : 0);
}

/* ---- consistency ---------------------------------------------------------------------------- */

enum qf_defect qf_member_worst(const struct qf_member *m, const struct qf_rules *r)
{
	enum qf_defect worst = QF_DEFECTS;

	for (enum qf_defect d = 0; d < QF_DEFECTS; d++)
		if (m->defects >> d & 1 && (worst == QF_DEFECTS || r->defect[d] > r->defect[worst]))
			worst = d;
	return worst;
}

static void judge_consistency(const struct qf_set *s, const struct qf_rules *r, struct qf_report *out)
{
	double lost = 0;

	for (size_t i = 0; i < s->n; i++) {
		enum qf_defect worst = qf_member_worst(&s->member[i], r);

		for (size_t d = 0; d < QF_DEFECTS; d++)
			out->with[d] += s->member[i].defects >> d & 1;
		if (worst < QF_DEFECTS)
			out->worst[worst]++;
	}
	for (size_t d = 0; d < QF_DEFECTS; d++)
		lost += r->defect[d] * (double)out->worst[d];
	out->metric[QF_METRIC_CONSISTENCY] = s->n ? 1 - lost / (double)s->n : 0;
}

/* ---- size ------------------------------------------------------------------------------------- */

static double mean_length(const struct qf_set *s)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (has_length(&s->member[i])) {
			sum += s->member[i].duration_s;
			n++;
		}
	return n ? sum / (double)n : 0;
}

static double curve(double x, double knee, double full)
{
	double v = log1p(x / knee) / log1p(full / knee);

	return v < 1 ? v : 1;
}

static void judge_size(const struct qf_set *s, const struct qf_rules *r, double mean, struct qf_report *out)
{
	out->hours = mean * (double)s->n / 3600;
	out->size_tracks = curve((double)s->n, r->knee_tracks, r->tracks);
	out->size_hours = curve(out->hours, r->knee_hours, r->hours);
	out->metric[QF_METRIC_SIZE] = out->size_tracks < out->size_hours ? out->size_tracks : out->size_hours;
}

/* ---- diversity -------------------------------------------------------------------------------- */

struct named { /* a value of one file */
	const char *name;
	double weight;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcasecmp(x->name, y->name);

	return c ? c : (x->weight > y->weight) - (x->weight < y->weight);
}

/* Weights of those that are called the same, summed: n of them stay. */
static size_t merge(struct named *v, size_t n, double *weight)
{
	size_t m = 0;

	if (n)
		qsort(v, n, sizeof *v, by_name);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcasecmp(v[i].name, v[i - 1].name) != 0)
			weight[m++] = 0;
		weight[m - 1] += v[i].weight;
	}
	return m;
}

static double normalized(double number, double full, size_t n)
{
	double most = (double)n < full ? (double)n : full;
	double v = number > 0 && most > 1 ? log(number) / log(most) : 0;

	return v < 0 ? 0 : v < 1 ? v : 1;
}

static void judge_names(const struct qf_set *s, enum qf_axis axis, double full, double mean, struct named *v, double *weight,
			struct qf_axis_value *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct qf_member *m = &s->member[i];
		const char *name = axis == QF_AXIS_ARTIST ? m->artist : m->genre;

		if (is_filled(name))
			v[n++] = (struct named){ name, axis != QF_AXIS_ARTIST ? 1 : has_length(m) ? m->duration_s : mean > 0 ? mean : 1 };
	}
	out->known = n;
	if (n < 2)
		return;
	out->number = qf_hill(weight, merge(v, n, weight));
	out->value = normalized(out->number, full, n);
}

static void judge_decades(const struct qf_set *s, double full, struct qf_axis_value *out)
{
	double weight[300] = { 0 }; /* years up to 2999 */

	for (size_t i = 0; i < s->n; i++)
		if (s->member[i].year > 0 && s->member[i].year < 3000) {
			weight[s->member[i].year / 10]++;
			out->known++;
		}
	if (out->known < 2)
		return;
	out->number = qf_hill(weight, 300);
	out->value = normalized(out->number, full, out->known);
}

static enum qf_status judge_sound(const struct qf_set *s, const float **rows, struct qf_axis_value *out, struct qf_err *e)
{
	size_t drawn;
	enum qf_status rc;

	for (size_t i = 0; i < s->n; i++)
		if (s->member[i].embedding)
			rows[out->known++] = s->member[i].embedding;
	if (out->known < 2)
		return QF_OK;
	rc = qf_vendi(rows, out->known, s->dim, &out->number, &drawn, e);
	out->value = rc == QF_OK ? normalized(out->number, INFINITY, drawn) : 0;
	return rc;
}

static enum qf_status judge_diversity(const struct qf_set *s, const struct qf_rules *r, double mean, struct qf_report *out, struct qf_err *e)
{
	struct named *v = qf_alloc(s->n, sizeof *v);
	double *weight = qf_alloc(s->n, sizeof *weight), sum = 0;
	const float **rows = qf_alloc(s->n, sizeof *rows);
	size_t axes = 0;
	enum qf_status rc = v && weight && rows ? QF_OK : qf_fail(e, QF_ENOMEM, "quality: out of memory for %zu files", s->n);

	if (rc == QF_OK) {
		judge_names(s, QF_AXIS_ARTIST, r->artists, mean, v, weight, &out->axis[QF_AXIS_ARTIST]);
		judge_names(s, QF_AXIS_GENRE, r->genres, mean, v, weight, &out->axis[QF_AXIS_GENRE]);
		judge_decades(s, r->decades, &out->axis[QF_AXIS_DECADE]);
		rc = judge_sound(s, rows, &out->axis[QF_AXIS_SOUND], e);
	}
	for (size_t i = 0; i < QF_AXES; i++)
		if (out->axis[i].known >= 2) {
			sum += out->axis[i].value;
			axes++;
		}
	out->metric[QF_METRIC_DIVERSITY] = axes ? sum / (double)axes : 0;
	qf_free(v);
	qf_free(weight);
	qf_free(rows);
	return rc;
}

/* ---- licences --------------------------------------------------------------------------------- */

struct licensed {
	const char *licence;
	size_t member; /* so that equals keep their order */
};

static int by_licence(const void *a, const void *b)
{
	const struct licensed *x = a, *y = b;
	int c = strcmp(x->licence, y->licence);

	return c ? c : (x->member > y->member) - (x->member < y->member);
}

static int by_files(const void *a, const void *b)
{
	const struct qf_licence_share *x = a, *y = b;

	return x->files != y->files ? (x->files < y->files ? 1 : -1) : strcmp(x->licence, y->licence);
}

static enum qf_status judge_licences(const struct qf_set *s, double mean, struct qf_report *out, struct qf_err *e)
{
	struct licensed *v = qf_alloc(s->n, sizeof *v);
	double total = 0, sum = 0;
	size_t distinct = 0;

	for (size_t i = 0; v && i < s->n; i++)
		v[i] = (struct licensed){ s->member[i].licence ? s->member[i].licence : "", i };
	if (v && s->n)
		qsort(v, s->n, sizeof *v, by_licence);
	for (size_t i = 0; v && i < s->n; i++)
		distinct += i == 0 || strcmp(v[i].licence, v[i - 1].licence) != 0;
	out->licences = v ? qf_zalloc(distinct, sizeof *out->licences) : NULL;
	if (!out->licences) {
		qf_free(v);
		return qf_fail(e, QF_ENOMEM, "quality: out of memory for %zu files", s->n);
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct qf_member *m = &s->member[v[i].member];
		double weight = has_length(m) ? m->duration_s : mean > 0 ? mean : 1;
		struct qf_licence_share *l;

		if (i == 0 || strcmp(v[i].licence, v[i - 1].licence) != 0) {
			l = &out->licences[out->n_licences++];
			l->licence = v[i].licence;
			qf_licence_judge(l->licence, strlen(l->licence), &l->verdict);
		}
		l = &out->licences[out->n_licences - 1];
		l->files++;
		l->share += weight;
		total += weight;
		sum += weight * l->verdict.value;
		out->refused += !l->verdict.open;
	}
	for (size_t i = 0; i < out->n_licences; i++)
		out->licences[i].share /= total;
	qsort(out->licences, out->n_licences, sizeof *out->licences, by_files);
	out->metric[QF_METRIC_LICENCE] = s->n ? sum / total : 0;
	qf_free(v);
	return QF_OK;
}

/* ---- all of it -------------------------------------------------------------------------------- */

#define ROUNDING 1e-12 /* so that thresholds are met by what equals them on paper */

enum qf_status qf_quality_judge(const struct qf_set *s, const struct qf_rules *r, struct qf_report *out, struct qf_err *e)
{
	double mean = mean_length(s);
	enum qf_status rc;

	memset(out, 0, sizeof *out);
	judge_completeness(s, r, out);
	judge_consistency(s, r, out);
	judge_size(s, r, mean, out);
	rc = judge_diversity(s, r, mean, out, e);
	if (rc == QF_OK)
		rc = judge_licences(s, mean, out, e);
	for (size_t i = 0; i < QF_METRICS; i++)
		out->score += r->metric[i] * out->metric[i];
	out->tier = out->refused ? QF_QUALITY_REFUSED
		  : out->score >= r->high - ROUNDING ? QF_QUALITY_HIGH
		  : out->score >= r->medium - ROUNDING ? QF_QUALITY_MEDIUM : QF_QUALITY_LOW;
	return rc;
}

void qf_report_free(struct qf_report *r)
{
	qf_free(r->licences);
	*r = (struct qf_report){ 0 };
}
