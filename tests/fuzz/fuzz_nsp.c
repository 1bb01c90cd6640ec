/* Navidrome's smart playlists on any text: they become a query that can be written out, or a sentence says why not. */
#include "query/nsp.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qf_arena a = { 0 };
	struct qf_buf out = { 0 };
	struct qf_query q;
	struct qf_err e = { 0 };
	enum qf_status rc = qf_nsp_parse(&q, (struct qf_span){ (const char *)data, size }, 1700000000, &a, &e);

	if (rc == QF_OK)
		qf_query_dump(&out, &q);
	else if (!*e.text || memchr(e.text, '\0', sizeof e.text) == NULL)
		abort();
	qf_buf_free(&out);
	qf_arena_free(&a);
	return 0;
}
