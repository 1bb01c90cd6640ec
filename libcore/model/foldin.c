#include "model/foldin.h"

#include "base/alloc.h"
#include "model/ials.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

struct qf_foldin {
	const struct qf_matrix *q;
	struct qf_foldin_params p;
	struct qf_matrix gram, a, tile, row; /* gram times alpha0; a is its own Cholesky after qf_foldin_user() */
};

enum qf_status qf_foldin_open(struct qf_foldin **out, const struct qf_matrix *q, const float *gram,
			      const struct qf_foldin_params *p, struct qf_err *e)
{
	size_t k = q->k;
	struct qf_foldin *f;

	*out = NULL;
	if (k == 0 || k % QF_LANES || !(p->alpha0 > 0) || !(p->lambda > 0))
		return qf_fail(e, QF_EINVAL, "fold-in: rank %zu, alpha0 %g, lambda %g", k, p->alpha0, p->lambda);
	f = qf_zalloc(1, sizeof *f);
	if (!f)
		return qf_fail(e, QF_ENOMEM, "fold-in: out of memory");
	openblas_set_num_threads(1); /* as everywhere: else the sums hang on how many processors there are */
	f->q = q;
	f->p = *p;
	if (qf_matrix_open(&f->gram, k, k, e) || qf_matrix_open(&f->a, k, k, e) || qf_matrix_open(&f->tile, QF_TILE, k, e) ||
	    qf_matrix_open(&f->row, 1, k, e)) {
		qf_foldin_close(f);
		return e->code;
	}
	for (size_t i = 0; i < k * k; i++)
		f->gram.v[i] = (float)p->alpha0 * gram[i];
	*out = f;
	return QF_OK;
}

enum qf_status qf_foldin_user(struct qf_foldin *f, const uint32_t *item, const float *c, size_t n, struct qf_err *e)
{
	float reg = (float)qf_ials_reg(f->p.lambda, f->p.nu, f->p.alpha0, n, f->p.items);
	const float **row = qf_alloc(n, sizeof *row);
	bool solved;

	if (!row)
		return qf_fail(e, QF_ENOMEM, "fold-in: out of memory for a history of %zu", n);
	for (size_t j = 0; j < n; j++) {
		if (item[j] >= f->q->rows || !(c[j] > 0)) {
			qf_free(row);
			return qf_fail(e, QF_EINVAL, "fold-in: entry %zu of the history is damaged", j);
		}
		row[j] = qf_matrix_row(f->q, item[j]);
	}
	qf_normal_equations(f->q->k, f->gram.v, row, c, n, reg, NULL, f->tile.v, f->a.v, f->row.v);
	qf_free(row);
	solved = qf_cholesky(f->q->k, f->a.v);
	if (solved)
		qf_cholesky_solve(f->q->k, f->a.v, f->row.v);
	if (!solved || !isfinite(f->row.v[0]))
		return qf_fail(e, QF_EINVAL, "fold-in: the model's numbers are damaged; train it anew");
	return QF_OK;
}

const float *qf_foldin_row(const struct qf_foldin *f)
{
	return f->row.v;
}

void qf_foldin_shares(const struct qf_foldin *f, uint32_t item, float *z)
{
	memcpy(z, qf_matrix_row(f->q, item), f->q->k * sizeof *z);
	qf_cholesky_solve(f->q->k, f->a.v, z);
}

void qf_foldin_close(struct qf_foldin *f)
{
	if (!f)
		return;
	qf_matrix_close(&f->gram);
	qf_matrix_close(&f->a);
	qf_matrix_close(&f->tile);
	qf_matrix_close(&f->row);
	qf_free(f);
}
