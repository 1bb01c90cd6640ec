/* ogghead.h - inside the audio room: Ogg Vorbis and Opus without a comment header that is too large to be decoded with.
 *
 * A cover in Ogg is text in the comment header (METADATA_BLOCK_PICTURE), and libogg and libvorbis hold that header to the end, twice: a cover of
 * 2 MB as 5. Decoders get the pages of a head with an empty one. Theirs are as many, the last ones without a packet, for pages are
 * numbered (RFC 3533, 6). */
#ifndef QF_AUDIO_OGGHEAD_H
#define QF_AUDIO_OGGHEAD_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct qf_ogghead { /* all zero may be freed */
	struct qf_buf pages; /* empty: the file is as it should be read */
	int64_t instead_of;  /* so many bytes from its start on */
};

/* Of the file's bytes from start to end, if its comment header has more than `most`. What is not plain (streams side by side, sound on
 * the page of a header, no Vorbis or Opus) is left as it is. QF_EIO, QF_ENOMEM. */
enum qf_status qf_ogghead_read(struct qf_ogghead *h, int fd, int64_t start, int64_t end, int64_t most, struct qf_err *e);
void qf_ogghead_free(struct qf_ogghead *h);

#endif
