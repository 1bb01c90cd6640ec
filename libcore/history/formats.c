#include "history/format.h"

const struct qf_history_format qf_history_formats[] = {
	{ "ndjson", "one event a line, as qfzz writes them", qf_ndjson_sniff, qf_ndjson_parse },
	{ "listenbrainz", "a ListenBrainz export, feedback or submission", qf_listenbrainz_sniff, qf_listenbrainz_parse },
};
const size_t qf_history_formats_n = sizeof qf_history_formats / sizeof qf_history_formats[0];

const char *qf_history_format_at(size_t i, const char **what)
{
	if (i >= qf_history_formats_n)
		return NULL;
	if (what)
		*what = qf_history_formats[i].what;
	return qf_history_formats[i].name;
}
