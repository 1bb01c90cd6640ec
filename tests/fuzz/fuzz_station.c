/* station.conf on any text: it is read or its lines are named, and names that were read can stand in a Makefile. */
#include "station/settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qf_arena a = { 0 };
	struct qf_settings s;
	struct qf_err e = { 0 };

	if (qf_settings_parse((const char *)data, size, &a, &s, &e) != QF_OK)
		abort(); /* what is wrong with a text is data */
	for (size_t i = 0; i < s.n; i++) {
		const struct qf_given *g = &s.given[i];
		const char *rest = g->value;
		struct qf_span name;

		if (!g->line || strpbrk(g->value, "\r\n") || (*g->setting->key == '*' && strpbrk(g->key, " \t$#:=%\\'\"`;&|<>()/")))
			abort();
		if (g->setting->kind == QF_SETTING_NAME || g->setting->kind == QF_SETTING_NAMES)
			while (qf_settings_name(&rest, &name))
				for (size_t k = 0; k < name.n; k++)
					if (strchr("$#:=%\\'\"`;&|<>()/*?[]{}~!", name.p[k]))
						abort();
	}
	for (size_t i = 0; i < s.faults; i++)
		if (!s.fault[i].line || !*s.fault[i].text)
			abort();
	qf_arena_free(&a);
	return 0;
}
