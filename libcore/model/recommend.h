/* recommend.h - which tracks for whom, which tracks like these, and why.
 *
 * A score blends two views of a track i:
 *   listening   from the factors of ials.h: p.q_i, the user's row folded in exactly;
 *               a track that nobody has heard has the place that its sound maps to;
 *               or from the neighbours of ease.h: what the tracks of the history add to i
 *   sound       from the embeddings: how much closer g_i is to the sound of the
 *               history than the average track of the library is
 * with the weight U / (U + 20) for listening, U being how many listeners the factors
 * were learned from: one person's plays say little about how tracks belong together,
 * those of a thousand say nearly all. (A weight by the listeners of each track,
 * n_i / (n_i + 20), costs 0.04 NDCG@100 on Last.fm HetRec with tags as the sound: the
 * prior of the factors has already done its work.) Each view is divided by its highest
 * value among the candidates, so that 1 is the best that a view has to offer. Where one
 * view has nothing to say (no factors or no embedding) the other one decides alone. A
 * user without any history gets what the most people play.
 *
 * All arrays are the caller's and are numbered by track, 0 to items - 1. Results
 * depend on nothing else: equal scores go by number. */
#ifndef QF_MODEL_RECOMMEND_H
#define QF_MODEL_RECOMMEND_H

#include "base/err.h"
#include "model/ease.h"
#include "model/foldin.h"
#include "model/linear.h"
#include "model/pick.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_BLEND_LISTENERS 20
#define QF_REASONS 3
#define QF_TOLD 2000 /* tracks of a history that may be reasons: those of the greatest confidence, then by number */

struct qf_model { /* a view of everything that is known; borrowed */
	size_t items;
	struct qf_matrix factor;   /* [items], k; v NULL: no factors */
	const float *gram;         /* Q'Q of the trained tracks, [k * k]; with factors only */
	struct qf_foldin_params p; /* with factors only */
	const struct qf_ease *ease; /* [items] in place of factors; NULL: none */
	size_t users;              /* that these were learned from */
	const float *sound;        /* [items * dim], each of length 1, or zeros where unknown; NULL: none at all */
	size_t dim;
	const float *average;      /* [dim] of qf_sound_average() over the library, NULL: over these items */
	const float *listeners;    /* [items]: users who played it */
	const float *plays;        /* [items]: weighted plays of all users */
};

struct qf_history { /* of one user; all zero: nobody we know */
	const uint32_t *item; /* [n], each once */
	const float *c;       /* [n] confidences > 0; to ease all are the same */
	size_t n;
};

struct qf_reason { /* one track that pulled another one up */
	uint32_t item;
	double listening, sound; /* its shares in the score */
};

struct qf_recommended {
	uint32_t item;
	double score;                        /* listening + sound + popularity + lean */
	double listening, sound, popularity; /* its parts */
	double lean;                         /* of the rules */
	struct qf_reason why[QF_REASONS];    /* the greatest shares among QF_TOLD tracks, falling; of a positive sum only */
	size_t n_why;
};

/* Whether listening has anything to say: about any item, and about this one. */
bool qf_model_listens(const struct qf_model *m);
bool qf_model_knows(const struct qf_model *m, size_t item);

/* The mean of the embeddings that are there, average[dim]. */
void qf_sound_average(const float *sound, size_t items, size_t dim, float *average);

/* The two rows that a user's scores come from (of factors, not of neighbours), for whoever looks for candidates elsewhere
 * (model/scan.h): the value of a view of item i is p.q_i, or profile.(g_i - average).
 * p[factor.k], profile[dim]; *listening and *sound say which views there are. QF_ENOMEM, QF_EINVAL. */
enum qf_status qf_recommend_views(const struct qf_model *m, const struct qf_history *h, float *p, bool *listening, float *profile,
				  bool *sound, struct qf_err *e);

/* What listening counts in a track that has both views; sound counts the rest. */
double qf_listening_weight(size_t users);

/* The best rules->n for a user into out[rules->n]. The user's own tracks are candidates
 * like any other unless rules bar them. All shares of a score (not only the greatest
 * ones that are kept) add up to listening + sound. `alike` of the rules' diversity is set here.
 * QF_ENOMEM, QF_EINVAL. */
enum qf_status qf_recommend(const struct qf_model *m, const struct qf_history *h, const struct qf_pick_rules *rules,
			    struct qf_recommended *out, size_t *found, struct qf_err *e);

/* The shares of every track of the history in the score of one item, share[h->n]; for
 * tests and --explain. */
enum qf_status qf_recommend_shares(const struct qf_model *m, const struct qf_history *h, const bool *barred, uint32_t item,
				   struct qf_reason *share, struct qf_err *e);

/* The score of every item at once, score[items], as qf_recommend() sees it. */
enum qf_status qf_recommend_scores(const struct qf_model *m, const struct qf_history *h, const bool *barred, double *score,
				   struct qf_err *e);

/* The tracks most like the seeds (the mean of alike.h over them), never a seed itself.
 * seed[n > 0]; `listening` and `sound` of the result are the parts of the score, the
 * reasons are the seeds with the greatest shares. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_similar(const struct qf_model *m, const uint32_t *seed, size_t n, const struct qf_pick_rules *rules,
			  struct qf_recommended *out, size_t *found, struct qf_err *e);

#endif
