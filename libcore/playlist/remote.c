#include "playlist/remote.h"

#include "base/hash.h"
#include "playlist/place.h"

#include <inttypes.h>
#include <string.h>

static size_t without_slash(const char *url)
{
	size_t n = strlen(url);

	while (n && url[n - 1] == '/')
		n--;
	return n;
}

/* From the root; empty when the file does not lie within it. */
static void put_relative(struct qf_buf *out, const char *root, const char *path)
{
	qf_place_relative(out, root, path);
	if (out->len && (out->p[0] == '/' || (out->p[0] == '.' && (out->len == 1 || strncmp(out->p, "../", 3) == 0 || strcmp(out->p, "..") == 0))))
		qf_buf_clear(out);
}

const char *qf_remote_refuses(const struct qf_remote *r, const char *path)
{
	const char *why = NULL;
	struct qf_buf rel = { 0 };

	put_relative(&rel, r->root, path);
	if (!rel.len && !rel.failed)
		why = "does not lie in the folder that the URL stands for";
	else if (rel.len && r->sign == QF_SIGN_PATH && !strchr(rel.p, '/'))
		why = "lies in no folder of its own, which a token in the path is for";
	qf_buf_free(&rel);
	return why;
}

static void put_token(struct qf_buf *out, const struct qf_remote *r, const char *path, size_t n)
{
	struct qf_buf text = { 0 };
	uint8_t digest[QF_MD5];
	size_t start = out->len;

	qf_buf_printf(&text, "%" PRId64, r->expires);
	qf_buf_put(&text, path, n);
	qf_buf_printf(&text, " %s", r->secret);
	if (text.failed) {
		out->failed = true;
		return;
	}
	qf_md5(text.p, text.len, digest);
	qf_buf_base64(out, digest, sizeof digest);
	qf_buf_free(&text);
	if (out->failed)
		return;
	out->len -= 2; /* "==" */
	out->p[out->len] = '\0';
	for (size_t i = start; i < out->len; i++)
		out->p[i] = out->p[i] == '+' ? '-' : out->p[i] == '/' ? '_' : out->p[i];
}

/* The path of the base URL as the server sees it: behind the host, not escaped. */
static void put_url_path(struct qf_buf *out, const char *url)
{
	const char *host = strstr(url, "://"), *path = strchr(host ? host + 3 : url, '/');
	size_t n = without_slash(url);

	if (path && (size_t)(path - url) < n)
		qf_place_unescape(out, path, n - (size_t)(path - url));
}

static void put_query(struct qf_buf *out, const struct qf_remote *r, const struct qf_buf *rel)
{
	struct qf_buf path = { 0 };

	put_url_path(&path, r->url);
	qf_buf_putc(&path, '/');
	qf_buf_put(&path, rel->p, rel->len);
	qf_buf_puts(out, "?md5=");
	put_token(out, r, path.p ? path.p : "", path.len);
	qf_buf_printf(out, "&expires=%" PRId64, r->expires);
	out->failed |= path.failed;
	qf_buf_free(&path);
}

static void put_folder_token(struct qf_buf *out, const struct qf_remote *r, const struct qf_buf *rel)
{
	struct qf_buf dir = { 0 };

	qf_buf_putc(&dir, '/');
	qf_buf_put(&dir, rel->p, strcspn(rel->p, "/") + 1);
	qf_buf_putc(out, '/');
	put_token(out, r, dir.p ? dir.p : "", dir.len);
	qf_buf_printf(out, "/%" PRId64, r->expires);
	out->failed |= dir.failed;
	qf_buf_free(&dir);
}

void qf_remote_put(struct qf_buf *out, const struct qf_remote *r, const char *path)
{
	struct qf_buf rel = { 0 };

	put_relative(&rel, r->root, path);
	if (rel.len) {
		qf_buf_put(out, r->url, without_slash(r->url));
		if (r->sign == QF_SIGN_PATH)
			put_folder_token(out, r, &rel);
		qf_buf_putc(out, '/');
		qf_place_escape(out, rel.p, rel.len);
		if (r->sign == QF_SIGN_QUERY)
			put_query(out, r, &rel);
	}
	out->failed |= rel.failed;
	qf_buf_free(&rel);
}

bool qf_remote_path(struct qf_buf *out, const struct qf_remote *r, const char *url)
{
	size_t n = without_slash(r->url), start = out->len;
	const char *rest = url + n;

	if (strncmp(url, r->url, n) != 0 || *rest != '/')
		return false;
	for (int skipped = 0; r->sign == QF_SIGN_PATH && skipped < 2; skipped++) { /* token and expiry */
		rest = strchr(rest + 1, '/');
		if (!rest)
			return false;
	}
	qf_buf_puts(out, r->root);
	if (!qf_place_unescape(out, rest, strcspn(rest, "?"))) {
		out->len = start;
		return false;
	}
	return true;
}
