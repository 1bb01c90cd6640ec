/* mbid.h - MusicBrainz identifiers. */
#ifndef QF_PLAYLIST_MBID_H
#define QF_PLAYLIST_MBID_H

#include <stdbool.h>

#define QF_MBID_RECORDING "https://musicbrainz.org/recording/"

/* A UUID (RFC 4122) as MusicBrainz writes it: "89e3bc9a-5c1c-4d5f-9c5d-0a2c9b6f1f5e". NULL is none. */
bool qf_mbid_valid(const char *s);

#endif
