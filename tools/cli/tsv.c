#define _GNU_SOURCE
#include "cli/tsv.h"

#include "base/alloc.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reading {
	const char *path;
	FILE *in;
	char *line; /* of getline() */
	size_t room, number;
	char *rest; /* of the line, NULL: no more columns */
	char separator;
};

static enum qf_status open_reading(struct reading *r, const char *path, struct qf_err *e)
{
	*r = (struct reading){ .path = path, .in = fopen(path, "re") };
	return r->in ? QF_OK : qf_fail_errno(e, "%s", path);
}

static enum qf_status bad(const struct reading *r, struct qf_err *e, const char *what, const char *value)
{
	return qf_fail(e, QF_EFORMAT, "%s:%zu: %s '%.60s'", r->path, r->number, what, value);
}

/* The next line that says something. */
static enum qf_status next_line(struct reading *r, bool *more, struct qf_err *e)
{
	ssize_t n;

	*more = true;
	do {
		n = getline(&r->line, &r->room, r->in);
		if (n < 0 && ferror(r->in))
			return qf_fail_errno(e, "%s", r->path);
		if (n < 0 && !feof(r->in))
			return qf_fail(e, QF_ENOMEM, "%s:%zu: out of memory", r->path, r->number + 1);
		if (n < 0) {
			*more = false;
			return QF_OK;
		}
		r->number++;
		if (memchr(r->line, '\0', (size_t)n))
			return bad(r, e, "a NUL byte behind", r->line);
		while (n && (r->line[n - 1] == '\n' || r->line[n - 1] == '\r'))
			r->line[--n] = '\0';
	} while (n == 0 || r->line[0] == '#');
	r->rest = r->line;
	r->separator = strchr(r->line, '\t') ? '\t' : ',';
	return QF_OK;
}

/* The next column, or NULL. */
static char *next_column(struct reading *r)
{
	char *column = r->rest, *end = column ? strchr(column, r->separator) : NULL;

	if (end)
		*end = '\0';
	r->rest = end ? end + 1 : NULL;
	return column;
}

static bool is_heading(const struct reading *r, const char *first)
{
	return r->number == 1 && (strncasecmp(first, "user", 4) == 0 || strncasecmp(first, "uid", 3) == 0);
}

static void close_reading(struct reading *r)
{
	if (r->in)
		fclose(r->in);
	free(r->line);
}

static enum qf_status append(struct cli_rows *rows, const struct qf_listen *l, struct qf_err *e)
{
	if (rows->n == rows->room) {
		size_t room = rows->room ? 2 * rows->room : 4096;
		struct qf_listen *more = qf_realloc(rows->l, room, sizeof *more);

		if (!more)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu rows", room);
		rows->l = more;
		rows->room = room;
	}
	rows->l[rows->n++] = *l;
	rows->times |= l->at != 0;
	return QF_OK;
}

static enum qf_status read_weight(struct reading *r, struct qf_listen *l, struct qf_err *e)
{
	const char *weight = next_column(r), *at = next_column(r);
	char *end;
	double v;

	if (!weight)
		return QF_OK;
	v = strtod(weight, &end);
	if (end == weight || *end || !(v > 0) || !isfinite((float)v) || !((float)v > 0))
		return bad(r, e, "the weight must be a number above 0, not", weight);
	l->weight = (float)v;
	if (!at || !*at)
		return QF_OK;
	errno = 0;
	v = strtod(at, &end); /* some sets write 1.2e9 or fractions */
	if (end == at || *end || !(v >= 0 && v < 0x1p53))
		return bad(r, e, "the time must be seconds since 1970, not", at);
	l->at = (int64_t)v;
	return QF_OK;
}

static enum qf_status add_names(struct reading *r, const char *user, const char *item, struct cli_names *users, struct cli_names *items,
				struct qf_listen *l, struct qf_err *e)
{
	if (!item || !*item || !*user)
		return bad(r, e, "a user and an item were expected, not", r->line);
	if (cli_names_add(users, user, strlen(user), &l->user, e) || cli_names_add(items, item, strlen(item), &l->item, e))
		return e->code;
	return QF_OK;
}

enum qf_status cli_tsv_walk(const char *path, bool weights, struct cli_names *users, struct cli_names *items,
			    enum qf_status (*fn)(void *arg, const struct qf_listen *l, struct qf_err *e), void *arg, struct qf_err *e)
{
	struct reading r;
	bool more;
	enum qf_status st = open_reading(&r, path, e);

	while (st == QF_OK && (st = next_line(&r, &more, e)) == QF_OK && more) {
		struct qf_listen l = { .weight = 1 };
		const char *user = next_column(&r), *item = next_column(&r);

		if (is_heading(&r, user))
			continue;
		st = add_names(&r, user, item, users, items, &l, e);
		if (st == QF_OK && weights)
			st = read_weight(&r, &l, e);
		if (st == QF_OK)
			st = fn(arg, &l, e);
	}
	close_reading(&r);
	return st;
}

static enum qf_status append_any(void *rows, const struct qf_listen *l, struct qf_err *e)
{
	return append(rows, l, e);
}

enum qf_status cli_tsv_read(struct cli_rows *rows, const char *path, bool weights, struct cli_names *users, struct cli_names *items,
			    struct qf_err *e)
{
	return cli_tsv_walk(path, weights, users, items, append_any, rows, e);
}

static enum qf_status append_score(struct cli_rows *rows, double score, struct qf_err *e)
{
	if (rows->n > rows->score_room) { /* the row of it is there */
		double *more = qf_realloc(rows->score, rows->room, sizeof *more);

		if (!more)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu scores", rows->room);
		rows->score = more;
		rows->score_room = rows->room;
	}
	rows->score[rows->n - 1] = score;
	return QF_OK;
}

enum qf_status cli_tsv_scores(struct cli_rows *rows, const char *path, struct cli_names *users, struct cli_names *items,
			      struct qf_err *e)
{
	struct reading r;
	bool more;
	enum qf_status st = open_reading(&r, path, e);

	while (st == QF_OK && (st = next_line(&r, &more, e)) == QF_OK && more) {
		struct qf_listen l = { .weight = 1, .at = (int64_t)rows->n };
		const char *user = next_column(&r), *item = next_column(&r), *text = next_column(&r);
		double score = -(double)r.number;
		char *end;

		if (is_heading(&r, user))
			continue;
		if (text) {
			score = strtod(text, &end);
			if (end == text || *end || !isfinite(score))
				st = bad(&r, e, "the score must be a number, not", text);
		}
		if (st == QF_OK && (st = add_names(&r, user, item, users, items, &l, e)) == QF_OK && (st = append(rows, &l, e)) == QF_OK)
			st = append_score(rows, score, e);
	}
	close_reading(&r);
	return st;
}

enum qf_status cli_tsv_scored(struct qf_scores *out, const struct cli_rows *rows, const char *path, size_t n_users, struct qf_err *e)
{
	*out = (struct qf_scores){ .users = n_users };
	out->at = qf_zalloc(n_users + 1, sizeof *out->at);
	out->col = qf_alloc(rows->n, sizeof *out->col);
	out->v = qf_alloc(rows->n, sizeof *out->v);
	if (!out->at || !out->col || !out->v)
		return qf_fail(e, QF_ENOMEM, "%s: out of memory for %zu scores", path, rows->n);
	for (size_t i = 0; i < rows->n; i++) {
		const struct qf_listen *l = &rows->l[i];

		if (i && l->user == l[-1].user && l->item == l[-1].item)
			return qf_fail(e, QF_EFORMAT, "%s: an item stands twice for one user", path);
		out->col[i] = l->item;
		out->v[i] = rows->score[l->at];
		out->at[l->user + 1] = i + 1;
	}
	for (size_t u = 0; u < n_users; u++)
		if (out->at[u + 1] < out->at[u])
			out->at[u + 1] = out->at[u];
	return QF_OK;
}

enum qf_status cli_tsv_candidates(struct cli_rows *rows, const char *path, struct cli_names *users, struct cli_names *items,
				  struct qf_err *e)
{
	struct reading r;
	bool more;
	enum qf_status st = open_reading(&r, path, e);

	while (st == QF_OK && (st = next_line(&r, &more, e)) == QF_OK && more) {
		struct qf_listen l = { .weight = 1 };
		char *user = next_column(&r), *item = NULL;

		if (is_heading(&r, user))
			continue;
		if (*user == '(' && (item = strchr(user, ',')) != NULL) {
			user++;
			*item++ = '\0';
			item[strcspn(item, ")")] = '\0';
		} else {
			item = next_column(&r);
		}
		do {
			st = add_names(&r, user, item, users, items, &l, e);
			if (st == QF_OK)
				st = append(rows, &l, e);
		} while (st == QF_OK && (item = next_column(&r)) != NULL);
	}
	close_reading(&r);
	return st;
}

enum qf_status cli_tsv_features(struct cli_rows *rows, const char *path, const struct cli_names *items, struct cli_names *features,
				struct qf_err *e)
{
	struct reading r;
	bool more;
	enum qf_status st = open_reading(&r, path, e);

	while (st == QF_OK && (st = next_line(&r, &more, e)) == QF_OK && more) {
		const char *item = next_column(&r), *name = next_column(&r);
		struct qf_listen l = { .weight = 1, .user = cli_names_find(items, item, strlen(item)) };

		if (!name || !*name)
			st = bad(&r, e, "an item and a name were expected, not", r.line);
		else if (l.user == CLI_NO_NAME)
			continue;
		else if ((st = read_weight(&r, &l, e)) == QF_OK && (st = cli_names_add(features, name, strlen(name), &l.item, e)) == QF_OK)
			st = append(rows, &l, e);
	}
	close_reading(&r);
	return st;
}

enum qf_status cli_tsv_settle(struct cli_rows *const *rows, size_t n, struct cli_names *users, struct cli_names *items, struct qf_err *e)
{
	uint32_t *user = qf_alloc(users->n, sizeof *user), *item = qf_alloc(items->n, sizeof *item);
	enum qf_status st = user && item ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu names", users->n + items->n);

	if (st == QF_OK && (st = cli_names_sort(users, user, e)) == QF_OK)
		st = cli_names_sort(items, item, e);
	for (size_t f = 0; st == QF_OK && f < n; f++) {
		for (size_t i = 0; i < rows[f]->n; i++) {
			rows[f]->l[i].user = user[rows[f]->l[i].user];
			rows[f]->l[i].item = item[rows[f]->l[i].item];
		}
		qf_listens_sort(rows[f]->l, rows[f]->n);
	}
	qf_free(user);
	qf_free(item);
	return st;
}

void cli_rows_free(struct cli_rows *rows)
{
	qf_free(rows->l);
	qf_free(rows->score);
	memset(rows, 0, sizeof *rows);
}
