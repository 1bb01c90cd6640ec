/* Track rows and their features, out and in. */
#include "rows/rows.h"

#include "base/alloc.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

void qf_row_put_path(struct qf_buf *out, const char *path)
{
	size_t n = strlen(path);

	qf_json_key(out, "path");
	qf_json_strn(out, path, n);
	if (!qf_utf8_valid(path, n)) {
		qf_json_key(out, "path_b64");
		qf_buf_putc(out, '"');
		qf_buf_base64(out, path, n);
		qf_buf_putc(out, '"');
	}
}

void qf_row_begin_track(struct qf_buf *out, const char *catalog, const struct qf_track *t)
{
	qf_json_open(out, '{');
	qf_json_put_str(out, "type", "track.v1");
	if (catalog && t->id) {
		qf_json_opt_str(out, "catalog", catalog);
		qf_json_opt_int(out, "track", t->id);
	}
	qf_row_put_path(out, t->path);
	qf_json_opt_str(out, "title", t->title);
	qf_json_opt_str(out, "artist", t->artist);
	qf_json_opt_str(out, "album", t->album);
	qf_json_opt_str(out, "albumartist", t->albumartist);
	qf_json_opt_str(out, "genre", t->genre);
	qf_json_opt_str(out, "date", t->date);
	qf_json_opt_int(out, "year", t->year);
	qf_json_opt_int(out, "tracknumber", t->track_no);
	qf_json_opt_int(out, "discnumber", t->disc_no);
	qf_json_opt_str(out, "isrc", t->isrc);
	qf_json_opt_str(out, "mb_recordingid", t->mbid);
	qf_json_opt_int(out, "duration_ms", t->duration_ms);
	qf_json_opt_str(out, "codec", t->codec);
	qf_json_opt_int(out, "sample_rate_hz", t->sample_rate_hz);
	qf_json_opt_int(out, "channels", t->channels);
	qf_json_opt_int(out, "bitrate_kbps", t->bitrate_kbps);
	qf_json_opt_str(out, "dataset", t->dataset);
	if (t->features) {
		qf_json_key(out, "features");
		qf_row_put_features_as(out, t->features, t->features_version, t->features_brief);
	}
}

void qf_row_end(struct qf_buf *out)
{
	qf_buf_puts(out, "}\n");
}

void qf_row_put_track(struct qf_buf *out, const char *catalog, const struct qf_track *t)
{
	qf_row_begin_track(out, catalog, t);
	qf_row_end(out);
}

/* "calm,sad" as ["calm","sad"]. */
static void put_labels(struct qf_buf *out, const char *words)
{
	qf_json_open(out, '[');
	while (words && *words) {
		size_t n = strcspn(words, ",");

		qf_json_strn(out, words, n);
		words += n + (words[n] == ',');
	}
	qf_json_close(out, ']');
}

static void put_floats(struct qf_buf *out, const float *v, size_t n, int decimals)
{
	qf_json_open(out, '[');
	for (size_t i = 0; i < n; i++)
		qf_json_num(out, (double)v[i], decimals);
	qf_json_close(out, ']');
}

void qf_row_put_features(struct qf_buf *out, const struct qf_features *f, int version)
{
	qf_row_put_features_as(out, f, version, false);
}

void qf_row_put_features_as(struct qf_buf *out, const struct qf_features *f, int version, bool brief)
{
	qf_json_open(out, '{');
	qf_json_opt_int(out, "version", version);
	for (size_t i = 0; i < QF_FEATURES_N; i++) {
		const struct qf_feature *d = &qf_feature_table[i];
		const void *at = qf_feature_at(f, d);

		if (brief && !d->brief)
			continue;
		qf_json_key(out, d->name);
		switch (d->type) {
		case QF_FEATURE_REAL:
			qf_json_num(out, *(const double *)at, d->decimals);
			break;
		case QF_FEATURE_TEXT:
			qf_json_str(out, *(char *const *)at);
			break;
		case QF_FEATURE_LABELS:
			put_labels(out, *(char *const *)at);
			break;
		case QF_FEATURE_VEC:
			put_floats(out, at, d->count, d->decimals);
			break;
		case QF_FEATURE_LIST:
			put_floats(out, ((const struct qf_floats *)at)->v, ((const struct qf_floats *)at)->n, d->decimals);
			break;
		case QF_FEATURE_BYTES:
			qf_json_open(out, '[');
			for (size_t k = 0; k < ((const struct qf_bytes *)at)->n; k++)
				qf_json_int(out, ((const struct qf_bytes *)at)->v[k]);
			qf_json_close(out, ']');
			break;
		}
	}
	qf_json_close(out, '}');
}

/* ---- in -------------------------------------------------------------------------------- */

static size_t count_items(struct qf_span array)
{
	struct qf_span key, v, rest = array;
	size_t n = 0;

	while (qf_json_next(&rest, &key, &v))
		n++;
	return n;
}

static enum qf_status get_text(struct qf_span v, char **out, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	enum qf_status rc = QF_OK;

	if (!qf_json_to_text(v, &text) || (text.len && memchr(text.p, '\0', text.len)))
		rc = qf_fail(e, QF_EFORMAT, "not a text");
	else if (text.failed || (*out = qf_memdup0(text.p, text.len)) == NULL)
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	qf_buf_free(&text);
	return rc;
}

static enum qf_status get_labels(struct qf_span v, char **out, struct qf_err *e)
{
	struct qf_span key, item, rest = v;
	struct qf_buf all = { 0 };
	enum qf_status rc = QF_OK;

	if (qf_json_type(v) != QF_JSON_ARRAY)
		return qf_fail(e, QF_EFORMAT, "not a list");
	while (rc == QF_OK && qf_json_next(&rest, &key, &item)) {
		if (all.len)
			qf_buf_putc(&all, ',');
		if (!qf_json_to_text(item, &all))
			rc = qf_fail(e, QF_EFORMAT, "not a list of words");
	}
	if (rc == QF_OK && all.len && memchr(all.p, '\0', all.len))
		rc = qf_fail(e, QF_EFORMAT, "a NUL in a word");
	if (rc == QF_OK && (all.failed || (all.len && (*out = qf_memdup0(all.p, all.len)) == NULL)))
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	qf_buf_free(&all);
	return rc;
}

static enum qf_status get_floats(struct qf_span v, float *to, size_t n, struct qf_err *e)
{
	struct qf_span key, item, rest = v;
	size_t i = 0;
	double x;

	for (; i < n && qf_json_next(&rest, &key, &item); i++) {
		if (!qf_json_to_num(item, &x) || fabs(x) > 1e30)
			return qf_fail(e, QF_EFORMAT, "item %zu is not a number", i + 1);
		to[i] = (float)x;
	}
	return QF_OK;
}

static enum qf_status get_bytes(struct qf_span v, int8_t *to, size_t n, struct qf_err *e)
{
	struct qf_span key, item, rest = v;
	int64_t x;

	for (size_t i = 0; i < n && qf_json_next(&rest, &key, &item); i++) {
		if (!qf_json_to_int(item, &x) || x < -127 || x > 127)
			return qf_fail(e, QF_EFORMAT, "item %zu is not a whole number from -127 to 127", i + 1);
		to[i] = (int8_t)x;
	}
	return QF_OK;
}

static enum qf_status get_array(struct qf_span v, const struct qf_feature *d, void *at, struct qf_err *e)
{
	size_t n = count_items(v);
	struct qf_floats *list = at;
	struct qf_bytes *bytes = at;

	if (qf_json_type(v) != QF_JSON_ARRAY)
		return qf_fail(e, QF_EFORMAT, "not a list");
	if (d->type == QF_FEATURE_VEC)
		return n == d->count ? get_floats(v, at, n, e)
				     : qf_fail(e, QF_EFORMAT, "%zu numbers, not %zu", n, d->count);
	if (d->type == QF_FEATURE_LIST) {
		if ((list->v = qf_alloc(n, sizeof *list->v)) == NULL)
			return qf_fail(e, QF_ENOMEM, "out of memory");
		list->n = n;
		return get_floats(v, list->v, n, e);
	}
	if ((bytes->v = qf_alloc(n, sizeof *bytes->v)) == NULL)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	bytes->n = n;
	return get_bytes(v, bytes->v, n, e);
}

static enum qf_status get_feature(struct qf_span v, const struct qf_feature *d, void *at, struct qf_err *e)
{
	double x;

	if (qf_json_type(v) == QF_JSON_NULL)
		return QF_OK;
	switch (d->type) {
	case QF_FEATURE_REAL:
		if (!qf_json_to_num(v, &x))
			return qf_fail(e, QF_EFORMAT, "not a number");
		*(double *)at = x;
		return QF_OK;
	case QF_FEATURE_TEXT:
		return get_text(v, at, e);
	case QF_FEATURE_LABELS:
		return get_labels(v, at, e);
	default:
		return get_array(v, d, at, e);
	}
}

enum qf_status qf_row_get_features(struct qf_span object, struct qf_features *f, int *version, struct qf_err *e)
{
	struct qf_span v;
	int64_t ver = 0;

	qf_features_init(f);
	if (qf_json_get(object, "version", &v) && (!qf_json_to_int(v, &ver) || ver < 1 || ver > 1000000))
		return qf_fail(e, QF_EFORMAT, "\"version\" is not a version");
	*version = (int)ver;
	for (size_t i = 0; i < QF_FEATURES_N; i++) {
		const struct qf_feature *d = &qf_feature_table[i];
		enum qf_status rc;

		if (!qf_json_get(object, d->name, &v))
			continue;
		rc = get_feature(v, d, qf_feature_at(f, d), e);
		if (rc != QF_OK) {
			qf_err_at(e, d->name);
			return rc;
		}
	}
	return QF_OK;
}
