/* fmp4.h - audio packets as fragmented MP4, which HLS players read (ISO/IEC 14496-12; RFC 8216, 3.3).
 *
 *     qf_fmp4_put_init(&out, &sound);                          // once: ftyp and moov
 *     qf_fmp4_put_fragment(&out, 1, 0, packets, n);            // for each segment: moof and mdat
 *     qf_fmp4_put_fragment(&out, 2, frames_so_far, …);
 *
 * Packets go in as they are: AAC by ISO/IEC 14496-14, Opus by "Encapsulation of Opus in ISO
 * Base Media File Format" 0.6.8, FLAC by "Encapsulation of FLAC in ISO Base Media File Format" 0.0.4, ALAC by Apple's. The
 * encoder's delay is an edit list over all that follows; padding at the end is a last packet that lasts less. No
 * time, no name of a program: the same packets give the same bytes. */
#ifndef QF_STATION_FMP4_H
#define QF_STATION_FMP4_H

#include "base/sound.h"

/* Append. Any codec but MP3, which players do not expect here (packed.h); its config is of the length that the codec wants. */
void qf_fmp4_put_init(struct qf_buf *out, const struct qf_sound *s);

/* Append a fragment of packets[n], n > 0, that begins `at` frames after the first frame of all (those to be skipped count).
 * number: 1, 2, … QF_ELIMIT: it would be 2 GiB or more; QF_ENOMEM. */
enum qf_status qf_fmp4_put_fragment(struct qf_buf *out, uint32_t number, uint64_t at, const struct qf_packet *packet, size_t n, struct qf_err *e);

/* Append what CODECS says of it (RFC 6381): "mp4a.40.2", "opus", "fLaC", "alac". */
void qf_fmp4_put_codecs(struct qf_buf *out, const struct qf_sound *s);

#endif
