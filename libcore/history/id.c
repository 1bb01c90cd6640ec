#include "history/id.h"

#include "base/buf.h"
#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum qf_status qf_event_id(const struct qf_event *ev, uint8_t id[QF_EVENT_ID], struct qf_err *e)
{
	const char *last = ev->mbid ? ev->mbid : ev->path;
	char t[24];
	const char *const names[] = { ev->user, ev->src, t, qf_action_name(ev->action), ev->artist, ev->title, last };
	uint8_t digest[QF_SHA256];
	struct qf_buf b = { 0 };
	enum qf_status rc;

	snprintf(t, sizeof t, "%" PRId64, ev->t);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (names[i])
			qf_buf_puts(&b, names[i]);
		qf_buf_putc(&b, '\0');
	}
	rc = qf_buf_check(&b, e);
	if (rc == QF_OK) {
		qf_sha256(b.p, b.len, digest);
		memcpy(id, digest, QF_EVENT_ID);
	}
	qf_buf_free(&b);
	return rc;
}
