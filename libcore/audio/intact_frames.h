/* intact_frames.h - inside the audio room: the formats that are chains of frames or pages. */
#ifndef QF_AUDIO_INTACT_FRAMES_H
#define QF_AUDIO_INTACT_FRAMES_H

#include "audio/intact.h"

enum qf_status qf_intact_flac(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e);
enum qf_status qf_intact_ogg(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e);
enum qf_status qf_intact_mpeg(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e);

void qf_damage_set(struct qf_damage *out, const char *class, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void qf_damage_bytes(struct qf_damage *out, int64_t there, int64_t declared); /* truncated, if there < declared */

#endif
