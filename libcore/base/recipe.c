#include "base/recipe.h"

#include <stddef.h>
#include <string.h>

const char *const qf_codec_names[QF_CODECS] = { "flac", "mp3", "opus", "vorbis", "aac" };
const char *const qf_codec_endings[QF_CODECS] = { "flac", "mp3", "opus", "ogg", "m4a" };

bool qf_codec_find(const char *name, enum qf_codec *out)
{
	for (int i = 0; i < QF_CODECS; i++)
		if (strcmp(name, qf_codec_names[i]) == 0) {
			*out = (enum qf_codec)i;
			return true;
		}
	return false;
}

bool qf_codec_lossless(const char *name)
{
	static const char *const all[] = { "flac", "wav", "aiff", "alac", "wavpack", "ape", "w64", "rf64", "caf", "au", "pcm" };

	for (size_t i = 0; name && i < sizeof all / sizeof all[0]; i++)
		if (strcmp(name, all[i]) == 0)
			return true;
	return false;
}
