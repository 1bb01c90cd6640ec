#include "query/query.h"

#include <math.h>

static const char *const op_names[] = {
	[QF_QUERY_AND] = "and", [QF_QUERY_OR] = "or",	    [QF_QUERY_NOT] = "not",
	[QF_QUERY_WORD] = "word", [QF_QUERY_HAS] = "has", [QF_QUERY_IS] = "is", [QF_QUERY_MATCH] = "match",
	[QF_QUERY_RANGE] = "range", [QF_QUERY_KNOWN] = "known",
};

static void put_text(struct qf_buf *out, const char *text)
{
	qf_buf_puts(out, " \"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			qf_buf_putc(out, '\\');
		qf_buf_putc(out, *text);
	}
	qf_buf_putc(out, '"');
}

static void put_bound(struct qf_buf *out, double v)
{
	if (isinf(v))
		qf_buf_puts(out, " *");
	else
		qf_buf_printf(out, " %.10g", v);
}

static void put_node(struct qf_buf *out, const struct qf_query_node *node)
{
	qf_buf_printf(out, "(%s", op_names[node->op]);
	if (node->field.name)
		qf_buf_printf(out, " %s%s", node->field.kind == QF_FIELD_TAG ? "tag." : "", node->field.name);
	if (node->op == QF_QUERY_RANGE) {
		put_bound(out, node->range.lo);
		put_bound(out, node->range.hi);
		if (node->range.below_hi)
			qf_buf_puts(out, ")");
	} else if (node->text) {
		put_text(out, node->text);
		if (node->prefix)
			qf_buf_putc(out, '*');
	}
	for (const struct qf_query_node *child = node->first; child; child = child->next) {
		qf_buf_putc(out, ' ');
		put_node(out, child);
	}
	qf_buf_putc(out, ')');
}

void qf_query_dump(struct qf_buf *out, const struct qf_query *q)
{
	if (q->where)
		put_node(out, q->where);
	else
		qf_buf_puts(out, "(all)");
	for (size_t i = 0; i < q->n_sort; i++)
		qf_buf_printf(out, " sort:%s%c", q->sort[i].field.name, q->sort[i].falling ? '-' : '+');
	if (q->grouped)
		qf_buf_printf(out, " group:%s", q->group.name);
	if (q->sample)
		qf_buf_printf(out, " sample:%lld", (long long)q->sample);
	if (q->limit_percent)
		qf_buf_printf(out, " limit:%d%%", q->limit_percent);
	if (q->limit)
		qf_buf_printf(out, " limit:%lld", (long long)q->limit);
	if (q->with_gone)
		qf_buf_puts(out, " with-gone");
}
