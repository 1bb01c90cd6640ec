/* segment.h - the worker of `qfzz package`: one file in, its packets out again as segments for HLS.
 *
 * Started anew for each file (cli/launch.h), with these descriptors:
 *
 *     0   the order, one JSON object: {"name":".m4a","cpu_s":60,"target_s":6,"adts":false}
 *         adts: AAC as packed audio, with ADTS headers. MP3 is packed in any case, all others are fragmented MP4
 *     1   what comes of it: lines of one JSON object each, some of them with bytes behind their newline
 *
 *         {"codec":"opus","codecs":"opus","suffix":".m4s","init":801}     first: what it is; 801 bytes of the initialization section
 *         {"bytes":72631,"us":6000000}                                    a segment of so many microseconds, with its bytes
 *         …
 *         {"ok":true}     or, at any time, {"ok":false,"text":"a sentence"}: the end
 *
 *     3   the file, read by pread only
 *
 * A segment ends at the first packet that begins target_s, 2 target_s, … after the beginning, so that the renditions of one track
 * are cut at the same moments. It locks itself in as in worker/sandbox.h before it looks at the file. */
#ifndef QFZZ_WORKER_SEGMENT_H
#define QFZZ_WORKER_SEGMENT_H

enum {
	SEGMENT_FILE = 3,
	SEGMENT_LINE = 4096,    /* bytes of a line, at most */
	SEGMENT_MOST = 1 << 28, /* bytes of a segment, at most */
	SEGMENT_PACKETS = 1 << 20 /* in a segment, at most */
};

#endif
