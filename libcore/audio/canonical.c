#include "audio/canonical.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

const struct qf_tag_rule qf_tag_rules[] = {
	{ "TITLE", "title", QF_TAG_SINGLE },
	{ "ARTIST", "artist", QF_TAG_LIST },
	{ "ARTISTS", "artists", QF_TAG_LIST },
	{ "ALBUMARTIST", "albumartist", QF_TAG_LIST },
	{ "ALBUM ARTIST", "albumartist", QF_TAG_LIST },
	{ "ALBUMARTISTS", "albumartists", QF_TAG_LIST },
	{ "ALBUM", "album", QF_TAG_SINGLE },
	{ "COMPOSER", "composer", QF_TAG_LIST },
	{ "CONDUCTOR", "conductor", QF_TAG_LIST },
	{ "REMIXER", "remixer", QF_TAG_LIST },
	{ "LYRICIST", "lyricist", QF_TAG_LIST },
	{ "ARRANGER", "arranger", QF_TAG_LIST },
	{ "PRODUCER", "producer", QF_TAG_LIST },
	{ "PERFORMER", "performer", QF_TAG_LIST },
	{ "TITLESORT", "titlesort", QF_TAG_SINGLE },
	{ "ARTISTSORT", "artistsort", QF_TAG_SINGLE },
	{ "ALBUMARTISTSORT", "albumartistsort", QF_TAG_SINGLE },
	{ "ALBUMSORT", "albumsort", QF_TAG_SINGLE },
	{ "TRACKNUMBER", "tracknumber", QF_TAG_OF },
	{ "TRACKTOTAL", "tracktotal", QF_TAG_SINGLE },
	{ "TOTALTRACKS", "tracktotal", QF_TAG_SINGLE },
	{ "DISCNUMBER", "discnumber", QF_TAG_OF },
	{ "DISCTOTAL", "disctotal", QF_TAG_SINGLE },
	{ "TOTALDISCS", "disctotal", QF_TAG_SINGLE },
	{ "DISCSUBTITLE", "discsubtitle", QF_TAG_SINGLE },
	{ "DATE", "date", QF_TAG_DATE },
	{ "YEAR", "date", QF_TAG_DATE },
	{ "ORIGINALDATE", "originaldate", QF_TAG_DATE },
	{ "ORIGINALYEAR", "originaldate", QF_TAG_DATE },
	{ "RELEASEDATE", "releasedate", QF_TAG_DATE },
	{ "GENRE", "genre", QF_TAG_LIST },
	{ "MOOD", "mood", QF_TAG_LIST },
	{ "GROUPING", "grouping", QF_TAG_LIST },
	{ "CONTENTGROUP", "grouping", QF_TAG_LIST },
	{ "COMMENT", "comment", QF_TAG_LIST },
	{ "DESCRIPTION", "comment", QF_TAG_LIST },
	{ "LANGUAGE", "language", QF_TAG_LIST },
	{ "LABEL", "label", QF_TAG_LIST },
	{ "PUBLISHER", "label", QF_TAG_LIST },
	{ "ORGANIZATION", "label", QF_TAG_LIST },
	{ "CATALOGNUMBER", "catalognumber", QF_TAG_LIST },
	{ "BARCODE", "barcode", QF_TAG_LIST },
	{ "MEDIA", "media", QF_TAG_LIST },
	{ "RELEASECOUNTRY", "releasecountry", QF_TAG_LIST },
	{ "RELEASESTATUS", "releasestatus", QF_TAG_LIST },
	{ "MUSICBRAINZ_ALBUMSTATUS", "releasestatus", QF_TAG_LIST },
	{ "RELEASETYPE", "releasetype", QF_TAG_LIST },
	{ "MUSICBRAINZ_ALBUMTYPE", "releasetype", QF_TAG_LIST },
	{ "ISRC", "isrc", QF_TAG_LIST },
	{ "ISWC", "iswc", QF_TAG_SINGLE },
	{ "LICENSE", "license", QF_TAG_SINGLE },
	{ "COPYRIGHT", "copyright", QF_TAG_SINGLE },
	{ "LICENSEURL", "licenseurl", QF_TAG_SINGLE },
	{ "COPYRIGHTURL", "licenseurl", QF_TAG_SINGLE },
	{ "", "licenseurl", QF_TAG_FOUND },
	{ "ENCODEDBY", "encodedby", QF_TAG_LIST },
	{ "ENCODER", "encoder", QF_TAG_LIST },
	{ "ENCODING", "encoder", QF_TAG_LIST },
	{ "BPM", "bpm", QF_TAG_SINGLE },
	{ "TEMPO", "bpm", QF_TAG_SINGLE },
	{ "INITIALKEY", "key", QF_TAG_SINGLE },
	{ "KEY", "key", QF_TAG_SINGLE },
	{ "MUSICBRAINZ_TRACKID", "mb_recordingid", QF_TAG_SINGLE },
	{ "MUSICBRAINZ_RELEASETRACKID", "mb_trackid", QF_TAG_SINGLE },
	{ "MUSICBRAINZ_ALBUMID", "mb_albumid", QF_TAG_SINGLE },
	{ "MUSICBRAINZ_RELEASEGROUPID", "mb_releasegroupid", QF_TAG_SINGLE },
	{ "MUSICBRAINZ_ARTISTID", "mb_artistid", QF_TAG_LIST },
	{ "MUSICBRAINZ_ALBUMARTISTID", "mb_albumartistid", QF_TAG_LIST },
	{ "MUSICBRAINZ_WORKID", "mb_workid", QF_TAG_LIST },
	{ "ACOUSTID_ID", "acoustid_id", QF_TAG_SINGLE },
	{ "ACOUSTID_FINGERPRINT", "acoustid_fingerprint", QF_TAG_SINGLE },
	{ "REPLAYGAIN_TRACK_GAIN", "rg_track_gain", QF_TAG_GAIN },
	{ "R128_TRACK_GAIN", "rg_track_gain", QF_TAG_R128 },
	{ "REPLAYGAIN_TRACK_PEAK", "rg_track_peak", QF_TAG_PEAK },
	{ "REPLAYGAIN_ALBUM_GAIN", "rg_album_gain", QF_TAG_GAIN },
	{ "R128_ALBUM_GAIN", "rg_album_gain", QF_TAG_R128 },
	{ "REPLAYGAIN_ALBUM_PEAK", "rg_album_peak", QF_TAG_PEAK },
	{ "REPLAYGAIN_REFERENCE_LOUDNESS", "rg_reference", QF_TAG_SINGLE },
	{ "REPLAYGAIN_TRACK_RANGE", "rg_range", QF_TAG_SINGLE },
	{ "EXPLICIT", "explicit", QF_TAG_ADVICE },
	{ "ITUNESADVISORY", "explicit", QF_TAG_ADVICE },
	{ "PICTURECOUNT", "picture_count", QF_TAG_SINGLE },
	{ "PICTURETYPE", "picture_type", QF_TAG_SINGLE },
	{ "PICTUREMIME", "picture_mime", QF_TAG_SINGLE },
	{ "PICTUREBYTES", "picture_bytes", QF_TAG_SINGLE },
	{ "COMPILATION", "compilation", QF_TAG_SINGLE },
	{ "RATING", "rating", QF_TAG_SINGLE },
	{ "FMPS_RATING", "rating", QF_TAG_SCALED },
	{ "PLAYCOUNT", "playcount", QF_TAG_SINGLE },
	{ "FMPS_PLAYCOUNT", "playcount", QF_TAG_SINGLE },
	{ "LYRICS", "lyrics", QF_TAG_SINGLE },
	{ "UNSYNCEDLYRICS", "lyrics", QF_TAG_SINGLE },
	{ "SYNCEDLYRICS", "synced_lyrics", QF_TAG_SINGLE },
};

static bool same_key(const char *raw, const char *rule)
{
	for (; *raw || *rule; raw++, rule++) {
		while (*raw && strchr("_ -", *raw))
			raw++;
		while (*rule && strchr("_ -", *rule))
			rule++;
		if (toupper((unsigned char)*raw) != *rule)
			return false;
		if (!*raw)
			break;
	}
	return true;
}

int qf_tag_rule(const char *raw)
{
	for (size_t i = 0; i < sizeof qf_tag_rules / sizeof qf_tag_rules[0]; i++)
		if (qf_tag_rules[i].shape != QF_TAG_FOUND && same_key(raw, qf_tag_rules[i].raw))
			return (int)i;
	return -1;
}
