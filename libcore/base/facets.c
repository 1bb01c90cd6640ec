#include "base/facets.h"

#include "base/alloc.h"

#include <string.h>

const char *const qf_facet_names[QF_FACETS] = {
	[QF_FACET_TEMPO] = "tempo",	       [QF_FACET_ENERGY] = "energy",
	[QF_FACET_VALENCE] = "valence",	       [QF_FACET_AROUSAL] = "arousal",
	[QF_FACET_DANCEABILITY] = "danceability", [QF_FACET_ACOUSTICNESS] = "acousticness",
	[QF_FACET_LOUDNESS] = "loudness",
};

void qf_facets_free(struct qf_facets *f)
{
	for (size_t i = 0; i < f->genres; i++)
		qf_free(f->genre_name[i]);
	for (size_t i = 0; i < f->mood_names; i++)
		qf_free(f->mood_name[i]);
	qf_free(f->genre_name);
	qf_free(f->mood_name);
	qf_free(f->artist);
	qf_free(f->album);
	qf_free(f->year);
	qf_free(f->genre);
	qf_free(f->value);
	qf_free(f->key);
	qf_free(f->moods);
	memset(f, 0, sizeof *f);
}
