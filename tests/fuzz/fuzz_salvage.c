/* Salvage of any bytes as a damaged catalog: no read outside of them, and what comes out is a catalog that SQLite takes. */
#define _GNU_SOURCE
#include "catalog/pages.h"
#include "catalog/salvage.h"
#include "catalog/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One catalog takes the rows of all inputs: to make one is slow. */
static struct qf_catalog *fresh(void)
{
	static struct qf_catalog *to;
	static char folder[] = "/dev/shm/qfzz-fuzz-XXXXXX";
	char path[64];

	if (to)
		return to;
	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof path, "%s/catalog.db", folder);
	if (qf_catalog_open(&to, path, QF_CATALOG_WRITE, 0, 0, NULL) != QF_OK || qf_sql_exec(to, "PRAGMA synchronous = OFF", NULL) != QF_OK)
		abort();
	return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("damaged", MFD_CLOEXEC);
	struct qf_pages *from;
	struct qf_err e = { 0 };
	int64_t rows, gaps;
	char path[64];
	enum qf_status rc;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (qf_pages_open(&from, path, 512, &e) == QF_OK) {
		rc = qf_salvage(fresh(), from, &rows, &gaps, &e);
		if (rc != QF_OK && rc != QF_ECORRUPT)
			abort();
		if (rc == QF_OK && rows > 100 && qf_sql_exec(fresh(), "PRAGMA quick_check", NULL) != QF_OK)
			abort();
	}
	qf_pages_close(from);
	close(fd);
	return 0;
}
