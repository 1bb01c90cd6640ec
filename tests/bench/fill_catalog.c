/* fill_catalog - a catalog of so many tracks that are not there, through the calls that the
 * tools use: tracks with tags and full-text entries, features, listening.
 *
 *     fill_catalog CATALOG TRACKS [EVENTS [USERS]]
 *
 * Names are drawn from 3,000 words with a skew like that of real libraries (a few artists with much, many
 * with little); the same numbers give the same catalog. Every track has brief features and an embedding, but
 * no waveform and no fingerprint, which no query reads. */
#include "catalog/event.h"
#include "catalog/track.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 5000, WORDS = 3000 };

static uint64_t state = 1;

static uint64_t next(void) /* SplitMix64 */
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static double uniform(void)
{
	return (double)(next() >> 11) * 0x1p-53;
}

static size_t skewed(size_t n) /* small numbers more often */
{
	double u = uniform();

	return (size_t)((double)n * u * u * u);
}

static void put_word(char *to, size_t i)
{
	static const char *const head[] = { "ba", "co", "da", "fe", "gi", "ho", "ja", "ke", "lu", "ma", "no", "pi", "ro", "sé", "ta" };
	static const char *const tail[] = { "bel", "cker", "don", "fly", "gan", "lich", "men", "nor", "pur", "ran", "son", "ty", "vex", "wen" };

	strcat(to, head[i % 15]);
	strcat(to, tail[i / 15 % 14]);
	if (i >= 210)
		strcat(to, tail[i / 210 % 14]);
}

static void put_name(char *to, size_t words, uint64_t key) /* the same key, the same name */
{
	uint64_t kept = state;

	state = key;
	to[0] = '\0';
	for (size_t i = 0; i < words; i++) {
		if (i)
			strcat(to, " ");
		put_word(to, skewed(WORDS));
	}
	state = kept;
}

static void check(enum qf_status rc, const struct qf_err *e)
{
	if (rc != QF_OK) {
		fprintf(stderr, "fill_catalog: %s\n", e->text);
		exit(1);
	}
}

static void put_track(struct qf_catalog *c, int64_t root, size_t i, size_t artists, struct qf_err *e)
{
	static const char *const genres[] = { "Rock", "Pop", "Jazz", "Classical", "Electronic", "Folk", "Hip Hop", "Metal", "Ambient", "Blues" };
	char title[256], artist[256], album[256], path[64], date[16], number[16];
	size_t a = skewed(artists);
	struct qf_tag tags[] = {
		{ "title", title }, { "artist", artist }, { "album", album }, { "albumartist", artist }, { "genre", genres[skewed(10)] },
		{ "date", date }, { "tracknumber", number }, { "composer", artist },
	};
	struct qf_scanned s = { .root = root, .path = path, .size = 1, .mtime_ns = 1, .inode = (int64_t)i, .now = 1700000000 + (int64_t)i / 10,
				.tags = tags, .n_tags = 8, .duration_ms = 60000 + (int64_t)(next() % 300000), .sample_rate_hz = 44100,
				.channels = 2, .bitrate_kbps = 900, .codec = i % 3 ? "flac" : "mp3" };
	struct qf_pending p = { .size = 1, .mtime_ns = 1 };
	struct qf_features f;
	double length = 0;
	bool is_new;

	put_name(title, 1 + next() % 4, next());
	put_name(artist, 2, 1000000007u * (a + 1));
	put_name(album, 2, 1000000007u * (a + 1) + next() % 8);
	snprintf(path, sizeof path, "%zu/%zu.flac", i / 1000, i);
	snprintf(date, sizeof date, "%d", 1950 + (int)(next() % 75));
	snprintf(number, sizeof number, "%d", 1 + (int)(next() % 15));
	check(qf_catalog_put_track(c, &s, &p.id, &is_new, e), e);
	qf_features_init(&f);
	f.duration_s = (double)s.duration_ms / 1000;
	f.tempo_bpm = 60 + 120 * uniform();
	f.loudness_lufs = -25 + 20 * uniform();
	f.energy = uniform();
	f.valence = uniform();
	f.arousal = uniform();
	f.danceability = uniform();
	f.acousticness = uniform();
	f.camelot = (char[]){ (char)('1' + next() % 9), 'A', 0 };
	f.moods = (char[]){ "calm" };
	for (size_t k = 0; k < 64; k++) {
		f.embedding[k] = (float)(uniform() + uniform() - 1);
		length += (double)f.embedding[k] * (double)f.embedding[k];
	}
	for (size_t k = 0; k < 64; k++)
		f.embedding[k] = (float)((double)f.embedding[k] / sqrt(length));
	check(qf_catalog_put_features(c, &p, &f, QF_FEATURES_VERSION, 1700000000, e), e);
}

static void put_event(struct qf_catalog *c, size_t i, size_t tracks, size_t users, struct qf_err *e)
{
	char name[32];
	struct qf_event ev = { .user = name, .src = "bench", .t = 1700000000 + 60 * (int64_t)i,
			       .action = next() % 4 ? QF_ACTION_PLAY : QF_ACTION_SKIP, .ms = 100000 };
	uint8_t uid[QF_EVENT_UID] = { 0 };
	bool is_new;
	struct qf_placed placed = { .track = 1 + (int64_t)skewed(tracks) };

	snprintf(name, sizeof name, "user%zu", i % users);
	memcpy(uid, &i, sizeof i);
	check(qf_catalog_add_user(c, ev.user, &placed.user, e), e);
	check(qf_catalog_put_event(c, uid, &ev, &placed, &is_new, e), e);
}

int main(int argc, char **argv)
{
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0, events = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	size_t users = argc > 4 ? strtoul(argv[4], NULL, 10) : 3;
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	int64_t root;

	if (n == 0 || users == 0) {
		fputs("usage: fill_catalog CATALOG TRACKS [EVENTS [USERS]]\n", stderr);
		return 2;
	}
	check(qf_catalog_open(&c, argv[1], QF_CATALOG_WRITE, 1000, 1700000000, &e), &e);
	check(qf_catalog_begin(c, &e), &e);
	check(qf_catalog_add_root(c, "/nowhere/music", &root, &e), &e);
	for (size_t i = 0; i < n + events; i++) {
		if (i < n)
			put_track(c, root, i, n / 20 + 1, &e);
		else
			put_event(c, i - n, n, users, &e);
		if (i % BATCH == BATCH - 1) {
			check(qf_catalog_commit(c, &e), &e);
			check(qf_catalog_begin(c, &e), &e);
		}
	}
	check(qf_catalog_commit(c, &e), &e);
	qf_catalog_close(c);
	return 0;
}
