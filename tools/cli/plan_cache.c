/* qfzz plan cache: the user's own history, played again through a cache. */
#include "cli/plan.h"
#include "cli/chosen.h"
#include "cli/serving.h"
#include "cli/store.h"

#include "base/alloc.h"
#include "catalog/learn.h"
#include "catalog/rendition.h"
#include "catalog/track.h"
#include "plan/cache.h"
#include "rows/rows.h"

#include <stdlib.h>
#include <string.h>

#define WARM 0.2      /* of the plays fill the cache before any is counted */
#define PIN_SHARE 0.6 /* of the bytes */
#define LOW 0.8       /* of the size, where --to is not given */

static const struct cli_column columns[] = {
	{ "TRACK", "track", -7 }, { "ACTION", "action", 6 }, { "PLAYS", "plays", -6 }, { "BYTES", "bytes", -10 }, { "PATH", "path", 60 },
	{ "path", "path", 0 }, { 0 }
};
static const struct cli_column sim_columns[] = {
	{ "POLICY", "policy", 14 }, { "HIT %", "hit_percent", -7 }, { "BYTE HIT %", "byte_hit_percent", -10 }, { "HITS", "hits", -8 },
	{ "PLAYS", "plays", -8 }, { "WRITTEN", "written_bytes", -14 }, { "path", "path", 0 }, { 0 }
};

struct heard {
	int64_t at, track;
	size_t order;
};

struct history {
	struct cli_chosen chosen;
	struct heard *v;
	size_t n, room;
	struct cli_ids track;   /* rising */
	int64_t *bytes;         /* [track.n] */
	uint32_t *item, *plays; /* [n], [items] */
	const char **path;      /* [items] */
	struct qf_arena texts;
};

static enum qf_status no_memory(struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory");
}

/* ---- the trace --------------------------------------------------------------------------------------- */

static enum qf_status take(void *arg, const struct qf_act_row *r, struct qf_err *e)
{
	struct history *h = arg;

	if (!cli_is_chosen(&h->chosen, r->track))
		return QF_OK;
	if (r->at <= 0 || (strcmp(r->action, "play") != 0 && strcmp(r->action, "complete") != 0 && strcmp(r->action, "replay") != 0))
		return QF_OK;
	if (h->n == h->room) {
		size_t more = h->room ? 2 * h->room : 4096;
		struct heard *v = qf_realloc(h->v, more, sizeof *v);

		if (!v)
			return no_memory(e);
		h->v = v;
		h->room = more;
	}
	h->v[h->n] = (struct heard){ r->at, r->track, h->n };
	h->n++;
	return QF_OK;
}

static int by_time(const void *pa, const void *pb)
{
	const struct heard *a = pa, *b = pb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

/* Plays by time; tracks by number, each once. */
static enum qf_status number_tracks(struct history *h, struct qf_err *e)
{
	if (h->n)
		qsort(h->v, h->n, sizeof *h->v, by_time);
	h->item = qf_alloc(h->n, sizeof *h->item);
	h->bytes = qf_alloc(h->n, sizeof *h->bytes);
	h->plays = qf_zalloc(h->n, sizeof *h->plays);
	h->path = qf_alloc(h->n, sizeof *h->path);
	if (!h->item || !h->bytes || !h->plays || !h->path)
		return no_memory(e);
	for (size_t i = 0; i < h->n; i++)
		if (cli_ids_add(&h->track, h->v[i].track, e))
			return e->code;
	cli_ids_sort(&h->track);
	for (size_t i = 0; i < h->n; i++) {
		h->item[i] = (uint32_t)(cli_ids_find(&h->track, h->v[i].track) - h->track.id);
		h->plays[h->item[i]]++;
	}
	return QF_OK;
}

/* What each track takes: the file that the device is given for it, else the original. */
static enum qf_status weigh(struct history *h, struct qf_catalog *c, struct qf_err *e)
{
	struct qf_situation s = { 0 };
	struct qf_arena a = { 0 };
	enum qf_status rc = QF_OK;

	s = plan_asked.device ? serving_situation(false) : qf_situation_of(qf_device_find("desktop"), NULL, qf_serving_find("quality"), 100);
	for (size_t i = 0; rc == QF_OK && i < h->track.n; i++) {
		struct qf_track t;
		struct serving x;

		qf_arena_reset(&a);
		rc = qf_catalog_track(c, h->track.id[i], QF_TRACK_BARE, &a, &t, NULL, e);
		if (rc == QF_OK)
			rc = serving_choose(c, &s, &t, &a, &x, e);
		if (rc != QF_OK)
			break;
		h->bytes[i] = x.file.bytes > 0 ? x.file.bytes : 1;
		h->path[i] = qf_arena_dup(&h->texts, x.path, strlen(x.path));
		if (!h->path[i])
			rc = no_memory(e);
	}
	qf_arena_free(&a);
	return rc;
}

static void history_free(struct history *h)
{
	cli_chosen_free(&h->chosen);
	qf_free(h->v);
	cli_ids_free(&h->track);
	qf_free(h->item);
	qf_free(h->bytes);
	qf_free(h->plays);
	qf_free(h->path);
	qf_arena_free(&h->texts);
}

/* ---- simulate ------------------------------------------------------------------------------------------ */

static double percent(double part, double of)
{
	return of > 0 ? 100 * part / of : 0;
}

static enum qf_status print_result(const char *name, const struct qf_cache_result *r, int64_t capacity, struct qf_err *e)
{
	struct qf_buf b = { 0 };

	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "simulation.v1");
	qf_json_put_str(&b, "policy", name);
	qf_json_put_int(&b, "size", capacity);
	qf_json_put_int(&b, "plays", (int64_t)r->plays);
	qf_json_put_int(&b, "hits", (int64_t)r->hits);
	qf_json_put_num(&b, "hit_percent", percent((double)r->hits, (double)r->plays), 2);
	qf_json_put_int(&b, "byte_hits", r->hit_bytes);
	qf_json_put_num(&b, "byte_hit_percent", percent((double)r->hit_bytes, (double)r->bytes), 2);
	qf_json_put_int(&b, "written_bytes", r->written);
	return cli_row_end(&b, e);
}

static enum qf_status simulate(const struct qf_cache_trace *t, const struct qf_cache_rules *rules, struct qf_err *e)
{
	bool *seen = qf_zalloc(t->items, sizeof *seen);
	struct qf_cache_result r;
	enum qf_status rc = seen ? QF_OK : no_memory(e);

	plan_columns(sim_columns);
	for (int p = 0; rc == QF_OK && p < QF_CACHE_POLICIES; p++) {
		rc = qf_cache_run((enum qf_cache_policy)p, rules, t, &r, NULL, NULL, NULL, e);
		if (rc == QF_OK)
			rc = print_result(qf_cache_names[p], &r, rules->capacity, e);
	}
	if (rc == QF_OK) {
		qf_cache_endless(t, seen, &r);
		rc = print_result("endless", &r, rules->capacity, e);
	}
	qf_free(seen);
	return rc;
}

/* ---- what it holds ---------------------------------------------------------------------------------------- */

static enum qf_status print_track(const struct history *h, struct qf_catalog *c, uint32_t item, const char *action, struct qf_err *e)
{
	struct qf_buf b = { 0 };

	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "cached.v1");
	qf_json_put_str(&b, "catalog", qf_catalog_uuid(c));
	qf_json_put_int(&b, "track", h->track.id[item]);
	qf_row_put_path(&b, h->path[item]);
	qf_json_put_str(&b, "action", action);
	qf_json_put_int(&b, "bytes", h->bytes[item]);
	qf_json_put_int(&b, "plays", h->plays[item]);
	return cli_row_end(&b, e);
}

struct contents {
	uint8_t *state;
	uint32_t *next;
	size_t n_next, going; /* the first so many of next go */
};

/* Pins by number, what stays from the dearest on, what goes in the order of going. */
static enum qf_status print_contents(const struct history *h, struct qf_catalog *c, const struct contents *x, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (uint32_t i = 0; rc == QF_OK && i < h->track.n; i++)
		if (x->state[i] == QF_CACHE_PINNED)
			rc = print_track(h, c, i, "pin", e);
	for (size_t i = x->n_next; rc == QF_OK && i-- > x->going;)
		rc = print_track(h, c, x->next[i], "keep", e);
	for (size_t i = 0; rc == QF_OK && i < x->going; i++)
		rc = print_track(h, c, x->next[i], "evict", e);
	return rc;
}

static enum qf_status hold(const struct history *h, struct qf_catalog *c, const struct qf_cache_trace *t, const struct qf_cache_rules *rules,
			   enum qf_cache_policy policy, struct qf_err *e)
{
	struct contents x = { .state = qf_alloc(t->items, 1), .next = qf_alloc(t->items, sizeof *x.next) };
	struct qf_cache_result r;
	int64_t used = 0;
	enum qf_status rc = x.state && x.next ? QF_OK : no_memory(e);

	plan_columns(columns);
	if (rc == QF_OK)
		rc = qf_cache_run(policy, rules, t, &r, x.state, x.next, &x.n_next, e);
	for (size_t i = 0; rc == QF_OK && i < t->items; i++)
		used += x.state[i] != QF_CACHE_OUT ? t->bytes[i] : 0;
	while (rc == QF_OK && used > rules->low && x.going < x.n_next)
		used -= t->bytes[x.next[x.going++]];
	if (rc == QF_OK)
		rc = print_contents(h, c, &x, e);
	qf_free(x.state);
	qf_free(x.next);
	return rc;
}

static enum qf_cache_policy policy(void)
{
	for (int p = 0; p < QF_CACHE_BELADY; p++)
		if (!plan_asked.policy || strcmp(plan_asked.policy, qf_cache_names[p]) == 0)
			return (enum qf_cache_policy)p;
	cli_misuse("--policy: '%s' is none of gdsf, lfu-da, lru, least-played", plan_asked.policy);
}

static struct qf_cache_rules rules_of(void)
{
	struct qf_cache_rules r = { .pins = (size_t)plan_asked.pins, .pin_share = PIN_SHARE };

	r.capacity = plan_asked.size ? plan_bytes("size", plan_asked.size) : (int64_t)(plan_device()->storage_mb * 1e6);
	r.low = plan_asked.to ? plan_bytes("to", plan_asked.to) : (int64_t)(LOW * (double)r.capacity);
	if (r.low > r.capacity)
		cli_misuse("--to: more than --size");
	return r;
}

int plan_cache(void)
{
	bool simulating = cli.n_operands == 2 && strcmp(cli.operands[1], "simulate") == 0;
	enum qf_cache_policy how = policy();
	struct qf_cache_rules rules = rules_of();
	struct history h = { 0 };
	struct qf_catalog *c = NULL;
	struct qf_err e = { 0 };
	int64_t user;
	enum qf_status rc;

	if (cli.n_operands > 1 && !simulating)
		cli_misuse("cache: '%s' is not simulate", cli.operands[1]);
	if (plan_asked.device)
		plan_device();
	rc = cli_catalog_open(&c, QF_CATALOG_READ, &e);
	if (rc == QF_OK && (rc = qf_catalog_begin_read(c, &e)) == QF_OK && (rc = plan_user(c, &user, &e)) == QF_OK &&
	    (rc = cli_choose(&h.chosen, c, plan_asked.where, plan_now(), &e)) == QF_OK && (rc = qf_catalog_acts(c, user, take, &h, &e)) == QF_OK && (rc = number_tracks(&h, &e)) == QF_OK && (rc = weigh(&h, c, &e)) == QF_OK) {
		struct qf_cache_trace t = { .item = h.item, .n = h.n, .items = h.track.n, .bytes = h.bytes,
					    .warm = simulating ? (size_t)(WARM * (double)h.n) : 0 };

		rc = simulating ? simulate(&t, &rules, &e) : hold(&h, c, &t, &rules, how, &e);
	}
	history_free(&h);
	qf_catalog_close(c);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}
