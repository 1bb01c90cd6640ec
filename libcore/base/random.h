/* random.h - numbers that look like chance and are a function of their keys: no state,
 * no order, the same everywhere.
 *
 * qf_mix64 is the finisher of SplitMix64 (Steele, Lea, Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014). */
#ifndef QF_BASE_RANDOM_H
#define QF_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t qf_mix64(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

/* The number of `counter` under `key`. */
static inline uint64_t qf_random(uint64_t key, uint64_t counter)
{
	return qf_mix64(qf_mix64(key + 1) + 0x9e3779b97f4a7c15U * (counter + 1));
}

/* 0 to n - 1, n > 0 (Lemire, "Fast random integer generation in an interval", ACM TOMACS
 * 2019, without the rejection: the bias is below n / 2^32). */
static inline size_t qf_random_below(uint64_t key, uint64_t counter, uint32_t n)
{
	return (size_t)((qf_random(key, counter) >> 32) * n >> 32);
}

#endif
