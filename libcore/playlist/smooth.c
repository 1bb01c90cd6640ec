/* The smooth order: neighbours that sound alike. */
#include "playlist/order.h"

#include "base/alloc.h"
#include "playlist/group.h"
#include "playlist/path.h"

#include <math.h>
#include <stdbool.h>

#define TABLE_MAX 3000 /* tracks whose distances are all worked out beforehand: 36 MB */

struct sounds {
	const float *v;  /* [n * QF_ENTRY_SOUND] of length 1, or 0 where not known */
	float *distance; /* [n * n], or NULL */
	size_t n;
};

static double measure(const struct sounds *s, uint32_t a, uint32_t b)
{
	const float *x = s->v + (size_t)a * QF_ENTRY_SOUND, *y = s->v + (size_t)b * QF_ENTRY_SOUND;
	float dot = 0;

	for (size_t i = 0; i < QF_ENTRY_SOUND; i++)
		dot += x[i] * y[i];
	return dot < 1 ? 1 - (double)dot : 0;
}

static double looked_up(const void *ctx, uint32_t a, uint32_t b)
{
	const struct sounds *s = ctx;

	return (double)s->distance[a * s->n + b];
}

static double measured(const void *ctx, uint32_t a, uint32_t b)
{
	return measure(ctx, a, b);
}

static void take_sound(const float *from, float *to)
{
	double square = 0, scale;

	for (size_t i = 0; from && i < QF_ENTRY_SOUND; i++)
		square += (double)from[i] * (double)from[i];
	scale = square > 0 && isfinite(square) ? 1 / sqrt(square) : 0;
	for (size_t i = 0; i < QF_ENTRY_SOUND; i++)
		to[i] = scale > 0 ? (float)((double)from[i] * scale) : 0;
}

static void fill_table(struct sounds *s)
{
	for (uint32_t a = 0; a < s->n; a++)
		for (uint32_t b = a; b < s->n; b++)
			s->distance[a * s->n + b] = s->distance[b * s->n + a] = (float)measure(s, a, b);
}

enum qf_status qf_order_smooth(const struct qf_entry *entries, size_t n, const struct qf_order_how *how, uint32_t *perm, struct qf_err *e)
{
	struct sounds s = { .n = n };
	bool table = n <= TABLE_MAX;
	uint32_t *artist;
	float *v;
	enum qf_status rc;

	(void)how;
	if (n > QF_PATH_MAX)
		return qf_fail(e, QF_ELIMIT, "the smooth order takes at most %u tracks, not %zu", QF_PATH_MAX, n);
	artist = qf_alloc(n, sizeof *artist);
	s.v = v = qf_alloc(n, QF_ENTRY_SOUND * sizeof *v);
	s.distance = table ? qf_alloc(n, n * sizeof *s.distance) : NULL;
	rc = artist && v && (s.distance || !table) ? qf_group_artists(entries, n, artist, e)
						   : qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
	for (size_t i = 0; rc == QF_OK && i < n; i++)
		take_sound(entries[i].sound, v + i * QF_ENTRY_SOUND);
	if (rc == QF_OK && table)
		fill_table(&s);
	if (rc == QF_OK)
		rc = qf_path_solve(&(struct qf_path){ n, table ? looked_up : measured, &s, artist }, perm, e);
	qf_free(s.distance);
	qf_free(v);
	qf_free(artist);
	return rc;
}
