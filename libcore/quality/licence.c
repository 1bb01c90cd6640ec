#define _GNU_SOURCE /* strcasestr */
#include "quality/licence.h"

#include "quality/spdx.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct licence {
	const char *id;
	enum { LICENCE_NO, LICENCE_YES, LICENCE_WITH } open;
	double value;
	const char *why, *source;
};

struct other_name {
	enum { NAME_DEP5, NAME_TAG, NAME_URL } where;
	const char *name, *spdx;
};

#include "licences.gen.h" /* licences[], names[] */

#define N(array) (sizeof(array) / sizeof *(array))
enum { ID_MAX = 80, NEAREST = 3 };

static bool same(struct qf_span s, const char *name)
{
	return s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

static const struct licence *find(struct qf_span id)
{
	for (size_t i = 0; i < N(licences); i++)
		if (same(id, licences[i].id))
			return &licences[i];
	return NULL;
}

static const char *find_name(int where, struct qf_span name)
{
	for (size_t i = 0; i < N(names); i++)
		if ((int)names[i].where == where && same(name, names[i].name))
			return names[i].spdx;
	return NULL;
}

/* ---- the ids that are most like an unknown one --------------------------------------------- */

/* Edits from a to b, case aside (V. Levenshtein, 1966), in one row. */
static size_t distance(struct qf_span a, const char *b)
{
	size_t row[ID_MAX + 1], m = strlen(b);

	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t up = row[j], best = diagonal + (tolower((unsigned char)a.p[i - 1]) != tolower((unsigned char)b[j - 1]));

			best = up + 1 < best ? up + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			diagonal = up;
			row[j] = best;
		}
	}
	return row[m];
}

static void put_nearest(char *to, size_t room, struct qf_span id, bool exceptions)
{
	size_t best[NEAREST], d[NEAREST], n = 0, used = 0;

	id.n = id.n < ID_MAX ? id.n : ID_MAX;
	for (size_t i = 0; i < N(licences); i++) {
		size_t far = distance(id, licences[i].id), at = n;

		if (exceptions != (licences[i].open == LICENCE_WITH))
			continue;
		while (at && d[at - 1] > far)
			at--;
		if (at == NEAREST)
			continue;
		n += n < NEAREST;
		memmove(d + at + 1, d + at, (n - 1 - at) * sizeof *d);
		memmove(best + at + 1, best + at, (n - 1 - at) * sizeof *best);
		d[at] = far;
		best[at] = i;
	}
	for (size_t i = 0; i < n && used < room; i++)
		used += (size_t)snprintf(to + used, room - used, "%s%s", i ? ", " : "", licences[best[i]].id);
}

/* ---- judging -------------------------------------------------------------------------------- */

static void refuse_unknown(struct qf_span id, bool exception, struct qf_licence *out)
{
	char nearest[3 * ID_MAX];

	put_nearest(nearest, sizeof nearest, id, exception);
	snprintf(out->why, sizeof out->why, "%.*s is no %s that we know; the nearest are %s", (int)(id.n < ID_MAX ? id.n : ID_MAX), id.p,
		 exception ? "exception" : "licence", nearest);
}

/* GPL-2.0+ is GPL-2.0-or-later; of other ids the + only widens. */
static void judge_term(const struct qf_spdx_node *t, struct qf_licence *out)
{
	const struct licence *l = find(t->id), *with = t->with.n ? find(t->with) : NULL;

	*out = (struct qf_licence){ .open = false };
	if (!l || l->open == LICENCE_WITH)
		refuse_unknown(t->id, false, out);
	else if (t->with.n && (!with || with->open != LICENCE_WITH))
		refuse_unknown(t->with, true, out);
	else {
		out->open = l->open == LICENCE_YES;
		out->value = l->value;
		snprintf(out->why, sizeof out->why, "%s: %s (%s)", l->id, l->why, l->source);
	}
}

static void judge_node(const struct qf_spdx *x, size_t i, struct qf_licence *out)
{
	const struct qf_spdx_node *node = &x->node[i];
	struct qf_licence right;

	if (node->kind == QF_SPDX_TERM) {
		judge_term(node, out);
		return;
	}
	judge_node(x, node->left, out);
	judge_node(x, node->right, &right);
	if (node->kind == QF_SPDX_AND ? right.value < out->value : right.value > out->value)
		*out = right;
}

void qf_licence_judge(const char *text, size_t n, struct qf_licence *out)
{
	struct qf_spdx x;
	struct qf_err e = { 0 };

	*out = (struct qf_licence){ .open = false };
	if (n == 0)
		snprintf(out->why, sizeof out->why, "no licence is told");
	else if (qf_spdx_parse(&x, text, n, &e) == QF_OK)
		judge_node(&x, x.root, out);
	else
		snprintf(out->why, sizeof out->why, "'%.*s' is no licence expression: %.100s", (int)(n < ID_MAX ? n : ID_MAX), text, e.text);
}

/* ---- writing ---------------------------------------------------------------------------------- */

static void put_id(struct qf_buf *out, struct qf_span id)
{
	const struct licence *l = find(id);

	if (l)
		qf_buf_puts(out, l->id);
	else
		qf_buf_put(out, id.p, id.n);
}

static void put_node(struct qf_buf *out, const struct qf_spdx *x, size_t i, bool brackets)
{
	const struct qf_spdx_node *node = &x->node[i];
	bool and = node->kind == QF_SPDX_AND;

	if (node->kind == QF_SPDX_TERM) {
		put_id(out, node->id);
		qf_buf_puts(out, node->plus ? "+" : "");
		qf_buf_puts(out, node->with.n ? " WITH " : "");
		put_id(out, node->with);
		return;
	}
	qf_buf_puts(out, brackets ? "(" : "");
	put_node(out, x, node->left, and && x->node[node->left].kind == QF_SPDX_OR);
	qf_buf_puts(out, and ? " AND " : " OR ");
	put_node(out, x, node->right, and && x->node[node->right].kind == QF_SPDX_OR);
	qf_buf_puts(out, brackets ? ")" : "");
}

void qf_licence_put(struct qf_buf *out, const char *text, size_t n)
{
	struct qf_spdx x;

	if (qf_spdx_parse(&x, text, n, NULL) == QF_OK)
		put_node(out, &x, x.root, false);
	else
		qf_buf_put(out, text, n);
}

/* ---- DEP-5 ------------------------------------------------------------------------------------ */

/* What is no id gets the characters of one, so that it is refused by name and not for its form. */
static void put_as_id(struct qf_buf *out, struct qf_span name)
{
	if (name.n == 0)
		qf_buf_puts(out, "NOASSERTION");
	for (size_t i = 0; i < name.n; i++)
		qf_buf_putc(out, isalnum((unsigned char)name.p[i]) || strchr("-.+", name.p[i]) ? name.p[i] : '-');
}

static void put_short_name(struct qf_buf *out, struct qf_span name)
{
	const char *spdx = find_name(NAME_DEP5, name);
	const char *with = memmem(name.p, name.n, " with ", 6);

	while (name.n && name.p[name.n - 1] == ' ')
		name.n--;
	if (!spdx && with) {
		name.n = (size_t)(with - name.p);
		spdx = find_name(NAME_DEP5, name);
	}
	if (spdx)
		qf_buf_puts(out, spdx);
	else if (find(name))
		put_id(out, name);
	else
		put_as_id(out, name);
}

/* The next " and " or " or " from text[at] on; *len is what it takes. */
static size_t next_operator(const char *text, size_t n, size_t at, const char **word, size_t *len)
{
	for (; at < n; at++) {
		*word = n - at > 5 && strncasecmp(text + at, " and ", 5) == 0 ? " AND "
			: n - at > 4 && strncasecmp(text + at, " or ", 4) == 0 ? " OR " : NULL;
		if (*word) {
			*len = strlen(*word);
			return at;
		}
	}
	*word = NULL;
	return n;
}

/* "A or B, and C": a comma before the operator closes what stands before it. Names read in the order of the text; AND binds
 * closer than OR in both notations. */
void qf_licence_put_dep5(struct qf_buf *out, const char *text, size_t n)
{
	struct qf_buf so_far = { 0 };
	size_t at = 0;

	for (;;) {
		const char *word;
		size_t len = 0, end = next_operator(text, n, at, &word, &len), stop = end;
		struct qf_buf whole = { 0 };
		bool comma = word && stop > at && text[stop - 1] == ',';

		while (at < stop && text[at] == ' ')
			at++;
		stop -= comma;
		put_short_name(&so_far, (struct qf_span){ text + at, stop - at });
		if (comma) {
			qf_buf_printf(&whole, "(%s)", so_far.p ? so_far.p : "");
			whole.failed |= so_far.failed;
			qf_buf_free(&so_far);
			so_far = whole;
		}
		if (!word)
			break;
		qf_buf_puts(&so_far, word);
		at = end + len;
	}
	out->failed |= so_far.failed;
	qf_buf_put(out, so_far.p, so_far.len);
	qf_buf_free(&so_far);
}

/* ---- tags ------------------------------------------------------------------------------------- */

/* The longest address within the text. */
static const char *find_url(const char *text)
{
	const struct other_name *best = NULL;

	for (size_t i = 0; text && i < N(names); i++)
		if (names[i].where == NAME_URL && strcasestr(text, names[i].name) && (!best || strlen(names[i].name) > strlen(best->name)))
			best = &names[i];
	return best ? best->spdx : NULL;
}

/* Small letters, and one blank for whatever else stands between words; dots of versions stay. */
static void put_plain(struct qf_buf *out, const char *text)
{
	for (; *text; text++) {
		bool word = isalnum((unsigned char)*text) || (*text == '.' && isdigit((unsigned char)text[1]));

		if (word)
			qf_buf_putc(out, (char)tolower((unsigned char)*text));
		else if (out->len && out->p[out->len - 1] != ' ')
			qf_buf_putc(out, ' ');
	}
	while (out->len && out->p[out->len - 1] == ' ')
		out->p[--out->len] = '\0';
}

static bool put_license_tag(struct qf_buf *out, const char *text)
{
	struct qf_buf plain = { 0 };
	struct qf_licence judged;
	const char *spdx = find_url(text);

	put_plain(&plain, text);
	if (!spdx && plain.len)
		spdx = find_name(NAME_TAG, (struct qf_span){ plain.p, plain.len });
	qf_licence_judge(text, strlen(text), &judged);
	if (spdx) {
		qf_buf_puts(out, spdx);
	} else if (plain.len && judged.open) {
		qf_licence_put(out, text, strlen(text));
	} else if (plain.len) { /* "CC BY-SA 4.0" */
		for (size_t i = 0; i < plain.len; i++)
			plain.p[i] = plain.p[i] == ' ' ? '-' : plain.p[i];
		put_id(out, (struct qf_span){ plain.p, plain.len });
	}
	out->failed |= plain.failed;
	spdx = plain.len ? "" : NULL;
	qf_buf_free(&plain);
	return spdx != NULL;
}

bool qf_licence_put_tags(struct qf_buf *out, const char *url, const char *license, const char *copyright, bool *contradict)
{
	const char *urls[] = { find_url(url), find_url(license), find_url(copyright) };
	const char *first = NULL;
	size_t start = out->len;
	bool told, differ = false;

	for (size_t i = 0; i < 3; i++) {
		differ |= first && urls[i] && strcmp(first, urls[i]) != 0;
		first = first ? first : urls[i];
	}
	if (first && (urls[0] || !license || urls[1])) {
		qf_buf_puts(out, first);
		told = true;
	} else {
		told = license && put_license_tag(out, license);
		if (!told && first)
			qf_buf_puts(out, first);
		differ |= told && first && !out->failed && strcmp(out->p + start, first) != 0;
		told |= first != NULL;
	}
	if (contradict)
		*contradict = differ;
	return told;
}
