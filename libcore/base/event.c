#include "base/event.h"

#include <string.h>

static const char *const names[QF_ACTIONS] = {
	[QF_ACTION_PLAY] = "play",
	[QF_ACTION_SKIP] = "skip",
	[QF_ACTION_COMPLETE] = "complete",
	[QF_ACTION_REPLAY] = "replay",
	[QF_ACTION_LIKE] = "like",
	[QF_ACTION_DISLIKE] = "dislike",
	[QF_ACTION_ADD] = "add",
};

const char *qf_action_name(enum qf_action a)
{
	return names[a];
}

bool qf_action_parse(const char *name, enum qf_action *a)
{
	for (size_t i = 0; i < QF_ACTIONS; i++)
		if (strcmp(name, names[i]) == 0) {
			*a = (enum qf_action)i;
			return true;
		}
	return false;
}
