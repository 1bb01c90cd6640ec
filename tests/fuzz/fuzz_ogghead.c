/* The head of any bytes, however small its comment: pages that libogg takes, numbered from 0, in place of as many. */
#define _GNU_SOURCE
#include "audio/ogghead.h"

#include <ogg/ogg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct qf_ogghead *h, const uint8_t *data)
{
	ogg_sync_state sync;
	ogg_page page;
	long number = 0;
	size_t bytes = 0;

	ogg_sync_init(&sync);
	memcpy(ogg_sync_buffer(&sync, (long)h->pages.len), h->pages.p, h->pages.len);
	ogg_sync_wrote(&sync, (long)h->pages.len);
	for (; ogg_sync_pageout(&sync, &page) == 1; number++) {
		if (ogg_page_pageno(&page) != number)
			abort();
		bytes += (size_t)(page.header_len + page.body_len);
	}
	ogg_sync_clear(&sync);
	if (bytes != h->pages.len)
		abort();
	for (int64_t at = 0; at < h->instead_of; number--) {
		size_t segments = data[at + 26], body = 0;

		for (size_t i = 0; i < segments; i++)
			body += data[at + 27 + (int64_t)i];
		at += (int64_t)(27 + segments + body);
	}
	if (number != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("ogg", MFD_CLOEXEC);
	struct qf_ogghead h;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (qf_ogghead_read(&h, fd, 0, (int64_t)size, 0, NULL) != QF_OK || h.instead_of > (int64_t)size)
		abort();
	if (h.pages.len)
		look_at(&h, data);
	qf_ogghead_free(&h);
	close(fd);
	return 0;
}
