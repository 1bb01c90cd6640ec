/* Each history format on any bytes: the first byte chooses the format (past the last: told by the
 * bytes), the second the pieces in which they come. */
#include "history/derive.h"
#include "history/history.h"
#include "history/id.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum qf_status on_event(void *ctx, const struct qf_event *ev, size_t line, struct qf_err *e)
{
	uint8_t id[QF_EVENT_ID];

	(void)ctx;
	if (!ev->user || !ev->src || line == 0 || ev->t < 0 || ev->ms < -1 || ev->dur_ms < 0)
		abort();
	return qf_event_id(ev, id, e);
}

static void on_bad(void *ctx, size_t line, const struct qf_err *why)
{
	(void)ctx;
	if (line == 0 || why->code == QF_OK)
		abort();
}

static int east(void *ctx, int64_t t)
{
	(void)ctx;
	return (int)(t % 86400);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct qf_zone zone = { east, NULL };
	const struct qf_history_sink sink = { on_event, on_bad, NULL };
	struct qf_history_opts opts = { .user = "me", .zone = &zone };
	struct qf_history *h;
	size_t piece, formats = 0;
	enum qf_status rc = QF_OK;

	if (size < 2)
		return 0;
	while (qf_history_format_at(formats, NULL))
		formats++;
	opts.format = qf_history_format_at(data[0] % (formats + 1), NULL);
	opts.stream = data[1] & 1;
	piece = (size_t)(data[1] >> 1) + 1;
	if (qf_history_open(&h, &opts, &sink, NULL) != QF_OK)
		return 0;
	for (size_t i = 2; rc == QF_OK && i < size; i += piece)
		rc = qf_history_feed(h, data + i, size - i < piece ? size - i : piece, NULL);
	if (rc == QF_OK)
		qf_history_end(h, NULL);
	qf_history_close(h);
	return 0;
}
