/* What tools say to people, on stderr. */
#include "cli/cli.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_message(const char *text)
{
	struct qf_buf line = { 0 };

	cli_progress_end();
	qf_buf_printf(&line, "qfzz %s: ", cli.tool->verb);
	qf_text_printable(&line, text, strlen(text));
	qf_buf_putc(&line, '\n');
	if (line.failed)
		fprintf(stderr, "qfzz %s: out of memory\n", cli.tool->verb);
	else
		fwrite(line.p, 1, line.len, stderr);
	qf_buf_free(&line);
}

void cli_say(const char *fmt, ...)
{
	char text[8192];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	put_message(text);
}

void cli_warn(const struct qf_err *e)
{
	put_message(e->text);
}

_Noreturn void cli_misuse(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	cli_say("%s (see qfzz %s --help)", text, cli.tool->verb);
	exit(EXIT_USAGE);
}

int cli_die(const struct qf_err *e)
{
	cli_warn(e);
	return e->code == QF_EBUSY ? EXIT_BUSY : e->code == QF_EINVAL ? EXIT_USAGE : EXIT_FATAL;
}

/* ---- progress -------------------------------------------------------------------------- */

static bool progress_shown;

void cli_progress(uint64_t done, uint64_t total, const char *what)
{
	static double began, last;
	static int tty = -1;
	double now, rate, left;

	if (tty < 0)
		tty = isatty(STDERR_FILENO);
	if (!tty || cli.quiet)
		return;
	now = cli_clock_s();
	if (began <= 0)
		began = now;
	if (now - last < 0.2)
		return;
	last = now;
	rate = now > began ? (double)done / (now - began) : 0;
	left = total > done && rate > 0 ? (double)(total - done) / rate : 0;
	if (total)
		fprintf(stderr, "\r\033[K%llu of %llu %s, %.1f/s, %d:%02d left", (unsigned long long)done, (unsigned long long)total,
			what, rate, (int)(left / 60), (int)left % 60);
	else
		fprintf(stderr, "\r\033[K%llu %s, %.1f/s", (unsigned long long)done, what, rate);
	fflush(stderr);
	progress_shown = true;
}

void cli_progress_end(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}
