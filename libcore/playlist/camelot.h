/* camelot.h - keys on the Camelot wheel, and what a step between two of them costs. */
#ifndef QF_PLAYLIST_CAMELOT_H
#define QF_PLAYLIST_CAMELOT_H

#define QF_CAMELOT_HOURS 12
#define QF_CAMELOT_NEAR 0.25 /* up to this price two keys go together */

struct qf_camelot {
	int hour;   /* 0 to 11, or -1: not known */
	int letter; /* 0 = A, minor; 1 = B, major */
};

/* "8A"; anything else, and NULL, is not known. */
struct qf_camelot qf_camelot_read(const char *code);

/* The key after moving by so many semitones, which is seven hours each. */
struct qf_camelot qf_camelot_shift(struct qf_camelot key, int semitones);

/* The classic rule and how a breach of it is priced, in semitones of tempo (order.h): the same key 0, its neighbours (one
 * hour, or the other letter) 0.25, farther ones 1.5 to 4. NaN when one is not known. */
double qf_camelot_price(struct qf_camelot a, struct qf_camelot b);

#endif
