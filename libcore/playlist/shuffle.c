#include "playlist/order.h"

#include "base/alloc.h"
#include "base/random.h"
#include "playlist/group.h"
#include "playlist/space.h"

/* R. Fisher, F. Yates, in the form of R. Durstenfeld ("Algorithm 235", CACM 7, 1964). */
static void mix(uint32_t *perm, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
		perm[i] = (uint32_t)i;
	for (size_t i = n; i > 1; i--) {
		size_t j = qf_random_below(seed, i, (uint32_t)i);
		uint32_t t = perm[i - 1];

		perm[i - 1] = perm[j];
		perm[j] = t;
	}
}

enum qf_status qf_order_shuffle(const struct qf_entry *entries, size_t n, const struct qf_order_how *how, uint32_t *perm, struct qf_err *e)
{
	uint32_t *artist = qf_alloc(n, sizeof *artist), *album = qf_alloc(n, sizeof *album);
	struct qf_spacing spacing[2] = { { artist, how ? how->artist_gap : 0 }, { album, how ? how->album_gap : 0 } };
	size_t broken[2];
	enum qf_status rc = artist && album ? QF_OK : qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);

	if (rc == QF_OK && (qf_group_artists(entries, n, artist, e) || qf_group_albums(entries, n, album, e) ||
			    qf_space_widest(artist, n, spacing[0].gap, &spacing[0].gap, e) ||
			    qf_space_widest(album, n, spacing[1].gap, &spacing[1].gap, e)))
		rc = e ? e->code : QF_ENOMEM;
	if (rc == QF_OK) {
		mix(perm, n, how ? how->seed : 0);
		rc = qf_space(perm, n, NULL, spacing, 2, broken, e);
	}
	qf_free(artist);
	qf_free(album);
	return rc;
}
