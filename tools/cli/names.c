#define _GNU_SOURCE
#include "cli/names.h"

#include "base/alloc.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>

uint64_t cli_name_key(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325U;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 0x100000001b3U;
	return qf_mix64(h);
}

const char *cli_name(const struct cli_names *names, size_t number)
{
	return names->text.p + names->at[number];
}

/* Where the name stands, or the free slot where it would. */
static size_t slot_of(const struct cli_names *names, const char *p, size_t n, uint64_t key)
{
	size_t at = key & (names->slots - 1);

	for (;; at = (at + 1) & (names->slots - 1)) {
		uint32_t number = names->slot[at];

		if (!number || (names->key[number - 1] == key && strlen(cli_name(names, number - 1)) == n &&
				memcmp(cli_name(names, number - 1), p, n) == 0))
			return at;
	}
}

static void fill_slots(struct cli_names *names)
{
	memset(names->slot, 0, names->slots * sizeof *names->slot);
	for (size_t i = 0; i < names->n; i++) {
		const char *p = cli_name(names, i);

		names->slot[slot_of(names, p, strlen(p), names->key[i])] = (uint32_t)i + 1;
	}
}

static enum qf_status grow(struct cli_names *names, struct qf_err *e)
{
	size_t room = names->room ? 2 * names->room : 1024;
	size_t *at = room < UINT32_MAX ? qf_realloc(names->at, room, sizeof *at) : NULL;
	uint64_t *key;
	uint32_t *slot;

	if (at)
		names->at = at;
	key = qf_realloc(names->key, room, sizeof *key);
	if (key)
		names->key = key;
	slot = qf_alloc(2 * room, sizeof *slot);
	if (!at || !key || !slot) {
		qf_free(slot);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu names", room);
	}
	qf_free(names->slot);
	names->slot = slot;
	names->slots = 2 * room;
	names->room = room;
	fill_slots(names);
	return QF_OK;
}

uint32_t cli_names_find(const struct cli_names *names, const char *p, size_t n)
{
	uint32_t number = names->n ? names->slot[slot_of(names, p, n, cli_name_key(p, n))] : 0;

	return number ? number - 1 : CLI_NO_NAME;
}

enum qf_status cli_names_add(struct cli_names *names, const char *p, size_t n, uint32_t *number, struct qf_err *e)
{
	uint64_t key = cli_name_key(p, n);
	size_t at;

	if (names->n == names->room && grow(names, e))
		return e->code;
	at = slot_of(names, p, n, key);
	if (names->slot[at]) {
		*number = names->slot[at] - 1;
		return QF_OK;
	}
	names->at[names->n] = names->text.len;
	names->key[names->n] = key;
	qf_buf_put(&names->text, p, n);
	qf_buf_put(&names->text, "", 1);
	*number = (uint32_t)names->n;
	names->slot[at] = (uint32_t)++names->n;
	return qf_buf_check(&names->text, e);
}

static bool is_number(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

static int in_order(const void *a, const void *b, void *arg)
{
	const struct cli_names *names = arg;
	const char *x = cli_name(names, *(const uint32_t *)a), *y = cli_name(names, *(const uint32_t *)b);
	bool nx = is_number(x), ny = is_number(y);

	if (nx != ny)
		return nx ? -1 : 1;
	if (nx) {
		const char *u = x + strspn(x, "0"), *v = y + strspn(y, "0");
		size_t m = strlen(u), n = strlen(v);
		int cmp = m != n ? (m < n ? -1 : 1) : strcmp(u, v);

		if (cmp)
			return cmp;
	}
	return strcmp(x, y);
}

enum qf_status cli_names_sort(struct cli_names *names, uint32_t *to, struct qf_err *e)
{
	uint32_t *order = qf_alloc(names->n, sizeof *order);
	size_t *at = qf_alloc(names->n, sizeof *at);
	uint64_t *key = qf_alloc(names->n, sizeof *key);

	if (order && at && key) {
		for (size_t i = 0; i < names->n; i++)
			order[i] = (uint32_t)i;
		qsort_r(order, names->n, sizeof *order, in_order, names);
		for (size_t i = 0; i < names->n; i++) {
			to[order[i]] = (uint32_t)i;
			at[i] = names->at[order[i]];
			key[i] = names->key[order[i]];
		}
		if (names->n) {
			memcpy(names->at, at, names->n * sizeof *at);
			memcpy(names->key, key, names->n * sizeof *key);
			fill_slots(names);
		}
	}
	qf_free(at);
	qf_free(key);
	qf_free(order);
	return order && at && key ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu names", names->n);
}

void cli_names_free(struct cli_names *names)
{
	qf_free(names->at);
	qf_free(names->key);
	qf_free(names->slot);
	qf_buf_free(&names->text);
	memset(names, 0, sizeof *names);
}
