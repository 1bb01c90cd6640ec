/* bytes.h - inside the audio room: reading places of a file, and numbers in bytes.
 *
 * Every reader of this room uses pread(), so that the offset of a descriptor that
 * is shared with another process is neither used nor moved. */
#ifndef QF_AUDIO_BYTES_H
#define QF_AUDIO_BYTES_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Up to n bytes from offset `at` on; *got is smaller only where the file ends. QF_EIO. */
enum qf_status qf_bytes_at(int fd, int64_t at, void *p, size_t n, size_t *got, struct qf_err *e);

/* Length of a regular file in bytes. QF_EIO; QF_EUNSUPPORTED when it is no regular file. */
enum qf_status qf_bytes_size(int fd, int64_t *size, struct qf_err *e);

static inline uint32_t qf_be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static inline uint32_t qf_be24(const uint8_t *p) { return qf_be16(p) << 8 | p[2]; }
static inline uint32_t qf_be32(const uint8_t *p) { return qf_be16(p) << 16 | qf_be16(p + 2); }
static inline uint64_t qf_be64(const uint8_t *p) { return (uint64_t)qf_be32(p) << 32 | qf_be32(p + 4); }
static inline uint32_t qf_le16(const uint8_t *p) { return (uint32_t)p[1] << 8 | p[0]; }
static inline uint32_t qf_le32(const uint8_t *p) { return qf_le16(p + 2) << 16 | qf_le16(p); }
static inline uint64_t qf_le64(const uint8_t *p) { return (uint64_t)qf_le32(p + 4) << 32 | qf_le32(p); }

#endif
