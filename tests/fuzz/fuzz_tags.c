/* The tag reader on any bytes. Findings inside of TagLib are its own: the worker that reads tags is
 * sandboxed. Our shim must hand out whole UTF-8 and sane properties. */
#define _GNU_SOURCE
#include "audio/sniff.h"
#include "audio/tags.h"
#include "base/text.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(void *user, const char *key, const char *value, size_t n, int cut)
{
	(void)user;
	(void)cut;
	if (!*key || n > QF_TAG_VALUE_MAX || !qf_utf8_valid(value, n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("audio", MFD_CLOEXEC);
	struct qf_audio_props props;
	struct qf_sniff s;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (qf_sniff_file(fd, NULL, &s, NULL) == QF_OK && qf_tags_read(fd, &s, put, NULL, &props, NULL) == QF_OK &&
	    (props.duration_ms < 0 || props.channels < 0 || props.sample_rate_hz < 0))
		abort();
	close(fd);
	return 0;
}
