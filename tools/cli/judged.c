#include "cli/judged.h"

#include "base/alloc.h"
#include "quality/defects.h"
#include "quality/licence.h"

#include <math.h>
#include <string.h>

/* ---- members ----------------------------------------------------------------------------------------- */

static double length_of(const struct qf_dataset_member *f)
{
	const struct qf_features *h = f->track.features;

	return f->track.duration_ms ? (double)f->track.duration_ms / 1000 : h ? h->duration_s : f->told.path ? f->told.duration_s : (double)NAN;
}

/* What was told of the file itself, else its tags, else what holds for the set. */
static const char *licence_of(struct judged *j, const struct qf_dataset_member *f, bool *contradict, struct qf_err *e)
{
	struct qf_buf b = { 0 };
	const char *licence = f->told.licence;
	bool tagged = qf_licence_put_tags(&b, f->licenseurl, f->license, f->copyright, contradict);

	if (b.failed)
		qf_buf_check(&b, e);
	else if (!licence && tagged && !(licence = qf_arena_dup(&j->a, b.p, b.len)))
		qf_fail(e, QF_ENOMEM, "out of memory");
	qf_buf_free(&b);
	return licence ? licence : j->d.licence;
}

static enum qf_status describe(struct judged *j, size_t i, struct qf_err *e)
{
	const struct qf_dataset_member *f = &j->file[i];
	const struct qf_track *t = f->track.id ? &f->track : NULL;
	const struct qf_features *h = f->track.features;
	struct qf_member *m = &j->member[i];
	struct qf_found found = { .track = t, .gone = f->gone, .expected = t || j->set.folder, .failure = f->failure, .told_sha256 = f->told.sha256,
				  .told_title = f->told.title, .told_artist = f->told.artist, .track_total = f->track_total,
				  .disc_total = f->disc_total, .declared_stereo = j->d.channels == 2 };

	*m = (struct qf_member){
		.title = f->track.title ? f->track.title : f->told.title,
		.artist = f->track.artist ? f->track.artist : f->told.artist,
		.genre = f->track.genre ? f->track.genre : f->told.genre,
		.sha256 = f->told.sha256 ? f->told.sha256 : h ? h->file_sha256 : NULL,
		.year = f->track.year ? f->track.year : f->told.year,
		.duration_s = length_of(f),
		.embedding = h ? h->embedding : NULL,
		.licence = licence_of(j, f, &found.licences_contradict, e),
	};
	m->defects = qf_defects_of(&found);
	j->unheard += t && !h && !f->failure && !f->gone;
	return e->code;
}

static enum qf_status mark_minorities(struct judged *j, struct qf_err *e)
{
	int *rate = qf_arena_get(&j->a, j->s.n + 1, sizeof *rate), *channels = qf_arena_get(&j->a, j->s.n + 1, sizeof *channels);
	uint32_t *bits = qf_arena_get(&j->a, j->s.n + 1, sizeof *bits);

	if (!rate || !channels || !bits)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	for (size_t i = 0; i < j->s.n; i++) {
		rate[i] = j->file[i].track.sample_rate_hz;
		channels[i] = j->file[i].track.channels;
		bits[i] = 0;
	}
	qf_mark_minorities(rate, channels, j->s.n, bits);
	for (size_t i = 0; i < j->s.n; i++)
		j->member[i].defects |= bits[i];
	return QF_OK;
}

/* ---- duplicates --------------------------------------------------------------------------------------- */

static int count_bits(uint32_t v)
{
	return __builtin_popcount(v);
}

/* The hash tells neither rate nor channels: digital silence of one length in bytes is not one recording. NULL: there is none. */
static const char *samples_of(struct judged *j, const struct qf_dataset_member *f, struct qf_err *e)
{
	const struct qf_features *h = f->track.features;
	const char *text = NULL;
	struct qf_buf b = { 0 };

	if (!h || !h->pcm_sha256)
		return NULL;
	qf_buf_printf(&b, "%s %d %d", h->pcm_sha256, f->track.sample_rate_hz, f->track.channels);
	if (b.failed || !(text = qf_arena_dup(&j->a, b.p, b.len)))
		qf_fail(e, QF_ENOMEM, "out of memory");
	qf_buf_free(&b);
	return text;
}

static enum qf_status fill_copy(struct judged *j, size_t i, const struct qf_rules *r, struct qf_copy *c, struct qf_err *e)
{
	const struct qf_dataset_member *f = &j->file[i];
	const struct qf_member *m = &j->member[i];
	const struct qf_features *h = f->track.features;
	enum qf_defect worst = qf_member_worst(m, r);
	size_t n = 0;
	enum qf_status rc = qf_print_decode(h ? h->fingerprint : NULL, &j->print[i], &n, e);

	*c = (struct qf_copy){
		.path = f->path,
		.sha256 = h ? h->file_sha256 : f->told.sha256,
		.audio_id = h ? h->audio_id : NULL,
		.samples = samples_of(j, f, e),
		.artist = m->artist,
		.title = m->title,
		.print = { .v = j->print[i], .n = n },
		.duration_s = isfinite(m->duration_s) ? m->duration_s : 0,
		.defects = worst < QF_DEFECTS ? r->defect[worst] : 0,
		.lossless = qf_is_lossless(f->track.codec) && !(m->defects >> QF_DEFECT_LOSSY & 1),
		.bitrate_kbps = f->track.bitrate_kbps,
		.tags = count_bits(qf_member_filled(m)),
	};
	return rc == QF_OK ? e->code : rc;
}

static enum qf_status find_duplicates(struct judged *j, const struct qf_rules *r, struct qf_err *e)
{
	struct qf_copy *copy = qf_alloc(j->s.n, sizeof *copy);
	enum qf_status rc = copy ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");

	for (size_t i = 0; rc == QF_OK && i < j->s.n; i++)
		rc = fill_copy(j, i, r, &copy[i], e);
	if (rc == QF_OK)
		rc = qf_duplicates_find(copy, j->s.n, &j->dup, e);
	for (size_t i = 0; rc == QF_OK && i < j->dup.n; i++) {
		const struct qf_duplicate *d = &j->dup.v[i];

		j->copy[d->file] = d;
		if (!d->keep && d->how != QF_SAME_TAGS)
			j->member[d->file].defects |= 1U << (d->how == QF_SAME_RECORDING ? QF_DEFECT_RECORDING : QF_DEFECT_EXACT);
	}
	qf_free(copy);
	return rc;
}

size_t judged_kept(const struct judged *j, size_t i)
{
	const struct qf_duplicate *d = j->copy[i];

	while (d && !d->keep) /* it stands first in its group */
		d--;
	return d ? d->file : i;
}

double judged_score(const struct judged *j, size_t i, const struct qf_rules *r)
{
	enum qf_defect worst = qf_member_worst(&j->member[i], r);

	return worst < QF_DEFECTS ? 1 - r->defect[worst] : 1;
}

/* ---- all of it ------------------------------------------------------------------------------------------- */

static enum qf_status read_set(struct judged *j, struct qf_catalog *c, const char *name, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	if (name)
		rc = qf_catalog_dataset_get(c, name, &j->a, &j->set, e);
	j->d.name = j->d.id = j->set.name;
	if (rc == QF_OK && j->set.descriptor)
		rc = qf_descriptor_parse(&j->d, j->set.descriptor, strlen(j->set.descriptor), &j->a, e);
	if (rc == QF_OK)
		rc = qf_catalog_dataset_members(c, &j->set, true, &j->a, &j->file, &j->s.n, e);
	return rc;
}

enum qf_status judged_open(struct judged *j, struct qf_catalog *c, const char *name, const struct qf_rules *r, struct qf_err *e)
{
	enum qf_status rc = read_set(j, c, name, e);

	if (rc != QF_OK)
		return rc;
	j->member = qf_zalloc(j->s.n, sizeof *j->member);
	j->copy = qf_zalloc(j->s.n, sizeof *j->copy);
	j->print = qf_zalloc(j->s.n, sizeof *j->print);
	if (!j->member || !j->copy || !j->print)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	j->s.member = j->member;
	j->s.dim = sizeof ((struct qf_features *)0)->embedding / sizeof(float);
	qf_descriptor_fields(&j->d, j->s.field);
	for (size_t i = 0; rc == QF_OK && i < j->s.n; i++)
		rc = describe(j, i, e);
	if (rc == QF_OK)
		rc = mark_minorities(j, e);
	return rc == QF_OK ? find_duplicates(j, r, e) : rc;
}

void judged_close(struct judged *j)
{
	for (size_t i = 0; j->print && i < j->s.n; i++)
		qf_free(j->print[i]);
	qf_free(j->print);
	qf_free(j->copy);
	qf_free(j->member);
	qf_duplicates_free(&j->dup);
	qf_arena_free(&j->a);
	*j = (struct judged){ .unheard = 0 };
}
