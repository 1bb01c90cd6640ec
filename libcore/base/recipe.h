/* recipe.h - how a rendition is made, as plans, encoders and the catalog speak of it. */
#ifndef QF_BASE_RECIPE_H
#define QF_BASE_RECIPE_H

#include <stdbool.h>

enum qf_codec { QF_CODEC_FLAC, QF_CODEC_MP3, QF_CODEC_OPUS, QF_CODEC_VORBIS, QF_CODEC_AAC, QF_CODECS };

/* "flac", "mp3", "opus", "vorbis", "aac": names in rows, which are the endings of files too, but for Vorbis, "ogg", and AAC, "m4a". */
extern const char *const qf_codec_names[QF_CODECS], *const qf_codec_endings[QF_CODECS];

/* The codec of that name; false: there is none. */
bool qf_codec_find(const char *name, enum qf_codec *out);

/* Whether this codec, by the name that rows and the catalog give it, keeps every sample. */
bool qf_codec_lossless(const char *name);

struct qf_recipe {
	enum qf_codec codec;
	int kbps;       /* 0: lossless */
	int effort;     /* the encoder's knob, see datasets/ladders.tsv */
	double seconds; /* an excerpt of this length; 0: the whole track */
};

#endif
