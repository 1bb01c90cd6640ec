/* served.h - URLs instead of files: --base-url, --root, --sign, --sign-form and --expires. */
#ifndef QFZZ_CLI_SERVED_H
#define QFZZ_CLI_SERVED_H

#include "base/buf.h"
#include "playlist/remote.h"

#include <stdbool.h>
#include <stdint.h>

struct serving { /* as the options say; NULL where they do not */
	const char *url, *root, *secret, *expires, *output;
	bool in_path; /* the token */
	int64_t now;
};

struct served {
	struct qf_remote remote; /* when root is set */
	struct qf_buf secret;
	char *root;
};

/* Returns an exit code, and has said what went wrong; misuse exits. */
int served_open(struct served *s, const struct serving *how);
void served_close(struct served *s);

#endif
