#define _GNU_SOURCE
#include "audio/tagset.h"

#include "audio/canonical.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- collecting ----------------------------------------------------------------------------- */

static enum qf_status no_memory(struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory for the tags");
}

static enum qf_status append(struct qf_tag **v, size_t *n, size_t *cap, struct qf_tag tag, struct qf_err *e)
{
	if (!tag.key || !tag.value)
		return no_memory(e);
	if (*n == *cap) {
		size_t more = *cap ? *cap * 2 : 32;
		struct qf_tag *p = qf_realloc(*v, more, sizeof *p);

		if (!p)
			return no_memory(e);
		*v = p;
		*cap = more;
	}
	(*v)[(*n)++] = tag;
	return QF_OK;
}

static enum qf_status add_tag(struct qf_tagset *t, int rank, const char *value, struct qf_err *e)
{
	return append(&t->tags, &t->n_tags, &t->cap_tags, (struct qf_tag){ qf_tag_rules[rank].key, value, rank }, e);
}

static enum qf_status add_raw(struct qf_tagset *t, const char *key, const char *value, struct qf_err *e)
{
	char *low = qf_arena_dup(&t->mem, key, strlen(key));

	for (char *p = low; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return append(&t->raw, &t->n_raw, &t->cap_raw, (struct qf_tag){ low, value, -1 }, e);
}

/* Valid UTF-8 without NUL (a NUL separates values in some ID3 tags: it becomes "; "), in the arena. */
static const char *clean(struct qf_tagset *t, const char *value, size_t n)
{
	struct qf_buf b = { 0 };
	const char *p = value, *end = value + n;
	const char *out;

	if (qf_utf8_valid(value, n) && !memchr(value, '\0', n))
		return qf_arena_dup(&t->mem, value, n);
	while (p < end) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));
		size_t run = nul ? (size_t)(nul - p) : (size_t)(end - p);

		qf_utf8_clean(&b, p, run);
		p += run + 1;
		if (nul && p < end)
			qf_buf_puts(&b, "; ");
	}
	out = b.failed ? NULL : qf_arena_dup(&t->mem, b.p ? b.p : "", b.len);
	qf_buf_free(&b);
	return out;
}

/* ---- values ----------------------------------------------------------------------------------- */

/* How many bytes of an ISO date stand at the front: YYYY, YYYY-MM or YYYY-MM-DD; 0: none. */
static size_t iso_prefix(const char *s)
{
	static const char form[] = "dddd-dd-dd";
	size_t n = 0;

	while (form[n] && (form[n] == 'd' ? isdigit((unsigned char)s[n]) != 0 : s[n] == form[n]))
		n++;
	return n >= 10 ? 10 : n >= 7 ? 7 : n >= 4 ? 4 : 0;
}

static const char *trimmed(struct qf_tagset *t, const char *s, size_t n)
{
	while (n && isspace((unsigned char)*s))
		s++, n--;
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	return qf_arena_dup(&t->mem, s, n);
}

static enum qf_status add_of(struct qf_tagset *t, int rank, const char *value, struct qf_err *e)
{
	const char *slash = strchr(value, '/');
	enum qf_status rc = QF_OK;
	const char *number, *total;

	if (!slash)
		return add_tag(t, rank, value, e);
	number = trimmed(t, value, (size_t)(slash - value));
	total = trimmed(t, slash + 1, strlen(slash + 1));
	if (!number || !total)
		return no_memory(e);
	if (*number)
		rc = add_tag(t, rank, number, e);
	if (rc == QF_OK && *total)
		rc = add_tag(t, rank + 1, total, e);
	return rc;
}

static enum qf_status add_date(struct qf_tagset *t, int rank, const char *value, struct qf_err *e)
{
	size_t n = iso_prefix(value);
	enum qf_status rc;

	if (n == 0 || value[n] == '\0')
		return add_tag(t, rank, value, e);
	rc = add_tag(t, rank, qf_arena_dup(&t->mem, value, n), e);
	return rc == QF_OK ? add_raw(t, qf_tag_rules[rank].raw, value, e) : rc;
}

/* A number at the front of a text; *rest is what stands behind it and blanks. Decimal commas occur. */
static bool number_of(const char *value, double *number, const char **rest)
{
	char text[64], *end;

	snprintf(text, sizeof text, "%s", value);
	for (char *p = text; *p; p++)
		if (*p == ',')
			*p = '.';
	*number = strtod(text, &end);
	if (end == text || !isfinite(*number))
		return false;
	*rest = value + (end - text);
	while (isspace((unsigned char)**rest))
		++*rest;
	return true;
}

static enum qf_status add_number(struct qf_tagset *t, int rank, double v, int decimals, struct qf_err *e)
{
	char text[64];

	snprintf(text, sizeof text, "%.*f", decimals, v);
	return add_tag(t, rank, qf_arena_dup(&t->mem, text, strlen(text)), e);
}

/* "-6.50 dB": kept raw only where the number with that unit is not the same text. What the gain refers to is settled
 * when all is there. */
static enum qf_status add_gain(struct qf_tagset *t, int rank, const char *value, struct qf_err *e)
{
	const char *rest;
	char text[64];
	double db;
	enum qf_status rc;

	if (!number_of(value, &db, &rest) || (*rest && strcasecmp(rest, "dB") != 0) || fabs(db) > 200)
		return add_raw(t, qf_tag_rules[rank].raw, value, e);
	rc = add_number(t, rank, db, 2, e);
	snprintf(text, sizeof text, "%.2f dB", db);
	return rc == QF_OK && strcmp(text, value) != 0 ? add_raw(t, qf_tag_rules[rank].raw, value, e) : rc;
}

static enum qf_status add_r128(struct qf_tagset *t, int rank, const char *value, struct qf_err *e)
{
	char *end;
	long q = strtol(value, &end, 10);
	enum qf_status rc = add_raw(t, qf_tag_rules[rank].raw, value, e);

	if (rc != QF_OK || end == value || *end || q < INT16_MIN || q > INT16_MAX)
		return rc;
	return add_number(t, rank, (double)q / 256 + 5, 2, e);
}

static enum qf_status add_peak(struct qf_tagset *t, int rank, const char *value, struct qf_err *e)
{
	const char *rest;
	double peak;
	bool is_number = number_of(value, &peak, &rest) && !*rest;

	if (is_number && !strchr(value, ',') && !isspace((unsigned char)*value) && !isspace((unsigned char)value[strlen(value) - 1]))
		return add_tag(t, rank, value, e);
	if (is_number) {
		enum qf_status rc = add_number(t, rank, peak, 6, e);

		if (rc != QF_OK)
			return rc;
	}
	return add_raw(t, qf_tag_rules[rank].raw, value, e);
}

/* iTunes: 1 explicit (4 in old files), 2 clean, 0 nothing said. */
static enum qf_status add_advice(struct qf_tagset *t, int rank, const char *value, struct qf_err *e)
{
	static const struct { const char *word, *flag; } words[] = {
		{ "1", "1" }, { "4", "1" }, { "explicit", "1" }, { "yes", "1" }, { "true", "1" },
		{ "2", "0" }, { "clean", "0" }, { "cleaned", "0" }, { "no", "0" }, { "false", "0" },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasecmp(words[i].word, value) == 0) {
			enum qf_status rc = add_tag(t, rank, words[i].flag, e);

			return rc == QF_OK && strcmp(words[i].word, words[i].flag) != 0 ? add_raw(t, qf_tag_rules[rank].raw, value, e) : rc;
		}
	return add_raw(t, qf_tag_rules[rank].raw, value, e);
}

static enum qf_status add_scaled(struct qf_tagset *t, int rank, const char *value, struct qf_err *e)
{
	const char *rest;
	double v;
	enum qf_status rc = add_raw(t, qf_tag_rules[rank].raw, value, e);

	return rc == QF_OK && number_of(value, &v, &rest) && !*rest && v >= 0 && v <= 1 ? add_number(t, rank, v * 100, 0, e) : rc;
}

/* The first Creative Commons address in a text; *n bytes of it. */
static const char *cc_address(const char *s, size_t *n)
{
	const char *p = s, *from;

	while ((p = strcasestr(p, "creativecommons.org/")) != NULL) {
		from = p;
		while (from > s && !isspace((unsigned char)from[-1]) && !strchr("(<\"'", from[-1]))
			from--;
		*n = strcspn(p, " \t\r\n)>\"',;");
		*n += (size_t)(p - from);
		while (*n && from[*n - 1] == '.')
			(*n)--;
		if (strncasecmp(from, "http://", 7) == 0 || strncasecmp(from, "https://", 8) == 0)
			return from;
		p++;
	}
	return NULL;
}

enum qf_status qf_tagset_add(struct qf_tagset *t, const char *key, const char *value, size_t n, struct qf_err *e)
{
	static enum qf_status (*const add[])(struct qf_tagset *, int, const char *, struct qf_err *) = {
		[QF_TAG_LIST] = add_tag, [QF_TAG_SINGLE] = add_tag, [QF_TAG_OF] = add_of, [QF_TAG_DATE] = add_date,
		[QF_TAG_GAIN] = add_gain, [QF_TAG_R128] = add_r128, [QF_TAG_PEAK] = add_peak, [QF_TAG_ADVICE] = add_advice, [QF_TAG_SCALED] = add_scaled, [QF_TAG_FOUND] = add_tag,
	};
	int rank = qf_tag_rule(key);
	const char *v = clean(t, value, n);

	if (!v)
		return no_memory(e);
	return rank < 0 ? add_raw(t, key, v, e) : add[qf_tag_rules[rank].shape](t, rank, v, e);
}

/* ---- all is there ------------------------------------------------------------------------------- */

static enum qf_status find_licenseurl(struct qf_tagset *t, struct qf_err *e)
{
	int rank = 0;

	while (qf_tag_rules[rank].shape != QF_TAG_FOUND)
		rank++;
	for (size_t i = 0; i < t->n_tags; i++) {
		const char *key = t->tags[i].key, *from;
		size_t n;

		if (strcmp(key, "license") != 0 && strcmp(key, "copyright") != 0)
			continue;
		from = cc_address(t->tags[i].value, &n);
		if (from)
			return add_tag(t, rank, qf_arena_dup(&t->mem, from, n), e);
	}
	return QF_OK;
}

/* How far the loudness that ReplayGain tags refer to lies above -18 LUFS, in dB: "89 dB" (SPL, ReplayGain 1.0) and
 * "-18 LUFS" (2.0) are the same; what is not understood counts as that. */
static double reference_of(const struct qf_tagset *t)
{
	for (size_t i = 0; i < t->n_tags; i++) {
		const char *rest;
		double v;

		if (strcmp(t->tags[i].key, "rg_reference") != 0 || !number_of(t->tags[i].value, &v, &rest))
			continue;
		if (strncasecmp(rest, "LUFS", 4) == 0 && v <= 0 && v >= -70)
			return v + 18;
		if ((!*rest || strncasecmp(rest, "dB", 2) == 0) && v >= 50 && v <= 120)
			return v - 89;
	}
	return 0;
}

static bool has_raw(const struct qf_tagset *t, const char *key)
{
	for (size_t i = 0; i < t->n_raw; i++)
		if (strcasecmp(t->raw[i].key, key) == 0)
			return true;
	return false;
}

/* Gains towards another reference become gains towards -18 LUFS, the file's own text kept raw. */
static enum qf_status settle_gains(struct qf_tagset *t, struct qf_err *e)
{
	double above = reference_of(t);
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && above != 0 && i < t->n_tags; i++) {
		struct qf_tag *tag = &t->tags[i];
		char text[64];

		if (qf_tag_rules[tag->rank].shape != QF_TAG_GAIN)
			continue;
		snprintf(text, sizeof text, "%s dB", tag->value);
		if (!has_raw(t, qf_tag_rules[tag->rank].raw))
			rc = add_raw(t, qf_tag_rules[tag->rank].raw, qf_arena_dup(&t->mem, text, strlen(text)), e);
		snprintf(text, sizeof text, "%.2f", strtod(tag->value, NULL) - above);
		tag->value = qf_arena_dup(&t->mem, text, strlen(text));
		if (rc == QF_OK && !tag->value)
			rc = no_memory(e);
	}
	return rc;
}

/* By rule. Stable insertion: tag sets are short, and the order of values must stay. */
static void sort_tags(struct qf_tag *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct qf_tag x = v[i];
		size_t k = i;

		for (; k > 0 && v[k - 1].rank > x.rank; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

/* The tag is there already: the same value, or any value of a single-valued key. */
static bool taken(const struct qf_tag *kept, size_t n, const struct qf_tag *tag, bool *same)
{
	bool single = qf_tag_rules[tag->rank].shape != QF_TAG_LIST;

	*same = false;
	for (size_t i = n; i > 0 && strcmp(kept[i - 1].key, tag->key) == 0; i--) {
		if (strcmp(kept[i - 1].value, tag->value) == 0)
			return *same = true;
		if (single)
			return true;
	}
	return false;
}

enum qf_status qf_tagset_finish(struct qf_tagset *t, struct qf_err *e)
{
	enum qf_status rc = find_licenseurl(t, e);
	size_t kept = 0;

	if (rc == QF_OK)
		rc = settle_gains(t, e);
	sort_tags(t->tags, t->n_tags);
	for (size_t i = 0; rc == QF_OK && i < t->n_tags; i++) {
		struct qf_tag tag = t->tags[i];
		const struct qf_tag_rule *r = &qf_tag_rules[tag.rank];
		bool same;

		if (!taken(t->tags, kept, &tag, &same))
			t->tags[kept++] = tag;
		else if (!same && r->shape != QF_TAG_FOUND && (r->shape < QF_TAG_GAIN || !has_raw(t, r->raw)))
			rc = add_raw(t, r->raw, tag.value, e);
	}
	t->n_tags = kept;
	return rc;
}

const char *qf_tagset_get(const struct qf_tagset *t, const char *key)
{
	for (size_t i = 0; i < t->n_tags; i++)
		if (strcmp(t->tags[i].key, key) == 0)
			return t->tags[i].value;
	return NULL;
}

void qf_tagset_free(struct qf_tagset *t)
{
	qf_free(t->tags);
	qf_free(t->raw);
	qf_arena_free(&t->mem);
	*t = (struct qf_tagset){ 0 };
}
