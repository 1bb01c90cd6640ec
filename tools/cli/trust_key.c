/* qfzz trust keygen FILE. */
#define _GNU_SOURCE
#include "cli/trust.h"

#include "base/file.h"
#include "cli/cli.h"
#include "rows/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct chance {
	uint8_t seed[QF_KEY], salt[QF_KEY_SALT], nonce[QF_KEY_NONCE];
};

/* The bytes of a new key file. */
static enum qf_status make(struct qf_key *k, struct qf_buf *file, struct qf_err *e)
{
	struct qf_buf passphrase = { 0 };
	struct chance c;
	enum qf_status rc = QF_OK;

	if (getrandom(&c, sizeof c, 0) != (ssize_t)sizeof c)
		return qf_fail_errno(e, "no random bytes for a key");
	qf_key_make(k, c.seed);
	if (trust_opts.passphrase_file) {
		rc = qf_file_read(trust_opts.passphrase_file, &passphrase, 4096, e);
		while (passphrase.len && strchr("\r\n", passphrase.p[passphrase.len - 1]))
			passphrase.len--;
		if (rc == QF_OK && passphrase.len == 0)
			rc = qf_fail(e, QF_EINVAL, "%s: an empty passphrase", trust_opts.passphrase_file);
		if (rc == QF_OK)
			rc = qf_key_put_sealed(file, c.seed, (struct qf_span){ passphrase.p, passphrase.len }, c.salt, c.nonce, e);
	} else {
		qf_key_put_plain(file, c.seed);
	}
	explicit_bzero(&c, sizeof c);
	qf_buf_free(&passphrase);
	return rc == QF_OK ? qf_buf_check(file, e) : rc;
}

/* Never over a file that is there: a key that is lost is lost. */
static enum qf_status put(const char *path, const struct qf_buf *file, struct qf_err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return qf_fail_errno(e, "%s", path);
	if (qf_write_all(fd, file->p, file->len, e) != QF_OK || fsync(fd) != 0) {
		qf_fail_errno(e, "%s: cannot write the key", path);
		close(fd);
		unlink(path);
		return e->code;
	}
	close(fd);
	return QF_OK;
}

int trust_keygen(struct qf_catalog *c)
{
	const char *path = trust_operands(1, 1, "the FILE that is to hold the new key")[0];
	struct qf_buf file = { 0 }, row = { 0 };
	struct qf_key k;
	struct qf_err e = { 0 };
	enum qf_status rc = make(&k, &file, &e);

	(void)c;
	if (rc == QF_OK)
		rc = put(path, &file, &e);
	if (rc == QF_OK) {
		trust_begin(&row, "trust-key.v1");
		qf_json_put_str(&row, "file", path);
		trust_put_hex(&row, "key", k.public, QF_KEY);
		qf_json_put_bool(&row, "sealed", trust_opts.passphrase_file != NULL);
		rc = cli_row_end(&row, &e);
	}
	if (file.p)
		explicit_bzero(file.p, file.cap);
	qf_buf_free(&file);
	qf_key_wipe(&k);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}
