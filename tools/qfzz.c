/* qfzz - the front: runs qfzz-<verb> from its own folder, else from PATH.
 *
 * It knows no verb by name: `qfzz help` asks each qfzz-* beside it, and on PATH, for its
 * --describe, so that a tool of somebody else is listed like ours. */
#define _GNU_SOURCE
#include "base/buf.h"
#include "base/text.h"
#include "rows/json.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_VERBS = 256 };

struct verb {
	char name[64];
	char *describe; /* the tool's own JSON */
	size_t describe_len;
};

static struct verb verbs[MAX_VERBS];
static size_t n_verbs;

/* The folder that this program stands in, without a slash at the end. */
static const char *own_folder(void)
{
	static char dir[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	dir[n] = '\0';
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return dir;
}

static bool is_verb(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name) && strlen(name) < sizeof verbs[0].name;
}

/* What `PATH --describe` prints; empty when it fails. */
static struct qf_buf describe(const char *path)
{
	struct qf_buf out = { 0 };
	char block[4096];
	ssize_t n;
	int fds[2], status = 0;
	pid_t pid;

	if (pipe(fds) != 0)
		return out;
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execl(path, path, "--describe", (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	while (pid > 0 && ((n = read(fds[0], block, sizeof block)) > 0 || (n < 0 && errno == EINTR)))
		if (n > 0)
			qf_buf_put(&out, block, (size_t)n);
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0 || out.failed ||
	    qf_json_check((struct qf_span){ out.p ? out.p : "", out.len }, NULL))
		qf_buf_clear(&out);
	return out;
}

static bool known(const char *name)
{
	for (size_t i = 0; i < n_verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return true;
	return false;
}

static void collect(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *f;

	while (d && (f = readdir(d)) != NULL && n_verbs < MAX_VERBS) {
		char path[PATH_MAX + 300];
		struct qf_buf text;

		if (strncmp(f->d_name, "qfzz-", 5) != 0 || !is_verb(f->d_name + 5) || known(f->d_name + 5))
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, f->d_name);
		if (access(path, X_OK) != 0)
			continue;
		text = describe(path);
		snprintf(verbs[n_verbs].name, sizeof verbs[0].name, "%s", f->d_name + 5);
		verbs[n_verbs].describe = text.p;
		verbs[n_verbs++].describe_len = text.len;
	}
	if (d)
		closedir(d);
}

static void collect_all(void)
{
	char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
	const char *own = own_folder();

	if (own)
		collect(own);
	for (char *at = path, *dir; at && (dir = strsep(&at, ":")) != NULL;)
		if (*dir)
			collect(dir);
	free(path);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct verb *)a)->name, ((const struct verb *)b)->name);
}

static _Noreturn void unknown(const char *verb)
{
	const char *like = NULL;
	size_t least = 3;

	collect_all();
	qsort(verbs, n_verbs, sizeof *verbs, by_name);
	for (size_t i = 0; i < n_verbs; i++) {
		size_t edits = qf_text_edits(verbs[i].name, strlen(verbs[i].name), verb, strlen(verb));

		if (edits < least) {
			least = edits;
			like = verbs[i].name;
		}
	}
	if (like)
		fprintf(stderr, "qfzz: '%s' is no verb; did you mean '%s'? `qfzz help` lists them\n", verb, like);
	else
		fprintf(stderr, "qfzz: '%s' is no verb; `qfzz help` lists them\n", verb);
	exit(2);
}

static _Noreturn void run(const char *verb, char **argv)
{
	const char *dir = own_folder();
	char path[PATH_MAX + 80], name[80];

	snprintf(name, sizeof name, "qfzz-%s", verb);
	argv[0] = name;
	if (dir) {
		snprintf(path, sizeof path, "%s/%s", dir, name);
		execv(path, argv);
	}
	execvp(name, argv);
	if (errno == ENOENT)
		unknown(verb);
	fprintf(stderr, "qfzz: cannot run %s: %s\n", name, strerror(errno));
	exit(3);
}

/* A text of a tool's description, in a buffer that the next call uses again. */
static const char *text_of(const struct verb *v, const char *key)
{
	static struct qf_buf text;
	struct qf_span value;

	qf_buf_clear(&text);
	if (v->describe_len && qf_json_get((struct qf_span){ v->describe, v->describe_len }, key, &value))
		qf_json_to_text(value, &text);
	return text.len ? text.p : "";
}

static int help(void)
{
	/* the stages of the work, in its order; a foreign one comes last */
	static const char *const stages[] = { "collect", "listen", "learn", "judge", "deliver", "look", "" };
	size_t n_stages = sizeof stages / sizeof *stages;

	collect_all();
	qsort(verbs, n_verbs, sizeof *verbs, by_name);
	puts("qfzz scans, listens to, judges, learns and programmes a music library.\n\n"
	     "Usage: qfzz VERB [OPTION]… [OPERAND]…      qfzz VERB --help tells more\n");
	for (size_t s = 0; s < n_stages; s++) {
		bool headed = false;

		for (size_t i = 0; i < n_verbs; i++) {
			const char *stage = text_of(&verbs[i], "stage");
			size_t at = 0;

			while (at < n_stages - 1 && strcmp(stages[at], stage) != 0)
				at++;
			if (at != s)
				continue;
			if (!headed)
				printf("%s\n", *stages[s] ? stages[s] : "other");
			headed = true;
			printf("  %-11s %s\n", verbs[i].name, text_of(&verbs[i], "purpose"));
		}
	}
	return fflush(stdout) == 0 ? 0 : 3;
}

static int list(void)
{
	collect_all();
	qsort(verbs, n_verbs, sizeof *verbs, by_name);
	for (size_t i = 0; i < n_verbs; i++)
		puts(verbs[i].name);
	return fflush(stdout) == 0 ? 0 : 3;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "help";

	if (strcmp(verb, "help") == 0 && argc > 2 && is_verb(argv[2])) { /* qfzz help VERB */
		char *again[] = { NULL, (char *)(uintptr_t)"--help", NULL };

		run(argv[2], again);
	}
	if (strcmp(verb, "help") == 0 || strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0)
		return help();
	if (strcmp(verb, "--list") == 0)
		return list();
	if (strcmp(verb, "--version") == 0) {
		puts("qfzz " QFZZ_VERSION);
		return 0;
	}
	if (!is_verb(verb) || *verb == '-')
		unknown(verb);
	run(verb, argv + 1);
}
