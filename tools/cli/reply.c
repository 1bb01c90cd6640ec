#define _GNU_SOURCE
#include "cli/reply.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/walk.h"
#include "rows/json.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LYRICS_MAX = 1 << 20, SPARE = 1 /* room for a tag from elsewhere */ };

static enum qf_status no_memory(struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory for the tags");
}

static bool is(struct qf_span key, const char *name)
{
	size_t n = strlen(name);

	return key.n == n + 2 && memcmp(key.p + 1, name, n) == 0;
}

/* ["artist","X"] */
static enum qf_status read_pair(struct qf_span pair, struct qf_tag *tag, struct qf_arena *a, struct qf_err *e)
{
	struct qf_span k, name, value;

	if (!qf_json_next(&pair, &k, &name) || !qf_json_next(&pair, &k, &value))
		return qf_fail(e, QF_EFORMAT, "the reader sent a tag that is no pair");
	*tag = (struct qf_tag){ qf_json_dup(name, a), qf_json_dup(value, a) };
	return QF_OK;
}

/* [["artist","X"],…] as tags[n], with room for SPARE more behind them. */
static enum qf_status read_list(struct qf_span list, struct qf_tag **out, size_t *n, struct qf_arena *a, struct qf_err *e)
{
	size_t cap = 48;
	struct qf_tag *tags = qf_arena_get(a, cap, sizeof *tags);
	struct qf_span k, pair;

	*n = 0;
	while (tags && qf_json_next(&list, &k, &pair)) {
		enum qf_status rc;

		if (*n + SPARE == cap) {
			struct qf_tag *more = qf_arena_get(a, cap *= 2, sizeof *more);

			if (more)
				memcpy(more, tags, *n * sizeof *tags);
			tags = more;
			if (!tags)
				break;
		}
		rc = read_pair(pair, &tags[*n], a, e);
		if (rc != QF_OK)
			return rc;
		*n += tags[*n].key && tags[*n].value; /* a value with a NUL in it is dropped */
	}
	*out = tags;
	return tags ? QF_OK : no_memory(e);
}

static int64_t number(struct qf_span v, int64_t max)
{
	int64_t n;

	return qf_json_to_int(v, &n) && n > 0 && n <= max ? n : 0;
}

static void read_props(struct qf_span props, struct qf_scanned *s, struct qf_arena *a)
{
	struct qf_span key, v;

	while (qf_json_next(&props, &key, &v)) {
		if (is(key, "duration_ms"))
			s->duration_ms = number(v, INT64_MAX / 2);
		else if (is(key, "sample_rate_hz"))
			s->sample_rate_hz = (int)number(v, 10000000);
		else if (is(key, "channels"))
			s->channels = (int)number(v, 4096);
		else if (is(key, "bitrate_kbps"))
			s->bitrate_kbps = (int)number(v, 10000000);
		else if (is(key, "codec"))
			s->codec = qf_json_dup(v, a);
	}
}

static void read_damage(struct qf_span damage, struct reply *r, struct qf_arena *a)
{
	struct qf_span v;

	r->damage_class = qf_json_get(damage, "class", &v) ? qf_json_dup(v, a) : NULL;
	r->damage_text = qf_json_get(damage, "text", &v) ? qf_json_dup(v, a) : NULL;
	if (!r->damage_class)
		r->damage_class = "damaged";
	if (!r->damage_text)
		r->damage_text = "damaged";
}

enum qf_status reply_read(struct reply *r, struct qf_span object, struct qf_arena *a, struct qf_err *e)
{
	struct qf_span key, v;
	struct qf_tag *raw = NULL;
	enum qf_status rc = QF_OK;

	*r = (struct reply){ 0 };
	while (rc == QF_OK && qf_json_next(&object, &key, &v)) {
		if (is(key, "tags"))
			rc = read_list(v, &r->own, &r->scanned.n_tags, a, e);
		else if (is(key, "raw"))
			rc = read_list(v, &raw, &r->scanned.n_raw, a, e);
		else if (is(key, "props"))
			read_props(v, &r->scanned, a);
		else if (is(key, "damage"))
			read_damage(v, r, a);
	}
	r->scanned.tags = r->own;
	r->scanned.raw = raw;
	return rc;
}

/* ---- lyrics beside the file --------------------------------------------------------------------- */

static bool has_tag(const struct qf_scanned *s, const char *key)
{
	for (size_t i = 0; i < s->n_tags; i++)
		if (strcmp(s->tags[i].key, key) == 0)
			return true;
	return false;
}

/* The text of a file without a byte order mark, NULs and broken characters mended; empty when it cannot be read. */
static void read_text(const char *name, struct qf_buf *out)
{
	struct stat st;
	struct qf_buf raw = { 0 };
	int fd = walk_open_file(name, true, &st, NULL);
	size_t from = 0;

	if (fd >= 0 && st.st_size <= LYRICS_MAX && qf_file_read_fd(fd, &raw, LYRICS_MAX, NULL) == QF_OK && raw.len) {
		if (raw.len >= 3 && memcmp(raw.p, "\xef\xbb\xbf", 3) == 0)
			from = 3;
		for (char *p = raw.p; (p = memchr(p, '\0', raw.len - (size_t)(p - raw.p))) != NULL;)
			*p = ' ';
		qf_utf8_clean(out, raw.p + from, raw.len - from);
	}
	if (fd >= 0)
		close(fd);
	qf_buf_free(&raw);
}

enum qf_status reply_add_lyrics(struct reply *r, const char *path, struct qf_arena *a, struct qf_err *e)
{
	struct qf_scanned *s = &r->scanned;
	struct qf_tag *tags = r->own; /* with room behind the last */
	struct qf_buf name = { 0 }, text = { 0 };

	if (!tags || has_tag(s, "synced_lyrics"))
		return QF_OK;
	walk_put_lyrics_name(&name, path);
	if (qf_buf_check(&name, e) != QF_OK)
		return QF_ENOMEM;
	if (access(name.p, R_OK) == 0)
		read_text(name.p, &text);
	qf_buf_free(&name);
	if (text.len && !text.failed)
		tags[s->n_tags] = (struct qf_tag){ "synced_lyrics", qf_arena_dup(a, text.p, text.len) };
	if (text.failed || (text.len && !tags[s->n_tags].value)) {
		qf_buf_free(&text);
		return no_memory(e);
	}
	s->n_tags += text.len > 0;
	qf_buf_free(&text);
	return QF_OK;
}
