/* facets.h - what tracks are like, in columns: for weighing all of a library at once. */
#ifndef QF_BASE_FACETS_H
#define QF_BASE_FACETS_H

#include <stddef.h>
#include <stdint.h>

/* Numbers out of the features, in their units (schemas/features.tsv). */
enum qf_facet {
	QF_FACET_TEMPO, QF_FACET_ENERGY, QF_FACET_VALENCE, QF_FACET_AROUSAL, QF_FACET_DANCEABILITY, QF_FACET_ACOUSTICNESS,
	QF_FACET_LOUDNESS, QF_FACETS
};

/* "tempo", "energy", … as queries call them. */
extern const char *const qf_facet_names[QF_FACETS];

#define QF_GENRES 3 /* of one track, at most; more are left out */
#define QF_NO_NUMBER UINT32_MAX

struct qf_facets { /* all zero is an empty one */
	size_t n;
	uint32_t *artist;     /* [n] number of the artist, QF_NO_NUMBER: none */
	uint32_t *album;      /* [n] of the album, likewise */
	int *year;            /* [n] 0: not known */
	uint32_t *genre;      /* [n * QF_GENRES] below `genres`, then QF_NO_NUMBER; 0 alone: no genre */
	float *value;         /* [n * QF_FACETS], NaN: not known */
	uint8_t *key;         /* [n] 1 to 12: 1A to 12A, 13 to 24: 1B to 12B, 0: none */
	uint32_t *moods;      /* [n] bit i: mood_name[i] */
	size_t genres, mood_names;
	char **genre_name;    /* [genres] as the first track writes it; genre_name[0] is "" */
	char **mood_name;     /* [mood_names], at most 32 */
};

void qf_facets_free(struct qf_facets *f); /* all zero again */

#endif
