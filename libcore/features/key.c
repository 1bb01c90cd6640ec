#include "features/key.h"

#include <math.h>

#define KEYS 24 /* 12 major, then 12 minor */

static const double temperley[2][12] = {
	{.748, .060, .488, .082, .670, .460, .096, .715, .104, .366, .057, .400},
	{.712, .084, .474, .618, .049, .460, .105, .747, .404, .067, .133, .330},
};
static const double shaath[2][12] = {
	{6.6, 2.0, 3.5, 2.3, 4.6, 4.0, 2.5, 5.2, 2.4, 3.7, 2.3, 3.4},
	{6.5, 2.7, 3.5, 5.4, 2.6, 3.5, 2.5, 5.2, 4.0, 2.7, 4.3, 3.2},
};
static const char *const names[KEYS] = {
	"C major", "C# major", "D major", "D# major", "E major", "F major",
	"F# major", "G major", "G# major", "A major", "A# major", "B major",
	"C minor", "C# minor", "D minor", "D# minor", "E minor", "F minor",
	"F# minor", "G minor", "G# minor", "A minor", "A# minor", "B minor",
};
static const char *const camelots[KEYS] = {
	"8B", "3B", "10B", "5B", "12B", "7B", "2B", "9B", "4B", "11B", "6B", "1B",
	"5A", "12A", "7A", "2A", "9A", "4A", "11A", "6A", "1A", "8A", "3A", "10A",
};

static double cosine(const double *profile, const double *classes, int tonic)
{
	double dot = 0, a = 0, b = 0;

	for (int i = 0; i < 12; i++) {
		double p = profile[i], c = classes[(i + tonic) % 12];

		dot += p * c;
		a += p * p;
		b += c * c;
	}
	return dot / sqrt(a * b + 1e-300);
}

/* Add half a vote for each key to votes. */
static void vote(const double profile[2][12], const double *classes, double *votes)
{
	double v[KEYS], mean = 0, squares = 0;

	for (int k = 0; k < KEYS; k++) {
		v[k] = cosine(profile[k / 12], classes, k % 12);
		mean += v[k] / KEYS;
	}
	for (int k = 0; k < KEYS; k++)
		squares += (v[k] - mean) * (v[k] - mean) / KEYS;
	for (int k = 0; k < KEYS; k++)
		votes[k] += 0.5 * (v[k] - mean) / (sqrt(squares) + 1e-12);
}

struct qf_key qf_key_find(const double soft[12], const double plain[12])
{
	double votes[KEYS] = {0};
	int best = 0, second;

	vote(temperley, soft, votes);
	vote(shaath, plain, votes);
	for (int k = 1; k < KEYS; k++)
		if (votes[k] > votes[best])
			best = k;
	second = best ? 0 : 1;
	for (int k = 0; k < KEYS; k++)
		if (k != best && votes[k] > votes[second])
			second = k;
	return (struct qf_key){best % 12, best >= 12, fmin(1, votes[best] - votes[second]), second};
}

static int number(struct qf_key k)
{
	return k.tonic + (k.minor ? 12 : 0);
}

const char *qf_key_name(struct qf_key k)
{
	return names[number(k)];
}

const char *qf_key_name_second(struct qf_key k)
{
	return names[k.second];
}

const char *qf_key_camelot(struct qf_key k)
{
	return camelots[number(k)];
}
