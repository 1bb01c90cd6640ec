#include "quality/duplicates.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAGS_APART_S 2.0

const char *const qf_sameness_names[QF_SAMENESSES] = { "exact", "audio", "samples", "recording", "tags" };
const char *const qf_keep_words[QF_KEEP_REASONS] = {
	"it is lossless", "less is wrong with it", "its bitrate is higher", "it has more tags", "it is longer", "its path comes first",
};

struct state { /* of each file */
	uint32_t parent;
	uint8_t how; /* QF_SAMENESSES: nothing leads here */
	float same, offset_s;
};

struct finder {
	const struct qf_copy *file;
	size_t n;
	struct state *state;
};

/* ---- joining ---------------------------------------------------------------------------------------- */

static uint32_t root_of(struct finder *f, uint32_t i)
{
	while (f->state[i].parent != i) {
		f->state[i].parent = f->state[f->state[i].parent].parent;
		i = f->state[i].parent;
	}
	return i;
}

static void note(struct finder *f, size_t i, enum qf_sameness how, double same, double offset_s)
{
	if (how < f->state[i].how || (how == f->state[i].how && same > (double)f->state[i].same)) {
		f->state[i].how = (uint8_t)how;
		f->state[i].same = (float)same;
		f->state[i].offset_s = (float)offset_s;
	}
}

static void join(struct finder *f, size_t a, size_t b, enum qf_sameness how, double same, double offset_s)
{
	uint32_t x = root_of(f, (uint32_t)a), y = root_of(f, (uint32_t)b);

	f->state[x < y ? y : x].parent = x < y ? x : y;
	note(f, a, how, same, -offset_s);
	note(f, b, how, same, offset_s);
}

struct key {
	const char *text;
	size_t file;
};

static int by_text(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int c = strcmp(x->text, y->text);

	return c ? c : (x->file > y->file) - (x->file < y->file);
}

/* Files with the same text, one with the next. */
static void join_equal(struct finder *f, struct key *k, size_t n, enum qf_sameness how)
{
	if (n)
		qsort(k, n, sizeof *k, by_text);
	for (size_t i = 1; i < n; i++)
		if (strcmp(k[i].text, k[i - 1].text) == 0)
			join(f, k[i - 1].file, k[i].file, how, 1, 0);
}

static void join_digests(struct finder *f, struct key *k, enum qf_sameness how)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const char *const text[] = { [QF_SAME_EXACT] = f->file[i].sha256, [QF_SAME_AUDIO] = f->file[i].audio_id,
					     [QF_SAME_SAMPLES] = f->file[i].samples };

		if (text[how])
			k[n++] = (struct key){ text[how], i };
	}
	join_equal(f, k, n, how);
}

static enum qf_status join_recordings(struct finder *f, struct qf_err *e)
{
	struct qf_print *p = qf_alloc(f->n, sizeof *p);
	struct qf_print_pair *pair = NULL;
	size_t pairs = 0;
	enum qf_status rc = p ? QF_OK : qf_fail(e, QF_ENOMEM, "duplicates: out of memory for %zu files", f->n);

	for (size_t i = 0; p && i < f->n; i++) {
		p[i] = f->file[i].print;
		p[i].duration_s = f->file[i].duration_s;
	}
	if (rc == QF_OK)
		rc = qf_prints_match(p, f->n, &pair, &pairs, e);
	for (size_t i = 0; i < pairs; i++)
		join(f, pair[i].a, pair[i].b, QF_SAME_RECORDING, pair[i].same, pair[i].offset_s);
	qf_free(pair);
	qf_free(p);
	return rc;
}

/* ---- alike by their tags ---------------------------------------------------------------------------- */

static bool may_be_same(const struct qf_copy *a, const struct qf_copy *b)
{
	return (!a->print.n || !b->print.n) && a->duration_s > 0 && b->duration_s > 0 && fabs(a->duration_s - b->duration_s) <= TAGS_APART_S;
}

/* "artist TAB title", folded, of all files into one buffer; at[i] is where that of a file begins, SIZE_MAX: it has none. */
static enum qf_status fold_names(struct finder *f, struct qf_buf *text, size_t *at, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < f->n; i++) {
		const struct qf_copy *c = &f->file[i];

		at[i] = SIZE_MAX;
		if (!c->artist || !c->title)
			continue;
		at[i] = text->len;
		rc = qf_text_fold(text, c->artist, strlen(c->artist), e);
		qf_buf_putc(text, '\t');
		if (rc == QF_OK)
			rc = qf_text_fold(text, c->title, strlen(c->title), e);
		qf_buf_putc(text, '\0');
	}
	return rc == QF_OK ? qf_buf_check(text, e) : rc;
}

static enum qf_status join_names(struct finder *f, struct key *k, struct qf_err *e)
{
	size_t *at = qf_alloc(f->n, sizeof *at), n = 0;
	struct qf_buf text = { 0 };
	enum qf_status rc = at ? fold_names(f, &text, at, e) : qf_fail(e, QF_ENOMEM, "duplicates: out of memory for %zu files", f->n);

	for (size_t i = 0; rc == QF_OK && i < f->n; i++)
		if (at[i] != SIZE_MAX)
			k[n++] = (struct key){ text.p + at[i], i };
	if (n)
		qsort(k, n, sizeof *k, by_text);
	for (size_t i = 1; i < n; i++)
		if (strcmp(k[i].text, k[i - 1].text) == 0 && may_be_same(&f->file[k[i - 1].file], &f->file[k[i].file]))
			join(f, k[i - 1].file, k[i].file, QF_SAME_TAGS, 1, 0);
	qf_buf_free(&text);
	qf_free(at);
	return rc;
}

/* ---- what to keep ----------------------------------------------------------------------------------- */

/* Above 0: a is better, by *why. Paths decide last. */
static int better(const struct qf_copy *a, const struct qf_copy *b, enum qf_keep_reason *why)
{
	const double by[QF_KEEP_PATH] = {
		[QF_KEEP_LOSSLESS] = a->lossless - b->lossless,
		[QF_KEEP_SOUND] = b->defects - a->defects,
		[QF_KEEP_BITRATE] = a->bitrate_kbps - b->bitrate_kbps,
		[QF_KEEP_TAGS] = a->tags - b->tags,
		[QF_KEEP_LENGTH] = round((a->duration_s - b->duration_s) * 1000),
	};
	int c;

	for (*why = 0; *why < QF_KEEP_PATH; ++*why) {
		if (*why == QF_KEEP_BITRATE && a->lossless && b->lossless)
			continue; /* of lossless files it tells how well they were packed */
		if (by[*why] > 0 || by[*why] < 0)
			return by[*why] > 0 ? 1 : -1;
	}
	c = strcmp(b->path, a->path);
	return (c > 0) - (c < 0);
}

static void choose(const struct finder *f, struct qf_duplicate *v, size_t n)
{
	size_t best = 0, next = SIZE_MAX;
	enum qf_keep_reason why;

	for (size_t i = 1; i < n; i++)
		if (better(&f->file[v[i].file], &f->file[v[best].file], &why) > 0)
			best = i;
	for (size_t i = 0; i < n; i++) {
		if (i == best)
			continue;
		better(&f->file[v[best].file], &f->file[v[i].file], &v[i].reason);
		if (next == SIZE_MAX || better(&f->file[v[i].file], &f->file[v[next].file], &why) > 0)
			next = i;
	}
	if (next != SIZE_MAX)
		v[best].reason = v[next].reason;
	v[best].keep = true;
	if (best) { /* first, the others in their order */
		struct qf_duplicate kept = v[best];

		memmove(v + 1, v, best * sizeof *v);
		v[0] = kept;
	}
}

/* ---- groups ------------------------------------------------------------------------------------------- */

struct place {
	uint32_t root, file;
};

static int by_root(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->root != y->root ? (x->root < y->root ? -1 : 1) : (x->file > y->file) - (x->file < y->file);
}

static enum qf_status collect(struct finder *f, struct qf_duplicates *out, struct qf_err *e)
{
	struct place *p = qf_alloc(f->n, sizeof *p);
	size_t n = 0;

	for (size_t i = 0; p && i < f->n; i++)
		if (f->state[i].how < QF_SAMENESSES)
			p[n++] = (struct place){ root_of(f, (uint32_t)i), (uint32_t)i };
	out->v = p ? qf_zalloc(n, sizeof *out->v) : NULL;
	out->group = p ? qf_alloc(n + 1, sizeof *out->group) : NULL;
	if (!out->v || !out->group) {
		qf_free(p);
		return qf_fail(e, QF_ENOMEM, "duplicates: out of memory");
	}
	if (n)
		qsort(p, n, sizeof *p, by_root);
	for (size_t i = 0; i < n; i++) {
		const struct state *s = &f->state[p[i].file];

		if (i == 0 || p[i].root != p[i - 1].root)
			out->group[out->groups++] = i;
		out->v[i] = (struct qf_duplicate){ .file = p[i].file, .how = s->how, .same = (double)s->same, .offset_s = (double)s->offset_s };
	}
	out->n = out->group[out->groups] = n;
	for (size_t g = 0; g < out->groups; g++)
		choose(f, out->v + out->group[g], out->group[g + 1] - out->group[g]);
	qf_free(p);
	return QF_OK;
}

enum qf_status qf_duplicates_find(const struct qf_copy *file, size_t n, struct qf_duplicates *out, struct qf_err *e)
{
	struct finder f = { .file = file, .n = n, .state = qf_alloc(n, sizeof *f.state) };
	struct key *k = qf_alloc(n, sizeof *k);
	enum qf_status rc = f.state && k && n < UINT32_MAX ? QF_OK : qf_fail(e, QF_ENOMEM, "duplicates: out of memory for %zu files", n);

	*out = (struct qf_duplicates){ .n = 0 };
	for (size_t i = 0; rc == QF_OK && i < n; i++)
		f.state[i] = (struct state){ .parent = (uint32_t)i, .how = QF_SAMENESSES };
	if (rc == QF_OK) {
		for (enum qf_sameness how = QF_SAME_EXACT; how <= QF_SAME_SAMPLES; how++)
			join_digests(&f, k, how);
		rc = join_recordings(&f, e);
	}
	if (rc == QF_OK)
		rc = join_names(&f, k, e);
	if (rc == QF_OK)
		rc = collect(&f, out, e);
	qf_free(k);
	qf_free(f.state);
	return rc;
}

void qf_duplicates_free(struct qf_duplicates *d)
{
	qf_free(d->v);
	qf_free(d->group);
	*d = (struct qf_duplicates){ .n = 0 };
}
