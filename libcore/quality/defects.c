#include "quality/defects.h"

#include "base/buf.h"
#include "base/text.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define SILENT_DB -60.0
#define SAME_CHANNELS 1e-6
#define CLIPPED_SHARE 0.001
#define RUN_SAMPLES 3 /* the least that is counted as a run */

bool qf_is_lossless(const char *codec)
{
	static const char *const names[] = { "flac", "alac", "wav", "aiff", "wavpack", "ape", "tta", "caf", "w64", "rf64", "au" };

	for (size_t i = 0; codec && i < sizeof names / sizeof *names; i++)
		if (strcasecmp(codec, names[i]) == 0)
			return true;
	return false;
}

static bool differs(const char *told, const char *found)
{
	struct qf_buf a = { 0 }, b = { 0 };
	bool differ = told && found && qf_text_fold(&a, told, strlen(told), NULL) == QF_OK && qf_text_fold(&b, found, strlen(found), NULL) == QF_OK &&
		      (a.len != b.len || (a.len && memcmp(a.p, b.p, a.len) != 0));

	qf_buf_free(&a);
	qf_buf_free(&b);
	return differ;
}

static bool tags_contradict(const struct qf_found *f)
{
	const struct qf_track *t = f->track;

	return (f->track_total && t->track_no > f->track_total) || (f->disc_total && t->disc_no > f->disc_total) || f->licences_contradict ||
	       differs(f->told_title, t->title) || differs(f->told_artist, t->artist);
}

static bool is_silent(const struct qf_features *h)
{
	bool no_peak = isnan(h->peak_dbfs) || h->peak_dbfs < SILENT_DB;

	return (no_peak && isnan(h->loudness_lufs)) || h->peak_dbfs < SILENT_DB || h->loudness_lufs < SILENT_DB;
}

static bool is_clipped(const struct qf_track *t, const struct qf_features *h)
{
	double samples = h->duration_s * t->sample_rate_hz * (t->channels ? t->channels : 1);

	return samples > 0 && RUN_SAMPLES * h->clipped_runs >= CLIPPED_SHARE * samples;
}

static bool length_contradicts(const struct qf_track *t, const struct qf_features *h)
{
	double header = (double)t->duration_ms / 1000, apart = fabs(header - h->duration_s);

	return header > 0 && apart > 0.5 && apart > 0.01 * header;
}

static uint32_t bit(enum qf_defect d, bool there)
{
	return (uint32_t)there << d;
}

static uint32_t of_sound(const struct qf_found *f, const struct qf_features *h)
{
	const struct qf_track *t = f->track;

	return bit(QF_DEFECT_SILENT, is_silent(h)) | bit(QF_DEFECT_DURATION, length_contradicts(t, h)) |
	       bit(QF_DEFECT_LOSSY, qf_is_lossless(t->codec) && h->lossy_suspicion >= 0.5) | bit(QF_DEFECT_CLIPPED, is_clipped(t, h)) |
	       bit(QF_DEFECT_FAKE_STEREO, f->declared_stereo && t->channels == 2 && h->stereo_width < SAME_CHANNELS) |
	       bit(QF_DEFECT_HASH, f->told_sha256 && h->file_sha256 && strcasecmp(f->told_sha256, h->file_sha256) != 0);
}

uint32_t qf_defects_of(const struct qf_found *f)
{
	const struct qf_features *h = f->track ? f->track->features : NULL;
	bool partly = f->failure && (strcmp(f->failure, "truncated") == 0 || strcmp(f->failure, "damaged") == 0);
	uint32_t bits = bit(QF_DEFECT_TRUNCATED, partly) | bit(QF_DEFECT_UNDECODABLE, f->failure && !partly && !h);

	if (f->expected)
		bits |= bit(QF_DEFECT_MISSING, (!f->track && !f->failure) || f->gone);
	if (f->track)
		bits |= bit(QF_DEFECT_TAGS, tags_contradict(f));
	return h ? bits | of_sound(f, h) : bits;
}

/* ---- minorities ------------------------------------------------------------------------------- */

enum { DISTINCT = 64 }; /* values that are told apart; what comes after counts as a minority */

static int most_of(const int *v, size_t n)
{
	int value[DISTINCT];
	size_t count[DISTINCT] = { 0 }, kinds = 0, best = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < kinds && value[k] != v[i])
			k++;
		if (v[i] && k < DISTINCT) {
			value[k] = v[i];
			count[k]++;
			kinds += k == kinds;
		}
	}
	for (size_t k = 1; k < kinds; k++)
		if (count[k] > count[best] || (count[k] == count[best] && value[k] > value[best]))
			best = k;
	return kinds ? value[best] : 0;
}

void qf_mark_minorities(const int *rate_hz, const int *channels, size_t n, uint32_t *defects)
{
	int rate = most_of(rate_hz, n), count = most_of(channels, n);

	for (size_t i = 0; i < n; i++)
		if ((rate_hz[i] && rate_hz[i] != rate) || (channels[i] && channels[i] != count))
			defects[i] |= 1U << QF_DEFECT_MINORITY;
}
