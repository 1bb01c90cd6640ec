#include "cli/codes.h"

#include "base/alloc.h"
#include "catalog/change.h"

#include <math.h>
#include <string.h>

enum { PAGE = QF_SCAN_TILE }; /* tracks */

size_t cli_codes_bytes(size_t n, size_t rank)
{
	return n * (qf_code_stride(rank) + qf_code_stride(QF_SOUND_DIM) + 4 * sizeof(float));
}

struct cli_codes cli_codes_at(uint8_t *bytes, size_t n, size_t rank)
{
	size_t factor = qf_code_stride(rank), sound = qf_code_stride(QF_SOUND_DIM);
	float *scale = (float *)(void *)(bytes + n * (factor + sound));

	return (struct cli_codes){
		.factor = { .rows = n, .k = rank, .stride = factor, .code = bytes, .scale = scale, .rest = scale + n },
		.sound = { .rows = n, .k = QF_SOUND_DIM, .stride = sound, .code = bytes + n * factor, .scale = scale + 2 * n,
			   .rest = scale + 3 * n },
	};
}

static float length_of(const float *v, size_t n)
{
	return (float)sqrt(qf_linear_dot(v, v, n));
}

static enum qf_status put_page(struct qf_catalog *c, const struct cli_learned *l, const size_t *at, size_t n, uint8_t *bytes,
			       struct qf_err *e)
{
	size_t rank = (size_t)l->settings.rank;
	struct cli_codes p = cli_codes_at(bytes, n, rank);
	int64_t id[PAGE];
	float lengths[3 * PAGE];

	for (size_t i = 0; i < n; i++) {
		id[i] = l->lib.id[at[i]];
		qf_codes_set(&p.factor, i, qf_matrix_row(&l->model.factor, at[i]));
		qf_codes_set(&p.sound, i, l->lib.sound + at[i] * QF_SOUND_DIM);
		lengths[i] = length_of(qf_matrix_row(&l->model.factor, at[i]), l->model.factor.k);
		lengths[n + i] = length_of(l->lib.sound + at[i] * QF_SOUND_DIM, QF_SOUND_DIM);
		lengths[2 * n + i] = l->listeners[at[i]];
	}
	if (qf_catalog_put_page(c, l->row.id, "lengths", id, n, lengths, 3 * n * sizeof *lengths, e))
		return e->code;
	return qf_catalog_put_page(c, l->row.id, "codes", id, n, bytes, cli_codes_bytes(n, rank), e);
}

static enum qf_status put_codes(struct qf_catalog *c, const struct cli_learned *l, struct qf_err *e)
{
	uint8_t *bytes = qf_alloc(cli_codes_bytes(PAGE, (size_t)l->settings.rank), 1);
	size_t at[PAGE], n = 0;
	enum qf_status rc = bytes ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for a page of codes");

	for (size_t i = 0; rc == QF_OK && i < l->lib.n; i++) {
		if (!l->lib.missing[i])
			at[n++] = i;
		if (n == PAGE || (n && i + 1 == l->lib.n)) {
			rc = put_page(c, l, at, n, bytes, e);
			n = 0;
		}
	}
	qf_free(bytes);
	return rc;
}

/* Beside the codes: the number of the catalog's last change that they know of, as bytes that
 * are no number otherwise, and the average sound. */
static enum qf_status put_state(struct qf_catalog *c, const struct cli_learned *l, int64_t seq, struct qf_err *e)
{
	float average[QF_SOUND_DIM], none = 0;
	int64_t zero = 0;

	qf_sound_average(l->lib.sound, l->lib.n, QF_SOUND_DIM, average);
	if (qf_catalog_put_vectors(c, l->row.id, "codes_at", &seq, &none, 1, 1, 1, e))
		return e->code;
	return qf_catalog_put_vectors(c, l->row.id, "average", &zero, average, 1, QF_SOUND_DIM, QF_SOUND_DIM, e);
}

/* The last change that the codes of a model know of; -1: there are none. */
static enum qf_status codes_since(struct qf_catalog *c, int64_t model, int64_t *seq, struct qf_err *e)
{
	struct qf_vectors v;
	enum qf_status rc = qf_catalog_vectors(c, model, "codes_at", &v, e);

	*seq = rc == QF_OK && v.n == 1 ? v.id[0] : -1;
	qf_vectors_free(&v);
	return rc;
}

enum qf_status cli_codes_there(struct qf_catalog *c, int64_t *seq, struct qf_err *e)
{
	struct qf_model_row row;
	struct qf_arena a = { 0 };
	enum qf_status rc = qf_catalog_model(c, &row, &a, e);

	*seq = -1;
	if (rc == QF_OK && row.id && strcmp(row.kind, "ials") == 0)
		rc = codes_since(c, row.id, seq, e);
	qf_arena_free(&a);
	return rc;
}

static enum qf_status refresh(struct qf_catalog *c, int64_t now, struct qf_err *e)
{
	static const char *const names[] = { "codes", "lengths", "codes_at", "average" };
	struct cli_learned l = { 0 };
	int64_t last, seq;
	enum qf_status rc = qf_catalog_change_before(c, INT64_MAX, &last, e);

	if (rc == QF_OK)
		rc = cli_learned_open(&l, c, now, e);
	if (rc != QF_OK || l.lib.n < CLI_CODES_FROM || !l.model.factor.v)
		goto out;
	rc = codes_since(c, l.row.id, &seq, e);
	if (rc != QF_OK || seq == last)
		goto out;
	for (size_t i = 0; rc == QF_OK && i < sizeof names / sizeof *names; i++)
		rc = qf_catalog_drop_pages(c, l.row.id, names[i], e);
	if (rc == QF_OK)
		rc = put_codes(c, &l, e);
	if (rc == QF_OK)
		rc = put_state(c, &l, last, e);
out:
	cli_learned_close(&l);
	return rc;
}

enum qf_status cli_codes_refresh(struct qf_catalog *c, int64_t now, struct qf_err *e)
{
	if (qf_catalog_begin(c, e))
		return e->code;
	if (refresh(c, now, e)) {
		qf_catalog_rollback(c);
		return e->code;
	}
	return qf_catalog_commit(c, e);
}
