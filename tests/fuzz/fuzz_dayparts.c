/* The table of dayparts on any text: it is read or its line is named, and what was read lies within its ranges. */
#include "station/dayparts.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qf_arena a = { 0 };
	struct qf_daypart *d;
	struct qf_err e = { 0 };
	size_t n;
	enum qf_status rc = qf_dayparts_parse((const char *)data, size, &a, &d, &n, &e);

	for (size_t i = 0; rc == QF_OK && i < n; i++)
		if (!*d[i].name || !d[i].days || d[i].from_s < 0 || d[i].until_s <= d[i].from_s || d[i].until_s > d[i].from_s + QF_DAY_S ||
		    d[i].artist_gap_s < 0 || (d[i].jingles && d[i].jingle_every_s <= 0))
			abort();
	if (rc != QF_OK && !*e.text)
		abort();
	qf_arena_free(&a);
	return 0;
}
