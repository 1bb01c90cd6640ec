#include "station/hls.h"

#include <inttypes.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define OURS "#EXTM3U\n#X-QFZZ:"

enum { VERSION_PACKED = 3, VERSION_MAP = 6 }; /* section 7: lengths with a fraction; EXT-X-MAP */

void qf_hls_put_master_name(struct qf_buf *out, const char *codec)
{
	if (codec)
		qf_buf_printf(out, "master-%s.m3u8", codec);
	else
		qf_buf_puts(out, QF_HLS_MASTER);
}

void qf_hls_put_name(struct qf_buf *out, const struct qf_hls_media *m)
{
	qf_buf_printf(out, "%s.m3u8", m->stem);
}

void qf_hls_put_init(struct qf_buf *out, const struct qf_hls_media *m)
{
	qf_buf_printf(out, "%s-init.mp4", m->stem);
}

void qf_hls_put_segment(struct qf_buf *out, const struct qf_hls_media *m, size_t i)
{
	qf_buf_printf(out, "%s-%05zu%s", m->stem, i + 1, m->suffix);
}

int64_t qf_hls_target_s(const struct qf_hls_media *m)
{
	int64_t most = SECOND;

	for (size_t i = 0; i < m->n; i++)
		if (m->segment[i].us > most)
			most = m->segment[i].us;
	return (most + SECOND / 2) / SECOND;
}

static int64_t rate(int64_t bytes, int64_t us)
{
	int64_t bits = 8 * bytes;

	return us > 0 ? bits / us * SECOND + (bits % us * SECOND + us - 1) / us : 0;
}

int64_t qf_hls_us(const struct qf_hls_media *m)
{
	int64_t us = 0;

	for (size_t i = 0; i < m->n; i++)
		us += m->segment[i].us;
	return us;
}

int64_t qf_hls_average_bps(const struct qf_hls_media *m)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < m->n; i++)
		bytes += m->segment[i].bytes;
	return rate(bytes, qf_hls_us(m));
}

int64_t qf_hls_peak_bps(const struct qf_hls_media *m)
{
	int64_t target = qf_hls_target_s(m) * SECOND, peak = qf_hls_average_bps(m);

	for (size_t i = 0; i < m->n; i++) {
		int64_t bytes = 0, us = 0;

		for (size_t k = i; k < m->n && 2 * (us + m->segment[k].us) <= 3 * target; k++) {
			bytes += m->segment[k].bytes;
			us += m->segment[k].us;
			if (2 * us >= target && rate(bytes, us) > peak)
				peak = rate(bytes, us);
		}
	}
	return peak;
}

void qf_hls_put_media(struct qf_buf *out, const struct qf_hls_media *m)
{
	qf_buf_printf(out, "#EXTM3U\n#EXT-X-VERSION:%d\n#EXT-X-TARGETDURATION:%" PRId64 "\n#EXT-X-MEDIA-SEQUENCE:1\n", m->init ? VERSION_MAP : VERSION_PACKED,
		      qf_hls_target_s(m));
	qf_buf_puts(out, "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n");
	if (m->init) {
		qf_buf_puts(out, "#EXT-X-MAP:URI=\"");
		qf_hls_put_init(out, m);
		qf_buf_puts(out, "\"\n");
	}
	for (size_t i = 0; i < m->n; i++) {
		qf_buf_printf(out, "#EXTINF:%" PRId64 ".%06" PRId64 ",\n", m->segment[i].us / SECOND, m->segment[i].us % SECOND);
		qf_hls_put_segment(out, m, i);
		qf_buf_putc(out, '\n');
	}
	qf_buf_puts(out, "#EXT-X-ENDLIST\n");
}

void qf_hls_put_master(struct qf_buf *out, const struct qf_hls_media *m, size_t n, const char *note)
{
	qf_buf_printf(out, OURS "%s\n#EXT-X-INDEPENDENT-SEGMENTS\n", note);
	for (size_t i = 0; i < n; i++) {
		qf_buf_printf(out, "#EXT-X-STREAM-INF:BANDWIDTH=%" PRId64 ",AVERAGE-BANDWIDTH=%" PRId64 ",CODECS=\"%s\"\n", qf_hls_peak_bps(&m[i]),
			      qf_hls_average_bps(&m[i]), m[i].codecs);
		qf_hls_put_name(out, &m[i]);
		qf_buf_putc(out, '\n');
	}
}

struct qf_span qf_hls_note(struct qf_span master)
{
	const size_t n = strlen(OURS);
	const char *end = master.n > n && memcmp(master.p, OURS, n) == 0 ? memchr(master.p + n, '\n', master.n - n) : NULL;

	return end ? (struct qf_span){ master.p + n, (size_t)(end - master.p) - n } : (struct qf_span){ NULL, 0 };
}
