/* hls_tags.h - inside the linter of playlists: what is known while the lines go by. Not for other rooms. */
#ifndef QF_STATION_HLS_TAGS_H
#define QF_STATION_HLS_TAGS_H

#include "station/hls_lint.h"

#define QF_HLS_VERSIONS 8

struct qf_hls_next { /* what stands before a URI; lines 0: does not */
	size_t info_line, stream_line, range_line;
	double seconds;
	int64_t bandwidth, average_bandwidth, range_bytes, range_from; /* range_from -1: not said */
};

struct qf_hls_group { /* a Rendition Group's member, or who refers to one */
	size_t line;
	struct qf_span type, id, name;
	bool member, standard; /* standard: DEFAULT=YES */
};

struct qf_hls_reader {
	struct qf_hls_report *report;
	size_t line;
	uint64_t seen;       /* tags that stood once already, by their place in the table */
	size_t media_line, master_line; /* the first tag that is for one kind of playlist only */
	size_t target_line, segments;
	bool discontinuity;
	int64_t version;
	struct { size_t line; const char *what; } calls_for[QF_HLS_VERSIONS]; /* the first tag that wants this version */
	struct qf_hls_next next;
	const char *ranged;  /* the file of the byte range before */
	struct qf_hls_group *group; /* [n_groups], spans of the text */
	size_t n_groups, cap_groups;
	bool failed;         /* out of memory */
};

/* A finding; sections are static. */
void qf_hls_break(struct qf_hls_reader *l, size_t line, bool must, const char *section, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* A line that begins with "#EXT". */
void qf_hls_read_tag(struct qf_hls_reader *l, struct qf_span line);

/* At the end of a Master Playlist: 4.3.4.1.1 and who refers to groups. */
void qf_hls_check_groups(struct qf_hls_reader *l);
void qf_hls_reader_free(struct qf_hls_reader *l);

#endif
