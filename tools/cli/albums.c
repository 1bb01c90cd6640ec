#include "cli/albums.h"

#include "catalog/album.h"
#include "features/album.h"

#include <math.h>

struct sum {
	struct qf_album loudness;
	double peak_dbtp;
};

static void take(void *user, const struct qf_level *l)
{
	struct sum *s = user;

	qf_album_add(&s->loudness, l->histogram, l->n, l->loudness_lufs);
	s->peak_dbtp = fmax(s->peak_dbtp, l->true_peak_dbtp); /* of NaN and a number: the number */
}

static enum qf_status settle(struct qf_catalog *c, int64_t album, struct qf_err *e)
{
	struct sum s = { .peak_dbtp = (double)NAN };
	enum qf_status rc = qf_catalog_album_levels(c, album, take, &s, e);

	return rc == QF_OK ? qf_catalog_put_album(c, album, qf_album_loudness(&s.loudness), s.peak_dbtp, e) : rc;
}

enum qf_status albums_settle(struct batch *b, struct qf_err *e)
{
	int64_t album = 0;
	enum qf_status rc;

	while ((rc = qf_catalog_stale_album(b->catalog, &album, e)) == QF_OK && album) {
		rc = batch_begin(b, e);
		if (rc == QF_OK)
			rc = settle(b->catalog, album, e);
		if (rc == QF_OK)
			rc = batch_count(b, e);
		if (rc != QF_OK)
			break;
	}
	return rc;
}
