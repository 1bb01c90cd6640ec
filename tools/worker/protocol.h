/* protocol.h - what a worker and the process that started it say to each other.
 *
 * A worker inherits one end of a SOCK_STREAM unix socketpair as descriptor 3. It first
 * sends a greeting, one line:
 *
 *     {"worker":"qfzz-read","protocol":3,"sandbox":"full"}     see worker/sandbox.h
 *
 * Then batches come, and for every file in them, in order, one line goes back:
 *
 *     {"id":17,"ok":true, …}          what the worker is for, see its source
 *     {"id":18,"ok":false,"class":"broken","text":"a sentence"}
 *
 * A batch is one sendmsg(): struct worker_batch, then `count` times struct
 * worker_request with its name behind it; the `count` descriptors travel with the first
 * byte as one SCM_RIGHTS message, in the order of the requests. Numbers are in
 * the byte order of the machine: both ends are one build. A worker reads files with
 * pread() only, because descriptors share their offset with the parent.
 *
 * End of file on the socket ends the worker. It trusts its parent; the parent
 * trusts nothing that comes back (cli/pool_answers.c). */
#ifndef QFZZ_WORKER_PROTOCOL_H
#define QFZZ_WORKER_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#define WORKER_FD 3
#define WORKER_PROTOCOL 3
#define WORKER_MAGIC UINT32_C(0x7a7a6671)
#define WORKER_BATCH 32                     /* files in a batch, at most */
#define WORKER_NAME 128                     /* bytes of a name hint, at most: the end of the file's name */
#define WORKER_AUDIO_ID 32                  /* bytes of an audio id (audio/identity.h) */
#define WORKER_LINE ((size_t)16 << 20)      /* bytes of a reply with its newline, at most */

struct worker_batch {
	uint32_t magic, count;
	uint32_t bytes; /* of all that follows this header */
	uint32_t unused;
};

struct worker_request {
	uint64_t id;
	uint32_t name_len; /* bytes of the name right behind */
	uint32_t cpu_s;    /* processor time that it may cost, in seconds; 0: any */
	uint8_t audio_id[WORKER_AUDIO_ID]; /* of the sound that is known already; all zero: none */
};

#endif
