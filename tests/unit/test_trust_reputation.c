/* Scores: the arithmetic by hand, the properties, and a world with thousands of fake accounts. */
#include "unit.h"

#include "base/random.h"
#include "trust/reputation.h"

#include <math.h>
#include <stdlib.h>

enum { DAY = 86400, NOW = 1700000000 - 1700000000 % DAY };

/* ---- small worlds ------------------------------------------------------------------------------------ */

enum { ACTORS = 6, TARGETS = 10, FIRST_PERSON = 4 }; /* targets 4 to 9 are the persons 0 to 5 */

struct world {
	struct qf_opinion said[64];
	size_t n;
	double anchor[ACTORS];
	bool agreed[TARGETS];
	uint32_t person[TARGETS];
	int64_t seq[ACTORS];
	struct qf_society s;
	double w[ACTORS];
	bool anchored;
	struct qf_evidence v[TARGETS];
};

static void begin(struct world *d)
{
	memset(d, 0, sizeof *d);
	for (uint32_t t = 0; t < TARGETS; t++)
		d->person[t] = t < FIRST_PERSON ? QF_NOBODY : t - FIRST_PERSON;
	d->s = (struct qf_society){ .said = d->said, .actors = ACTORS, .targets = TARGETS, .anchor = d->anchor, .agreed = d->agreed,
				    .person = d->person, .as_of = NOW };
}

static void say(struct world *d, uint32_t actor, enum qf_deed deed, uint32_t target, int stars, int64_t ts)
{
	d->said[d->n++] = (struct qf_opinion){ actor, target, deed, qf_deed_delta(deed, stars), d->seq[actor]++, ts };
}

static int by_actor(const void *a, const void *b)
{
	const struct qf_opinion *x = a, *y = b;

	return x->actor != y->actor ? (x->actor < y->actor ? -1 : 1) : (x->seq > y->seq) - (x->seq < y->seq);
}

static void judge(struct world *d)
{
	struct qf_err e = { 0 };

	qsort(d->said, d->n, sizeof *d->said, by_actor);
	d->s.n = d->n;
	assert_ok(qf_reputation_weigh(&d->s, d->w, &d->anchored, &e), e);
	assert_ok(qf_reputation_judge(&d->s, d->w, d->v, NULL, NULL, &e), e);
}

#define assert_near(got, want) assert_true(fabs((got) - (want)) < 1e-9)

static void the_first_interaction_moves_a_half_to_exactly_51_hundredths(void **state)
{
	struct world d;

	(void)state;
	begin(&d);
	d.anchor[0] = 1;
	say(&d, 0, QF_INTERACTION, 1, 0, NOW);
	judge(&d);
	assert_near(qf_reputation_trust(&d.v[1]), 0.51);
	assert_near(qf_reputation_ledger(&d.v[1]), 0.51);
	assert_near(qf_reputation_trust(&d.v[0]), 0.5);
	assert_near(qf_reputation_ledger(&d.v[0]), 0.5);
}

static void interactions_count_once_a_utc_day_in_trust_and_always_in_the_ledger(void **state)
{
	struct world d;

	(void)state;
	begin(&d);
	d.anchor[0] = 1;
	say(&d, 0, QF_INTERACTION, 1, 0, NOW - DAY);
	say(&d, 0, QF_INTERACTION, 1, 0, NOW - 1);
	say(&d, 0, QF_INTERACTION, 1, 0, NOW);
	judge(&d);
	assert_near(d.v[1].r, 2 * 2.0 / 49); /* two days, three records */
	assert_near(qf_reputation_ledger(&d.v[1]), 0.53);
}

static void of_one_actor_target_and_kind_the_last_counts(void **state)
{
	struct world d;

	(void)state;
	begin(&d);
	d.anchor[0] = 1;
	say(&d, 0, QF_RATING, 1, 1, NOW);
	say(&d, 0, QF_RATING, 1, 4, NOW);
	judge(&d);
	assert_near(d.v[1].r, 0.75); /* (4 - 1) / 4 */
	assert_near(d.v[1].s, 0.25);
	assert_int_equal(d.v[1].deltas, -20000 + 10000);
}

static void a_retraction_takes_back_what_came_before_it_only(void **state)
{
	struct world d;

	(void)state;
	begin(&d);
	d.anchor[0] = 1;
	say(&d, 0, QF_REPORT, 1, 0, NOW);
	say(&d, 0, QF_RATING, 1, 5, NOW);
	say(&d, 0, QF_RETRACTION, 1, 0, NOW);
	say(&d, 0, QF_RATING, 1, 3, NOW);
	say(&d, 0, QF_REPORT, 2, 0, NOW);
	judge(&d);
	assert_near(d.v[1].r, 0.5);
	assert_near(d.v[1].s, 0.5);
	assert_near(d.v[2].s, 3);
	assert_int_equal(d.v[1].deltas, -50000 + 20000); /* the ledger forgets nothing */
}

static void a_verification_counts_where_this_node_found_the_same(void **state)
{
	struct world d;

	(void)state;
	begin(&d);
	d.anchor[0] = 1;
	d.agreed[2] = true;
	say(&d, 0, QF_VERIFICATION, 1, 0, NOW);
	say(&d, 0, QF_VERIFICATION, 2, 0, NOW);
	judge(&d);
	assert_near(qf_reputation_trust(&d.v[1]), 0.5);
	assert_near(qf_reputation_trust(&d.v[2]), 4.0 / 5);
}

static void what_is_a_half_life_old_counts_half_and_what_is_later_than_as_of_not_at_all(void **state)
{
	struct world d;

	(void)state;
	begin(&d);
	d.anchor[0] = 1;
	d.s.half_life_s = 10 * DAY;
	say(&d, 0, QF_REPORT, 1, 0, NOW - 10 * DAY);
	say(&d, 0, QF_REPORT, 2, 0, NOW + 1);
	judge(&d);
	assert_near(d.v[1].s, 1.5);
	assert_near(d.v[2].s, 0);
	assert_int_equal(d.v[2].records, 0);
}

/* 0 is the anchor and vouches for 1; 1 for nobody. t0 = 0.15 + 0.85 t1 (1 has no edges: back to the anchor), t1 = 0.85 t0:
 * t0 = 1 / 1.85, t1 = 0.85 / 1.85; N = 1.85^2 / (1 + 0.7225) = 1.98694; w1 = N t1 = 0.912917. */
static void weights_are_those_of_eigentrust_by_hand(void **state)
{
	struct world d;

	(void)state;
	begin(&d);
	d.anchor[0] = 1;
	say(&d, 0, QF_VOUCH, FIRST_PERSON + 1, 0, NOW);
	say(&d, 2, QF_RATING, 1, 5, NOW);
	judge(&d);
	assert_near(d.w[0], 1);
	assert_near(d.w[1], 1.85 * 1.85 / 1.7225 * 0.85 / 1.85);
	assert_near(d.w[2], 0); /* a new key weighs nothing */
	assert_near(qf_reputation_trust(&d.v[1]), 0.5);
}

static void two_records_with_one_number_weigh_nothing_and_neither_do_their_vouches(void **state)
{
	struct world d;

	(void)state;
	begin(&d);
	d.anchor[0] = 1;
	say(&d, 0, QF_VOUCH, FIRST_PERSON + 1, 0, NOW);
	say(&d, 1, QF_VOUCH, FIRST_PERSON + 2, 0, NOW);
	say(&d, 2, QF_RATING, 0, 5, NOW);
	judge(&d);
	assert_true(d.w[1] > 0.5 && d.w[2] > 0.5);
	d.seq[1]--;
	say(&d, 1, QF_RATING, 0, 5, NOW);
	judge(&d);
	assert_near(d.w[1], 0);
	assert_near(d.w[2], 0);
	assert_near(qf_reputation_trust(&d.v[0]), 0.5);
}

static void without_anchors_everybody_weighs_the_same(void **state)
{
	struct world d;

	(void)state;
	begin(&d);
	say(&d, 3, QF_RATING, 1, 5, NOW);
	judge(&d);
	assert_false(d.anchored);
	assert_near(qf_reputation_trust(&d.v[1]), 2.0 / 3);
}

static void a_peers_word_counts_as_far_as_the_peer_is_trusted(void **state)
{
	struct world d;
	double full, half;

	(void)state;
	begin(&d);
	d.anchor[0] = d.anchor[1] = 1;
	say(&d, 1, QF_VOUCH, FIRST_PERSON + 2, 0, NOW); /* the peer's own friend */
	say(&d, 2, QF_RATING, 1, 5, NOW);
	judge(&d);
	full = d.w[2];
	d.anchor[1] = 0.5;
	judge(&d);
	half = d.w[2];
	d.anchor[1] = 0;
	judge(&d);
	assert_true(full > half && half > 0);
	assert_near(d.w[2], 0);
}

/* ---- Beta ------------------------------------------------------------------------------------------------ */

/* Beta(1, 1) is uniform; Beta(n, 1) has the quantile p^(1/n), Beta(1, n) 1 - (1 - p)^(1/n); Beta(2, 2) below x is 3x^2 - 2x^3. */
static void quantiles_of_beta_are_those_with_a_closed_form(void **state)
{
	double x = qf_beta_quantile(0.05, 2, 2);

	(void)state;
	assert_near(qf_beta_quantile(0.05, 1, 1), 0.05);
	assert_near(qf_beta_quantile(0.05, 4, 1), pow(0.05, 0.25));
	assert_near(qf_beta_quantile(0.05, 1, 50), 1 - pow(0.95, 1.0 / 50));
	assert_near(3 * x * x - 2 * x * x * x, 0.05);
	assert_near(qf_beta_quantile(0.3, 7, 3), 1 - qf_beta_quantile(0.7, 3, 7));
}

static void a_creator_is_known_only_by_much_evidence(void **state)
{
	const struct qf_evidence none = { .r = 0 }, one = { .r = 1 }, many = { .r = 100 }, mixed = { .r = 100, .s = 100 };

	(void)state;
	assert_near(qf_reputation_creator(&none), 0.05);
	assert_near(qf_reputation_creator(&one), sqrt(0.05));
	assert_true(qf_reputation_creator(&many) > 0.97);
	assert_true(qf_reputation_creator(&mixed) > 0.43 && qf_reputation_creator(&mixed) < 0.5);
}

/* ---- properties of random histories ------------------------------------------------------------------------ */

static void random_world(struct world *d, uint64_t seed)
{
	begin(d);
	d->anchor[0] = 1;
	d->s.half_life_s = 100 * DAY;
	for (uint64_t i = 0; i < 60; i++) {
		enum qf_deed deed = (enum qf_deed)qf_random_below(seed, 4 * i, QF_DEEDS);
		uint32_t actor = (uint32_t)qf_random_below(seed, 4 * i + 1, ACTORS);
		uint32_t target = deed == QF_VOUCH ? FIRST_PERSON + (uint32_t)qf_random_below(seed, 4 * i + 2, ACTORS) : (uint32_t)qf_random_below(seed, 4 * i + 2, TARGETS);

		if (target != FIRST_PERSON + actor)
			say(d, actor, deed, target, 1 + (int)qf_random_below(seed, 4 * i + 3, 5), NOW - (int64_t)i * DAY);
		d->agreed[target] |= qf_random_below(seed, i, 2);
	}
}

static void scores_stay_between_0_and_1_and_rise_with_what_speaks_for(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct world d;

		random_world(&d, seed);
		judge(&d);
		for (size_t t = 0; t < TARGETS; t++) {
			struct qf_evidence more = d.v[t], less = d.v[t];
			double trust = qf_reputation_trust(&d.v[t]);

			more.r += 0.1;
			less.s += 0.1;
			assert_true(trust > 0 && trust < 1 && qf_reputation_trust(&more) > trust && qf_reputation_trust(&less) < trust);
			assert_true(qf_reputation_ledger(&d.v[t]) >= 0 && qf_reputation_ledger(&d.v[t]) <= 1);
		}
	}
}

/* ---- a world with an attacker --------------------------------------------------------------------------------
 * 400 honest people, 20 of them anchors, who know six others each and are wrong about a dataset one time in seven; 200
 * datasets of quality q, of which ten bad ones (q < 0.35) are the attacker's. Honest people can vouch for a fake by
 * mistake: these edges are all that the attacker gets from outside. */

enum { HONEST = 400, ANCHORS = 20, SETS = 200, RING = 10, VOUCHES = 6 };

enum attack { CROWD, ADAPTIVE, SLANDER };

struct stage {
	struct qf_opinion *said;
	size_t n, room;
	uint32_t actors;
	double q[SETS];
	uint32_t ring[RING];
	uint64_t key, drawn;
};

static double chance(struct stage *g)
{
	return (double)(qf_random(g->key, g->drawn++) >> 11) * 0x1p-53;
}

static uint32_t draw(struct stage *g, uint32_t n)
{
	return (uint32_t)qf_random_below(g->key, g->drawn++, n);
}

static void speak(struct stage *g, uint32_t actor, enum qf_deed deed, uint32_t target, int stars, int64_t day)
{
	if (g->n == g->room) {
		g->room = g->room ? 2 * g->room : 65536;
		g->said = realloc(g->said, g->room * sizeof *g->said);
		assert_non_null(g->said);
	}
	g->said[g->n] = (struct qf_opinion){ actor, target, deed, qf_deed_delta(deed, stars), (int64_t)g->n, NOW - day * DAY };
	g->n++;
}

static void honest_people(struct stage *g)
{
	for (uint32_t u = 0; u < HONEST; u++) {
		uint32_t heard = 3 + draw(g, 20);

		for (uint32_t i = 0; i < heard; i++) {
			uint32_t d = draw(g, SETS);
			bool likes = (g->q[d] > 0.5) != (chance(g) < 1.0 / 7);

			speak(g, u, QF_INTERACTION, d, 0, draw(g, 300));
			speak(g, u, QF_RATING, d, likes ? 5 : 1, 10);
			if (chance(g) < 0.1)
				speak(g, u, g->q[d] > 0.35 ? QF_VERIFICATION : QF_REPORT, d, 0, 10);
		}
		for (uint32_t i = 0; i < VOUCHES; i++)
			speak(g, u, QF_VOUCH, SETS + draw(g, HONEST), 0, 100);
	}
}

/* All of them praise the ring, blacken good datasets, and vouch for each other; twelve edges each. */
static void crowd(struct stage *g, uint32_t fakes)
{
	for (uint32_t f = HONEST; f < HONEST + fakes; f++) {
		for (uint32_t i = 0; i < RING; i++) {
			speak(g, f, QF_RATING, g->ring[i], 5, 5);
			speak(g, f, QF_VERIFICATION, g->ring[i], 0, 5);
			for (int64_t day = 0; day < 20; day++)
				speak(g, f, QF_INTERACTION, g->ring[i], 0, day);
		}
		for (int i = 0; i < 12; i++)
			speak(g, f, QF_VOUCH, SETS + HONEST + draw(g, fakes), 0, 50);
		for (uint32_t i = 0, d = draw(g, SETS); i < 3; d = (d + 1) % SETS)
			if (g->q[d] > 0.6) {
				speak(g, f, QF_REPORT, d, 0, 5);
				speak(g, f, QF_RATING, d, 1, 5);
				i++;
			}
	}
}

/* Knows the algorithm: what trust it gets goes to few, who behave for months, give it to nobody outside, and then strike. */
static void adaptive(struct stage *g, uint32_t fakes)
{
	const uint32_t few = 12;

	for (uint32_t f = HONEST; f < HONEST + few; f++) {
		for (uint32_t d = 0; d < SETS; d++)
			speak(g, f, QF_RATING, d, g->q[d] > 0.5 ? 5 : 1, 200);
		for (uint32_t i = 0; i < few; i++)
			if (HONEST + i != f)
				speak(g, f, QF_VOUCH, SETS + HONEST + i, 0, 200);
		for (uint32_t i = 0; i < RING; i++)
			speak(g, f, QF_RATING, g->ring[i], 5, 0);
		for (uint32_t d = 0; d < SETS; d++)
			if (g->q[d] > 0.7)
				speak(g, f, QF_REPORT, d, 0, 0);
	}
	(void)fakes;
}

/* Every fake reports every anchor, and all that the anchors have praised. */
static void slander(struct stage *g, uint32_t fakes)
{
	for (uint32_t f = HONEST; f < HONEST + fakes; f++) {
		for (uint32_t a = 0; a < ANCHORS; a++)
			speak(g, f, QF_REPORT, SETS + a, 0, 1);
		for (uint32_t i = 0; i < 10; i++)
			speak(g, f, QF_REPORT, draw(g, SETS), 0, 1);
	}
}

static double auc(const struct stage *g, const struct qf_evidence *v)
{
	double right = 0, pairs = 0;

	for (size_t a = 0; a < SETS; a++)
		for (size_t b = 0; b < SETS; b++)
			if (g->q[a] > 0.5 && g->q[b] <= 0.5) {
				double x = qf_reputation_trust(&v[a]), y = qf_reputation_trust(&v[b]);

				right += x > y ? 1 : x == y ? 0.5 : 0;
				pairs++;
			}
	return right / pairs;
}

struct outcome {
	double auc, ring, anchors; /* area under the curve; mean trust of the ring; mean weight of the anchors */
};

static struct outcome play(uint64_t seed, uint32_t fakes, uint32_t fooled, enum attack attack)
{
	static void (*const attacks[])(struct stage *, uint32_t) = { crowd, adaptive, slander };
	struct stage g = { .key = seed, .actors = HONEST + fakes };
	size_t targets = SETS + g.actors;
	double *anchor = calloc(g.actors, sizeof *anchor), *w = calloc(g.actors, sizeof *w);
	bool *agreed = calloc(targets, sizeof *agreed), anchored;
	uint32_t *person = calloc(targets, sizeof *person), ring = 0;
	struct qf_evidence *v = calloc(targets, sizeof *v);
	struct qf_society s = { .actors = g.actors, .targets = targets, .anchor = anchor, .agreed = agreed, .person = person, .as_of = NOW,
				.half_life_s = QF_HALF_LIFE_S };
	struct outcome o = { 0 };
	struct qf_err e = { 0 };

	for (uint32_t d = 0; d < SETS; d++) {
		g.q[d] = chance(&g);
		agreed[d] = g.q[d] > 0.35; /* what this node found when it hashed the files */
		person[d] = QF_NOBODY;
	}
	for (uint32_t d = 0; d < SETS && ring < RING; d++)
		if (g.q[d] < 0.35)
			g.ring[ring++] = d;
	for (uint32_t u = 0; u < g.actors; u++)
		person[SETS + u] = u;
	for (uint32_t a = 0; a < ANCHORS; a++)
		anchor[a] = 1;
	honest_people(&g);
	if (fakes) {
		attacks[attack](&g, fakes);
		for (uint32_t i = 0; i < fooled; i++) {
			uint32_t fool = draw(&g, HONEST), fake = draw(&g, fakes);

			speak(&g, fool, QF_VOUCH, SETS + HONEST + (attack == ADAPTIVE ? 0 : fake), 0, 150);
		}
	}
	qsort(g.said, g.n, sizeof *g.said, by_actor);
	s.said = g.said;
	s.n = g.n;
	assert_ok(qf_reputation_weigh(&s, w, &anchored, &e), e);
	assert_ok(qf_reputation_judge(&s, w, v, NULL, NULL, &e), e);
	o.auc = auc(&g, v);
	for (size_t i = 0; i < RING; i++)
		o.ring += qf_reputation_trust(&v[g.ring[i]]) / RING;
	for (size_t a = 0; a < ANCHORS; a++)
		o.anchors += w[a] / ANCHORS;
	free(g.said);
	free(anchor);
	free(w);
	free(agreed);
	free(person);
	free(v);
	return o;
}

/* The mean over seeds. */
static struct outcome mean(uint32_t fakes, uint32_t fooled, enum attack attack)
{
	uint64_t seeds = getenv("FULL") ? 6 : 2;
	struct outcome sum = { 0 };

	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct outcome o = play(seed, fakes, fooled, attack);

		sum.auc += o.auc / (double)seeds;
		sum.ring += o.ring / (double)seeds;
		sum.anchors += o.anchors / (double)seeds;
	}
	print_message("%4u fakes, %2u fooled: AUC %.3f, ring %.3f, anchors weigh %.3f\n", fakes, fooled, sum.auc, sum.ring, sum.anchors);
	return sum;
}

static void four_thousand_fakes_with_three_fooled_vouches_move_nothing(void **state)
{
	struct outcome calm = mean(0, 0, CROWD), crowded = mean(4000, 3, CROWD);

	(void)state;
	assert_true(calm.auc >= 0.95);
	assert_true(crowded.auc >= 0.95);
	assert_true(crowded.ring < 0.5);
	assert_true(mean(400, 3, CROWD).auc >= 0.95); /* how many they are does not matter */
}

static void an_attacker_who_knows_the_rules_gains_no_more_than_his_vouches(void **state)
{
	struct outcome o = mean(4000, 3, ADAPTIVE);

	(void)state;
	assert_true(o.auc >= 0.95);
	assert_true(o.ring < 0.5);
}

static void slander_takes_no_weight_from_anchors(void **state)
{
	struct outcome calm = mean(0, 0, SLANDER), o = mean(4000, 3, SLANDER);

	(void)state;
	assert_true(o.auc >= 0.95);
	assert_true(o.anchors > 0.95 * calm.anchors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_interaction_moves_a_half_to_exactly_51_hundredths),
		cmocka_unit_test(interactions_count_once_a_utc_day_in_trust_and_always_in_the_ledger),
		cmocka_unit_test(of_one_actor_target_and_kind_the_last_counts),
		cmocka_unit_test(a_retraction_takes_back_what_came_before_it_only),
		cmocka_unit_test(a_verification_counts_where_this_node_found_the_same),
		cmocka_unit_test(what_is_a_half_life_old_counts_half_and_what_is_later_than_as_of_not_at_all),
		cmocka_unit_test(weights_are_those_of_eigentrust_by_hand),
		cmocka_unit_test(two_records_with_one_number_weigh_nothing_and_neither_do_their_vouches),
		cmocka_unit_test(without_anchors_everybody_weighs_the_same),
		cmocka_unit_test(a_peers_word_counts_as_far_as_the_peer_is_trusted),
		cmocka_unit_test(quantiles_of_beta_are_those_with_a_closed_form),
		cmocka_unit_test(a_creator_is_known_only_by_much_evidence),
		cmocka_unit_test(scores_stay_between_0_and_1_and_rise_with_what_speaks_for),
		cmocka_unit_test(four_thousand_fakes_with_three_fooled_vouches_move_nothing),
		cmocka_unit_test(an_attacker_who_knows_the_rules_gains_no_more_than_his_vouches),
		cmocka_unit_test(slander_takes_no_weight_from_anchors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
