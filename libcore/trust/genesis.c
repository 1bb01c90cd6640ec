#include "trust/genesis.h"

#include "rows/json.h"
#include "trust/hex.h"
#include "trust/jcs.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

bool qf_genesis_is_name(const char *name)
{
	size_t n = strlen(name);

	return n >= 1 && n < QF_CHAIN_NAME && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == n;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, QF_KEY);
}

static enum qf_status judge(const struct qf_genesis *g, enum qf_status rc, struct qf_err *e)
{
	if (!qf_genesis_is_name(g->name))
		return qf_fail(e, rc, "the name of a chain is 1 to %d of a-z, 0-9, '.' and '-'", QF_CHAIN_NAME - 1);
	if (g->rules.bits > QF_BLOCK_BITS_MAX || g->rules.interval_s < 1 || g->rules.interval_s > 100000000)
		return qf_fail(e, rc, "bits are 0 to %d, the interval 1 to 100000000 s", QF_BLOCK_BITS_MAX);
	if (g->ts < QF_TIME_MIN || g->ts > QF_TIME_MAX)
		return qf_fail(e, rc, "ts %" PRId64 " is outside the years 2000 to 9999", g->ts);
	if (g->n_anchors > QF_ANCHORS_MAX)
		return qf_fail(e, rc, "more than %d anchors", QF_ANCHORS_MAX);
	for (size_t i = 1; i < g->n_anchors; i++)
		if (memcmp(g->anchors[i - 1], g->anchors[i], QF_KEY) >= 0)
			return qf_fail(e, rc, "anchor %zu is not above the one before it", i);
	return QF_OK;
}

/* The signed object, for writing, and for comparing with what was read. */
static void put_rec(struct qf_buf *b, const struct qf_genesis *g)
{
	qf_buf_puts(b, "{\"action\":\"genesis\",\"actor\":\"");
	qf_buf_hex(b, g->actor, QF_KEY);
	qf_buf_puts(b, "\",\"anchors\":[");
	for (size_t i = 0; i < g->n_anchors; i++) {
		qf_buf_puts(b, i ? ",\"" : "\"");
		qf_buf_hex(b, g->anchors[i], QF_KEY);
		qf_buf_putc(b, '"');
	}
	qf_buf_printf(b, "],\"bits\":%u,\"interval\":%" PRId64 ",\"name\":\"%s\",\"ts\":%" PRId64 ",\"v\":1}", g->rules.bits,
		      g->rules.interval_s, g->name, g->ts);
}

static void put_line(struct qf_buf *b, const struct qf_genesis *g)
{
	qf_buf_puts(b, "{\"rec\":");
	put_rec(b, g);
	qf_buf_puts(b, ",\"sig\":\"");
	qf_buf_hex(b, g->sig, QF_SIGNATURE);
	qf_buf_puts(b, "\"}");
}

static bool get_hex(struct qf_span v, size_t n, uint8_t *out)
{
	return qf_json_type(v) == QF_JSON_STRING && v.n == 2 * n + 2 && qf_hex_decode(v.p + 1, n, out);
}

static bool get_anchors(struct qf_span list, struct qf_genesis *g)
{
	struct qf_span key, v, rest = list;

	if (qf_json_type(list) != QF_JSON_ARRAY)
		return false;
	while (qf_json_next(&rest, &key, &v))
		if (g->n_anchors == QF_ANCHORS_MAX || !get_hex(v, QF_KEY, g->anchors[g->n_anchors++]))
			return false;
	return true;
}

static bool get_values(struct qf_genesis *g, struct qf_span line)
{
	struct qf_span sig, actor, anchors, bits, interval, name, ts;
	int64_t n;

	if (!qf_json_get(line, "rec", &g->rec) || !qf_json_get(line, "sig", &sig) || !get_hex(sig, QF_SIGNATURE, g->sig) ||
	    !qf_json_get(g->rec, "actor", &actor) || !get_hex(actor, QF_KEY, g->actor) ||
	    !qf_json_get(g->rec, "anchors", &anchors) || !get_anchors(anchors, g) ||
	    !qf_json_get(g->rec, "bits", &bits) || !qf_json_to_int(bits, &n) || n < 0 || n > QF_BLOCK_BITS_MAX ||
	    !qf_json_get(g->rec, "interval", &interval) || !qf_json_to_int(interval, &g->rules.interval_s) ||
	    !qf_json_get(g->rec, "name", &name) || qf_json_type(name) != QF_JSON_STRING || name.n - 2 >= QF_CHAIN_NAME ||
	    !qf_json_get(g->rec, "ts", &ts) || !qf_json_to_int(ts, &g->ts))
		return false;
	g->rules.bits = (unsigned)n;
	memcpy(g->name, name.p + 1, name.n - 2);
	return true;
}

enum qf_status qf_genesis_parse(struct qf_genesis *g, struct qf_span line, struct qf_err *e)
{
	struct qf_buf again = { 0 };
	enum qf_status rc = QF_OK;

	memset(g, 0, sizeof *g);
	if (line.n > QF_RECORD_MAX)
		return qf_fail(e, QF_EFORMAT, "a line of %zu bytes, a record has at most %d", line.n, QF_RECORD_MAX);
	if (qf_jcs_check(line, e))
		return qf_err_at(e, "not canonical");
	if (!get_values(g, line))
		return qf_fail(e, QF_EFORMAT, "not a genesis record of version 1");
	rc = judge(g, QF_EFORMAT, e);
	if (rc != QF_OK)
		return rc;
	put_line(&again, g);
	rc = qf_buf_check(&again, e);
	if (rc == QF_OK && (again.len != line.n || memcmp(again.p, line.p, line.n) != 0))
		rc = qf_fail(e, QF_EFORMAT, "not a genesis record of version 1: other keys, or another action");
	qf_buf_free(&again);
	if (rc == QF_OK && !qf_signature_good(g->sig, g->rec, g->actor))
		rc = qf_fail(e, QF_EFORMAT, "the signature of the genesis record is not good");
	qf_record_id(line, g->id);
	return rc;
}

enum qf_status qf_genesis_sign(struct qf_genesis *g, const uint8_t secret[QF_SECRET], struct qf_buf *line, struct qf_err *e)
{
	struct qf_buf rec = { 0 };
	size_t from = line->len;
	enum qf_status rc;

	if (g->n_anchors <= QF_ANCHORS_MAX)
		qsort(g->anchors, g->n_anchors, sizeof *g->anchors, by_bytes);
	rc = judge(g, QF_EINVAL, e);
	if (rc != QF_OK)
		return rc;
	put_rec(&rec, g);
	rc = qf_buf_check(&rec, e);
	if (rc == QF_OK) {
		crypto_sign_detached(g->sig, NULL, (const uint8_t *)rec.p, rec.len, secret);
		put_line(line, g);
		rc = qf_buf_check(line, e);
	}
	if (rc == QF_OK)
		qf_record_id((struct qf_span){ line->p + from, line->len - from }, g->id);
	qf_buf_free(&rec);
	return rc;
}
