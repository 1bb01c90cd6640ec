/* The linter of HLS playlists on any text: findings have a line of the text and a sentence, and what it read of the
 * entries is what stands there. The first byte chooses what else is tried: an even one writes lists of the other bytes'
 * sizes, in which nothing may be found. */
#include "station/hls.h"
#include "station/hls_lint.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lint_any(struct qf_span text)
{
	struct qf_hls_report r = { 0 };
	size_t lines = 1, musts = 0;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	if (qf_hls_lint(text, &r, NULL) != QF_OK)
		abort();
	for (size_t i = 0; i < r.n; i++) {
		if (r.finding[i].line < 1 || r.finding[i].line > lines || !*r.finding[i].text || (i && r.finding[i].line < r.finding[i - 1].line))
			abort();
		musts += r.finding[i].must;
	}
	for (size_t i = 0; i < r.n_entries; i++)
		if (!(r.entry[i].seconds >= 0) || r.entry[i].bandwidth < 0)
			abort();
	if (musts != r.musts)
		abort();
	qf_hls_report_free(&r);
}

static void lint_ours(const uint8_t *data, size_t n)
{
	struct qf_hls_segment s[64];
	struct qf_hls_media m = { .stem = "a-1", .suffix = ".m4s", .codecs = "opus", .init = n & 1, .segment = s };
	struct qf_hls_report r = { 0 };
	struct qf_buf out = { 0 };

	for (; m.n < 64 && 4 * m.n + 4 <= n; m.n++)
		s[m.n] = (struct qf_hls_segment){ 1 + data[4 * m.n] * 257, 1 + (data[4 * m.n + 1] << 16 | data[4 * m.n + 2] << 8 | data[4 * m.n + 3]) };
	if (!m.n)
		return;
	qf_hls_put_media(&out, &m);
	if (qf_hls_lint((struct qf_span){ out.p, out.len }, &r, NULL) != QF_OK || r.n || r.n_entries != m.n)
		abort();
	qf_hls_report_free(&r);
	qf_buf_clear(&out);
	qf_hls_put_master(&out, &m, 1, "any");
	if (qf_hls_lint((struct qf_span){ out.p, out.len }, &r, NULL) != QF_OK || r.n || r.n_entries != 1 || !r.master ||
	    r.entry[0].bandwidth != qf_hls_peak_bps(&m))
		abort();
	qf_hls_report_free(&r);
	qf_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	lint_any((struct qf_span){ (const char *)data + 1, size - 1 });
	qf_hls_note((struct qf_span){ (const char *)data + 1, size - 1 });
	if (data[0] % 2 == 0)
		lint_ours(data + 1, size - 1);
	return 0;
}
