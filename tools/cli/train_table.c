#include "cli/train_table.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/fitting.h"
#include "cli/tsv.h"
#include "rows/json.h"

#include <unistd.h>

static bool progress(void *arg, size_t done, size_t epochs)
{
	(void)arg;
	cli_progress(done, epochs, "epochs");
	return !cli.interrupted;
}

static void put_side(struct qf_buf *out, const char *side, const struct cli_names *names, const struct qf_matrix *m, size_t rank)
{
	for (size_t i = 0; i < names->n; i++) {
		qf_buf_printf(out, "%s\t%s", side, cli_name(names, i));
		for (size_t j = 0; j < rank; j++)
			qf_buf_printf(out, "\t%.9g", (double)qf_matrix_row(m, i)[j]);
		qf_buf_putc(out, '\n');
	}
}

static enum qf_status write_factors(const struct cli_table_training *t, const struct qf_ials *m, const struct cli_names *users,
				    const struct cli_names *items, struct qf_err *e)
{
	struct qf_buf out = { 0 };
	enum qf_status st;

	put_side(&out, "user", users, qf_ials_users(m), (size_t)t->s->rank);
	put_side(&out, "item", items, qf_ials_items(m), (size_t)t->s->rank);
	st = qf_buf_check(&out, e);
	if (st == QF_OK)
		st = qf_file_replace(t->factors, out.p, out.len, NULL, e);
	qf_buf_free(&out);
	return st;
}

static enum qf_status say(const struct qf_pairs *x, const double *loss, struct qf_err *e)
{
	struct qf_buf row = { 0 };

	qf_json_open(&row, '{');
	qf_json_put_str(&row, "type", "model.v1");
	if (!loss)
		qf_json_put_str(&row, "planned", "train");
	qf_json_put_int(&row, "users", (int64_t)x->rows);
	qf_json_put_int(&row, "tracks", (int64_t)x->cols);
	qf_json_put_int(&row, "pairs", (int64_t)x->n);
	if (loss)
		qf_json_put_num(&row, "loss", *loss, 3);
	return cli_row_end(&row, e);
}

static enum qf_status train(const struct cli_table_training *t, const struct qf_pairs *x, const struct cli_names *users,
			    const struct cli_names *items, struct qf_err *e)
{
	const struct qf_ials_params p = cli_ials_params(t->s, t->seed);
	struct qf_ials *m;
	double loss, began;
	enum qf_status st = qf_ials_open(&m, x, (const int64_t *)users->key, (const int64_t *)items->key, NULL, &p, e);

	began = cli_clock_s();
	if (st == QF_OK)
		st = qf_ials_train(m, (size_t)t->s->epochs, progress, NULL, e);
	if (st == QF_OK && !cli.interrupted && !cli.quiet && isatty(STDERR_FILENO))
		cli_say("%.3f s an epoch", (cli_clock_s() - began) / (double)t->s->epochs);
	if (st == QF_OK && !cli.interrupted && t->factors)
		st = write_factors(t, m, users, items, e);
	if (st == QF_OK && !cli.interrupted && (st = qf_ials_loss(m, &loss, e)) == QF_OK)
		st = say(x, &loss, e);
	qf_ials_close(m);
	return st;
}

struct reading { /* 12 bytes a line: nothing else of a large table is kept */
	struct qf_triple *t;
	size_t n, room;
	struct qf_weighing w;
};

static enum qf_status take(void *arg, const struct qf_listen *l, struct qf_err *e)
{
	struct reading *r = arg;

	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 4096;
		struct qf_triple *more = qf_realloc(r->t, room, sizeof *more);

		if (!more)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu pairs", room);
		r->t = more;
		r->room = room;
	}
	r->t[r->n++] = (struct qf_triple){ l->user, l->item, qf_listens_faded(l->weight, l->at, &r->w) };
	return QF_OK;
}

/* Users and items get the numbers of their order by name. */
static enum qf_status number(struct reading *r, struct cli_names *users, struct cli_names *items, struct qf_err *e)
{
	uint32_t *user = qf_alloc(users->n, sizeof *user), *item = qf_alloc(items->n, sizeof *item);
	enum qf_status st = user && item ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu names", users->n + items->n);

	if (st == QF_OK && (st = cli_names_sort(users, user, e)) == QF_OK)
		st = cli_names_sort(items, item, e);
	for (size_t i = 0; st == QF_OK && i < r->n; i++) {
		r->t[i].user = user[r->t[i].user];
		r->t[i].item = item[r->t[i].item];
	}
	qf_free(user);
	qf_free(item);
	return st;
}

enum qf_status cli_train_table(const struct cli_table_training *t, struct qf_err *e)
{
	struct reading r = { .w = { t->s->half_life_days, t->now, t->s->scale, t->s->eps } };
	struct cli_names users = { 0 }, items = { 0 };
	struct qf_pairs x = { 0 };
	enum qf_status st = cli_tsv_walk(t->path, true, &users, &items, take, &r, e);

	if (st == QF_OK && r.n == 0)
		st = qf_fail(e, QF_ENOTFOUND, "%s: nobody listened to anything", t->path);
	if (st == QF_OK && (st = number(&r, &users, &items, e)) == QF_OK) {
		st = qf_pairs_build(&x, r.t, r.n, users.n, items.n, r.w.scale, r.w.eps, e);
		r.t = NULL;
	}
	qf_free(r.t);
	if (st == QF_OK)
		st = cli.dry_run ? say(&x, NULL, e) : train(t, &x, &users, &items, e);
	qf_pairs_free(&x);
	cli_names_free(&users);
	cli_names_free(&items);
	return st;
}
