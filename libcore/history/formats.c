#include "history/format.h"

const struct qf_history_format qf_history_formats[] = {
	{ "ndjson", "one event a line, as qfzz writes them", false, qf_ndjson_sniff, qf_ndjson_parse },
	{ "listenbrainz", "a ListenBrainz export, feedback or submission", false, qf_listenbrainz_sniff, qf_listenbrainz_parse },
	{ "spotify", "Spotify's extended streaming history", false, qf_spotify_sniff, qf_spotify_parse },
	{ "maloja", "a Maloja export", false, qf_maloja_sniff, qf_maloja_parse },
	{ "panoscrobbler", "scrobbles of Pano Scrobbler, one a line", false, qf_panoscrobbler_sniff, qf_panoscrobbler_parse },
	{ "lastfm", "a table of Last.fm scrobbles, with or without a header", true, qf_lastfm_sniff, qf_lastfm_parse },
	{ "librefm", "a table of Libre.fm scrobbles, with its header", true, qf_librefm_sniff, qf_librefm_parse },
	{ "rockbox", "Rockbox's .scrobbler.log", true, qf_rockbox_sniff, qf_rockbox_parse },
	{ "m3u", "a playlist of what is liked", true, qf_m3u_sniff, qf_m3u_parse },
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
