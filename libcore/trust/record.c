#define OPENSSL_API_COMPAT 0x10100000L
#include "trust/record.h"

#include "trust/block.h"
#include "trust/hex.h"
#include "trust/jcs.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <string.h>

#define LITERAL(s) (s), sizeof(s) - 1

static const struct {
	const char *name;
	int64_t least, most, step; /* of delta */
} deeds[QF_DEEDS] = {
	[QF_INTERACTION] = { "interaction", 10000, 10000, 1 },
	[QF_RATING] = { "rating", -20000, 20000, 10000 },
	[QF_VERIFICATION] = { "verification", 50000, 50000, 1 },
	[QF_REPORT] = { "report", -50000, -50000, 1 },
	[QF_VOUCH] = { "vouch", 0, 0, 1 },
	[QF_RETRACTION] = { "retraction", 0, 0, 1 },
};
static const char *const kinds[] = { [QF_TARGET_DATASET] = "dataset", [QF_TARGET_TRACK] = "track", [QF_TARGET_CREATOR] = "creator" };
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *qf_deed_name(enum qf_deed d)
{
	return deeds[d].name;
}

static bool deed_of(struct qf_span s, enum qf_deed *d)
{
	for (int i = 0; i < QF_DEEDS; i++)
		if (strlen(deeds[i].name) == s.n && memcmp(deeds[i].name, s.p, s.n) == 0) {
			*d = (enum qf_deed)i;
			return true;
		}
	return false;
}

bool qf_deed_parse(const char *name, enum qf_deed *d)
{
	return deed_of((struct qf_span){ name, strlen(name) }, d);
}

int64_t qf_deed_delta(enum qf_deed d, int stars)
{
	return d == QF_RATING ? (stars - 3) * deeds[d].step : deeds[d].most;
}

bool qf_target_parse(struct qf_span text, struct qf_target *t)
{
	for (int i = 0; i < KINDS; i++) {
		size_t n = strlen(kinds[i]);

		if (text.n == n + 1 + 2 * QF_SHA256 && memcmp(text.p, kinds[i], n) == 0 && text.p[n] == ':') {
			t->kind = (enum qf_target_kind)i;
			return qf_hex_decode(text.p + n + 1, QF_SHA256, t->id);
		}
	}
	return false;
}

void qf_target_write(const struct qf_target *t, char out[QF_TARGET_TEXT])
{
	size_t n = strlen(kinds[t->kind]);

	memcpy(out, kinds[t->kind], n);
	out[n] = ':';
	qf_hex_encode(t->id, QF_SHA256, out + n + 1);
}

/* ---- what a record may say -------------------------------------------------------------------- */

static enum qf_status judge(const struct qf_record *r, enum qf_status rc, struct qf_err *e)
{
	int64_t least = deeds[r->deed].least, most = deeds[r->deed].most;

	if (r->delta < least || r->delta > most || (r->delta - least) % deeds[r->deed].step != 0)
		return qf_fail(e, rc, "%" PRId64 " is no delta of the action %s", r->delta, deeds[r->deed].name);
	if (r->deed == QF_VOUCH && r->target.kind != QF_TARGET_CREATOR)
		return qf_fail(e, rc, "a vouch is for a creator");
	if (r->target.kind == QF_TARGET_CREATOR && memcmp(r->target.id, r->actor, QF_KEY) == 0)
		return qf_fail(e, rc, "the actor speaks of itself");
	if (r->ts < QF_TIME_MIN || r->ts > QF_TIME_MAX)
		return qf_fail(e, rc, "ts %" PRId64 " is outside the years 2000 to 9999", r->ts);
	return QF_OK;
}

/* ---- reading ------------------------------------------------------------------------------------
 * The form leaves no freedom but the values, so the line is compared piece by piece. */

struct cursor {
	const char *start, *p, *end;
};

static bool literal(struct cursor *c, const char *s, size_t n)
{
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, s, n) != 0)
		return false;
	c->p += n;
	return true;
}

static bool hex(struct cursor *c, size_t n, uint8_t *out)
{
	if ((size_t)(c->end - c->p) < 2 * n || !qf_hex_decode(c->p, n, out))
		return false;
	c->p += 2 * n;
	return true;
}

/* Below 2^53, without a leading zero. */
static bool integer(struct cursor *c, bool sign, int64_t *out)
{
	const char *p = c->p;
	bool minus = sign && p < c->end && *p == '-';
	const char *digits = p += minus;
	int64_t v = 0;

	for (; p < c->end && *p >= '0' && *p <= '9' && p - digits < 16; p++)
		v = 10 * v + (*p - '0');
	if (p == digits || v >= INT64_C(1) << 53 || (*digits == '0' && (p - digits > 1 || minus)))
		return false;
	*out = minus ? -v : v;
	c->p = p;
	return true;
}

static bool word(struct cursor *c, struct qf_span *out)
{
	const char *quote = memchr(c->p, '"', (size_t)(c->end - c->p));

	if (!quote)
		return false;
	*out = (struct qf_span){ c->p, (size_t)(quote - c->p) };
	return true;
}

static bool take_deed(struct cursor *c, enum qf_deed *d)
{
	struct qf_span s;

	if (!word(c, &s) || !deed_of(s, d))
		return false;
	c->p += s.n;
	return true;
}

static bool take_target(struct cursor *c, struct qf_target *t)
{
	struct qf_span s;

	if (!word(c, &s) || !qf_target_parse(s, t))
		return false;
	c->p += s.n;
	return true;
}

static bool take_record(struct cursor *c, struct qf_record *r)
{
	const char *from;

	if (!literal(c, LITERAL("{\"rec\":")))
		return false;
	from = c->p;
	if (!literal(c, LITERAL("{\"action\":\"")) || !take_deed(c, &r->deed) || !literal(c, LITERAL("\",\"actor\":\"")) ||
	    !hex(c, QF_KEY, r->actor) || !literal(c, LITERAL("\",\"chain\":\"")) || !hex(c, QF_SHA256, r->chain) ||
	    !literal(c, LITERAL("\",\"delta\":")) || !integer(c, true, &r->delta) || !literal(c, LITERAL(",\"seq\":")) ||
	    !integer(c, false, &r->seq) || !literal(c, LITERAL(",\"target\":\"")) || !take_target(c, &r->target) ||
	    !literal(c, LITERAL("\",\"ts\":")) || !integer(c, false, &r->ts) || !literal(c, LITERAL(",\"v\":1}")))
		return false;
	r->rec = (struct qf_span){ from, (size_t)(c->p - from) };
	return literal(c, LITERAL(",\"sig\":\"")) && hex(c, QF_SIGNATURE, r->sig) && literal(c, LITERAL("\"}"));
}

/* Why it is none: what makes it no canonical JSON is told first. */
static enum qf_status no_record(const struct cursor *c, struct qf_err *e)
{
	struct qf_err why = { 0 };

	if (qf_jcs_check((struct qf_span){ c->start, (size_t)(c->end - c->start) }, &why))
		return qf_fail(e, QF_EFORMAT, "not canonical: %s", why.text);
	return qf_fail(e, QF_EFORMAT, "not a record of version 1 from byte %zu on", (size_t)(c->p - c->start));
}

enum qf_status qf_record_parse(struct qf_record *r, struct qf_span line, struct qf_err *e)
{
	struct cursor c = { line.p, line.p, line.p + line.n };

	if (line.n > QF_RECORD_MAX)
		return qf_fail(e, QF_EFORMAT, "a line of %zu bytes, a record has at most %d", line.n, QF_RECORD_MAX);
	if (!take_record(&c, r))
		return no_record(&c, e);
	if (c.p != c.end)
		return qf_fail(e, QF_EFORMAT, "something behind the record, from byte %zu on", (size_t)(c.p - c.start));
	return judge(r, QF_EFORMAT, e);
}

/* ---- writing ------------------------------------------------------------------------------------ */

enum qf_status qf_record_sign(const struct qf_record *r, const uint8_t secret[QF_SECRET], struct qf_buf *line, struct qf_err *e)
{
	char actor[2 * QF_KEY + 1], chain[2 * QF_SHA256 + 1], target[QF_TARGET_TEXT];
	uint8_t sig[QF_SIGNATURE];
	size_t from;

	if (judge(r, QF_EINVAL, e))
		return e->code;
	qf_hex_encode(r->actor, QF_KEY, actor);
	qf_hex_encode(r->chain, QF_SHA256, chain);
	qf_target_write(&r->target, target);
	qf_buf_puts(line, "{\"rec\":");
	from = line->len;
	qf_buf_printf(line, "{\"action\":\"%s\",\"actor\":\"%s\",\"chain\":\"%s\",\"delta\":%" PRId64 ",\"seq\":%" PRId64
		      ",\"target\":\"%s\",\"ts\":%" PRId64 ",\"v\":1}", deeds[r->deed].name, actor, chain, r->delta, r->seq, target, r->ts);
	if (line->failed)
		return qf_buf_check(line, e);
	crypto_sign_detached(sig, NULL, (const uint8_t *)line->p + from, line->len - from, secret);
	qf_buf_puts(line, ",\"sig\":\"");
	qf_buf_hex(line, sig, sizeof sig);
	qf_buf_puts(line, "\"}");
	return qf_buf_check(line, e);
}

bool qf_signature_good(const uint8_t sig[QF_SIGNATURE], struct qf_span text, const uint8_t key[QF_KEY])
{
	return crypto_sign_verify_detached(sig, (const uint8_t *)text.p, text.n, key) == 0;
}

bool qf_record_signed(const struct qf_record *r)
{
	return qf_signature_good(r->sig, r->rec, r->actor);
}

void qf_record_id(struct qf_span line, uint8_t id[QF_SHA256])
{
	qf_sha256(line.p, line.n, id);
}

void qf_record_leaf(struct qf_span rec, const uint8_t sig[QF_SIGNATURE], uint8_t leaf[QF_SHA256])
{
	SHA256_CTX ctx;

	SHA256_Init(&ctx);
	SHA256_Update(&ctx, "", 1);
	SHA256_Update(&ctx, rec.p, rec.n);
	SHA256_Update(&ctx, sig, QF_SIGNATURE);
	SHA256_Final(leaf, &ctx);
}

void qf_record_leaf_text(struct qf_span rec, const uint8_t sig[QF_SIGNATURE], uint8_t *out)
{
	out[0] = 0;
	memcpy(out + 1, rec.p, rec.n);
	memcpy(out + 1 + rec.n, sig, QF_SIGNATURE);
}
