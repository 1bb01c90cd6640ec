#include "cli/models.h"

#include <stdlib.h>
#include <string.h>

static enum qf_status unknown_engine(const char *text, struct qf_err *e)
{
	struct qf_buf names = { 0 };
	size_t n;
	const struct qf_engine_kind *const *all = qf_engine_all(&n);

	for (size_t i = 0; i < n; i++)
		qf_buf_printf(&names, "%s%s", i ? ", " : "", all[i]->name);
	qf_fail(e, QF_EINVAL, "'%.60s': no such engine; there are %s", text, names.p ? names.p : "none");
	qf_buf_free(&names);
	return QF_EINVAL;
}

static size_t find_key(const struct qf_engine_kind *kind, const char *p, size_t n)
{
	for (size_t k = 0; k < QF_ENGINE_KEYS && kind->key[k].name; k++)
		if (strlen(kind->key[k].name) == n && memcmp(kind->key[k].name, p, n) == 0)
			return k;
	return QF_ENGINE_KEYS;
}

static enum qf_status check_range(const struct cli_model *m, size_t k, double v, struct qf_err *e)
{
	const struct qf_engine_key *key = &m->kind->key[k];

	if (!(v >= key->lo && v <= key->hi) || (key->whole && v != (double)(long long)v))
		return qf_fail(e, QF_EINVAL, "%s:%s: %g is out of range (%s%g to %g)", m->kind->name, key->name, v,
			       key->whole ? "whole numbers, " : "", key->lo, key->hi);
	return QF_OK;
}

double cli_model_value(const struct cli_model *m, const char *key)
{
	size_t k = find_key(m->kind, key, strlen(key));

	return k < QF_ENGINE_KEYS ? m->value[k] : 0;
}

enum qf_status cli_model_set(struct cli_model *m, const char *key, double v, struct qf_err *e)
{
	size_t k = find_key(m->kind, key, strlen(key));

	if (k == QF_ENGINE_KEYS)
		return qf_fail(e, QF_EINVAL, "%s has no %s", m->kind->name, key);
	m->value[k] = v;
	return check_range(m, k, v, e);
}

/* VALUE/VALUE/… up to a comma or the end. */
static enum qf_status parse_values(struct cli_model *m, size_t k, const char **p, struct qf_err *e)
{
	const struct qf_engine_key *key = &m->kind->key[k];

	m->tries[k] = 0;
	for (;;) {
		char *end;
		double v = strtod(*p, &end);

		if (end == *p || (*end && *end != ',' && *end != '/'))
			return qf_fail(e, QF_EINVAL, "%s:%s: '%.40s' is not a number", m->kind->name, key->name, *p);
		if (check_range(m, k, v, e))
			return e->code;
		if (m->tries[k] == CLI_MODEL_TRIES)
			return qf_fail(e, QF_EINVAL, "%s:%s: more than %d values", m->kind->name, key->name, CLI_MODEL_TRIES);
		m->tried[k][m->tries[k]++] = v;
		*p = end;
		if (*end != '/')
			return QF_OK;
		++*p;
	}
}

enum qf_status cli_model_parse(struct cli_model *m, const char *text, struct qf_err *e)
{
	size_t n = strcspn(text, ":");
	const char *p = text + n;

	memset(m, 0, sizeof *m);
	m->kind = qf_engine_named(text, n);
	if (!m->kind)
		return unknown_engine(text, e);
	for (size_t k = 0; k < QF_ENGINE_KEYS; k++) {
		m->tries[k] = 1;
		m->tried[k][0] = m->kind->key[k].otherwise;
	}
	while (*p) {
		size_t k;

		p++;
		n = strcspn(p, "=,");
		k = p[n] == '=' ? find_key(m->kind, p, n) : QF_ENGINE_KEYS;
		if (k == QF_ENGINE_KEYS)
			return qf_fail(e, QF_EINVAL, "'%.60s': KEY=VALUE with a key of %s was expected", p, m->kind->name);
		p += n + 1;
		if (parse_values(m, k, &p, e))
			return e->code;
	}
	cli_model_take(m, 0);
	return QF_OK;
}

size_t cli_model_points(const struct cli_model *m)
{
	size_t n = 1;

	for (size_t k = 0; k < QF_ENGINE_KEYS; k++)
		n *= m->tries[k];
	return n;
}

void cli_model_take(struct cli_model *m, size_t nth)
{
	for (size_t k = QF_ENGINE_KEYS; k-- > 0;) {
		m->value[k] = m->tried[k][nth % m->tries[k]];
		nth /= m->tries[k];
	}
}

void cli_model_label(struct qf_buf *out, const struct cli_model *m)
{
	char mark = ':';

	qf_buf_puts(out, m->kind->name);
	for (size_t k = 0; k < QF_ENGINE_KEYS && m->kind->key[k].name; k++)
		if (m->value[k] < m->kind->key[k].otherwise || m->value[k] > m->kind->key[k].otherwise) {
			qf_buf_printf(out, "%c%s=%.9g", mark, m->kind->key[k].name, m->value[k]);
			mark = ',';
		}
}

void cli_model_list(struct qf_buf *out)
{
	size_t n;
	const struct qf_engine_kind *const *all = qf_engine_all(&n);

	for (size_t i = 0; i < n; i++) {
		qf_buf_printf(out, "%s%s: %s", i ? "\n" : "", all[i]->name, all[i]->about);
		for (size_t k = 0; k < QF_ENGINE_KEYS && all[i]->key[k].name; k++)
			qf_buf_printf(out, "%s%s [%g]", k ? ", " : "; ", all[i]->key[k].name, all[i]->key[k].otherwise);
	}
}
