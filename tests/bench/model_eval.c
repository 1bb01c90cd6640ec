/* model_eval.c - quality and speed of the factorization on a split for strong
 * generalization: users held out whole, folded in from a part of their history.
 *
 *     model_eval TRAIN.csv FOLD_IN.csv TRUTH.csv [rank epochs alpha0 lambda eps seed jobs cg|chol RECS.tsv]
 *
 * Each file: a header line, then user,item,weight. eps 0: confidences are all 1,
 * else 1 + log(1 + weight / eps). Prints recall@20, crecall@50, NDCG@100 and the
 * processor seconds of an epoch. RECS.tsv gets user, item and score of all candidates,
 * for an evaluator of somebody else. */
#define _POSIX_C_SOURCE 200809L
#include "base/alloc.h"
#include "model/foldin.h"
#include "model/ials.h"
#include "model/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct file {
	struct qf_triple *t;
	size_t n, users, items;
};

static struct file read_csv(const char *path)
{
	FILE *in = fopen(path, "r");
	struct file f = { 0 };
	unsigned user, item;
	double weight;
	char line[256];

	if (!in || !fgets(line, sizeof line, in)) {
		fprintf(stderr, "%s: cannot read\n", path);
		exit(3);
	}
	while (fgets(line, sizeof line, in)) {
		if (sscanf(line, "%u,%u,%lf", &user, &item, &weight) != 3)
			continue;
		if ((f.n & (f.n - 1)) == 0)
			f.t = qf_realloc(f.t, f.n ? 2 * f.n : 1, sizeof *f.t);
		if (!f.t)
			exit(3);
		f.t[f.n++] = (struct qf_triple){ user, item, (float)weight };
		f.users = user + 1 > f.users ? user + 1 : f.users;
		f.items = item + 1 > f.items ? item + 1 : f.items;
	}
	fclose(in);
	return f;
}

static struct qf_interactions matrix(const struct file *f, size_t items, double eps)
{
	struct qf_interactions x;
	struct qf_err e = { 0 };

	if (qf_interactions_build(&x, f->t, f->n, f->users, items, &e)) {
		fprintf(stderr, "%s\n", e.text);
		exit(3);
	}
	if (eps > 0)
		qf_interactions_confidence(&x, 1, eps);
	else
		for (size_t i = 0; i < x.n; i++)
			x.weight[i] = 1;
	return x;
}

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct qf_pairs pairs(struct file *f, size_t items, double eps)
{
	struct qf_pairs x;
	struct qf_err e = { 0 };

	if (qf_pairs_build(&x, f->t, f->n, f->users, items, eps > 0, eps > 0 ? eps : 1, &e)) {
		fprintf(stderr, "%s\n", e.text);
		exit(3);
	}
	f->t = NULL;
	return x;
}

/* From chance, or from the items of an earlier one. */
static struct qf_ials *train(const struct qf_pairs *x, const struct qf_ials_params *p, size_t epochs, const struct qf_ials *earlier,
			     double *fastest)
{
	size_t ids = x->rows > x->cols ? x->rows : x->cols;
	int64_t *id = calloc(ids, sizeof *id);
	struct qf_err e = { 0 };
	struct qf_ials *m;

	if (!id)
		exit(3);
	for (size_t i = 0; i < ids; i++)
		id[i] = (int64_t)i;
	if (qf_ials_open(&m, x, id, id, NULL, p, &e))
		exit(3);
	if (earlier) {
		bool *has = calloc(x->cols, sizeof *has);

		if (!has)
			exit(3);
		memset(has, true, x->cols * sizeof *has);
		qf_ials_begin_at(m, qf_ials_items(earlier), has, NULL);
		free(has);
	}
	*fastest = INFINITY;
	for (size_t i = 0; i < epochs; i++) {
		double t = cpu_s();

		if (qf_ials_epoch(m, &e))
			exit(3);
		t = cpu_s() - t;
		*fastest = t < *fastest ? t : *fastest;
	}
	free(id);
	return m;
}

static void evaluate(const struct qf_ials *m, const struct qf_ials_params *p, const struct qf_interactions *in,
		     const struct qf_interactions *truth, FILE *recs)
{
	const struct qf_matrix *q = qf_ials_items(m);
	struct qf_matrix gram;
	double *score = calloc(q->rows, sizeof *score), recall = 0, recall50 = 0, ndcg = 0, n = 0, t;
	bool *barred = calloc(q->rows, sizeof *barred);
	size_t *rank = calloc(q->rows, sizeof *rank);
	struct qf_foldin *f;
	struct qf_err e = { 0 };

	if (!score || !barred || !rank || qf_matrix_open(&gram, q->k, q->k, &e) || qf_gramian(gram.v, q, 1, 1, &e) ||
	    qf_foldin_open(&f, q, gram.v, &(struct qf_foldin_params){ p->alpha0, p->lambda, p->nu, q->rows }, &e))
		exit(3);
	t = cpu_s();
	for (size_t u = 0; u < in->rows; u++)
		if (qf_foldin_user(f, in->col + in->at[u], in->weight + in->at[u], qf_interactions_count(in, u), &e))
			exit(3);
	printf("fold-in %.1f us a user\n", 1e6 * (cpu_s() - t) / (double)in->rows);
	for (size_t u = 0; u < truth->rows && u < in->rows; u++) {
		size_t held = qf_interactions_count(truth, u);

		if (!held)
			continue;
		if (qf_foldin_user(f, in->col + in->at[u], in->weight + in->at[u], qf_interactions_count(in, u), &e))
			exit(3);
		for (size_t i = 0; i < q->rows; i++)
			score[i] = qf_linear_dot(qf_foldin_row(f), qf_matrix_row(q, i), q->k);
		memset(barred, 0, q->rows * sizeof *barred);
		for (size_t i = in->at[u]; i < in->at[u + 1]; i++)
			barred[in->col[i]] = true;
		for (size_t i = 0; recs && i < q->rows; i++)
			if (!barred[i])
				fprintf(recs, "%zu\t%zu\t%.9g\n", u, i, score[i]);
		qf_metrics_ranks(score, q->rows, barred, truth->col + truth->at[u], held, rank);
		recall += qf_metrics_recall(rank, held, held, 20);
		recall50 += qf_metrics_crecall(rank, held, held, 50);
		ndcg += qf_metrics_ndcg(rank, held, held, 100);
		n++;
	}
	printf("users %.0f recall@20 %.4f crecall@50 %.4f ndcg@100 %.4f\n", n, recall / n, recall50 / n, ndcg / n);
	qf_foldin_close(f);
	qf_matrix_close(&gram);
	free(score);
	free(barred);
	free(rank);
}

enum { TOP = 10, REFITS = 40 };

struct asker { /* a user who was not there */
	const uint32_t *item;
	const float *c;
	size_t n;
	double *score;
};

/* As recommend would list them: the user folded into the items of m. */
static void best_of(const struct qf_ials *m, const struct qf_ials_params *p, const struct asker *a, uint32_t *best)
{
	const struct qf_matrix *q = qf_ials_items(m);
	struct qf_matrix gram;
	struct qf_foldin *f;
	struct qf_err e = { 0 };

	if (qf_matrix_open(&gram, q->k, q->k, &e) || qf_gramian(gram.v, q, 1, 1, &e) ||
	    qf_foldin_open(&f, q, gram.v, &(struct qf_foldin_params){ p->alpha0, p->lambda, p->nu, q->rows }, &e) ||
	    qf_foldin_user(f, a->item, a->c, a->n, &e))
		exit(3);
	for (size_t i = 0; i < q->rows; i++)
		a->score[i] = qf_linear_dot(qf_foldin_row(f), qf_matrix_row(q, i), q->k);
	for (size_t i = 0; i < a->n; i++)
		a->score[a->item[i]] = -INFINITY;
	for (size_t t = 0; t < TOP; t++) {
		best[t] = 0;
		for (uint32_t i = 1; i < q->rows; i++)
			if (a->score[i] > a->score[best[t]])
				best[t] = i;
		a->score[best[t]] = -INFINITY;
	}
	qf_foldin_close(f);
	qf_matrix_close(&gram);
}

static size_t shared(const uint32_t *a, const uint32_t *b)
{
	size_t equal = 0;

	for (size_t i = 0; i < TOP; i++)
		for (size_t j = 0; j < TOP; j++)
			equal += a[i] == b[j];
	return equal;
}

/* TRAIN and one more user. */
static struct qf_pairs with_user(const char *train_path, const uint32_t *item, const float *c, size_t n, size_t items, double eps)
{
	struct file f = read_csv(train_path);

	f.t = qf_realloc(f.t, f.n + n, sizeof *f.t);
	for (size_t i = 0; f.t && i < n; i++) /* the weight that has this confidence */
		f.t[f.n++] = (struct qf_triple){ (uint32_t)f.users, item[i], (float)(eps * expm1((double)c[i] - 1)) };
	f.users++;
	return pairs(&f, items, eps);
}

/* What qfzz train --update makes of m when the user came: x is with the user. */
static struct qf_ials *update(const struct qf_ials *m, const struct qf_ials_params *p, const struct qf_pairs *x, const struct asker *a)
{
	bool *only = calloc(x->cols, sizeof *only);
	struct qf_ials *folded;
	struct qf_err e = { 0 };
	double none;

	if (!only)
		exit(3);
	for (size_t i = 0; i < a->n; i++)
		only[a->item[i]] = true;
	folded = train(x, p, 0, m, &none);
	if (qf_ials_update(folded, only, &e))
		exit(3);
	free(only);
	return folded;
}

/* The first users of FOLD_IN, one at a time: the best of the user folded into the model alone, and with the
 * user's items (qf_ials_update), against those of four epochs of everything from the model that is there,
 * and of a training from chance, of which another seed is another one. */
static void against_refits(const struct qf_ials *m, const struct qf_ials_params *p, const char *train_path, const struct qf_interactions *in,
			   double eps, size_t epochs)
{
	size_t warm[2] = { 0 }, cold[2] = { 0 }, asked = 0;
	double fastest;

	for (size_t u = 0; u < in->rows && asked < (size_t)TOP * REFITS; u++) {
		struct asker a = { in->col + in->at[u], in->weight + in->at[u], qf_interactions_count(in, u), NULL };
		uint32_t best[4][TOP];
		struct qf_ials *other[3];
		struct qf_pairs x;

		if (a.n == 0)
			continue;
		a.score = calloc(in->cols, sizeof *a.score);
		if (!a.score)
			exit(3);
		x = with_user(train_path, a.item, a.c, a.n, in->cols, eps);
		other[0] = update(m, p, &x, &a);
		other[1] = train(&x, p, 4, m, &fastest);
		other[2] = train(&x, p, epochs, NULL, &fastest);
		best_of(m, p, &a, best[0]);
		for (size_t i = 0; i < 3; i++) {
			best_of(other[i], p, &a, best[1 + i]);
			qf_ials_close(other[i]);
		}
		for (size_t i = 0; i < 2; i++) {
			warm[i] += shared(best[i], best[2]);
			cold[i] += shared(best[i], best[3]);
		}
		asked += TOP;
		free(a.score);
		qf_pairs_free(&x);
	}
	printf("of the best %d after 4 epochs more with a new user: %.3f are there with the user alone folded in, %.3f after an update; "
	       "of those after a training from chance: %.3f, %.3f (%zu users)\n", TOP, (double)warm[0] / (double)asked,
	       (double)warm[1] / (double)asked, (double)cold[0] / (double)asked, (double)cold[1] / (double)asked, asked / TOP);
}

static double arg(int argc, char **argv, int i, double otherwise)
{
	return i < argc ? strtod(argv[i], NULL) : otherwise;
}

int main(int argc, char **argv)
{
	struct qf_ials_params p = qf_ials_defaults;
	struct qf_interactions in, truth;
	struct qf_pairs x;
	struct file file[3];
	struct qf_err e = { 0 };
	struct qf_ials *m;
	double eps = arg(argc, argv, 8, 100), fastest, loss = 0;
	FILE *recs = NULL;
	size_t items = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: model_eval TRAIN.csv FOLD_IN.csv TRUTH.csv [rank epochs alpha0 lambda eps seed jobs cg|chol RECS.tsv]\n");
		return 2;
	}
	p.rank = (size_t)arg(argc, argv, 4, 128);
	p.alpha0 = arg(argc, argv, 6, 0.3);
	p.lambda = arg(argc, argv, 7, 0.01);
	p.seed = (uint64_t)arg(argc, argv, 9, 1);
	p.jobs = (size_t)arg(argc, argv, 10, 1);
	p.solver = argc > 11 && strcmp(argv[11], "chol") == 0 ? QF_IALS_CHOLESKY : QF_IALS_CG;
	for (int i = 0; i < 3; i++) {
		file[i] = read_csv(argv[i + 1]);
		items = file[i].items > items ? file[i].items : items;
	}
	x = pairs(&file[0], items, eps);
	in = matrix(&file[1], items, eps);
	truth = matrix(&file[2], items, 0);
	m = train(&x, &p, (size_t)arg(argc, argv, 5, 16), NULL, &fastest);
	if (qf_ials_loss(m, &loss, &e))
		exit(3);
	printf("%zu users, %zu items, %zu pairs, rank %zu, %s: %.4f core-s an epoch, loss %.2f\n", x.rows, x.cols, x.n, p.rank,
	       qf_kernels_best()->name, fastest, loss);
	if (argc > 12 && !(recs = fopen(argv[12], "w")))
		exit(3);
	evaluate(m, &p, &in, &truth, recs);
	if (x.n < 1000000 && eps > 0)
		against_refits(m, &p, argv[1], &in, eps, (size_t)arg(argc, argv, 5, 16));
	if (recs && fclose(recs))
		exit(3);
	qf_ials_close(m);
	qf_pairs_free(&x);
	qf_interactions_free(&in);
	qf_interactions_free(&truth);
	for (int i = 0; i < 3; i++)
		qf_free(file[i].t);
	return 0;
}
