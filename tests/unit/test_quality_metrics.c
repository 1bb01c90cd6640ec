/* The five metrics by hand arithmetic: a clean set, one defect at a time, thresholds, empty and tiny sets, repairs. */
#include "unit.h"

#include "base/alloc.h"
#include "quality/defects.h"
#include "quality/diversity.h"
#include "quality/metrics.h"
#include "quality/drops.h"
#include "quality/repairs.h"

#include <math.h>

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
enum { FILES = 10, DIM = 4 };

static struct qf_member member[FILES];
static struct qf_set set;
static float axes[DIM][DIM] = { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 } };

/* Ten files of 36 s: five artists with two each, two genres with five, two decades with five, four directions of sound. */
static int clean_set(void **state)
{
	static const char *const artists[] = { "Ann", "Bob", "Cid", "Dee", "Eve" };

	(void)state;
	set = (struct qf_set){ .member = member, .n = FILES, .dim = DIM };
	for (size_t i = 0; i < QF_FIELDS; i++)
		set.field[i] = i == 2 ? "CC0-1.0" : "told";
	for (size_t i = 0; i < FILES; i++)
		member[i] = (struct qf_member){ .title = "Song", .artist = artists[i / 2], .genre = i < 5 ? "Rock" : "Jazz", .licence = "CC0-1.0",
						.sha256 = SHA, .year = i < 5 ? 1985 : 1995, .duration_s = 36, .embedding = axes[i % DIM] };
	return 0;
}

static struct qf_report judge(void)
{
	struct qf_report r;
	struct qf_err e = { 0 };

	assert_ok(qf_quality_judge(&set, &qf_rules_default, &r, &e), e);
	qf_free(r.licences);
	r.licences = NULL;
	return r;
}

static void near(double a, double b)
{
	if (!(fabs(a - b) < 1e-9))
		fail_msg("%.12f is not %.12f", a, b);
}

static void only_metric_fell(const struct qf_report *before, const struct qf_report *after, enum qf_metric m, double by)
{
	for (enum qf_metric i = 0; i < QF_METRICS; i++)
		near(before->metric[i] - after->metric[i], i == m ? by : 0);
	near(before->score - after->score, qf_rules_default.metric[m] * by);
}

static void weights_sum_to_1(void **state)
{
	const struct qf_rules *r = &qf_rules_default;

	(void)state;
	near(r->metric[0] + r->metric[1] + r->metric[2] + r->metric[3] + r->metric[4], 1);
	near(r->required + r->recommended + r->filled, 1);
}

static void a_clean_set_by_hand(void **state)
{
	struct qf_report r = judge();
	/* sound: 3, 3, 2, 2 of ten along four directions, so the eigenvalues are .3 .3 .2 .2 */
	double vendi = -(2 * .3 * log(.3) + 2 * .2 * log(.2));
	double diversity = (log(5) / log(10) + log(2) / log(10) + log(2) / log(6) + vendi / log(10)) / 4;
	double size = log(1 + .1 / .5) / log(1 + 500 / .5); /* 0.1 h is less than ten files are */

	(void)state;
	near(r.metric[QF_METRIC_COMPLETENESS], 1);
	near(r.metric[QF_METRIC_CONSISTENCY], 1);
	near(r.hours, .1);
	near(r.size_tracks, log(2) / log(1001));
	near(r.metric[QF_METRIC_SIZE], size);
	near(r.axis[QF_AXIS_ARTIST].number, 5);
	near(r.axis[QF_AXIS_GENRE].number, 2);
	near(r.axis[QF_AXIS_SOUND].number, exp(vendi));
	near(r.metric[QF_METRIC_DIVERSITY], diversity);
	near(r.metric[QF_METRIC_LICENCE], 1);
	near(r.score, .3 + .25 + .2 * size + .15 * diversity + .1);
	assert_int_equal(r.tier, QF_QUALITY_MEDIUM);
}

static void each_defect_costs_its_weight_and_nothing_else(void **state)
{
	static const double weight[QF_DEFECTS] = { 1, 1, 1, 1, 1, 1, .7, .5, .5, .3, .3, .1, .1 };
	struct qf_report before = judge();

	(void)state;
	for (enum qf_defect d = 0; d < QF_DEFECTS; d++) {
		struct qf_report after;

		clean_set(NULL);
		member[3].defects = 1U << d;
		after = judge();
		only_metric_fell(&before, &after, QF_METRIC_CONSISTENCY, weight[d] / 10);
		assert_int_equal(after.worst[d], 1);
	}
}

static void of_two_defects_the_worst_counts(void **state)
{
	struct qf_report before = judge(), after;

	(void)state;
	member[3].defects = 1U << QF_DEFECT_CLIPPED | 1U << QF_DEFECT_LOSSY;
	member[4].defects = 1U << QF_DEFECT_CLIPPED;
	after = judge();
	only_metric_fell(&before, &after, QF_METRIC_CONSISTENCY, (.5 + .3) / 10);
	assert_int_equal(after.with[QF_DEFECT_CLIPPED], 2);
	assert_int_equal(after.worst[QF_DEFECT_CLIPPED], 1);
}

static void what_is_not_told_costs_completeness_only(void **state)
{
	struct qf_report before = judge(), after;

	(void)state;
	for (size_t i = 0; i < QF_FIELDS; i++) {
		clean_set(NULL);
		set.field[i] = i % 2 ? NULL : "TODO";
		after = judge();
		only_metric_fell(&before, &after, QF_METRIC_COMPLETENESS, i < QF_REQUIRED ? .6 / 6 : .2 / 8);
	}
	clean_set(NULL);
	member[0].title = " n/a ";
	after = judge();
	only_metric_fell(&before, &after, QF_METRIC_COMPLETENESS, .2 / 60);
	clean_set(NULL);
	member[0].duration_s = NAN; /* it counts as one of mean length elsewhere */
	after = judge();
	only_metric_fell(&before, &after, QF_METRIC_COMPLETENESS, .2 / 60);
	clean_set(NULL);
	member[0].sha256 = "beef";
	after = judge();
	only_metric_fell(&before, &after, QF_METRIC_COMPLETENESS, .2 / 60);
}

static void a_lesser_licence_costs_its_share_of_the_length(void **state)
{
	struct qf_report before = judge(), after;

	(void)state;
	member[0].licence = "CC-BY-SA-4.0";
	after = judge();
	only_metric_fell(&before, &after, QF_METRIC_LICENCE, .3 / 10);
	assert_int_equal(after.tier, QF_QUALITY_MEDIUM);
	member[0].licence = "CC-BY-NC-4.0";
	after = judge();
	only_metric_fell(&before, &after, QF_METRIC_LICENCE, 1.0 / 10);
	assert_int_equal(after.refused, 1);
	assert_int_equal(after.tier, QF_QUALITY_REFUSED);
}

static void less_diversity_costs_diversity_only(void **state)
{
	struct qf_report before = judge(), after;

	(void)state;
	for (size_t i = 0; i < FILES; i++)
		member[i].genre = "Rock";
	after = judge();
	only_metric_fell(&before, &after, QF_METRIC_DIVERSITY, log(2) / log(10) / 4);
}

static void an_axis_that_nobody_knows_is_left_out(void **state)
{
	struct qf_report before = judge(), after;
	double artist = log(5) / log(10), genre = log(2) / log(10), sound = log(before.axis[QF_AXIS_SOUND].number) / log(10);

	(void)state;
	for (size_t i = 0; i < FILES; i++)
		member[i].year = 0;
	after = judge();
	assert_int_equal(after.axis[QF_AXIS_DECADE].known, 0);
	near(after.metric[QF_METRIC_DIVERSITY], (artist + genre + sound) / 3);
}

static void artists_weigh_by_their_length(void **state)
{
	struct qf_report r;

	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		member[i].artist = i ? "Ann" : "bob";
		member[i].duration_s = i ? 10 : 90;
	}
	member[1].artist = "ANN"; /* case does not make another one */
	r = judge();
	near(r.axis[QF_AXIS_ARTIST].number, 2); /* 90 s each */
}

static void size_grows_as_the_curve_says(void **state)
{
	static const struct { double n, value; } points[] = { { 10, .10 }, { 100, .35 }, { 1000, .67 }, { 10000, 1 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t n = (size_t)points[i].n;
		struct qf_member *many = qf_zalloc(n, sizeof *many);
		struct qf_report r;
		struct qf_err e = { 0 };

		for (size_t k = 0; k < n; k++)
			many[k].duration_s = 3600;
		set.member = many;
		set.n = n;
		assert_ok(qf_quality_judge(&set, &qf_rules_default, &r, &e), e);
		assert_true(fabs(r.size_tracks - points[i].value) < .005);
		near(r.metric[QF_METRIC_SIZE], r.size_tracks);
		qf_report_free(&r);
		qf_free(many);
	}
}

static void thresholds_are_inclusive(void **state)
{
	struct qf_rules rules = qf_rules_default;
	struct qf_report r = judge();
	struct qf_err e = { 0 };

	(void)state;
	rules.high = r.score;
	assert_ok(qf_quality_judge(&set, &rules, &r, &e), e);
	assert_int_equal(r.tier, QF_QUALITY_HIGH);
	qf_report_free(&r);
	rules.high = nextafter(judge().score, 1) + 1e-9;
	rules.medium = judge().score;
	assert_ok(qf_quality_judge(&set, &rules, &r, &e), e);
	assert_int_equal(r.tier, QF_QUALITY_MEDIUM);
	qf_report_free(&r);
	rules.medium = rules.high;
	assert_ok(qf_quality_judge(&set, &rules, &r, &e), e);
	assert_int_equal(r.tier, QF_QUALITY_LOW);
	qf_report_free(&r);
	near(.3 + .25 + .2 + .05, .8); /* what sums to a threshold on paper meets it */
}

static void tiny_and_empty_sets_have_numbers(void **state)
{
	struct qf_report r;

	(void)state;
	set.n = 0;
	r = judge();
	near(r.metric[QF_METRIC_COMPLETENESS], .8);
	near(r.score, .24);
	assert_int_equal(r.tier, QF_QUALITY_LOW);
	set.n = 1;
	r = judge();
	near(r.metric[QF_METRIC_DIVERSITY], 0);
	near(r.metric[QF_METRIC_CONSISTENCY], 1);
	member[0] = (struct qf_member){ .duration_s = NAN };
	r = judge();
	for (size_t i = 0; i < QF_METRICS; i++)
		assert_true(isfinite(r.metric[i]));
	assert_int_equal(r.refused, 1);
	memset(member, 0, sizeof member);
	member[1].embedding = member[2].embedding = (float[DIM]){ 0 }; /* vectors without a length */
	set.n = FILES;
	r = judge();
	assert_true(isfinite(r.score));
	near(r.metric[QF_METRIC_SIZE], 0);
}

static void effective_numbers_by_hand(void **state)
{
	const float *same[] = { axes[0], axes[0], axes[0] }, *unlike[] = { axes[0], axes[1], axes[2], axes[3] };
	double v;
	size_t drawn;
	struct qf_err e = { 0 };

	(void)state;
	near(qf_hill((double[]){ 1, 1, 1 }, 3), 3);
	near(qf_hill((double[]){ 1, 0, -1 }, 3), 1);
	near(qf_hill((double[]){ .5, .25, .25 }, 3), pow(2, 1.5));
	near(qf_hill(NULL, 0), 0);
	assert_ok(qf_vendi(same, 3, DIM, &v, &drawn, &e), e);
	near(v, 1);
	assert_ok(qf_vendi(unlike, 4, DIM, &v, &drawn, &e), e);
	near(v, 4);
	assert_int_equal(drawn, 4);
	assert_ok(qf_vendi(unlike, 0, DIM, &v, &drawn, &e), e);
	near(v, 0);
}

static void weights_can_be_replaced_and_are_checked(void **state)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "metric.size 0.3\n", "the weights of the metrics sum to 1.1, not to 1" },
		{ "required 0.5", "required, recommended and filled sum to 0.9, not to 1" },
		{ "\n# x\nmetric.beauty 1\n", "line 3: there is no weight called 'metric.beauty' (--print-weights lists them)" },
		{ "defect.silent nan", "line 1: defect.silent is 'nan' and not a number from 0 to 1" },
		{ "defect.silent", "line 1: a name and a number are wanted" },
		{ "defect.silent 1 2", "line 1: a name and a number are wanted" },
		{ "high 0.5", "high is below medium" },
	};
	struct qf_rules r = qf_rules_default, again = qf_rules_default;
	struct qf_buf text = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_rules_read(&r, "metric.size 0.3 # more\nmetric.diversity 0.05\r\ndefect.silent 0.5", 64, &e), e);
	near(r.metric[QF_METRIC_SIZE], .3);
	near(r.defect[QF_DEFECT_SILENT], .5);
	qf_rules_put(&text, &r);
	assert_ok(qf_rules_read(&again, text.p, text.len, &e), e);
	assert_memory_equal(&r, &again, sizeof r);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		r = qf_rules_default;
		assert_int_equal(qf_rules_read(&r, bad[i].text, strlen(bad[i].text), &e), QF_EFORMAT);
		assert_string_equal(e.text, bad[i].why);
	}
	qf_buf_free(&text);
}

/* Carries out a repair on the set. */
static void repair(const struct qf_repair *r)
{
	struct qf_member *m = &member[r->member];

	switch (r->kind) {
	case QF_REPAIR_FIELD: set.field[r->what] = r->what == 2 ? "MIT" : "told"; break;
	case QF_REPAIR_MEND: m->defects = 0; break;
	case QF_REPAIR_LICENCE: m->licence = "GPL-2.0-only"; break;
	case QF_REPAIR_FILL:
		if (r->what == QF_FILLED_TITLE) m->title = "Song";
		if (r->what == QF_FILLED_SHA256) m->sha256 = SHA;
		break;
	}
}

static void the_list_of_repairs_is_enough_and_one_less_is_not(void **state)
{
	struct qf_report before;
	struct qf_repair *list;
	struct qf_err e = { 0 };
	size_t n;
	bool reached;
	double target;

	(void)state;
	set.field[1] = set.field[7] = NULL; /* .03 and .0075 of the score */
	member[0].defects = 1U << QF_DEFECT_SILENT; /* .025 */
	member[1].defects = 1U << QF_DEFECT_LOSSY;  /* .0125 */
	member[2].title = member[2].sha256 = NULL;  /* .001 each */
	before = judge();
	target = before.score + .03 + .025 + .0125; /* met exactly by the three greatest */
	assert_ok(qf_quality_repairs(&set, &qf_rules_default, &before, target, &list, &n, &reached, &e), e);
	assert_true(reached);
	assert_int_equal(n, 3);
	assert_int_equal(list[0].kind, QF_REPAIR_FIELD);
	assert_int_equal(list[0].what, 1);
	assert_int_equal(list[1].what, QF_DEFECT_SILENT);
	assert_int_equal(list[2].member, 1);
	repair(&list[0]);
	repair(&list[1]);
	assert_true(judge().score < target - 1e-9);
	repair(&list[2]);
	near(judge().score, target);
	qf_free(list);
}

static void a_refused_file_must_go_whatever_the_score(void **state)
{
	struct qf_report before, after;
	struct qf_repair *list;
	struct qf_err e = { 0 };
	size_t n;
	bool reached;

	(void)state;
	member[4].licence = "Drascula-License";
	before = judge();
	assert_ok(qf_quality_repairs(&set, &qf_rules_default, &before, 0, &list, &n, &reached, &e), e);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].kind, QF_REPAIR_LICENCE);
	assert_int_equal(list[0].member, 4);
	near(list[0].gain, .1 * .6 / 10);
	repair(&list[0]);
	after = judge();
	near(after.score - before.score, list[0].gain);
	assert_int_equal(after.refused, 0);
	qf_free(list);
	assert_ok(qf_quality_repairs(&set, &qf_rules_default, &after, .99, &list, &n, &reached, &e), e);
	assert_false(reached); /* small it stays */
	assert_int_equal(n, 0);
	qf_free(list);
}

static void leaving_out_goes_by_classes_and_is_judged_anew(void **state)
{
	struct qf_report before;
	struct qf_drops d;
	struct qf_err e = { 0 };
	double nine, eight;

	(void)state;
	member[0].licence = "Drascula-License";
	member[1].defects = 1U << QF_DEFECT_SILENT;
	before = judge();
	set.member = member + 1;
	set.n = 9;
	nine = judge().score;
	set.member = member + 2;
	set.n = 8;
	eight = judge().score;
	assert_true(eight > nine); /* a ninth of the consistency is more than the size of one file */
	set.member = member;
	set.n = 10;
	assert_ok(qf_quality_drops(&set, &qf_rules_default, &before, nine, false, &d, &e), e);
	assert_true(d.n == 1 && d.member[0] == 0 && d.reached);
	near(d.score, nine);
	qf_drops_free(&d);
	assert_ok(qf_quality_drops(&set, &qf_rules_default, &before, eight, false, &d, &e), e);
	assert_true(d.n == 2 && d.member[0] == 0 && d.member[1] == 1 && d.reached);
	near(d.score, eight);
	qf_drops_free(&d);
	assert_ok(qf_quality_drops(&set, &qf_rules_default, &before, .99, false, &d, &e), e);
	assert_true(d.n == 2 && !d.reached); /* small it stays, but this is the best of it */
	qf_drops_free(&d);
	assert_ok(qf_quality_drops(&set, &qf_rules_default, &before, .99, true, &d, &e), e);
	assert_true(d.n == 1 && d.member[0] == 1); /* the licence is let through */
	qf_drops_free(&d);
	member[0].licence = member[2].licence;
	member[1].defects = 0;
	before = judge();
	assert_ok(qf_quality_drops(&set, &qf_rules_default, &before, .99, false, &d, &e), e);
	assert_int_equal(d.n, 0); /* there is nothing to leave out */
	qf_drops_free(&d);
	for (size_t i = 0; i < set.n; i++)
		member[i].licence = "Drascula-License";
	before = judge();
	assert_ok(qf_quality_drops(&set, &qf_rules_default, &before, .1, false, &d, &e), e);
	assert_true(d.n == 0 && !d.reached); /* nothing would be left */
	qf_drops_free(&d);
}

/* ---- defects of one file ------------------------------------------------------------------------ */

static struct qf_features heard;
static struct qf_track track;
static struct qf_found found;

static int sound_file(void **state)
{
	static char sha[] = SHA;

	(void)state;
	qf_features_init(&heard);
	heard.duration_s = 100;
	heard.loudness_lufs = -14;
	heard.peak_dbfs = -1;
	heard.clipped_runs = 0;
	heard.lossy_suspicion = 0.1;
	heard.stereo_width = 0.2;
	heard.file_sha256 = sha;
	track = (struct qf_track){ .id = 1, .path = "/a", .title = "A", .artist = "B", .codec = "flac", .sample_rate_hz = 44100, .channels = 2,
				   .duration_ms = 100000, .track_no = 3, .features = &heard };
	found = (struct qf_found){ .track = &track, .expected = true, .track_total = 10, .declared_stereo = true };
	return 0;
}

static void defects_begin_where_the_rules_say(void **state)
{
	(void)state;
	assert_int_equal(qf_defects_of(&found), 0);
	heard.duration_s = 101; /* 1 % exactly */
	assert_int_equal(qf_defects_of(&found), 0);
	heard.duration_s = 101.001;
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_DURATION);
	sound_file(NULL);
	track.duration_ms = 10000;
	heard.duration_s = 10.5; /* more than 1 %, not more than 0.5 s */
	assert_int_equal(qf_defects_of(&found), 0);
	heard.duration_s = 10.51;
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_DURATION);
	sound_file(NULL);
	heard.lossy_suspicion = 0.5;
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_LOSSY);
	track.codec = "mp3"; /* it says so itself */
	assert_int_equal(qf_defects_of(&found), 0);
	sound_file(NULL);
	heard.clipped_runs = 2939; /* 3 * 2940 = 0.1 % of 8,820,000 */
	assert_int_equal(qf_defects_of(&found), 0);
	heard.clipped_runs = 2940;
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_CLIPPED);
	sound_file(NULL);
	heard.loudness_lufs = -60;
	assert_int_equal(qf_defects_of(&found), 0);
	heard.loudness_lufs = -60.1;
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_SILENT);
	heard.loudness_lufs = heard.peak_dbfs = NAN; /* nothing but zeros */
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_SILENT);
	heard.peak_dbfs = -10; /* too short to have a loudness */
	assert_int_equal(qf_defects_of(&found), 0);
	sound_file(NULL);
	heard.stereo_width = 0;
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_FAKE_STEREO);
	found.declared_stereo = false;
	assert_int_equal(qf_defects_of(&found), 0);
	sound_file(NULL);
	found.track_total = 2;
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_TAGS);
	found.track_total = 3;
	found.told_title = "á";
	assert_int_equal(qf_defects_of(&found), 0);
	found.told_title = "Another";
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_TAGS);
	sound_file(NULL);
	found.told_sha256 = SHA;
	assert_int_equal(qf_defects_of(&found), 0);
	found.told_sha256 = "00" SHA;
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_HASH);
}

static void failures_are_defects_by_their_class(void **state)
{
	(void)state;
	found.failure = "truncated";
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_TRUNCATED);
	track.features = NULL;
	found.failure = "format";
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_UNDECODABLE);
	found.track = NULL;
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_UNDECODABLE);
	found.failure = NULL;
	assert_int_equal(qf_defects_of(&found), 1 << QF_DEFECT_MISSING);
	found.expected = false;
	assert_int_equal(qf_defects_of(&found), 0);
}

static void the_minority_is_what_differs_from_most(void **state)
{
	const int rate[] = { 44100, 48000, 44100, 0, 44100, 48000 }, channels[] = { 2, 2, 1, 0, 2, 2 }, even[] = { 1, 2 };
	uint32_t d[6] = { 0 }, m = 1 << QF_DEFECT_MINORITY;

	(void)state;
	qf_mark_minorities(rate, channels, 6, d);
	assert_memory_equal(d, ((uint32_t[]){ 0, m, m, 0, 0, m }), sizeof d);
	memset(d, 0, sizeof d);
	qf_mark_minorities(even, even, 2, d); /* of equals the higher stays */
	assert_memory_equal(d, ((uint32_t[]){ m, 0, 0, 0, 0, 0 }), sizeof d);
	qf_mark_minorities(NULL, NULL, 0, NULL);
}

static void memory_that_runs_out_is_said(void **state)
{
	(void)state;
	for (unsigned long at = 1;; at++) {
		struct qf_report r;
		struct qf_err e = { 0 };
		enum qf_status rc;

		qf_alloc_fail_at(at, false);
		rc = qf_quality_judge(&set, &qf_rules_default, &r, &e);
		qf_report_free(&r);
		if (qf_alloc_fail_at(0, false) < at) {
			assert_int_equal(rc, QF_OK);
			break;
		}
		assert_int_equal(rc, QF_ENOMEM);
	}
}

static void memory_that_runs_out_while_leaving_out_is_said(void **state)
{
	struct qf_report before;

	(void)state;
	member[0].licence = "Drascula-License";
	member[1].defects = 1U << QF_DEFECT_SILENT;
	before = judge();
	for (unsigned long at = 1;; at++) {
		struct qf_drops d;
		struct qf_err e = { 0 };
		enum qf_status rc;

		qf_alloc_fail_at(at, false);
		rc = qf_quality_drops(&set, &qf_rules_default, &before, .99, false, &d, &e);
		qf_drops_free(&d);
		if (qf_alloc_fail_at(0, false) < at) {
			assert_int_equal(rc, QF_OK);
			break;
		}
		assert_int_equal(rc, QF_ENOMEM);
	}
}

int main(void)
{
#define ON_SET(f) cmocka_unit_test_setup(f, clean_set)
#define ON_FILE(f) cmocka_unit_test_setup(f, sound_file)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_sum_to_1),
		ON_SET(a_clean_set_by_hand),
		ON_SET(each_defect_costs_its_weight_and_nothing_else),
		ON_SET(of_two_defects_the_worst_counts),
		ON_SET(what_is_not_told_costs_completeness_only),
		ON_SET(a_lesser_licence_costs_its_share_of_the_length),
		ON_SET(less_diversity_costs_diversity_only),
		ON_SET(an_axis_that_nobody_knows_is_left_out),
		ON_SET(artists_weigh_by_their_length),
		ON_SET(size_grows_as_the_curve_says),
		ON_SET(thresholds_are_inclusive),
		ON_SET(tiny_and_empty_sets_have_numbers),
		cmocka_unit_test(effective_numbers_by_hand),
		cmocka_unit_test(weights_can_be_replaced_and_are_checked),
		ON_SET(the_list_of_repairs_is_enough_and_one_less_is_not),
		ON_SET(leaving_out_goes_by_classes_and_is_judged_anew),
		ON_SET(a_refused_file_must_go_whatever_the_score),
		ON_FILE(defects_begin_where_the_rules_say),
		ON_FILE(failures_are_defects_by_their_class),
		cmocka_unit_test(the_minority_is_what_differs_from_most),
		ON_SET(memory_that_runs_out_is_said),
		ON_SET(memory_that_runs_out_while_leaving_out_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
